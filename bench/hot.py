#!/usr/bin/env python3
"""Hot tiles over loopback: tapalcatl against nginx, and both against a bare epoll loop, which is what the kernel allows.

    bench/hot.py [--rounds 7] [--seconds 4] [--connections 16] [--size BYTES] [--close] [--no-counting]

The same tiles from each server, one core for the server, another one for wrk, access logs off, rounds in turn. Each
ratio is the median of the rounds' ratios. Every tile of every server is compared before and after each round, and wrk's
errors and bytes are checked; the exit code is 3, with the server's name and the request, if anything is not as it
should be.

The tiles are real ones, 37 kB on average; with --size they are random bytes and all have that size. With --close each
request has a connection of its own; the bare loop does not take part then.
"""
import argparse
import itertools
import pathlib
import statistics
import tempfile

import checks
import counting
import load
import servers
import tileset

LEAST_BUSY = 0.8  # share of its core that a server must get for its throughput to mean anything


def print_costs(names, results):
    """The medians of each server, and of the ratios within each round."""
    def median(name, what):
        return statistics.median(getattr(result, what) for result in results[name])

    print(f"{'medians':10} {'us CPU/request':>14} {'requests/s':>11} {'core busy':>10}   latency in us: "
          + ", ".join(f"{percentile} %" for percentile in load.PERCENTILES))
    for name in names:
        latencies = zip(*(result.latency for result in results[name]))
        print(f"{name:10} {median(name, 'cpu'):14.2f} {median(name, 'rate'):11.0f} {median(name, 'busy'):9.0%}    "
              + ", ".join(f"{statistics.median(times):.0f}" for times in latencies))
    if min(median(name, "busy") for name in names) < LEAST_BUSY:
        print("The servers did not have a core each, or wrk was the limit: these times and ratios say little.")
    for name, other in itertools.combinations(names, 2):
        words = []
        for what, title in (("cpu", "CPU a request"), ("rate", "throughput")):
            ratios = [getattr(a, what) / getattr(b, what) for a, b in zip(results[name], results[other])]
            words.append(f"{title} {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
        print(f"{name} / {other}: {', '.join(words)}")


def print_counts(name, start, server, asking, sizes, tiles):
    """System calls and instructions."""
    calls, reason = counting.system_calls(server, asking, 2, sizes)
    if calls is None:
        print(f"{name}: system calls are not counted: {reason}")
    else:
        most = sorted(((count, call) for call, count in calls.items() if count >= 0.005), reverse=True)
        print(f"{name}: {sum(calls.values()):.2f} system calls a request ("
              + ", ".join(f"{call} {count:.2f}" for count, call in most) + ")", flush=True)
    count, how = counting.instructions(start, server, asking, 2, sizes, tiles)
    print(f"{name}: " + (f"{count:.0f} instructions a request in user mode, by {how}" if count
                         else f"instructions are not counted: {how}"), flush=True)


def measure(options, work):
    tiles = tileset.open_tileset(work) if options.size is None else tileset.make_tiles(work, options.size)
    chosen = tileset.choose(tiles.tiles()) if options.size is None else list(tiles.tiles())
    lengths = [len(body) for _, body in chosen]
    print(f"{len(chosen)} tiles, {statistics.mean(lengths):.0f} bytes as gzip on average, {options.connections} "
          f"connections{' at a time, each for one request' if options.close else ''}, {options.rounds} rounds of {options.seconds} s", flush=True)
    root, paths = pathlib.Path(work) / "www", pathlib.Path(work) / "paths.txt"
    tileset.write_files(chosen, root)
    paths.write_text("".join(target + "\n" for target, _ in chosen))
    asking = load.Load(paths, options.connections, work, options.close)

    starts = [lambda under=(): servers.Tapalcatl(tiles, under=under),
              lambda under=(): servers.Nginx(root, work, under=under),
              lambda under=(): servers.Bare(root, paths, under=under)]
    if options.close:
        starts.pop()
    running = []
    try:
        for start in starts:
            running.append(start())
        sizes = {server: checks.check_tiles(server, chosen, options.close) for server in running}
        heads = ", ".join(f"{server.name} {(sum(sizes[server]) - sum(lengths)) / len(chosen):.0f}" for server in running)
        print(f"every server sends the same bodies; bytes of a head: {heads}")
        for server in running:
            asking.run(server, 1, sizes[server])
        results = {server.name: [] for server in running}
        for number in range(options.rounds):
            first = number % len(running)
            for server in running[first:] + running[:first]:
                checks.check_tiles(server, chosen, options.close)
                result = asking.run(server, options.seconds, sizes[server])
                checks.check_tiles(server, chosen, options.close)
                results[server.name].append(result)
                print(f"  round {number + 1} {server.name:10} {result.cpu:6.2f} us CPU/request {result.rate:8.0f} "
                      f"requests/s", flush=True)
        print_costs(list(results), results)
        if options.results is not None:
            options.results.update(results)
        if options.counting:
            for start, server in zip(starts, running):
                print_counts(server.name, start, server, asking, sizes[server], chosen)
        if running[1].said():
            raise checks.Wrong(f"nginx wrote to its error log: {running[1].said()}")
    finally:
        for server in running:
            server.stop()


def main(arguments=None, results=None):
    """`results`: a dictionary that gets the load.Results of each server by its name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--size", type=int, metavar="BYTES", help="tiles of random bytes, each of this size as gzip")
    parser.add_argument("--close", action="store_true", help="no keep-alive: a connection for each request")
    parser.add_argument("--no-counting", dest="counting", action="store_false",
                        help="leave out system calls and instructions")
    options = parser.parse_args(arguments, argparse.Namespace(results=results))
    if options.size is not None and not tileset.LEAST_SIZE <= options.size <= tileset.MOST_SIZE:
        parser.error(f"--size {options.size}: expected {tileset.LEAST_SIZE} to {tileset.MOST_SIZE} bytes")
    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        measure(options, work)


if __name__ == "__main__":
    checks.run(main)
