"""What waits for what: a store that hangs, is slow for one range, or ignores ranges, and tiles that need nothing of it."""

import os
import threading
import time
import unittest

from metatiles import archive
from s3_support import S3Case, content_of, load, place, small_archive, tile_url
from support import binary_to_measure, wait_until
from test_s3_reading import KEY, LARGE_TILES, large_archive

import faults

# A tile in memory is answered within a millisecond. Machines that run several tests are slower, a store that hangs is
# slower by far.
AT_ONCE = 1.0
MEGABYTE = 1_000_000


def peak_bytes(server):
    return server._status("VmHWM") * 1024  # pylint: disable=protected-access


class InMemory(S3Case):
    """What is in memory is answered at once, whatever is under way for the same archive."""

    def expect_at_once(self, server, target, content):
        started = time.monotonic()
        answer = server.get(target)
        took = time.monotonic() - started
        self.assertEqual((answer.status, answer.body), (200, content))
        self.assertLess(took, AT_ONCE)

    def in_background(self, work):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)

    def test_nobody_waits_for_a_revalidation_that_hangs(self):
        s3 = self.serve_s3()
        metatile, = self.put_small(s3)
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1, TAPALCATL_FLIGHT_TIMEOUT="3s") as server:
            self.expect_tile(server, metatile)
            hangs = s3.suffer(faults.late())
            wait_until(lambda: server.get(tile_url(metatile)) and hangs.hits, "a revalidation")
            # It came along with the first read, and nobody has asked for it yet.
            self.expect_at_once(server, tile_url(metatile, "json"), content_of(metatile, "json"))
            s3.heal()

    def test_nobody_waits_for_a_range_that_is_not_his(self):
        s3 = self.serve_s3()
        s3.put(KEY, large_archive(gap=400_000))
        (first, _), (second, content), (third, late_content) = LARGE_TILES.items()
        with self.server(s3, TAPALCATL_HEDGE_AFTER=0, TAPALCATL_FLIGHT_TIMEOUT="3s") as server:
            self.assertEqual(server.get(third).body, late_content)
            hangs = s3.suffer(faults.late(), when=lambda request, key: request["range"].startswith("bytes=0-"))
            self.in_background(lambda: server.get(first))
            wait_until(lambda: hangs.hits, "the slow range")
            self.expect_at_once(server, second, content)
            self.expect_at_once(server, third, late_content)
            s3.heal()


class Stale(S3Case):
    def test_one_failed_read_makes_nothing_stale_that_is_fresh(self):
        """The directory of an archive is evicted, one of its tiles is not, and one read of the directory fails."""
        for fresh_for in (0, 300):
            with self.subTest(fresh_for):
                s3 = self.serve_s3()
                kept, = self.put_small(s3)
                others = self.put_small(s3, 300, first=1)
                with self.server(s3, CACHE_DEFAULT_TIMEOUT=fresh_for, TAPALCATL_CACHE_SIZE="700KB") as server:
                    for each in others:  # the tile is asked for again and again, everything else once
                        self.expect_tile(server, kept)
                        self.expect_tile(server, each)
                    s3.new_counts()
                    fails = s3.suffer(faults.denied(), times=1)
                    self.assertEqual(server.get(tile_url(kept, "json")).status, 502)
                    self.assertEqual((fails.hits, s3.counts.gets), (1, 1))
                    for _ in range(3):
                        self.expect_tile(server, kept)  # not stale
                    self.assertEqual(s3.counts.gets, 1)


class Health(S3Case):
    def test_it_does_not_queue_behind_reads(self):
        any_archive = small_archive(place(0))
        s3 = self.serve_s3(make=lambda key: any_archive, latency=0.3)
        targets = [tile_url(place(number)) for number in range(450)]
        with self.server(s3, TAPALCATL_S3_CONNECTIONS=16) as server:
            said = {}
            loading = threading.Thread(target=lambda: said.update(load(server, targets, connections=450)))
            loading.start()
            wait_until(lambda: s3.counts.gets > 20, "reads")
            self.assertEqual(server.get("/health_check").status, 200, server.stderr.now()[-3:])
            self.assertLess(s3.counts.gets, 400)  # they still queue
            loading.join()
        self.assertEqual(set(said["by_status"]), {"200", "504"} & set(said["by_status"]), said)


class Memory(S3Case):
    def test_a_server_that_ignores_ranges_does_not_fill_the_memory(self):
        """Each read brings 12 MB, whatever was asked for."""
        entries = {"0/0/0.mvt": os.urandom(5_000), "rest": os.urandom(12 * MEGABYTE)}
        content = archive(entries, method=0)
        s3 = self.serve_s3(keys=None, make=lambda key: content, kept=1)
        s3.suffer(faults.whole())
        targets = [tile_url(place(number)) for number in range(60)]
        with self.server(s3, binary=binary_to_measure(), TAPALCATL_CACHE_SIZE="16MB",
                         TAPALCATL_REQUEST_TIMEOUT="60s", TAPALCATL_FLIGHT_TIMEOUT="60s") as server:
            said = load(server, targets, connections=30)
            self.assertEqual((said["by_status"], said["broken"]), ({"200": len(targets)}, 0), server.stderr.now()[-3:])
            peak = peak_bytes(server)
            print(f"{peak / MEGABYTE:.0f} MB at most, {server.resident_bytes() / MEGABYTE:.0f} MB in the end")
            self.assertLess(peak, (16 + 64) * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
