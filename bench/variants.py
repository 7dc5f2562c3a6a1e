#!/usr/bin/env python3
"""What SO_BUSY_POLL, MSG_ZEROCOPY and io_uring give in the bare epoll loop, which does nothing but send.

    bench/variants.py [--rounds 5] [--seconds 1] [--connections 16] [--size BYTES]

Each ratio is the median of the rounds' ratios to the loop without a variant. Every tile is compared before each round.
EPOLLEXCLUSIVE has no variant: it is about several threads that wait for one socket, and one thread accepts.
"""
import argparse
import pathlib
import statistics
import tempfile

import checks
import load
import servers
import tileset

VARIANTS = (None, "busy-poll", "copy", "zerocopy", "io-uring")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--size", type=int, metavar="BYTES")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        tiles = tileset.open_tileset(work) if options.size is None else tileset.make_tiles(work, options.size)
        chosen = tileset.choose(tiles.tiles()) if options.size is None else list(tiles.tiles())
        root, paths = pathlib.Path(work) / "www", pathlib.Path(work) / "paths.txt"
        tileset.write_files(chosen, root)
        paths.write_text("".join(target + "\n" for target, _ in chosen))
        asking = load.Load(paths, options.connections, work)
        costs = {variant: [] for variant in VARIANTS}
        for _ in range(options.rounds):
            for variant in VARIANTS:
                with servers.Bare(root, paths, variant=variant) as server:
                    sizes = checks.check_tiles(server, chosen)
                    costs[variant].append(asking.run(server, options.seconds, sizes).cpu)
    for variant in VARIANTS:
        ratios = [cost / plain for cost, plain in zip(costs[variant], costs[None])]
        print(f"{variant or 'sendfile, epoll':16} {statistics.median(costs[variant]):6.2f} us of CPU a request, "
              f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of the plain loop")


if __name__ == "__main__":
    checks.run(main)
