"""The memory of a server that reads far more from S3 than it may hold."""

import os
import random
import threading
import unittest

from metatiles import archive
from s3_support import S3Case, load
from support import binary_to_measure

BUDGET = 8_000_000
# What is not the cache's: buffers of connections, what malloc keeps, reads that are put into pieces.
SLACK = 20_000_000
NAMES = [f"{z}/{x}/{y}.mvt" for z in range(3) for x in range(2 ** z) for y in range(2 ** z)]
REQUESTS = 100_000


class Memory(S3Case):
    def test_stays_within_the_budget_through_100000_requests(self):
        binary = binary_to_measure()
        # Two archives under all keys: who reads them cannot know. One of eight is larger than the first read.
        small, large = (archive({name: os.urandom(size) for name in NAMES}, method=0) for size in (2_000, 13_000))
        self.assertTrue(len(small) < 262_144 < len(large))

        def make(key):
            return large if int(key.rpartition("/")[2].removesuffix(".zip")) % 8 == 0 else small
        s3 = self.serve_s3(keys=None, make=make, kept=20_000)
        chance = random.Random(11)
        targets, archives = [], {}
        for number in range(REQUESTS):
            # Half of them for a few archives, as maps have centres; the other half anywhere.
            edge = 4 if number % 2 else 128
            x, y = chance.randrange(edge), chance.randrange(edge)
            archives[x, y] = len(make(f"{y}.zip"))
            targets.append(f"/tilezen/vector/v1/all/13/{4 * x + chance.randrange(4)}/{4 * y + chance.randrange(4)}.mvt")
        with self.server(s3, binary=binary, TAPALCATL_CACHE_SIZE="8MB", TAPALCATL_REQUEST_TIMEOUT="60s") as server:
            server.get("/live")
            at_rest = server.resident_bytes()
            highest, ended = [at_rest], threading.Event()

            def look():
                while not ended.wait(0.05):
                    highest[0] = max(highest[0], server.resident_bytes())
            looking = threading.Thread(target=look, daemon=True)
            looking.start()
            try:
                first = load(server, targets[:REQUESTS // 2], timeout=500)
                halfway = highest[0]
                second = load(server, targets[REQUESTS // 2:], timeout=500)
            finally:
                ended.set()
                looking.join()
            for said in (first, second):
                self.assertEqual((said["by_status"], said["broken"]), ({"200": REQUESTS // 2}, 0))
            there = sum(archives.values())
            grown = highest[0] - at_rest
            print(f"{REQUESTS} requests, {there / 1e6:.0f} MB of archives, {s3.counts.gets} GETs of "
                  f"{s3.counts.bytes / 1e6:.0f} MB in {first['seconds'] + second['seconds']:.0f} s: {at_rest / 1e6:.1f} MB "
                  f"at rest, {highest[0] / 1e6:.1f} MB at most, {(highest[0] - halfway) / 1e6:.1f} MB of these later")
            self.assertGreater(there, 100 * BUDGET)
            self.assertLess(grown, BUDGET + SLACK)
            self.assertLess(highest[0] - halfway, SLACK / 4)  # nothing grows with what is asked


if __name__ == "__main__":
    unittest.main()
