"""The package of the function, unpacked into a root that has nothing else but what Amazon Linux 2023 has for it, and into one
of an older distribution, where TAPALCATL_OLDER_ROOT names its folder."""

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
OLDER_ROOT = os.environ.get("TAPALCATL_OLDER_ROOT")


@unittest.skipUnless(support.RELEASE_BINARY, "TAPALCATL_RELEASE_BINARY does not name a release binary")
@unittest.skipUnless(os.geteuid() == 0, "only root may change its root")
class Packaged(LambdaCase):
    """The binary of the package is in `folder_of_binary` of `root`."""

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

    def unpack(self, root, folder_of_binary):
        self.root = root
        with zipfile.ZipFile(self.package) as opened:
            (entry,) = opened.infolist()
            opened.extract(entry, folder_of_binary)
        unpacked = folder_of_binary / entry.filename
        unpacked.chmod(entry.external_attr >> 16)
        self.binary = Path("/") / unpacked.relative_to(root)

    def enter_root(self):
        os.chroot(self.root)
        os.chdir("/")

    def bootstrap(self, **more):
        return self.function(self.s3, binary=self.binary, preexec=self.enter_root, HOME=None, **more)


class EmptyRoot(Packaged):
    """No libc, no /proc, no /dev: the binary, /tmp and the CA certificates where Amazon Linux 2023 has them."""

    def setUp(self):
        super().setUp()
        root = Path(self.folder) / "root"
        (root / "tmp").mkdir(parents=True)
        self.unpack(root, root)

    def trust(self):
        bundle = self.root / AMAZONS_CERTIFICATES
        bundle.parent.mkdir(parents=True)
        bundle.write_bytes(self.authority.bundle.read_bytes())

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


@unittest.skipUnless(OLDER_ROOT, "TAPALCATL_OLDER_ROOT does not name the root of an older distribution")
class OlderRoot(Packaged):
    """Its files are used and left as they are; what is put there is in a folder of its own below its /tmp."""

    def setUp(self):
        super().setUp()
        root = Path(OLDER_ROOT).resolve()
        self.own = Path(self.enterContext(tempfile.TemporaryDirectory(dir=root / "tmp")))
        self.own.chmod(0o755)
        self.unpack(root, self.own)

    def inside(self, path):
        return Path("/") / path.relative_to(self.root)

    def test_answers_tiles_from_an_s3_whose_certificate_is_checked(self):
        bundle = self.own / "bundle.pem"
        bundle.write_bytes(self.authority.bundle.read_bytes())
        tier = self.own / "tier"
        function = self.bootstrap(AWS_CA_BUNDLE=self.inside(bundle), CACHE_TYPE="filesystem", CACHE_DIR=self.inside(tier),
                                  TAPALCATL_CACHE_WAIT="10s")
        self.expect_answer(place(0))
        self.expect_answer(place(1))
        self.api.wait_until_idle()
        self.assertTrue([path for path in tier.rglob("*") if path.is_file()], "its second tier")
        function.process.terminate()
        function.expect_exit(0)

    def test_trusts_whom_the_distribution_trusts(self):
        function = self.bootstrap()
        self.expect_failure(self.api.ask(events.rest(tile_url(place(0)))), 502)
        support.wait_until(lambda: function.stderr.containing("certificate is not accepted"), "a word about the certificate")
        self.assertEqual(self.s3.counts.requests, 0)

    def test_finds_hosts_as_the_distribution_does(self):
        """By its /etc/hosts and /etc/nsswitch.conf, of which a small root may have none."""
        if not (self.root / "etc/hosts").exists():
            self.skipTest("it has no /etc/hosts")
        bundle = self.own / "bundle.pem"
        bundle.write_bytes(self.authority.bundle.read_bytes())
        s3 = self.serve_s3(host_name="localhost", tls=self.authority.server_context("localhost"))
        self.put_small(s3)
        self.function(s3, binary=self.binary, preexec=self.enter_root, HOME=None, AWS_CA_BUNDLE=self.inside(bundle))
        self.expect_answer(place(0))


if __name__ == "__main__":
    unittest.main()
