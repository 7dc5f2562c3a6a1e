"""Any server that speaks S3, and what has to come out of it: put there by signed requests of our own, read by the server."""

import os
import uuid

from metatiles import Tile, archive, key_of
from s3_support import S3_TESTS, small_archive, tile_url  # noqa: F401 (it makes the modules of S3_TESTS known)
from support import Server

import asking
import test_s3_reading as reading

ODD_PREFIXES = ("a b", "a+b", "100%", "a%20b", "ü/ñ", "東京", "a&b=c", "(1)!*'~", "a;b:c@d$e,f")


class Store:
    def __init__(self, endpoint, bucket, key_id, secret, token=None, region="us-east-1"):
        self.endpoint, self.bucket, self.region = endpoint, bucket, region
        self.key_id, self.secret, self.token = key_id, secret, token

    def put(self, key, content):
        self._ask("PUT", key, content)

    def remove(self, key):
        self._ask("DELETE", key)

    def _ask(self, method, key, body=b""):
        with asking.Client(self.endpoint, self.bucket) as client:
            answer = client.get(key, method, body=body, key_id=self.key_id, secret=self.secret, token=self.token,
                                region=self.region)
        if answer.status not in (200, 204):
            raise AssertionError(f"{method} {key}: {answer.status} {answer.body[:500]!r}")

    def settings(self, **more):
        """Of a server that reads that bucket. None takes one away."""
        settings = {"S3_BUCKET": self.bucket, "AWS_ENDPOINT_URL_S3": self.endpoint, "AWS_REGION": self.region,
                    "AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret,
                    "AWS_SESSION_TOKEN": self.token, **more}
        return {name: value for name, value in settings.items() if value is not None}

    def server(self, **more):
        return Server(None, **self.settings(**more))

    # What holds for all of them. `case`: an S3Case. Everything is put below a prefix of its own, and removed.

    def check(self, case):
        prefix = f"tapalcatl-test-{uuid.uuid4()}"
        for check in (self.check_small, self.check_large, self.check_replaced, self.check_odd_prefixes):
            with case.subTest(check.__name__):
                check(case, prefix)

    def _put(self, case, key, content):
        self.put(key, content)
        case.addCleanup(self.remove, key)

    def check_small(self, case, prefix):
        metatile = Tile(7, 3, 4)
        self._put(case, key_of(metatile, "PREFIX_HASH", prefix), small_archive(metatile))
        with self.server(S3_PREFIX=prefix, KEY_FORMAT_TYPE="PREFIX_HASH") as server:
            case.expect_tile(server, metatile)
            case.expect_tile(server, metatile, "json")
            case.assertEqual(server.get(tile_url(Tile(7, 3, 5))).status, 404)
            case.assertEqual(server.get("/health_check").text, "OK")

    def check_large(self, case, prefix):
        """By suffix and ranges with If-Match."""
        self._put(case, f"{prefix}/{reading.KEY}", reading.large_archive(gap=400_000))
        with self.server(S3_PREFIX=prefix) as server:
            for target, content in reading.LARGE_TILES.items():
                case.assertEqual(server.get(target).body, content)

    def check_replaced(self, case, prefix):
        prefix += "/replaced"
        first, *others = reading.LARGE_TILES
        self._put(case, f"{prefix}/{reading.KEY}", reading.large_archive(gap=400_000))
        with self.server(S3_PREFIX=prefix) as server:
            case.assertEqual(server.get(first).body, reading.LARGE_TILES[first])
            new = {name: os.urandom(40_000) for name in reading.LARGE}
            self.put(f"{prefix}/{reading.KEY}", reading.large_archive(new, gap=400_000))
            for target in others:
                case.assertIn(server.get(target).body, new.values())

    def check_odd_prefixes(self, case, prefix):
        for odd in ODD_PREFIXES:
            whole = f"{prefix}/{odd}"
            self._put(case, f"{whole}/all/0/0/0.zip", archive({"0/0/0.mvt": odd.encode()}))
            with case.subTest(odd), self.server(S3_PREFIX=whole) as server:
                case.assertEqual(server.get(tile_url(Tile(0, 0, 0))).body, odd.encode())


def named():
    """The one that the environment names, or None."""
    names = ("S3_TEST_ENDPOINT", "S3_TEST_BUCKET")
    if not all(os.environ.get(name) for name in names):
        return None
    endpoint, bucket = (os.environ[name] for name in names)
    return Store(endpoint.rstrip("/"), bucket, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"],
                 os.environ.get("AWS_SESSION_TOKEN"),
                 os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1")
