"""The package in AWS's own emulator of the Runtime API, which takes an event over HTTP and passes it to the function that it started.
LAMBDA_RIE names its program; without it there is no test."""

import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import client
import lambda_events as events
import support
from s3_support import S3Case, content_of, place, tile_url

from host import free_port

EMULATOR = os.environ.get("LAMBDA_RIE")
ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
INVOCATIONS = "/2015-03-31/functions/function/invocations"


@unittest.skipUnless(support.RELEASE_BINARY, "TAPALCATL_RELEASE_BINARY does not name a release binary")
@unittest.skipUnless(EMULATOR, "LAMBDA_RIE does not name AWS's emulator")
class Emulated(S3Case):
    @classmethod
    def setUpClass(cls):
        cls.package = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        subprocess.run([sys.executable, support.REPOSITORY / "script/lib/lambda_package.py", support.RELEASE_BINARY, ARCH,
                        cls.package / "package.zip"], check=True)
        with zipfile.ZipFile(cls.package / "package.zip") as opened:
            opened.extractall(cls.package)
        (cls.package / "bootstrap").chmod(0o755)

    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.put_small(self.s3, 2)
        self.port = free_port()
        settings = self.settings(self.s3, KEY_FORMAT_TYPE="NO_HASH", AWS_LAMBDA_FUNCTION_NAME="function", **support.UNHURRIED)
        process = subprocess.Popen(
            [EMULATOR, "--runtime-interface-emulator-address", f"127.0.0.1:{self.port}", "--runtime-api-address",
             f"127.0.0.1:{free_port()}", self.package / "bootstrap"], env=support.environment_of(settings), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.written = support.Lines(process.stdout)
        self.addCleanup(process.wait, support.PATIENCE)
        self.addCleanup(process.terminate)
        support.wait_until(self.is_up, "the emulator listens")

    def is_up(self):
        try:
            client.Connection(self.port).close()
            return True
        except OSError:
            return False

    def invoke(self, event):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=support.PATIENCE)
        try:
            connection.request("POST", INVOCATIONS, json.dumps(event))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def expect_tile(self, metatile):  # pylint: disable=arguments-differ
        status, document = self.invoke(events.rest(tile_url(metatile)))
        self.assertEqual((status, document.get("statusCode")), (200, 200), (document, self.written.now()[-5:]))
        self.assertEqual(base64.b64decode(document["body"]), content_of(metatile))

    def test_tiles_are_answered(self):
        for number in (0, 1, 0):
            self.expect_tile(place(number))
        self.assertEqual(self.s3.counts.gets, 2)

    def test_a_missing_tile_is_an_answer(self):
        status, document = self.invoke(events.rest(tile_url(place(7))))
        self.assertEqual((status, document.get("statusCode")), (200, 404), document)

    def test_an_event_of_another_kind_is_an_error_and_the_next_is_answered(self):
        _, document = self.invoke(events.SQS)
        self.assertEqual(document.get("errorType"), "Function.InvalidEvent", document)
        self.expect_tile(place(0))


if __name__ == "__main__":
    unittest.main()
