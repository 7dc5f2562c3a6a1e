"""How script/test runs the tests that ctest picks."""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import rules

CMAKE = """\
case "$*" in
    "--build build/release "*) ${FAILS:-false} && exit 1; mkdir -p build/release && touch build/release/tapalcatl ;;
esac"""
CTEST = """\
echo "$@" >ctest-arguments
test ! -e "$TAPALCATL_RELEASE_BINARY" || echo "$TAPALCATL_RELEASE_BINARY" >release-binary"""


class PickedTests(unittest.TestCase):
    """cmake and ctest are replaced: the first makes a release binary, the second notes which one it is told of."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        shutil.copytree(rules.ROOT / "script", self.root / "script")
        shutil.copy(rules.ROOT / "CMakePresets.json", self.root)
        (self.root / "stubs").mkdir()
        for name, body in (("cmake", CMAKE), ("ctest", CTEST)):
            stub = self.root / "stubs" / name
            stub.write_text(f"#!/bin/sh\n{body}\n")
            stub.chmod(0o755)

    def run_picked(self, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPALCATL_")}
        path = f"{self.root / 'stubs'}:{os.environ['PATH']}"
        return subprocess.run(["bash", self.root / "script/test", "-R", "static"], timeout=60, capture_output=True, text=True,
                              env={**inherited, "PATH": path, "TAPALCATL_BOOTSTRAP": "no", **environment})

    def written(self, name):
        path = self.root / name
        return path.read_text().strip() if path.exists() else None

    def test_they_are_told_of_the_release_binary_that_was_just_built(self):
        done = self.run_picked()
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.written("release-binary"), str(self.root / "build/release/tapalcatl"), done)
        self.assertIn("--test-dir build/dev ", self.written("ctest-arguments"))
        self.assertTrue(self.written("ctest-arguments").endswith(" -R static"))

    def test_without_a_release_binary_the_others_run_and_the_outcome_is_a_failure(self):
        done = self.run_picked(FAILS="true")
        self.assertEqual(done.returncode, 1, done)
        self.assertIsNone(self.written("release-binary"))
        self.assertTrue(self.written("ctest-arguments").endswith(" -R static"))


if __name__ == "__main__":
    unittest.main()
