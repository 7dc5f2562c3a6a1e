"""The JSON Schema of configuration files and their parser find the same files good."""

import json
import os
import re
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

import support

HERE = Path(__file__).resolve().parent
DOCUMENTS = [HERE.parent.parent / "docs" / name for name in ("tilesets.md", "moving-from-tapalcatl-go.md")]
PYTHON = Path(os.environ.get("TAPALCATL_MOTO_PYTHON", HERE / ".venv/bin/python"))
ENVIRONMENT = {"NAME": "8", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
TILESET = "tilesets:\n  one:\n    storage: s3://tiles/a\n    "
SOURCES = "sources:\n  a: {storage: s3://tiles/a}\n  b: {s3_bucket: tiles, s3_prefix: 2026, metatile_size: 8}\n"

GOOD = [
    "s3_bucket: tiles\n",
    "s3_bucket: tiles\nport: 80\nthreads: '4'\nmax_requests: ${NAME}\ncache_threshold: ' 7 '\n",
    "s3_bucket: tiles\ncache_size: 1GB\ntail_size: 256 KiB\nmax_tile_size: 1048576\nmax_pending_bytes: ${NAME}GiB\n",
    "s3_bucket: tiles\nidle_timeout: 90s\nwrite_timeout: 5\ncache_default_timeout: 5 m\nstale_for: 0\nshared_cache_max_age: ''\n",
    "s3_bucket: tiles\npreview: off\nanonymous: on\nrequester_pays: true\ninclude_hash: 'false'\nmissing_tile: 204\n",
    "s3_bucket: tiles\nmissing_tile: '404'\nlog_level: off\nread: ${MODE:-whole}\nmetatile_max_detail_zoom: ''\n",
    "s3_bucket: tiles\ns3_prefix: 20260901\nname: true\nattribution: 1.5\ns3_layer: ''\nhost: '*'\n",
    "s3_bucket: tiles\nbounds: [9.4, 47, 9.7, '48']\ncenter: 9.5,47.5,${NAME}\nlandcover_materialized_zooms: [0, 7]\n",
    "s3_bucket: tiles\ntrusted_proxies: [10.0.0.0/8, '::1']\nlandcover_materialized_zooms: 7\n",
    TILESET + "formats: [mvt, json]\n",
    TILESET + "formats: {mvt: application/x-protobuf, png: ''}\n    description: 2026\n    max_zoom: 9\n",
    "s3_bucket: tiles\ntilesets: {2026: {s3_prefix: 20260901}, b.c: {s3_layer: water, missing_tile: 204}}\n",
    TILESET + "routes: ['/a/{z}/{x}/{y}.{fmt}', '/b/{prefix}/{z:[0-9]{1,2}}/{x}/{y}.{fmt:(mvt|json)}']\n",
    TILESET + "routes: []\n",
    SOURCES + "tilesets: {one: {sources: [a, b], max_zoom: 9}}\n",
    "headers: {X-Build: 20261128, X-A: '${HOME:-b}'}\ncors_origins: '*'\n"
    "tilesets: {one: {storage: s3://tiles/a, headers: {X-A: c}, cors_origins: ['https://a.example', 'http://b:1']}}\n",
    SOURCES + "tilesets: {one: {sources: [b], on_failure: next}, two: {sources: [a], on_failure: fail}}\n",
]

BAD = [
    "s3_bucket: tiles\nprot: 80\n",                       # no such name
    "port: 80\ntileset: {}\n",
    "s3_bucket: tiles\nport: 70000\n",                    # out of range
    "s3_bucket: tiles\nport: -1\n",
    "s3_bucket: tiles\nport: many\n",
    "s3_bucket: tiles\nport: 1.5\n",
    "s3_bucket: tiles\nport: {a: 80}\n",
    "s3_bucket: tiles\nport:\n",                          # nothing is no value
    "s3_bucket: tiles\nport: ''\n",
    "s3_bucket: tiles\ncache_size: 1 gigabyte\n",
    "s3_bucket: tiles\ntail_size: 1\n",
    "s3_bucket: tiles\nidle_timeout: soon\n",
    "s3_bucket: tiles\nidle_timeout: 0\n",
    "s3_bucket: tiles\npreview: true\n",                  # on or off
    "s3_bucket: tiles\nlog_level: loud\n",
    "s3_bucket: tiles\nmissing_tile: 200\n",
    "s3_bucket: tiles\nbounds: [1, 2, 3]\n",
    "s3_bucket: tiles\nname: {a: b}\n",
    "s3_bucket: tiles\nname: [[a]]\n",
    "- s3_bucket: tiles\n",                               # wrong nesting
    "tilesets: []\n",
    "tilesets: {}\n",
    "tilesets:\n  - storage: s3://tiles/a\n",
    "tilesets:\n  one: s3://tiles/a\n",
    TILESET + "port: 80\n",                               # a setting of the server
    TILESET + "tilesets: {}\n",
    TILESET + "storag: s3://tiles/b\n",
    TILESET + "formats: mvt\n",
    TILESET + "formats: []\n",
    TILESET + "formats: [a/b]\n",
    TILESET + "formats: [1]\n",
    TILESET + "formats: {mvt: protobuf}\n",
    TILESET + "description: {a: b}\n",
    SOURCES + "tilesets: {one: {sources: []}}\n",
    "headers: [a]\n",
    "headers: {a b: c}\n",
    "headers: {a: [b]}\n",
    'headers: {a: "b\\nc"}\n',
    "tilesets: {one: {storage: s3://tiles/a, headers: {a: {b: c}}}}\n",
    SOURCES + "tilesets: {one: {sources: a}}\n",
    SOURCES + "tilesets: {one: {sources: [a, a]}}\n",
    SOURCES + "tilesets: {one: {sources: [a], on_failure: nex}}\n",
    SOURCES.replace("s3_prefix", "max_zoom") + "tilesets: {one: {sources: [a, b]}}\n",
    SOURCES.replace("b:", "'b c':") + "tilesets: {one: {sources: [a]}}\n",
    SOURCES + "tilesets: {one: {sources: [a], s3_prefix: x}}\n",
    TILESET + "on_failure: next\n",
    TILESET + "routes: /a/{z}/{x}/{y}.{fmt}\n",
    TILESET + "routes: ['a/{z}/{x}/{y}.{fmt}']\n",
    TILESET + "routes: [{z: x}]\n",
    TILESET.replace("one", "catalog") + "max_zoom: 9\n",  # no name of a tileset
    TILESET.replace("one", "a b") + "max_zoom: 9\n",
]


def run(*words, **environment):
    return subprocess.run([support.BINARY, *map(str, words)], env=environment, timeout=support.PATIENCE, capture_output=True,
                          text=True, check=False)


class ConfigSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not PYTHON.exists():
            raise unittest.SkipTest(f"{PYTHON} is not there: jsonschema is missing; script/bootstrap test installs it")
        cls.schema = json.loads(run("config", "--schema").stdout)

    def setUp(self):
        self.file = Path(self.enterContext(tempfile.TemporaryDirectory()), "file.yaml")

    def faults(self, texts):
        """What the schema finds in each of the texts."""
        given = json.dumps({"schema": self.schema, "texts": texts})
        ended = subprocess.run([PYTHON, HERE / "schema_faults.py"], input=given, capture_output=True, text=True, check=False,
                               timeout=120)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return list(zip(texts, json.loads(ended.stdout), strict=True))

    def check(self, text):
        self.file.write_text(text)
        return run("config", "--check", self.file, **ENVIRONMENT)

    def test_files_that_the_parser_takes_are_good(self):
        for text, faults in self.faults(GOOD):
            with self.subTest(text):
                self.assertEqual(faults, [])
                checked = self.check(text)
                self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_files_with_wrong_names_values_and_nesting_are_bad(self):
        for text, faults in self.faults(BAD):
            with self.subTest(text):
                self.assertNotEqual(faults, [])
                checked = self.check(text)
                self.assertEqual(checked.returncode, 2, checked.stdout)
                self.assertIn(f"{self.file}:", checked.stderr)

    def test_the_examples_of_the_documents_are_good(self):
        examples = []
        for document in DOCUMENTS:
            blocks = re.findall(r"(?m)(?:^    .*\n|^\n)+", document.read_text())
            of_document = [textwrap.dedent(block) for block in blocks if re.search(r"(?m)^    (tilesets|storage):", block)]
            self.assertTrue(of_document, document)
            examples += of_document
        for text, faults in self.faults(examples):
            with self.subTest(text):
                self.assertEqual(faults, [])
                checked = self.check(re.sub(r"file:///[\w/]+", self.file.parent.as_uri(), text))
                self.assertEqual(checked.returncode, 0, checked.stderr)

    def test_what_from_env_writes_is_good(self):
        settings = {
            "S3_BUCKET": "tiles", "PORT": "81", "CACHE_TYPE": "null", "TAPALCATL_NAME": "null", "S3_PREFIX": "20260901",
            "TAPALCATL_BOUNDS": "9.4, 47,9.7,47.3", "TAPALCATL_READ": "whole", "TAPALCATL_PREVIEW": "off", "S3_LAYER": "",
            "REQUESTER_PAYS": "yes", "CACHE_REDIS_URL": "redis://:a@host", "TAPALCATL_MISSING_TILE": "204",
            "SHARED_CACHE_MAX_AGE": "", "TAPALCATL_CACHE_SIZE": "12345", "TAPALCATL_ATTRIBUTION": "a: $b # c",
            "METATILE_MAX_DETAIL_ZOOM": "", "TAPALCATL_TRUSTED_PROXIES": "::1", "TAPALCATL_LOG_LEVEL": "off"}
        text = run("config", "--from-env", **settings).stdout
        self.assertEqual(text.count("\n"), len(settings) + 1)
        self.assertEqual(self.faults([text]), [(text, [])])


if __name__ == "__main__":
    unittest.main()
