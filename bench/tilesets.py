#!/usr/bin/env python3
"""What many tilesets cost, and what a reload of the configuration costs.

    bench/tilesets.py [--tilesets 4000] [--reloads 1000] [--rounds 5] [--seconds 2]

A configuration file with so many tilesets, in the folder of one tile set and each in a folder of its own: the time from the
start of the process to its first answer and the memory of each tileset; and for those of one folder the CPU time of a hot tile of the last one through its own route, beside
the same tile from a server of one tile set through the route of tapalcatl-py, in the same run.

Then a server of ten tilesets, of which one is another one after each reload, while clients ask for a tile that stays: each
answer is compared. The exit code is 3 if one is wrong, and 1 if memory or open files grew.
"""
import argparse
import os
import pathlib
import signal
import statistics
import sys
import tempfile
import threading
import time

import checks
import load
import servers
import tileset

import client  # found by checks

MEMORY_TOLERANCE = 2_000_000  # bytes that may be more after the second half of the reloads than after the first
CLIENTS = 2


def anonymous_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) * 1024


def write_config(path, tiles, names, folders=None):
    """Each tileset in the folder of `tiles`, or in a link to it below `folders`. The file takes the old one's place at once."""
    if folders is not None:
        folders.mkdir()
        for name in names:
            (folders / name).symlink_to(tiles.folder)
    lines = [f"key_format_type: {tiles.environment['KEY_FORMAT_TYPE']}", f"s3_prefix: {tiles.environment['S3_PREFIX']}",
             f"metatile_size: {tiles.environment['METATILE_SIZE']}", "tilesets:",
             *(f"  {name}: {{storage: 'file://{folders / name if folders else tiles.folder}', max_zoom: 16}}" for name in names),
             ""]
    new = path.with_suffix(".new")
    new.write_text("\n".join(lines))
    new.replace(path)


def native(target, name):
    """The route of the tileset `name` in place of that of tapalcatl-py: /tilezen/vector/v1/512/all/Z/X/Y.mvt."""
    z, x, y = target.removesuffix(".mvt").split("/")[-3:]
    return f"/{name}/{z}/{x}/{y}@2x.mvt"


def start(config, answers):
    """A server that has answered; seconds from before its process was made, and its anonymous memory then."""
    began = time.perf_counter()
    server = servers.Tapalcatl(NoTiles, config=config)
    target, body = answers
    checks.check_tiles(server, [(target, body)])
    return server, time.perf_counter() - began, anonymous_bytes(server.process.pid)


class NoTiles:
    environment = {}


def measure_many(options, tiles, work):
    chosen = tileset.choose(tiles.tiles())
    config = pathlib.Path(work) / "many.yaml"
    last = f"t{options.tilesets - 1}"
    write_config(config, tiles, ["t0"])
    first = native(chosen[0][0], "t0"), chosen[0][1]
    server, _, base = start(config, first)
    server.stop()
    names = [f"t{i}" for i in range(options.tilesets)]
    write_config(config, tiles, names, pathlib.Path(work) / "folders")
    server, took, memory = start(config, first)
    server.stop()
    print(f"{options.tilesets} tilesets, each in a folder of its own: first answer {took:.2f} s after the start, "
          f"{(memory - base) / (options.tilesets - 1) / 1000:.1f} kB a tileset", flush=True)
    write_config(config, tiles, names)
    asked = [(native(target, last), body) for target, body in chosen]
    many, took, memory = start(config, asked[0])
    each = (memory - base) / (options.tilesets - 1)
    print(f"{options.tilesets} tilesets in one folder: first answer {took:.2f} s after the start, {each / 1000:.1f} kB a tileset "
          f"({memory / 1e6:.1f} MB of anonymous memory, {base / 1e6:.1f} MB with one)", flush=True)
    with many, servers.Tapalcatl(tiles) as one:
        sides = []
        for server, wanted in ((many, asked), (one, chosen)):
            paths = pathlib.Path(work) / f"paths-{len(sides)}"
            paths.mkdir()
            (paths / "paths.txt").write_text("".join(target + "\n" for target, _ in wanted))
            sides.append((server, wanted, load.Load(paths / "paths.txt", 16, paths), checks.check_tiles(server, wanted)))
        ratios = []
        for _ in range(options.rounds):
            costs = []
            for server, wanted, asking, sizes in sides:
                costs.append(asking.run(server, options.seconds, sizes).cpu)
                checks.check_tiles(server, wanted)
            ratios.append(costs[0] / costs[1])
            print(f"  {costs[0]:6.2f} us of CPU a hot tile of {last} by its own route, {costs[1]:6.2f} us by the route of "
                  "tapalcatl-py", flush=True)
        print(f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})", flush=True)


class Asking(threading.Thread):
    """Asks for one tile over one connection until it is told to end, and compares each answer."""

    def __init__(self, server, target, body):
        super().__init__(daemon=True)
        self._server, self._target, self._body = server, target, body
        self.ended = threading.Event()
        self.answers, self.wrong = 0, None

    def run(self):
        try:
            with client.Connection(self._server.port) as connection:
                while not self.ended.is_set():
                    answer = checks.ask(self._server.name, connection, self._target, {"Accept-Encoding": "gzip"})
                    checks.check(self._server.name, self._target, answer, self._body)
                    self.answers += 1
        except checks.Wrong as wrong:
            self.wrong = wrong


def measure_reloads(tiles, work, tilesets, reloads):
    target, body = next(tiles.tiles())
    config = pathlib.Path(work) / "reloads.yaml"
    stay = [f"t{i}" for i in range(tilesets - 1)]
    write_config(config, tiles, [*stay, "comes-0"])
    server, _, _ = start(config, (native(target, "t0"), body))
    with server:
        asking = [Asking(server, native(target, "t0"), body) for _ in range(CLIENTS)]
        for each in asking:
            each.start()
        times, memory, files = [], [], []
        for number in range(1, reloads + 1):
            write_config(config, tiles, [*stay, f"comes-{number}"])
            began = time.perf_counter()
            server.process.send_signal(signal.SIGHUP)
            with client.Connection(server.port) as connection:
                while checks.ask(server.name, connection, native(target, f"comes-{number}"),
                                 {"Accept-Encoding": "gzip"}).status != 200:
                    if time.perf_counter() - began > 60:
                        raise checks.Wrong(f"{server.name}: reload {number} took no effect: {server.said()[-500:]}")
                    time.sleep(0.001)
            times.append(time.perf_counter() - began)
            memory.append(anonymous_bytes(server.process.pid))
            files.append(len(os.listdir(f"/proc/{server.process.pid}/fd")))
        for each in asking:
            each.ended.set()
        for each in asking:
            each.join()
            if each.wrong:
                raise each.wrong
    half = reloads // 2
    print(f"{reloads} reloads of {tilesets} tilesets: {1000 * statistics.median(times):.1f} ms from SIGHUP to the first tile of the "
          f"new one (at most {1000 * max(times):.0f} ms), {sum(each.answers for each in asking)} answers meanwhile, none wrong; "
          f"anonymous memory {max(memory[:half]) / 1e6:.1f} MB at most in the first half, {max(memory[half:]) / 1e6:.1f} MB in "
          f"the second; open files {max(files[:half])} and {max(files[half:])}", flush=True)
    return max(memory[half:]) <= max(memory[:half]) + MEMORY_TOLERANCE and max(files[half:]) <= max(files[:half]) + CLIENTS


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tilesets", type=int, default=4000)
    parser.add_argument("--reloads", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        tiles = tileset.open_tileset(work)
        measure_many(options, tiles, work)
        is_flat = True
        if options.reloads > 0:
            is_flat = measure_reloads(tiles, work, 10, options.reloads)
            is_flat &= measure_reloads(tiles, work, options.tilesets, max(options.reloads // 50, 8))
    if not is_flat:
        print("failed: memory or open files grew", file=sys.stderr)
    return 0 if is_flat else 1


if __name__ == "__main__":
    checks.run(main)
