"""What is served beside tiles: TileJSON, the preview, the server's states."""

import json
import re
import unittest

from client import one_gzip_member
from metatiles import Tile, archive, url_of
from support import Case, OneServer, Server, wait_until

CONTENT = OneServer.CONTENT
TILE = url_of(Tile(0, 0, 0))
TILEJSON = "/tilezen/vector/v1/512/all/tilejson.mvt.json"


class TileJson(OneServer):
    settings = {"TAPALCATL_TRUSTED_PROXIES": "127.0.0.1", "TAPALCATL_NAME": 'A "name" </script>',
                "TAPALCATL_BOUNDS": "9,47,10,48", "TAPALCATL_CENTER": "9.5,47.5,12", "TAPALCATL_MIN_ZOOM": 2,
                "TAPALCATL_MAX_ZOOM": 15}

    def tiles(self, headers=(), target=TILEJSON):
        answer = self.get(target, headers)
        self.assertEqual(answer.status, 200, answer)
        return json.loads(answer.body)["tiles"]

    def test_says_what_was_configured(self):
        for form in ("mvt", "mvtb", "json", "topojson"):
            for size in ("", "256/", "512/", "1024/"):
                answer = self.get(f"/tilezen/vector/v1/{size}all/tilejson.{form}.json", {"Host": "maps.example:81"})
                self.assertEqual((answer.status, answer["Content-Type"]), (200, "application/json"))
                document = json.loads(answer.body)
                self.assertEqual(document["tiles"],
                                 [f"http://maps.example:81/tilezen/vector/v1/{size}all/{{z}}/{{x}}/{{y}}.{form}"])
        self.assertEqual((document["tilejson"], document["name"]), ("3.0.0", self.settings["TAPALCATL_NAME"]))
        self.assertEqual((document["bounds"], document["center"]), ([9, 47, 10, 48], [9.5, 47.5, 12]))
        self.assertEqual((document["minzoom"], document["maxzoom"]), (2, 15))
        self.assertIn("roads", [layer["id"] for layer in document["vector_layers"]])

    def test_its_tile_urls_lead_to_tiles(self):
        (pattern,) = self.tiles()
        url = pattern.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0")
        self.assertTrue(url.startswith(self.server.url))
        self.assertEqual(self.get(url[len(self.server.url) - 1:]).body, CONTENT)

    def test_believes_trusted_proxies(self):
        for headers in ({"X-Forwarded-Host": "maps.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/a/"},
                        {"Forwarded": 'for=192.0.2.1;host=maps.example;proto=https', "X-Forwarded-Prefix": "/a"}):
            self.assertEqual(self.tiles(headers), ["https://maps.example/a/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt"])

    def test_hosts_that_make_no_sense_are_400(self):
        for headers in ({"Host": "a b"}, {"Host": "a/b"}, {"Host": "<script>"}, {"Host": "user@host"}, {"Host": ""},
                        {"X-Forwarded-Host": "a\"b"}, {"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "a"},
                        {"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Host": "a"}):
            with self.server.connect() as connection:
                self.assertEqual(connection.request(TILEJSON, headers).status, 400, headers)

    def test_has_an_etag(self):
        tag = self.get(TILEJSON)["ETag"]
        self.assertEqual(self.get(TILEJSON, {"If-None-Match": tag}).status, 304)
        self.assertEqual(self.get(TILEJSON, {"If-None-Match": tag, "Host": "other.example"}).status, 200)


class Untrusted(OneServer):
    settings = {"TAPALCATL_TRUSTED_PROXIES": "192.0.2.0/24"}

    def test_proxies_are_not_believed(self):
        answer = self.get(TILEJSON, {"Host": "maps.example", "X-Forwarded-Host": "evil.example",
                                     "X-Forwarded-Proto": "https",
                                     "Forwarded": "host=evil.example", "X-Forwarded-Prefix": "/evil"})
        self.assertTrue(json.loads(answer.body)["tiles"][0].startswith("http://maps.example/tilezen"))


class UrlBase(OneServer):
    settings = {"TILES_URL_BASE": "https://{s}.tiles.example/x/", "TAPALCATL_TRUSTED_PROXIES": "127.0.0.1"}

    def test_always_wins(self):
        answer = self.get(TILEJSON, {"X-Forwarded-Host": "maps.example"})
        self.assertEqual(json.loads(answer.body)["tiles"],
                         [f"https://{letter}.tiles.example/x/tilezen/vector/v1/512/all/{{z}}/{{x}}/{{y}}.mvt"
                          for letter in "abcd"])

    def test_the_preview_may_ask_there(self):
        self.assertIn("connect-src 'self' https://a.tiles.example https://b",
                      self.get("/preview.html")["Content-Security-Policy"])


class Pages(OneServer):
    settings = {"TILES_PREVIEW_API_KEY": "</script><b>key"}

    def test_home_links_all(self):
        answer = self.get("/")
        self.assertEqual((answer.status, answer["Content-Type"]), (200, "text/html; charset=utf-8"))
        links = re.findall(r'href="([^"]+)"', answer.text)
        self.assertLessEqual({"preview.html", TILEJSON[1:], "health_check", "ready", "live"}, set(links))
        for link in links:
            self.assertEqual(self.get("/" + link).status, 200, link)

    def test_states(self):
        for target in ("/live", "/ready", "/health_check"):
            answer = self.get(target)
            self.assertEqual((answer.status, answer.text, answer["Cache-Control"]), (200, "OK", "no-store"))

    def test_the_preview_has_all_that_it_names(self):
        page = self.get("/preview.html")
        self.assertEqual((page.status, page["Content-Type"]), (200, "text/html; charset=utf-8"))
        names = re.findall(r'(?:src|href)="(preview/[^"]+)"', page.text)
        self.assertTrue(any(name.endswith(".js") for name in names) and any(name.endswith(".css") for name in names))
        for name in names:
            for encoding in ("gzip", "identity"):
                asset = self.get("/" + name, {"Accept-Encoding": encoding})
                self.assertEqual((asset.status, asset["X-Content-Type-Options"]), (200, "nosniff"), name)
                if name.endswith((".js", ".css")):
                    self.assertIn("immutable", asset["Cache-Control"], name)
                self.assertEqual(asset["Content-Encoding"] == "gzip", encoding == "gzip")
                kind = {"js": "text/javascript", "css": "text/css", "txt": "text/plain"}[name.rsplit(".", 1)[1]]
                self.assertTrue(asset["Content-Type"].startswith(kind), (name, asset["Content-Type"]))
                again = self.get("/" + name, {"Accept-Encoding": encoding, "If-None-Match": asset["ETag"]})
                self.assertEqual(again.status, 304)

    def test_both_encodings_of_the_page_are_the_same(self):
        plain, packed = (self.get("/preview.html", {"Accept-Encoding": name}) for name in ("identity", "gzip"))
        self.assertEqual(one_gzip_member(packed.body), plain.body)
        self.assertNotEqual(plain["ETag"], packed["ETag"])

    def test_the_page_is_kept_to_itself(self):
        page = self.get("/preview.html")
        policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
        self.assertEqual((policy["default-src"], policy["connect-src"], policy["base-uri"]), ("'none'", "'self'",
                                                                                              "'none'"))
        self.assertNotIn("unsafe", policy["script-src"])
        self.assertEqual(page["Referrer-Policy"], "no-referrer")
        for script in re.findall(r"<script([^>]*)>", page.text):
            self.assertTrue('src="preview/' in script or 'type="application/json"' in script, script)

    def test_a_key_cannot_break_out_of_the_page(self):
        text = self.get("/preview.html").text
        self.assertNotIn("</script><b>", text)
        settings = re.search(r'<script type="application/json" id="settings">(.*?)</script>', text, re.S)[1]
        self.assertEqual(json.loads(settings)["api_key"], self.settings["TILES_PREVIEW_API_KEY"])

    def test_what_the_preview_shows_of_a_tile(self):
        answer = self.get("/preview/inspect/vector/0/0/0.mvt")
        document = json.loads(answer.body)
        self.assertEqual({name: document[name] for name in ("tile", "px", "metatile", "offset", "key", "size",
                                                            "method")},
                         {"tile": "0/0/0", "px": 256, "metatile": "0/0/0", "offset": "0/0/0", "key": "all/0/0/0.zip",
                          "size": len(CONTENT), "method": "deflate"})
        self.assertEqual(document["etag"], self.get(TILE, {"Accept-Encoding": "gzip"})["ETag"])
        missing = self.get("/preview/inspect/vector/9/0/0.mvt")
        self.assertEqual((missing.status, json.loads(missing.body)["status"]), (200, 404))
        self.assertEqual(self.get("/preview/inspect/vector/31/0/0.mvt").status, 400)


class NoPreview(OneServer):
    settings = {"TAPALCATL_PREVIEW": "off"}

    def test_is_as_if_there_were_none(self):
        for target in ("/preview.html", "/preview/inspect/vector/0/0/0.mvt"):
            self.assertEqual(self.get(target).status, 404)
        self.assertNotIn("preview.html", self.get("/").text)


class Health(Case):
    def test_follows_the_storage(self):
        storage = self.folder / "tiles"
        self.put("tiles/all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
        with Server(storage) as server, Server(storage) as other:
            self.assertEqual(server.get("/health_check").text, "OK")
            storage.rename(self.folder / "away")
            answer = other.get("/health_check")
            self.assertEqual((answer.status, answer["Cache-Control"]), (503, "no-store"))
            self.assertNotIn(str(self.folder), answer.text)
            self.assertTrue(answer["Retry-After"].isdigit())
            wait_until(lambda: server.get("/health_check").status == 503, "an outage")  # a look is kept for 5 s
            self.assertEqual((server.get("/live").status, server.get("/ready").status), (200, 200))
            (self.folder / "away").rename(storage)
            wait_until(lambda: other.get("/health_check").status == 200, "the end of the outage")
            self.assertEqual(other.get(TILE).body, CONTENT)

    def test_regions_without_the_world_are_healthy(self):
        with Server(self.folder) as server:
            self.assertEqual((server.get("/health_check").status, server.get("/health_check").text), (200, "OK"))

    def test_a_damaged_metatile_is_told(self):
        self.put("all/0/0/0.zip", b"no archive")
        with Server(self.folder) as server:
            self.assertEqual(server.get("/health_check").status, 503)


class Interfaces(Case):
    def test_all_interfaces_of_both_families_unless_told(self):
        with Server(self.folder, HOST="") as server:
            for host in ("127.0.0.1", "::1"):
                try:
                    connection = server.connect(host=host)
                except OSError as problem:
                    self.assertEqual(host, "::1", problem)  # not every machine has IPv6
                    continue
                with connection:
                    self.assertEqual(connection.request("/live", {"Host": "a"}).text, "OK")

    def test_only_the_one_that_is_named(self):
        with Server(self.folder, HOST="127.0.0.2") as server:
            with self.assertRaises(ConnectionRefusedError):
                server.connect(host="127.0.0.1")
            with server.connect(host="127.0.0.2") as connection:
                self.assertEqual(connection.request("/live").text, "OK")


if __name__ == "__main__":
    unittest.main()
