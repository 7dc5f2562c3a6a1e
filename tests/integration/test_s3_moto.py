"""A foreign implementation of S3, STS and IAM that verifies signatures and policies: moto, from PyPI."""

import json
import os
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import support
from metatiles import Tile
from other_store import Store
from s3_support import S3Case, lines_with, place, small_archive, tile_url
from support import wait_until

from host import free_port

HERE = Path(__file__).resolve().parent
PYTHON = Path(os.environ.get("TAPALCATL_MOTO_PYTHON", HERE / ".venv/bin/python"))
METATILE = Tile(0, 0, 0)


def answers(url, process):
    if process.poll() is not None:
        raise AssertionError(f"moto ended with {process.returncode}")
    try:
        urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
    except (urllib.error.URLError, OSError):
        time.sleep(0.1)
        return False
    return True


class Moto(S3Case):
    @classmethod
    def setUpClass(cls):
        if not PYTHON.exists():
            raise unittest.SkipTest(f"{PYTHON} is not there: moto is missing; script/bootstrap test installs it")
        log = cls.enterClassContext(tempfile.TemporaryFile())
        cls.url = f"http://127.0.0.1:{free_port()}"
        process = subprocess.Popen(
            [PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", cls.url.rpartition(":")[2]], stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000"})

        def end():
            process.terminate()
            process.wait(support.PATIENCE)
        cls.addClassCleanup(end)
        wait_until(lambda: answers(cls.url, process), "moto", 90)
        said = json.loads(subprocess.run([PYTHON, HERE / "moto_setup.py", cls.url], stdout=subprocess.PIPE, check=True,
                                         timeout=120).stdout)
        cls.bucket, cls.role, cls.keys = said["bucket"], said["role"], said["keys"]
        cls.writer = cls.store("writer")
        cls.writer.put("all/0/0/0.zip", small_archive(METATILE))

    @classmethod
    def store(cls, who):
        return Store(cls.url, cls.bucket, *cls.keys[who])

    def expect_refused(self, store, *words, **settings):
        with store.server(**settings) as server:
            self.expect_failure(server.get(tile_url(METATILE)), 502)
            self.expect_line(server, " 502 ", *words)
            self.expect_no_secret(server, store.secret)

    def test_everything_that_any_s3_has_to_bring(self):
        self.writer.check(self)

    def test_a_reader_reads_and_hears_what_is_missing(self):
        with self.store("reader").server() as server:
            self.expect_tile(server, METATILE)
            self.assertEqual(server.get(tile_url(place(1))).status, 404)

    def doctor(self, who, **settings):
        settings = self.store(who).settings(KEY_FORMAT_TYPE="NO_HASH", HOME=self.folder,
                                            AWS_ENDPOINT_URL_STS=self.url, **settings)
        done = subprocess.run([support.BINARY, "doctor", "--json"], env=support.environment_of(settings),
                              stdout=subprocess.PIPE, timeout=60)
        return done.returncode, {row["name"]: row["finding"] for row in json.loads(done.stdout)["findings"]}

    def test_the_doctor_of_a_reader_knows_who_it_is_and_what_there_is(self):
        code, found = self.doctor("reader")
        self.assertEqual(code, 0, found)
        self.assertRegex(found["identity"], "^arn:aws:iam::[0-9]*:user/reader$")
        self.assertIn("404", found["missing keys"])
        self.assertIn("NO_HASH, no prefix, layer all", found["keys"])
        self.assertIn("0/0/0.mvt", found["tile"])

    def test_the_doctor_of_who_may_not_read_says_so(self):
        code, found = self.doctor("nobody")
        self.assertEqual(code, 1, found)
        self.assertIn("user/nobody", found["identity"])
        self.assertIn("403", found["missing keys"])

    def test_a_wrong_secret_is_refused(self):
        reader = self.store("reader")
        reader.secret = reader.secret[:-1] + ("a" if reader.secret[-1] != "a" else "b")
        self.expect_refused(reader, "SignatureDoesNotMatch", "secret access key")

    def test_an_unknown_key_is_refused(self):
        reader = self.store("reader")
        reader.key_id = "AKIAUNKNOWNUNKNOWN00"
        self.expect_refused(reader, "InvalidAccessKeyId")

    def test_who_may_not_read_is_told_what_is_missing(self):
        self.expect_refused(self.store("nobody"), "AccessDenied", "s3:GetObject")

    def test_a_session_token_comes_along(self):
        assumed = self.store("assumed")
        with assumed.server() as server:
            self.expect_tile(server, METATILE)
        assumed.token = None
        self.expect_refused(assumed)

    def test_a_role_by_profile(self):
        key_id, secret = self.keys["assumer"]
        config = self.put("config", f"[profile tiles]\nrole_arn = {self.role}\nsource_profile = base\n"
                                    "role_session_name = tests\nregion = us-east-1\n".encode())
        credentials = self.put("credentials", f"[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n"
                               .encode())
        settings = {"AWS_PROFILE": "tiles", "AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": credentials,
                    "AWS_ENDPOINT_URL_STS": self.url, "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        with self.store("assumer").server(**settings) as server:
            self.expect_tile(server, METATILE)
            self.expect_no_secret(server, secret)

    def test_a_role_by_the_setting(self):
        assumer = self.store("assumer")
        self.expect_refused(assumer)
        with assumer.server(TAPALCATL_ROLE_ARN=self.role, AWS_ENDPOINT_URL_STS=self.url) as server:
            self.expect_tile(server, METATILE)

    def test_a_role_that_one_may_not_assume(self):
        self.expect_refused(self.store("nobody"), "AssumeRole", TAPALCATL_ROLE_ARN=self.role,
                            AWS_ENDPOINT_URL_STS=self.url)

    def test_no_such_bucket(self):
        writer = self.store("writer")
        writer.bucket = "no-such-bucket-of-tests"
        self.expect_refused(writer, "NoSuchBucket")


class Agreement(S3Case):
    """The scripted S3 takes what Amazon's own SDK signs, so it is not us alone who find our signatures right."""

    PROGRAM = """
import sys, boto3, botocore
s3 = boto3.client("s3", endpoint_url=sys.argv[1], config=botocore.config.Config(retries={"total_max_attempts": 1}))
for key in sys.argv[2:]:
    assert s3.get_object(Bucket="tiles-of-tests", Key=key, Range="bytes=-5")["Body"].read() == b"-five", key
"""

    def test_the_scripted_s3_understands_boto3(self):
        if not PYTHON.exists():
            self.skipTest(f"{PYTHON} is not there: moto is missing")
        s3 = self.serve_s3()
        keys = ["a b", "a+b", "100%", "a%20b", "ü/ñ", "東京", "a&b=c?d#e", "(1)!*'~", "a;b:c@d$e,f", "a//b/./c/../d"]
        for key in keys:
            s3.put(key, key.encode() + b"-five")
        settings = {name: value for name, value in self.settings(s3).items() if name != "S3_BUCKET"}
        done = subprocess.run([PYTHON, "-c", self.PROGRAM, s3.url, *keys], env={**os.environ, **{
            name: str(value) for name, value in settings.items()}}, timeout=60, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertEqual(dict(s3.counts.by_status), {206: len(keys)})


if __name__ == "__main__":
    unittest.main()
