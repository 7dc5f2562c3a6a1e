"""The package of the function, unpacked into a root that has nothing else but what Amazon Linux 2023 has for it."""

import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import lambda_events as events
import support
from lambda_case import LambdaCase
from s3_support import content_of, place, tile_url

from certificates import Authority

ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
AMAZONS_CERTIFICATES = "etc/pki/tls/certs/ca-bundle.crt"


@unittest.skipUnless(support.RELEASE_BINARY, "TAPALCATL_RELEASE_BINARY does not name a release binary")
@unittest.skipUnless(os.geteuid() == 0, "only root may change its root")
class EmptyRoot(LambdaCase):
    """No libc, no /proc, no /dev: the binary, /tmp and the CA certificates where Amazon Linux 2023 has them."""

    @classmethod
    def setUpClass(cls):
        cls.package = Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "package.zip"
        subprocess.run([sys.executable, support.REPOSITORY / "script/lib/lambda_package.py", support.RELEASE_BINARY, ARCH,
                        cls.package], check=True)

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.1"))
        self.put_small(self.s3, 2)
        self.root = Path(self.folder) / "root"
        (self.root / "tmp").mkdir(parents=True)
        with zipfile.ZipFile(self.package) as opened:
            (entry,) = opened.infolist()
            opened.extract(entry, self.root)
            (self.root / entry.filename).chmod(entry.external_attr >> 16)

    def trust(self):
        bundle = self.root / AMAZONS_CERTIFICATES
        bundle.parent.mkdir(parents=True)
        bundle.write_bytes(self.authority.bundle.read_bytes())

    def enter_root(self):
        os.chroot(self.root)
        os.chdir("/")

    def bootstrap(self, **more):
        return self.function(self.s3, binary="/bootstrap", preexec=self.enter_root, HOME=None, **more)

    def test_answers_tiles_from_an_s3_whose_certificate_is_checked(self):
        self.trust()
        self.bootstrap()
        self.expect_answer(place(0))
        self.expect_answer(place(1))

    def test_trusts_nobody_without_certificates(self):
        function = self.bootstrap()
        self.expect_failure(self.api.ask(events.rest(tile_url(place(0)))), 502, 503)
        support.wait_until(lambda: function.stderr.containing("certificates"), "what is missing")

    def test_keeps_tiles_in_its_tmp(self):
        self.trust()
        first = self.bootstrap(CACHE_TYPE="filesystem", CACHE_DIR="/tmp", TAPALCATL_CACHE_WAIT="10s")
        self.expect_answer(place(0))
        self.api.wait_until_idle()
        first.process.terminate()
        first.expect_exit(0)
        gets = self.s3.counts.gets
        self.bootstrap(CACHE_TYPE="filesystem", CACHE_DIR="/tmp", TAPALCATL_CACHE_WAIT="10s")
        self.expect_answer(place(0))
        self.assertEqual(self.s3.counts.gets, gets)


if __name__ == "__main__":
    unittest.main()
