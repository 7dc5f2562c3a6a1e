"""The program as a function of AWS Lambda, between an emulated Runtime API and the scripted S3."""

import json
import random
import time
import unittest
import zipfile
from urllib.parse import quote_plus

import lambda_events as events
import metatiles
import support
from lambda_case import GZIP, LambdaCase
from lambda_runtime import Function
from metatiles import Tile, archive, key_of, url_of
from s3_support import BUCKET, KEYS, content_of, place, tile_url
from test_tiles import DEMO, demo_settings, tile_at

import faults
from scripted_s3 import ScriptedS3

TILEJSON = "/tilezen/vector/v1/512/all/tilejson.mvt.json"


class Demo(LambdaCase):
    """Tiles of the demo through every kind of front, compared with what Python's zipfile says of them."""

    def test_every_shape_brings_every_form_of_the_demo(self):
        paths = random.Random(1).sample(sorted((DEMO / "tiles").rglob("all/*/*/*.zip")), 12)
        s3 = self.enterContext(ScriptedS3(BUCKET, KEYS, folder=DEMO / "tiles"))
        function = self.function(s3, **demo_settings())
        asked = 0
        for number, path in enumerate(paths):
            metatile = Tile(*map(int, path.with_suffix("").parts[-3:]))
            with zipfile.ZipFile(path) as opened:
                wanted = {name: opened.read(name) for name in opened.namelist()}
            for name, content in random.Random(number).sample(sorted(wanted.items()), min(6, len(wanted))):
                place_in, form = name.rsplit(".", 1)
                offset = Tile(*map(int, place_in.split("/")))
                url = url_of(tile_at(metatile, offset), 1024 >> offset.z, form)
                for shape, event in events.SHAPES.items():
                    for headers in ((), GZIP):
                        answer = self.api.ask(event(url, headers))
                        self.assertEqual(answer.status, 200, (shape, url, answer))
                        self.assertEqual(answer.content, content, (shape, url))
                        self.assertEqual(answer["Content-Encoding"], "gzip" if headers and content else None, (shape, url))
                        self.assertEqual(answer["Content-Type"], metatiles.CONTENT_TYPES[form])
                        is_text = not answer["Content-Encoding"] and form in ("json", "topojson")
                        self.assertEqual(answer.document["isBase64Encoded"], bool(content) and not is_text, (shape, url))
                        asked += 1
        self.assertGreater(asked, 200)
        self.assertTrue(function.is_running())
        self.assertEqual(self.api.connections, 1)


class Shapes(LambdaCase):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3)

    def test_conditions_methods_and_errors_are_those_of_the_server(self):
        self.function(self.s3)
        for shape, event in events.SHAPES.items():
            with self.subTest(shape):
                url = tile_url(place(0))
                tag = self.api.ask(event(url))["ETag"]
                unchanged = self.api.ask(event(url, [("If-None-Match", tag)]))
                self.assertEqual((unchanged.status, unchanged.body, unchanged["ETag"]), (304, b"", tag))
                head = self.api.ask(event(url, method="HEAD"))
                self.assertEqual((head.status, head.body, head["ETag"]), (200, b"", tag))
                preflight = self.api.ask(event(url, [("Access-Control-Request-Headers", "x-a")], method="OPTIONS"))
                self.assertEqual((preflight.status, preflight["Access-Control-Allow-Headers"]), (204, "x-a"))
                self.assertEqual(self.api.ask(event(url, method="POST")).status, 405)
                missing = self.api.ask(event(tile_url(place(7))))
                self.assertEqual((missing.status, missing.text), (404, "Metatile not found"))
                self.assertEqual(self.api.ask(event("/no/such/page")).status, 404)
                self.assertEqual(self.api.ask(event("/health_check")).status, 200)
                self.assertIn("<html", self.api.ask(event("/preview.html", GZIP)).text)

    def test_answers_have_the_form_of_their_front(self):
        self.function(self.s3)
        for shape, event in events.SHAPES.items():
            document = self.api.ask(event(tile_url(place(0)))).document
            is_alb = shape.startswith("alb")
            self.assertEqual(document.get("statusDescription"), "200 OK" if is_alb else None, shape)
            self.assertEqual("multiValueHeaders" in document, shape == "alb_multi_value")
            self.assertNotIn("Connection", document.get("headers", {}))
            self.assertNotIn("Transfer-Encoding", document.get("headers", {}))

    def test_tilejson_has_urls_that_lead_back(self):
        self.function(self.s3, METATILE_SIZE=4)
        for event, base in (
                (events.rest(TILEJSON), f"https://{events.DOMAIN}/prod"),
                (events.rest(TILEJSON, stage="tilezen"), f"https://{events.DOMAIN}/tilezen"),
                (events.rest(TILEJSON, base_path="/maps", domain="maps.example"), "https://maps.example/maps"),
                (events.rest(TILEJSON, domain="maps.example"), "https://maps.example"),
                (events.http_api(TILEJSON), f"https://{events.DOMAIN}"),
                (events.http_api(TILEJSON, stage="tilezen"), f"https://{events.DOMAIN}/tilezen"),
                (events.function_url(TILEJSON), "https://abcdef.lambda-url.us-east-1.on.aws"),
                (events.alb(TILEJSON), "https://lb-1234567.us-east-1.elb.amazonaws.com"),
                (events.alb_multi_value(TILEJSON, scheme="http"), "http://lb-1234567.us-east-1.elb.amazonaws.com")):
            with self.subTest(base):
                tiles = json.loads(self.api.ask(event).text)["tiles"]
                self.assertEqual(tiles, [base + "/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt"])

    def test_tilejson_behind_a_cdn(self):
        with self.subTest("TILES_URL_BASE"):
            self.function(self.s3, TILES_URL_BASE="https://maps.example")
            tiles = json.loads(self.api.ask(events.rest(TILEJSON)).text)["tiles"]
            self.assertEqual(tiles, ["https://maps.example/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt"])

    def test_tilejson_behind_a_cdn_that_sets_the_configured_header(self):
        self.function(self.s3, TAPALCATL_LAMBDA_HOST_HEADER="X-Tiles-Host")
        for shape, event in events.SHAPES.items():
            with self.subTest(shape):
                tiles = json.loads(self.api.ask(event(TILEJSON, [("X-Tiles-Host", "maps.example")])).text)["tiles"]
                self.assertEqual(tiles, ["https://maps.example/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt"])

    def test_a_host_of_a_cdn_that_is_none_is_refused_as_a_wrong_host_is(self):
        self.function(self.s3, TAPALCATL_LAMBDA_HOST_HEADER="X-Tiles-Host")
        for shape, event in events.SHAPES.items():
            for wrong in ("maps.example/x", "user@maps.example", "maps.example b", "<script>"):
                with self.subTest(shape, wrong=wrong):
                    headers = [("X-Tiles-Host", wrong)]
                    self.assertEqual(self.api.ask(event(TILEJSON, headers)).status, 400)
                    self.assertEqual(self.api.ask(event(tile_url(place(0)), headers)).status, 200)

    def test_a_warm_up_is_answered_and_reads_nothing(self):
        self.function(self.s3)
        for event in (events.SCHEDULE, {}, {"warmup": True}):
            self.assertEqual(json.loads(self.api.invoke(event).result), {"warm": True})
        self.assertEqual(self.s3.counts.requests, 0)

    def test_events_of_other_kinds_fail_in_clear_words_and_the_next_is_answered(self):
        function = self.function(self.s3)
        for event in (events.SQS, events.S3, events.WEB_SOCKET, [1], "text", None, b"no JSON", b"", b"\xff"):
            failed = self.api.invoke(event)
            self.assertIsNone(failed.result)
            kind, document = failed.error
            self.assertEqual(kind, "Function.InvalidEvent")
            self.assertIn("expected an event of API Gateway", document["errorMessage"])
            self.assertNotIn("Hello from SQS", document["errorMessage"])
            self.expect_answer(place(0))
        self.assertNotIn("Hello from SQS", "\n".join(function.stderr.now()))


class Protocol(LambdaCase):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 3)

    def test_invocations_follow_each_other_on_one_connection(self):
        self.function(self.s3)
        for number in range(20):
            self.expect_answer(place(number % 3), trace=None if number % 2 else "Root=1-5", chunked=number % 3 == 0)
        self.assertEqual(self.api.connections, 1)

    def test_the_verb_starts_it_too(self):
        self.function(self.s3, "lambda", name="tapalcatl")
        self.expect_answer(place(0))

    def test_the_variable_alone_starts_it(self):
        self.function(self.s3, name="tapalcatl")
        self.expect_answer(place(0))

    def test_a_connection_that_closes_after_each_answer_is_replaced(self):
        self.api.closes = True
        self.function(self.s3)
        for number in range(5):
            self.expect_answer(place(number % 3))

    def test_a_lost_request_for_an_event_is_sent_again(self):
        self.api.hang_ups = 2
        self.function(self.s3)
        self.expect_answer(place(0))
        self.api.hang_ups = 1
        self.expect_answer(place(1))

    def test_a_lost_answer_is_sent_again(self):
        self.function(self.s3)
        self.expect_answer(place(0))
        self.api.lost_posts = 1
        self.expect_answer(place(1))

    def test_a_refused_answer_is_not_sent_again(self):
        function = self.function(self.s3)
        self.api.refusal = 413
        self.assertEqual(self.api.invoke(events.rest(tile_url(place(0)))).status, 413)
        self.api.refusal = None
        self.expect_answer(place(1))
        self.assertTrue(function.is_running())

    def test_it_ends_where_the_api_is_gone(self):
        function = self.function(self.s3)
        self.expect_answer(place(0))
        self.api.wait_until_idle()
        self.api.go_away()
        function.expect_exit(1)

    def test_it_ends_where_the_api_cannot_go_on(self):
        self.api.next_status = 500
        function = self.function(self.s3)
        function.expect_exit(1)

    def test_sigterm_ends_it_at_once(self):
        function = self.function(self.s3, TAPALCATL_DRAIN_DELAY="1h")  # of the server; a function is not drained
        self.expect_answer(place(0))
        self.api.wait_until_idle()
        function.process.terminate()
        function.expect_exit(0)

    def test_sigterm_ends_it_while_it_reads(self):
        self.s3.suffer(faults.late())
        function = self.function(self.s3)
        invocation = self.api.start(events.rest(tile_url(place(0))))
        support.wait_until(lambda: self.s3.counts.requests > 0, "a read")
        function.process.terminate()
        function.expect_exit(0)
        self.assertIsNone(invocation.result)

    def test_a_wrong_setting_is_an_error_of_the_start(self):
        for wrong, words in (({"TAPALCATL_CACHE_SIZE": "much"}, "TAPALCATL_CACHE_SIZE"),
                             ({"S3_BUCKET": None}, "storage"),
                             ({"TAPALCATL_STORAGE": "file:///no/such/folder", "S3_BUCKET": None}, "/no/such/folder")):
            function = self.function(self.s3, **wrong)
            function.expect_exit(2)
            kind, document = self.api.init_errors.pop()
            self.assertEqual(kind, "Runtime.ConfigInvalid")
            self.assertIn(words, document["errorMessage"])
        self.assertEqual(self.api.nexts, 0)

    def test_without_an_api_the_verb_says_what_it_is_for(self):
        settings = {**self.settings(self.s3), "AWS_LAMBDA_RUNTIME_API": None}
        function = self.enterContext(Function(self.api, "lambda", **settings))
        function.expect_exit(2)
        self.assertIn("AWS_LAMBDA_RUNTIME_API", "".join(function.stderr.to_the_end()))


class Faults(LambdaCase):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 5)

    def ask(self, number, **options):
        return self.api.ask(events.rest(tile_url(place(number))), **options)

    def test_failures_of_s3_are_answers(self):
        self.function(self.s3)
        for fault, status in ((faults.internal_error(), 503), (faults.slow_down(), 503), (faults.denied(), 502),
                              (faults.reset(), 503), (faults.garbage(), 502)):
            with self.subTest(fault.__name__):
                self.s3.suffer(fault)
                self.expect_failure(self.ask(0), status, 503)
                self.s3.heal()
        self.expect_answer(place(0))

    def test_an_s3_that_is_gone_is_an_answer(self):
        self.function(self.s3)
        self.s3.go_away()
        self.expect_failure(self.ask(0), 503)
        self.s3.come_back()
        self.expect_answer(place(0))

    def test_a_damaged_archive_is_an_answer(self):
        self.s3.put(key_of(place(9), "NO_HASH"), b"no archive")
        self.function(self.s3)
        self.expect_failure(self.ask(9), 502)

    def test_the_deadline_ends_before_lambda_does(self):
        self.function(self.s3)
        self.expect_answer(place(0))
        self.s3.suffer(faults.late())
        for deadline in (0.3, 1.0):
            invocation = self.api.start(events.rest(tile_url(place(1))), deadline=deadline)
            self.expect_failure(invocation.response(), 504)
            if not support.is_sanitized():
                self.assertLess(time.time() * 1000, invocation.deadline_ms)
        self.s3.heal()
        self.expect_answer(place(2))

    def test_with_no_time_left_tiles_in_memory_are_served_and_others_are_504(self):
        self.function(self.s3)
        self.expect_answer(place(0))
        self.expect_answer(place(0), deadline=0.0)
        self.expect_failure(self.ask(1, deadline=0.0), 504)
        self.expect_answer(place(1))

    def test_a_tile_that_does_not_fit_is_an_answer_with_its_size(self):
        noise = random.Random(3).randbytes(4_000_000)
        self.s3.put(key_of(place(9), "NO_HASH"), archive({"0/0/0.mvt": noise + noise, "0/0/0.json": noise, "0/0/0.txt": b"a" * 7_000_000}))
        self.function(self.s3)
        for event in events.SHAPES.values():
            answer = self.api.ask(event(tile_url(place(9), "mvt"), GZIP))
            self.expect_failure(answer, 502)
            self.assertIn("takes 1067", answer.text)
        self.assertEqual(self.api.ask(events.rest(tile_url(place(9), "json"), GZIP)).content, noise)
        self.assertEqual(self.api.ask(events.alb(tile_url(place(9), "json"), GZIP)).status, 502)
        # Only its identity is too large.
        self.assertEqual(self.api.ask(events.rest(tile_url(place(9), "txt"), GZIP)).content, b"a" * 7_000_000)
        self.assertIn("gzip", self.api.ask(events.rest(tile_url(place(9), "txt"))).text)
        self.expect_answer(place(0))


class Logs(LambdaCase):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 3)

    def lines(self, pipe, count):
        support.wait_until(lambda: len(pipe.now()) >= count, f"{count} lines in {pipe.now()}")
        return [json.loads(line) for line in pipe.now()]

    def test_each_line_has_the_ids_of_its_invocation(self):
        function = self.function(self.s3)
        trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"
        ids = [self.api.invoke(event, trace=trace).id for event in (
            events.rest(tile_url(place(0)) + "?api_key=hidden"), events.http_api(tile_url(place(0))))]
        first, second = self.lines(function.stdout, 2)
        self.assertEqual([first["request_id"], second["request_id"]], ids)
        self.assertEqual((first["trace_id"], first["client"], first["status"]), (trace, events.SOURCE_IP, 200))
        self.assertEqual((first["path"], first["key"]), (tile_url(place(0)), key_of(place(0), "NO_HASH")))
        self.assertEqual((first["cache"], second["cache"], first.get("cold"), second.get("cold")),
                         ("miss", "hit", True, None))
        self.s3.suffer(faults.denied())
        failed = self.api.invoke(events.rest(tile_url(place(1))), trace=None)
        message = self.lines(function.stderr, 1)[-1]
        self.assertEqual((message["level"], message["request_id"], message.get("trace_id")), ("error", failed.id, None))
        self.assertNotIn("hidden", "".join(function.stdout.now() + function.stderr.now()))

    def test_the_access_log_can_be_sampled_or_off(self):
        function = self.function(self.s3, TAPALCATL_LAMBDA_ACCESS_LOG_SAMPLE=4)
        for number in range(9):
            self.expect_answer(place(number % 3))
        self.api.wait_until_idle()
        self.assertEqual(len(self.lines(function.stdout, 3)), 3)

    def test_without_an_access_log_there_is_no_line(self):
        function = self.function(self.s3, TAPALCATL_ACCESS_LOG="off")
        self.expect_answer(place(0))
        function.process.terminate()
        function.expect_exit(0)
        self.assertEqual(function.stdout.to_the_end(), [])
        self.assertEqual(function.stderr.to_the_end(), [])

    def test_metrics_tell_what_was_read(self):
        function = self.function(self.s3, TAPALCATL_ACCESS_LOG="off", TAPALCATL_LAMBDA_METRICS="on")
        self.expect_answer(place(0))
        self.expect_answer(place(0))
        first, second = self.lines(function.stdout, 2)
        self.assertEqual((first["FunctionName"], first["Reads"], first["CacheHits"]), ("tiles", 1, 0))
        self.assertGreater(first["ReadBytes"], 300)
        self.assertEqual((second["Reads"], second["ReadBytes"], second["CacheHits"]), (0, 0, 1))


class BatchOperations(LambdaCase):
    """S3 Batch Operations names objects, and the function verifies them."""

    def check(self, key, schema="1.0", **task):
        bucket = {"s3BucketArn": f"arn:aws:s3:::{BUCKET}"} if schema == "1.0" else {"s3Bucket": BUCKET}
        event = {"invocationSchemaVersion": schema, "invocationId": "YXNkbGZqYWRmaiBhc2Rmd", "job": {"id": "f3cc4f60"},
                 "tasks": [{"taskId": "dGFza2lkZ29lcy", "s3Key": quote_plus(key, safe="/"), "s3VersionId": None, **bucket,
                            **task}]}
        document = json.loads(self.api.invoke(event).result)
        self.assertEqual({name: document[name] for name in ("invocationSchemaVersion", "invocationId", "treatMissingKeysAs")},
                         {"invocationSchemaVersion": schema, "invocationId": event["invocationId"],
                          "treatMissingKeysAs": "PermanentFailure"})
        result, = document["results"]
        self.assertEqual(result["taskId"], "dGFza2lkZ29lcy")
        return result["resultCode"], result["resultString"]

    def test_each_object_gets_its_verdict(self):
        s3 = self.serve_s3()
        good = archive({"0/0/0.mvt": b"a tile" * 100, "0/0/0.json": b"{}"})
        damaged = bytearray(good)
        damaged[40] ^= 0xff
        s3.put("all/12/0/0.zip", good)
        s3.put("with blank+é.zip", good)
        s3.put("damaged.zip", bytes(damaged))
        s3.put("page.zip", b"<html>")
        self.function(s3)
        for schema in ("1.0", "2.0"):
            self.assertEqual(self.check("all/12/0/0.zip", schema), ("Succeeded", "2 entries of 602 bytes are good"))
        self.assertEqual(self.check("with blank+é.zip")[0], "Succeeded")
        code, text = self.check("damaged.zip")
        self.assertEqual((code, "0/0/0.mvt" in text), ("PermanentFailure", True), text)
        self.assertEqual(self.check("page.zip")[0], "PermanentFailure")
        self.assertEqual(self.check("missing.zip")[0], "PermanentFailure")
        self.assertEqual(self.check("all/12/0/0.zip", s3VersionId="v1")[0], "PermanentFailure")
        s3.suffer(faults.internal_error())
        self.assertEqual(self.check("all/12/0/0.zip")[0], "TemporaryFailure")
        s3.heal()
        self.assertEqual(self.check("all/12/0/0.zip")[0], "Succeeded")


if __name__ == "__main__":
    unittest.main()
