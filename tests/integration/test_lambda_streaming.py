"""Responses that are streamed to the front."""

import json
import random
import unittest
import zipfile
from pathlib import Path

import lambda_events as events
import metatiles
from lambda_case import GZIP, LambdaCase
from metatiles import Tile, archive, key_of, url_of
from s3_support import BUCKET, KEYS, content_of, place, tile_url
from support import binary_to_measure
from test_tiles import DEMO, demo_settings, tile_at

import faults
from scripted_s3 import ScriptedS3


class Streaming(LambdaCase):
    """TAPALCATL_LAMBDA_RESPONSE_MODE=streaming: a function URL with InvokeMode RESPONSE_STREAM, a REST API that streams."""

    FRONTS = {name: events.SHAPES[name] for name in ("rest", "function_url")}

    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 3)

    def function(self, s3, *arguments, **more):
        return super().function(s3, *arguments, TAPALCATL_LAMBDA_RESPONSE_MODE="streaming", **more)

    def ask(self, event, is_streamed=True):
        invocation = self.api.invoke(event)
        self.assertEqual(invocation.is_streamed, is_streamed)
        return invocation.response()

    def test_tiles_of_the_demo_come_as_they_are(self):
        path = sorted((DEMO / "tiles").rglob("all/*/*/*.zip"))[7]
        metatile = Tile(*map(int, path.with_suffix("").parts[-3:]))
        with zipfile.ZipFile(path) as opened:
            wanted = {name: opened.read(name) for name in opened.namelist()}
        s3 = self.enterContext(ScriptedS3(BUCKET, KEYS, folder=DEMO / "tiles"))
        self.function(s3, **demo_settings())
        for name, content in sorted(wanted.items())[:20]:
            place_in, form = name.rsplit(".", 1)
            offset = Tile(*map(int, place_in.split("/")))
            url = url_of(tile_at(metatile, offset), 1024 >> offset.z, form)
            for front, event in self.FRONTS.items():
                for headers in ((), GZIP):
                    answer = self.ask(event(url, headers))
                    self.assertEqual((answer.status, answer.content), (200, content), (front, url, answer))
                    self.assertEqual(answer["Content-Encoding"], "gzip" if headers and content else None, (front, url))
                    self.assertEqual(answer["Content-Type"], metatiles.CONTENT_TYPES[form])
        self.assertEqual(self.api.connections, 1)

    def test_a_large_response_is_sent_from_where_it_lies(self):
        """The archive as it was read, the tile in memory, and the content that a client wants without gzip: 4.3 times the tile
        are in memory at most. Each copy for sending would be one more."""
        noise = random.Random(3).randbytes(30_000_000)
        self.s3.put(key_of(place(9), "NO_HASH"), archive({"0/0/0.mvt": noise}))
        function = self.function(self.s3, binary=binary_to_measure())

        def most_resident():
            status = Path(f"/proc/{function.process.pid}/status").read_text()
            return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        self.ask(self.FRONTS["function_url"](tile_url(place(1))))
        at_rest = most_resident()  # an emulator of another processor has memory of its own
        self.assertEqual(self.ask(self.FRONTS["function_url"](tile_url(place(9)))).content, noise)
        self.assertLess(most_resident() - at_rest, 140_000_000)

    def test_a_response_may_be_larger_than_a_buffered_one(self):
        noise = random.Random(3).randbytes(8_000_000)
        self.s3.put(key_of(place(9), "NO_HASH"), archive({"0/0/0.mvt": noise}))
        self.function(self.s3)
        for event in self.FRONTS.values():
            for headers in ((), GZIP):
                answer = self.ask(event(tile_url(place(9)), headers))
                self.assertEqual(answer.status, 200)
                self.assertTrue(answer.content == noise)

    def test_conditions_methods_and_errors_are_those_of_the_server(self):
        self.function(self.s3)
        for front, event in self.FRONTS.items():
            with self.subTest(front):
                url = tile_url(place(0))
                tag = self.ask(event(url))["ETag"]
                unchanged = self.ask(event(url, [("If-None-Match", tag)]))
                self.assertEqual((unchanged.status, unchanged.body, unchanged["ETag"]), (304, b"", tag))
                head = self.ask(event(url, method="HEAD"))
                self.assertEqual((head.status, head.body, head["ETag"]), (200, b"", tag))
                self.assertEqual(self.ask(event(url, method="OPTIONS")).status, 204)
                missing = self.ask(event(tile_url(place(7))))
                self.assertEqual((missing.status, missing.text), (404, "Metatile not found"))
        self.s3.suffer(faults.internal_error())
        for event in self.FRONTS.values():
            self.expect_failure(self.ask(event(tile_url(place(1)))), 503)

    def test_fronts_that_cannot_stream_get_buffered_responses(self):
        self.function(self.s3)
        for shape in ("http_api", "alb", "alb_multi_value"):
            answer = self.ask(events.SHAPES[shape](tile_url(place(0))), is_streamed=False)
            self.assertEqual(answer.content, content_of(place(0)))
        self.assertEqual(json.loads(self.api.invoke(events.SCHEDULE).result), {"warm": True})

    def test_events_of_other_kinds_are_errors_of_the_invocation(self):
        self.function(self.s3)
        self.assertEqual(self.api.invoke(events.SQS).error[0], "Function.InvalidEvent")
        self.assertEqual(self.ask(events.rest(tile_url(place(0)))).content, content_of(place(0)))

    def test_a_lost_answer_is_sent_again(self):
        self.function(self.s3)
        self.ask(events.rest(tile_url(place(0))))
        self.api.lost_posts = 1
        self.assertEqual(self.ask(events.rest(tile_url(place(1)))).content, content_of(place(1)))

    def test_a_refused_answer_is_not_sent_again(self):
        self.function(self.s3)
        self.api.refusal = 413
        self.assertEqual(self.api.invoke(events.rest(tile_url(place(0)))).status, 413)
        self.api.refusal = None
        self.assertEqual(self.ask(events.rest(tile_url(place(1)))).content, content_of(place(1)))


if __name__ == "__main__":
    unittest.main()
