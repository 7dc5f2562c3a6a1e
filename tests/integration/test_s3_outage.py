"""A whole outage under load: S3 is not met with more requests than usual, clients hear in time, and it ends by itself."""

import time
import unittest

from s3_support import STALE, S3Case, load, place, small_archive, tile_url
from support import is_sanitized, wait_until

import faults

RATE = 400 if is_sanitized() else 1000  # requests a second, unless all connections wait
CONNECTIONS = 100  # so few that none waits long for the others, also on a busy machine
REQUESTS = 1000
SLOWEST = 20  # seconds, of an answer; nobody waits for the deadline, which is a minute
LOGGED = 33  # lines a second at most: ten and one of each of three kinds
MOST_ATTEMPTS = 1.2  # for each request that comes in


class Outage(S3Case):
    def run_outage(self, fail, mend, *statuses, connections=CONNECTIONS, **settings):
        any_archive = small_archive(place(1000))
        s3 = self.serve_s3(make=lambda key: any_archive)
        held = self.put_small(s3, 20)
        cold = [tile_url(place(1000 + number)) for number in range(REQUESTS)]
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1, **settings) as server:
            for each in held:
                self.expect_tile(server, each)
            s3.new_counts()
            fail(s3)
            failed = time.monotonic()
            said = load(server, cold, RATE, connections)
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
            lines = len(server.stderr.now())
            self.assertLess(lines, 50 + LOGGED * (time.monotonic() - failed))  # nor does it fill the disk
            mend(s3)
            for each in held[:5]:
                wait_until(lambda each=each: server.get(tile_url(each))["Cache-Control"] != STALE, "its return")
            answers = load(server, cold[:200], connections=20)
            self.assertEqual(answers["by_status"], {"200": 200}, answers)
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
        once. Requests still come in while others wait."""
        self.run_outage(self.suffering(faults.late()), self.heal, "503", "504", connections=REQUESTS,
                        TAPALCATL_MAX_REQUESTS=64, TAPALCATL_REQUEST_TIMEOUT="4s", TAPALCATL_FLIGHT_TIMEOUT="5s")


if __name__ == "__main__":
    unittest.main()
