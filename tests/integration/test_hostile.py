"""What is no HTTP, and what wants to be understood in two ways: refused, and the connection with it."""

import random
import unittest

from client import Closed, Connection
from metatiles import Tile, archive, url_of
from support import Case, Server

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
START = b"GET /live HTTP/1.1\r\nHost: a\r\n"
CLIENT_HELLO = bytes.fromhex(
    "16030100a5010000a10303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
    "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
    "000813021303130100ff01000050000b000403000102000a00040002001d") + bytes(80)


class Hostile(Case):
    def setUp(self):
        super().setUp()
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": b"content"}))

    def expect_refusal(self, server, data, statuses=(400,)):
        """One answer, which closes, and not a byte more."""
        with server.connect() as connection:
            connection.send(data)
            answer = connection.response()
            self.assertIn(answer.status, statuses, (data[:100], answer))
            self.assertTrue(answer.closes)
            self.assertEqual(answer["Cache-Control"], "no-store")
            self.assertTrue(connection.at_end(), data[:100])
        self.assertEqual(server.get(url_of(Tile(0, 0, 0))).body, b"content")

    def test_what_is_no_http(self):
        with Server(self.folder) as server:
            for data in (b"\r\nnonsense\r\n\r\n", b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET /\r\n\r\n",
                         b"GET  / HTTP/1.1\r\n\r\n",
                         b" GET / HTTP/1.1\r\n\r\n", b"\0\0\0\0", bytes(10_000),
                         CLIENT_HELLO, b"\x80\x2e\x01\0\2", b"\xff\xff\xff", b"\x04\x01\0\x50\1\2\3\4\0", b"{}",
                         b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",
                         b"G\0T / HTTP/1.1\r\nHost: a\r\n\r\n"):
                with self.subTest(data[:40]):
                    self.expect_refusal(server, data, (400, 431) if len(data) > 8192 else (400,))

    def test_other_versions(self):
        with Server(self.folder) as server:
            for data in (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                         b"GET / HTTP/0.9\r\n\r\n", b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
                         b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
                         b"GET / HTTP/1.10\r\nHost: a\r\n\r\n", b"GET / HTTP/1\r\nHost: a\r\n\r\n",
                         b"GET / http/1.1\r\nHost: a\r\n\r\n",
                         b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"):
                with self.subTest(data[:40]):
                    self.expect_refusal(server, data, (400, 505))

    def test_headers_that_are_none(self):
        with Server(self.folder) as server:
            for line in (b"\0", b"X", b": y", b"X : y", b" X: y", b"X\t: y", b"X: a\0b", b"X: a\x01b", b"X: a\x7fb",
                         b"X(: y",
                         b"X: a\r\n folded", b"X:\r\n\tfolded", b"Host: b", b"X: a\rb", b"\xff: y"):
                with self.subTest(line):
                    self.expect_refusal(server, START + line + b"\r\n\r\n")
            self.expect_refusal(server, b"GET /live HTTP/1.1\r\n\r\n")
            self.expect_refusal(server, b"GET /live HTTP/1.1\r\n folded: x\r\nHost: a\r\n\r\n")

    def test_requests_with_a_body_hide_nothing(self):
        with Server(self.folder) as server:
            for lines in (b"Content-Length: 35\r\nTransfer-Encoding: chunked",
                          b"Transfer-Encoding: chunked\r\nContent-Length: 35",
                          b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity",
                          b"Transfer-Encoding: gzip, chunked",
                          b"Transfer-Encoding:\tchunked", b"transfer-encoding: CHUNKED", b"Transfer-Encoding: xchunked",
                          b"Transfer-Encoding:", b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked",
                          b" Transfer-Encoding: chunked", b"X: y\r\n Transfer-Encoding: chunked",
                          b"Transfer-Encoding: \x0bchunked", b"Transfer_Encoding: a\r\nTransfer-Encoding: chunked",
                          b"Content-Length: 35", b"Content-Length: 0\r\nContent-Length: 35",
                          b"Content-Length: 35\r\nContent-Length: 0",
                          b"Content-Length: 0, 35", b"Content-Length: 35, 35", b"Content-Length: +35",
                          b"Content-Length: -1",
                          b"Content-Length: 0x23", b"Content-Length: 3 5", b"Content-Length: 99999999999999999999",
                          b"Content-Length: a", b"Content-Length : 35", b"Content-Length:", b"Content-Length: 1e2"):
                for method in (b"GET", b"POST", b"HEAD", b"OPTIONS"):
                    data = START.replace(b"GET", method) + lines + b"\r\n\r\n" + HIDDEN + b"0\r\n\r\n"
                    with self.subTest(lines + b" " + method):
                        if method == b"HEAD":
                            self.expect_head_refusal(server, data)
                        elif method == b"POST":
                            # 405 says all that there is to say, unless the framing itself is broken.
                            self.expect_refusal(server, data, (400, 405))
                        else:
                            self.expect_refusal(server, data)

    def expect_head_refusal(self, server, data):
        """What refuses a HEAD may have a body or not, as it may not have been understood: no second answer follows."""
        with server.connect() as connection:
            connection.send(data)
            everything = b""
            piece = connection.read_some()
            while piece:
                everything += piece
                piece = connection.read_some()
            self.assertTrue(everything.startswith(b"HTTP/1.1 400 "), everything)
            self.assertEqual(everything.count(b"HTTP/1.1"), 1, everything)

    def test_an_empty_body_is_none(self):
        with Server(self.folder) as server, server.connect() as connection:
            self.assertEqual(connection.request("/live", {"Content-Length": "0"}).text, "OK")
            self.assertEqual(connection.request("/live", {"Content-Length": "0"}, "POST").status, 405)
            self.assertEqual(connection.request("/live", {"Expect": "100-continue"}).text, "OK")

    def test_bare_line_feeds_end_nothing(self):
        """Some servers in front take them as ends of lines: then both would see other requests."""
        with Server(self.folder, TAPALCATL_HEADER_TIMEOUT="1s") as server:
            for data in (b"GET /live HTTP/1.1\nHost: a\n\n" + HIDDEN,
                         START + b"X: y\nTransfer-Encoding: chunked\r\n\r\n" + HIDDEN,
                         b"GET /live HTTP/1.1\nHost: a\r\n\r\n" + HIDDEN):
                with self.subTest(data[:60]):
                    self.expect_refusal(server, data, (400, 505))

    def test_what_came_before_the_nonsense_is_answered(self):
        with Server(self.folder) as server, server.connect() as connection:
            connection.send(START + b"\r\n" + START + b"\r\n" + b"nonsense\r\n\r\n" + HIDDEN)
            self.assertEqual([connection.response().status for _ in range(3)], [200, 200, 400])
            self.assertTrue(connection.at_end())

    def test_random_bytes_and_random_damage(self):
        chance = random.Random(11)
        request = START + b"Accept-Encoding: gzip\r\nIf-None-Match: \"a\"\r\nConnection: close\r\n\r\n"
        with Server(self.folder, TAPALCATL_HEADER_TIMEOUT="1s") as server:
            for number in range(400):
                data = bytearray(request)
                for _ in range(chance.randrange(1, 4)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                if number % 4 == 0:
                    data = chance.randbytes(chance.randrange(1, 300))
                with server.connect() as connection:
                    connection.send(bytes(data) + b"\r\n\r\n")
                    connection.socket.shutdown(1)
                    self.expect_answers_of_http(connection)
            self.assertEqual(server.get("/live").text, "OK")

    def expect_answers_of_http(self, connection: Connection):
        try:
            while True:
                self.assertIn(connection.response().status, (200, 400, 404, 405, 505))
        except Closed as closed:
            self.assertEqual(closed.got, 0)


if __name__ == "__main__":
    unittest.main()
