"""script/package-lambda."""

import hashlib
import os
import platform
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASE = os.environ.get("TAPALCATL_RELEASE_BINARY")
MACHINE = {"x86_64": 62, "aarch64": 183}[platform.machine()]
ARCH = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]


def elf(machine=MACHINE, segments=(1,), count=None):
    """An ELF file with a program header of each of these types, and some content."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, count or len(segments), 64, 0, 0)
    return head + b"".join(struct.pack("<I", kind) + bytes(52) for kind in segments) + b"tapalcatl" * 1000


class Package(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def write(self, binary, name="package.zip", arch=ARCH):
        """The package, or what the script says of the binary."""
        (self.folder / "binary").write_bytes(binary)
        target = self.folder / name
        run = subprocess.run([sys.executable, ROOT / "script/lib/lambda_package.py", self.folder / "binary", arch, target],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if run.returncode:
            self.assertFalse(target.exists())
            return run.stderr
        return target

    def test_holds_the_binary_as_an_executable_bootstrap(self):
        binary = elf()
        with zipfile.ZipFile(self.write(binary)) as package:
            (entry,) = package.infolist()
            self.assertEqual(entry.filename, "bootstrap")
            self.assertEqual(entry.external_attr >> 16, 0o100755)
            self.assertEqual(package.read(entry), binary)

    def test_the_same_binary_makes_the_same_bytes(self):
        first = self.write(elf(), "a.zip").read_bytes()
        os.utime(self.folder / "binary", (1, 1))
        self.assertEqual(self.write(elf(), "b.zip").read_bytes(), first)

    def test_refuses_what_the_function_could_not_run(self):
        other = 183 if MACHINE == 62 else 62
        for binary, words in ((b"", "not a 64-bit ELF"), (b"#!/bin/sh\n" * 10, "not a 64-bit ELF"),
                              (elf(machine=other), "another machine"), (elf(segments=(1, 3)), "linked dynamically"),
                              (elf(count=60_000), "cut off")):
            with self.subTest(words):
                self.assertIn(words, self.write(binary))

    def test_refuses_a_package_that_is_too_large(self):
        self.assertIn("at most 6000000", self.write(elf() + os.urandom(6_100_000)))

    def test_knows_the_architectures_of_aws(self):
        for arguments, words in ((["--arch", "riscv64"], "expected x86_64 or arm64"), (["--arch"], "wants"),
                                 (["--arch=amd64"], "expected x86_64 or arm64")):
            run = subprocess.run([ROOT / "script/package-lambda", *arguments], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(words, run.stdout)

    @unittest.skipUnless(RELEASE, "TAPALCATL_RELEASE_BINARY does not name a release binary")
    def test_the_release_binary_fits(self):
        binary = Path(RELEASE).read_bytes()
        with zipfile.ZipFile(self.write(binary)) as package:
            self.assertEqual(hashlib.sha256(package.read("bootstrap")).digest(), hashlib.sha256(binary).digest())


if __name__ == "__main__":
    unittest.main()
