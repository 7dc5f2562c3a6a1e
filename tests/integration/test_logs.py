"""What is written down: the access log on standard output, all else on standard error."""

import datetime
import json
import os
import re
import socket
import subprocess
import unittest

import support
from metatiles import Header, Tile, archive, content_for, hand_made, url_of
from support import Case, Server, environment_of, run_all, wait_until

CONTENT = content_for("a tile", 3000)
TILE = url_of(Tile(0, 0, 0))
FIELDS = {"time", "client", "method", "path", "status", "bytes", "ms", "cache", "key"}
PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z 127\.0\.0\.1 "
                   r"(\S+) (\S+) (\d{3}) (\d+) (\d+\.\d{3})ms (\S+) (\S+)\Z")


class AccessLog(Case):
    def setUp(self):
        super().setUp()
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))

    def records(self, server):
        lines = server.stdout.to_the_end()
        records = [json.loads(line) for line in lines]
        for record in records:
            self.assertEqual(set(record), FIELDS)
        return records

    def test_one_line_of_json_for_each_request(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="json") as server:
            with server.connect() as connection:
                connection.request(TILE, {"Accept-Encoding": "gzip"})
                sent = len(connection.request(TILE, {"Accept-Encoding": "gzip"}).body)
                connection.request(TILE)
                tag = connection.request(TILE)["ETag"]
                connection.request(TILE, {"If-None-Match": tag})
                connection.request(TILE, method="HEAD")
                missing = len(connection.request(url_of(Tile(9, 0, 0))).body)
                connection.request("/live", method="POST")
                connection.request("/nothing")
                connection.send(b"nonsense\r\n\r\n")
                connection.response()
            server.stop()
            records = self.records(server)
        key = "all/0/0/0.zip"
        tile = ("GET", TILE, 200)
        self.assertEqual(
            [(*(record[name] for name in ("method", "path", "status", "bytes", "cache", "key")),
              ) for record in records[:7]],
            [(*tile, sent, "miss", key), (*tile, sent, "hit", key), (*tile, len(CONTENT), "hit", key),
             (*tile, len(CONTENT), "hit", key), ("GET", TILE, 304, 0, "hit", key), ("HEAD", TILE, 200, 0, "hit", key),
             ("GET", url_of(Tile(9, 0, 0)), 404, missing, "-", "all/7/0/0.zip")])
        self.assertEqual([record["status"] for record in records[7:]], [405, 404, 400])
        now = datetime.datetime.now(datetime.timezone.utc)
        for record in records:
            when = datetime.datetime.strptime(record["time"], "%Y-%m-%dT%H:%M:%S.%f%z")
            self.assertLess(abs((now - when).total_seconds()), 60)
            self.assertEqual(record["client"], "127.0.0.1")
            self.assertTrue(0 <= record["ms"] < 20_000 and isinstance(record["bytes"], int))

    def test_no_line_is_lost_or_mixed_under_load(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="json", TAPALCATL_THREADS=4) as server:
            def work(number):
                with server.connect() as connection:
                    for index in range(100):
                        connection.request(f"/{number}/{index}/{'x' * (index * 7)}")
            run_all(work, range(20), 5)
            server.stop()
            paths = [tuple(record["path"].split("/")[1:3]) for record in self.records(server)]
        self.assertEqual(sorted(paths), sorted((str(number),
                                                str(index)) for number in range(20) for index in range(100)))

    def test_whatever_is_asked_the_line_stays_one_line_of_json(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="json") as server:
            for target in ('/"', "/\\", "/\xff\xfe", '/"},{"a":"', "/%0a%22", "/<b>", "/" + "x" * 7000, "/'"):
                server.get(target)
            for data in (b"GE\"T / HTTP/1.1\r\nHost: a\r\n\r\n", b"\"\n\0\x1b[2J\r\n\r\n",
                         b"GET /\x1b[2J HTTP/1.1\r\nHost: a\r\n\r\n"):
                with server.connect() as connection:
                    connection.send(data)
                    self.assertEqual(connection.response().status, 400)
            server.stop()
            records = self.records(server)
            self.assertEqual(len(records), 11)
            for line in server.stdout.now():
                self.assertTrue(line.isascii() and line.isprintable() and len(line) < 5000, line)

    def test_the_plain_form(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="plain") as server:
            with server.connect() as connection:
                for target in (TILE, TILE + "?a=b", "/a\xff", "/live"):
                    connection.request(target)
            server.stop()
            lines = server.stdout.to_the_end()
        matched = [PLAIN.match(line) for line in lines]
        self.assertTrue(all(matched), lines)
        self.assertEqual(matched[0].groups()[:4] + matched[0].groups()[5:], ("GET", TILE, "200", "3000", "miss",
                                                                             "all/0/0/0.zip"))
        self.assertEqual(matched[3].groups()[:4] + matched[3].groups()[5:], ("GET", "/live", "200", "2", "-", "-"))

    def test_off(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="off") as server:
            server.get(TILE)
            server.stop()
            self.assertEqual(server.stdout.to_the_end(), [])

    def test_into_a_pipe_it_is_json_by_itself(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="auto") as server:
            server.get(TILE)
            server.stop()
            self.assertEqual(len(self.records(server)), 1)

    def test_lines_are_written_soon(self):
        with Server(self.folder, TAPALCATL_ACCESS_LOG="json") as server:
            server.get(TILE)
            wait_until(server.stdout.now, "the line")

    def test_a_reader_that_goes_away_does_not_end_it(self):
        reading, writing = os.pipe()
        settings = {"TAPALCATL_STORAGE": self.folder.as_uri(), "KEY_FORMAT_TYPE": "NO_HASH", "HOST": "127.0.0.1",
                    "PORT": 0,
                    "TAPALCATL_ACCESS_LOG": "json"}
        with subprocess.Popen([support.BINARY, "serve"], env=environment_of(settings), stdout=writing,
                              stderr=subprocess.PIPE) as process:
            try:
                os.close(writing)
                os.close(reading)
                port = int(re.search(rb":(\d+)/", process.stderr.readline())[1])
                for _ in range(400):  # more than is gathered before it is written
                    with support.client.Connection(port) as connection:
                        self.assertEqual(connection.request("/live").text, "OK")
            finally:
                process.terminate()
            self.assertEqual(process.wait(support.PATIENCE), 0)

    def test_keys_in_queries_are_never_written(self):
        self.put("all/1/0/0.zip", b"no archive")
        damaged = url_of(Tile(1, 0, 0), 1024)
        for form in ("json", "plain"):
            with Server(self.folder, TAPALCATL_ACCESS_LOG=form, TAPALCATL_LOG_LEVEL="debug",
                        TILES_PREVIEW_API_KEY="hush-hush") as server:
                for target in (TILE, damaged, "/nothing", "/preview.html", url_of(Tile(0, 9, 9)), "/%", "http://a/live",
                               "*"):
                    server.get(target + "?api_key=hush-hush")
                    server.get(target + "?a&api_key=hush-hush", {"Referer": "http://a/?api_key=hush-hush"})
                with server.connect() as connection:
                    connection.send(f"GET {TILE}?api_key=hush-hush HTTP/1.1\r\n\r\n".encode())
                    connection.response()
                server.stop()
                written = server.stdout.to_the_end() + server.stderr.to_the_end()
                self.assertGreater(len(written), 10)
                self.assertNotIn("hush", "\n".join(written))


class ClosedStreams(Case):
    """What is opened after the start must not get the place of a standard stream, and then the lines of a log."""

    def test_tiles_have_no_log_lines_in_them_if_standard_output_is_closed(self):
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": os.urandom(20000)}))
        with Server(self.folder, preexec=lambda: os.close(1), TAPALCATL_ACCESS_LOG="json") as server:
            with server.connect() as connection:
                bodies = {connection.request(url_of(Tile(0, 0, 0)), {"Accept-Encoding": "gzip"}).body for _ in range(600)}
            self.assertEqual(len(bodies), 1)

    def test_streams_that_are_closed_are_not_open_for_writing(self):
        check = subprocess.run([support.BINARY, "config", "--schema"], preexec_fn=lambda: os.close(1), stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True)
        self.assertEqual(check.returncode, 1)
        self.assertIn("standard output: Bad file descriptor", check.stderr)


class Errors(Case):
    def test_a_502_has_one_line_that_names_archive_and_entry(self):
        self.put("all/0/0/0.zip", hand_made([Header("0/0/0.mvt", CONTENT, crc=1)]))
        self.put("all/3/1/2.zip", b"no archive")
        for form in ("plain", "json"):
            with Server(self.folder, TAPALCATL_LOG_FORMAT=form) as server:
                before = len(wait_until(server.stderr.now, "the first line"))
                self.assertEqual(server.get(TILE).status, 502)
                self.assertEqual(server.get(url_of(Tile(3, 1, 2), 1024)).status, 502)
                server.stop()
                lines = server.stderr.to_the_end()[before:]
            for line, names in zip(lines, (("all/0/0/0.zip", "0/0/0.mvt", TILE), ("all/3/1/2.zip", url_of(Tile(3, 1, 2),
                                                                                                          1024)))):
                if form == "json":
                    record = json.loads(line)
                    self.assertEqual(set(record), {"time", "level", "message"})
                    line = f"{record['level']} {record['message']}"
                self.assertIn("error 502 ", line)
                for name in names:
                    self.assertIn(name, line)
            self.assertEqual(len(lines) - 2, len([line for line in lines if "SIGTERM" in line or "done" in line]),
                             lines)

    def test_what_is_missing_is_no_error(self):
        self.put("all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
        with Server(self.folder) as server:
            for target in (url_of(Tile(9, 0, 0)), url_of(Tile(0, 0, 0), form="png"), "/nothing", url_of(Tile(0, 1, 0)),
                           "/%"):
                server.get(target)
            self.assertEqual(len(server.stderr.now()), 1, server.stderr.now())

    def test_an_outage_does_not_fill_the_disk(self):
        storage = self.folder / "tiles"
        held = [Tile(4, x, y) for x in range(16) for y in range(16)]
        for place in held:
            self.put("tiles/all/%d/%d/%d.zip" % place, archive({"0/0/0.mvt": CONTENT}))
        with Server(storage, CACHE_DEFAULT_TIMEOUT=1) as server, server.connect() as connection:
            for place in held:
                self.assertEqual(connection.request(url_of(place, 1024)).body, CONTENT)
            storage.rename(self.folder / "away")
            unknown = [url_of(Tile(6, x, y), 1024) for x in range(20) for y in range(20)]
            for target in unknown:
                self.assertEqual(connection.request(target).status, 503)

            def all_are_stale():
                answers = [connection.request(url_of(place, 1024)) for place in held]
                self.assertEqual({(answer.status, answer.body) for answer in answers}, {(200, CONTENT)})
                return all(answer["Cache-Control"] == "public, max-age=10" for answer in answers)
            wait_until(all_are_stale, "stale answers")
            lines = server.stderr.now()
            self.assertTrue(any("cannot be read" in line for line in lines))
            self.assertLess(len(lines), 100, lines[-5:])

    def test_levels(self):
        self.put("all/0/0/0.zip", b"no archive")
        for level, words in (("error", ["error 502"]), ("off", [])):
            process = self.start(TAPALCATL_LOG_LEVEL=level)
            try:
                wait_until(lambda: self.answers(process), "an answer")
            finally:
                process.terminate()
                _, errors = process.communicate(timeout=support.PATIENCE)
            self.assertEqual(process.returncode, 0)
            lines = errors.decode().splitlines()
            self.assertEqual(len(lines), len(words), lines)
            for line, word in zip(lines, words):
                self.assertIn(word, line)

    def start(self, **settings):
        """A server that does not tell its port."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        settings = {"TAPALCATL_STORAGE": self.folder.as_uri(), "KEY_FORMAT_TYPE": "NO_HASH", "HOST": "127.0.0.1",
                    "PORT": self.port, **settings}
        return subprocess.Popen([support.BINARY, "serve"], env=environment_of(settings), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    def answers(self, process):
        self.assertIsNone(process.poll())
        try:
            with support.client.Connection(self.port) as connection:
                return connection.request(TILE).status == 502
        except ConnectionRefusedError:
            return False


class Start(Case):
    def serve(self, **settings):
        settings = {"TAPALCATL_STORAGE": self.folder.as_uri(), "PORT": 0, "HOST": "127.0.0.1", **settings}
        return subprocess.run([support.BINARY, "serve"], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def expect_one_line(self, result, code, *words):
        lines = result.stderr.decode().splitlines()
        self.assertEqual((result.returncode, len(lines), result.stdout), (code, 1, b""), result)
        for word in words:
            self.assertIn(word, lines[0])

    def test_wrong_settings_are_told_in_one_line(self):
        for name, value in (("METATILE_SIZE", "3"), ("METATILE_SIZE", "0"), ("KEY_FORMAT_TYPE", "HASH"), ("PORT",
                                                                                                          "65536"),
                            ("PORT", "http"), ("CACHE_MAX_AGE", "-1"), ("TAPALCATL_THREADS", "0"), ("HOST", "a b"),
                            ("TAPALCATL_HEADER_TIMEOUT", "0"), ("TAPALCATL_HEADER_TIMEOUT", "10 parsecs"),
                            ("TAPALCATL_CACHE_SIZE", "much"), ("TAPALCATL_ACCESS_LOG", "xml"), ("TAPALCATL_LOG_LEVEL",
                                                                                                "loud"),
                            ("TAPALCATL_MISSING_TILE", "500"), ("TILES_URL_BASE", "ftp://a"), ("TAPALCATL_BOUNDS",
                                                                                               "1,2,3"),
                            ("TAPALCATL_TRUSTED_PROXIES", "everybody"), ("TAPALCATL_STORAGE", "tiles"),
                            ("TAPALCATL_STORAGE", "file:///no/such/folder"), ("TAPALCATL_STORAGE",
                                                                              "file://elsewhere/tiles")):
            with self.subTest(name, value=value):
                self.expect_one_line(self.serve(**{name: value}), 2, value)

    def test_a_port_in_use_is_told_in_one_line(self):
        with Server(self.folder) as server:
            self.expect_one_line(self.serve(PORT=server.port), 1, "127.0.0.1", str(server.port), "in use")
            self.assertEqual(server.get("/live").status, 200)

    def test_an_address_of_another_machine_too(self):
        self.expect_one_line(self.serve(HOST="192.0.2.1"), 1, "192.0.2.1")

    def test_unknown_variables_of_ours_are_warned_of(self):
        with Server(self.folder, TAPALCATL_CACH_SIZE=1, TAPALCATLX=1) as server:
            lines = server.stderr.containing("TAPALCATL_CACH_SIZE")
            self.assertEqual(len(lines), 1)
            self.assertIn("TAPALCATL_CACHE_SIZE?", lines[0])
            self.assertEqual(server.stderr.containing("TAPALCATLX"), [])


if __name__ == "__main__":
    unittest.main()
