"""Tilesets with several sources in order: which one answers, when a new tile is seen, and what an outage of one means."""

import json
import subprocess
import unittest

import support
from metatiles import Tile, archive, content_for, entry_of, key_of
from s3_support import BUCKET, STALE, USUAL, S3Case

import faults

METATILE = Tile(3, 1, 2)
TODAY, LAST_WEEK = "20261128", "20261121"
IN_BOTH, IN_OLD, IN_NONE = Tile(2, 0, 0), Tile(2, 1, 1), Tile(2, 3, 3)  # of the metatile


def target(offset, route="/world"):
    return f"{route}/5/{METATILE.x * 4 + offset.x}/{METATILE.y * 4 + offset.y}.mvt"


def content(prefix, offset):
    return content_for(f"{prefix} {offset}", 2000)


def build(prefix, *offsets):
    return archive({entry_of(offset): content(prefix, offset) for offset in offsets})


class Sources(S3Case):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_build(TODAY, IN_BOTH)
        self.put_build(LAST_WEEK, IN_BOTH, IN_OLD)

    def put_build(self, prefix, *offsets, metatile=METATILE):
        self.s3.put(key_of(metatile, prefix=prefix), build(prefix, *offsets))

    def server(self, on_failure="fail", text="", **more):
        config = self.put("config.yaml", f"""
            sources:
              today: {{storage: "s3://{BUCKET}", s3_prefix: "{TODAY}"}}
              last_week: {{storage: "s3://{BUCKET}", s3_prefix: "{LAST_WEEK}"}}
            tilesets:
              world:
                sources: [today, last_week]
                on_failure: {on_failure}
            {text}""".encode())
        settings = self.settings(self.s3, S3_BUCKET=None, KEY_FORMAT_TYPE="", **more)
        return self.enterContext(support.Server(None, arguments=["--config", config], **settings))

    def expect(self, server, offset, prefix, cache_control=USUAL):
        answer = server.get(target(offset))
        self.assertEqual((answer.status, answer["Cache-Control"]), (200, cache_control), (answer, server.stderr.now()[-3:]))
        self.assertEqual(answer.body, content(prefix, offset))

    def fail_reads_of(self, prefix, fault=None):
        self.s3.suffer(fault or faults.denied(), when=lambda request, key: key.startswith(prefix))

    def test_the_first_that_has_a_tile_answers(self):
        server = self.server()
        for _ in range(3):
            self.expect(server, IN_BOTH, TODAY)
            self.expect(server, IN_OLD, LAST_WEEK)
            self.assertEqual(server.get(target(IN_NONE)).status, 404)
            self.assertEqual(server.get("/world/5/30/30.mvt").status, 404)  # an archive that none has

    def test_a_tile_that_an_earlier_source_gets_is_served_from_there_after_its_freshness(self):
        server = self.server(CACHE_DEFAULT_TIMEOUT=1)
        with server.connect() as connection:
            for _ in range(3):  # over one connection, where responses are sent again
                self.assertEqual(connection.request(target(IN_OLD)).body, content(LAST_WEEK, IN_OLD))
            self.put_build(TODAY, IN_BOTH, IN_OLD)
            support.wait_until(lambda: connection.request(target(IN_OLD)).body == content(TODAY, IN_OLD), "the new tile")

    def test_an_outage_of_the_first_is_a_failure_and_no_old_tile(self):
        server = self.server()
        self.fail_reads_of(TODAY)
        answer = server.get(target(IN_OLD))
        self.expect_failure(answer, 502)
        self.assertNotIn("today", answer.text)
        support.wait_until(lambda: server.stderr.containing("today: "), "the line that names the source")

    def test_an_outage_of_a_later_one_does_not_matter_to_tiles_of_the_first(self):
        server = self.server()
        self.fail_reads_of(LAST_WEEK)
        self.expect(server, IN_BOTH, TODAY)
        self.expect_failure(server.get(target(IN_OLD)), 502)

    def test_an_outage_is_passed_over_where_the_tileset_says_so(self):
        server = self.server("next")
        self.fail_reads_of(TODAY)
        self.expect(server, IN_BOTH, LAST_WEEK, STALE)
        support.wait_until(lambda: server.stderr.containing("a source failed, the next one is asked: today: "), "the warning")
        # What none of the others has may be in the one that fails.
        self.expect_failure(server.get(target(IN_NONE)), 502)
        self.assertEqual(server.get("/health_check").status, 503)

    @support.takes(6)
    def test_a_source_that_hangs_leaves_time_for_the_next_where_the_tileset_says_so(self):
        server = self.server("next", TAPALCATL_REQUEST_TIMEOUT="12s")
        self.fail_reads_of(TODAY, faults.late())
        self.expect(server, IN_BOTH, LAST_WEEK, STALE)

    def test_the_inspector_names_the_source(self):
        server = self.server()
        for offset, source, prefix in ((IN_BOTH, "today", TODAY), (IN_OLD, "last_week", LAST_WEEK)):
            answer = json.loads(server.get(f"/preview/inspect{target(offset)}").body)
            self.assertEqual((answer["source"], answer["key"]), (source, key_of(METATILE, prefix=prefix)))
        answer = json.loads(server.get(f"/preview/inspect{target(IN_NONE)}").body)
        self.assertEqual((answer["found"], answer["source"]), (False, "today"))

    def test_the_inspector_names_the_source_without_a_cache(self):
        server = self.server(CACHE_TYPE="null")
        answer = json.loads(server.get(f"/preview/inspect{target(IN_OLD)}").body)
        self.assertEqual((answer["source"], answer["key"]), ("last_week", key_of(METATILE, prefix=LAST_WEEK)))

    def test_tilejson_is_what_the_tileset_says(self):
        server = self.server(text="    max_zoom: 9")
        document = json.loads(server.get("/world.json").body)
        self.assertEqual((document["name"], document["maxzoom"]), ("world", 9))

    def test_config_shows_sources(self):
        config = self.put("config.yaml", b"sources:\n  a: {storage: 's3://tiles/c', s3_prefix: x}\n  d: {storage: 's3://tiles/d'}\n"
                                         b"tilesets: {t: {sources: [a]}}\n")
        environment = support.environment_of({"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
        ended = subprocess.run([support.BINARY, "config", "--config", config, "--json"], env=environment, timeout=60,
                               capture_output=True, text=True, check=True)
        document = json.loads(ended.stdout)
        self.assertEqual(document["sources"]["a"]["s3_prefix"], {"value": "x", "from": "file", "name": f"{config}:2"})
        own = {name: about["value"] for name, about in document["tilesets"]["t"].items()}
        self.assertEqual(own, {"sources": "a", "on_failure": "fail"})
        self.assertIn("source 'd' is not used by any tileset", ended.stderr)


if __name__ == "__main__":
    unittest.main()
