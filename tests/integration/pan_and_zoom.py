"""People who look at a map: which tiles their views ask for, out of a tree of metatiles, and how a browser asks."""

import asyncio
import os
import random
import re
import time
import zipfile
import zlib
from collections import namedtuple
from pathlib import Path

from metatiles import Tile, url_of

Truth = namedtuple("Truth", "crc size packed archive")  # packed: bytes in the archive; archive: its path in the tree
Answer = namedtuple("Answer", "status body seconds")

_ARCHIVE = re.compile(r"all/(\d+)/(\d+)/(\d+)\.zip$")
_ENTRY = re.compile(r"1/(\d+)/(\d+)\.mvt$")


def read_tree(tree):
    """All 512 px mvt tiles of the archives .../all/z/x/y.zip below a folder: Tile to Truth."""
    tiles = {}
    for path in sorted(Path(tree).rglob("*.zip")):
        matched = _ARCHIVE.search(path.as_posix())
        if not matched:
            continue
        z, x, y = map(int, matched.groups())
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                offset = _ENTRY.match(entry.filename)
                if offset:
                    tile = Tile(z + 1, 2 * x + int(offset[1]), 2 * y + int(offset[2]))
                    tiles[tile] = Truth(entry.CRC, entry.file_size, entry.compress_size, path.relative_to(tree))
    return tiles


def views(tiles, viewers=60, seed=5):
    """The tiles of one view after the other, the same for the same tree: each viewer lands on a tile of zoom 11 or
    less, and zooms in three times towards one of its children. A view has up to 4 x 3 tiles."""
    chance = random.Random(seed)
    starts = sorted(tile for tile in tiles if tile[0] <= 11)
    for _ in range(viewers):
        z, x, y = chance.choice(starts)
        for _ in range(4):
            yield [Tile(z, x + i, y + j) for i in range(-1, 3) for j in range(-1, 2) if (z, x + i, y + j) in tiles]
            children = [(z + 1, 2 * x + i, 2 * y + j) for i in (0, 1) for j in (0, 1)
                        if (z + 1, 2 * x + i, 2 * y + j) in tiles]
            if not children:
                break
            z, x, y = chance.choice(children)


class _Connection(asyncio.Protocol):
    """One request at a time; `done(Answer)`, or done(None) where the connection ended instead."""

    def __init__(self):
        self._received = bytearray()
        self._whole = None  # bytes of head and body, once the head is there
        self._asked = self._transport = self._done = None

    def connection_made(self, transport):
        self._transport = transport

    def ask(self, target, done):
        self._done, self._whole, self._asked = done, None, time.perf_counter()
        self._transport.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())

    def data_received(self, data):
        self._received += data
        if self._whole is None:
            end = self._received.find(b"\r\n\r\n") + 4
            if end < 4:
                return
            length = re.search(rb"(?i)\r\nContent-Length: (\d+)\r", self._received[:end])
            self._body, self._whole = end, end + (int(length[1]) if length else 0)
        if len(self._received) >= self._whole:
            answer = Answer(int(self._received[9:12]), bytes(self._received[self._body:self._whole]),
                            time.perf_counter() - self._asked)
            del self._received[:self._whole]
            self._done(answer)

    def connection_lost(self, _):
        if self._done:
            self._done(None)

    def close(self):
        self._done = None
        self._transport.close()


class Browser:
    """Up to so many connections to a port of this machine; each is asked for a tile at a time. Enter it to have
    them made."""

    def __init__(self, port, connections):
        self._port, self._count = port, connections
        self._loop = asyncio.new_event_loop()
        self._connections = []

    def __enter__(self):
        self._loop.run_until_complete(self._connect())
        return self

    def __exit__(self, *_):
        for connection in self._connections:
            connection.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _connect(self):
        for _ in range(self._count):
            _, connection = await self._loop.create_connection(_Connection, "127.0.0.1", self._port)
            self._connections.append(connection)

    def look(self, targets, patience=60):
        """Asks for all targets at once, as far as there are connections. Returns their Answers when all are there;
        a connection that ends is a ConnectionError."""
        return self._loop.run_until_complete(asyncio.wait_for(self._look(targets), patience))

    async def _look(self, targets):
        answers = [None] * len(targets)
        todo = iter(enumerate(targets))
        over = self._loop.create_future()
        left = len(targets)

        def next_for(connection):
            index, target = next(todo, (None, None))
            if target is not None:
                connection.ask(target, lambda answer: note(connection, index, answer))

        def note(connection, index, answer):
            nonlocal left
            if answer is None:
                if not over.done():
                    over.set_exception(ConnectionError(f"the connection ended that was asked for {targets[index]}"))
                return
            answers[index] = answer
            left -= 1
            if left == 0:
                over.set_result(None)
            else:
                next_for(connection)
        for connection in self._connections:
            next_for(connection)
        if targets:
            await over
        return answers


def fault_of(answer, truth):
    """What is wrong with a tile's answer to a request that takes gzip; None if nothing is. The body has to be one gzip
    member, or the content itself, with the size and CRC-32 that the archive's directory tells."""
    if answer.status != 200:
        return f"status {answer.status}"
    content = answer.body
    if content[:2] == b"\x1f\x8b":
        member = zlib.decompressobj(31)
        try:
            content = member.decompress(content)
        except zlib.error as error:
            return str(error)
        if not member.eof or member.unused_data:
            return "not one gzip member"
    if len(content) != truth.size:
        return f"{len(content)} bytes in place of {truth.size}"
    return None if zlib.crc32(content) == truth.crc else "another CRC-32"


class Wrong(Exception):
    """Tiles that are not those of the archives."""


class Replay:
    """What views cost. `tiles` and `bytes`: what was served; `first` and `again`: seconds that a tile took that was
    not, or was, asked for before; `views`: seconds that each view took."""

    def __init__(self):
        self.tiles = self.bytes = 0
        self.first, self.again, self.views = [], [], []

    def add(self, seen, view, answers, seconds):
        self.tiles += len(view)
        self.views.append(seconds)
        for tile, answer in zip(view, answers):
            self.bytes += len(answer.body)
            (self.again if tile in seen else self.first).append(answer.seconds)
            seen.add(tile)


def replay(port, tiles, trace, connections):
    """Looks at one view after the other. `tiles`: Tile to Truth. Raises Wrong where a tile is not as it should be."""
    result, seen = Replay(), set()
    with Browser(port, connections) as browser:
        for view in trace:
            started = time.perf_counter()
            answers = browser.look([url_of(tile, 512) for tile in view])
            seconds = time.perf_counter() - started
            for tile, answer in zip(view, answers):
                fault = fault_of(answer, tiles[tile])
                if fault:
                    raise Wrong(f"{os.fspath(tiles[tile].archive)}, {url_of(tile, 512)}: {fault}")
            result.add(seen, view, answers, seconds)
    return result
