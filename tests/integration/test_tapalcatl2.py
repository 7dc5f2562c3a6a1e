"""Tapalcatl 2 tilesets, each from the meta.json that an argument of serve names: addresses, headers, and what is wrong."""

import gzip
import io
import json
import unittest
import zipfile
from pathlib import Path

import support
from s3_support import BUCKET, S3Case
from support import REPOSITORY, wait_until

import faults

TONER = REPOSITORY.parent / "shared/data/tapalcatl2/toner"
META = {"tapalcatl": "2.0.0", "name": "small", "attribution": "Us", "minzoom": 0, "maxzoom": 4, "bounds": [-180, -85, 180, 85],
        "formats": {"txt": [{"Content-Type": "text/x-tile"}, {"X-Of": "tileset"}]}, "metatile": 2,
        "materializedZooms": [0, 3], "source": "{z}/{x}/{y}.zip"}


def archive(entries, comment=b"", method=zipfile.ZIP_DEFLATED):
    """An archive of (name, content, comment)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as opened:
        for name, content, of_entry in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.comment = of_entry
            opened.writestr(entry, content)
        opened.comment = comment
    return out.getvalue()


class Tapalcatl2(support.Case):
    def put_meta(self, name="small", **changes):
        meta = {key: value for key, value in {**META, **changes}.items() if value is not None}
        return self.put(f"{name}/meta.json", json.dumps(meta).encode())

    def server(self, *arguments, **settings):
        return self.enterContext(support.Server(None, arguments=arguments, KEY_FORMAT_TYPE="", **settings))

    def test_a_tile_comes_from_the_archive_that_the_meta_json_names(self):
        meta = self.put_meta()
        self.put("small/3/4/2.zip", archive([("4/11/5.txt", b"a tile " * 100, b"")]))
        self.put("small/0/0/0.zip", archive([("2/1/1.txt", b"above", b"")]))
        server = self.server(meta)
        answer = server.get("/small/4/11/5.txt")
        self.assertEqual((answer.status, answer.body), (200, b"a tile " * 100))
        self.assertEqual((answer["Content-Type"], answer["X-Of"]), ("text/x-tile", "tileset"))
        self.assertEqual(server.get("/small/2/1/1.txt").body, b"above")
        self.assertEqual(server.get("/small/4/11/6.txt").status, 404)
        about = json.loads(server.get("/small.json").body)
        self.assertEqual((about["name"], about["attribution"], about["minzoom"], about["maxzoom"]), ("small", "Us", 0, 4))
        self.assertEqual([each["name"] for each in json.loads(server.get("/catalog.json").body)["tilesets"]], ["small"])

    @unittest.skipUnless(TONER.is_dir(), "the toner tiles are not here")
    def test_real_tiles(self):
        server = self.server(TONER / "meta.json")
        for path in sorted(TONER.glob("*/*/*.zip")):
            with zipfile.ZipFile(path) as opened:
                for name in opened.namelist():
                    answer = server.get(f"/toner/{name}")
                    self.assertEqual((answer.status, answer["Content-Type"]), (200, "image/png"), name)
                    self.assertEqual(answer.body, opened.read(name), name)
        self.assertEqual(server.get("/toner/2/3/3@2x.png")["X-Root"], "2/3/3")
        self.assertEqual(server.get("/toner/4/0/0@2x.png").status, 404)
        self.assertEqual(server.get("/toner/2/3/3@2x.webp").status, 404)

    def test_entity_tags_cover_headers(self):
        meta = self.put_meta()
        self.put("small/0/0/0.zip", archive([("0/0/0.txt", b"same", b""), ("1/0/0.txt", b"same", b'{"X-Of":"entry"}')]))
        server = self.server(meta)
        one, other = server.get("/small/0/0/0.txt"), server.get("/small/1/0/0.txt")
        self.assertEqual((one["X-Of"], other["X-Of"]), ("tileset", "entry"))
        self.assertNotEqual(one["ETag"], other["ETag"])
        self.assertEqual(server.get("/small/1/0/0.txt", [("If-None-Match", other["ETag"])]).status, 304)

    def test_content_that_is_gzip_is_not_compressed_again(self):
        meta = self.put_meta(formats={"txt": [{"Content-Type": "text/x-tile"}, {"Content-Encoding": "gzip"}]})
        text = b"a tile " * 100
        self.put("small/0/0/0.zip", archive([("0/0/0.txt", gzip.compress(text), b"")], method=zipfile.ZIP_STORED))
        server = self.server(meta)
        answer = server.get("/small/0/0/0.txt", [("Accept-Encoding", "gzip")])
        self.assertEqual((answer["Content-Encoding"], gzip.decompress(answer.body)), ("gzip", text))
        plain = server.get("/small/0/0/0.txt")
        self.assertEqual((plain["Content-Encoding"], plain.body), (None, text))

    def test_hostile_comments_do_no_harm(self):
        forged = json.dumps([{"X-A": "1\r\nX-B: 2"}, {"Content-Length": "1"}, {"Transfer-Encoding": "chunked"},
                             {"Connection": "close"}, {"Set-Cookie": "a=b"}, {"X-C\r\n\r\n": "3"}, {"X-D": "4"}]).encode()
        comments = [b"made by hand", b"[" * 65_535, b"{" * 65_535, b"\xff\x00\r\n" * 10_000, forged,
                    json.dumps({"headers": [{"X-A": "a" * 60_000}]}).encode()]
        for number, comment in enumerate(comments):
            self.put(f"t{number}/0/0/0.zip", archive([("0/0/0.txt", b"a tile", comment)], comment))
        server = self.server(*(self.put_meta(f"t{number}") for number, _ in enumerate(comments)))
        for number, comment in enumerate(comments):
            answer = server.get(f"/t{number}/0/0/0.txt")
            self.assertEqual((answer.status, answer.body, answer["X-Of"]), (200, b"a tile", "tileset"), comment[:20])
            for name in ("X-A", "X-B", "Transfer-Encoding", "Set-Cookie"):
                self.assertIsNone(answer[name], (name, comment[:20]))
        self.assertEqual(server.get("/t4/0/0/0.txt")["X-D"], "4")
        wait_until(lambda: any("t4/0/0/0.zip" in line or "0/0/0.zip: 0/0/0.txt: headers are not used" in line
                               for line in server.stderr.now()), "the log tells it")

    def test_a_bad_meta_json_stops_its_tileset_alone(self):
        bad = self.put_meta("bad", metatile=3, formats={})
        missing = self.put_meta("missing")
        good = self.put_meta("good")
        for name in ("bad", "good"):
            self.put(f"{name}/0/0/0.zip", archive([("0/0/0.txt", b"a tile", b"")]))
        server = self.server(bad, good, missing)
        missing.unlink()
        for _ in range(3):
            self.assertEqual(server.get("/bad/0/0/0.txt").status, 502)
            self.assertEqual(server.get("/bad.json").status, 502)
            self.assertEqual(server.get("/missing/0/0/0.txt").status, 503)
            self.assertEqual(server.get("/good/0/0/0.txt").status, 200)
        def told():
            return [line for line in server.stderr.now() if "metatile: 3: expected a power of two" in line and " warning " in line]

        wait_until(told, "a line about the document")
        self.assertEqual(len(told()), 1, server.stderr.now())
        self.assertIn("formats: {}: expected", told()[0])

    def test_a_meta_json_that_changes_counts_when_it_is_past_its_freshness(self):
        meta = self.put_meta()
        self.put("small/0/0/0.zip", archive([("0/0/0.txt", b"a tile", b"")]))
        server = self.server(meta, CACHE_DEFAULT_TIMEOUT=1)
        self.assertEqual(server.get("/small/0/0/0.txt")["X-Of"], "tileset")
        self.replace("small/meta.json", json.dumps({**META, "formats": {"txt": "text/x-other"}}).encode())
        wait_until(lambda: server.get("/small/0/0/0.txt")["Content-Type"] == "text/x-other", "the new document counts")
        self.replace("small/meta.json", b"{")
        wait_until(lambda: any("the last good one is used" in line for line in server.stderr.now() if
                               server.get("/small/0/0/0.txt")), "the bad document is told")
        self.assertEqual(server.get("/small/0/0/0.txt").status, 200)

    def test_archives_may_lie_elsewhere(self):
        meta = self.put_meta(source=f"{self.folder.as_uri()}/elsewhere/{{h}}/{{z}}-{{x}}-{{y}}.zip")
        self.put("elsewhere/0bd23/0-0-0.zip", archive([("0/0/0.txt", b"elsewhere", b"")]))
        server = self.server(meta)
        self.assertEqual(server.get("/small/0/0/0.txt").body, b"elsewhere")

    def test_a_tileset_is_named_after_its_folder_or_its_document(self):
        self.put_meta("one")
        self.put("one/0/0/0.zip", archive([("0/0/0.txt", b"a tile", b"")]))
        Path(self.folder, "one/other.json").write_bytes(Path(self.folder, "one/meta.json").read_bytes())
        server = self.server(self.folder / "one/meta.json", (self.folder / "one/other.json").as_uri(),
                             f"given={self.folder}/one/meta.json")
        for name in ("one", "other", "given"):
            self.assertEqual(server.get(f"/{name}/0/0/0.txt").status, 200, name)


class OnS3(S3Case):
    def test_documents_and_archives_are_read_from_buckets(self):
        s3 = self.serve_s3(keys=None)
        tile = archive([("0/0/0.txt", b"a tile", b"")])
        s3.put("sets/near/meta.json", json.dumps(META).encode())
        s3.put("sets/near/0/0/0.zip", tile)
        s3.put("far.json", json.dumps({**META, "source": f"s3://{BUCKET}/far/{{z}}/{{x}}/{{y}}.zip"}).encode())
        s3.put("far/0/0/0.zip", tile)
        s3.put("up/meta.json", json.dumps({**META, "source": "../far/{z}/{x}/{y}.zip"}).encode())
        s3.put("thief.json", json.dumps({**META, "source": "file:///etc/{z}/{x}/{y}.zip"}).encode())
        arguments = [f"s3://{BUCKET}/{key}" for key in ("sets/near/meta.json", "far.json", "up/meta.json", "thief.json")]
        server = self.enterContext(support.Server(None, arguments=arguments,
                                                  **self.settings(s3, S3_BUCKET=None, KEY_FORMAT_TYPE="")))
        for name in ("near", "far", "up"):
            answer = server.get(f"/{name}/0/0/0.txt")
            self.assertEqual((answer.status, answer.body), (200, b"a tile"), (name, server.stderr.now()[-2:]))
        self.assertEqual(server.get("/thief/0/0/0.txt").status, 502)
        self.expect_line(server, "files of this machine")

    def test_an_outage_of_the_document_is_none_of_the_others(self):
        s3 = self.serve_s3(keys=None)
        for name in ("one", "two"):
            s3.put(f"{name}/meta.json", json.dumps(META).encode())
            s3.put(f"{name}/0/0/0.zip", archive([("0/0/0.txt", b"a tile", b"")]))
        s3.suffer(faults.denied(), when=lambda request, key: key == "one/meta.json")
        server = self.enterContext(support.Server(
            None, arguments=[f"s3://{BUCKET}/{name}/meta.json" for name in ("one", "two")],
            **self.settings(s3, S3_BUCKET=None, KEY_FORMAT_TYPE="")))
        self.assertEqual(server.get("/one/0/0/0.txt").status, 502)
        self.assertNotIn(BUCKET, server.get("/one/0/0/0.txt").text)
        self.assertEqual(server.get("/two/0/0/0.txt").status, 200)


if __name__ == "__main__":
    unittest.main()
