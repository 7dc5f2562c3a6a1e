#!/usr/bin/env python3
"""The cost of one tile from an archive in a bucket that the server knows nothing of: round trips, and time beside them.

    bench/s3_cold.py [--archives 60] [--rounds 3] [--latency 0 20] [--crowd 100]

There are archives of about 120 kB, which take one read, and of about 1 MB, which take two. One tile of each archive is
requested once; then the bucket is asked directly for the same ranges that the server read. The tile's additional time
is the server's own; the goal is at most 3 ms. Then a crowd of clients requests all 21 tiles of one archive at the same
moment: a small archive must take one GET, a larger one two. Every answer of the server and of the bucket is compared
with the archive. The exit code is 1 if a goal is missed, and 3 if an answer is wrong.
"""
import argparse
import asyncio
import statistics
import tempfile
import time

import bucket
import checks
import servers
import tileset

import client  # these are found by checks
import pan_and_zoom

MOST_OWN_MS = 3
KINDS = {"small": (5_000, 1), "larger": (50_000, 2)}  # mean size of a tile; round trips that there should be
OFFSETS = [(dz, dx, dy) for dz in range(3) for dx in range(1 << dz) for dy in range(1 << dz)]
CROWDS = 7  # archives that are requested by a crowd each


def seconds_of(name, connection, request, body, status=200):
    """The time that a request takes. Its answer is checked afterwards."""
    started = time.perf_counter()
    answer = checks.ask(name, connection, *request)
    seconds = time.perf_counter() - started
    checks.check(name, request[0], answer, body, status)
    return seconds


def slice_of(data, range_header):
    """The bytes that a Range header with one range asks for."""
    first, last = range_header.removeprefix("bytes=").split("-")
    return data[int(first):int(last) + 1] if first else data[-int(last):]


def cold_tiles(tiles, count, latency):
    """For each archive: seconds that its tile took, seconds that the same reads take directly, number of reads, and
    the server's CPU seconds."""
    results = []
    with bucket.Bucket(tiles.folder, latency) as s3, servers.Tapalcatl(tiles, s3) as server:
        with client.Connection(server.port) as asking, client.Connection(s3.port) as direct:
            for number in range(count):
                target = f"/{bucket.NAME}/all/10/{number}/0.zip"
                data = (tiles.folder / "all" / "10" / str(number) / "0.zip").read_bytes()
                tile = tileset.made_tiles(tiles, number)[1, 0, 0]
                # The scripted S3 computes its ETag at the first request.
                seconds_of("the bucket", direct, (target, {}, "HEAD"), b"")
                cpu = servers.cpu_seconds(server.process.pid)
                took = seconds_of(server.name, asking, (tileset.made_url(number), {"Accept-Encoding": "gzip"}), tile)
                reads = s3.take()
                cpu = servers.cpu_seconds(server.process.pid) - cpu
                alone = sum(seconds_of("the bucket", direct, (target, {"Range": header}), slice_of(data, header), 206)
                            for _, header, _, _ in reads)
                results.append((took, alone, len(reads), cpu))
    return results


def crowd(tiles, clients, latency):
    """GETs of each of some archives that so many clients ask for at once."""
    gets = []
    with bucket.Bucket(tiles.folder, latency) as s3, servers.Tapalcatl(tiles, s3) as server, \
            pan_and_zoom.Browser(server.port, clients) as browser:
        for number in range(CROWDS):
            offsets = [OFFSETS[i % len(OFFSETS)] for i in range(clients)]
            targets = [tileset.made_url(number, *offset) for offset in offsets]
            try:
                answers = browser.look(targets)
            except (ConnectionError, asyncio.TimeoutError) as error:
                raise checks.Wrong(f"{server.name}, the tiles of {targets[0]} and beside it: {error!r}") from error
            right = tileset.made_tiles(tiles, number)
            for offset, target, answer in zip(offsets, targets, answers):
                checks.check(server.name, target, answer, right[offset])
            gets.append(len(s3.take()))
    return gets


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archives", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, nargs="+", default=[0, 20], help="of the bucket, in ms")
    parser.add_argument("--crowd", type=int, default=100, metavar="CLIENTS")
    options = parser.parse_args(arguments)
    missed = []

    def median_ms(seconds):
        return statistics.median(seconds) * 1e3

    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        for kind, (mean_tile, trips) in KINDS.items():
            tiles = tileset.make_archives(work, options.archives, mean_tile, kind)
            size = statistics.mean(path.stat().st_size for path in tiles.archives())
            print(f"{kind} archives: {options.archives} of {size / 1e3:.0f} kB")
            for latency in options.latency:
                rounds = [cold_tiles(tiles, options.archives, latency / 1e3) for _ in range(options.rounds)]
                every = [result for results in rounds for result in results]
                own = [median_ms(took - alone for took, alone, _, _ in results) for results in rounds]
                reads = sorted({reads for _, _, reads, _ in every})
                print(f"  S3 behind {latency:g} ms: a cold tile took {median_ms(took for took, *_ in every):.2f} ms, "
                      f"its GETs ({' or '.join(map(str, reads))}) alone "
                      f"{median_ms(alone for _, alone, _, _ in every):.2f} ms; the difference "
                      f"{statistics.median(own):.2f} ms (goal {MOST_OWN_MS}; rounds "
                      f"{', '.join(f'{ms:.2f}' for ms in own)}), server CPU "
                      f"{median_ms(cpu for *_, cpu in every):.2f} ms", flush=True)
                if statistics.median(own) > MOST_OWN_MS or reads != [trips]:
                    missed.append(f"a cold tile of a {kind} archive behind {latency:g} ms")
            latency = max(options.latency)
            gets = crowd(tiles, options.crowd, latency / 1e3)
            print(f"  {options.crowd} clients at once, S3 behind {latency:g} ms: {sorted(gets)} GETs (goal {trips})")
            if statistics.median(gets) > trips:
                missed.append(f"a crowd on a {kind} archive")
    print("missed: " + "; ".join(missed) if missed else "the goals are met")
    return bool(missed)


if __name__ == "__main__":
    checks.run(main)
