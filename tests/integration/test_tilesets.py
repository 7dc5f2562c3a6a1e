"""Tilesets that the arguments of serve name: what is found out about each, their routes, and the catalog."""

import json
import subprocess
import unittest
from pathlib import Path

import support
from metatiles import LAYOUTS, MVT, Tile, archive, content_for, entry_of, key_of
from s3_support import BUCKET, S3Case

import faults

DEEPEST = Tile(5, 17, 10)
METATILES = [Tile(zoom, DEEPEST.x >> (5 - zoom), DEEPEST.y >> (5 - zoom)) for zoom in range(6)]
PNG = b"\x89PNG\r\n\x1a\n"


def offsets(depth):
    return [Tile(z, x, y) for z in range(depth + 1) for x in range(2 ** z) for y in range(2 ** z)]


def metatile(of, name, forms=("mvt", "json"), depth=2):
    """The archive of a metatile: all its tiles down to an offset."""
    return archive({entry_of(offset, form): content_for(f"{name} {form} {of} {offset}")
                    for offset in offsets(depth) for form in forms})


class Tilesets(support.Case):
    def put_tileset(self, name, layout="NO_HASH", prefix="", layer="all", **how):
        for each in METATILES:
            self.put(f"{name}/{key_of(each, layout, prefix, layer)}", metatile(each, name, **how))
        return Path(self.folder, name)

    def server(self, *arguments, **settings):
        return self.enterContext(support.Server(None, arguments=arguments, KEY_FORMAT_TYPE="", **settings))

    def document(self, server, target):
        answer = server.get(target)
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "application/json"), answer)
        return json.loads(answer.body)

    def expect_tile(self, server, target, content, content_type=MVT):
        answer = server.get(target)
        self.assertEqual((answer.status, answer["Content-Type"]), (200, content_type), (target, answer))
        self.assertEqual(answer.body, content, target)

    def refused(self, *arguments, **settings):
        """The exit code and the message of a server that does not start."""
        environment = support.environment_of({"PORT": 0, "HOST": "127.0.0.1", **settings})
        ended = subprocess.run([support.BINARY, "serve", *map(str, arguments)], env=environment, timeout=60,
                               capture_output=True, text=True, check=False)
        return ended.returncode, ended.stderr

    def test_each_folder_is_a_tileset_of_its_name(self):
        server = self.server(self.put_tileset("one"), self.put_tileset("two"))
        for name in ("one", "two"):
            # 7/68/40 is the first of the smallest tiles of the deepest metatile; two sizes of it are larger tiles.
            for target, of, offset in ((f"/{name}/7/68/40.mvt", DEEPEST, Tile(2, 0, 0)),
                                       (f"/{name}/6/34/20@2x.mvt", DEEPEST, Tile(1, 0, 0)),
                                       (f"/{name}/5/17/10@4x.mvt", DEEPEST, Tile(0, 0, 0)),
                                       (f"/{name}/0/0/0@1x.mvt", METATILES[0], Tile(0, 0, 0))):
                self.expect_tile(server, target, content_for(f"{name} mvt {of} {offset}"))
            self.expect_tile(server, f"/{name}/7/68/40.json", content_for(f"{name} json {DEEPEST} {Tile(2, 0, 0)}"),
                             "application/json")

    def test_all_layouts_of_keys_are_found_out(self):
        arguments = [self.put_tileset(f"t-{number}", layout, prefix, layer)
                     for number, (layout, prefix, layer) in enumerate(
                         (layout, prefix, layer) for layout in LAYOUTS for prefix in ("", "20260901")
                         for layer in ("all", "water"))]
        server = self.server(*arguments)
        for number, _ in enumerate(arguments):
            self.expect_tile(server, f"/t-{number}/6/34/20@2x.mvt", content_for(f"t-{number} mvt {DEEPEST} {Tile(1, 0, 0)}"))
        self.assertEqual(len([line for line in server.stderr.now() if " tileset t-" in line]), len(arguments))

    def test_what_was_found_out_is_told_in_a_line(self):
        server = self.server(self.put_tileset("one", "PREFIX_HASH", "20260901"))
        (line,) = [line for line in server.stderr.now() if "tileset one" in line]
        self.assertIn("PREFIX_HASH, prefix 20260901, layer all; metatiles of 4 by 4 tiles; mvt, json; zooms 0 to 7", line)

    def test_what_is_set_is_not_looked_for(self):
        folder = self.put_tileset("one", depth=1)
        found = self.server(folder)
        self.assertEqual(self.document(found, "/one@2x.json")["maxzoom"], 5)
        given = self.server(folder, METATILE_SIZE=4, TAPALCATL_NAME="A name", TAPALCATL_MAX_ZOOM=6)
        self.assertEqual([self.document(given, "/one@4x.json")[name] for name in ("name", "maxzoom")], ["A name", 6])
        code, message = self.refused(folder, S3_PREFIX="20260901")
        self.assertEqual(code, 3, message)
        self.assertIn("no metatile found", message)

    def test_a_name_may_be_given(self):
        server = self.server(f"world={self.put_tileset('20260901')}")
        self.expect_tile(server, "/world/0/0/0.mvt", content_for(f"20260901 mvt {METATILES[0]} {Tile(0, 0, 0)}"))
        self.assertEqual(server.get("/20260901/0/0/0.mvt").status, 404)

    def test_tilejson_leads_to_tiles(self):
        server = self.server(self.put_tileset("one"))
        for target, size, deepest in (("/one.json", "@2x", 6), ("/one@1x.json", "", 7), ("/one@4x.json", "@4x", 5)):
            document = self.document(server, target)
            self.assertEqual(document["tiles"], [f"{server.url}one/{{z}}/{{x}}/{{y}}{size}.mvt"])
            self.assertEqual((document["tilejson"], document["name"]), ("3.0.0", "one"))
            self.assertEqual((document["minzoom"], document["maxzoom"]), (0, deepest))
            self.assertIn("roads", [layer["id"] for layer in document["vector_layers"]])
            longitude, latitude, zoom = document["center"]
            self.assertTrue(11.25 < longitude < 22.5 and 48.9 < latitude < 55.8 and zoom == 5, document["center"])
            url = document["tiles"][0].format(z=0, x=0, y=0)
            self.assertEqual(server.get(url[len(server.url) - 1:]).status, 200)
        self.assertEqual(server.get("/one@8x.json").status, 404)
        self.assertEqual(server.get("/one@0x.json").status, 400)

    def test_raster_tiles(self):
        for each in METATILES:
            self.put(f"relief/{key_of(each, 'NO_HASH')}", archive({"0/0/0.png": PNG + content_for(str(each))}))
        server = self.server(Path(self.folder, "relief"))
        document = self.document(server, "/relief.json")
        self.assertEqual(document["tiles"], [f"{server.url}relief/{{z}}/{{x}}/{{y}}.png"])
        self.assertEqual((document["tileSize"], document["maxzoom"]), (256, 5))
        self.assertNotIn("vector_layers", document)
        self.assertNotIn("attribution", document)
        self.expect_tile(server, "/relief/5/17/10.png", PNG + content_for(str(DEEPEST)), "image/png")

    def test_the_catalog_lists_all(self):
        server = self.server(self.put_tileset("one"), self.put_tileset("two", forms=("json",)))
        one, two = self.document(server, "/catalog.json")["tilesets"]
        self.assertEqual((one["id"], one["tilejson"]), ("one", f"{server.url}one.json"))
        self.assertEqual((one["minzoom"], one["maxzoom"]), (0, 7))
        self.assertEqual(one["formats"], [{"extension": "mvt", "content_type": MVT},
                                          {"extension": "json", "content_type": "application/json"}])
        self.assertEqual(one["scales"], [{"scale": 1, "maxzoom": 7}, {"scale": 2, "maxzoom": 6}, {"scale": 4, "maxzoom": 5}])
        self.assertEqual([each["extension"] for each in two["formats"]], ["json"])
        self.assertEqual(self.document(server, two["tilejson"][len(server.url) - 1:])["tiles"],
                         [f"{server.url}two/{{z}}/{{x}}/{{y}}.json"])

    def test_beyond_zooms_and_sizes_there_is_nothing(self):
        server = self.server(self.put_tileset("one"), TAPALCATL_BOUNDS="9,47,23,56")
        self.assertEqual(server.get("/one/7/68/40.mvt").status, 200)
        for target in ("/one/8/136/80.mvt",     # too deep
                       "/one/7/68/40@2x.mvt",   # too deep for this size
                       "/one/7/68/40@8x.mvt",   # no such size
                       "/one/7/10/40.mvt",      # outside of the bounds
                       "/one/7/68/40.pbf", "/three/7/68/40.mvt", "/three.json", "/one/7/68.mvt"):
            self.assertEqual(server.get(target).status, 404, target)
        for target in ("/one/31/0/0.mvt", "/one/1/2/0.mvt", "/one/0/0/0@0x.mvt"):
            self.assertEqual(server.get(target).status, 400, target)

    def test_the_routes_of_tapalcatl_py_belong_to_its_settings(self):
        server = self.server(self.put_tileset("one"))
        for target in ("/tilezen/vector/v1/all/0/0/0.mvt", "/tilezen/vector/v1/all/tilejson.mvt.json",
                       "/tilezen/landcover/v1/512/all/0/0/0.mvt"):
            self.assertEqual(server.get(target).status, 404, target)
        self.assertEqual(server.get("/health_check").status, 200)

    def test_the_vector_tiles_of_its_settings_have_a_name_too(self):
        folder = self.put_tileset("one")
        with support.Server(folder, TAPALCATL_MAX_ZOOM=7) as server:
            self.assertEqual([each["id"] for each in self.document(server, "/catalog.json")["tilesets"]], ["vector"])
            for size, pixels in (("", 256), ("@2x", 512)):
                tile = server.get(f"/vector/5/17/10{size}.mvt")
                same = server.get(f"/tilezen/vector/v1/{pixels}/all/5/17/10.mvt")
                self.assertEqual((tile.status, tile.body, tile["ETag"], tile["Cache-Control"]),
                                 (200, same.body, same["ETag"], same["Cache-Control"]))

    def test_arguments_that_make_no_sense(self):
        self.put("empty/readme.txt", b"nothing")
        self.put("odd/all/0/0/0.zip", archive({"readme.txt": b"nothing"}))
        one = self.put_tileset("one")
        for arguments, code, *words in (
                ([Path(self.folder, "nowhere")], 3, "nowhere", "no such folder"),
                ([Path(self.folder, "empty", "readme.txt")], 2, "readme.txt", "expected a folder"),
                ([Path(self.folder, "empty")], 3, "empty", "no metatile found"),
                ([Path(self.folder, "odd")], 4, "odd", "named like a tile"),
                (["ftp://host/tiles"], 2, "ftp://host/tiles", "https://"),
                ([one, one], 2, "two tilesets have the name one"),
                ([f"catalog={one}"], 3, "catalog="),
                (["/"], 2, "the name of the tileset would be ''", "NAME=/")):
            with self.subTest(arguments):
                exit_code, message = self.refused(*arguments)
                self.assertEqual(exit_code, code, message)
                for word in words:
                    self.assertIn(word, message)


class ConfigurationFile(Tilesets):
    def config(self, text):
        self.put("config.yaml", text.encode())
        return Path(self.folder, "config.yaml")

    def test_its_tilesets_have_settings_of_their_own(self):
        one, two = self.put_tileset("one"), self.put_tileset("two", "PREFIX_HASH", "20260901")
        server = self.server(TAPALCATL_CONFIG=self.config(f"""
            cache_max_age: 60
            key_format_type: NO_HASH
            tilesets:
              one:
                storage: {one.as_uri()}
                max_zoom: 7
                description: The first
                formats: [mvt]
              zwei:
                storage: {two.parent.as_uri()}/${{FOLDER}}
                key_format_type: PREFIX_HASH
                s3_prefix: "20260901"
                cache_max_age: 5
                missing_tile: 204
                bounds: [9, 47, 23, 56]
            """), FOLDER="two")
        for name, folder, age in (("one", "one", 60), ("zwei", "two", 5)):
            tile = server.get(f"/{name}/7/68/40.mvt")
            self.assertEqual((tile.status, tile.body), (200, content_for(f"{folder} mvt {DEEPEST} {Tile(2, 0, 0)}")))
            self.assertTrue(tile["Cache-Control"].startswith(f"public, max-age={age},"), tile["Cache-Control"])
        self.assertEqual([server.get(f"/{name}/5/0/0.mvt").status for name in ("one", "zwei")], [404, 204])
        self.assertEqual(self.document(server, "/one.json")["description"], "The first")
        self.assertEqual(self.document(server, "/zwei.json")["bounds"], [9, 47, 23, 56])
        self.assertEqual([each["id"] for each in self.document(server, "/catalog.json")["tilesets"]], ["one", "zwei"])

    def routed(self, routes, **more):
        """A server with the tileset "two", whose builds 20260901 and 20261128 have the layers all and water."""
        for prefix in ("20260901", "20261128"):
            for layer in ("all", "water"):
                for each in METATILES:
                    self.put(f"two/{key_of(each, 'PREFIX_HASH', prefix, layer)}", metatile(each, f"{prefix} {layer}"))
        return self.server(TAPALCATL_CONFIG=self.config(f"""
            tilesets:
              two:
                storage: {Path(self.folder, "two").as_uri()}
                key_format_type: PREFIX_HASH
                s3_prefix: "20260901"
                max_zoom: 7
                routes: {json.dumps(routes)}
            """), **more)

    def test_routes_have_variables(self):
        server = self.routed(["/tilezen/vector/v1/{prefix}/{size}/{layer}/{z}/{x}/{y}.{format}",
                              "/v1/{z:[0-9]+}/{x:[0-9]+}/{y:[0-9]+}.{fmt:(topojson|json|mvt|mvtb)}",
                              "/v1/{z:[0-9]+}/{x}/{y}@{scale}x.{fmt}"])
        for target, build, offset in (("/two/7/68/40.mvt", "20260901 all", Tile(2, 0, 0)),
                                      ("/v1/7/68/40.mvt", "20260901 all", Tile(2, 0, 0)),
                                      ("/v1/6/34/20@2x.mvt", "20260901 all", Tile(1, 0, 0)),
                                      ("/tilezen/vector/v1/20261128/256/all/7/68/40.mvt", "20261128 all", Tile(2, 0, 0)),
                                      ("/tilezen/vector/v1/20261128/512/water/6/34/20.mvt", "20261128 water", Tile(1, 0, 0)),
                                      ("/tilezen/vector/v1/20260901/256/water/7/68/40.mvt", "20260901 water", Tile(2, 0, 0))):
            for _ in range(2):  # out of the archive, and out of memory
                self.expect_tile(server, target, content_for(f"{build} mvt {DEEPEST} {offset}"))
        for target, status in (("/v1/7/68/40.png", 404), ("/v1/7/68/x.mvt", 404), ("/v1/3/9/0.mvt", 400),
                               ("/v1/7/68/40@0x.mvt", 400), ("/v1/7/68/40@3x.mvt", 404), ("/v1/7/68/40@2x.mvt", 404),
                               ("/tilezen/vector/v1/none/256/all/7/68/40.mvt", 404),
                               ("/tilezen/vector/v1/../256/all/7/68/40.mvt", 400),
                               ("/tilezen/vector/v1/a%2Fb/256/all/7/68/40.mvt", 400),
                               ("/tilezen/vector/v1/a%20b/256/all/7/68/40.mvt", 400),
                               ("/tilezen/vector/v1/20261128/256/all/7/68/40", 404)):
            self.assertEqual(server.get(target).status, status, target)
        tile = server.get("/v1/7/68/40.mvt")
        self.assertEqual(server.get("/v1/7/68/40.mvt", {"If-None-Match": tile["ETag"]}).status, 304)

    def test_a_wrong_route_is_told_with_its_place(self):
        config = self.config("tilesets:\n  one:\n    storage: s3://tiles/a\n    routes:\n      - /a/{z}/{x}\n")
        code, message = self.refused("--config", config)
        self.assertEqual(code, 2)
        self.assertIn(f"{config}:5:9: route '/a/{{z}}/{{x}}': expected the variables", message)

    def test_arguments_are_served_beside_them(self):
        one, two = self.put_tileset("one"), self.put_tileset("two")
        config = self.config(f"tilesets: {{one: {{storage: '{one.as_uri()}', key_format_type: NO_HASH}}}}")
        server = self.server("--config", config, two)
        for name in ("one", "two"):
            self.assertEqual(server.get(f"/{name}/7/68/40.mvt").status, 200)

    def test_without_tilesets_it_has_the_settings_of_the_usual_routes(self):
        one = self.put_tileset("one")
        server = self.server("--config", self.config(f"storage: {one.as_uri()}\nkey_format_type: NO_HASH"))
        self.assertEqual(server.get("/tilezen/vector/v1/all/7/68/40.mvt").status, 200)

    def test_all_its_faults_are_told_at_once(self):
        config = self.config("cache_sise: 1\ntilesets:\n  one:\n    storage: ftp://host\n    prot: 1\n")
        code, message = self.refused("--config", config)
        self.assertEqual(code, 2)
        for words in (f"{config}:1:1: unknown setting 'cache_sise': did you mean 'cache_size'?", f"{config}:4:14: ",
                      f"{config}:5:5: "):
            self.assertIn(words, message)
        code, message = self.refused(TAPALCATL_CONFIG=config.parent / "none.yaml")
        self.assertEqual(code, 2)
        self.assertIn("none.yaml: no such file", message)

    def limited(self):
        one, two = self.put_tileset("one"), self.put_tileset("two")
        return self.server("--config", self.config(f"""
            key_format_type: NO_HASH
            headers: {{X-Build: "20261128"}}
            tilesets:
              one:
                storage: {one.as_uri()}
                cors_origins: ["https://maps.example", "http://localhost:3000"]
                headers: {{X-Set: one}}
              two: {{storage: "{two.as_uri()}"}}
            """))

    def test_its_tilesets_have_origins_of_their_own(self):
        server = self.limited()
        known, other = "https://maps.example", "https://other.example"
        with server.connect() as connection:
            for _ in range(3):  # so that responses are sent again, which are those with gzip
                for origin, allowed in ((known, known), ("http://localhost:3000", "http://localhost:3000"), (other, None),
                                        (None, None)):
                    headers = [("Accept-Encoding", "gzip"), *([("Origin", origin)] if origin else [])]
                    for target in ("/one/7/68/40.mvt", "/one/30/0/0.mvt", "/one.json"):
                        answer = connection.request(target, headers)
                        self.assertEqual(answer["Access-Control-Allow-Origin"], allowed, (origin, answer))
                        self.assertTrue(answer["Vary"].endswith("Origin"), answer)
                    answer = connection.request("/two/7/68/40.mvt", headers)
                    self.assertEqual((answer["Access-Control-Allow-Origin"], answer["Vary"]), ("*", "Accept-Encoding"))
        preflight = server.get("/one/7/68/40.mvt", [("Origin", other)], method="OPTIONS")
        self.assertEqual((preflight.status, preflight["Access-Control-Allow-Origin"]), (204, None))

    def test_its_headers_are_sent_with_tiles_and_tilejson(self):
        server = self.limited()
        for target in ("/one/7/68/40.mvt", "/one.json"):
            answer = server.get(target)
            self.assertEqual((answer["X-Build"], answer["X-Set"]), ("20261128", "one"), target)
            self.assertEqual(server.get(target, [("If-None-Match", answer["ETag"])]).status, 304)
        answer = server.get("/two/7/68/40.mvt")
        self.assertEqual((answer["X-Build"], answer["X-Set"]), ("20261128", None))
        self.assertEqual(server.get("/one/5/0/0.mvt")["X-Build"], None)

    def test_nothing_is_opened_before_it_is_asked_for(self):
        text = "key_format_type: NO_HASH\ntilesets:\n" + "".join(
            f"  t{number}: {{storage: 's3://{BUCKET}', s3_prefix: p{number}}}\n" for number in range(500))
        server = self.server("--config", self.config(text), AWS_ENDPOINT_URL_S3="http://127.0.0.1:1",
                             AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_REGION="us-east-1")
        self.assertEqual(len(self.document(server, "/catalog.json")["tilesets"]), 500)
        self.assertEqual(self.document(server, "/t499.json")["name"], "t499")


class InBuckets(S3Case):
    def server_of(self, s3, *arguments, **more):
        settings = self.settings(s3, S3_BUCKET=None, KEY_FORMAT_TYPE="", **more)
        return self.enterContext(support.Server(None, arguments=arguments, **settings))

    def put_all(self, s3, name, layout="PREFIX_HASH"):
        for each in METATILES:
            s3.put(f"{name}/{key_of(each, layout, '20260901')}", metatile(each, name))

    def test_a_prefix_of_a_bucket_is_a_tileset(self):
        s3 = self.serve_s3()
        self.put_all(s3, "one")
        self.put_all(s3, "sets/two", "NO_HASH")
        server = self.server_of(s3, f"s3://{BUCKET}/one", f"s3://{BUCKET}/sets/two")
        for name, place in (("one", "one"), ("two", "sets/two")):
            answer = server.get(f"/{name}/7/68/40.mvt")
            self.assertEqual((answer.status, answer.body), (200, content_for(f"{place} mvt {DEEPEST} {Tile(2, 0, 0)}")))

    def test_an_outage_of_one_is_none_of_the_others(self):
        s3 = self.serve_s3()
        self.put_all(s3, "one")
        self.put_all(s3, "two")
        server = self.server_of(s3, f"s3://{BUCKET}/one", f"s3://{BUCKET}/two")
        s3.suffer(faults.denied(), when=lambda request, key: key.startswith("one/"))
        self.assertEqual(server.get("/two/7/68/40.mvt").status, 200)
        failed = server.get("/one/7/68/40.mvt")
        self.assertEqual(failed.status, 502)
        self.assertNotIn(BUCKET, failed.text)
        self.assertEqual(server.get("/health_check").status, 503)


if __name__ == "__main__":
    unittest.main()
