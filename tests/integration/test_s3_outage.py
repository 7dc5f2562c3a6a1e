"""A whole outage under load: S3 is not met with more requests than usual, clients hear in time, and it ends by itself."""

import time
import unittest

from s3_support import STALE, S3Case, load, place, small_archive, tile_url
from support import PATIENCE, is_sanitized, wait_until

import faults

RATE = 400 if is_sanitized() else 1000  # requests a second
REQUESTS = 1000
SLOWEST = 8  # seconds, of an answer; nobody shall hear later, whatever the deadline is
MOST_ATTEMPTS = 1.2  # for each request that comes in


class Outage(S3Case):
    def run_outage(self, fail, mend, *statuses, **settings):
        any_archive = small_archive(place(1000))
        s3 = self.serve_s3(make=lambda key: any_archive)
        held = self.put_small(s3, 20)
        cold = [tile_url(place(1000 + number)) for number in range(REQUESTS)]
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1, **settings) as server:
            for each in held:
                self.expect_tile(server, each)
            s3.new_counts()
            fail(s3)
            said = load(server, cold, RATE, connections=4096)
            attempts = s3.counts.requests
            print(f"{said['answered']} requests in {said['seconds']:.1f} s: {said['by_status']}, slowest "
                  f"{said['slowest']:.2f} s, {attempts} attempts")
            self.assertEqual((said["answered"], said["broken"]), (len(cold), 0), said)
            self.assertEqual(set(said["by_status"]), set(statuses), said)
            self.assertEqual(said["no_store"], len(cold))
            self.assertLess(said["slowest"], SLOWEST)
            self.assertLessEqual(attempts, MOST_ATTEMPTS * len(cold) + 20, said)
            # What is held is served all the time.
            wait_until(lambda: server.get(tile_url(held[0]))["Cache-Control"] == STALE, "stale answers")
            for each in held:
                self.assertEqual(server.get(tile_url(each)).status, 200)
            self.assertLess(len(server.stderr.now()), 200)  # nor does it fill the disk
            mend(s3)
            since = time.monotonic()
            for each in held[:5]:
                wait_until(lambda each=each: server.get(tile_url(each))["Cache-Control"] != STALE, "its return")
            answers = load(server, cold[:200], connections=20)
            self.assertEqual(answers["by_status"], {"200": 200}, answers)
            self.assertLess(time.monotonic() - since, 2 * PATIENCE)
        return said

    @staticmethod
    def suffering(fault):
        return lambda s3: s3.suffer(fault)

    @staticmethod
    def heal(s3):
        s3.heal()

    def test_500_for_everything(self):
        self.run_outage(self.suffering(faults.internal_error()), self.heal, "503")

    def test_throttled_altogether(self):
        self.run_outage(self.suffering(faults.slow_down()), self.heal, "503")

    def test_connections_that_are_reset(self):
        self.run_outage(self.suffering(faults.reset()), self.heal, "503")

    def test_a_machine_that_is_gone(self):
        self.run_outage(lambda s3: s3.go_away(), lambda s3: s3.come_back(), "503")

    def test_silence(self):
        """Reads that hang take all places: some requests wait until their deadline, and all others are told to come back, at
        once. The load is as long as the deadline, so that requests still come in while others reach it."""
        self.run_outage(self.suffering(faults.late()), self.heal, "503", "504", TAPALCATL_MAX_REQUESTS=256,
                        TAPALCATL_REQUEST_TIMEOUT="1s", TAPALCATL_FLIGHT_TIMEOUT="3s")


if __name__ == "__main__":
    unittest.main()
