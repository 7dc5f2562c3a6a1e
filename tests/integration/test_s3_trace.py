"""What people who pan and zoom cost at the bucket: the demo's archives behind the scripted S3."""

import unittest
import zipfile
from collections import Counter

import pan_and_zoom
from metatiles import Tile, key_of, url_of
from s3_support import S3Case
from support import REPOSITORY

TREE = REPOSITORY / "data" / "demo" / "tiles"
TAIL = 256 * 1024
SHORT_TAIL = 66 * 1024


def key(metatile):
    return key_of(metatile, "NO_HASH", "demo")


def size_of(name):
    return (TREE / name).stat().st_size


def all_tiles_of(metatile):
    """URLs of everything in an archive, and what each has to be."""
    z, x, y = metatile
    targets = {}
    with zipfile.ZipFile(TREE / key(metatile)) as archive:
        for entry in archive.infolist():
            name, _, form = entry.filename.partition(".")
            dz, dx, dy = map(int, name.split("/"))
            tile = Tile(z + dz, x * 2 ** dz + dx, y * 2 ** dz + dy)
            truth = pan_and_zoom.Truth(entry.CRC, entry.file_size, entry.compress_size, key(metatile))
            targets[url_of(tile, 1024 >> dz, form)] = truth
    return targets


class Trace(S3Case):
    def setUp(self):
        super().setUp()
        self.tiles = pan_and_zoom.read_tree(TREE)
        self.trace = list(pan_and_zoom.views(self.tiles))
        self.assertGreater(sum(map(len, self.trace)), 500)

    def check(self, connections, most_gets, most_bytes, tail, **settings):
        """At the most so many GETs per tile, bytes fetched per byte served, and one GET for each archive that is not
        larger than the first read."""
        s3 = self.serve_s3(latency=0.02, folder=TREE)
        with self.server(s3, S3_PREFIX="demo", TAPALCATL_REQUEST_TIMEOUT="60s", **settings) as server:
            result = pan_and_zoom.replay(server.port, self.tiles, self.trace, connections)
        again = Counter({name: gets for name, gets in s3.counts.by_key.items() if size_of(name) <= tail and gets != 1})
        self.assertEqual(again, Counter())
        asked = {str(self.tiles[tile].archive) for view in self.trace for tile in view}
        self.assertEqual(set(s3.counts.by_key), asked)
        self.assertEqual(set(s3.counts.by_status), {206})
        self.assertEqual(result.tiles, sum(map(len, self.trace)))
        self.assertLessEqual(s3.counts.gets / result.tiles, most_gets)
        self.assertLessEqual(s3.counts.bytes / result.bytes, most_bytes)

    def test_most_archives_are_small(self):
        self.check(6, 0.11, 1.65, TAIL)

    def test_most_connections_of_a_browser(self):
        self.check(16, 0.11, 1.65, TAIL)

    def test_a_third_of_the_archives_is_larger_than_the_first_read(self):
        self.check(6, 0.14, 1.35, SHORT_TAIL, TAPALCATL_TAIL_SIZE="66KiB")

    def test_a_wrong_tile_is_no_number(self):
        s3 = self.serve_s3(folder=TREE)
        view = max(self.trace, key=len)
        exchanged = {**self.tiles, view[0]: self.tiles[view[1]]}
        with self.server(s3, S3_PREFIX="demo") as server:
            pan_and_zoom.replay(server.port, self.tiles, [view], 6)
            with self.assertRaises(pan_and_zoom.Wrong):
                pan_and_zoom.replay(server.port, exchanged, [view], 6)
            with self.assertRaises(pan_and_zoom.Wrong):
                nowhere = Tile(14, 0, 0)
                pan_and_zoom.replay(server.port, {nowhere: self.tiles[view[0]]}, [[nowhere]], 6)


class Crowd(S3Case):
    """A hundred clients at once, over one archive that nothing is known of."""

    def gets(self, metatile):
        # The latency is the time that the clients have to come along, on a machine that does other things.
        s3 = self.serve_s3(latency=0.5, folder=TREE)
        targets = all_tiles_of(metatile)
        asked = [target for _, target in zip(range(100), list(targets) * 100)]
        with self.server(s3, S3_PREFIX="demo") as server, pan_and_zoom.Browser(server.port, 100) as browser:
            for target, answer in zip(asked, browser.look(asked)):
                self.assertIsNone(pan_and_zoom.fault_of(answer, targets[target]), target)
        return [record.request["range"] for record in s3.records()]

    def test_a_small_archive_is_one_get(self):
        metatile = Tile(8, 134, 89)
        self.assertLess(100_000, size_of(key(metatile)))
        self.assertLess(size_of(key(metatile)), TAIL)
        self.assertEqual(self.gets(metatile), [f"bytes=-{TAIL}"])

    def test_a_larger_one_is_its_end_and_what_lies_before_in_one_range(self):
        metatile = Tile(12, 2156, 1438)
        self.assertLess(TAIL + 100_000, size_of(key(metatile)))
        first, *others = self.gets(metatile)
        self.assertEqual(first, f"bytes=-{TAIL}")
        self.assertEqual(len(others), 1, others)
        start, last = map(int, others[0].removeprefix("bytes=").split("-"))
        self.assertEqual(start, 0)
        self.assertLess(last, size_of(key(metatile)) - TAIL + 100_000)


if __name__ == "__main__":
    unittest.main()
