"""Mixed load with faults: tiles of a bucket that fails in every way it can, asked for by clients of all kinds while archives are
replaced and the configuration is read anew. Every body is compared; memory and open files are watched. test_mixed_load.py runs it for seconds,
bench/mixed.py for as long as it is told to."""

import hashlib
import multiprocessing
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import support
from client import Closed
from metatiles import Tile, archive, content_for, key_of, url_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "s3"))

FORMS = ("mvt", "json", "topojson")
BUCKET, KEY_ID, SECRET = "tiles", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BUDGET = 16_000_000  # bytes, of TAPALCATL_CACHE_SIZE
# With a storage that takes the place of another every few seconds: all is read again, beside reads of the one that is closed.
MOST_RESIDENT = 3 * BUDGET // 2 + 28_000_000
MOST_GROWTH = 3_000_000  # of the second half of a long run over the first
LONG_RUN = 120  # seconds
SETTINGS = {"TAPALCATL_CACHE_SIZE": BUDGET, "CACHE_DEFAULT_TIMEOUT": 1, "TAPALCATL_S3_CONNECTIONS": 16,
            "TAPALCATL_REQUEST_TIMEOUT": "2s", "TAPALCATL_FLIGHT_TIMEOUT": "3s"}
TIME_BETWEEN_RELOADS = 1.0
RELOADS_OF_ONE_STORAGE = 5  # then another access makes another storage of it: the one until then is closed

# What the bucket suffers in turn, a healthy time after each: faults with the share of the requests that each strikes.
PHASES = {
    "errors": [("internal_error", 0.4)],
    "throttling": [("slow_down", 0.5)],
    "silence": [("late", 0.1)],
    "slow answers": [("late:0.3", 0.5)],
    "ignored ranges": [("whole", 1.0)],
    "resets": [("reset", 0.3)],
    "cut answers": [("truncated:1000", 0.3)],
    "stalls": [("stall:1000", 0.1)],
    "all of it": [("internal_error", 0.1), ("reset", 0.1), ("late:0.5", 0.1), ("whole", 0.3)],
    "an outage": None,  # the machine is gone
}
QUIET = 0.5  # seconds that clients rest before open files are counted


def place_of(number):
    return Tile(12, number, 7)


def size_of(number, form):
    """Most tiles are small. Some are as large as no tile should be."""
    return 700_000 if number % 20 == 3 and form == "mvt" else 3_000 + 4_000 * (number % 10)


def content_of(number, form, build):
    name = f"{form} of {number}, build {build}"
    size = size_of(number, form)
    return random.Random(name).randbytes(size) if size > 100_000 else content_for(name, size)


def archive_of(number, build):
    """A third of the archives is larger than the first read, and their tiles lie too far apart for one range."""
    chance = random.Random(f"{number}, {build}")
    members = []
    for form in FORMS:
        members.append((f"0/0/0.{form}", content_of(number, form, build)))
        if number % 3 == 0:
            members.append((f"filler.{form}", chance.randbytes(300_000)))
    return archive(members, method=0 if number % 3 == 0 else 8, level=None if number % 3 == 0 else 1)


def _serve(pipe):
    """The bucket, in a process of its own."""
    import faults
    from scripted_s3 import ScriptedS3
    with ScriptedS3(BUCKET, {KEY_ID: SECRET}, latency=0.005) as s3:
        def put(number, build):
            s3.put(key_of(place_of(number), "NO_HASH"), archive_of(number, build))

        def suffer(phase):
            if phase is None:
                s3.go_away()
            for text, share in phase or ():
                s3.suffer(faults.by_name(text), share=share)

        def heal():
            s3.heal()
            s3.come_back()
        commands = {"put": put, "suffer": suffer, "heal": heal, "gets": lambda: s3.counts.gets}
        pipe.send(s3.url)
        while True:
            name, *arguments = pipe.recv()
            if name == "end":
                break
            pipe.send(commands[name](*arguments))


class Bucket:
    """The bucket, and what it ever held: the digests of all contents of a tile, by its URL. Used by one thread, except
    is_known()."""

    def __init__(self, archives):
        self._pipe, theirs = multiprocessing.get_context("spawn").Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
        self.archives = archives
        self._builds = [-1] * archives
        self._known = {}
        self._newest = {}

    def __enter__(self):
        self._process.start()
        self.url = self._pipe.recv()
        for number in range(self.archives):
            self.replace(number)
        return self

    def __exit__(self, *_):
        self._pipe.send(("end",))
        self._process.join(30)

    def ask(self, *command):
        self._pipe.send(command)
        return self._pipe.recv()

    def replace(self, number):
        """Puts another build of an archive."""
        self._builds[number] += 1
        for form in FORMS:
            digest = hashlib.sha256(content_of(number, form, self._builds[number])).digest()
            target = target_of(number, form)
            self._known.setdefault(target, set()).add(digest)
            self._newest[target] = digest
        self.ask("put", number, self._builds[number])

    def is_known(self, target, content):
        return hashlib.sha256(content).digest() in self._known[target]

    def is_newest(self, target, content):
        return hashlib.sha256(content).digest() == self._newest[target]

    @property
    def settings(self):
        return {"S3_BUCKET": BUCKET, "AWS_ENDPOINT_URL_S3": self.url, "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "HOME": "/nonexistent"}


def target_of(number, form):
    return url_of(place_of(number), 1024, form)


def write_config(path, number):
    """The configuration after so many reloads."""
    hedge_after = 300 + number // RELOADS_OF_ONE_STORAGE
    path.write_text(f"cache_max_age: {1000 + number}\nhedge_after: {hedge_after}ms\n")


class Client(threading.Thread):
    """Asks for tiles and compares them. `kind`: "usual", "slow" to read, "leaving" before the answer."""

    def __init__(self, run, kind, seed):
        super().__init__(daemon=True)
        self._run, self._kind = run, kind
        self._chance = random.Random(seed)
        self.statuses = Counter()
        self.compared = self.left = 0
        self.problems = []

    def run(self):
        while not self._run.ended.is_set() and not self.problems:
            if self._run.resting.is_set():
                time.sleep(0.02)
                continue
            try:
                self._one_connection()
            except (Closed, OSError) as problem:
                self.problems.append(f"{self._kind}: {problem!r}")

    def _one_connection(self):
        slow = self._kind == "slow"
        with self._run.server.connect(**({"receive_buffer": 8192} if slow else {})) as connection:
            for _ in range(1 if slow else self._chance.randrange(1, 40)):
                if self._run.resting.is_set() or self._run.ended.is_set():
                    return
                number, form = self._pick()
                missing = self._chance.random() < 0.02
                target = target_of(number + 1000 if missing else number, form)
                connection.send_request(target, {"Accept-Encoding": self._chance.choice(("gzip", "identity"))})
                if self._kind == "leaving" and self._chance.random() < 0.5:
                    time.sleep(self._chance.random() * 0.02)
                    connection.reset()
                    self.left += 1
                    return
                if slow:
                    time.sleep(self._chance.random() * 0.5)
                self._check(target, missing, connection.response())

    def _pick(self):
        """Half of the requests are for a tenth of the archives; slow readers like large tiles."""
        archives = self._run.bucket.archives
        if self._kind == "slow":
            return self._chance.randrange(3, archives, 20), "mvt"
        many = archives if self._chance.random() < 0.5 else archives // 10
        return self._chance.randrange(many), self._chance.choice(FORMS)

    def _check(self, target, missing, answer):
        self.statuses[answer.status] += 1
        if answer.status == 200 and not missing:
            self.compared += 1
            if not self._run.bucket.is_known(target, answer.content):
                self.problems.append(f"{target}: a body that no archive ever held: {answer}")
        elif answer.status not in (503, 504) and not (missing and answer.status == 404):
            self.problems.append(f"{target}: {answer}")


class Run:
    """A run of so many seconds against a server that reads `bucket`. Raises AssertionError where something is wrong."""

    def __init__(self, bucket, server, config, seconds, seed=1):
        self.bucket, self.server, self._config = bucket, server, config
        self._seconds = seconds
        self._chance = random.Random(seed)
        self.ended, self.resting = threading.Event(), threading.Event()
        kinds = ["usual"] * 10 + ["slow"] * 6 + ["leaving"] * 4
        self._clients = [Client(self, kind, seed) for seed, kind in enumerate(kinds)]
        self._resident, self._quiet_files, self._files = [], [], []
        self._replaced = self._reloads = 0
        self._reload_at = time.monotonic()

    def __call__(self):
        for client in self._clients:
            client.start()
        try:
            self._suffer()
        finally:
            self.bucket.ask("heal")
            self.ended.set()
        for client in self._clients:
            client.join(30)
        problems = [problem for client in self._clients for problem in client.problems]
        if problems:
            raise AssertionError(f"{len(problems)} problems: {problems[:3]}; {self.server.stderr.now()[-5:]}")
        self._expect_newest()
        return self._summary()

    def _suffer(self):
        phases = list(PHASES.values())
        each = min(max(self._seconds / (2 * len(phases)), 0.3), 4.0)
        started = time.monotonic()
        self._rest()
        number = 0
        while time.monotonic() < started + self._seconds:
            self.bucket.ask("suffer", phases[number % len(phases)])
            self._work(each)
            self.bucket.ask("heal")
            self._work(each)
            number += 1
            if number % len(phases) == 0:
                self._rest()
        self._rest()

    def _work(self, seconds):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not any(client.problems for client in self._clients):
            if self._chance.random() < 0.3:
                self.bucket.replace(self._chance.randrange(self.bucket.archives))
                self._replaced += 1
            if time.monotonic() > self._reload_at:
                self._reload()
            self._look()
            time.sleep(0.1)

    def _reload(self):
        self._reloads += 1
        write_config(self._config, self._reloads)
        self.server.process.send_signal(signal.SIGHUP)
        support.wait_until(lambda: len(self.server.stderr.containing("put into effect")) == self._reloads,
                           "the end of the reload")
        self._reload_at = time.monotonic() + TIME_BETWEEN_RELOADS

    def _look(self):
        self._resident.append(self.server.resident_bytes())
        self._files.append(self.server.open_files())

    def _rest(self):
        """Counts open files when no client has a connection."""
        self.resting.set()
        ends = time.monotonic() + 5 + QUIET
        before = -1
        while time.monotonic() < ends:  # idle connections to the bucket are closed after 5 s
            time.sleep(QUIET)
            now = self.server.open_files()
            if now == before:
                break
            before = now
        self._quiet_files.append(self.server.open_files())
        self.resting.clear()

    def _expect_newest(self):
        """After the last fault, all tiles are soon the newest."""
        def is_newest(target):
            answer = self.server.get(target)
            return answer.status == 200 and self.bucket.is_newest(target, answer.content)
        for number in range(self.bucket.archives):
            for form in FORMS:
                target = target_of(number, form)
                support.wait_until(lambda target=target: is_newest(target), f"the newest {target}")

    def _summary(self):
        statuses = sum((client.statuses for client in self._clients), Counter())
        return {"seconds": self._seconds, "answers": sum(statuses.values()), "by_status": dict(sorted(statuses.items())),
                "compared": sum(client.compared for client in self._clients),
                "left": sum(client.left for client in self._clients), "replaced": self._replaced, "reloads": self._reloads,
                "gets": self.bucket.ask("gets"), "most_resident": max(self._resident),
                "resident_first_half": max(self._resident[:len(self._resident) // 2]),
                "files_at_rest": self._quiet_files, "most_files": max(self._files)}


def run(seconds, archives=300, binary=None):
    """Runs it, and returns what it came to. Raises AssertionError where a body is wrong, or memory or files grow."""
    with Bucket(archives) as bucket, tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        write_config(config, 0)
        settings = {**bucket.settings, **SETTINGS, "TAPALCATL_HEDGE_AFTER": ""}  # that is in the file
        with support.Server(None, binary=binary, TAPALCATL_CONFIG=config, **settings) as server:
            said = Run(bucket, server, config, seconds)()
            if server.stderr.containing("not put into effect"):
                raise AssertionError(f"a reload failed: {server.stderr.containing('effect')[:3]}")
    if said["most_resident"] > MOST_RESIDENT:
        raise AssertionError(f"{said['most_resident']} bytes resident, over {MOST_RESIDENT}: {said}")
    # The connections of a storage that was closed stay for 5 s.
    if seconds >= LONG_RUN and said["most_resident"] > said["resident_first_half"] + MOST_GROWTH:
        raise AssertionError(f"memory grows: {said}")
    if said["files_at_rest"][-1] > said["files_at_rest"][0] + 20 + SETTINGS["TAPALCATL_S3_CONNECTIONS"]:
        raise AssertionError(f"open files grow: {said}")
    return said


def text_of(said):
    files = said["files_at_rest"]
    return (f"{said['seconds']} s: {said['answers']} answers {said['by_status']}, {said['compared']} bodies compared, "
            f"{said['left']} requests left, {said['replaced']} archives replaced, {said['reloads']} reloads, "
            f"{said['gets']} GETs; "
            f"{said['most_resident'] / 1e6:.1f} MB resident at most ({said['resident_first_half'] / 1e6:.1f} MB in the "
            f"first half, limit {MOST_RESIDENT / 1e6:.0f} MB); {files[0]} open files at rest in the beginning, "
            f"{files[-1]} in the end, {said['most_files']} at most")
