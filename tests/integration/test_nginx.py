"""Behind nginx with a path prefix: what the pages say leads back through it."""

import json
import re
import unittest
from urllib.parse import urljoin, urlsplit

from metatiles import archive, content_for
from proxy import NGINX, OPENSSL, Nginx, documented_location
from support import Case, Server

CONTENT = content_for("a tile", 5000)
TILEJSON = "/tiles/tilezen/vector/v1/512/all/tilejson.mvt.json"


@unittest.skipUnless(NGINX, "there is no nginx")
class Proxied(Case):
    trusted = "127.0.0.1"

    def setUp(self):
        super().setUp()
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
        self.server = Server(self.folder, TAPALCATL_TRUSTED_PROXIES=self.trusted, **self.settings())
        self.server.__enter__()
        self.addCleanup(self.server.__exit__, None, None, None)
        self.nginx = Nginx(documented_location(self.server.port))
        self.nginx.__enter__()
        self.addCleanup(self.nginx.__exit__)

    def settings(self):
        return {}

    def tiles(self, headers=(), tls=False):
        answer = self.nginx.get(TILEJSON, headers, tls)
        self.assertEqual(answer.status, 200, answer)
        return json.loads(answer.content)["tiles"]

    @staticmethod
    def pattern(base):
        return [f"{base}/tilezen/vector/v1/512/all/{{z}}/{{x}}/{{y}}.mvt"]


class Trusted(Proxied):
    def test_tile_urls_have_the_clients_host_and_the_prefix(self):
        own = f"127.0.0.1:{self.nginx.port}"
        self.assertEqual(self.tiles(), self.pattern(f"http://{own}/tiles"))
        self.assertEqual(self.tiles({"Host": "maps.example"}), self.pattern("http://maps.example/tiles"))
        self.assertEqual(self.tiles({"Host": "maps.example:8443"}), self.pattern("http://maps.example:8443/tiles"))

    @unittest.skipUnless(OPENSSL, "there is no openssl")
    def test_tile_urls_have_the_clients_scheme(self):
        self.assertEqual(self.tiles({"Host": "maps.example"}, tls=True), self.pattern("https://maps.example/tiles"))

    def test_tile_urls_lead_to_tiles(self):
        (pattern,) = self.tiles()
        url = urlsplit(pattern.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0"))
        self.assertEqual(url.port, self.nginx.port)
        plain, packed = (self.nginx.get(url.path, {"Accept-Encoding": encoding}) for encoding in ("identity", "gzip"))
        self.assertEqual((plain.body, packed.content), (CONTENT, CONTENT))
        self.assertEqual((packed["Content-Encoding"], packed["Vary"]), ("gzip", "Accept-Encoding"))
        for answer, encoding in ((plain, "identity"), (packed, "gzip")):
            again = self.nginx.get(url.path, {"Accept-Encoding": encoding, "If-None-Match": answer["ETag"]})
            self.assertEqual(again.status, 304)

    def test_what_the_client_says_of_itself_is_not_passed_on(self):
        for headers in ({"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Proto": "https"},
                        {"X-Forwarded-Prefix": "/evil"}, {"Forwarded": "host=evil.example;proto=https"},
                        {"X-Forwarded-For": "127.0.0.1, 127.0.0.1", "X-Forwarded-Host": "evil.example"}):
            self.assertEqual(self.tiles({"Host": "maps.example", **headers}), self.pattern("http://maps.example/tiles"),
                             headers)

    def test_a_host_that_makes_no_sense_is_refused(self):
        self.assertEqual(self.nginx.get(TILEJSON, {"Host": "a\"b"}).status, 400)

    def test_all_of_the_preview_is_below_the_prefix(self):
        base = f"http://127.0.0.1:{self.nginx.port}/tiles/preview.html"
        page = self.nginx.get("/tiles/preview.html")
        self.assertEqual(page.status, 200)
        names = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
        settings = json.loads(re.search(r'<script type="application/json" id="settings">(.*?)</script>', page.text,
                                        re.S)[1])
        own = [name for name in names if not name.startswith(("https:", "data:"))]
        self.assertGreater(len(own), 2)
        for name in [*own, settings["tilejson"], "preview/inspect/vector/0/0/0@2x.mvt"]:
            url = urlsplit(urljoin(base, name))
            self.assertTrue(url.path.startswith("/tiles/"), name)
            self.assertEqual(self.nginx.get(url.path).status, 200, name)
        self.assertEqual(json.loads(self.nginx.get(urlsplit(urljoin(base, settings["tilejson"])).path).content)["tiles"],
                         self.pattern(f"http://127.0.0.1:{self.nginx.port}/tiles"))

    def test_home_links_stay_below_the_prefix(self):
        home = self.nginx.get("/tiles/")
        for link in re.findall(r'href="([^"]+)"', home.text):
            path = urlsplit(urljoin("http://a.example/tiles/", link)).path
            self.assertEqual(self.nginx.get(path).status, 200, link)

    def test_errors_come_through_as_they_are(self):
        for path, status in (("tilezen/vector/v1/all/17/0/0.mvt", 400), ("tilezen/vector/v1/all/9/0/0.mvt", 404),
                             ("nothing", 404)):
            answer = self.nginx.get("/tiles/" + path)
            self.assertEqual((answer.status, answer["Access-Control-Allow-Origin"]), (status, "*"))


class Untrusted(Proxied):
    trusted = "192.0.2.0/24"

    def test_is_not_believed(self):
        self.assertEqual(self.tiles({"Host": "maps.example"}), self.pattern(f"http://127.0.0.1:{self.server.port}"))


class UrlBase(Proxied):
    def settings(self):
        return {"TILES_URL_BASE": "/elsewhere"}

    def test_wins_over_the_prefix_and_not_over_the_host(self):
        self.assertEqual(self.tiles({"Host": "maps.example"}), self.pattern("http://maps.example/elsewhere"))


if __name__ == "__main__":
    unittest.main()
