"""How it ends: what was accepted is answered, and nothing is cut short."""

import random
import signal
import socket
import tempfile
import threading
import time
import unittest
from pathlib import Path

from client import Closed
from metatiles import Tile, archive, content_for, url_of
from redis_server import SlowRedis
from support import PATIENCE, Server, takes, wait_until

TILES = [Tile(4, x, y) for x in range(16) for y in range(16)]
LARGE = url_of(Tile(0, 0, 0))
LARGE_SIZE = 8 << 20
LATE = "1h"  # longer than any test waits


def content_of(tile):
    return content_for("%d/%d/%d" % tile, 20_000)


class Drain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.large = random.Random(5).randbytes(LARGE_SIZE)
        cls.put("all/0/0/0.zip", {"0/0/0.mvt": cls.large})
        for x in range(4):
            for y in range(4):
                cls.put(f"all/2/{x}/{y}.zip", {f"2/{dx}/{dy}.mvt": content_of(Tile(4, 4 * x + dx, 4 * y + dy))
                                               for dx in range(4) for dy in range(4)})

    @classmethod
    def put(cls, name, entries):
        path = cls.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(archive(entries))

    def is_refused(self, server):
        try:
            server.connect().close()
            return False
        except ConnectionRefusedError:
            return True

    def slow_reader(self, server):
        connection = server.connect(receive_buffer=4096)
        self.addCleanup(connection.close)
        connection.send_request(LARGE)
        wait_until(lambda: connection.socket.recv(1, socket.MSG_PEEK), "the first byte")
        return connection


class Client(threading.Thread):
    """Asks and asks, on one connection for as long as that is kept, and keeps count of all that goes wrong."""

    def __init__(self, server, seed, requests_per_connection):
        super().__init__(daemon=True)
        self.server = server
        self.chance = random.Random(seed)
        self.requests_per_connection = requests_per_connection
        self.answered = 0
        self.problems = []
        self.ended = False

    def run(self):
        try:
            while not self.ended:
                self.one_connection()
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(repr(problem))

    def one_connection(self):
        try:
            connection = self.server.connect()
        except (ConnectionRefusedError, ConnectionResetError):
            self.ended = True
            return
        with connection:
            for number in range(self.requests_per_connection):
                tile = self.chance.choice(TILES)
                try:
                    answer = connection.request(url_of(tile), {"Accept-Encoding": self.chance.choice(["gzip",
                                                                                                      "identity"])})
                except (Closed, OSError) as problem:
                    self.problems.append(f"request {number} of a connection was lost: {problem!r}")
                    return
                if answer.status != 200 or answer.content != content_of(tile):
                    self.problems.append(f"another answer: {answer}")
                self.answered += 1
                if answer.closes:
                    return


def hears_hangups():
    """Whoever runs the tests may have told them to ignore it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class UnderLoad(Drain):
    def check(self, sent, requests_per_connection, **settings):
        with Server(self.folder, preexec=hears_hangups, **settings) as server:
            clients = [Client(server, seed, requests_per_connection) for seed in range(16)]
            for client in clients:
                client.start()
            wait_until(lambda: all(client.answered > 20 for client in clients), "some load")
            server.process.send_signal(sent)
            server.expect_exit(0)
            for client in clients:
                client.join(PATIENCE)
            self.assertEqual([problem for client in clients for problem in client.problems], [])
            self.assertTrue(all(client.ended for client in clients))
            self.assertFalse(server.stderr.containing("cut off"))

    def test_not_one_request_is_lost(self):
        for sent in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(sent):
                self.check(sent, 1_000_000)

    def test_nor_where_others_take_over_meanwhile(self):
        self.check(signal.SIGTERM, 1_000_000, TAPALCATL_DRAIN_DELAY="500ms")

    def test_nor_on_connections_that_end_by_themselves(self):
        for requests in (1, 50):
            with self.subTest(requests=requests):
                self.check(signal.SIGTERM, requests)


class Order(Drain):
    DELAY = 15  # seconds, in which a busy machine answers six requests

    @takes(DELAY)
    def test_says_that_it_is_not_ready_while_it_still_serves(self):
        with Server(self.folder, TAPALCATL_DRAIN_DELAY=f"{self.DELAY}s") as server, server.connect() as kept:
            self.assertEqual(kept.request("/ready").status, 200)
            started = time.monotonic()
            server.process.terminate()
            answer = wait_until(lambda: (lambda got: got if got.status != 200 else None)(kept.request("/ready")),
                                "a word")
            self.assertEqual((answer.status, answer["Cache-Control"], answer.closes), (503, "no-store", False))
            self.assertEqual(server.get("/ready").status, 503)
            self.assertEqual(server.get("/live").status, 200)
            self.assertEqual(server.get(url_of(TILES[3])).body, content_of(TILES[3]))
            self.assertEqual(kept.request(url_of(TILES[4])).body, content_of(TILES[4]))
            self.assertLess(time.monotonic() - started, self.DELAY)
            wait_until(lambda: self.is_refused(server), "the end of new connections")
            self.assertGreaterEqual(time.monotonic() - started, self.DELAY - 0.1)
            answer = kept.request(url_of(TILES[5]))
            self.assertEqual((answer.body, answer.closes), (content_of(TILES[5]), True))
            server.expect_exit(0)

    def test_what_was_sent_before_is_answered(self):
        with Server(self.folder) as server:
            half = server.connect()
            half.send(b"GET /live HTTP/1.1\r\nHost: a\r\n")
            pipelined = server.connect()
            pipelined.send(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n" * 2 + b"GET /li")
            self.assertEqual([pipelined.response().status for _ in range(2)], [200] * 2)
            server.process.terminate()
            wait_until(lambda: self.is_refused(server), "the end of new connections")
            for connection, rest in ((half, b"\r\n"), (pipelined, b"ve HTTP/1.1\r\nHost: a\r\n\r\n")):
                connection.send(rest)
                answer = connection.response()
                self.assertEqual((answer.status, answer.closes), (200, True))
                self.assertTrue(connection.at_end())
                connection.close()
            server.expect_exit(0)

    def test_idle_connections_do_not_keep_it(self):
        with Server(self.folder, TAPALCATL_DRAIN_TIMEOUT=LATE, TAPALCATL_IDLE_TIMEOUT=LATE) as server:
            idle = [server.connect() for _ in range(20)]
            for connection in idle[:10]:
                self.assertEqual(connection.request("/live").status, 200)
            server.process.terminate()
            server.expect_exit(0)
            for connection in idle:
                self.assertTrue(connection.at_end())
                connection.close()

    def test_a_slow_download_is_finished(self):
        with Server(self.folder) as server:
            connection = self.slow_reader(server)
            server.process.terminate()
            wait_until(lambda: self.is_refused(server), "the end of new connections")
            self.assertIsNone(server.process.poll())
            self.assertEqual(connection.response().body, self.large)
            connection.close()
            server.expect_exit(0)
            self.assertFalse(server.stderr.containing("cut off"))

    def test_but_not_for_longer_than_is_allowed(self):
        for threads in (1, 2, 5):
            with self.subTest(threads=threads), \
                    Server(self.folder, TAPALCATL_DRAIN_TIMEOUT="500ms", TAPALCATL_THREADS=threads) as server:
                slow = [self.slow_reader(server) for _ in range(7)]
                started = time.monotonic()
                server.process.terminate()
                server.expect_exit(0)
                self.assertGreaterEqual(time.monotonic() - started, 0.4)
                self.assertEqual(len(server.stderr.containing("7 connections were not done")), 1, server.stderr.now())
                for connection in slow:
                    with self.assertRaises(Closed):
                        connection.response()

    def test_a_second_signal_ends_it_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT), (signal.SIGTERM,
                                                                                                 signal.SIGINT)):
            with self.subTest(first=first, second=second), Server(self.folder, TAPALCATL_DRAIN_DELAY=LATE) as server:
                self.slow_reader(server)
                server.process.send_signal(first)
                wait_until(lambda: server.stderr.containing("finishing what runs"), "the first signal")
                server.process.send_signal(second)
                server.expect_exit(0)

    def test_a_terminal_that_goes_away_may_say_so_twice(self):
        with Server(self.folder, preexec=hears_hangups) as server:
            connection = self.slow_reader(server)
            for _ in range(3):
                server.process.send_signal(signal.SIGHUP)
                wait_until(lambda: server.stderr.containing("SIGHUP: finishing what runs"), "the first signal")
            self.assertEqual(connection.response().body, self.large)
            connection.close()
            server.expect_exit(0)
            self.assertFalse(server.stderr.containing("cut off"))

    def test_a_terminal_that_goes_away_is_nothing_to_a_server_that_was_told_to_stay(self):
        def ignores_hangups():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

        with Server(self.folder, preexec=ignores_hangups) as server:
            server.process.send_signal(signal.SIGHUP)
            self.assertEqual(server.get("/ready").status, 200)
            server.process.terminate()
            server.expect_exit(0)
            self.assertFalse(server.stderr.containing("SIGHUP"))

    def test_the_port_is_free_at_once(self):
        with Server(self.folder) as server:
            port = server.port
            self.assertEqual(server.get("/live", {"Connection": "close"}).status, 200)
        with Server(self.folder, PORT=port) as server:
            self.assertEqual(server.port, port)
            self.assertEqual(server.get("/live").status, 200)

    def test_readers_that_vanish_do_not_end_it(self):
        with Server(self.folder) as server:
            server.process.send_signal(signal.SIGPIPE)
            for _ in range(5):
                self.slow_reader(server).reset()  # writing to it fails from now on
            self.assertEqual(server.get("/live").status, 200)


class WhatNobodyWaitsFor(Drain):
    """The write of a cold tile into a second tier is on its way when its client has left."""

    def stopped(self, redis, **settings):
        """A server that was told to stop right after a cold tile."""
        server = self.enterContext(Server(self.folder, CACHE_TYPE="redis", CACHE_REDIS_URL=redis.url, **settings))
        self.assertEqual(server.get(url_of(TILES[0])).body, content_of(TILES[0]))
        server.process.terminate()
        wait_until(lambda: server.stderr.containing("finishing what runs"), "the signal")
        return server

    def test_is_finished_before_the_end(self):
        with SlowRedis() as redis:
            server = self.stopped(redis)
            wait_until(lambda: redis.connections == 2, "one connection for reads and one for writes")
            wait_until(lambda: self.is_refused(server), "the end of new connections")
            self.assertEqual(redis.values, {})
            redis.go_on.set()
            server.expect_exit(0)
            self.assertEqual(len(redis.values), 1)
            self.assertFalse(server.stderr.containing("given up"))

    def test_has_no_more_time_than_the_drain(self):
        with SlowRedis() as redis:
            server = self.stopped(redis, TAPALCATL_DRAIN_TIMEOUT="300ms")
            server.expect_exit(0, 5)
            self.assertEqual(len(server.stderr.containing("is given up")), 1, server.stderr.now())
            self.assertEqual(redis.values, {})

    def test_is_given_up_at_a_second_signal(self):
        with SlowRedis() as redis:
            server = self.stopped(redis, TAPALCATL_DRAIN_TIMEOUT="60s")
            server.process.terminate()
            server.expect_exit(0, 5)
            self.assertEqual(redis.values, {})


if __name__ == "__main__":
    unittest.main()
