"""Archives of every shape that zip allows, and of shapes that it does not."""

import gzip
import random
import unittest
import zipfile

from metatiles import (Header, Tile, archive, content_for, entry_of, hand_made, streamed_archive, url_of,
                       zip64_archive)
from support import Case, Server

CONTENT = content_for("a tile", 5000)
KEY = "all/3/{}/{}.zip"

# Where a tile of 1024 pixels is in its metatile.
ENTRY = "0/0/0.mvt"


class Archives(Case):
    def setUp(self):
        super().setUp()
        self.count = 0

    def add(self, data):
        """Stores an archive, and tells its place at zoom 3."""
        place = Tile(3, self.count % 8, self.count // 8)
        self.count += 1
        self.put("all/%d/%d/%d.zip" % place, data)
        return place


class Readable(Archives):
    def expect(self, data, name=None, content=CONTENT):
        place = self.add(data)
        with Server(self.folder) as server, server.connect() as connection:
            for headers in ({"Accept-Encoding": "gzip"}, {}):
                answer = connection.request(url_of(place, 1024), headers)
                self.assertEqual(answer.status, 200, (name, answer, server.stderr.now()))
                self.assertEqual(answer.content, content, name)

    def test_stored_and_deflated_entries(self):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            for content in (b"", b"x", CONTENT, random.Random(1).randbytes(300_000)):
                self.expect(archive({ENTRY: content, "0/0/0.json": b"{}"}, method), method, content)

    def test_every_level_of_compression(self):
        for level in (0, 1, 9):
            self.expect(archive({ENTRY: CONTENT}, level=level), level)

    def test_data_descriptors(self):
        self.expect(streamed_archive({"a": b"before", ENTRY: CONTENT, "b": b"behind"}))

    def test_zip64(self):
        self.expect(zip64_archive({"a": b"before", ENTRY: CONTENT}))
        self.expect(zip64_archive({"a": b"before", ENTRY: CONTENT}, streamed=True))

    def test_70000_entries(self):
        names = [entry_of(Tile(9, i % 512, i // 512)) for i in range(70_000)]
        others = [(name, b"") for name in names]
        self.expect(archive(others[:35_000] + [(ENTRY, CONTENT)] + others[35_000:], zipfile.ZIP_STORED))

    def test_archive_comments_also_with_signatures_in_them(self):
        end = archive({})
        for comment in (b"words", b"PK\5\6", b"x" * 65535, end, b"PK\5\6" + bytes(18),
                        b"a" * 30 + b"PK\6\7" + bytes(16)):
            self.expect(hand_made([Header(ENTRY, CONTENT)], comment=comment), comment[:30])

    def test_entry_comments_and_extra_fields(self):
        self.expect(hand_made([
            Header("a", b"before", extra=b"\x99\x99\4\0abcd", comment=b"PK\1\2 and more"),
            Header(ENTRY, CONTENT, extra=b"UT\5\0\1abcd", central_extra=b"UT\5\0\1abcdzz\0\0", comment=b"c" * 65535)]))

    def test_folders_and_other_names(self):
        self.expect(archive([("0/", b""), ("0/0/", b""), (ENTRY, CONTENT), ("../x", b"y"), ("/0/0/0.mvt", b"z"),
                             ("é", b"")]))

    def test_of_two_entries_of_one_name_the_last_wins(self):
        self.expect(hand_made([Header(ENTRY, b"first"), Header(ENTRY, CONTENT)]))

    def test_bytes_before_the_archive(self):
        for prefix in (b"#!/bin/sh\nexit\n", b"PK\3\4" * 100, bytes(300_000)):
            self.expect(prefix + archive({ENTRY: CONTENT}), "offsets count from the archive")
            self.expect(hand_made([Header(ENTRY, CONTENT)], prefix=prefix), "offsets count from the file")

    def test_bytes_behind_the_archive(self):
        for suffix in (b"\0", b"\r\n", b"PK\5\6", bytes(60_000)):
            self.expect(archive({ENTRY: CONTENT}) + suffix, len(suffix))

    def test_tiles_that_are_gzip_inside_of_the_archive(self):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.expect(archive({ENTRY: gzip.compress(CONTENT)}, method), method)

    def test_archives_larger_than_the_first_read(self):
        noise = random.Random(2).randbytes(400_000)
        self.expect(archive([(ENTRY, CONTENT), ("noise", noise), ("more", noise)]))
        self.expect(archive([("noise", noise), (ENTRY, CONTENT), ("more", noise)]))
        self.expect(archive([("noise", noise), ("more", noise), (ENTRY, CONTENT)]))
        self.expect(archive([("noise", noise), (ENTRY, noise * 3)]), content=noise * 3)


class Refused(Archives):
    """One server, a good archive and many bad ones: each is 502, and none hinders the good one."""

    def expect_refused(self, cases, status=502, **settings):
        good = self.add(archive({ENTRY: CONTENT}))
        places = {name: self.add(data) for name, data in cases.items()}
        with Server(self.folder, **settings) as server, server.connect() as connection:
            for name, place in places.items():
                with self.subTest(name):
                    for _ in range(2):
                        answer = connection.request(url_of(place, 1024))
                        self.assertEqual((answer.status, answer["Cache-Control"]), (status, "no-store"), answer)
                        self.assertNotIn(b"all/", answer.body)
                        self.assertIsNone(answer["ETag"])
                    answer = connection.request(url_of(good, 1024))
                    self.assertEqual((answer.status, answer.content), (200, CONTENT))

    def test_damaged_content(self):
        deflated = Header(ENTRY, CONTENT).data
        flipped = bytearray(deflated)
        flipped[len(flipped) // 2] ^= 0x10
        self.expect_refused({
            "wrong CRC": hand_made([Header(ENTRY, CONTENT, crc=1)]),
            "wrong CRC, stored": hand_made([Header(ENTRY, CONTENT, method=0, crc=1)]),
            "flipped bit": hand_made([Header(ENTRY, CONTENT, data=bytes(flipped))]),
            "bytes behind the deflate data": hand_made([Header(ENTRY, CONTENT, data=deflated + b"\0")]),
            "deflate data without its end": hand_made([Header(ENTRY, CONTENT, data=deflated[:-1])]),
            "larger than stated": hand_made([Header(ENTRY, CONTENT, size=len(CONTENT) - 1)]),
            "smaller than stated": hand_made([Header(ENTRY, CONTENT, size=len(CONTENT) + 1)]),
            "stored, of two sizes": hand_made([Header(ENTRY, CONTENT, method=0, size=len(CONTENT) - 1)]),
            "local header of another name": hand_made([Header(ENTRY, CONTENT, local_name=b"0/0/1.mvt")]),
        })

    def test_damaged_directories(self):
        whole = archive({ENTRY: CONTENT, "0/0/0.json": CONTENT})
        one = [Header(ENTRY, CONTENT)]
        cases = {f"cut at {size}": whole[:size] for size in (0, 1, 21, 22, len(whole) // 3, len(whole) - 30,
                                                             len(whole) - 1)}
        cases.update({
            "no archive at all": b"<Error><Code>AccessDenied</Code></Error>",
            "zeroes": bytes(100_000),
            "directory outside": hand_made(one, start=1 << 30),
            "directory too long": hand_made(one, size=1 << 30),
            "too many entries": hand_made(one, count=3),
            "comment outside": hand_made(one, comment_size=100),
            "entry outside": hand_made([Header(ENTRY, CONTENT, offset=1 << 30)]),
            "data outside": hand_made([Header(ENTRY, CONTENT, packed=1 << 30, local_packed=1 << 30)]),
            "entry in the directory": hand_made([Header(ENTRY, CONTENT, packed=100_000, local_packed=100_000)]),
            "overlapping entries": hand_made([Header(ENTRY, CONTENT, offset=0), Header("b", CONTENT, offset=4)]),
        })
        self.expect_refused(cases)

    def test_what_is_not_read_here(self):
        self.expect_refused({
            "encrypted": hand_made([Header(ENTRY, CONTENT, flags=1)]),
            "bzip2": archive({ENTRY: CONTENT}, zipfile.ZIP_BZIP2),
            "lzma": archive({ENTRY: CONTENT}, zipfile.ZIP_LZMA),
        })

    def test_bombs(self):
        many = bytes(40 << 20)
        self.expect_refused({
            "large": archive({ENTRY: many}),
            "large and hidden": hand_made([Header(ENTRY, many, size=1000)]),
        })

    def test_the_ceiling_of_a_tile_can_be_set(self):
        self.expect_refused({"over": archive({ENTRY: bytes(5001)})}, TAPALCATL_MAX_TILE_SIZE=5000)
        place = self.add(archive({ENTRY: bytes(40 << 20)}))
        with Server(self.folder, TAPALCATL_MAX_TILE_SIZE="64MiB") as server:
            self.assertEqual(server.get(url_of(place, 1024)).body, bytes(40 << 20))

    def test_what_is_no_file_is_an_outage(self):
        good = self.add(archive({ENTRY: CONTENT}))
        place = self.add(b"")
        path = self.folder / ("all/%d/%d/%d.zip" % place)
        path.unlink()
        path.mkdir()
        with Server(self.folder) as server, server.connect() as connection:
            answer = connection.request(url_of(place, 1024))
            self.assertEqual((answer.status, answer["Cache-Control"]), (503, "no-store"))
            self.assertTrue(answer["Retry-After"].isdigit())
            self.assertEqual(connection.request(url_of(good, 1024)).content, CONTENT)

    def test_other_tiles_of_an_archive_with_one_bad_entry_are_served(self):
        place = self.add(hand_made([Header(ENTRY, CONTENT, crc=1), Header("0/0/0.json", CONTENT)]))
        with Server(self.folder) as server, server.connect() as connection:
            self.assertEqual(connection.request(url_of(place, 1024)).status, 502)
            self.assertEqual(connection.request(url_of(place, 1024, "json")).content, CONTENT)
            self.assertEqual(connection.request(url_of(place, 1024)).status, 502)

    def test_other_tiles_of_an_archive_with_one_bad_record_in_its_directory_are_served(self):
        good = Header("0/0/0.json", CONTENT)
        for name, headers in {
            "outside": [Header(ENTRY, CONTENT, offset=1 << 30), good],
            "too long": [Header(ENTRY, CONTENT, packed=1 << 30), good],
            "two names for one header": [Header(ENTRY, CONTENT), Header("other", CONTENT, offset=0), good],
        }.items():
            place = self.add(hand_made(headers))
            with self.subTest(name), Server(self.folder) as server, server.connect() as connection:
                self.assertEqual(connection.request(url_of(place, 1024)).status, 502)
                self.assertEqual(connection.request(url_of(place, 1024, "json")).content, CONTENT)
                self.assertEqual(connection.request(url_of(place, 1024)).status, 502)


if __name__ == "__main__":
    unittest.main()
