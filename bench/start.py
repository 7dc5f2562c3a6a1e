#!/usr/bin/env python3
"""Time from the start to the first answer, memory at rest, and the CPU time that a cold tile costs.

    bench/start.py [--rounds 21] [--archives 150]

First answer: from before the process is made until /live has answered. At rest: after that answer. Cold: one tile each
of archives of about 1 MB that the server knows nothing of yet, in files in the page cache; the same tiles once more are
the hot ones. Every answer is checked; the exit code is 3 if one is wrong.
"""
import argparse
import os
import statistics
import subprocess
import tempfile
import time

import checks
import servers
import tileset

import client  # found by checks

START_SECONDS = 10


def first_answer(tiles):
    port = servers.free_port()
    environment = {"TAPALCATL_STORAGE": f"file://{tiles.folder}", "HOST": "127.0.0.1", "PORT": str(port),
                   "PATH": os.environ["PATH"], "TAPALCATL_ACCESS_LOG": "off", "TAPALCATL_LOG_LEVEL": "error",
                   **tiles.environment}
    begin = time.perf_counter()
    process = subprocess.Popen([str(servers.BINARY), "serve"], env=environment)
    try:
        while True:
            try:
                connection = client.Connection(port)
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.perf_counter() - begin > START_SECONDS:
                    raise checks.Wrong("tapalcatl, GET /live: the server does not listen") from None
                time.sleep(0.0002)
        with connection:
            answer = checks.ask("tapalcatl", connection, "/live")
        took = time.perf_counter() - begin
        checks.check("tapalcatl", "/live", answer, b"OK")
        return took, servers.cpu_seconds(process.pid), servers.resident_bytes(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def cold_tile(work, count):
    tiles = tileset.make_archives(work, count)
    right = [tileset.made_tiles(tiles, number)[1, 0, 0] for number in range(count)]
    size = statistics.mean(path.stat().st_size for path in tiles.archives())
    with servers.Tapalcatl(tiles) as server, client.Connection(server.port) as connection:
        def ask_all():
            before = servers.cpu_seconds(server.process.pid)
            for number, body in enumerate(right):
                target = tileset.made_url(number)
                answer = checks.ask(server.name, connection, target, {"Accept-Encoding": "gzip"})
                checks.check(server.name, target, answer, body)
            return (servers.cpu_seconds(server.process.pid) - before) / count

        cold, hot = ask_all(), ask_all()
    return size, cold, hot


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--archives", type=int, default=150, help="that cold tiles are read from")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        tiles = tileset.open_tileset(work)
        runs = [first_answer(tiles) for _ in range(options.rounds)]
        print(f"start to first answer: median {statistics.median(r[0] for r in runs) * 1e3:.1f} ms "
              f"(least {min(r[0] for r in runs) * 1e3:.1f}), CPU {statistics.median(r[1] for r in runs) * 1e3:.1f} ms")
        print(f"resident at rest: {statistics.median(r[2] for r in runs) / 1e6:.1f} MB")
        size, cold, hot = cold_tile(work, options.archives)
        print(f"a cold tile of a {size / 1e6:.2f} MB archive: {cold * 1e6:.0f} us of server CPU, hot {hot * 1e6:.0f} us")


if __name__ == "__main__":
    checks.run(main)
