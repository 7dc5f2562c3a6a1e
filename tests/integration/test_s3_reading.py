"""Metatiles on S3: what is asked of the bucket, and that it comes out right. Each request's signature is verified."""

import os
import threading
import unittest

from metatiles import Tile, archive, key_of, url_of, within
from s3_support import (BUCKET, KEY_ID, SECRET, USUAL, S3Case, content_of, place, small_archive,
                        tile_url)
from support import run_all, wait_until

import faults

TAIL = "bytes=-262144"
METATILE = Tile(9, 271, 187)
KEY = key_of(METATILE, "NO_HASH")
# A metatile with a tile of each of three depths, far from each other and from the archive's end.
OFFSETS = (Tile(0, 0, 0), Tile(1, 1, 0), Tile(2, 3, 3))
LARGE = {f"{z}/{x}/{y}.mvt": os.urandom(40_000) for z, x, y in OFFSETS}


def large_archive(entries=None, gap=0, comment=b""):
    """`gap` bytes between the entries, and more at the end than the first read takes."""
    members = []
    for number, (name, content) in enumerate((entries or LARGE).items()):
        members += [(name, content), (f"gap{number}", os.urandom(gap))]
    return archive([*members, ("rest", os.urandom(400_000))], method=0, comment=comment)


def large_url(offset):
    depth = offset.z
    tile = Tile(METATILE.z + depth, METATILE.x * 2 ** depth + offset.x, METATILE.y * 2 ** depth + offset.y)
    assert within(tile, METATILE) == offset
    return url_of(tile, 1024 >> depth)


LARGE_TILES = {large_url(offset): LARGE["%d/%d/%d.mvt" % offset] for offset in OFFSETS}


def ranges(s3):
    return [record.request["range"] for record in s3.records()]


class Keys(S3Case):
    def test_a_bucket_by_s3_bucket_or_by_url(self):
        s3 = self.serve_s3()
        s3.put("demo/all/0/0/0.zip", small_archive(Tile(0, 0, 0)))
        for settings in ({"S3_PREFIX": "demo"}, {"S3_BUCKET": None, "TAPALCATL_STORAGE": f"s3://{BUCKET}/demo"},
                         {"S3_BUCKET": None, "TAPALCATL_STORAGE": f"s3://{BUCKET}", "S3_PREFIX": "demo"}):
            s3.new_counts()
            with self.server(s3, **settings) as server:
                self.expect_tile(server, Tile(0, 0, 0))
                self.assertIn(f"s3://{BUCKET}", server.storage)
            self.assertEqual(dict(s3.counts.by_key), {"demo/all/0/0/0.zip": 1})
            record = s3.records()[0].request
            self.assertEqual((record.method, record["range"], record["accept-encoding"]), ("GET", TAIL, "identity"))

    def test_each_layout_of_keys(self):
        s3 = self.serve_s3()
        for layout in ("NO_HASH", "HASH_PREFIX", "PREFIX_HASH"):
            key = key_of(METATILE, layout, "demo", "all")
            s3.put(key, small_archive(METATILE))
            with self.server(s3, KEY_FORMAT_TYPE=layout, S3_PREFIX="demo") as server:
                self.expect_tile(server, METATILE)
            self.assertEqual(s3.counts.by_key[key], 1)

    def test_odd_prefixes_are_signed_and_fetched_rightly(self):
        s3 = self.serve_s3()
        for prefix in ("a b", "a+b", "100%", "a%20b", "%2F", "ü/ñ", "東京", "a&b=c", "a?b#c", "(1)!*'~", "a;b:c@d$e,f",
                       "a\\b", "a//b", "e\u0301", "." * 3 + "x", "quoted\"", "[a]{b}|^`<>"):
            with self.subTest(prefix):
                s3.put(f"{prefix}/all/0/0/0.zip", small_archive(Tile(0, 0, 0)))
                with self.server(s3, S3_PREFIX=prefix) as server:
                    self.expect_tile(server, Tile(0, 0, 0))
                with self.server(s3, S3_PREFIX=prefix, KEY_FORMAT_TYPE="HASH_PREFIX") as server:
                    self.assertEqual(server.get(tile_url(Tile(0, 0, 0))).status, 404)
        self.assertEqual(set(s3.counts.by_status), {206, 404})

    def test_wrong_secrets_are_noticed_by_this_very_bucket(self):
        s3 = self.serve_s3(keys={KEY_ID: SECRET + "x"})
        self.put_small(s3)
        with self.server(s3) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)


class Payment(S3Case):
    def test_it_is_offered_on_every_request_and_signed(self):
        s3 = self.serve_s3(requester_pays=True)
        s3.put(KEY, large_archive())
        with self.server(s3, REQUESTER_PAYS="true", CACHE_DEFAULT_TIMEOUT=1) as server:
            for target, content in LARGE_TILES.items():
                self.assertEqual(server.get(target).body, content)
            self.assertEqual(server.get(tile_url(place(1))).status, 404)
            self.assertEqual(server.get("/health_check").text, "OK")
            s3.put(KEY, large_archive(comment=b"another build"))
            before = s3.counts.by_key[KEY]
            wait_until(lambda: server.get(next(iter(LARGE_TILES))) and s3.counts.by_key[KEY] > before, "another look")
        for record in s3.records():
            self.assertEqual(record.request["x-amz-request-payer"], "requester")
            self.assertIn("x-amz-request-payer", record.request["authorization"])
        self.assertNotIn(403, s3.counts.by_status)

    def test_it_is_not_offered_unasked(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3, REQUESTER_PAYS="false") as server:
            self.expect_tile(server, place(0))
        self.assertIsNone(s3.records()[0].request["x-amz-request-payer"])

    def test_without_it_such_a_bucket_says_no(self):
        s3 = self.serve_s3(requester_pays=True)
        self.put_small(s3)
        with self.server(s3) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)


class Counts(S3Case):
    def ask_at_once(self, server, targets, clients=100):
        """So many clients, each with one of the targets."""
        barrier = threading.Barrier(clients)
        wrong = []

        def ask(number):
            target = list(targets)[number % len(targets)]
            with server.connect() as connection:
                barrier.wait(60)
                answer = connection.request(target)
            if (answer.status, answer.body) != (200, targets[target]):
                wrong.append(answer)
        run_all(ask, range(clients), clients)
        self.assertEqual(wrong, [])

    def test_a_small_archive_is_one_get_for_all_its_tiles(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3) as server:
            for form in ("mvt", "json", "mvt"):
                self.expect_tile(server, place(0), form)
            self.assertEqual(server.get(tile_url(place(0), "topojson")).status, 404)
        self.assertEqual(ranges(s3), [TAIL])

    def test_a_hundred_clients_at_once_are_one_get_of_a_small_archive(self):
        s3 = self.serve_s3(latency=0.5)
        self.put_small(s3)
        with self.server(s3) as server:
            self.ask_at_once(server, {tile_url(place(0), form): content_of(place(0), form) for form in ("mvt", "json")})
        self.assertEqual(ranges(s3), [TAIL])

    def test_of_a_larger_one_the_directory_and_one_merged_range(self):
        s3 = self.serve_s3(latency=0.5)
        content = large_archive(gap=100_000)
        s3.put(KEY, content)
        with self.server(s3) as server:
            self.ask_at_once(server, LARGE_TILES)
        asked = ranges(s3)
        self.assertEqual((len(asked), asked[0]), (2, TAIL), asked)
        first, last = map(int, asked[1].removeprefix("bytes=").split("-"))
        self.assertTrue(first == 0 and 320_000 < last < len(content) - 200_000, asked)

    def test_entries_far_from_each_other_are_a_range_each(self):
        s3 = self.serve_s3(latency=0.5)
        s3.put(KEY, large_archive(gap=400_000))
        with self.server(s3) as server:
            self.ask_at_once(server, LARGE_TILES)
        self.assertEqual(len(ranges(s3)), 4)
        self.assertLess(s3.counts.bytes, 262_144 + 3 * (40_000 + 70_000))

    def test_later_reads_name_the_version(self):
        s3 = self.serve_s3()
        etag = s3.put(KEY, large_archive(gap=400_000)).etag
        with self.server(s3) as server:
            for target, content in LARGE_TILES.items():
                self.assertEqual(server.get(target).body, content)
        self.assertEqual([record.request["if-match"] for record in s3.records()], [None] + [etag] * 3)

    def test_connections_are_kept(self):
        s3 = self.serve_s3()
        places = self.put_small(s3, 60)
        with self.server(s3) as server:
            for each in places:
                self.expect_tile(server, each)
        self.assertEqual((s3.counts.gets, s3.counts.connections), (60, 1))

    def test_reads_at_once_are_bounded(self):
        s3 = self.serve_s3(latency=0.1)
        places = self.put_small(s3, 60)
        with self.server(s3, TAPALCATL_S3_CONNECTIONS=4, TAPALCATL_REQUEST_TIMEOUT="60s") as server:
            self.ask_at_once(server, {tile_url(each): content_of(each) for each in places}, 60)
        self.assertEqual((s3.counts.gets, s3.counts.most_at_once), (60, 4))
        self.assertLessEqual(s3.counts.connections, 5)


class Missing(S3Case):
    def test_what_is_not_there_is_a_404_and_remembered(self):
        s3 = self.serve_s3()
        with self.server(s3) as server:
            for _ in range(5):
                answer = server.get(tile_url(place(0)))
                self.assertEqual((answer.status, answer.text, answer["Cache-Control"]),
                                 (404, "Metatile not found", "public, max-age=30"))
        self.assertEqual(s3.counts.gets, 1)

    def test_without_the_right_to_list_it_is_a_502_unless_declared_missing(self):
        s3 = self.serve_s3(lists=False)
        self.put_small(s3)
        with self.server(s3) as server:
            self.expect_failure(server.get(tile_url(place(1))), 502)
            self.expect_line(server, "502", "s3:ListBucket")
            self.expect_tile(server, place(0))
        with self.server(s3, TAPALCATL_MISSING_ON_403="on") as server:
            self.assertEqual(server.get(tile_url(place(1))).status, 404)
            self.expect_tile(server, place(0))

    def test_that_declaration_is_about_keys_and_nothing_else(self):
        for fault in (faults.wrong_signature(), faults.unknown_key_id(), faults.expired_token(), faults.no_such_bucket(),
                      faults.too_skewed(), faults.page(403), faults.page(404)):
            s3 = self.serve_s3()
            s3.suffer(fault)
            with self.subTest(fault.__name__), self.server(s3, TAPALCATL_MISSING_ON_403="on") as server:
                self.expect_failure(server.get(tile_url(place(0))), 502)


class Habits(S3Case):
    """Other stores that speak S3, and what stands between."""

    def read_all(self, s3, content=None):
        s3.put(KEY, large_archive(gap=400_000))
        self.put_small(s3)
        with self.server(s3) as server:
            self.expect_tile(server, place(0))
            for target, wanted in LARGE_TILES.items():
                self.assertEqual(server.get(target).body, wanted)
            for target, wanted in LARGE_TILES.items():
                self.assertEqual(server.get(target).body, wanted)
            self.assertEqual(server.get(tile_url(place(9))).status, 404)
        return s3

    def test_the_whole_object_for_a_range(self):
        s3 = self.serve_s3()
        s3.suffer(faults.whole())
        self.read_all(s3)

    def test_the_whole_object_for_its_end(self):
        s3 = self.serve_s3()
        s3.suffer(faults.whole_for_suffix())
        self.read_all(s3)

    def test_the_whole_of_a_large_object_for_its_end(self):
        s3 = self.serve_s3()
        size = s3.put(KEY, large_archive(gap=6_000_000)).size
        self.assertGreater(size, 16 * 1024 * 1024)
        s3.suffer(faults.whole_for_suffix())
        with self.server(s3) as server:
            for target, content in LARGE_TILES.items():
                self.assertEqual(server.get(target).body, content, server.stderr.now())

    def test_an_if_match_that_fails_for_the_same_version_is_left_out(self):
        s3 = self.serve_s3()
        s3.suffer(faults.if_match_without_quotes())
        self.read_all(s3)
        self.assertEqual(s3.counts.by_status[412], 1)

    def test_416_for_a_suffix_longer_than_the_object(self):
        s3 = self.serve_s3()
        s3.suffer(faults.refuse_suffix())
        self.read_all(s3)

    def test_no_date_of_the_answer(self):
        s3 = self.serve_s3()
        s3.suffer(faults.undated())
        self.read_all(s3)

    def test_without_an_etag_the_date_is_named(self):
        s3 = self.serve_s3()
        s3.suffer(faults.no_etag())
        self.read_all(s3)
        large = [record.request for record in s3.records() if record.key == KEY]
        self.assertEqual([bool(request["if-unmodified-since"]) for request in large], [False, True, True, True])
        self.assertEqual([request["if-match"] for request in large], [None] * 4)

    def test_a_weak_etag_is_not_named(self):
        s3 = self.serve_s3()
        s3.suffer(faults.weak_etag())
        self.read_all(s3)
        self.assertNotIn(412, s3.counts.by_status)

    def test_without_etag_and_date_nothing_is_named(self):
        s3 = self.serve_s3()
        s3.suffer(faults.no_validators())
        self.read_all(s3)
        for record in s3.records():
            self.assertEqual((record.request["if-match"], record.request["if-unmodified-since"]), (None, None))

    def test_connections_that_end_after_each_answer(self):
        s3 = self.serve_s3()
        s3.suffer(faults.closing())
        self.read_all(s3)

    def test_one_byte_objects_and_empty_ones_are_damaged_and_not_missing(self):
        s3 = self.serve_s3()
        for number, content in enumerate((b"", b"x", b"no archive")):
            s3.put(key_of(place(number), "NO_HASH"), content)
        with self.server(s3) as server:
            for number in range(3):
                self.expect_failure(server.get(tile_url(place(number))), 502)


class Freshness(S3Case):
    def test_unchanged_costs_no_content(self):
        s3 = self.serve_s3()
        etag = s3.put(key_of(place(0), "NO_HASH"), small_archive(place(0))).etag
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1) as server:
            self.expect_tile(server, place(0))
            sent = s3.counts.bytes
            wait_until(lambda: self.expect_tile(server, place(0)) and s3.counts.by_status[304] >= 2, "two looks")
            self.assertEqual(s3.counts.bytes, sent)
        for record in s3.records()[1:]:
            self.assertEqual((record.request["if-none-match"], record.request["range"], record.request["if-range"]),
                             (etag, TAIL, None))

    def test_within_its_time_nothing_is_asked(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3) as server:
            for _ in range(20):
                self.expect_tile(server, place(0))
        self.assertEqual(s3.counts.requests, 1)

    def check_replacement(self, *suffered):
        s3 = self.serve_s3()
        for fault in suffered:
            s3.suffer(fault)
        metatile, key = place(0), key_of(place(0), "NO_HASH")
        s3.put(key, small_archive(metatile), modified=1_700_000_000)
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1) as server:
            self.expect_tile(server, metatile)
            new = content_of(place(1), "mvt")
            s3.put(key, archive({"0/0/0.mvt": new, "0/0/0.json": b"{}"}), modified=1_700_000_001)
            wait_until(lambda: server.get(tile_url(metatile)).body == new, "the new tile")
            self.assertEqual(server.get(tile_url(metatile, "json")).body, b"{}")
            s3.remove(key)
            wait_until(lambda: server.get(tile_url(metatile)).status == 404, "the end")

    def test_a_replaced_and_a_removed_object(self):
        self.check_replacement()

    def test_and_without_etag(self):
        self.check_replacement(faults.no_etag())

    def test_and_with_a_weak_one(self):
        self.check_replacement(faults.weak_etag())

    def test_and_without_any_validator(self):
        self.check_replacement(faults.no_validators())

    def check_between_reads(self, *suffered):
        """The directory of one version and an entry of the other would make no tile, or a wrong one."""
        s3 = self.serve_s3()
        for fault in suffered:
            s3.suffer(fault)
        s3.put(KEY, large_archive(gap=400_000), modified=1_700_000_000)
        targets = list(LARGE_TILES)
        with self.server(s3) as server:
            self.assertEqual(server.get(targets[0]).body, LARGE_TILES[targets[0]])
            new = {name: os.urandom(40_000) for name in LARGE}
            s3.put(KEY, large_archive(new, gap=410_000), modified=1_700_000_100)
            for offset in OFFSETS[1:] + OFFSETS[:1]:
                answer = server.get(large_url(offset))
                self.assertEqual((answer.status, answer["Cache-Control"]), (200, USUAL))
                self.assertEqual(answer.body, new["%d/%d/%d.mvt" % offset])

    def test_an_object_that_is_replaced_between_two_reads(self):
        self.check_between_reads()

    def test_between_two_reads_without_etag(self):
        self.check_between_reads(faults.no_etag())

    def test_between_two_reads_with_a_weak_etag(self):
        self.check_between_reads(faults.weak_etag())

    def test_between_two_reads_without_any_validator(self):
        self.check_between_reads(faults.no_validators())

    def test_an_object_under_another_version_each_time_is_read_whole_and_once(self):
        s3 = self.serve_s3()
        size = s3.put(KEY, large_archive(gap=400_000)).size
        s3.suffer(faults.replaced_each_time())
        with self.server(s3) as server:
            for target, content in LARGE_TILES.items():
                answer = server.get(target)
                self.assertEqual((answer.status, answer.body), (200, content), (answer, server.stderr.now()))
            self.expect_line(server, KEY, "reading all of it")
        self.assertLess(s3.counts.bytes, 2 * size)

    def test_the_same_content_under_other_versions_is_known_again(self):
        s3 = self.serve_s3()
        s3.put(KEY, large_archive(gap=400_000))
        s3.suffer(faults.replaced_each_time())
        with self.server(s3, CACHE_DEFAULT_TIMEOUT=1) as server:
            target, content = next(iter(LARGE_TILES.items()))
            tag = server.get(target)["ETag"]
            self.assertTrue(tag)
            wait_until(lambda: self.assertEqual(server.get(target).body, content) or
                       server.stderr.containing("the same content has another version"), "the same content again")

    def test_a_large_object_that_is_replaced_all_the_time_is_a_503(self):
        s3 = self.serve_s3()
        s3.put(KEY, large_archive(gap=6_000_000))
        s3.suffer(faults.replaced_each_time())
        with self.server(s3) as server:
            target = next(iter(LARGE_TILES))
            self.expect_failure(server.get(target), 503)
            s3.heal()
            self.assertEqual(server.get(target).body, LARGE_TILES[target])


class Without(S3Case):
    def test_a_public_bucket_needs_no_signature(self):
        s3 = self.serve_s3(anonymous=True)
        self.put_small(s3)
        with self.server(s3, TAPALCATL_ANONYMOUS="on") as server:
            self.expect_tile(server, place(0))
        for name in ("authorization", "x-amz-security-token"):
            self.assertIsNone(s3.records()[0].request[name])

    def test_one_that_is_not_says_no(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3, TAPALCATL_ANONYMOUS="on") as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)


class Store(S3Case):
    """Another server that speaks S3, named by S3_TEST_ENDPOINT and S3_TEST_BUCKET; keys and region as AWS has them."""

    def test_reads_there(self):
        import other_store
        store = other_store.named() or self.skipTest("S3_TEST_ENDPOINT and S3_TEST_BUCKET name no S3 server")
        store.check(self)


if __name__ == "__main__":
    unittest.main()
