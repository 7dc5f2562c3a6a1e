"""The server in front of the scripted S3."""

import json
import subprocess
import sys
from pathlib import Path

import support
from metatiles import Tile, archive, content_for, key_of, url_of

S3_TESTS = Path(__file__).resolve().parents[1] / "s3"
sys.path.insert(0, str(S3_TESTS))

from scripted_s3 import ScriptedS3  # noqa: E402

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {KEY_ID: SECRET}
BUCKET = "tiles-of-tests"  # a word that nothing else has: no client may ever read it

USUAL = "public, max-age=1200, s-maxage=600"
STALE = "public, max-age=10"


def place(number):
    """A metatile for each number, at zoom 12, as others have other keys."""
    return Tile(12, number % 4096, number // 4096)


def content_of(metatile, form="mvt"):
    return content_for(f"{form} of {metatile}", 3000)


def small_archive(metatile, forms=("mvt", "json")):
    return archive({f"0/0/0.{form}": content_of(metatile, form) for form in forms})


def tile_url(metatile, form="mvt"):
    """Of the one tile that covers the metatile."""
    return url_of(metatile, 1024, form)


class S3Case(support.Case):
    """A test with a scripted S3 and a server in front of it. Archives get their keys without hash: no prefix, no layer's
    but "all"."""

    def serve_s3(self, **options):
        return self.enterContext(ScriptedS3(**{"bucket": BUCKET, "keys": KEYS, **options}))

    def settings(self, s3, **more):
        """Of a server that reads that bucket. None takes one away."""
        settings = {"S3_BUCKET": BUCKET, "AWS_ENDPOINT_URL_S3": s3.url, "AWS_REGION": "us-east-1",
                    "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "HOME": self.folder, **more}
        return {name: value for name, value in settings.items() if value is not None}

    def server(self, s3, **more):
        return support.Server(None, **self.settings(s3, **more))

    def put_small(self, s3, count=1, first=0):
        """Archives of one tile each; their places."""
        places = [place(number) for number in range(first, first + count)]
        for each in places:
            s3.put(key_of(each, "NO_HASH"), small_archive(each))
        return places

    def expect_tile(self, server, metatile, form="mvt", cache_control=USUAL):
        answer = server.get(tile_url(metatile, form))
        self.assertEqual((answer.status, answer["Cache-Control"]), (200, cache_control), (answer, server.stderr.now()[-3:]))
        self.assertEqual(answer.body, content_of(metatile, form))
        return answer

    def expect_failure(self, answer, *statuses):
        """One of those that stay upstream: nobody may keep it, and it says nothing of the inside."""
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(answer["Cache-Control"], "no-store")
        self.assertEqual(answer["Access-Control-Allow-Origin"], "*")
        self.assertEqual((answer["Retry-After"] or "").isdigit(), answer.status == 503, answer)
        for inside in (BUCKET, KEY_ID, SECRET, "all/", "127.0.0.1", "Amazon", "<"):
            self.assertNotIn(inside, answer.text)

    def expect_line(self, server, *words):
        """What is logged comes through a pipe, perhaps a moment after the answer."""
        return support.wait_until(lambda: lines_with(server, *words), f"a line with {words} in {server.stderr.now()}")[0]

    def expect_no_secret(self, server, *secrets):
        written = "\n".join(server.stderr.now() + server.stdout.now())
        for secret in (SECRET, *secrets):
            self.assertNotIn(secret, written)


def lines_with(server, *words):
    return [line for line in server.stderr.now() if all(word in line for word in words)]


def load(server, targets, rate=0, connections=16, timeout=300):
    """What load.py says of asking for all targets."""
    done = subprocess.run(
        [sys.executable, str(S3_TESTS / "load.py"), str(server.port), "--rate", str(rate), "--connections",
         str(connections)], input="\n".join(targets), stdout=subprocess.PIPE, text=True, timeout=timeout, check=True)
    return json.loads(done.stdout)
