#!/usr/bin/env python3
"""What people who pan and zoom cost at the bucket, and how long their tiles take.

    bench/s3_trace.py [--rounds 3] [--connections 6 16] [--latency 20] [--work DIR]

Sixty people open a map and zoom in. The tiles of one view are requested at once, over as many connections as a browser
has; the next view follows when all of them have arrived. Each round has a new server with empty caches. Each tile is
compared with its archive (size and CRC-32). The exit code is 1 if a goal is missed, and 3 if an answer is wrong.
"""
import argparse
import asyncio
import importlib.util
import pathlib
import statistics
import sys

import bucket
import checks
import servers
import tileset

import pan_and_zoom  # found by checks

MOST_GETS, MOST_BYTES = 0.2, 0.8
TAIL = 256 * 1024


def open_tree(work):
    """The tile set, and whether the goals were set for it."""
    tiles = tileset.open_three_formats(work)
    if tiles is None:
        print("there is no data of Florence: the tiles are the demo's, for which the goal for bytes was not set")
        return tileset.open_demo(), False
    return tiles, True


def check_views(tiles, trace):
    """That these are the views the goals were set for."""
    if not (tileset.DATA / "trace.py").exists():
        return
    spec = importlib.util.spec_from_file_location("shared_trace", tileset.DATA / "trace.py")
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    if list(shared.views(dict.fromkeys(map(tuple, tiles)))) != [[tuple(tile) for tile in view] for view in trace]:
        sys.exit("tests/integration/pan_and_zoom.py and trace.py look at different tiles")


def run(tree, tiles, trace, connections, latency):
    with bucket.Bucket(tree.folder, latency) as s3, servers.Tapalcatl(tree, s3) as server:
        try:
            result = pan_and_zoom.replay(server.port, tiles, trace, connections)
        except (pan_and_zoom.Wrong, ConnectionError, asyncio.TimeoutError) as error:
            raise checks.Wrong(f"{server.name}, {error!r}") from error
        records = s3.take()
    for key, header, status, _ in records:
        if status != 206:
            raise checks.Wrong(f"the bucket, GET {key}, range {header}: status {status} in place of 206")
    result.gets = len(records)
    result.fetched = sum(record[3] for record in records)
    result.first_reads = sum(record[1] == f"bytes=-{TAIL}" for record in records)
    result.archives = len({record[0] for record in records})
    return result


def percentiles(seconds):
    ordered = sorted(seconds)
    return ", ".join(f"{percent} %: {ordered[min(len(ordered) * percent // 100, len(ordered) - 1)] * 1e3:.1f} ms"
                     for percent in (50, 90, 99))


def print_costs_of_old(tree, tiles, trace):
    asked = [tiles[tile] for view in trace for tile in view]
    size = {path: (tree.folder / path).stat().st_size for path in {truth.archive for truth in asked}}
    served = sum(truth.packed + 18 for truth in asked)
    print(f"an archive for each tile: 1 GET a tile, {sum(size[truth.archive] for truth in asked) / served:.1f} bytes a "
          f"byte; each archive once, whole: {len(size) / len(asked):.3f} and {sum(size.values()) / served:.2f}")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="+", default=[6, 16])
    parser.add_argument("--latency", type=float, default=20, help="of the bucket, in ms")
    parser.add_argument("--work", type=pathlib.Path, default=tileset.ROOT / "build" / "bench",
                        help="where the archives are made and kept")
    options = parser.parse_args(arguments)

    options.work.mkdir(parents=True, exist_ok=True)
    tree, is_florence = open_tree(options.work)
    tiles = pan_and_zoom.read_tree(tree.folder)
    trace = list(pan_and_zoom.views(tiles))
    check_views(tiles, trace)
    print(f"{len(trace)} views, {sum(map(len, trace))} tiles, S3 behind {options.latency:g} ms")
    print_costs_of_old(tree, tiles, trace)
    missed = False
    for connections in options.connections:
        results = []
        for number in range(options.rounds):
            results.append(run(tree, tiles, trace, connections, options.latency / 1e3))
            last = results[-1]
            print(f"  round {number + 1}, {connections} connections: {last.gets} GETs ({last.first_reads} first reads, "
                  f"{last.gets - last.first_reads} ranges) of {last.archives} archives, {last.fetched} bytes fetched, "
                  f"{last.bytes} served", flush=True)
        gets = statistics.median(result.gets / result.tiles for result in results)
        fetched = statistics.median(result.fetched / result.bytes for result in results)
        print(f"{connections} connections, medians: {gets:.3f} GETs a tile (goal {MOST_GETS}), {fetched:.2f} bytes "
              f"fetched a byte served" + (f" (goal {MOST_BYTES})" if is_florence else ""))
        for name, what in (("first", "asked for first"), ("again", "asked for again"), ("views", "whole views")):
            every = [seconds for result in results for seconds in getattr(result, name)]
            print(f"  {what + ':':16} {percentiles(every)}")
        missed = missed or gets > MOST_GETS or (is_florence and fetched > MOST_BYTES)
    print("a goal is missed" if missed else "the goals are met")
    return missed


if __name__ == "__main__":
    checks.run(main)
