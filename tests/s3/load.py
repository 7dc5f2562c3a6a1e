#!/usr/bin/env python3
"""Many requests at once, from a process of its own, so that who answers them has a core for himself.

Reads targets from standard input, one a line, asks for each once, and prints a line of JSON: `answered` and `broken`
requests, `seconds`, `by_status`, `slowest` answer in seconds, `no_store` and `stale` answers.
"""

import argparse
import asyncio
import collections
import json
import sys
import time


class Tally:
    def __init__(self):
        self.answered = self.broken = self.no_store = self.stale = 0
        self.by_status = collections.Counter()
        self.slowest = 0.0

    def note(self, head, started):
        self.answered += 1
        self.by_status[head[9:12].decode()] += 1
        self.no_store += b"no-store" in head
        self.stale += b"max-age=10\r" in head
        self.slowest = max(self.slowest, time.monotonic() - started)


class Asker(asyncio.Protocol):
    """A connection. `idle(asker)` is called when it may be asked again, `gone(asker)` when it ends."""

    def __init__(self, tally, idle, gone):
        self._tally, self._idle, self._gone = tally, idle, gone
        self._received = bytearray()
        self._started = None
        self._transport = None
        self._left = 0  # bytes of a body that are still to come

    def connection_made(self, transport):
        self._transport = transport

    def ask(self, target):
        self._started = time.monotonic()
        self._transport.write(f"GET {target} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".encode())

    def data_received(self, data):
        if self._left > len(data):
            self._left -= len(data)
            return
        if self._left:
            self._left = 0
            self._idle(self)
            return
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]) + b"\r"
        self._tally.note(head, self._started)
        self._started = None
        at = head.find(b"Content-Length: ")
        size = int(head[at + 16:head.find(b"\r", at)]) if at >= 0 else 0
        self._left = size - (len(self._received) - end - 4)
        self._received.clear()
        if self._left <= 0:
            self._left = 0
            self._idle(self)

    def connection_lost(self, _):
        self._tally.broken += self._started is not None
        self._gone(self)

    def close(self):
        self._transport.close()


class Load:
    def __init__(self, port, targets, rate, connections):
        self._port, self._targets, self._rate, self._most = port, targets, rate, connections
        self._free = []
        self._open = 0
        self._some_free = asyncio.Event()
        self.tally = Tally()

    def _idle(self, asker):
        self._free.append(asker)
        self._some_free.set()

    def _gone(self, asker):
        self._open -= 1
        if asker in self._free:
            self._free.remove(asker)
        self._some_free.set()

    async def _asker(self):
        while not self._free:
            if self._open < self._most:
                self._open += 1
                _, asker = await asyncio.get_running_loop().create_connection(
                    lambda: Asker(self.tally, self._idle, self._gone), "127.0.0.1", self._port)
                return asker
            self._some_free.clear()
            await self._some_free.wait()
        return self._free.pop()

    async def run(self):
        started = time.monotonic()
        for number, target in enumerate(self._targets):
            if self._rate:
                wait = started + number / self._rate - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
            (await self._asker()).ask(target)
        while self.tally.answered + self.tally.broken < len(self._targets):
            self._some_free.clear()
            await self._some_free.wait()
        for asker in self._free:
            asker.close()
        return time.monotonic() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("--rate", type=float, default=0, help="requests a second; 0: as fast as they are answered")
    parser.add_argument("--connections", type=int, default=16, help="at the most")
    options = parser.parse_args()

    async def work():
        load = Load(options.port, sys.stdin.read().split(), options.rate, options.connections)
        seconds = await load.run()
        print(json.dumps({**vars(load.tally), "seconds": seconds}))
    asyncio.run(work())


if __name__ == "__main__":
    main()
