"""What clients may take: slow ones, many ones, greedy ones, and others."""

import contextlib
import ctypes
import random
import resource
import socket
import struct
import subprocess
import time
import unittest
from pathlib import Path

from client import Closed
from metatiles import Tile, archive, content_for, url_of
from support import BINARY, PATIENCE, Case, Server, binary_to_measure, environment_of, run_all, takes, wait_until

CONTENT = content_for("a tile", 5000)
TILE = url_of(Tile(0, 0, 0))
LARGE = url_of(Tile(0, 0, 0), form="json")
LARGE_SIZE = 8 << 20

# The time-out that slow clients meet, in seconds. A client that is not hindered waits less even on a busy machine, so that
# waiting for the slow ones shows.
LIMIT = 12
AT_ONCE = 10


def deny_clone3():
    """A seccomp filter as old container runtimes have it: clone3() fails by EPERM, so that glibc starts no thread."""
    clone3, eperm = 435, 1
    load_number, jump_if_equal, answer = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
    errno_of, allow = 0x00050000, 0x7fff0000
    steps = [(load_number, 0, 0, 0), (jump_if_equal, 0, 1, clone3), (answer, 0, 0, errno_of | eperm), (answer, 0, 0, allow)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, filter_mode, program):
        raise OSError(ctypes.get_errno(), "no seccomp filter")


class Sandbox(Case):
    def test_that_lets_no_thread_start_is_named(self):
        environment = environment_of({"TAPALCATL_STORAGE": Path(self.folder).as_uri(), "PORT": 0, "HOST": "127.0.0.1"})
        ended = subprocess.run([BINARY, "serve"], env=environment, preexec_fn=deny_clone3, capture_output=True, timeout=PATIENCE)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn(b"clone3", ended.stderr)


class Limits(Case):
    def setUp(self):
        super().setUp()
        self.large = random.Random(5).randbytes(LARGE_SIZE)
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT, "0/0/0.json": self.large}, method=0))
        self.open = []
        self.addCleanup(self.close_all)

    def close_all(self):
        for connection in self.open:
            connection.close()
        self.open.clear()

    @contextlib.contextmanager
    def server(self, **options):
        with Server(self.folder, **options) as server:
            try:
                yield server
            finally:
                self.close_all()  # it would wait for them

    def connect(self, server, **options):
        connection = server.connect(**options)
        self.open.append(connection)
        return connection

    def expect_quick_answers(self, server, count=30):
        """Others are answered as if nothing were the matter."""
        for _ in range(count):
            started = time.monotonic()
            self.assertEqual(server.get(TILE).body, CONTENT)
            self.assertLess(time.monotonic() - started, AT_ONCE)


class SlowSenders(Limits):
    @takes(LIMIT)
    def test_half_requests_hinder_nobody_and_are_cut_off(self):
        with self.server(TAPALCATL_HEADER_TIMEOUT=f"{LIMIT}s") as server:
            started = time.monotonic()
            half = [self.connect(server) for _ in range(200)]
            for connection in half:
                connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            self.expect_quick_answers(server)
            for connection in half:
                self.assertTrue(connection.at_end())
            self.assertGreaterEqual(time.monotonic() - started, LIMIT)
            self.expect_quick_answers(server, 1)

    def test_a_byte_now_and_then_does_not_help(self):
        with self.server(TAPALCATL_HEADER_TIMEOUT="1s") as server:
            connection = self.connect(server)
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            connection.socket.settimeout(0.05)
            started = time.monotonic()

            def is_cut_off():
                try:
                    connection.send(b"x")
                    return connection.read_some() == b""
                except socket.timeout:
                    return False
                except (ConnectionResetError, BrokenPipeError):
                    return True
            wait_until(is_cut_off, "the end of a slow request")
            self.assertGreater(time.monotonic() - started, 0.9)

    def test_who_says_nothing_is_cut_off_too(self):
        with self.server(TAPALCATL_IDLE_TIMEOUT="1s", TAPALCATL_HEADER_TIMEOUT="1s") as server:
            silent = self.connect(server)
            after_a_request = self.connect(server)
            self.assertEqual(after_a_request.request(TILE).body, CONTENT)
            after_empty_lines = self.connect(server)
            after_empty_lines.send(b"\r\n\r\n")
            for connection in (silent, after_a_request, after_empty_lines):
                self.assertTrue(connection.at_end())


class SlowReaders(Limits):
    def slow_reader(self, server, requests=1):
        """Asks for more than the system's buffers take, and reads nothing."""
        connection = self.connect(server, receive_buffer=4096)
        for _ in range(requests):
            connection.send_request(LARGE)
        return connection

    @takes(LIMIT)
    def test_cost_only_themselves_and_are_cut_off(self):
        with self.server(TAPALCATL_WRITE_TIMEOUT=f"{LIMIT}s") as server:
            self.assertEqual(server.get(LARGE).body, self.large)
            slow = [self.slow_reader(server, 3) for _ in range(20)]
            self.expect_quick_answers(server)
            before = server.open_files()
            wait_until(lambda: server.open_files() <= before - len(slow), "the end of slow readers")
            for connection in slow:
                with self.assertRaises(Closed):
                    connection.response()
            self.expect_quick_answers(server, 1)

    @takes(8)
    def test_who_takes_something_now_and_then_gets_all(self):
        limit, pause = 6, 1  # seconds; all of it takes eight pauses
        with self.server(TAPALCATL_WRITE_TIMEOUT=f"{limit}s") as server:
            connection = self.slow_reader(server)
            started = time.monotonic()
            body = bytearray()
            while len(body) < LARGE_SIZE:
                until = time.monotonic() + pause
                piece = connection.read_some(LARGE_SIZE // 8)
                while len(piece) < LARGE_SIZE // 8 and len(body) + len(piece) < LARGE_SIZE:
                    piece += connection.read_some(LARGE_SIZE // 8 - len(piece))
                body += piece
                wait_until(lambda: time.monotonic() >= until, "the next moment")
            self.assertGreater(time.monotonic() - started, limit)
            head_size = body.index(b"\r\n\r\n") + 4
            while len(body) < head_size + LARGE_SIZE:
                body += connection.read_some()
            self.assertEqual(bytes(body[head_size:]), self.large)

    def test_what_they_hold_is_limited(self):
        with self.server(TAPALCATL_MAX_PENDING_BYTES="1MiB") as server:
            self.assertEqual(server.get(LARGE).body, self.large)
            slow = [self.slow_reader(server)]
            refused = wait_until(lambda: (lambda got: got if got.status != 200 else None)(server.get(TILE)),
                                 "a refusal")
            self.assertEqual((refused.status, refused["Retry-After"], refused["Cache-Control"]), (503, "2", "no-store"))
            slow[0].reset()
            wait_until(lambda: server.get(TILE).status == 200, "the end of the refusals")

    def test_their_memory_is_shared(self):
        with self.server(binary=binary_to_measure()) as server:
            self.assertEqual(server.get(LARGE).body, self.large)
            before = server.resident_bytes()
            for _ in range(20):
                self.slow_reader(server)
            self.expect_quick_answers(server)
            self.assertLess(server.resident_bytes() - before, 3 * LARGE_SIZE)


class Sizes(Limits):
    def refuse(self, server, data):
        connection = self.connect(server)
        try:
            connection.send(data)
        except (ConnectionResetError, BrokenPipeError):
            pass  # it need not take all
        answer = connection.response()
        self.assertEqual((answer.status, answer.closes), (431, True), answer)
        self.assertTrue(connection.at_end())

    def test_headers_over_the_limit_are_431(self):
        start = b"GET /live HTTP/1.1\r\nHost: a\r\n"
        with self.server() as server:
            for data in (start + b"X: " + b"x" * 9000 + b"\r\n\r\n", start + b"X: " + b"x" * 9000,
                         start + b"X: y\r\n" * 2000 + b"\r\n", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
                         b"G" * 9000):
                self.refuse(server, data)
            with server.connect() as connection:
                fits = b"GET /live HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (8192 - 38 + 2) + b"\r\n\r\n"
                self.assertEqual(len(fits), 8192)
                connection.send(fits * 3)
                self.assertEqual([connection.response().status for _ in range(3)], [200] * 3)
                connection.send(fits.replace(b"X: ", b"X: x"))
                self.assertEqual(connection.response().status, 431)

    def test_the_limit_can_be_set(self):
        with self.server(TAPALCATL_MAX_HEADER_SIZE="1KiB") as server:
            self.refuse(server, b"GET /live HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 1000 + b"\r\n\r\n")
        with self.server(TAPALCATL_MAX_HEADER_SIZE="64KiB") as server, server.connect() as connection:
            self.assertEqual(connection.request("/live", {"X": "x" * 60_000}).text, "OK")

    def test_a_megabyte_of_header_is_not_kept(self):
        with self.server() as server:
            connection = self.connect(server)
            connection.send(b"GET /live HTTP/1.1\r\nHost: a\r\n")
            with self.assertRaises((ConnectionResetError, BrokenPipeError, Closed)):
                for _ in range(10_000):
                    connection.send(b"X: " + b"x" * 1000 + b"\r\n")
                connection.response()
            self.expect_quick_answers(server, 1)


class Counts(Limits):
    def test_more_connections_than_allowed_are_told_so(self):
        with self.server(TAPALCATL_MAX_CONNECTIONS=10) as server:
            for _ in range(10):
                self.assertEqual(self.connect(server).request(TILE).body, CONTENT)
            for target, status in ((TILE, 503), ("/live", 200), ("/ready", 200), ("/health_check", 503)):
                with server.connect() as connection:
                    answer = connection.request(target)
                    self.assertEqual((answer.status, answer.closes), (status, True), target)
                    self.assertEqual(answer["Retry-After"], "2" if status == 503 else None, target)
                    self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
                    self.assertTrue(connection.at_end())
            self.assertEqual(self.open[0].request(TILE).body, CONTENT)
            self.open.pop().close()
            wait_until(lambda: server.get(TILE).status == 200, "a free place")

    def test_more_of_them_yet_are_closed_without_a_word(self):
        with self.server(TAPALCATL_MAX_CONNECTIONS=1) as server:
            for _ in range(600):
                self.connect(server)
            wait_until(lambda: server.open_files() < 350, "the end of most of them")
            self.close_all()
            wait_until(lambda: server.get(TILE).status == 200, "a free place")

    @staticmethod
    def gets_a_tile(server):
        try:
            return server.get(TILE).status == 200
        except Closed:  # there was none for this connection yet
            return False

    def test_without_file_descriptors_it_waits_for_better_times(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        with self.server(preexec=few_files, binary=binary_to_measure()) as server:
            first = self.connect(server)
            self.assertEqual(first.request(TILE).body, CONTENT)
            for _ in range(100):
                self.connect(server)
            wait_until(lambda: server.stderr.containing("cannot accept connections"), "a word about it")
            self.assertEqual(server.open_files(), 64)
            for _ in range(30):
                self.assertEqual(first.request(TILE).body, CONTENT)
            self.assertEqual(first.request(url_of(Tile(5, 1, 1))).status, 503)  # no file can be opened
            self.close_all()
            wait_until(lambda: self.gets_a_tile(server), "a free descriptor")
            self.expect_quick_answers(server)
            self.assertEqual(server.get(url_of(Tile(5, 1, 1))).status, 404)
            self.assertEqual(len(server.stderr.containing("cannot accept connections")), 1)

    def test_nothing_stays_open(self):
        with self.server() as server:
            self.expect_quick_answers(server, 5)
            wait_until(lambda: server.open_files() < 40, "a quiet moment")
            before = server.open_files()
            for number in range(300):
                connection = self.connect(server)
                connection.send([b"", b"GET", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"][number % 4])
                if number % 3:
                    connection.reset()
            self.close_all()
            wait_until(lambda: server.open_files() <= before, "the end of them all")


class Memory(Case):
    def test_stays_within_the_budget_of_the_cache(self):
        binary = binary_to_measure()
        chance = random.Random(7)
        names = [f"{z}/{x}/{y}.mvt" for z in range(3) for x in range(2 ** z) for y in range(2 ** z)]
        for x in range(8):
            for y in range(8):
                self.put(f"all/3/{x}/{y}.zip", archive({name: chance.randbytes(48_000) for name in names}, method=0))
        total = sum(path.stat().st_size for path in self.folder.rglob("*.zip"))
        self.assertGreater(total, 60_000_000)
        asked = [url_of(Tile(5, x, y)) for x in range(32) for y in range(32)]
        asked += [url_of(Tile(3, x, y), 1024) for x in range(8) for y in range(8)]
        chance.shuffle(asked)
        with Server(self.folder, binary, TAPALCATL_CACHE_SIZE="8MB") as server:
            at_rest = server.resident_bytes()
            self.assertLess(at_rest, 30_000_000)
            highest = [0]

            def work(part):
                with server.connect() as connection:
                    for target in part:
                        self.assertEqual(connection.request(target, {"Accept-Encoding": "gzip"}).status, 200)
                highest[0] = max(highest[0], server.resident_bytes())
            run_all(work, [asked[i::64] for i in range(64)], 8)
            self.assertLess(highest[0] - at_rest, 8_000_000 + 24_000_000)
            # Once more: nothing grows with what was asked.
            run_all(work, [asked[i::64] for i in range(64)], 8)
            self.assertLess(highest[0] - at_rest, 8_000_000 + 24_000_000)


if __name__ == "__main__":
    unittest.main()
