"""What the server says in HTTP: methods, conditionals, encodings, targets, connections."""

import email.utils
import json
import unittest

from metatiles import Tile, url_of
from support import OneServer

CONTENT = OneServer.CONTENT
TILE = url_of(Tile(0, 0, 0))
MISSING_TILE = url_of(Tile(0, 0, 0), form="png")
MISSING_METATILE = url_of(Tile(9, 1, 1))
TILEJSON = "/tilezen/vector/v1/512/all/tilejson.mvt.json"
ALLOWED = "GET, HEAD, OPTIONS"


class Tiles(OneServer):
    def test_headers_of_a_tile(self):
        answer = self.get(TILE, {"Accept-Encoding": "gzip"})
        self.assertEqual(answer.status, 200)
        for name, value in (("Content-Type", "application/x-protobuf"), ("Vary", "Accept-Encoding"),
                            ("Cache-Control", "public, max-age=1200, s-maxage=600"), ("Accept-Ranges", "none"),
                            ("Access-Control-Allow-Origin", "*"), ("Content-Length", str(len(answer.body)))):
            self.assertEqual(answer[name], value)
        self.assertRegex(answer["ETag"], r'^"[^"]+"$')
        for name in ("Date", "Last-Modified"):
            moment = email.utils.parsedate_to_datetime(answer[name])
            self.assertEqual(email.utils.format_datetime(moment, usegmt=True), answer[name])
        for key in ("all/0", str(self.server.storage)):
            self.assertNotIn(key, str(answer.headers))

    def test_gzip_only_where_it_is_accepted(self):
        for accepted, encoding in ((None, None), ("", None), ("gzip", "gzip"), ("GZip", "gzip"), ("x-gzip", "gzip"),
                                   ("br, gzip", "gzip"), ("*", "gzip"), ("gzip;q=0", None), ("gzip;q=0.000", None),
                                   ("gzip;q=0.001", "gzip"), ("*;q=0", None), ("gzip;q=0, *", None),
                                   ("*;q=0, gzip", "gzip"), ("identity", None), ("deflate, br;q=1.0", None),
                                   ("gzipped", None), (" gzip ; q=0.5 , br", "gzip"), ("\tgzip", "gzip"), (",,gzip,,",
                                                                                                           "gzip")):
            answer = self.get(TILE, {} if accepted is None else {"Accept-Encoding": accepted})
            self.assertEqual((answer.status, answer["Content-Encoding"]), (200, encoding), accepted)
            self.assertEqual(answer.content, CONTENT)
            self.assertEqual(answer["Vary"], "Accept-Encoding")

    def test_each_encoding_has_an_etag_of_its_own(self):
        gzip_tag, plain_tag = (self.get(TILE, {"Accept-Encoding": name})["ETag"] for name in ("gzip", "identity"))
        self.assertNotEqual(gzip_tag, plain_tag)
        self.assertNotEqual(plain_tag, self.get(url_of(Tile(0, 0, 0), form="json"))["ETag"])

    def test_tags_that_match_give_304(self):
        for encoding in ("gzip", "identity"):
            tag = self.get(TILE, {"Accept-Encoding": encoding})["ETag"]
            for sent in (tag, "W/" + tag, "*", f'"a", {tag}', f'"a,b",W/{tag},"c"', f"  {tag}\t"):
                for method in ("GET", "HEAD"):
                    answer = self.get(TILE, {"Accept-Encoding": encoding, "If-None-Match": sent}, method)
                    self.assertEqual((answer.status, answer["ETag"]), (304, tag), sent)
                    self.assertEqual(answer["Cache-Control"], "public, max-age=1200, s-maxage=600")
                    self.assertEqual(answer["Vary"], "Accept-Encoding")
                    self.assertEqual(answer["Access-Control-Allow-Origin"], "*")

    def test_tags_that_do_not_match_give_the_tile(self):
        gzip_tag = self.get(TILE, {"Accept-Encoding": "gzip"})["ETag"]
        for sent in ('"a"', gzip_tag, gzip_tag.strip('"'), gzip_tag[:-1], '"' + gzip_tag, '"*"',
                     "w/" + gzip_tag.upper()):
            self.assertEqual(self.get(TILE, {"If-None-Match": sent}).status, 200, sent)

    def test_a_client_that_takes_gzip_may_hold_the_plain_tile(self):
        tag = self.get(TILE)["ETag"]
        answer = self.get(TILE, {"Accept-Encoding": "gzip", "If-None-Match": tag})
        self.assertEqual((answer.status, answer["ETag"]), (304, tag))

    def test_dates(self):
        date = self.get(TILE)["Last-Modified"]
        moment = email.utils.parsedate_to_datetime(date)
        later, earlier = (email.utils.format_datetime(moment.replace(year=moment.year + years), usegmt=True)
                          for years in (1, -1))
        for since, status in ((date, 304), (later, 304), (earlier, 200), ("yesterday", 200), ("", 200), ("0", 200),
                              (date.replace("GMT", "PST"), 200), (moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"), 304),
                              (moment.strftime("%a %b %e %H:%M:%S %Y"), 304)):
            self.assertEqual(self.get(TILE, {"If-Modified-Since": since}).status, status, since)

    def test_tags_win_over_dates(self):
        answer = self.get(TILE)
        tag, date = answer["ETag"], answer["Last-Modified"]
        self.assertEqual(self.get(TILE, {"If-None-Match": '"a"', "If-Modified-Since": date}).status, 200)
        self.assertEqual(self.get(TILE, {"If-None-Match": tag,
                                         "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}).status,
                         304)

    def test_ranges_are_ignored(self):
        answer = self.get(TILE, {"Range": "bytes=0-1", "If-Range": '"a"'})
        self.assertEqual((answer.status, answer.body), (200, CONTENT))

    def test_an_empty_tile_is_a_tile(self):
        for headers in ({"Accept-Encoding": "gzip"}, {}):
            answer = self.get(url_of(Tile(1, 0, 1)), headers)
            self.assertEqual((answer.status, answer.content), (200, b""))

    def test_what_is_missing(self):
        for target, text in ((MISSING_TILE, "Tile not found"), (MISSING_METATILE, "Metatile not found")):
            answer = self.get(target)
            self.assertEqual((answer.status, answer.text, answer["Cache-Control"]), (404, text, "public, max-age=30"))
            self.assertIsNone(answer["ETag"])


class MissingTile(OneServer):
    settings = {"TAPALCATL_MISSING_TILE": 204, "CACHE_MAX_AGE": 7, "SHARED_CACHE_MAX_AGE": 0}

    def test_can_be_204(self):
        self.assertEqual(self.get(MISSING_TILE).status, 204)
        self.assertEqual(self.get(TILE)["Cache-Control"], "public, max-age=7")


class Methods(OneServer):
    TARGETS = (TILE, MISSING_TILE, MISSING_METATILE, TILEJSON, "/", "/live", "/ready", "/health_check", "/preview.html",
               "/nothing", "/preview/nothing", url_of(Tile(1, 2, 0)))

    def test_head_is_get_without_the_body(self):
        for target in self.TARGETS:
            for headers in ({}, {"Accept-Encoding": "gzip"}):
                head, get = (self.get(target, headers, method) for method in ("HEAD", "GET"))
                self.assertEqual((head.status, head.body), (get.status, b""), target)
                self.assertEqual([pair for pair in head.headers if pair[0] != "Date"],
                                 [pair for pair in get.headers if pair[0] != "Date"], target)

    def test_options_answers_preflights(self):
        for target in (TILE, MISSING_TILE, TILEJSON, "/", "/live", "/preview.html"):
            answer = self.get(target, {"Origin": "https://a.example", "Access-Control-Request-Method": "GET",
                                       "Access-Control-Request-Headers": "Authorization, x-a"}, "OPTIONS")
            self.assertEqual(answer.status, 204, target)
            self.assertEqual(answer["Access-Control-Allow-Methods"], ALLOWED)
            self.assertEqual(answer["Allow"], ALLOWED)
            self.assertEqual(answer["Access-Control-Allow-Headers"].lower(), "authorization, x-a")
            self.assertTrue(answer["Access-Control-Max-Age"].isdigit())
        self.assertEqual(self.get("/nothing", method="OPTIONS").status, 404)
        self.assertEqual(self.get("*", method="OPTIONS").status, 204)

    def test_other_methods_are_405_on_routes_and_404_elsewhere(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "PROPFIND", "FOO"):
            for target in (TILE, MISSING_METATILE, TILEJSON, "/", "/live", "/preview.html"):
                answer = self.get(target, method=method)
                self.assertEqual((answer.status, answer["Allow"]), (405, ALLOWED), (method, target))
            self.assertEqual(self.get("/nothing", method=method).status, 404)

    def test_every_answer_may_be_read_by_other_origins(self):
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            for target in (*self.TARGETS, "/%", url_of(Tile(0, 0, 0), 255)):
                answer = self.get(target, {"Origin": "https://a.example"}, method)
                self.assertEqual(answer["Access-Control-Allow-Origin"], "*", (method, target, answer))

    def test_a_request_that_is_none_gets_cors_headers_too(self):
        self.connection.send(b"GET / HTTP/1.1\r\n\r\n")
        answer = self.connection.response()
        self.assertEqual((answer.status, answer["Access-Control-Allow-Origin"]), (400, "*"))


class Targets(OneServer):
    def test_what_is_not_a_tile_of_the_pyramid_is_400_in_words(self):
        for target, word in ((url_of(Tile(17, 0, 0)), "0 to 16"), (url_of(Tile(99999999999999999999, 0, 0)), "0 to 16"),
                             (url_of(Tile(0, 1, 0)), "from 0 to 0"), (url_of(Tile(3, 0, 8)), "from 0 to 7"),
                             (url_of(Tile(3, 4294967296, 0)), "from 0 to 7"),
                             (url_of(Tile(3, 18446744073709551617, 0)), "from 0 to 7"),
                             (url_of(Tile(0, 0, 0), 255), "power of two"), (url_of(Tile(0, 0, 0), 768), ""),
                             (url_of(Tile(0, 0, 0), 2048), ""), (url_of(Tile(0, 0, 0), 128), ""),
                             (url_of(Tile(0, 0, 0), 4294967296 + 256), ""),
                             ("/tilezen/vector/v1/all/tilejson.png.json", "expected mvt"),
                             ("live", ""), ("../live", ""), ("maps.example:80", ""),
                             ("/%", ""), ("/%2", ""), ("/%zz", ""), ("/live%", ""), ("/%00", "")):
            answer = self.get(target)
            self.assertEqual((answer.status, answer["Cache-Control"]), (400, "no-store"), (target, answer))
            self.assertIn(word, answer.text)
            self.assertNotIn("\n", answer.text)

    def test_what_is_no_route_is_404(self):
        for target in ("/nothing", "/live/", "/LIVE", "/tilezen", "/tilezen/vector/v1/all/0/0/0",
                       "/tilezen/vector/v1/all/0/0/0.", "/tilezen/vector/v1/all/-1/0/0.mvt",
                       "/tilezen/vector/v1/all/+1/0/0.mvt",
                       "/tilezen/vector/v1/all/0.0/0/0.mvt", "/tilezen/vector/v1/all/0/0/-0.mvt",
                       "/tilezen/vector/v1/all/1e1/0/0.mvt", "/tilezen/vector/v1/all/0x1/0/0.mvt",
                       "/tilezen/vector/v1/all/0/0/0/0.mvt", "/tilezen/vector/v1/all/0/0/0.mvt/",
                       "/tilezen/vector/v1/roads/0/0/0.mvt", "/tilezen/vector/v1/px/all/0/0/0.mvt",
                       "/tilezen/vector/v1/-256/all/0/0/0.mvt", "/tilezen/vector/v2/all/0/0/0.mvt",
                       "/tilezen/vector/v1/all/0//0.mvt", "/tilezen/vector/v1/all/../all/0/0/0.mvt",
                       "/../../etc/passwd", "/preview/../live", "/preview/", "/preview//", "/preview/%2e%2e/live",
                       "/all/0/0/0.zip"):
            answer = self.get(target)
            self.assertEqual((answer.status, answer["Cache-Control"]), (404, "public, max-age=30"), (target, answer))

    def test_the_format_may_be_anything_but_leads_nowhere_else(self):
        for form in ("mvt/../../x", "..%2f..%2f0/0/0.mvt", "mvt%00", "%2e%2e", "a" * 3000, "%ff%fe"):
            self.assertIn(self.get("/tilezen/vector/v1/all/0/0/0." + form).status, (400, 404), form)

    def test_the_query_is_ignored(self):
        for query in ("?", "?api_key=secret", "?a=%", "?a=b/../c?d", "?/live"):
            self.assertEqual(self.get(TILE + query).body, CONTENT, query)
            self.assertEqual(self.get("/live" + query).text, "OK", query)

    def test_escapes_are_what_they_stand_for(self):
        for target in ("/tilezen/vector/v1/all/0/0/0%2Emvt", "/%74ilezen/vector/v1/%61ll/%30/0/0.%6Dvt"):
            self.assertEqual(self.get(target).body, CONTENT, target)
        self.assertEqual(self.get("/%6c%69%76%65").text, "OK")

    def test_leading_zeroes_are_the_same_tile(self):
        self.assertEqual(self.get("/tilezen/vector/v1/0256/all/00/000/0.mvt").body, CONTENT)

    def test_the_absolute_form(self):
        self.assertEqual(self.get("http://maps.example" + TILE).body, CONTENT)
        self.assertEqual(self.get("http://maps.example").status, 200)

    def test_errors_are_json_for_those_who_ask_for_it(self):
        for target, status in ((MISSING_TILE, 404), ("/nothing", 404), (url_of(Tile(17, 0, 0)), 400), ("/%", 400),
                               (url_of(Tile(17, 0, 0)) + '"\\', 400)):
            answer = self.get(target, {"Accept": "application/json"})
            self.assertEqual((answer.status, answer["Content-Type"]), (status, "application/json"))
            document = json.loads(answer.body)
            self.assertEqual(document["status"], status)
            self.assertTrue(document["error"])
            for accepted in ("*/*", "text/html, application/json;q=0.5", "application/json;q=0"):
                self.assertEqual(self.get(target, {"Accept": accepted})["Content-Type"], "text/plain; charset=utf-8")

    def test_what_an_error_repeats_cannot_break_out(self):
        answer = self.get("/tilezen/vector/v1/all/tilejson.%22%3Cscript%3E%0d%0aX:y.json",
                          {"Accept": "application/json"})
        self.assertEqual(answer.status, 400)
        self.assertEqual(json.loads(answer.body)["status"], 400)
        self.assertEqual((answer["X-Content-Type-Options"], answer["X"]), ("nosniff", None))


class Connections(OneServer):
    def test_pipelined_requests_are_answered_in_their_order(self):
        wanted = [(TILE, 200), ("/nothing", 404), (MISSING_METATILE, 404), ("/live", 200), (url_of(Tile(0, 1, 0)),
                                                                                            400)] * 40
        lines = b"".join(f"GET {target} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n".encode() for target,
                         _ in wanted)
        self.connection.send(lines)
        for target, status in wanted:
            answer = self.connection.response()
            self.assertEqual(answer.status, status, target)
            if target == TILE:
                self.assertEqual(answer.content, CONTENT)
        self.assertEqual(self.get("/live").text, "OK")

    def test_requests_in_single_bytes(self):
        for byte in b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n":
            self.connection.send(bytes([byte]))
        self.assertEqual(self.connection.response().text, "OK")

    def test_empty_lines_before_a_request_are_passed_over(self):
        request = b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n"
        self.connection.send(b"\r\n\r\n\r\n" + request + b"\r\n" + request)
        self.assertEqual(self.connection.response().text + self.connection.response().text, "OKOK")

    def test_who_wants_to_close_is_closed(self):
        answer = self.get(TILE, {"Connection": "close"})
        self.assertEqual((answer.body, answer.closes), (CONTENT, True))
        self.assertTrue(self.connection.at_end())

    def test_http_1_0(self):
        self.connection.send(b"GET /live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = self.connection.response()
        self.assertEqual((answer.text, answer["Connection"]), ("OK", "keep-alive"))
        self.connection.send(b"GET /live HTTP/1.0\r\n\r\n")
        self.assertTrue(self.connection.response().closes)
        self.assertTrue(self.connection.at_end())

    def test_who_says_no_more_still_gets_answers(self):
        self.connection.send(f"GET {TILE} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 3)
        self.connection.socket.shutdown(1)
        self.assertEqual([self.connection.response().body for _ in range(3)], [CONTENT] * 3)
        self.assertTrue(self.connection.at_end())


if __name__ == "__main__":
    unittest.main()
