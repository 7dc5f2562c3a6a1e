"""What waits for what: a store that hangs, is slow for one range, or ignores ranges, and tiles that need nothing of it."""

import os
import statistics
import threading
import time
import unittest

from metatiles import archive, key_of
from s3_support import USUAL, S3Case, content_of, load, place, small_archive, tile_url
from support import binary_to_measure, wait_until
from test_s3_reading import KEY, LARGE_TILES, large_archive

import faults

# A read that hangs is given up after three attempts of 5 s. Who waits for it gets no answer within this time.
CLIENT_PATIENCE = 10
HITS = 200
# A hit takes less than a millisecond, also under sanitizers. The quickest of HITS is longer only if each of them waits.
NO_WAIT = 0.05
MEGABYTE = 1_000_000


def status_bytes(server, name):
    return server._status(name) * 1024  # pylint: disable=protected-access


class InMemory(S3Case):
    """What is in memory is answered at once, whatever is under way for the same archive.

    The read that hangs is released when all answers are there, so their order is known without a clock. The times are
    printed; with the release binary they are the figures of docs/reliability.md."""

    def ask(self, server, tiles):
        """Asks for all tiles HITS times on one connection. The seconds that each took."""
        took = []
        with server.connect(timeout=CLIENT_PATIENCE) as connection:
            for number in range(HITS):
                target, content = tiles[number % len(tiles)]
                started = time.perf_counter()
                answer = connection.request(target)
                took.append(time.perf_counter() - started)
                self.assertEqual((answer.status, answer["Cache-Control"]), (200, USUAL), answer)
                self.assertEqual(answer.body, content)
        return took

    def expect_as_quick(self, server, hangs, tiles, usual):
        """Asks for tiles in memory while the store `hangs`, and compares with the `usual` times."""
        self.assertTrue(hangs.hits)
        meanwhile = self.ask(server, tiles)
        median, quickest = ([1e3 * of(took) for took in (usual, meanwhile)] for of in (statistics.median, min))
        print(f"{self.id().rpartition('.')[2]}: a hit takes {median[1]:.3f} ms, and {median[0]:.3f} ms where nothing hangs "
              f"(medians of {HITS}; the quickest {quickest[1]:.3f} and {quickest[0]:.3f} ms)")
        self.assertLess(min(meanwhile) - min(usual), NO_WAIT)

    def release(self, s3):
        s3.heal()
        s3.drop_connections()

    def in_background(self, work):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)

    def test_nobody_waits_for_a_revalidation_that_hangs(self):
        s3 = self.serve_s3()
        metatile, = self.put_small(s3)
        tiles = [(tile_url(metatile, form), content_of(metatile, form)) for form in ("mvt", "json")]
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1) as server:
            self.expect_tile(server, metatile)
            usual = self.ask(server, tiles[:1])  # the other came along, and nobody has asked for it yet
            hangs = s3.suffer(faults.late())
            wait_until(lambda: server.get(tiles[0][0]) and hangs.hits, "a revalidation")
            self.expect_as_quick(server, hangs, tiles, usual)
            self.release(s3)

    def test_nobody_waits_for_a_range_that_is_not_his(self):
        s3 = self.serve_s3()
        s3.put(KEY, large_archive(gap=400_000))
        first, second, third = LARGE_TILES.items()
        with self.server(s3) as server:
            usual = self.ask(server, [third])
            hangs = s3.suffer(faults.late(), when=lambda request, key: request["range"].startswith("bytes=0-"))
            self.in_background(lambda: server.get(first[0]))
            wait_until(lambda: hangs.hits, "the slow range")
            self.assertEqual(server.get(second[0]).body, second[1])  # a read of its own
            self.expect_as_quick(server, hangs, [third, second], usual)
            self.release(s3)

    def test_nobody_waits_for_a_directory_that_is_read_again(self):
        """The directory was evicted, a tile was not, and the read of the directory hangs."""
        s3 = self.serve_s3()
        kept, = self.put_small(s3)
        others = self.put_small(s3, 300, first=1)
        with self.server(s3, TAPALCATL_CACHE_SIZE="700KB") as server:
            for each in others:  # the tile is asked for again and again, everything else once
                self.expect_tile(server, kept)
                self.expect_tile(server, each)
            tiles = [(tile_url(kept), content_of(kept))]
            usual = self.ask(server, tiles)
            hangs = s3.suffer(faults.late())
            self.in_background(lambda: server.get(tile_url(kept, "json")))
            wait_until(lambda: hangs.hits, "the directory")
            self.expect_as_quick(server, hangs, tiles, usual)
            self.release(s3)

    def test_nobody_waits_for_connections_that_all_hang(self):
        s3 = self.serve_s3()
        metatile, *others = self.put_small(s3, 9)
        tiles = [(tile_url(metatile), content_of(metatile))]
        with self.server(s3, TAPALCATL_S3_CONNECTIONS=4) as server:
            usual = self.ask(server, tiles)
            hangs = s3.suffer(faults.late())
            for each in others:
                self.in_background(lambda each=each: server.get(tile_url(each)))
            wait_until(lambda: hangs.hits == 4, "reads on all connections")
            self.expect_as_quick(server, hangs, tiles, usual)
            self.release(s3)


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
        """Reads hang on all connections, and hundreds wait for these, when it asks."""
        any_archive = small_archive(place(0))
        s3 = self.serve_s3(make=lambda key: any_archive)
        targets = [tile_url(place(number)) for number in range(450)]
        with self.server(s3, TAPALCATL_S3_CONNECTIONS=16) as server:
            hangs = s3.suffer(faults.late(), when=lambda request, key: key.startswith("all/12/"))
            said = {}
            loading = threading.Thread(target=lambda: said.update(load(server, targets, connections=450)))
            loading.start()
            wait_until(lambda: hangs.hits >= 16 and server.open_files() > len(targets), "reads on all connections, and a queue")
            self.assertEqual(server.get("/health_check").status, 200, server.stderr.now()[-3:])
            self.assertLess(hangs.hits, 400)  # they still queue
            s3.heal()
            s3.drop_connections()
            loading.join()
        self.assertEqual((set(said["by_status"]) - {"200", "503", "504"}, said["broken"]), (set(), 0), said)


class Memory(S3Case):
    CLIENTS = 30
    BODY = 4 * MEGABYTE

    def test_a_server_that_ignores_ranges_does_not_fill_the_memory(self):
        """Each read brings 4 MB, whatever was asked for. Without a limit, those of all clients are in memory at once."""
        content = archive({"0/0/0.mvt": os.urandom(5_000), "rest": os.urandom(self.BODY)}, method=0)
        s3 = self.serve_s3()
        places = [place(number) for number in range(2 * self.CLIENTS)]
        for each in places:
            s3.put(key_of(each, "NO_HASH"), content, etag='"all-are-alike"')  # one buffer, and no hash for each read
        s3.suffer(faults.whole())
        with self.server(s3, binary=binary_to_measure(), TAPALCATL_CACHE_SIZE="16MB") as server:
            said = load(server, map(tile_url, places), connections=self.CLIENTS)
            self.assertEqual((said["by_status"], said["broken"]), ({"200": len(places)}, 0), server.stderr.now()[-3:])
            peak, at_rest = status_bytes(server, "VmHWM"), status_bytes(server, "RssAnon")
            print(f"{peak / MEGABYTE:.0f} MB at most, {at_rest / MEGABYTE:.0f} MB without the program in the end")
            self.assertLess(peak, (16 + 32) * MEGABYTE)
            # The cache holds 60 small tiles. What the bodies took has gone back to the system.
            self.assertLess(at_rest, 10 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
