"""What script/bootstrap says where it cannot install anything."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import rules


def become_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@unittest.skipUnless(shutil.which("dpkg-query"), "only Debian has its packages")
class Bootstrap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.root.chmod(0o755)
        shutil.copytree(rules.ROOT / "script", self.root / "script")
        programs = self.root / "programs"
        programs.mkdir()
        for each in (*Path("/usr/bin").iterdir(), *Path("/bin").iterdir()):
            if each.name not in ("sudo", "apt-get", "dpkg-query") and not (programs / each.name).is_symlink():
                (programs / each.name).symlink_to(each)
        self.stub("dpkg-query", "")  # nothing is installed
        self.stub("apt-get", f"touch {self.root}/was-called")

    def stub(self, name, body):
        path = self.root / "programs" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def test_a_user_who_is_not_root_and_has_no_sudo_is_told_what_is_missing(self):
        done = subprocess.run(["bash", self.root / "script/bootstrap", "build"], timeout=60, capture_output=True, text=True,
                              env={"PATH": str(self.root / "programs")}, preexec_fn=become_nobody)
        self.assertEqual(done.returncode, 1, done)
        self.assertIn("needs root or sudo; as root: apt-get install ", done.stderr)
        self.assertIn("libdeflate-dev", done.stderr)
        self.assertFalse((self.root / "was-called").exists())


if __name__ == "__main__":
    unittest.main()
