"""The server as it is run: the binary named by TAPALCATL_BINARY, in an environment of its own, on a port of its own."""

import os
import re
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import client
import metatiles

BINARY = os.environ.get("TAPALCATL_BINARY", "tapalcatl")
RELEASE_BINARY = os.environ.get("TAPALCATL_RELEASE_BINARY", "")
REPOSITORY = Path(__file__).resolve().parents[2]

# Everything here is fast or wrong, but sanitizers and busy machines are slow. Nothing is claimed with this time: what must
# happen soon is compared with something that would take longer than it.
PATIENCE = 90.0

_ADDRESS = re.compile(r" serves ((?:file|s3|https?)://.+?|\d+ tilesets) at (http://\S+?:(\d+)/)")

# No test depends on how fast the machine is: a limit that it is not about is out of reach, and nothing is read twice because
# it takes long. A test about one of these names it.
UNHURRIED = {"TAPALCATL_REQUEST_TIMEOUT": "60s", "TAPALCATL_FLIGHT_TIMEOUT": "60s", "TAPALCATL_HEDGE_AFTER": 0}


def is_sanitized(*names):
    """Whether the binary was built with one of these sanitizers: its memory and speed are not those of the product."""
    return any(name in os.environ.get("TAPALCATL_SANITIZE", "") for name in names or ("address", "thread"))


def binary_to_measure():
    """For cases that count memory and open files, of which sanitizers have their own: the release binary if there is one, else
    the one that is tested. Skips the case where both are out of the question."""
    if not RELEASE_BINARY and is_sanitized():
        raise unittest.SkipTest("a sanitizer has memory and files of its own, and there is no release binary")
    return RELEASE_BINARY or BINARY


def takes(seconds):
    """Marks a case that waits so long, so that run.py starts it before others."""
    def mark(case):
        case.takes = seconds
        return case
    return mark


def wait_until(condition, what, patience=PATIENCE):
    """The first true value of `condition()`, which is asked again and again: less often the longer it takes."""
    started = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - started
        if waited > patience:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(min(max(waited / 20, 0.005), 0.1))


def environment_of(settings):
    """A program's whole environment: nothing of the caller's but what steers sanitizers."""
    inherited = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {**inherited, **{name: str(value) for name, value in settings.items()}}


class Lines:
    """What a program writes into a pipe, line by line while it runs."""

    def __init__(self, pipe):
        self._pipe = pipe
        self._lines = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        with self._pipe:
            for line in self._pipe:
                self._lines.append(line.decode("utf-8", "backslashreplace").rstrip("\n"))

    def now(self):
        return list(self._lines)

    def to_the_end(self):
        self._thread.join(PATIENCE)
        return self.now()

    def containing(self, text):
        return [line for line in self.now() if text in line]


class Server:
    """A running server. On leaving it is told to stop, and has to: with exit code 0.

    `storage`: a folder, a URL, or None where the settings name a bucket or the `arguments` of serve name tilesets.
    """

    def __init__(self, storage, binary=None, preexec=None, arguments=(), **settings):
        named = {} if storage is None else {
            "TAPALCATL_STORAGE": storage if isinstance(storage, str) else Path(storage).as_uri()}
        self._settings = {
            **named,
            "KEY_FORMAT_TYPE": "NO_HASH",
            "HOST": "127.0.0.1",
            "PORT": 0,
            "TAPALCATL_THREADS": 2,
            "TAPALCATL_ACCESS_LOG": "off",
            **UNHURRIED,
            **settings,
        }
        self._binary = binary or BINARY
        self._preexec = preexec
        self._arguments = [str(argument) for argument in arguments]
        self.process = None
        self.url = None
        self.port = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [self._binary, "serve", *self._arguments], env=environment_of(self._settings), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=self._preexec)
        self.stdout = Lines(self.process.stdout)
        self.stderr = Lines(self.process.stderr)
        try:
            address = wait_until(self._address, "the line that says where it serves")
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        self.storage, self.url, self.port = address[1], address[2], int(address[3])
        return self

    def _address(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}: {self.stderr.to_the_end()}")
        return next(filter(None, map(_ADDRESS.search, self.stderr.now())), None)

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.stdout.to_the_end()
            self.stderr.to_the_end()

    def stop(self):
        """Ends it as an operator would."""
        if self.process.poll() is None:
            self.process.terminate()
        self.expect_exit(0)

    def expect_exit(self, code, patience=PATIENCE):
        actual = self.process.wait(patience)
        if actual != code:
            raise AssertionError(f"exit code {actual} and not {code}: {self.stderr.to_the_end()}")

    def connect(self, **options):
        return client.Connection(self.port, **options)

    def get(self, target, headers=(), method="GET"):
        """One request on a connection of its own."""
        with self.connect() as connection:
            return connection.request(target, headers, method)

    def resident_bytes(self):
        """With all pages of its files in memory (memfd_create), of which VmRSS has only those that it has touched."""
        return (self._status("VmRSS") - self._status("RssShmem")) * 1024 + self._bytes_of_memory_files()

    def _bytes_of_memory_files(self):
        folder = Path(f"/proc/{self.process.pid}/fd")
        sizes = {}  # by inode
        for file in folder.iterdir():
            try:
                if os.readlink(file).startswith("/memfd:"):
                    found = file.stat()
                    sizes[found.st_ino] = found.st_blocks * 512
            except FileNotFoundError:
                pass  # closed meanwhile
        return sum(sizes.values())

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def _status(self, name):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise AssertionError(f"no {name}")


class Case(unittest.TestCase):
    """A test with a folder of its own."""

    maxDiff = 2000

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check_all(self, check, arguments, threads=4):
        """Calls check(argument) for all, some at the same time. Each is a subtest, so one that fails hides no other."""
        problems = []

        def work(argument):
            try:
                check(argument)
            except Exception as problem:  # pylint: disable=broad-except
                problems.append((argument, problem))
        run_all(work, arguments, threads)
        for argument, problem in problems:
            with self.subTest(argument):
                raise problem

    def put(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def replace(self, name, content, modified=None):
        """As a careful operator does it: the new file takes the old one's place at once."""
        path = self.folder / name
        new = path.with_name(path.name + ".new")
        new.write_bytes(content)
        if modified is not None:
            os.utime(new, (modified, modified))
        new.replace(path)


class OneServer(unittest.TestCase):
    """All tests of a class ask the same server, which has one archive."""

    CONTENT = metatiles.content_for("a tile", 5000)
    settings = {}

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enter(tempfile.TemporaryDirectory()))
        path = folder / "all/0/0/0.zip"
        path.parent.mkdir(parents=True)
        path.write_bytes(metatiles.archive({"0/0/0.mvt": cls.CONTENT, "0/0/0.json": b"{}", "1/0/1.mvt": b""}))
        cls.server = cls.enter(Server(folder, **cls.settings))

    @classmethod
    def enter(cls, manager):
        entered = manager.__enter__()
        cls.addClassCleanup(manager.__exit__, None, None, None)
        return entered

    def setUp(self):
        self.connection = self.server.connect()
        self.addCleanup(self.connection.close)

    def get(self, target, headers=(), method="GET"):
        return self.connection.request(target, headers, method)


def run_all(work, arguments, threads):
    """Calls work(argument) for all, in so many threads, and raises what one of them raised."""
    todo = iter(list(arguments))
    lock = threading.Lock()
    problems = []

    def loop():
        while not problems:
            with lock:
                argument = next(todo, todo)
            if argument is todo:
                return
            try:
                work(argument)
            except BaseException as problem:  # pylint: disable=broad-except
                problems.append(problem)

    running = [threading.Thread(target=loop, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if problems:
        raise problems[0]
