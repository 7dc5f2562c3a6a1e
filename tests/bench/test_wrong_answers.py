"""No benchmark gives a figure that was measured with wrong answers."""

import contextlib
import io
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

REPOSITORY = Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "bench"
BINARY = os.environ.get("TAPALCATL_BINARY") or str(REPOSITORY / "build" / "release" / "tapalcatl")
os.environ["TAPALCATL_BENCH_DATA"] = os.devnull  # the demo's tiles, on every machine
sys.path.insert(0, str(BENCH))

import checks  # noqa: E402
import hot  # noqa: E402
import load  # noqa: E402
import servers  # noqa: E402
import tileset  # noqa: E402


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_bench(self, arguments, binary=BINARY):
        """Runs a benchmark to its end. Returns exit code, and what it wrote to standard error."""
        done = subprocess.run([sys.executable, str(BENCH / arguments[0]), *arguments[1:]], capture_output=True, text=True,
                              env={**os.environ, "TAPALCATL_BINARY": str(binary)}, timeout=200)
        return done.returncode, done.stderr

    def faulty(self, fault, which):
        """A binary that answers wrongly, and the file that it writes the paths of wrong answers to."""
        binary, note = self.folder / "faulty", self.folder / "note"
        command = [sys.executable, str(Path(__file__).with_name("faulty_server.py")), BINARY, fault, which, str(note)]
        binary.write_text(f"#!/bin/sh\nexec {shlex.join(command)} \"$@\"\n")
        binary.chmod(0o755)
        return binary, note

    def expect_failure(self, arguments, fault, which, *said):
        """That the benchmark fails, and names the server and what else is told here."""
        binary, note = self.faulty(fault, which)
        code, errors = self.run_bench(arguments, binary)
        self.assertTrue(note.exists(), f"nothing was spoiled; {errors}")
        self.assertEqual(code, checks.EXIT_CODE, errors)
        for text in ("failed: tapalcatl, ", *said):
            self.assertIn(text, errors)
        return errors, note.read_text().split()


class OneTile:
    """What each benchmark does when one of the tiles is not as it should be."""
    arguments = None

    def refuses(self, fault, *said):
        errors, targets = self.expect_failure(self.arguments, fault, "third", *said)
        self.assertIn(targets[0], errors)

    def test_an_error_status_is_found(self):
        self.refuses("error", "status 503")

    def test_a_wrong_byte_is_found(self):
        self.refuses("wrong byte")

    def test_a_missing_byte_is_found(self):
        self.refuses("one byte less")

    def test_an_answer_that_is_cut_off_is_found(self):
        self.refuses("cut off")

    def test_right_answers_are_taken(self):
        code, errors = self.run_bench(self.arguments)
        self.assertNotEqual(code, checks.EXIT_CODE, errors)
        self.assertNotIn("Traceback", errors)


class Hot(OneTile, Case):
    arguments = ["hot.py", "--rounds", "1", "--seconds", "1", "--connections", "2", "--no-counting"]

    def measure(self):
        with mock.patch.object(servers, "BINARY", Path(BINARY)), contextlib.redirect_stdout(io.StringIO()):
            hot.main(self.arguments[1:])

    def test_wrong_answers_while_the_clock_runs_are_found(self):
        """Only wrk sees these: they are over when the tiles are compared again."""
        tiles = len(tileset.choose(tileset.open_demo().tiles()))
        for fault, said in (("error", "status above 399: "), ("half", " bytes in place of "), ("cut off", "read: ")):
            with self.subTest(fault=fault):
                self.expect_failure(self.arguments, fault, f"{tiles + 20}-{tiles + 49}", said)
                self.folder.joinpath("note").unlink()

    @unittest.skipUnless(os.geteuid() == 0, "only root can start nginx's worker as somebody else")
    def test_a_worker_of_nginx_that_cannot_read_the_tiles_is_found(self):
        with mock.patch.object(servers.Nginx, "USER", "nobody"), self.assertRaisesRegex(checks.Wrong, "nginx, GET /tile"):
            self.measure()

    def test_nginx_has_to_send_the_same_bytes(self):
        self.refuses_spoiled_file_of("Nginx", "nginx")

    def test_the_bare_loop_has_to_send_the_same_bytes(self):
        self.refuses_spoiled_file_of("Bare", "bare loop")

    def refuses_spoiled_file_of(self, kind, name):
        honest = getattr(servers, kind)

        def start(root, *others, **named):
            file = next(root.rglob("*.gz"))
            body = file.read_bytes()
            file.write_bytes(body[:-1] + b"?")
            server = honest(root, *others, **named)
            if kind == "Bare":  # it has its own copy; nginx reads this one
                file.write_bytes(body)
            return server
        with mock.patch.object(servers, kind, start), self.assertRaisesRegex(checks.Wrong, f"{name}, GET /tile.*differs"):
            self.measure()

    def test_bytes_beyond_those_under_way_are_found(self):
        result = mock.Mock(requests=25, errors={"status above 399": 0}, bytes=2 * 600 + 300)
        self.assertIsNone(load.fault_of(result, [300] * 2 + [0] * 8, connections=1))
        result.bytes -= 1200
        self.assertIn("in place of", load.fault_of(result, [300] * 2 + [0] * 8, connections=1))


class Growth(OneTile, Case):
    arguments = ["run", "--seconds", "1", "--archives", "4,5,6", "--connections", "1,2"]


class Tilesets(OneTile, Case):
    arguments = ["tilesets.py", "--tilesets", "5", "--reloads", "0", "--rounds", "1", "--seconds", "1"]


class Start(OneTile, Case):
    arguments = ["start.py", "--rounds", "1", "--archives", "4"]

    def test_a_wrong_first_answer_is_found(self):
        self.expect_failure(self.arguments, "error", "/live", "GET /live", "status 503")

    def test_a_server_that_does_not_start_is_found(self):
        code, errors = self.run_bench(self.arguments, "/bin/false")
        self.assertEqual(code, checks.EXIT_CODE, errors)


class S3Cold(OneTile, Case):
    arguments = ["s3_cold.py", "--archives", "7", "--rounds", "1", "--latency", "0", "--crowd", "21"]

    def test_a_wrong_tile_in_a_crowd_is_found(self):
        # Seven archives are asked for one tile each before the crowd comes.
        errors, targets = self.expect_failure(self.arguments, "wrong byte", "/tilezen/vector/v1/256/all/12/4/0.mvt")
        self.assertIn(targets[0], errors)


class S3Trace(OneTile, Case):
    def setUp(self):
        super().setUp()
        self.arguments = ["s3_trace.py", "--rounds", "1", "--connections", "6", "--latency", "0", "--work",
                          str(self.folder)]


if __name__ == "__main__":
    unittest.main()
