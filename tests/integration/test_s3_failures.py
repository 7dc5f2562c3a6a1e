"""S3 that fails: each failure has its status and one line that says what to do; none is a 404, none is kept."""

import unittest

from metatiles import key_of
from s3_support import BUCKET, STALE, USUAL, S3Case, lines_with, place, small_archive, tile_url
from support import run_all, wait_until

import faults

# Fault, status, words of the line. Of the first column each comes to every request.
FAILURES = [
    (faults.internal_error(), 503, ["InternalError"]),
    (faults.slow_down(), 503, ["SlowDown", "throttles"]),
    (faults.page(502, "<html>Bad Gateway</html>"), 503, ["502"]),
    (faults.hang_up(), 503, []),
    (faults.reset(), 503, []),
    (faults.reset(after=10), 503, []),
    (faults.truncated(10), 503, []),
    (faults.wrong_length(), 503, []),
    (faults.short(), 502, []),
    (faults.long(), 502, []),
    (faults.wrong_content_range(), 502, ["Content-Range"]),
    (faults.encoded(), 502, ["gzip"]),
    (faults.denied(), 502, ["AccessDenied", "s3:GetObject"]),
    (faults.no_such_bucket(), 502, ["NoSuchBucket", BUCKET]),
    (faults.wrong_signature(), 502, ["SignatureDoesNotMatch", "secret access key"]),
    (faults.unknown_key_id(), 502, ["InvalidAccessKeyId", "access key id"]),
    (faults.expired_token(), 502, ["ExpiredToken", "expired"]),
    (faults.too_skewed(), 502, ["RequestTimeTooSkewed", "clock"]),
    (faults.page(404), 502, ["404", "endpoint"]),
    (faults.page(403), 502, ["403"]),
    (faults.page(200, "<html>Log in to this network</html>"), 502, []),
]


class Failures(S3Case):
    def check(self, failure):
        fault, status, words = failure
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3) as server:
            s3.suffer(fault)
            target = tile_url(place(0))
            self.expect_failure(server.get(target), status)
            lines = wait_until(lambda: lines_with(server, f" {status} "), "a line about it")
            self.assertEqual(len(lines), 1, lines)
            for word in (target, key_of(place(0), "NO_HASH"), *words):
                self.assertIn(word, lines[0])
            self.expect_no_secret(server)
            if status == 503:  # whether it is there was not said
                self.expect_failure(server.get(tile_url(place(1))), status)
            s3.heal()
            self.expect_tile(server, place(0))

    def test_words_of_failures_do_not_come_as_something_else(self):
        self.check_all(self.check, FAILURES)

    def test_what_is_no_http(self):
        def check(data):
            s3 = self.serve_s3()
            self.put_small(s3)
            with self.server(s3) as server:
                s3.suffer(faults.garbage(*data))
                self.expect_failure(server.get(tile_url(place(0))), 502, 503)
                s3.heal()
                self.expect_tile(server, place(0))
        self.check_all(check, ((), (b"",), (b"\0" * 3000,), (b"HTTP/1.1 200 OK\r\n\r\n",),
                               (b"HTTP/1.1 200 OK\r\nContent-Le",)))

    def test_later_reads_of_an_archive_fail_the_same(self):
        """A tile whose directory is held, so that only its range is asked for."""
        import test_s3_reading as reading

        def check(failure):
            fault, status = failure
            s3 = self.serve_s3()
            s3.put(reading.KEY, reading.large_archive(gap=400_000))
            first, second, _ = reading.LARGE_TILES
            with self.server(s3) as server:
                self.assertEqual(server.get(first).body, reading.LARGE_TILES[first])
                s3.suffer(fault)
                self.expect_failure(server.get(second), status)
                self.assertEqual(server.get(first).body, reading.LARGE_TILES[first])
                s3.heal()
                self.assertEqual(server.get(second).body, reading.LARGE_TILES[second])
        self.check_all(check, ((faults.internal_error(), 503), (faults.truncated(10), 503), (faults.short(), 502),
                               (faults.wrong_content_range(), 502), (faults.denied(), 502)))

    def test_a_bucket_that_is_not_there(self):
        s3 = self.serve_s3()
        with self.server(s3, S3_BUCKET="another-bucket") as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_line(server, "NoSuchBucket", "another-bucket")

    def test_the_answer_as_json_says_no_more(self):
        s3 = self.serve_s3()
        s3.suffer(faults.denied())
        with self.server(s3) as server:
            answer = server.get(tile_url(place(0)), {"Accept": "application/json"})
            self.assertEqual((answer.status, answer.text), (502, '{"error":"The storage refuses access","status":502}'))


class Stale(S3Case):
    """What is held is served while S3 fails, and said not to be kept for long. A failure is looked at again after 5 s, which
    all servers of a test wait for at once."""

    def serve(self, s3, **settings):
        self.put_small(s3)
        server = self.enterContext(self.server(s3, CACHE_DEFAULT_TIMEOUT=1, **settings))
        self.expect_tile(server, place(0))
        return server

    def wait_for(self, cache_control, server):
        wait_until(lambda: server.get(tile_url(place(0)))["Cache-Control"] == cache_control, cache_control)
        self.expect_tile(server, place(0), cache_control=cache_control)
        self.expect_tile(server, place(0), "json", cache_control=cache_control)

    def expect_stale(self, server):
        self.wait_for(STALE, server)
        self.expect_failure(server.get(tile_url(place(1))), 502, 503, 504)
        self.expect_line(server, key_of(place(0), "NO_HASH"), "serving what is held")

    def test_whatever_the_failure(self):
        def check(fault):
            s3 = self.serve_s3()
            server = self.serve(s3, TAPALCATL_REQUEST_TIMEOUT="4s", TAPALCATL_FLIGHT_TIMEOUT="5s")
            # A 304 has no body that could be cut: the object looks changed to those who ask.
            s3.put(key_of(place(0), "NO_HASH"), small_archive(place(0)), etag='"another"')
            s3.suffer(fault)
            self.expect_stale(server)
            s3.heal()
            self.wait_for(USUAL, server)
        self.check_all(check, (
            faults.late(), faults.internal_error(), faults.slow_down(), faults.denied(), faults.no_such_bucket(),
            faults.expired_token(), faults.wrong_signature(), faults.page(404), faults.hang_up(), faults.truncated(10),
            faults.garbage(), faults.short()), threads=12)

    def test_a_machine_that_is_gone(self):
        s3 = self.serve_s3()
        server = self.serve(s3)
        s3.go_away()
        self.expect_stale(server)
        s3.come_back()
        self.wait_for(USUAL, server)

    def test_a_missing_object_is_missing_and_not_stale(self):
        s3 = self.serve_s3()
        server = self.serve(s3)
        s3.remove(key_of(place(0), "NO_HASH"))
        wait_until(lambda: server.get(tile_url(place(0))).status == 404, "its end")


class Corrections(S3Case):
    """What S3 says that we should have known: said once, and remembered."""

    def expect_corrected(self, s3, server, word):
        gets = s3.counts.gets
        self.expect_tile(server, place(0))
        self.assertEqual(s3.counts.gets, gets + 2)
        self.expect_tile(server, place(1))
        self.assertEqual(s3.counts.gets, gets + 3)
        self.expect_line(server, "warning", word)
        warnings = lines_with(server, "warning", word)
        self.assertEqual(len(warnings), 1, server.stderr.now())
        self.assertEqual(lines_with(server, "error"), [])
        return warnings[0]

    def test_the_region(self):
        for way in ("malformed", "redirect"):
            s3 = self.serve_s3(region="eu-west-1", wrong_region=way)
            self.put_small(s3, 2)
            with self.subTest(way), self.server(s3, AWS_REGION="us-east-1") as server:
                self.assertIn("eu-west-1", self.expect_corrected(s3, server, "region"))

    def test_the_region_where_none_was_said(self):
        s3 = self.serve_s3(region="eu-west-1")
        self.put_small(s3)
        with self.server(s3, AWS_REGION=None, AWS_EC2_METADATA_DISABLED="true") as server:
            self.expect_tile(server, place(0))

    def test_the_region_once_for_all_who_ask(self):
        s3 = self.serve_s3(region="eu-west-1", latency=0.2)
        places = self.put_small(s3, 50)
        with self.server(s3) as server:
            run_all(lambda each: self.expect_tile(server, each), places, 50)
            self.expect_line(server, "warning", "region")
            self.assertEqual(len(lines_with(server, "warning", "region")), 1, server.stderr.now())

    def test_a_region_that_is_always_another_is_a_502(self):
        for fault in (faults.wrong_region("eu-west-1"), faults.permanent_redirect("eu-west-1")):
            s3 = self.serve_s3(wrong_region=None)
            self.put_small(s3)
            s3.suffer(fault)
            with self.subTest(fault.__name__), self.server(s3) as server:
                self.expect_failure(server.get(tile_url(place(0))), 502)
                self.assertLess(s3.counts.gets, 5)
                self.expect_line(server, " 502 ", "region")
                s3.heal()
                self.expect_tile(server, place(0))

    def test_the_clock(self):
        for seconds in (3600, -7200):
            s3 = self.serve_s3()
            self.put_small(s3, 2)
            s3.clock.offset = seconds
            with self.subTest(seconds), self.server(s3) as server:
                self.expect_corrected(s3, server, "clock")

    def test_a_clock_that_is_set_right_meanwhile(self):
        s3 = self.serve_s3()
        self.put_small(s3, 2)
        s3.clock.offset = 3600
        with self.server(s3) as server:
            self.expect_tile(server, place(0))
            s3.clock.offset = 0
            self.expect_tile(server, place(1))

    def test_a_clock_that_s3_does_not_tell_is_a_502(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        s3.clock.offset = 3600
        s3.suffer(faults.undated())
        with self.server(s3) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_line(server, " 502 ", "clock")


class Health(S3Case):
    def test_it_says_of_which_kind_the_problem_is(self):
        """What it found holds for five seconds, so all servers wait for that together."""
        running = []
        for fault, text, *words in (
                (faults.denied(), "The storage refuses access", "AccessDenied", BUCKET),
                (faults.no_such_bucket(), "The storage refuses access", "NoSuchBucket", BUCKET),
                (faults.wrong_signature(), "The storage refuses access", "SignatureDoesNotMatch"),
                (faults.internal_error(), "The storage is not available", "InternalError"),
                (faults.late(), "The storage did not answer in time")):
            s3 = self.serve_s3()
            server = self.enterContext(self.server(s3))
            s3.suffer(fault)
            with self.subTest(fault.__name__):
                answer = server.get("/health_check")
                self.assertEqual((answer.status, answer.text, answer["Cache-Control"]), (503, text, "no-store"))
                self.assertEqual((server.get("/ready").status, server.get("/live").status), (200, 200))
                self.expect_line(server, "health check: ", *words)
            s3.heal()
            running.append(server)
        for server in running:
            wait_until(lambda server=server: server.get("/health_check").text == "OK", "health")

    def test_a_missing_metatile_is_fine(self):
        with self.server(self.serve_s3()) as server:
            self.assertEqual(server.get("/health_check").text, "OK")


if __name__ == "__main__":
    unittest.main()
