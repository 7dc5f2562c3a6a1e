"""Land cover: the tiles of Tapalcatl 2 archives, beside the vector tiles of the same prefix."""

import json
import random
import subprocess
import unittest
import zipfile

from metatiles import Tile, ancestor, archive, content_for, key_of
from support import BINARY, PATIENCE, REPOSITORY, Case, Server, environment_of

TONER = REPOSITORY.parent / "shared/data/tapalcatl2/toner"


def url_of(tile, pixels=512, form="mvt"):
    size = "" if pixels is None else f"{pixels}/"
    return f"/tilezen/landcover/v1/{size}all/{tile.z}/{tile.x}/{tile.y}.{form}"


def archive_of(tile, materialized_zooms=(0, 7), metatile_size=1):
    """After which tile the archive is named that holds `tile`."""
    root = ancestor(tile, max(zoom for zoom in materialized_zooms if zoom <= tile.z))
    return Tile(root.z, root.x // metatile_size * metatile_size, root.y // metatile_size * metatile_size)


def entry_of(tile, scale=2, form="mvt"):
    return f"{tile.z}/{tile.x}/{tile.y}{f'@{scale}x' if scale > 1 else ''}.{form}"


def tile_verb(folder, *words, **settings):
    """The verb `tile` on the archives of a folder."""
    environment = environment_of({"TAPALCATL_STORAGE": f"file://{folder}", "KEY_FORMAT_TYPE": "NO_HASH", **settings})
    return subprocess.run([BINARY, "tile", *words], env=environment, capture_output=True, timeout=PATIENCE)


class LandCover(Case):
    """Each entry's content is its key and name, so that no other can pass for it."""

    TILES = [Tile(0, 0, 0), Tile(1, 1, 0), Tile(6, 63, 31), Tile(7, 127, 0), Tile(7, 68, 44), Tile(8, 137, 89),
             Tile(10, 545, 355), Tile(12, 2179, 1421), Tile(12, 4095, 4095)]

    def fill(self, tiles, key, scale=2, zooms=(0, 7), metatile_size=1):
        archives = {}
        for tile in tiles:
            root = key(archive_of(tile, zooms, metatile_size))
            for form in ("mvt", "json"):
                name = entry_of(tile, scale, form)
                archives.setdefault(root, {})[name] = content_for(f"{root} {name}")
        for name, entries in archives.items():
            self.put(name, archive(entries))
        return lambda tile, form: archives[key(archive_of(tile, zooms, metatile_size))][entry_of(tile, scale, form)]

    def test_the_verb_tile_reads_it(self):
        content_of = self.fill(self.TILES, lambda root: key_of(root, "NO_HASH"))
        for tile in self.TILES:
            read = tile_verb(self.folder, "--set", "landcover", "%d/%d/%d.mvt" % tile)
            self.assertEqual((read.returncode, read.stdout), (0, content_of(tile, "mvt")), read.stderr)
        for words, settings, code, said in (
                (("--set", "landcover", "13/0/0.mvt"), {}, 2, b"zooms 0 to 12"),
                (("--set", "landcover", "--px", "256", "0/0/0.mvt"), {}, 2, b"expected 512"),
                (("--set", "landcover", "0/0/0.mvt"), {"TAPALCATL_LANDCOVER": "off"}, 2, b"TAPALCATL_LANDCOVER"),
                (("--set", "sea", "0/0/0.mvt"), {}, 2, b"vector or landcover"),
                (("17/0/0.mvt",), {}, 2, b"zooms 0 to 16")):
            read = tile_verb(self.folder, *words, **settings)
            self.assertEqual(read.returncode, code, read)
            self.assertIn(said, read.stderr)

    def check(self, key, scale=2, zooms=(0, 7), metatile_size=1, **settings):
        content_of = self.fill(self.TILES, key, scale, zooms, metatile_size)
        with Server(self.folder, **settings) as server, server.connect() as connection:
            for tile in self.TILES:
                for form, kind in (("mvt", "application/x-protobuf"), ("json", "application/json")):
                    answer = connection.request(url_of(tile, 256 * scale, form), {"Accept-Encoding": "gzip"})
                    self.assertEqual((answer.status, answer["Content-Type"], answer["Content-Encoding"]),
                                     (200, kind, "gzip"), (tile, answer))
                    self.assertEqual(answer.content, content_of(tile, form))
                    self.assertEqual(answer["Cache-Control"], "public, max-age=1200, s-maxage=600")

    def test_tiles_come_from_the_archives_that_the_original_reads(self):
        self.check(lambda root: key_of(root, "NO_HASH"))

    def test_prefix_layer_and_hash_are_those_of_the_vector_tiles(self):
        for layout in ("HASH_PREFIX", "PREFIX_HASH"):
            for layer in ("", "all"):
                with self.subTest(layout=layout, layer=layer):
                    self.check(lambda root, l=layout, n=layer: key_of(root, l, "180723", n), KEY_FORMAT_TYPE=layout,
                               S3_PREFIX="180723", S3_LAYER=layer)

    def test_all_that_the_original_has_fixed_can_be_set(self):
        self.check(lambda root: key_of(root, "NO_HASH"), 4, (0, 3, 6), 4, TAPALCATL_LANDCOVER_TILE_SIZE=1024,
                   TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS="0,3,6", TAPALCATL_LANDCOVER_METATILE_SIZE=4)
        self.check(lambda root: key_of(root, "NO_HASH"), 1, (0, 12), 1, TAPALCATL_LANDCOVER_TILE_SIZE=256,
                   TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS="0,12")

    def test_refusals(self):
        self.put("all/0/0/0.zip", archive({"0/0/0@2x.mvt": b"world", "0/0/0.mvt": b"v1", "0/0/0@1x.mvt": b"no"}))
        with Server(self.folder) as server, server.connect() as connection:
            for target, status, text in (
                    (url_of(Tile(0, 0, 0)), 200, "world"), (url_of(Tile(0, 0, 0), "0512"), 200, "world"),
                    (url_of(Tile(0, 0, 0), None), 400, "expected 512"), (url_of(Tile(0, 0, 0), 0), 400, "expected 512"),
                    (url_of(Tile(0, 0, 0), 256), 400, "expected 512"), (url_of(Tile(0, 0, 0), 1024), 400,
                                                                        "expected 512"),
                    (url_of(Tile(13, 0, 0)), 400, "0 to 12"), (url_of(Tile(13, 0, 0), 256), 400, "0 to 12"),
                    (url_of(Tile(0, 0, 1)), 400, "from 0 to 0"), (url_of(Tile(0, 0, 0), form="MVT"), 404,
                                                                  "Tile not found"),
                    (url_of(Tile(12, 0, 0)), 404, "Metatile not found"),
                    ("/tilezen/landcover/v1/512/all/0/0/1.5.mvt", 404, "No such page"),
                    ("/tilezen/landcover/v1/512/all/0/-0/0.mvt", 404, "No such page"),
                    ("/tilezen/landcover/v1/512/all/0/0/0.mvt/", 404, "No such page"),
                    ("/tilezen/landcover/v1/512/all/tilejson.mvt.json", 404, "No such page")):
                answer = connection.request(target)
                self.assertEqual(answer.status, status, (target, answer))
                self.assertIn(text, answer.text, target)
                self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
            self.assertEqual(connection.request(url_of(Tile(13, 0, 0), 1), method="PUT").status, 405)
            self.assertEqual(connection.request("/tilezen/vector/v1/all/0/0/0.mvt").text, "v1")

    def test_can_be_turned_off(self):
        self.put("all/0/0/0.zip", archive({"0/0/0@2x.mvt": b"world"}))
        with Server(self.folder, TAPALCATL_LANDCOVER="off") as server:
            for method in ("GET", "OPTIONS", "POST"):
                self.assertEqual(server.get(url_of(Tile(0, 0, 0)), method=method).status, 404)

    def test_settings_that_make_no_sense_refuse_to_start(self):
        for name, value in (("MATERIALIZED_ZOOMS", "7,0"), ("MATERIALIZED_ZOOMS", "0,0"), ("MATERIALIZED_ZOOMS", "0,"),
                            ("MATERIALIZED_ZOOMS", "0,31"), ("MATERIALIZED_ZOOMS", "a"), ("METATILE_SIZE", "0"),
                            ("TILE_SIZE", "500"), ("TILE_SIZE", "128"), ("MAX_ZOOM", "31"), ("MAX_ZOOM", "-1")):
            settings = {"TAPALCATL_STORAGE": self.folder.as_uri(), "PORT": "0", f"TAPALCATL_LANDCOVER_{name}": value}
            done = subprocess.run([BINARY, "serve"], env=environment_of(settings), capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), (name, value, done))


@unittest.skipUnless(TONER.exists(), f"there is no {TONER.name}")
class Toner(unittest.TestCase):
    """Archives that another program made."""

    def test_every_tile_of_every_archive(self):
        meta = json.loads((TONER / "meta.json").read_text())
        zooms = meta["materializedZooms"]
        settings = {"S3_LAYER": "", "TAPALCATL_LANDCOVER_MATERIALIZED_ZOOMS": ",".join(map(str, zooms)),
                    "TAPALCATL_LANDCOVER_MAX_ZOOM": meta["maxzoom"],
                    "TAPALCATL_LANDCOVER_METATILE_SIZE": meta["metatile"],
                    "TAPALCATL_LANDCOVER_TILE_SIZE": 256 * meta["maxscale"]}
        contents = {}
        for path in sorted(TONER.rglob("*.zip")):
            with zipfile.ZipFile(path) as opened:
                for name in opened.namelist():
                    tile = Tile(*map(int, name.split("@")[0].split("/")))
                    self.assertEqual(key_of(archive_of(tile, zooms), "NO_HASH", layer=""),
                                     path.relative_to(TONER).as_posix())
                    contents[tile] = opened.read(name)
        self.assertEqual(len(contents), 85)
        tiles = list(contents)
        random.Random(1).shuffle(tiles)
        with Server(TONER, **settings) as server, server.connect() as connection:
            for tile in tiles:
                answer = connection.request(url_of(tile, form="png"), {"Accept-Encoding": "gzip"})
                self.assertEqual((answer.status, answer["Content-Type"]), (200, "image/png"), tile)
                self.assertEqual(answer.content, contents[tile], tile)


if __name__ == "__main__":
    unittest.main()
