"""The process is frozen between two invocations: for hours, in which its connections die and only the wall clock goes on."""

import os
import random
import shutil
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import lambda_events as events
import support
from lambda_case import LambdaCase
from metatiles import archive, content_for, key_of
from s3_support import content_of, place, tile_url

COMPILER = shutil.which("cc")

# Moves the wall clock by the seconds that a file holds, and leaves the steady clock as it is.
MOVED_CLOCK = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <stdint.h>
#include <fcntl.h>
#include <unistd.h>
#include <time.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int64_t seconds = 0;
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    int file = clock == CLOCK_REALTIME ? open(getenv("MOVED_CLOCK"), O_RDONLY | O_CLOEXEC) : -1;
    if (file >= 0) {
        if (read(file, &seconds, sizeof seconds) == (ssize_t)sizeof seconds) time->tv_sec += seconds;
        close(file);
    }
    return result;
}
"""


class Freeze(LambdaCase):
    def test_connections_that_died_in_a_freeze_are_replaced_within_the_invocation(self):
        s3 = self.serve_s3()
        self.put_small(s3, 10)
        function = self.function(s3)
        self.expect_answer(place(0))
        for number in range(1, 6):
            self.api.wait_until_idle()
            function.freeze()
            # What happens in hours: the far ends of all connections to S3 are gone when it wakes up.
            s3.go_away()
            s3.come_back()
            invocation = self.api.start(events.rest(tile_url(place(number))))
            function.thaw()
            answer = invocation.response()
            self.assertEqual((answer.status, answer.content), (200, content_of(place(number))))

    def test_what_is_in_memory_survives_a_freeze(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        function = self.function(s3)
        self.expect_answer(place(0))
        self.api.wait_until_idle()
        gets = s3.counts.gets
        function.freeze()
        invocation = self.api.start(events.rest(tile_url(place(0))))
        function.thaw()
        self.assertEqual(invocation.response().status, 200)
        self.assertEqual(s3.counts.gets, gets)


@unittest.skipUnless(COMPILER, "there is no C compiler to build a clock with")
@unittest.skipIf(support.is_sanitized("thread"), "ThreadSanitizer wants to be loaded before anything else")
class WallClock(LambdaCase):
    """SIGSTOP does not stop the steady clock. Here it does not count: the wall clock is moved on while the process stands
    still, and by it alone time has passed."""

    FRESH = 300  # seconds

    @classmethod
    def setUpClass(cls):
        cls.tools = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.tools / "clock.c").write_text(MOVED_CLOCK)
        subprocess.run([COMPILER, "-shared", "-fPIC", "-O1", "-o", cls.tools / "clock.so", cls.tools / "clock.c"], check=True)

    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 2)
        self.moved = Path(self.folder) / "moved"
        self.offset = 0  # seconds
        self.moved.write_bytes(struct.pack("q", self.offset))
        # AddressSanitizer wants to be loaded first, too, but it can do without.
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        self.frozen = self.function(self.s3, CACHE_DEFAULT_TIMEOUT=self.FRESH, ASAN_OPTIONS=options,
                                    LD_PRELOAD=self.tools / "clock.so", MOVED_CLOCK=self.moved)

    def pass_time(self, seconds):
        """As it passes in a freeze. Less than the difference from its own clock that S3 allows."""
        self.api.wait_until_idle()
        self.frozen.freeze()
        self.offset += seconds
        self.moved.write_bytes(struct.pack("q", self.offset))
        self.frozen.thaw()

    def ask_now(self, metatile):
        """With a deadline by the moved clock."""
        return self.api.ask(events.rest(tile_url(metatile)), deadline=self.offset + 60)

    def test_an_archive_is_as_old_as_the_wall_clock_says(self):
        self.expect_answer(place(0))
        new = content_for("another build", 3000)
        self.s3.put(key_of(place(0), "NO_HASH"), archive({"0/0/0.mvt": new}))
        gets = self.s3.counts.gets
        self.pass_time(self.FRESH - 60)
        self.assertEqual(self.ask_now(place(0)).content, content_of(place(0)))
        self.assertEqual(self.s3.counts.gets, gets)
        self.pass_time(120)
        answer = self.ask_now(place(0))
        self.assertEqual((answer.status, answer.content == new), (200, True), "asked of S3 within this invocation")

    def test_an_unchanged_archive_is_good_again(self):
        self.expect_answer(place(0))
        self.pass_time(self.FRESH + 60)
        gets = self.s3.counts.gets
        for _ in range(2):
            self.assertEqual(self.ask_now(place(0)).content, content_of(place(0)))
            self.assertEqual(self.s3.counts.gets, gets + 1)

    def test_the_deadline_is_the_wall_clocks(self):
        self.expect_answer(place(0))
        self.pass_time(60)
        # It ends ten seconds from now by a clock that is a minute behind: for the function this is long ago.
        self.expect_failure(self.api.ask(events.rest(tile_url(place(1))), deadline=10), 504)
        self.assertEqual(self.ask_now(place(1)).status, 200)


class SecondTier(LambdaCase):
    """/tmp as a second tier, which survives invocations and must not fill up."""

    SIZE = 1_048_576  # the least that can be set

    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.tier = Path(self.folder) / "tmp"
        self.tier.mkdir()

    def function(self, s3, **more):
        return super().function(s3, CACHE_TYPE="filesystem", CACHE_DIR=self.tier, TAPALCATL_CACHE_DIR_SIZE=self.SIZE,
                                TAPALCATL_CACHE_WAIT="10s", **more)

    def size_of_tier(self):
        return sum(path.stat().st_size for path in self.tier.rglob("*") if path.is_file())

    def test_what_was_written_is_there_when_the_process_is_frozen(self):
        self.put_small(self.s3, 3)
        function = self.function(self.s3)
        sizes = [0]
        for number in range(3):
            self.expect_answer(place(number))
            self.api.wait_until_idle()
            function.freeze()
            sizes.append(self.size_of_tier())
            function.thaw()
        self.assertEqual(sizes, sorted(set(sizes)), "larger after each invocation")
        function.process.terminate()
        function.expect_exit(0)
        gets = self.s3.counts.gets
        self.function(self.s3)
        for number in range(3):
            self.expect_answer(place(number))
        self.assertEqual(self.s3.counts.gets, gets)

    def test_it_is_bounded(self):
        self.function(self.s3)
        for number in range(40):
            content = random.Random(number).randbytes(100_000)
            self.s3.put(key_of(place(number), "NO_HASH"), archive({"0/0/0.mvt": content}))
            self.assertTrue(self.api.ask(events.rest(tile_url(place(number)))).content == content)
        self.api.wait_until_idle()
        self.assertLessEqual(self.size_of_tier(), self.SIZE)
        self.assertGreater(self.size_of_tier(), self.SIZE // 4)


if __name__ == "__main__":
    unittest.main()
