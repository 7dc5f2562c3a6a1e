"""The verbs as they are called: the binary named by TAPALCATL_BINARY is run on archives made here."""

import functools
import gzip
import http.server
import io
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
import zlib
from pathlib import Path

BINARY = os.environ.get("TAPALCATL_BINARY", "tapalcatl")
CONTENT = bytes(range(256)) * 40
TEXT = b'{"type": "FeatureCollection", "name": "Z\xc3\xbcrich"}\n'


def run(*words, environment=None, **options):
    """Runs the binary with nothing of the caller's environment."""
    return subprocess.run([BINARY, *map(str, words)], env=environment or {}, timeout=60,
                          **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options})


def archive_bytes(entries, method=zipfile.ZIP_DEFLATED, comment=b""):
    """An archive of (name, content) or (name, content, comment)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content, *comments in entries:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            entry.comment = b"".join(comments)
            archive.writestr(entry, content)
        archive.comment = comment
    return out.getvalue()


GOOD = archive_bytes([("0/0/0.mvt", CONTENT), ("0/0/0.json", TEXT), ("1/0/1.mvt", b"")])


def with_flipped_data(archive, name):
    """The archive with a byte in the middle of an entry's data changed."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        entry = opened.getinfo(name)
    damaged = bytearray(archive)
    damaged[entry.header_offset + 30 + len(name) + entry.compress_size // 2] ^= 0x55
    return bytes(damaged)


def with_wrong_crc(archive):
    """The archive with another CRC of its first entry, in both headers."""
    crc = zlib.crc32(CONTENT)
    return archive.replace(struct.pack("<I", crc), struct.pack("<I", crc ^ 1))


class WebServer:
    """A folder behind HTTP, without ranges; entered it gives its URL. It does not look at queries."""

    def __init__(self, folder):
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
        handler.func.log_message = lambda *_: None
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def with_first_entry_elsewhere(archive):
    """The first entry starts on another disk, as the directory says."""
    damaged = bytearray(archive)
    damaged[archive.index(b"PK\x01\x02") + 34] = 1
    return bytes(damaged)


class Verbs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def put(self, path, content):
        whole = self.folder / path
        whole.parent.mkdir(parents=True, exist_ok=True)
        whole.write_bytes(content)
        return whole

    def assert_fails(self, result, code, *words):
        """The exit code is `code`, nothing is on stdout, and one line on stderr has all `words`."""
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, b"")
        self.assert_one_line(result, *words)

    def assert_one_line(self, result, *words):
        self.assertTrue(result.stderr.startswith(b"tapalcatl: "), result.stderr)
        self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word.encode(), result.stderr)


class Program(Verbs):
    def test_version(self):
        result = run("--version")
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertRegex(result.stdout, rb"\Atapalcatl \d+\.\d+\.\d+\n\Z")

    def test_help_goes_to_stdout_and_is_fine(self):
        for words in (["--help"], ["-h"], ["serve", "--help"], ["cat", "-h"]):
            result = run(*words)
            self.assertEqual((result.returncode, result.stderr), (0, b""), words)
            self.assertTrue(result.stdout.startswith(b"Usage: tapalcatl"), words)

    def test_mistakes_are_one_line_and_exit_2(self):
        self.assert_fails(run("dance"), 2, "dance")
        self.assert_fails(run("ls"), 2, "ARCHIVE")
        self.assert_fails(run("serve", "--port", "http"), 2, "--port 'http'", "0 to 65535")
        self.assert_fails(run("serve", environment={"PORT": "http"}), 2, "PORT='http'", "0 to 65535")

    def test_without_a_verb_the_usage_is_shown(self):
        result = run()
        self.assertEqual((result.returncode, result.stdout), (2, b""))
        self.assertTrue(result.stderr.startswith(b"Usage: tapalcatl"), result.stderr)
        self.assertEqual(run("help").stdout, run("--help").stdout)
        self.assertEqual(run("help", "cat").stdout, run("cat", "--help").stdout)

    def test_a_full_disk_is_noticed(self):
        good = self.put("good.zip", GOOD)
        for words in (["--version"], ["--help"], ["ls", good], ["cat", good, "0/0/0.mvt"], ["config"],
                      ["locate", "1/0/0.mvt"], ["verify", good]):
            with open("/dev/full", "wb") as full:
                result = run(*words, stdout=full, environment={"TAPALCATL_STORAGE": "file:///"})
            self.assertEqual(result.returncode, 1, words)
            self.assert_one_line(result, "No space left")

    def test_a_reader_that_leaves_is_no_reason_to_complain(self):
        many = self.put("many.zip", archive_bytes([(f"{i}.mvt", b"x") for i in range(5000)]))
        reading, writing = os.pipe()
        os.close(reading)
        result = run("ls", many, stdout=writing)
        os.close(writing)
        self.assertEqual((result.returncode, result.stderr), (1, b""))

    def test_a_closed_stderr_does_no_harm(self):
        result = subprocess.run(["sh", "-c", 'exec "$0" ls /no/such.zip 2>&-', BINARY], stdout=subprocess.PIPE, timeout=60)
        self.assertEqual(result.returncode, 3)


class Ls(Verbs):
    def test_lists_entries_in_a_table_with_a_total(self):
        lines = run("ls", self.put("a.zip", GOOD)).stdout.decode().splitlines()
        self.assertEqual(lines[0].split(), ["size", "compressed", "ratio", "method", "crc32", "name"])
        fields = lines[1].split()
        self.assertEqual((fields[0], fields[3], fields[4], fields[5]),
                         ("10240", "deflate", f"{zlib.crc32(CONTENT):08x}", "0/0/0.mvt"))
        self.assertEqual(lines[3].split()[2], "-")  # no ratio of nothing
        self.assertTrue(lines[-1].endswith("3 entries"))
        self.assertEqual(int(lines[-1].split()[0]), len(CONTENT) + len(TEXT))
        names_at = lines[0].index("name")
        self.assertTrue(all(line[names_at - 1] == " " and line[names_at] != " " for line in lines))

    def test_json_has_the_same(self):
        path = self.put("a.zip", archive_bytes([("0/0/0.mvt", CONTENT), ("b.txt", b"b")], zipfile.ZIP_STORED, b"hello"))
        document = json.loads(run("ls", path, "--json").stdout)
        self.assertEqual(document["comment"], "hello")
        self.assertEqual(document["size"], path.stat().st_size)
        self.assertEqual(document["total"], {"entries": 2, "size": 10241, "compressed_size": 10241})
        self.assertEqual(document["entries"][0], {
            "name": "0/0/0.mvt", "size": 10240, "compressed_size": 10240, "method": "stored", "encrypted": False,
            "crc32": f"{zlib.crc32(CONTENT):08x}", "header_offset": 0, "comment": ""})

    def test_shows_comments_and_the_headers_in_them(self):
        path = self.put("a.zip", archive_bytes(
            [("0/0/0.png", b"x", b'[{"Content-Type":"image/png"},{"X-Root":"0/0/0"}]'), ("0/0/0.txt", b"y"),
             ("0/0/1.txt", b"z", b"by hand")],
            comment=b'{"headers":[{"X-A":"1"}],"formats":{"png":"image/x-png"},"root":"0/0/0"}'))
        lines = run("ls", path).stdout.decode().splitlines()
        self.assertEqual(lines[2], "    headers: Content-Type: image/png, X-Root: 0/0/0")
        self.assertEqual(lines[5], "    comment: by hand")
        self.assertEqual(lines[7:], [
            'comment: {"headers":[{"X-A":"1"}],"formats":{"png":"image/x-png"},"root":"0/0/0"}',
            "headers of png: X-A: 1, Content-Type: image/x-png", "headers of other formats: X-A: 1"])
        document = json.loads(run("ls", path, "--json").stdout)
        self.assertEqual(document["headers"], {"png": {"X-A": "1", "Content-Type": "image/x-png"}, "": {"X-A": "1"}})
        self.assertEqual(document["entries"][0]["headers"], {"Content-Type": "image/png", "X-Root": "0/0/0"})
        self.assertEqual(document["entries"][2]["comment"], "by hand")
        self.assertNotIn("headers", document["entries"][2])

    def test_shows_hostile_comments_without_harm(self):
        forged = json.dumps({"headers": [{"X-A": "1\r\nX-B: 2"}, {"Content-Length": "0"}, {"X-C": "3"}]}).encode()
        for comment in (b"[" * 65_535, b"{" * 65_535, b"\x1b[31m\r\n\x00\xff" * 1000, forged):
            path = self.put("a.zip", archive_bytes([("0/0/0.png", b"x", comment)], comment=comment))
            result = run("ls", path)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertLess(len(result.stdout), 2000)
            self.assertNotRegex(result.stdout, b"[^ -~\\n]")
            json.loads(run("ls", path, "--json").stdout)
        self.assertIn("not used: headers: header 'X-A': its value has the byte 0x0d", result.stdout.decode())
        self.assertIn("headers of all entries: X-C: 3\n", result.stdout.decode())

    def test_takes_relative_paths_links_and_file_urls(self):
        self.put("sub dir/a.zip", GOOD)
        (self.folder / "link.zip").symlink_to("sub dir/a.zip")
        for archive in ("sub dir/a.zip", "./sub dir/../link.zip", (self.folder / "sub dir/a.zip").as_uri()):
            result = run("ls", archive, cwd=self.folder)
            self.assertEqual(result.returncode, 0, (archive, result.stderr))

    def test_shows_strange_names_without_harm(self):
        path = self.put("a.zip", archive_bytes([("a\x1b[31m\nb.mvt", b"x"), ("\u00fc.mvt", b"y")]))
        result = run("ls", path)
        self.assertNotIn(b"\x1b", result.stdout)
        self.assertEqual(len(result.stdout.splitlines()), 4)
        names = [entry["name"] for entry in json.loads(run("ls", path, "--json").stdout)["entries"]]
        self.assertEqual(names, ["a\x1b[31m\nb.mvt", "\u00fc.mvt"])

    def test_lists_entries_of_methods_that_are_not_read(self):
        path = self.put("a.zip", archive_bytes([("a.mvt", CONTENT)], zipfile.ZIP_BZIP2))
        self.assertIn(b"bzip2", run("ls", path).stdout)

    def test_tells_absent_and_damaged_archives_apart(self):
        self.assert_fails(run("ls", self.folder / "none.zip"), 3, "none.zip", "no such file")
        self.assert_fails(run("ls", self.folder / "none/a.zip"), 3, "no such file")
        self.assert_fails(run("ls", self.put("empty.zip", b"")), 4, "empty.zip")
        self.assert_fails(run("ls", self.put("text.zip", b"no zip at all" * 100)), 4, "text.zip")
        self.assert_fails(run("ls", self.put("cut.zip", GOOD[:-30])), 4, "cut.zip")
        self.assert_fails(run("ls", self.folder), 2, "directory")
        self.assert_fails(run("ls", "s3://bucket"), 2, "s3://bucket/key")
        self.assert_fails(run("ls", "ftp://host/a.zip"), 2, "https://host/path")
        self.assert_fails(run("ls", "file://relative/a.zip"), 2, "file:///path")

    def test_says_what_to_do_where_nobody_gives_credentials(self):
        nobody = {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(self.folder)}
        self.assert_fails(run("ls", "s3://bucket/a.zip", environment=nobody), 1, "AWS_ACCESS_KEY_ID")

    def test_reads_archives_from_a_web_server(self):
        self.put("tiles/a b.zip", GOOD)
        with WebServer(self.folder / "tiles") as url:
            self.assertIn(b"0/0/0.mvt", run("ls", url + "/a%20b.zip").stdout)
            self.assertEqual(run("cat", url + "/a%20b.zip", "0/0/0.json").stdout, TEXT)
            self.assertIn(b"1 archive, 3 entries", run("verify", url + "/a%20b.zip").stdout)
            self.assert_fails(run("ls", url + "/none.zip"), 3, "none.zip")
            tile = run("tile", "0/0/0.json", environment={"TAPALCATL_STORAGE": url, "KEY_FORMAT_TYPE": "NO_HASH"})
            self.assert_fails(tile, 3, "all/0/0/0.zip")

    def test_shows_no_query_of_a_url(self):
        """It may be a signature."""
        self.put("tiles/a.zip", GOOD)
        self.put("tiles/bad.zip", with_flipped_data(GOOD, "0/0/0.mvt"))
        self.put("tiles/all/0/0/0.zip", GOOD)
        with WebServer(self.folder / "tiles") as url:
            self.assertIn(b"0/0/0.mvt", run("ls", url + "/a.zip?sig=hunter2").stdout)
            self.assertEqual(run("cat", url + "/a.zip?sig=hunter2", "0/0/0.json").stdout, TEXT)
            storage = {"TAPALCATL_STORAGE": url + "?sig=hunter2", "KEY_FORMAT_TYPE": "NO_HASH"}
            self.assertEqual(run("tile", "0/0/0.json", environment=storage).stdout, TEXT)
            bad = url + "/bad.zip?sig=hunter2"
            runs = [run(*words) for words in (
                ("ls", url + "/a.zip?sig=hunter2", "--json"), ("ls", url + "/none.zip?sig=hunter2"),
                ("ls", "https://user:hunter2@host/a.zip?sig=hunter2"), ("ls", "gopher://host/a?sig=hunter2"),
                ("cat", bad, "0/0/0.mvt"), ("cat", bad, "none"), ("verify", bad), ("verify", bad, "--json"),
                ("verify", url + "/none.zip?sig=hunter2"), ("config", "--storage", url + ":0/?sig=hunter2"),
                ("config", "--tiles-url-base", "https://host/a?sig=hunter2"))]
            runs += [run(verb, environment=storage) for verb in ("config", "doctor")]
            runs += [run("tile", "1/0/0.json", environment=storage)]
        for result in runs:
            self.assertTrue(result.stdout + result.stderr)
            self.assertNotIn(b"hunter2", result.stdout + result.stderr, result)

    def test_does_not_hang_on_a_pipe(self):
        os.mkfifo(self.folder / "pipe.zip")
        self.assert_fails(run("ls", self.folder / "pipe.zip"), 1, "regular")


class Cat(Verbs):
    def test_writes_exactly_the_content(self):
        for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            path = self.put("a.zip", archive_bytes([("0/0/0.mvt", CONTENT), ("1/0/1.mvt", b"")], method))
            result = run("cat", path, "0/0/0.mvt")
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, CONTENT, b""))
            self.assertEqual(run("cat", path, "1/0/1.mvt").stdout, b"")

    def test_reads_entries_far_from_the_end_of_a_large_archive(self):
        large = os.urandom(300_000)
        path = self.put("a.zip", archive_bytes([("first.mvt", CONTENT)] + [(f"{i}.mvt", large) for i in range(4)]))
        self.assertEqual(run("cat", path, "first.mvt").stdout, CONTENT)
        self.assertEqual(run("cat", path, "2.mvt", "--read", "range").stdout, large)
        self.assertEqual(run("cat", path, "3.mvt", "--read", "whole").stdout, large)

    def test_writes_nothing_of_a_damaged_entry(self):
        self.assert_fails(run("cat", self.put("crc.zip", with_wrong_crc(GOOD)), "0/0/0.mvt"), 4, "crc.zip: 0/0/0.mvt")
        self.assert_fails(run("cat", self.put("data.zip", with_flipped_data(GOOD, "0/0/0.mvt")), "0/0/0.mvt"), 4)

    def test_other_entries_of_a_damaged_archive_can_be_had(self):
        path = self.put("crc.zip", with_wrong_crc(GOOD))
        self.assertEqual(run("cat", path, "0/0/0.json").stdout, TEXT)

    def test_says_what_is_missing(self):
        path = self.put("a.zip", GOOD)
        self.assert_fails(run("cat", path, "9/9/9.mvt"), 3, "9/9/9.mvt", "no such entry")
        self.assert_fails(run("cat", path, "0/0/0"), 3)

    def test_refuses_what_is_not_read_or_too_large(self):
        path = self.put("a.zip", archive_bytes([("a.mvt", CONTENT)], zipfile.ZIP_LZMA))
        self.assert_fails(run("cat", path, "a.mvt"), 4, "method")
        bomb = self.put("bomb.zip", archive_bytes([("a.mvt", bytes(40 << 20))]))
        self.assert_fails(run("cat", bomb, "a.mvt"), 4, "33554432")
        self.assertEqual(run("cat", bomb, "a.mvt", "--max-tile-size", "64MiB").stdout, bytes(40 << 20))

    def test_keeps_binary_off_terminals_and_lets_text_through(self):
        path = self.put("a.zip", GOOD)
        for entry, code in (("0/0/0.mvt", 2), ("0/0/0.json", 0)):
            master, terminal = pty.openpty()
            result = run("cat", path, entry, stdout=terminal)
            self.assertEqual(result.returncode, code, result.stderr)
            os.close(terminal)
            os.close(master)


class Locate(Verbs):
    def key(self, *words, environment=None):
        result = run("locate", *words, environment=environment)
        self.assertEqual((result.returncode, result.stderr), (0, b""), words)
        return result.stdout.decode()

    def test_tells_key_and_entry(self):
        demo = {"S3_PREFIX": "demo", "KEY_FORMAT_TYPE": "NO_HASH"}
        self.assertEqual(self.key("5/16/11.mvt", "--px", "512", environment=demo), "demo/all/4/8/5.zip 1/0/1.mvt\n")
        self.assertEqual(self.key("15/16035/15892.json", environment={"S3_PREFIX": "abc"}),
                         "abc/c1315/all/13/4008/3973.zip 2/3/0.json\n")
        self.assertEqual(self.key("12/56/2878.mvt", "--s3-layer=", "--s3-prefix", "180723", "--key-format-type", "HASH_PREFIX"),
                         "27584/180723/10/14/719.zip 2/0/2.mvt\n")

    def test_json(self):
        document = json.loads(self.key("5/16/11.mvt", "--px=512", "--json", "--include-hash", "false"))
        self.assertEqual(document, {"tile": "5/16/11", "px": 512, "format": "mvt", "metatile": "4/8/5", "offset": "1/0/1",
                                    "key": "all/4/8/5.zip", "entry": "1/0/1.mvt"})

    def test_0_pixels_are_256(self):
        self.assertEqual(self.key("5/16/11.mvt", "--px", "0"), self.key("5/16/11.mvt"))

    def test_looks_at_no_settings_but_those_of_keys(self):
        self.key("5/16/11.mvt", environment={"PORT": "nonsense", "TAPALCATL_NONSENSE": "1"})

    def test_refuses_what_is_no_tile(self):
        for tile in ("5/16/11", "5/16.mvt", "5/32/1.mvt", "-1/0/0.mvt", "1/0/0.", "1.0/0/0.mvt", "99/0/0.mvt", "/1/0/0.mvt"):
            self.assert_fails(run("locate", "--", tile), 2)
        for pixels in ("255", "-256", "768", "x", "", "4294967552"):
            self.assert_fails(run("locate", "1/0/0.mvt", "--px", pixels), 2, "--px")
        self.assert_fails(run("locate", "1/0/0.mvt", "--px", "2048"), 2)
        self.assert_fails(run("locate", "1/0/0.mvt", environment={"METATILE_SIZE": "3"}), 2, "METATILE_SIZE='3'")


class Tile(Verbs):
    def setUp(self):
        super().setUp()
        self.environment = {"TAPALCATL_STORAGE": self.folder.as_uri(), "KEY_FORMAT_TYPE": "NO_HASH"}

    def test_writes_the_tile_as_it_is_in_its_metatile(self):
        for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            self.put("all/2/3/1.zip", archive_bytes([("0/0/0.mvt", b"x"), ("2/1/3.mvt", CONTENT)], method))
            result = run("tile", "4/13/7.mvt", environment=self.environment)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, CONTENT, b""))

    def test_tells_what_is_wrong(self):
        self.put("all/2/3/1.zip", with_wrong_crc(archive_bytes([("2/1/3.mvt", CONTENT)])))
        self.assert_fails(run("tile", "4/13/7.mvt", environment=self.environment), 4)
        self.assert_fails(run("tile", "4/13/6.mvt", environment=self.environment), 3)
        self.assert_fails(run("tile", "4/0/0.mvt", environment=self.environment), 3)
        self.assert_fails(run("tile", "4/16/0.mvt", environment=self.environment), 2)
        self.assert_fails(run("tile", "4/0/0.mvt"), 2, "TAPALCATL_STORAGE")


class Verify(Verbs):
    def test_a_good_tree_is_fine(self):
        for i in range(20):
            self.put(f"tree/{i % 3}/{i}.zip", GOOD)
        result = run("verify", self.folder / "tree")
        self.assertEqual((result.returncode, result.stderr), (0, b""), result.stdout)
        self.assertIn(b"20 archives, 60 entries", result.stdout)
        self.assertIn(b"all fine", result.stdout)

    def test_goes_on_after_a_bad_archive_and_lists_all_in_order(self):
        self.put("tree/1.zip", GOOD)
        self.put("tree/2.zip", with_wrong_crc(GOOD))
        self.put("tree/3/1.zip", b"nothing")
        self.put("tree/4.zip", with_flipped_data(GOOD, "0/0/0.json"))
        self.put("tree/5.zip", GOOD[: len(GOOD) // 2])
        result = run("verify", self.folder / "tree")
        self.assertEqual(result.returncode, 4)
        self.assert_one_line(result, "4 of 5 archives")
        listed = [line.split(":")[0].rsplit("tree/")[-1] for line in result.stdout.decode().splitlines()[:-1]]
        self.assertEqual(listed, ["2.zip", "3/1.zip", "4.zip", "5.zip"])
        self.assertIn(b"2.zip: 0/0/0.mvt: ", result.stdout)
        self.assertIn(b"5 archives, 9 entries", result.stdout)

    def test_json(self):
        self.put("tree/1.zip", GOOD)
        bad = self.put("tree/2.zip", with_wrong_crc(GOOD))
        result = run("verify", self.folder / "tree", "--json")
        self.assertEqual(result.returncode, 4)
        document = json.loads(result.stdout)
        self.assertEqual({name: document[name] for name in ("archives", "entries", "corrupt", "unreadable")},
                         {"archives": 2, "entries": 6, "corrupt": 1, "unreadable": 0})
        (problem,) = document["problems"]
        self.assertEqual((problem["archive"], problem["entry"], problem["code"]), (str(bad), "0/0/0.mvt", "corrupt"))
        self.assertEqual(json.loads(run("verify", self.folder / "tree/1.zip", "--json").stdout)["problems"], [])

    def test_tells_entries_that_are_compressed_twice(self):
        twice = archive_bytes([("0/0/0.mvt", gzip.compress(CONTENT)), ("1/0/0.mvt", CONTENT), ("a.gz", gzip.compress(CONTENT))])
        result = run("verify", self.put("twice.zip", twice))
        self.assertEqual((result.returncode, result.stderr), (0, b""), result.stdout)
        self.assertNotIn(b"all fine", result.stdout)
        self.assertIn(b"warning: 1 entry is compressed twice", result.stdout)
        self.assertEqual(json.loads(run("verify", self.folder / "twice.zip", "--json").stdout)["gzipped"], 1)

    def test_tells_an_entry_that_the_directory_shows_to_be_bad_and_reads_the_others(self):
        bad = self.put("bad.zip", with_first_entry_elsewhere(GOOD))
        result = run("verify", bad)
        self.assertEqual(result.returncode, 4, result.stdout)
        self.assertIn(b"bad.zip: 0/0/0.mvt: starts on disk 1", result.stdout)
        self.assertIn(b"1 archive, 3 entries", result.stdout)
        listed = run("ls", bad)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(b"0/0/0.mvt  (starts on disk 1", listed.stdout)
        entries = json.loads(run("ls", bad, "--json").stdout)["entries"]
        self.assertEqual([entry.get("error", "")[:16] for entry in entries], ["starts on disk 1", "", ""])
        self.assertEqual(run("cat", bad, "0/0/0.json").returncode, 0)
        self.assertNotEqual(run("cat", bad, "0/0/0.mvt").returncode, 0)

    def test_sees_local_headers_that_lie(self):
        other_name = GOOD.replace(b"0/0/0.mvt", b"0/0/1.mvt", 1)
        result = run("verify", self.put("name.zip", other_name))
        self.assertEqual(result.returncode, 4, result.stdout)

    def test_reads_all_of_an_archive_larger_than_what_is_read_at_once(self):
        entries = [(f"{i}.mvt", os.urandom(700_000)) for i in range(12)]
        good = archive_bytes(entries)
        self.assertEqual(run("verify", self.put("large.zip", good)).returncode, 0)
        for name in ("0.mvt", "5.mvt", "11.mvt"):
            result = run("verify", self.put("damaged.zip", with_flipped_data(good, name)))
            self.assertEqual(result.returncode, 4)
            self.assertIn(f"damaged.zip: {name}: ".encode(), result.stdout)

    def test_an_archive_that_is_bad_all_over_is_told_in_few_lines(self):
        entries = [(f"{i}.mvt", CONTENT) for i in range(500)]
        result = run("verify", self.put("bad.zip", with_wrong_crc(archive_bytes(entries))))
        self.assertEqual(result.returncode, 4)
        self.assertIn(b"bad.zip: and 480 more\n", result.stdout)

    def test_refuses_bombs_without_inflating_them(self):
        bomb = self.put("bomb.zip", archive_bytes([("a.mvt", bytes(40 << 20)), ("b.mvt", b"fine")]))
        result = run("verify", bomb)
        self.assertEqual(result.returncode, 4)
        self.assertIn(b"bomb.zip: a.mvt: ", result.stdout)

    def test_tells_unreadable_from_corrupt(self):
        self.put("tree/1.zip", GOOD)
        (self.folder / "tree/2.zip").symlink_to("nowhere")
        result = run("verify", self.folder / "tree")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn(b"2.zip: no such file", result.stdout)
        self.put("tree/3.zip", b"bad")
        self.assertEqual(run("verify", self.folder / "tree").returncode, 4)

    def test_nothing_to_read_is_not_fine(self):
        (self.folder / "empty").mkdir()
        result = run("verify", self.folder / "empty")
        self.assertEqual(result.returncode, 3)
        self.assert_one_line(result, "no archives")
        self.assertIn(b"no archives found", result.stdout)
        missing = run("verify", self.folder / "missing")
        self.assertEqual(missing.returncode, 3)
        self.assert_one_line(missing, "1 of 1 archive missing")
        self.assertIn(b"missing: no such file\n", missing.stdout)
        self.assertNotIn(str(self.folder).encode(), missing.stderr)  # the report names it

    def test_an_archive_without_entries_is_fine(self):
        self.assertEqual(run("verify", self.put("none.zip", archive_bytes([]))).returncode, 0)


class Config(Verbs):
    def test_tells_whence_each_value_is_and_hides_secrets(self):
        result = run("config", "--port", "81", "--json", environment={
            "TAPALCATL_STORAGE": "file:///", "TILES_PREVIEW_API_KEY": "hush", "S3_LAYER": ""})
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        document = json.loads(result.stdout)
        self.assertEqual(document["port"], {"value": "81", "from": "flag", "name": "--port"})
        self.assertEqual(document["s3_layer"], {"value": "", "from": "variable", "name": "S3_LAYER"})
        self.assertEqual(document["metatile_size"], {"value": "4", "from": "default"})
        self.assertNotIn(b"hush", result.stdout)

    def test_warns_of_misspelt_variables_and_of_what_serve_would_refuse(self):
        result = run("config", environment={"TAPALCATL_STORAGE": "file:///no/such/folder", "TAPALCATL_CACH_SIZE": "1"})
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"TAPALCATL_STORAGE", result.stdout)
        lines = result.stderr.decode().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertIn("TAPALCATL_CACHE_SIZE?", lines[0])
        self.assertIn("/no/such/folder", lines[1])

    def check(self, text, *words, environment=None):
        (self.folder / "file.yaml").write_text(text)
        return run("config", "--check", self.folder / "file.yaml", *words, environment=environment)

    def test_checks_a_file_and_says_in_a_line_that_it_is_good(self):
        file = self.folder / "file.yaml"
        tileset = f"{{storage: '{self.folder.as_uri()}'}}"
        for text, told in ((f"storage: {self.folder.as_uri()}\n", "no tilesets: it serves those of its settings"),
                           (f"tilesets: {{one: {tileset}}}\n", "1 tileset"),
                           (f"tilesets: {{one: {tileset}, two: {tileset}}}\n", "2 tilesets")):
            result = self.check(text)
            self.assertEqual((result.returncode, result.stderr, result.stdout.decode()), (0, b"", f"{file}: good, {told}\n"))

    def test_tells_all_faults_of_a_file_with_the_exit_code_of_serve(self):
        file = self.folder / "file.yaml"
        for text, *words in (("prot: 1\ntilesets: {'a b': {storage: x}}\n", ":1:1: ", "'prot'", ":2:12: ", ":2:29: "),
                             ("tilesets: {a: {name: x}, b: {max_zoom: 1}}\n", "tileset 'a'", "tileset 'b'"),
                             ("tilesets: {a: {storage: 'file:///none/such'}, b: {storage: 'file:///'}, c: {storage: 'file:///nor/this'}}\n",
                              "a: ", "/none/such", "\nc: ", "/nor/this"),
                             ("port: 80\n", "no storage is named")):
            for way in ("config", "--check"), ("serve", "--config"):
                result = run(*way, file) if file.write_text(text) else None
                self.assertEqual((result.returncode, result.stdout), (2, b""), result.stderr)
                for word in words:
                    self.assertIn(word, result.stderr.decode())

    def test_checks_a_file_as_serve_would_see_it(self):
        self.assertEqual(self.check("storage: ${HERE}\n", environment={"HERE": self.folder.as_uri()}).returncode, 0)
        self.assert_fails(self.check("storage: ${HERE}\n"), 2, "HERE")
        self.assert_fails(self.check(f"storage: {self.folder.as_uri()}\n", "--port", "x"), 2, "--port 'x'")
        self.assert_fails(run("config", "--check", ""), 2, "configuration file")
        self.assert_fails(run("config", "--check", "a", "--json"), 2, "--check and --json")
        self.assert_fails(run("config", "--check", "a", "--config", "b"), 2, "--check and --config")

    def expect_same_settings(self, environment, *flags, secrets=()):
        """That the file which --from-env writes makes the same settings without the environment; the file."""
        settings = [run("config", "--json", *flags, environment=environment)]
        written = run("config", "--from-env", *flags, environment=environment)
        self.assertEqual((written.returncode, written.stderr), (0, b""))
        (self.folder / "file.yaml").write_bytes(written.stdout)
        rest = {name: environment[name] for name in secrets}
        settings.append(run("config", "--config", self.folder / "file.yaml", "--json", environment=rest))
        of_environment, of_file = ({name: each["value"] for name, each in json.loads(result.stdout).items()}
                                   for result in settings)
        self.assertEqual(of_environment, of_file)
        return written.stdout.decode()

    def test_writes_the_file_that_equals_the_environment(self):
        environment = {
            "TAPALCATL_STORAGE": "https://tiles.example.org/a%20b?signature=hush", "S3_PREFIX": "20260901", "S3_LAYER": "",
            "KEY_FORMAT_TYPE": "HASH_PREFIX", "TILES_URL_BASE": "https://{s}.example.org", "CACHE_TYPE": "redis",
            "CACHE_REDIS_URL": "redis://:hush@host:6379/1", "TAPALCATL_ATTRIBUTION": "<a href=\"x\">\u00a9: # \\ ${A}</a>",
            "TAPALCATL_NAME": "null", "TAPALCATL_BOUNDS": "9.4, 47.0,9.7,47.3", "REQUESTER_PAYS": "true", "HOST": "*",
            "TAPALCATL_TRUSTED_PROXIES": "::1,10.0.0.0/8", "TAPALCATL_CACHE_SIZE": " 1GB\n"}
        written = self.expect_same_settings(environment, "--port", "81", "--s3-layer", "water",
                                            secrets=("TAPALCATL_STORAGE", "CACHE_REDIS_URL"))
        self.assertNotIn("hush", written)
        for line in ("cache_size: 1GB  # from TAPALCATL_CACHE_SIZE", "port: 81  # from --port", 'name: "null"  # from',
                     "cache_redis_url: ${CACHE_REDIS_URL}  # from CACHE_REDIS_URL, not shown", "s3_layer: water  # from --s3-layer"):
            self.assertIn("\n" + line, written)
        for name in "tilesets", "metatile_size", "include_hash":
            self.assertNotIn(name, written)

    def test_writes_a_file_of_an_empty_environment_too(self):
        self.assertEqual(self.expect_same_settings({}).count("\n"), 1)

    def test_writes_no_file_of_what_is_none(self):
        self.assert_fails(run("config", "--from-env", environment={"PORT": "x"}), 2, "PORT='x'")
        self.assert_fails(run("config", "--from-env", environment={"TAPALCATL_NAME": b"\xff"}), 2, "TAPALCATL_NAME='", "UTF-8")
        file = self.folder / "file.yaml"
        file.write_text("port: 80\n")
        self.assert_fails(run("config", "--from-env", environment={"TAPALCATL_CONFIG": str(file)}), 2, "TAPALCATL_CONFIG")
        self.assert_fails(run("config", "--from-env", "--config", file), 2, "--from-env and --config")

    def test_prints_the_schema_of_files_whatever_is_set(self):
        result = run("config", "--schema", environment={"PORT": "x"})
        self.assertEqual((result.returncode, result.stderr, result.stdout.count(b"\n")), (0, b"", 1))
        self.assertIn("cache_size", json.loads(result.stdout)["properties"])
        self.assert_fails(run("config", "--schema", "--json"), 2, "--schema and --json")

    def test_prints_what_documents_have_of_the_settings(self):
        for form, first in ("man", b".\\\""), ("markdown", b"<!-- settings: Storage -->\n"):
            result = run("config", "--reference", form)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertTrue(result.stdout.startswith(first), result.stdout[:100])
        self.assert_fails(run("config", "--reference", "html"), 2, "--reference 'html'", "man or markdown")


class Serve(Verbs):
    def test_refuses_to_start_without_one_storage(self):
        storage = self.folder.as_uri()
        self.assert_fails(run("serve"), 2, "S3_BUCKET=name", "file:///path")
        self.assert_fails(run("serve", environment={"S3_BUCKET": "b"}), 2, "S3_BUCKET='b'", "3 to 63")
        self.assert_fails(run("serve", environment={"S3_BUCKET": "tiles", "TAPALCATL_STORAGE": storage}), 2,
                          "S3_BUCKET='tiles'", "both", storage)
        self.assert_fails(run("serve", "--storage", "s3://b"), 2, "--storage 's3://b'", "s3://bucket/prefix")
        self.assert_fails(run("serve", "--storage", storage + "/none"), 2, "TAPALCATL_STORAGE (--storage): ",
                          "No such file")
        self.assert_fails(run("serve", environment={"TAPALCATL_STORAGE": storage, "KEY_FORMAT_TYPE": "X"}), 2,
                          "KEY_FORMAT_TYPE='X'", "PREFIX_HASH")


    def test_names_the_variables_of_an_address_that_it_cannot_listen_on(self):
        environment = {"TAPALCATL_STORAGE": self.folder.as_uri(), "HOST": "192.0.2.1", "PORT": "0"}
        self.assert_fails_with_log(run("serve", environment=environment), "HOST='192.0.2.1'", "PORT='0'")
        self.assert_fails_with_log(run("serve", "--host", "192.0.2.1", environment=environment), "--host '192.0.2.1'")

    def test_names_the_variable_where_conda_has_set_host(self):
        environment = {"TAPALCATL_STORAGE": self.folder.as_uri(), "HOST": "x86_64-conda-linux-gnu", "PORT": "0"}
        result = run("serve", environment=environment)
        self.assertEqual(result.returncode, 1)
        self.assert_fails_with_log(result, "HOST='x86_64-conda-linux-gnu' and ", "HOST is the address to listen on",
                                   "--host")

    def assert_fails_with_log(self, result, *words):
        self.assertNotEqual(result.returncode, 0)
        for word in words:
            self.assertIn(word, result.stderr.decode().splitlines()[-1])


class Server:
    """A server that answers everything in one way."""

    def __init__(self, answer):
        self.requests = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self):
        open_connections = []
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self.requests.append(connection.recv(4096))
            if self._answer is None:
                open_connections.append(connection)  # and says nothing
            else:
                connection.sendall(self._answer)
                connection.close()
        for connection in open_connections:
            connection.close()


# In namespaces of its own: the binary's only DNS server takes queries and answers none. Prints the seconds that it took.
SILENT_DNS = """
import fcntl, socket, struct, subprocess, sys, time
with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh22x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
dns.bind(("127.0.0.1", 53))
subprocess.run(["mount", "--bind", sys.argv[1], "/etc/resolv.conf"], check=True)
print("ready", flush=True)
began = time.monotonic()
code = subprocess.run([sys.argv[2], "health", "http://silent.example/"], env={}).returncode
print(time.monotonic() - began)
sys.exit(code)
"""


class Health(Verbs):
    def test_200_is_well(self):
        with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK") as server:
            result = run("health", environment={"PORT": str(server.port)})
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"", b""))
            request = server.requests[0]
            self.assertTrue(request.startswith(b"GET /health_check HTTP/1.1\r\n"))
            self.assertIn(f"\r\nHost: 127.0.0.1:{server.port}\r\n".encode(), request)
            self.assertEqual(run("health", f"http://localhost:{server.port}/ready").returncode, 0)
            self.assertTrue(server.requests[1].startswith(b"GET /ready HTTP/1.1\r\n"))
            self.assertEqual(run("health", "--port", server.port, environment={"HOST": "0.0.0.0"}).returncode, 0)

    def test_anything_else_is_not(self):
        for answer, words in ((b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "status 503"),
                              (b"HTTP/1.1 404\r\n\r\n", "status 404"),
                              (b"SSH-2.0-OpenSSH\r\n", "not HTTP"),
                              (b"HTTP/1.1 2000 OK\r\n", "not HTTP"),
                              (b"HTTP/1.1 2000 OK\r\n\r\n", "not HTTP"),
                              (b"HTTP/1.1 200", "closed the connection"),
                              (b"x" * 100_000, "not HTTP"),
                              (b"", "closed the connection")):
            with Server(answer) as server:
                self.assert_fails(run("health", f"http://127.0.0.1:{server.port}"), 1, words)

    def test_nobody_there(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.assert_fails(run("health", environment={"PORT": str(port)}), 1, f"127.0.0.1:{port}", "refused")

    def test_names_the_variable_that_the_host_comes_from(self):
        host = "x86_64-conda-linux-gnu"
        self.assert_fails(run("health", environment={"HOST": host}), 1, f"HOST='{host}': http://{host}:8080/health_check")

    def test_gives_up_on_silence(self):
        with Server(None) as server:
            self.assert_fails(run("health", environment={"PORT": str(server.port)}), 1, "no response within 2 s")

    def test_gives_up_on_a_silent_dns_server(self):
        with tempfile.NamedTemporaryFile("w") as resolv_conf:
            resolv_conf.write("nameserver 127.0.0.1\n")
            resolv_conf.flush()
            result = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "--net", sys.executable, "-c",
                                     SILENT_DNS, resolv_conf.name, BINARY], capture_output=True, timeout=60)
        if not result.stdout.startswith(b"ready"):
            self.skipTest(f"no namespaces here: {result.stderr.decode()}")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"no response within 2 s", result.stderr)
        self.assertLess(float(result.stdout.split()[1]), 5)

    def test_refuses_urls_that_it_cannot_ask(self):
        for url in ("https://localhost/", "localhost:8080", "http://", "http://a b/", "http://a/\r\nX: y"):
            self.assert_fails(run("health", url), 2, "expected http", "://HOST")
        self.assert_fails(run("health", environment={"PORT": "0"}), 2, "PORT")


if __name__ == "__main__":
    unittest.main()
