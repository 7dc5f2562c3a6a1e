"""What people who come from tapalcatl-py may depend on: its routes, its variables, and the order in which it refuses."""

import json
import subprocess
import unittest

from metatiles import MVT, Tile, archive, content_for, key_of, url_of
from support import BINARY, PATIENCE, REPOSITORY, Case, OneServer, Server, environment_of

CONTENT = OneServer.CONTENT
TILE = url_of(Tile(0, 0, 0))
TILEJSON = "/tilezen/vector/v1/all/tilejson.mvt.json"
SCHEMA = REPOSITORY.parent / "shared/tilezen-schema.json"

FORMATS = {"mvt": MVT, "mvtb": MVT, "json": "application/json", "topojson": "application/json", "png": "image/png",
           "geojson": "application/geo+json", "mvt.gz": "application/octet-stream", "7z": "application/octet-stream",
           "unheard": "application/octet-stream", "a b": "application/octet-stream"}


def without_storage(case):
    """A server whose folder has gone: whatever reads it is a 503."""
    folder = case.folder / "tiles"
    case.put("tiles/all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
    server = Server(folder)
    server.__enter__()
    case.addCleanup(server.__exit__, None, None, None)
    folder.rename(case.folder / "away")
    case.assertEqual(server.get(TILE).status, 503)
    return server


class BeforeStorage(Case):
    def setUp(self):
        super().setUp()
        self.server = without_storage(self)

    def expect(self, target, status, text=None, method="GET"):
        answer = self.server.get(target, method=method)
        self.assertEqual(answer.status, status, (target, answer))
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        if text is not None:
            self.assertIn(text, answer.text, target)

    def test_signs_and_fractions_are_no_route(self):
        for z, x, y in (("-1", "0", "0"), ("+0", "0", "0"), ("0", "-0", "0"), ("0", "0", "+0"), ("0.0", "0", "0"),
                        ("0", "0.0", "0"), ("0", "0", "0.0"), ("1", "0", "1.5"), ("16", "0", "99999.9"),
                        ("1e1", "0", "0"), ("%2B0", "0", "0"), ("0", "0", "%2D1"), ("0", "0", "1%2E5")):
            for size in ("", "256/", "300/"):
                for form in (".mvt", ".json", ""):
                    self.expect(f"/tilezen/vector/v1/{size}all/{z}/{x}/{y}{form}", 404, "No such page")
        for size in ("-256", "+256", "256.0", "2.56", "256px", " 256", "%20256"):
            self.expect(f"/tilezen/vector/v1/{size.replace(' ', '%20')}/all/0/0/0.mvt", 404, "No such page")

    def test_numbers_beyond_any_range_are_400(self):
        for digits in ("17", "4294967296", "18446744073709551616", "9" * 400):
            self.expect(f"/tilezen/vector/v1/all/{digits}/0/0.mvt", 400, "0 to 16")
            self.expect(f"/tilezen/vector/v1/all/1/{digits}/0.mvt", 400, "from 0 to 1")
            self.expect(f"/tilezen/vector/v1/all/1/0/{digits}.mvt", 400, "from 0 to 1")
            self.expect(f"/tilezen/vector/v1/{digits}/all/1/0/0.mvt", 400, "tile size")

    def test_pixel_sizes_that_the_original_failed_at_are_400(self):
        for size in (1, 255, 257, 768, 2048, 1 << 20):
            self.expect(url_of(Tile(0, 0, 0), size), 400, f"tile size {size}")
            self.expect(f"/tilezen/vector/v1/{size}/all/tilejson.mvt.json", 400, f"tile size {size}")

    def test_the_range_is_looked_at_before_the_pixel_size(self):
        self.expect(url_of(Tile(17, 0, 0), 300), 400, "0 to 16")
        self.expect(url_of(Tile(3, 8, 0), 99999), 400, "from 0 to 7")

    def test_the_method_is_looked_at_before_both(self):
        for tile, size in ((Tile(17, 0, 0), 300), (Tile(3, 8, 0), 256), (Tile(0, 0, 0), 300), (Tile(0, 0, 0), 256)):
            self.expect(url_of(tile, size), 405, "Method not allowed", "POST")
        self.expect("/tilezen/vector/v1/all/tilejson.png.json", 405, None, "DELETE")
        self.expect("/tilezen/vector/v1/all/0/0/1.5.mvt", 404, "No such page", "POST")

    def test_preflights_are_answered_for_any_origin_and_the_headers_that_map_clients_send(self):
        for target in (TILE, url_of(Tile(17, 0, 0)), TILEJSON):
            answer = self.server.get(target, {"Origin": "null", "Access-Control-Request-Method": "GET",
                                              "Access-Control-Request-Headers": "if-none-match,x-requested-with"},
                                     "OPTIONS")
            self.assertEqual((answer.status, answer["Access-Control-Allow-Origin"]), (204, "*"))
            self.assertEqual(answer["Access-Control-Allow-Headers"], "if-none-match, x-requested-with")

    def test_errors_of_the_storage_may_be_read_by_other_origins_too(self):
        for method in ("GET", "HEAD"):
            answer = self.server.get(TILE, {"Origin": "https://a.example"}, method)
            self.assertEqual((answer.status, answer["Access-Control-Allow-Origin"]), (503, "*"))

    def test_slashes_are_one_or_a_404(self):
        for target, status in (("//tilezen/vector/v1/all/0/0/0.mvt", 503), ("/tilezen//vector/v1//all/0/0//0.mvt", 503),
                               ("/tilezen/vector/v1/all/0/0/0.mvt/", 404), ("/tilezen/vector/v1/all//0/0.mvt", 404),
                               (TILEJSON + "/", 404), ("//", 200), ("///health_check", 503), ("//live", 200), ("/preview.html/", 404),
                               ("/tilezen/vector/v1//all/tilejson.mvt.json", 200)):
            self.expect(target, status)

    def test_tilejson_and_preview_need_no_storage(self):
        self.expect(TILEJSON, 200)
        self.expect("/preview.html", 200)


class Tiles(Case):
    def setUp(self):
        super().setUp()
        self.contents = {form: content_for(form, 4000) for form in FORMATS}
        self.put("all/0/0/0.zip", archive({f"0/0/0.{form}": content for form, content in self.contents.items()}))
        self.put("all/1/1/0.zip", archive({"2/1/3.mvt": b"deep"}))
        self.server = Server(self.folder)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)

    def test_a_format_is_exactly_what_the_entry_is_called(self):
        for form, kind in FORMATS.items():
            for headers in ({}, {"Accept-Encoding": "gzip"}):
                answer = self.server.get("/tilezen/vector/v1/all/0/0/0." + form.replace(" ", "%20"), headers)
                self.assertEqual((answer.status, answer["Content-Type"]), (200, kind), form)
                self.assertEqual(answer.content, self.contents[form])
        for form in ("MVT", "Mvt", "mv", "mvtc", "mvt.", "mvt.gz2", ".mvt", "zip", "mvt%20"):
            answer = self.server.get("/tilezen/vector/v1/all/0/0/0." + form)
            self.assertEqual((answer.status, answer.text), (404, "Tile not found"), form)

    def test_mvtb_is_no_other_name_for_mvt(self):
        self.assertNotEqual(self.contents["mvt"], self.contents["mvtb"])
        self.assertEqual(self.server.get("/tilezen/vector/v1/all/3/5/3.mvt").body, b"deep")
        self.assertEqual(self.server.get("/tilezen/vector/v1/all/3/5/3.mvtb").text, "Tile not found")

    def test_leading_zeroes_are_the_same_tile(self):
        for target in ("/tilezen/vector/v1/all/003/05/0003.mvt", "/tilezen/vector/v1/00256/all/3/5/3.mvt",
                       f"/tilezen/vector/v1/{'0' * 200}256/all/{'0' * 200}3/{'0' * 200}5/{'0' * 200}3.mvt"):
            self.assertEqual(self.server.get(target).body, b"deep", target)

    def test_no_pixel_size_and_0_are_256(self):
        tags = {self.server.get(f"/tilezen/vector/v1/{size}all/3/5/3.mvt")["ETag"]
                for size in ("", "0/", "000/", "256/", "0256/")}
        self.assertEqual(len(tags), 1)
        self.assertNotIn(None, tags)

    def test_the_bodies_of_both_404s(self):
        self.assertEqual(self.server.get(url_of(Tile(16, 5, 5))).body, b"Metatile not found")
        self.assertEqual(self.server.get(url_of(Tile(0, 0, 0), form="gif")).body, b"Tile not found")

    def test_escapes_are_decoded_within_segments(self):
        self.assertEqual(self.server.get("/%74ilezen/vector/v1/%61ll/%33/5/3%2Emv%74").body, b"deep")
        for target in ("/tilezen%2Fvector/v1/all/3/5/3.mvt", "/tilezen/vector/v1/all/3/5%2f3.mvt"):
            self.assertEqual(self.server.get(target).status, 404, target)
        self.assertEqual(self.server.get(TILE + "%3Fapi_key=a").text, "Tile not found")

    def test_a_query_changes_nothing(self):
        def seen(target, method):
            answer = self.server.get(target, method=method)
            return answer.status, [pair for pair in answer.headers if pair[0] != "Date"], answer.body

        for target in (TILE, url_of(Tile(17, 0, 0)), url_of(Tile(9, 0, 0)), TILEJSON, "/preview.html", "/live",
                       "/nothing"):
            for method in ("GET", "HEAD", "OPTIONS", "POST"):
                plain = seen(target, method)
                for query in ("?", "?api_key=a", "?api_key=%zz", "?/../..", "?a?b", "?api_key=" + "k" * 2000):
                    self.assertEqual(seen(target + query, method), plain, (target, query, method))


class CacheControl(Case):
    def test_follows_its_variables(self):
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
        for settings, said in (({}, "public, max-age=1200, s-maxage=600"),
                               ({"CACHE_MAX_AGE": 0}, "public, max-age=0, s-maxage=600"),
                               ({"SHARED_CACHE_MAX_AGE": 0}, "public, max-age=1200"),
                               ({"SHARED_CACHE_MAX_AGE": ""}, "public, max-age=1200"),
                               ({"CACHE_MAX_AGE": 2419200, "SHARED_CACHE_MAX_AGE": 1209600},
                                "public, max-age=2419200, s-maxage=1209600")):
            with self.subTest(settings), Server(self.folder, **settings) as server:
                self.assertEqual(server.get(TILE)["Cache-Control"], said)
                self.assertEqual(server.get(TILE, {"If-None-Match": "*"})["Cache-Control"], said)
                self.assertEqual(server.get(TILEJSON)["Cache-Control"], "public, max-age=300")
                self.assertEqual(server.get("/preview.html")["Cache-Control"], "public, max-age=60")


class Keys(Case):
    """Which archive is read, told by its content."""

    METATILE = Tile(4, 3, 2)
    TILE = url_of(Tile(6, 12, 8))

    def setUp(self):
        super().setUp()
        for layout in ("NO_HASH", "HASH_PREFIX", "PREFIX_HASH"):
            for layer in ("all", "", "other"):
                key = key_of(self.METATILE, layout, "abc", layer)
                self.put(key, archive({"2/0/0.mvt": key.encode()}))

    def expect(self, settings, layout, layer="all"):
        with self.subTest(settings):
            environment = {"KEY_FORMAT_TYPE": "", "S3_PREFIX": "abc", **settings}
            with Server(self.folder, **environment) as server:
                self.assertEqual(server.get(self.TILE).text, key_of(self.METATILE, layout, "abc", layer))

    def test_include_hash(self):
        for value, layout in (("", "PREFIX_HASH"), ("true", "PREFIX_HASH"), ("false", "NO_HASH"), ("True", "NO_HASH"),
                              ("1", "NO_HASH"), ("yes", "NO_HASH"), (" true", "NO_HASH")):
            self.expect({"INCLUDE_HASH": value}, layout)
        self.expect({}, "PREFIX_HASH")

    def test_key_format_type_wins(self):
        for layout in ("NO_HASH", "HASH_PREFIX", "PREFIX_HASH"):
            for include in ("true", "false", ""):
                self.expect({"INCLUDE_HASH": include, "KEY_FORMAT_TYPE": layout}, layout)

    def test_the_layer(self):
        self.expect({"S3_LAYER": ""}, "PREFIX_HASH", "")
        self.expect({"S3_LAYER": "", "KEY_FORMAT_TYPE": "HASH_PREFIX"}, "HASH_PREFIX", "")
        self.expect({"S3_LAYER": "other"}, "PREFIX_HASH", "other")

    def test_the_deepest_zoom_is_off_where_it_is_empty_or_0(self):
        self.put("all/14/1/1.zip", archive({"2/0/0.mvt": b"at 14"}))
        self.put("all/13/0/0.zip", archive({"2/2/2.mvt": b"at 13, 2", "3/4/4.mvt": b"no such offset"}))
        for value, text in ((None, "at 14"), ("", "at 14"), ("0", "at 14"), ("14", "at 14")):
            settings = {} if value is None else {"METATILE_MAX_DETAIL_ZOOM": value}
            with self.subTest(value), Server(self.folder, **settings) as server:
                self.assertEqual(server.get(url_of(Tile(16, 4, 4))).text, text)
        with Server(self.folder, METATILE_MAX_DETAIL_ZOOM=13) as server:
            self.assertEqual(server.get(url_of(Tile(15, 2, 2), 512)).text, "at 13, 2")


class Refusals(Case):
    def test_values_that_make_no_sense_refuse_to_start(self):
        for name, value in (("KEY_FORMAT_TYPE", "prefix_hash"), ("KEY_FORMAT_TYPE", "HASH"), ("METATILE_SIZE", "3"),
                            ("METATILE_SIZE", "0"), ("CACHE_MAX_AGE", "soon"), ("CACHE_MAX_AGE", "-1"),
                            ("METATILE_MAX_DETAIL_ZOOM", "x"), ("PORT", "http")):
            settings = {"TAPALCATL_STORAGE": self.folder.as_uri(), "HOST": "127.0.0.1", "PORT": "0", name: value}
            done = subprocess.run([BINARY, "serve"], env=environment_of(settings), capture_output=True, text=True,
                                  timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 2, (name, value, done))
            self.assertIn(f"{name}='{value}'", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)


class TileJson(OneServer):
    settings = {"TAPALCATL_MAX_ZOOM": 15}

    def document(self, target=TILEJSON):
        answer = self.get(target)
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "application/json"), answer)
        return json.loads(answer.body)

    def test_names_a_pixel_size_where_its_url_does(self):
        for size, part in (("", ""), ("256/", "256/"), ("512/", "512/"), ("01024/", "1024/"), ("0/", ""), ("00/", "")):
            (url,) = self.document(f"/tilezen/vector/v1/{size}all/tilejson.json.json")["tiles"]
            self.assertEqual(url, f"{self.server.url}tilezen/vector/v1/{part}all/{{z}}/{{x}}/{{y}}.json")

    def test_is_there_for_the_four_formats_alone(self):
        for form in ("mvt", "mvtb", "json", "topojson"):
            self.document(f"/tilezen/vector/v1/all/tilejson.{form}.json")
        for form in ("png", "MVT", "pbf", "mvt.gz", "1"):
            self.assertEqual(self.get(f"/tilezen/vector/v1/all/tilejson.{form}.json").status, 400, form)

    def test_is_valid_by_version_3(self):
        """What TileJSON 3.0.0 asks for, section 3."""
        document = self.document()
        self.assertEqual(document["tilejson"], "3.0.0")
        self.assertTrue(document["tiles"] and all(isinstance(url, str) for url in document["tiles"]))
        self.assertEqual(document["scheme"], "xyz")
        for name in ("name", "attribution"):
            self.assertIsInstance(document[name], str)
        self.assertIn("openstreetmap.org/copyright", document["attribution"])
        least, most = document["minzoom"], document["maxzoom"]
        self.assertEqual((least, most), (0, 15))
        self.assertTrue(type(least) is int and type(most) is int and 0 <= least <= most <= 30)
        west, south, east, north = document["bounds"]
        self.assertTrue(-180 <= west < east <= 180 and -90 <= south < north <= 90)
        longitude, latitude, zoom = document["center"]
        self.assertTrue(west <= longitude <= east and south <= latitude <= north and least <= zoom <= most)
        self.assertEqual(len({layer["id"] for layer in document["vector_layers"]}), len(document["vector_layers"]))
        for layer in document["vector_layers"]:
            self.assertLessEqual(set(layer), {"id", "fields", "description", "minzoom", "maxzoom"})
            self.assertIsInstance(layer["id"], str)
            self.assertTrue(least <= layer["minzoom"] <= layer["maxzoom"] <= most, layer)
            for name, kind in layer["fields"].items():
                self.assertTrue(name and isinstance(kind, str) and kind, layer["id"])

    @unittest.skipUnless(SCHEMA.exists(), f"there is no {SCHEMA.name}")
    def test_has_the_layers_of_the_schema(self):
        wanted = {layer["id"]: layer for layer in json.loads(SCHEMA.read_text())["layers"]}
        layers = {layer["id"]: layer for layer in self.document()["vector_layers"]}
        self.assertEqual(set(layers), set(wanted))
        for name, layer in layers.items():
            self.assertEqual(set(layer["fields"]), set(wanted[name]["fields"]), name)
            self.assertEqual((layer["minzoom"], layer["maxzoom"]),
                             (wanted[name]["minzoom"], min(15, wanted[name]["maxzoom"])), name)

    def test_head_tells_its_length(self):
        get, head = (self.get(TILEJSON, method=method) for method in ("GET", "HEAD"))
        self.assertEqual((head.status, head.body, head["Content-Length"]), (200, b"", str(len(get.body))))


if __name__ == "__main__":
    unittest.main()
