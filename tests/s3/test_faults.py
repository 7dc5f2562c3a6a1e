"""Each fault of the scripted S3, seen from outside: whoever tests with it has to get what its name says."""

import http.client
import time
import unittest

import faults
from asking import KEY_ID, SECRET, Client
from scripted_s3 import ScriptedS3

CONTENT = bytes(range(256)) * 4
SUFFIX = {"range": "bytes=-10"}


class Case(unittest.TestCase):
    def setUp(self):
        self.s3 = self.enterContext(ScriptedS3(keys={KEY_ID: SECRET}))
        self.s3.put("a", CONTENT)

    def get(self, fault=None, headers=(), timeout=20, **options):
        """On a connection of its own."""
        if fault:
            self.s3.heal()
            self.s3.suffer(fault)
        with Client(self.s3.url, timeout=timeout) as client:
            return client.get("a", headers=headers, **options)


class When(Case):
    def statuses(self, count, **options):
        with Client(self.s3.url) as client:
            return [client.get("a", **options).status for _ in range(count)]

    def test_the_next_ones(self):
        suffering = self.s3.suffer(faults.slow_down(), times=2)
        self.assertEqual(self.statuses(4), [503, 503, 200, 200])
        self.assertEqual(suffering.hits, 2)
        self.assertEqual([record.fault for record in self.s3.records()], ["slow_down", "slow_down", None, None])

    def test_all_until_it_is_healed(self):
        self.s3.suffer(faults.internal_error())
        self.assertEqual(self.statuses(3), [500] * 3)
        self.s3.heal()
        self.assertEqual(self.statuses(1), [200])

    def test_a_share(self):
        self.s3.suffer(faults.internal_error(), share=0.3)
        self.assertTrue(30 < self.statuses(200).count(500) < 90)

    def test_some(self):
        self.s3.suffer(faults.denied(), when=lambda request, key: key == "b" or request["range"])
        self.assertEqual(self.statuses(1) + self.statuses(1, headers=SUFFIX), [200, 403])

    def test_several_at_once_in_their_order(self):
        self.s3.suffer(faults.no_etag())
        self.s3.suffer(faults.weak_etag())
        self.s3.suffer(faults.encoded())
        answer = self.get()
        self.assertEqual((answer["ETag"], answer["Content-Encoding"]), (None, "gzip"))

    def test_by_name_as_the_program_takes_them(self):
        self.s3.suffer(faults.by_name("slow_down:7:250"))
        answer = self.get()
        self.assertEqual((answer.status, answer["Retry-After"], answer["x-amz-retry-after"]), (503, "7", "250"))
        for name in faults.names():
            self.assertEqual(faults.by_name(name).__name__, name)
        for name in ("nothing", "escape", "error", "Answer", "time"):
            with self.assertRaises(ValueError):
                faults.by_name(name)


class Slow(Case):
    def test_late(self):
        started = time.monotonic()
        self.assertEqual(self.get(faults.late(0.5)).body, CONTENT)
        self.assertGreater(time.monotonic() - started, 0.5)

    def test_stall(self):
        self.s3.suffer(faults.stall(after=600, seconds=1))
        started = time.monotonic()
        with Client(self.s3.url) as client:
            client.http.request("GET", "/tiles/a", headers=client_headers(self.s3))
            answer = client.http.getresponse()
            self.assertEqual(answer.read(600), CONTENT[:600])
            self.assertLess(time.monotonic() - started, 1)
            self.assertEqual(answer.read(), CONTENT[600:])
        self.assertGreater(time.monotonic() - started, 1)

    def test_for_ever_is_until_the_client_gives_up(self):
        for fault in (faults.late(), faults.stall()):
            with self.assertRaises(TimeoutError):
                self.get(fault, timeout=0.2)
        self.s3.heal()
        self.assertEqual(self.get().status, 200)


def client_headers(s3):
    import asking
    return asking.signed_headers("GET", "/tiles/a", {"host": f"127.0.0.1:{s3.port}"})


class Broken(Case):
    def test_ends_of_connections(self):
        for fault, raised in ((faults.hang_up(), http.client.RemoteDisconnected), (faults.reset(), ConnectionResetError),
                              (faults.truncated(100), http.client.IncompleteRead),
                              (faults.wrong_length(), http.client.IncompleteRead),
                              (faults.reset(100), (ConnectionResetError, http.client.IncompleteRead)),
                              (faults.garbage(), http.client.BadStatusLine)):
            with self.subTest(fault.__name__), self.assertRaises(raised):
                self.get(fault)

    def test_truncated_brings_what_comes_before(self):
        with self.assertRaises(http.client.IncompleteRead) as raised:
            self.get(faults.truncated(100))
        self.assertEqual(raised.exception.partial, CONTENT[:100])

    def test_closing_is_seen_by_the_next_request(self):
        self.s3.suffer(faults.closing(), times=1)
        with Client(self.s3.url) as client:
            answer = client.get("a")
            self.assertEqual((answer.body, answer["Connection"]), (CONTENT, None))
            with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)):
                client.get("a")

    def test_lengths_and_ranges_that_do_not_fit(self):
        for fault, size, told in ((faults.short(), 9, "bytes 1014-1023/1024"),
                                  (faults.long(), 11, "bytes 1014-1023/1024"),
                                  (faults.wrong_content_range(), 10, "bytes 1013-1022/1024")):
            answer = self.get(fault, SUFFIX)
            self.assertEqual((len(answer.body), answer["Content-Range"]), (size, told), fault.__name__)

    def test_somebody_elses_words(self):
        answer = self.get(faults.page(404))
        self.assertEqual((answer.status, answer["Content-Type"], answer.code), (404, "text/html", ""))
        self.assertEqual(self.get(faults.encoded())["Content-Encoding"], "gzip")
        self.assertIsNone(self.get(faults.undated())["Date"])


class Habits(Case):
    def test_whole(self):
        answer = self.get(faults.whole(), SUFFIX)
        self.assertEqual((answer.status, answer.body, answer["Content-Range"]), (200, CONTENT, None))

    def test_refuse_suffix(self):
        answer = self.get(faults.refuse_suffix(), {"range": "bytes=-9999"})
        self.assertEqual((answer.status, answer["Content-Range"]), (416, "bytes */1024"))
        for asked in ("bytes=-1024", "bytes=0-9999"):
            self.assertEqual(self.get(headers={"range": asked}).status, 206)

    def test_validators(self):
        whole = self.get()
        self.assertEqual(self.get(faults.weak_etag())["ETag"], "W/" + whole["ETag"])
        answer = self.get(faults.no_etag())
        self.assertEqual((answer["ETag"], answer["Last-Modified"]), (None, whole["Last-Modified"]))
        answer = self.get(faults.no_validators())
        self.assertEqual((answer["ETag"], answer["Last-Modified"]), (None, None))

    def test_replaced_each_time(self):
        self.s3.suffer(faults.replaced_each_time())
        with Client(self.s3.url) as client:
            tags = [client.get("a", headers=SUFFIX)["ETag"] for _ in range(3)]
            self.assertEqual(len(set(tags)), 3)
            self.assertEqual(client.get("a", headers={"if-match": tags[2]}).status, 412)
            self.assertEqual(client.get("a", headers={"if-none-match": tags[2]}).status, 200)


class Words(Case):
    def test_status_and_code(self):
        for fault, status, code in ((faults.internal_error(), 500, "InternalError"), (faults.slow_down(), 503, "SlowDown"),
                                    (faults.denied(), 403, "AccessDenied"),
                                    (faults.no_such_bucket(), 404, "NoSuchBucket"),
                                    (faults.expired_token(), 400, "ExpiredToken"),
                                    (faults.unknown_key_id(), 403, "InvalidAccessKeyId"),
                                    (faults.wrong_signature(), 403, "SignatureDoesNotMatch"),
                                    (faults.too_skewed(), 403, "RequestTimeTooSkewed"),
                                    (faults.permanent_redirect(), 301, "PermanentRedirect"),
                                    (faults.wrong_region(), 400, "AuthorizationHeaderMalformed")):
            answer = self.get(fault)
            self.assertEqual((answer.status, answer.code, answer["Content-Type"]), (status, code, "application/xml"))

    def test_regions(self):
        self.assertEqual(self.get(faults.permanent_redirect("eu-north-1"))["x-amz-bucket-region"], "eu-north-1")
        answer = self.get(faults.permanent_redirect("eu-north-1", header=False))
        self.assertIsNone(answer["x-amz-bucket-region"])
        self.assertIn(b"<Endpoint>tiles.s3.eu-north-1.amazonaws.com</Endpoint>", answer.body)
        self.assertIn(b"<Region>eu-north-1</Region>", self.get(faults.wrong_region("eu-north-1")).body)

    def test_head_has_no_body_with_them_either(self):
        answer = self.get(faults.slow_down(), method="HEAD")
        self.assertEqual((answer.status, answer.body), (503, b""))


if __name__ == "__main__":
    unittest.main()
