"""The tiles of real and made metatiles, as they come out of the server."""

import hashlib
import json
import random
import shlex
import tarfile
import unittest
import zipfile

from metatiles import (CONTENT_TYPES, LAYOUTS, Tile, archive, content_for, entry_of, key_of, locate, url_of)
from support import REPOSITORY, Case, Server, run_all

DEMO = REPOSITORY / "data/demo"
FIRENZE = REPOSITORY.parent / "shared/data/firenze-metatiles.tar"
GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def demo_settings():
    lines = (DEMO / "demo.env").read_text().splitlines()
    words = shlex.split("\n".join(lines), comments=True)
    return dict(word.split("=", 1) for word in words)


def tile_at(metatile, offset):
    return Tile(metatile.z + offset.z, metatile.x * 2 ** offset.z + offset.x, metatile.y * 2 ** offset.z + offset.y)


class TileCase(Case):
    def expect_tile(self, connection, url, content, form="mvt", headers=None):
        answer = connection.request(url, headers or {})
        self.assertEqual(answer.status, 200, (url, answer))
        self.assertEqual(answer["Content-Encoding"], "gzip" if headers else None, url)
        self.assertEqual(answer.content, content, url)
        self.assertEqual(answer["Content-Type"], CONTENT_TYPES[form], url)

    def expect_missing(self, connection, url, text):
        answer = connection.request(url)
        self.assertEqual((answer.status, answer.text, answer["Cache-Control"]), (404, text, "public, max-age=30"), url)


class Demo(TileCase):
    """Where each tile lies is computed here, and what it is said by Python's zipfile."""

    @classmethod
    def setUpClass(cls):
        cls.settings = demo_settings()
        cls.deepest = int(cls.settings["METATILE_MAX_DETAIL_ZOOM"])
        cls.contents = {}
        for path in sorted((DEMO / "tiles").rglob("*.zip")):
            with zipfile.ZipFile(path) as opened:
                key = path.relative_to(DEMO / "tiles").as_posix()
                cls.contents[key] = {name: opened.read(name) for name in opened.namelist()}

    def key_of(self, metatile):
        return key_of(metatile, self.settings["KEY_FORMAT_TYPE"], self.settings["S3_PREFIX"], self.settings["S3_LAYER"])

    def asked(self, tile, pixels, form):
        """The content that a URL stands for, or None."""
        metatile, offset = locate(tile, pixels, int(self.settings["METATILE_SIZE"]), self.deepest)
        return self.contents.get(self.key_of(metatile), {}).get(entry_of(offset, form))

    def everything(self):
        for key, entries in self.contents.items():
            metatile = Tile(*map(int, key.split("all/")[1][:-len(".zip")].split("/")))
            for name in entries:
                place, form = name.split(".")
                yield tile_at(metatile, Tile(*map(int, place.split("/")))), form

    def test_every_format_and_pixel_size_equals_what_is_in_the_archive(self):
        chance = random.Random(3)
        tiles = sorted(set(self.everything()))
        rare = [tile for tile in tiles if tile[1] != "mvt"]
        wanted = [(tile, form, pixels) for tile, form in chance.sample(tiles, 250) + chance.sample(rare, 60)
                  for pixels in (256, 512, 1024) if self.asked(tile, pixels, form) is not None]
        self.assertEqual({form for _, form, _ in wanted}, {"mvt", "json", "topojson"})
        self.assertEqual({pixels for _, _, pixels in wanted}, {256, 512, 1024})
        with Server(DEMO / "tiles", **self.settings) as server:
            def ask(part):
                with server.connect() as connection:
                    for tile, form, pixels in part:
                        for headers in (GZIP, None):
                            self.expect_tile(connection, url_of(tile, pixels, form), self.asked(tile, pixels, form),
                                             form,
                                             headers)
            run_all(ask, [wanted[i::8] for i in range(8)], 4)

    def test_what_is_not_there_is_said_to_be_missing(self):
        settings = {**self.settings, "TAPALCATL_MISSING_TILE": 404}
        with Server(DEMO / "tiles", **settings) as server, server.connect() as connection:
            metatile = Tile(2, 0, 0)
            self.assertIn(self.key_of(metatile), self.contents)
            self.expect_missing(connection, url_of(Tile(2, 0, 0), 1024, "png"), "Tile not found")
            self.expect_missing(connection, url_of(Tile(13, 0, 0), 1024), "Metatile not found")
            self.assertIsNone(self.asked(Tile(16, 0, 0), 256, "mvt"))
            self.expect_missing(connection, url_of(Tile(16, 0, 0), 256), "Metatile not found")

    def test_no_size_and_size_0_are_256_pixels(self):
        content = self.asked(Tile(2, 1, 1), 256, "mvt")
        self.assertNotEqual(content, self.asked(Tile(2, 1, 1), 512, "mvt"))
        with Server(DEMO / "tiles", **self.settings) as server, server.connect() as connection:
            for pixels in (None, 0, 256):
                self.expect_tile(connection, url_of(Tile(2, 1, 1), pixels), content)


class Addressing(TileCase):
    """Archives under keys computed here: each entry's content is its key and name, so that no other can pass for it."""

    TILES = [Tile(0, 0, 0), Tile(1, 1, 0), Tile(2, 1, 3), Tile(3, 5, 2), Tile(4, 15, 15), Tile(5, 17, 30), Tile(7, 64,
                                                                                                                63),
             Tile(10, 1023, 0), Tile(13, 4008, 3973), Tile(14, 8017, 7946), Tile(15, 16035, 15893),
             Tile(16, 32071, 31787), Tile(16, 65535, 65535)]

    def check(self, metatile_size, layout="NO_HASH", prefix="", layer="all", deepest=None):
        archives = {}
        urls = {}
        pixels = 256
        while pixels <= metatile_size * 256:
            for tile in self.TILES:
                for form in ("mvt", "json"):
                    metatile, offset = locate(tile, pixels, metatile_size, deepest)
                    key, entry = key_of(metatile, layout, prefix, layer), entry_of(offset, form)
                    archives.setdefault(key, {})[entry] = content_for(f"{key} {entry}")
                    urls[url_of(tile, pixels, form)] = (key, entry, form)
            pixels *= 2
        folder = self.folder / f"{metatile_size}-{layout}-{prefix.replace('/', '-')}-{layer}-{deepest}"
        for key, entries in archives.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive(entries))
        with Server(folder, METATILE_SIZE=metatile_size, KEY_FORMAT_TYPE=layout, S3_PREFIX=prefix, S3_LAYER=layer,
                    METATILE_MAX_DETAIL_ZOOM=deepest or 0) as server, server.connect() as connection:
            for url, (key, entry, form) in urls.items():
                self.expect_tile(connection, url, archives[key][entry], form, GZIP)
            too_large = connection.request(url_of(Tile(3, 0, 0), metatile_size * 512))
            self.assertEqual((too_large.status, too_large["Cache-Control"]), (400, "no-store"))

    def test_this_implementation_knows_the_facts(self):
        self.assertEqual(key_of(Tile(13, 4008, 3973), "PREFIX_HASH", "abc"), "abc/c1315/all/13/4008/3973.zip")
        self.assertEqual(key_of(Tile(13, 4008, 3973), "HASH_PREFIX", "abc"), "c1315/abc/all/13/4008/3973.zip")
        self.assertEqual(key_of(Tile(13, 4008, 3973), "NO_HASH"), "all/13/4008/3973.zip")
        self.assertEqual(key_of(Tile(10, 14, 719), "HASH_PREFIX", "180723", ""), "27584/180723/10/14/719.zip")
        for zoom, metatile_zoom, offset_zoom in ((15, 14, 1), (16, 14, 2), (17, 15, 2)):
            metatile, offset = locate(Tile(zoom, 9, 9), 1024, 4, 14)
            self.assertEqual((metatile.z, offset.z), (metatile_zoom, offset_zoom))

    def test_every_metatile_size(self):
        for size in (1, 2, 4, 8, 16):
            with self.subTest(size=size):
                self.check(size)

    def test_a_deepest_metatile_zoom(self):
        for size, deepest in ((4, 13), (4, 14), (8, 12), (2, 16), (16, 10), (1, 14)):
            with self.subTest(size=size, deepest=deepest):
                self.check(size, deepest=deepest)

    def test_every_key_layout_with_and_without_prefix_and_layer(self):
        for layout in LAYOUTS:
            for prefix in ("", "abc", "two/parts"):
                for layer in ("all", ""):
                    with self.subTest(layout=layout, prefix=prefix, layer=layer):
                        self.check(4, layout, prefix, layer)


@unittest.skipUnless(FIRENZE.exists(), f"there is no {FIRENZE.name}")
class Firenze(TileCase):
    def test_every_tile_of_a_real_city_by_its_hash(self):
        with tarfile.open(FIRENZE) as tar:
            tar.extractall(self.folder)
        archives = [json.loads(line) for line in FIRENZE.with_suffix(".jsonl").read_text().splitlines()]
        with Server(self.folder, KEY_FORMAT_TYPE="PREFIX_HASH", S3_PREFIX="firenze") as server:
            asked = []

            def ask(described):
                metatile = Tile(*map(int, described["meta"].split("/")))
                self.assertEqual(key_of(metatile, "PREFIX_HASH", "firenze"), described["key"])
                with server.connect() as connection:
                    for entry in described["entries"]:
                        place, form = entry["name"].split(".")
                        offset = Tile(*map(int, place.split("/")))
                        tile = tile_at(metatile, offset)
                        answer = connection.request(url_of(tile, 1024 >> offset.z, form), GZIP)
                        self.assertEqual(answer.status, 200, entry)
                        self.assertEqual(hashlib.sha256(answer.content).hexdigest(), entry["sha256"], entry)
                        asked.append(entry)
            run_all(ask, archives, 4)
            self.assertEqual(len(asked), sum(len(described["entries"]) for described in archives))


if __name__ == "__main__":
    unittest.main()
