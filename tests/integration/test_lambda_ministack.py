"""The package as it is deployed: into MiniStack, an emulator of AWS from PyPI, which runs it by itself and asks through its API of
Lambda. TAPALCATL_MINISTACK names its program; without it there is no test."""

import base64
import http.client
import json
import os
import subprocess
import sys
import unittest

import lambda_events as events
import support
from metatiles import key_of
from s3_support import content_of, place, small_archive, tile_url

from host import free_port

MINISTACK = os.environ.get("TAPALCATL_MINISTACK")
ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
FUNCTION = "/2015-03-31/functions"


@unittest.skipUnless(support.RELEASE_BINARY, "TAPALCATL_RELEASE_BINARY does not name a release binary")
@unittest.skipUnless(MINISTACK, "TAPALCATL_MINISTACK does not name MiniStack's program")
class Deployed(support.Case):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TMPDIR": str(self.folder), "BIND_HOST": "127.0.0.1",
                       "GATEWAY_PORT": str(self.port), "LAMBDA_EXECUTOR": "local", "SERVICES": "s3,lambda,logs"}
        process = subprocess.Popen([MINISTACK], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait, support.PATIENCE)
        self.addCleanup(process.terminate)
        support.wait_until(self.is_up, "MiniStack is up")

    def is_up(self):
        try:
            return self.call("GET", "/_ministack/health", "s3")[0] == 200
        except OSError:
            return False

    def call(self, method, path, service, body=b""):
        scope = f"test/20260101/us-east-1/{service}/aws4_request"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=support.PATIENCE)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def test_a_deployed_package_answers_tiles(self):
        package = self.folder / "package.zip"
        subprocess.run([sys.executable, support.REPOSITORY / "script/lib/lambda_package.py", support.RELEASE_BINARY, ARCH,
                        package], check=True)
        self.call("PUT", "/tiles", "s3")
        self.call("PUT", f"/tiles/{key_of(place(0), 'NO_HASH')}", "s3", small_archive(place(0)))
        settings = {"S3_BUCKET": "tiles", "KEY_FORMAT_TYPE": "NO_HASH", "AWS_REGION": "us-east-1",
                    "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.port}", "AWS_ACCESS_KEY_ID": "test",
                    "AWS_SECRET_ACCESS_KEY": "test"}
        status, said = self.call("POST", FUNCTION, "lambda", json.dumps({
            "FunctionName": "tiles", "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 10,
            "Role": "arn:aws:iam::000000000000:role/tiles", "Environment": {"Variables": settings},
            "Code": {"ZipFile": base64.b64encode(package.read_bytes()).decode()}}).encode())
        self.assertEqual(status, 201, said)
        for _ in range(2):
            status, result = self.call("POST", f"{FUNCTION}/tiles/invocations", "lambda",
                                       json.dumps(events.rest(tile_url(place(0)))).encode())
            self.assertEqual(status, 200, result)
            answer = json.loads(result)
            self.assertEqual(answer["statusCode"], 200, answer)
            self.assertEqual(base64.b64decode(answer["body"]), content_of(place(0)))


if __name__ == "__main__":
    unittest.main()
