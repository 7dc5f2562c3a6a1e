#!/usr/bin/env python3
"""Start to first answer, memory at rest, and the CPU a cold tile costs.

    bench/start.py [--rounds 21]

First answer: from before the process is made until /live has answered. At rest: after that answer. Cold: a tile of an
archive of about 1 MB that nothing is known of yet, over files in the page cache; the difference of server CPU between
many first requests and as many second ones shows what coldness adds.
"""
import argparse
import http.client
import statistics
import subprocess
import tempfile
import time

import servers
import tileset


def first_answer(tiles):
    port = servers.free_port()
    environment = {"TAPALCATL_STORAGE": f"file://{tiles.folder}", "HOST": "127.0.0.1", "PORT": str(port),
                   "TAPALCATL_ACCESS_LOG": "off", "TAPALCATL_LOG_LEVEL": "error", **tiles.environment}
    begin = time.perf_counter()
    process = subprocess.Popen([str(servers.BINARY), "serve"], env=environment)
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/live")
            assert connection.getresponse().status == 200
            break
        except ConnectionRefusedError:
            time.sleep(0.0002)
        finally:
            connection.close()
    took = time.perf_counter() - begin
    cpu, memory = servers.cpu_seconds(process.pid), servers.resident_bytes(process.pid)
    process.terminate()
    process.wait(30)
    return took, cpu, memory


def cold_tile(work, count=150):
    tiles = tileset.make_archives(work, count)
    size = statistics.mean(path.stat().st_size for path in tiles.archives())
    server = servers.Tapalcatl(tiles)
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]))

    def ask_all():
        before = servers.cpu_seconds(server.process.pid)
        for i in range(count):
            connection.request("GET", tileset.made_url(i), headers={"Accept-Encoding": "gzip"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.status
            answer.read()
        return (servers.cpu_seconds(server.process.pid) - before) / count

    cold, hot = ask_all(), ask_all()
    server.stop()
    return size, cold, hot


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        tiles = tileset.open_tileset(work)
        runs = [first_answer(tiles) for _ in range(options.rounds)]
        print(f"start to first answer: median {statistics.median(r[0] for r in runs) * 1e3:.1f} ms "
              f"(least {min(r[0] for r in runs) * 1e3:.1f}), CPU {statistics.median(r[1] for r in runs) * 1e3:.1f} ms")
        print(f"resident at rest: {statistics.median(r[2] for r in runs) / 1e6:.1f} MB")
        size, cold, hot = cold_tile(work)
        print(f"a cold tile of a {size / 1e6:.2f} MB archive: {cold * 1e6:.0f} us of server CPU, hot {hot * 1e6:.0f} us")


if __name__ == "__main__":
    main()
