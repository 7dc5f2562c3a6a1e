"""How patient the server is with S3: what it asks again, how soon, how often, and how long it waits."""

import time
import unittest

from metatiles import key_of
from s3_support import S3Case, lines_with, place, tile_url
from support import run_all, wait_until

import faults

# Seconds. A read that is given up only by itself takes three attempts of 4 or 5 s, and one that waits for S3 a minute.
SOON = 11


def times_of(s3):
    return [record.request.time for record in s3.records()]


class Retries(S3Case):
    def test_what_passes_is_not_seen_by_clients(self):
        def check(failure):
            fault, times = failure
            s3 = self.serve_s3()
            self.put_small(s3)
            s3.suffer(fault, times=times)
            with self.server(s3) as server:
                self.expect_tile(server, place(0))
                self.assertEqual(s3.counts.gets, times + 1)
                self.assertEqual(lines_with(server, " 503 "), [])
        self.check_all(check, [(fault, times) for times in (1, 2) for fault in (
            faults.internal_error(), faults.slow_down(), faults.reset(), faults.hang_up(), faults.truncated(10),
            faults.wrong_length(), faults.page(503))])

    def test_three_attempts_and_no_more(self):
        s3 = self.serve_s3()
        s3.suffer(faults.internal_error())
        with self.server(s3) as server:
            self.expect_failure(server.get(tile_url(place(0))), 503)
        self.assertEqual(s3.counts.gets, 3)

    def test_what_will_not_pass_is_asked_once(self):
        for fault in (faults.denied(), faults.no_such_bucket(), faults.wrong_signature(), faults.page(403)):
            s3 = self.serve_s3()
            s3.suffer(fault)
            with self.subTest(fault.__name__), self.server(s3) as server:
                self.expect_failure(server.get(tile_url(place(0))), 502)
                self.assertEqual(s3.counts.gets, 1)

    def test_each_attempt_is_signed_anew(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        s3.suffer(faults.slow_down(retry_after=2), times=1)
        with self.server(s3) as server:
            self.expect_tile(server, place(0))
        first, second = (record.request["x-amz-date"] for record in s3.records())
        self.assertNotEqual(first, second)

    def test_it_waits_as_long_as_s3_asks(self):
        def check(case):
            fault, seconds = case
            s3 = self.serve_s3()
            self.put_small(s3)
            s3.suffer(fault, times=1)
            with self.server(s3) as server:
                self.expect_tile(server, place(0))
                first, second = times_of(s3)
                self.assertGreaterEqual(second - first, seconds)
        self.check_all(check, ((faults.slow_down(retry_after=2), 2), (faults.slow_down(retry_after_ms=1500), 1.5),
                               (faults.internal_error(), 0)))

    def test_but_never_past_the_deadline(self):
        s3 = self.serve_s3()
        s3.suffer(faults.slow_down(retry_after=60))
        with self.server(s3, TAPALCATL_REQUEST_TIMEOUT="2s") as server:
            started = time.monotonic()
            self.expect_failure(server.get(tile_url(place(0))), 503, 504)
            self.assertLess(time.monotonic() - started, SOON)

    def test_a_pooled_connection_that_died_is_no_failure(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 20)
        with self.server(s3) as server:
            for each in places:
                self.expect_tile(server, each)
                s3.drop_connections()
            self.assertEqual(lines_with(server, " 503 "), [])


class Deadlines(S3Case):
    def test_silence_is_a_504_in_time(self):
        def check(fault):
            s3 = self.serve_s3()
            self.put_small(s3)
            s3.suffer(fault)
            with self.server(s3, TAPALCATL_REQUEST_TIMEOUT="1s") as server:
                started = time.monotonic()
                self.expect_failure(server.get(tile_url(place(0))), 504)
                self.assertTrue(0.9 < time.monotonic() - started < SOON)
                self.assertEqual(len(wait_until(lambda: lines_with(server, " 504 "), "a line")), 1)
                s3.heal()
                self.expect_tile_soon(server)
        self.check_all(check, (faults.late(), faults.stall(after=10)))

    def expect_tile_soon(self, server):
        """What was under way may still be: it is asked again when its first attempt is given up."""
        wait_until(lambda: server.get(tile_url(place(0))).status == 200, "the tile")

    def test_nobodys_deadline_ends_a_read(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        s3.suffer(faults.late(2), times=1)
        with self.server(s3, TAPALCATL_REQUEST_TIMEOUT="1s", TAPALCATL_HEDGE_AFTER=0) as server:
            self.expect_failure(server.get(tile_url(place(0))), 504)
            self.expect_tile_soon(server)
        self.assertEqual(s3.counts.gets, 1)

    def test_clients_that_go_away_end_no_read(self):
        s3 = self.serve_s3(latency=0.5)
        self.put_small(s3)
        with self.server(s3) as server:
            connection = server.connect()
            connection.send_request(tile_url(place(0)))
            wait_until(lambda: s3.counts.gets == 1, "the read")
            connection.reset()
            self.expect_tile(server, place(0))
        self.assertEqual(s3.counts.gets, 1)

    def test_a_slow_bucket_does_not_slow_down_what_is_held(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3, TAPALCATL_REQUEST_TIMEOUT="2s") as server:
            self.expect_tile(server, place(0))
            s3.suffer(faults.late())
            waiting = server.connect()
            waiting.send_request(tile_url(place(1)))
            wait_until(lambda: s3.counts.at_once == 1, "the slow read")
            self.expect_tile(server, place(0))
            waiting.close()


class Hedges(S3Case):
    """A second GET where the first byte is late: for one in twenty at most, so reads before it have to pay for it."""

    def server(self, s3, **more):
        return super().server(s3, **{"TAPALCATL_HEDGE_AFTER": "300ms", "TAPALCATL_REQUEST_TIMEOUT": "30s", **more})

    def test_a_late_answer_is_asked_for_again_elsewhere(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 61)
        with self.server(s3) as server:
            for each in places[:60]:
                self.expect_tile(server, each)
            before = s3.counts.gets
            late = s3.suffer(faults.late(3600), times=1)
            self.expect_tile(server, places[60])
            self.assertEqual(late.hits, 1)
            self.assertEqual(s3.counts.gets, before + 2)
        last = [record.request for record in s3.records() if record.key == key_of(places[60], "NO_HASH")]
        self.assertEqual(len({request.connection for request in last}), len(last), last)

    def test_one_in_twenty_at_the_most(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 200)
        s3.suffer(faults.late(0.5))
        with self.server(s3, TAPALCATL_S3_CONNECTIONS=100) as server:
            run_all(lambda each: self.expect_tile(server, each), places, 50)
        self.assertTrue(200 < s3.counts.gets <= 210, s3.counts)

    def test_0_is_never(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 40)
        with self.server(s3, TAPALCATL_HEDGE_AFTER=0) as server:
            for each in places[:39]:
                self.expect_tile(server, each)
            s3.suffer(faults.late(1), times=1)
            self.expect_tile(server, places[39])
        self.assertEqual(s3.counts.gets, 40)

    def test_a_body_that_has_begun_is_not_asked_for_again(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 40)
        with self.server(s3) as server:
            for each in places[:39]:
                self.expect_tile(server, each)
            s3.suffer(faults.stall(after=10, seconds=1), times=1)
            self.expect_tile(server, places[39])
        self.assertEqual(s3.counts.gets, 40)


if __name__ == "__main__":
    unittest.main()
