#!/usr/bin/env python3
"""Hot tiles over loopback against nginx: server CPU per request and throughput, as ratios.

The same real tiles from both, one core for the server, another for wrk, access logs off, rounds in turn, medians.

    bench/hot.py [--rounds 7] [--seconds 4] [--connections 16] [--no-sendfile] [--work DIR]
"""
import argparse
import pathlib
import statistics
import tempfile

import servers
import tileset


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--no-sendfile", action="store_true", help="nginx reads and writes instead")
    parser.add_argument("--work", default=None)
    options = parser.parse_args()
    work = options.work or tempfile.mkdtemp(prefix="tapalcatl-bench-")

    tiles = tileset.open_tileset(work)
    chosen = tileset.choose(tiles.tiles())
    sizes = [len(body) for _, body in chosen]
    print(f"{len(chosen)} tiles, mean {statistics.mean(sizes):.0f} bytes as gzip, {options.connections} connections, "
          f"{options.rounds} rounds of {options.seconds} s", flush=True)
    root = pathlib.Path(work) / "www"
    tileset.write_files(chosen, root)
    paths = pathlib.Path(work) / "paths.txt"
    paths.write_text("".join(url + "\n" for url, _ in chosen))

    both = [servers.Tapalcatl(tiles), servers.Nginx(root, work, not options.no_sendfile)]
    try:
        results = {server.name: [] for server in both}
        for server in both:
            servers.load(server, paths, 1, options.connections, work)
        for number in range(options.rounds):
            for server in both if number % 2 == 0 else reversed(both):
                result = servers.load(server, paths, options.seconds, options.connections, work)
                results[server.name].append(result)
                print(f"  round {number + 1} {server.name:10} {result['cpu_us']:6.2f} us CPU/request "
                      f"{result['rate']:8.0f} requests/s {result['errors'] or ''}", flush=True)
    finally:
        for server in both:
            server.stop()

    def median(name, what):
        return statistics.median(result[what] for result in results[name])

    for name in results:
        print(f"{name:10} median {median(name, 'cpu_us'):6.2f} us CPU/request, {median(name, 'rate'):8.0f} requests/s")
    print(f"tapalcatl / nginx: CPU per request {median('tapalcatl', 'cpu_us') / median('nginx', 'cpu_us'):.3f}, "
          f"throughput {median('tapalcatl', 'rate') / median('nginx', 'rate'):.3f}")


if __name__ == "__main__":
    main()
