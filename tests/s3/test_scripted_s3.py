"""The scripted S3 as a bucket: what it answers when nothing goes wrong, and whom it refuses."""

import contextlib
import http.client
import io
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import asking
from asking import KEY_ID, SECRET, Client
from certificates import Authority
from host import free_port
from scripted_s3 import Key, ScriptedS3

CONTENT = bytes(range(256)) * 4
DAY = 1_700_000_000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE = "Tue, 14 Nov 2023 22:13:19 GMT"
TAG = '"b2ea9f7fcea831a4a63b213f41a8855b"'  # md5sum of CONTENT


class Case(unittest.TestCase):
    def enter(self, manager):
        return self.enterContext(manager)

    def serve(self, **options):
        s3 = self.enter(ScriptedS3(**{"keys": {KEY_ID: SECRET}, **options}))
        self.client = self.enter(Client(s3.url, s3.bucket))
        return s3


class Reading(Case):
    def setUp(self):
        self.s3 = self.serve()
        self.s3.put("a/b.zip", CONTENT, modified=DAY)

    def get(self, key="a/b.zip", method="GET", **headers):
        return self.client.get(key, method, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def test_an_object_has_its_validators(self):
        answer = self.get()
        self.assertEqual((answer.status, answer.body, answer["ETag"], answer["Last-Modified"]),
                         (200, CONTENT, TAG, DATE))
        self.assertEqual(answer["Content-Length"], "1024")
        for name in ("Date", "x-amz-request-id", "Content-Type"):
            self.assertTrue(answer[name], name)

    def test_head_has_the_headers_alone(self):
        answer = self.get(method="HEAD")
        self.assertEqual((answer.status, answer.body, answer["Content-Length"]), (200, b"", "1024"))
        self.assertEqual(self.get(method="HEAD", range="bytes=-10")["Content-Length"], "10")
        self.assertEqual(self.get("none", "HEAD").status, 404)
        self.assertEqual(self.get().body, CONTENT)  # on the same connection

    def test_ranges(self):
        for asked, first, last in (("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=1000-", 1000, 1023),
                                   ("bytes=1000-9999", 1000, 1023), ("bytes=-24", 1000, 1023),
                                   ("bytes=-1024", 0, 1023), ("bytes=-9999", 0, 1023)):
            answer = self.get(range=asked)
            self.assertEqual((answer.status, answer.body, answer["Content-Range"]),
                             (206, CONTENT[first:last + 1], f"bytes {first}-{last}/1024"), asked)
        for asked in ("bytes=1024-", "bytes=1024-1030", "bytes=-0"):
            answer = self.get(range=asked)
            self.assertEqual((answer.status, answer.code, answer["Content-Range"]), (416, "InvalidRange",
                                                                                     "bytes */1024"), asked)
        for asked in ("bytes=5-4", "bytes=-", "bytes=0-1,3-4", "lines=0-1", "bytes=a-b"):
            self.assertEqual(self.get(range=asked).status, 200, asked)
        self.s3.put("empty", b"")
        self.assertEqual(self.get("empty").body, b"")
        self.assertEqual(self.get("empty", range="bytes=-10").status, 416)

    def test_conditions(self):
        other = '"00000000000000000000000000000000"'
        for status, headers in (
                (200, {"if_match": TAG}), (412, {"if_match": other}), (200, {"if_match": f"{other}, {TAG}"}),
                (412, {"if_match": "W/" + TAG}), (200, {"if_match": "*"}), (200, {"if_none_match": other}),
                (304, {"if_none_match": TAG}), (304, {"if_none_match": "W/" + TAG}), (304, {"if_none_match": "*"}),
                (304, {"if_modified_since": DATE}), (200, {"if_modified_since": BEFORE}),
                (200, {"if_unmodified_since": DATE}), (412, {"if_unmodified_since": BEFORE}),
                (200, {"if_match": TAG, "if_unmodified_since": BEFORE}),
                (200, {"if_none_match": other, "if_modified_since": DATE}),
                (412, {"if_match": other, "if_none_match": TAG}),
                (200, {"if_modified_since": "yesterday"}), (200, {"if_unmodified_since": "yesterday"})):
            answer = self.get(**headers)
            self.assertEqual(answer.status, status, headers)
            if status == 304:
                self.assertEqual((answer.body, answer["ETag"], answer["Content-Length"]), (b"", TAG, None))
            if status == 412:
                self.assertEqual(answer.code, "PreconditionFailed")
        self.assertEqual(self.get(range="bytes=-10", if_match=TAG).body, CONTENT[-10:])

    def test_a_weak_etag_never_matches_strongly(self):
        self.s3.put("weak", CONTENT, etag='W/"a"')
        self.assertEqual(self.get("weak", if_match='W/"a"').status, 412)
        self.assertEqual(self.get("weak", if_none_match='W/"a"').status, 304)

    def test_what_is_not_there(self):
        answer = self.get("none")
        self.assertEqual((answer.status, answer.code), (404, "NoSuchKey"))
        self.s3.lists = False
        self.assertEqual((self.get("none").status, self.get("none").code), (403, "AccessDenied"))
        self.assertEqual(self.get().status, 200)
        with Client(self.s3.url, "other") as client:
            self.assertEqual(client.get("a/b.zip").code, "NoSuchBucket")
        self.s3.remove("a/b.zip")
        self.s3.lists = True
        self.assertEqual(self.get().status, 404)

    def test_nothing_is_written(self):
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            self.assertEqual(self.client.get("a/b.zip", method).status, 405, method)

    def test_odd_keys(self):
        keys = ["a b", "a+b", "100%", "a%20b", "ü/ñ.zip", "東京", "a//b", "a/", "a&b=c?d#e", "(1)!*'~", "a\\b", "%2F", " ",
                "a;b:c@d$e,f", "é"]
        for key in keys:
            self.s3.put(key, key.encode())
        for key in keys:
            self.assertEqual(self.get(key).body, key.encode(), key)
        self.assertEqual(self.client.ask("GET", "/tiles/%ff").code, "InvalidURI")

    def test_pipelined_requests_are_answered_in_order(self):
        count = 2000
        asked = []
        for number in range(count):
            self.s3.put(f"{number}", str(number).encode())
            headers = asking.signed_headers("GET", f"/tiles/{number}", {"host": "a"})
            asked.append("\r\n".join([f"GET /tiles/{number} HTTP/1.1", *map(": ".join, headers.items()), "\r\n"]))
        with socket.create_connection(("127.0.0.1", self.s3.port)) as connection:
            threading.Thread(target=connection.sendall, args=["".join(asked).encode()], daemon=True).start()
            with connection.makefile("rb") as reader:
                for number in range(count):
                    self.assertEqual(reader.readline(), b"HTTP/1.1 200 OK\r\n")
                    headers = http.client.parse_headers(reader)
                    self.assertEqual(reader.read(int(headers["Content-Length"])), str(number).encode())

    def test_what_is_no_request(self):
        for data in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nno header\r\n\r\n", b"GET / HTTP/2\r\n\r\n",
                     b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                     b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"x" * 70_000):
            with socket.create_connection(("127.0.0.1", self.s3.port)) as connection:
                connection.sendall(data)
                with connection.makefile("rb") as reader:
                    self.assertIn(reader.read()[:12], (b"HTTP/1.1 400", b"HTTP/1.1 431"))


class Identity(Case):
    def expect(self, code, key="a", **options):
        answer = self.client.get(key, **options)
        self.assertEqual(answer.code if answer.status != 200 else "", code)
        return answer

    def test_whoever_cannot_sign_is_refused(self):
        self.serve().put("a", CONTENT)
        self.expect("")
        self.expect("AccessDenied", sign=False)
        self.expect("SignatureDoesNotMatch", secret=SECRET[1:])
        self.expect("InvalidAccessKeyId", key_id="AKIA0")
        self.expect("InvalidToken", token="x")
        self.expect("AuthorizationHeaderMalformed", service="sqs")
        self.expect("InvalidAccessKeyId", "missing", key_id="AKIA0")  # before it is told what is there
        self.assertEqual(self.client.get("a", headers={"authorization": "Basic YTpi"}, sign=False).status, 400)

    def test_a_public_bucket_takes_all_but_wrong_signatures(self):
        self.serve(anonymous=True).put("a", CONTENT)
        self.expect("", sign=False)
        self.expect("")
        self.expect("SignatureDoesNotMatch", secret="x")

    def test_without_keys_the_shape_of_a_signature_is_enough(self):
        self.serve(keys=None).put("a", CONTENT)
        self.expect("", secret="x", key_id="anybody", token="any")
        self.expect("AccessDenied", sign=False)

    def test_session_tokens_come_along_and_end(self):
        s3 = self.serve(keys={KEY_ID: Key(SECRET, "token", time.time() + 1000)})
        s3.put("a", CONTENT)
        self.expect("", token="token")
        self.expect("InvalidToken")
        self.expect("InvalidToken", token="other")
        s3.keys = {KEY_ID: Key(SECRET, "token", time.time() - 1)}
        self.assertEqual(self.expect("ExpiredToken", token="token").status, 400)

    def test_a_clock_that_is_off(self):
        s3 = self.serve()
        s3.put("a", CONTENT)
        s3.clock.offset = 3600
        answer = self.expect("RequestTimeTooSkewed")
        self.assertEqual(answer.status, 403)
        self.assertIn(b"<ServerTime>", answer.body)
        there = time.mktime(time.strptime(answer["Date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        self.assertAlmostEqual(there, time.time() + 3600, delta=30)
        self.expect("", now=time.time() + 3600)

    def test_another_region_is_told(self):
        s3 = self.serve(region="eu-west-1")
        s3.put("a", CONTENT)
        answer = self.expect("AuthorizationHeaderMalformed")
        self.assertEqual(answer.status, 400)
        self.assertIn(b"<Region>eu-west-1</Region>", answer.body)
        s3.wrong_region = "redirect"
        answer = self.expect("PermanentRedirect")
        self.assertEqual((answer.status, answer["x-amz-bucket-region"]), (301, "eu-west-1"))
        self.expect("", region="eu-west-1")
        s3.wrong_region = None
        self.expect("")

    def test_who_requests_pays(self):
        self.serve(requester_pays=True).put("a", CONTENT)
        self.expect("AccessDenied")
        answer = self.expect("", headers={"x-amz-request-payer": "requester"})
        self.assertEqual(answer["x-amz-request-charged"], "requester")

    def test_a_list_of_keys(self):
        s3 = self.serve()
        for key in ("b", "a/1", "a/2/x", "a/2/y", "a&b c/+"):
            s3.put(key, CONTENT)

        def ask(query):
            answer = self.client.ask("GET", f"/tiles?list-type=2&{query}")
            self.assertEqual(answer.status, 200, answer.body)
            return re.findall("<(?:Key|CommonPrefixes><Prefix)>([^<]*)", answer.body.decode()), answer.body
        self.assertEqual(ask("max-keys=1000")[0], ["a&amp;b c/+", "a/1", "a/2/x", "a/2/y", "b"])
        self.assertEqual(ask("encoding-type=url")[0][0], "a%26b+c/%2B")
        self.assertEqual(ask("delimiter=%2F&prefix=a%2F")[0], ["a/1", "a/2/"])
        names, body = ask("max-keys=2&prefix=a%2F")
        self.assertEqual(names, ["a/1", "a/2/x"])
        self.assertIn(b"<IsTruncated>true</IsTruncated>", body)
        s3.lists = False
        self.assertEqual(self.client.ask("GET", "/tiles?list-type=2").code, "AccessDenied")

    def test_the_bucket_before_the_host(self):
        s3 = self.serve()
        s3.put("a", CONTENT)
        with Client(s3.url, virtual_host=True) as client:
            self.assertEqual(client.get("a").body, CONTENT)
        for host, status in (("tiles.s3.eu-west-1.amazonaws.com", 200), ("Tiles.S3.amazonaws.com", 200),
                             ("other.s3.amazonaws.com", 404)):
            headers = asking.signed_headers("GET", "/a", {"host": host})
            self.assertEqual(self.client.ask("GET", "/a", headers, sign=False).status, status, host)
        headers = asking.signed_headers("GET", "/tiles/a", {"host": "s3.eu-west-1.amazonaws.com"})
        self.assertEqual(self.client.ask("GET", "/tiles/a", headers, sign=False).status, 200)


class Objects(Case):
    def test_a_folder(self):
        folder = Path(self.enter(tempfile.TemporaryDirectory()))
        (folder / "bucket/a").mkdir(parents=True)
        (folder / "bucket/a/b c.zip").write_bytes(CONTENT)
        (folder / "secret").write_bytes(b"x")
        self.serve(folder=folder / "bucket")
        answer = self.client.get("a/b c.zip", headers={"range": "bytes=-10"})
        self.assertEqual((answer.status, answer.body, answer["ETag"]), (206, CONTENT[-10:], TAG))
        for key in ("a", "a/", "../secret", "a/../../secret", "a/../a/b c.zip", "a//b c.zip", "a\0b", "/secret"):
            self.assertEqual(self.client.get(key).status, 404, key)
        (folder / "bucket/a/b c.zip").write_bytes(b"new")
        self.assertNotEqual(self.client.get("a/b c.zip")["ETag"], TAG)

    def test_what_is_made_when_it_is_asked_for(self):
        asked = []

        def make(key):
            asked.append(key)
            return key.encode() * 1000 if key.startswith("a") else None
        self.serve(make=make)
        first, second = self.client.get("a1"), self.client.get("a1", headers={"range": "bytes=2-5"})
        self.assertEqual((first.body, second.body), (b"a1" * 1000, b"a1a1"))
        self.assertEqual((first["ETag"], first["Last-Modified"]), (second["ETag"], second["Last-Modified"]))
        self.assertEqual(self.client.get("b").status, 404)
        for number in range(200):
            self.client.get(f"a{number}")
        self.assertLess(len(asked), 210)


class Running(Case):
    def test_it_counts(self):
        s3 = self.serve(latency=0.2)
        s3.put("a", CONTENT)
        s3.put("b", CONTENT)

        def work():
            with Client(s3.url) as client:
                for key in ("a", "b", "a", "none"):
                    client.get(key, headers={"range": "bytes=0-9"})
        threads = [threading.Thread(target=work) for _ in range(8)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreater(time.monotonic() - started, 0.8)
        self.client.get("a", "HEAD")
        counts = s3.counts
        self.assertEqual((counts.requests, counts.gets, counts.bytes, counts.connections), (33, 32, 240, 9))
        self.assertEqual((dict(counts.by_key), dict(counts.by_status)), ({"a": 17, "b": 8, "none": 8},
                                                                         {206: 24, 404: 8, 200: 1}))
        self.assertTrue(2 <= counts.most_at_once <= 8, counts)
        self.assertEqual(counts.at_once, 0)
        records = s3.records()
        self.assertEqual((len(records), records[-1].key, records[-1].request.method), (33, "a", "HEAD"))
        s3.new_counts()
        self.assertEqual((s3.counts.requests, s3.counts.at_once, s3.records()), (0, 0, []))

    def test_it_goes_away_and_comes_back(self):
        s3 = self.serve()
        s3.put("a", CONTENT)
        self.client.get("a")
        port = s3.port
        s3.go_away()
        with self.assertRaises((ConnectionResetError, http.client.RemoteDisconnected)):
            self.client.get("a")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        s3.come_back()
        with Client(s3.url) as client:
            self.assertEqual((client.get("a").status, s3.port), (200, port))
        self.assertNotEqual(free_port(), port)

    def test_https_with_an_authority_of_its_own(self):
        authority = Authority(self.enter(tempfile.TemporaryDirectory()))
        s3 = self.enter(ScriptedS3(keys={KEY_ID: SECRET}, tls=authority.server_context("127.0.0.1", "s3.example")))
        s3.put("a", CONTENT)
        trusting = ssl.create_default_context(cafile=authority.bundle)
        with Client(s3.url, context=trusting) as client:
            self.assertEqual([client.get("a").body for _ in range(3)], [CONTENT] * 3)
        with Client(s3.url, context=ssl.create_default_context()) as client, self.assertRaises(ssl.SSLError):
            client.get("a")

    def test_the_program_serves_a_folder_and_tells_what_it_counted(self):
        folder = self.enter(tempfile.TemporaryDirectory())
        Path(folder, "a").write_bytes(CONTENT)
        program = [sys.executable, str(Path(__file__).with_name("scripted_s3.py")), "--root", folder, "--bucket", "maps",
                   "--latency", "20ms", "--key", f"{KEY_ID}:{SECRET}", "--fault", "slow_down:1", "--share", "0.5"]
        with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                url = process.stdout.readline().strip()
                with Client(url, "maps") as client:
                    statuses = {client.get("a").status for _ in range(40)}
            finally:
                process.terminate()
            _, told = process.communicate(timeout=20)
        self.assertEqual((statuses, process.returncode), ({200, 503}, 0))
        self.assertTrue(re.match(r"40 requests \(40 GETs\), \d+ bytes, 1 connections, at most 1 at once", told), told)

    def test_a_mistake_in_a_fault_is_a_500_and_not_a_hang(self):
        s3 = self.serve()
        with contextlib.redirect_stderr(io.StringIO()):
            s3.suffer(lambda *_: 1 / 0, times=1)
            self.assertEqual(self.client.get("a").status, 500)


if __name__ == "__main__":
    unittest.main()
