#!/usr/bin/env python3
"""Serves the demo with the binary named by TAPALCATL_RELEASE_BINARY, else TAPALCATL_BINARY, and runs the browser tests against
it: first as the drop-in tileset, then as one of two named tilesets.

    tests/browser/run.py [OUT_DIR]        OUT_DIR receives screenshots

Exit code 77: skipped, for want of Chromium, Node or the test's npm packages.
"""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from pictures import write_pictures

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEMO = ROOT / "data" / "demo"
SKIPPED = 77


def demo_settings():
    settings = {}
    for word in shlex.split((DEMO / "demo.env").read_text(), comments=True):
        name, _, value = word.partition("=")
        settings[name] = value
    return settings


def run(test, arguments, environment):
    """Runs a test file against a server with these arguments. Answers its exit code."""
    binary = os.environ.get("TAPALCATL_RELEASE_BINARY") or os.environ["TAPALCATL_BINARY"]
    server = subprocess.Popen([binary, "serve", *arguments], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        seen = []
        for line in server.stderr:
            seen.append(line)
            match = re.search(r" at (http://\S+?:\d+/)", line)
            if match:
                return subprocess.run(["node", "--test-reporter=spec", str(HERE / test), match[1], *sys.argv[1:]],
                                      check=False).returncode
        print(f"the server did not start: {''.join(seen)}", file=sys.stderr)
        return 1
    finally:
        server.terminate()
        server.wait(30)


def main():
    for missing, what in ((not (shutil.which("chromium") or os.environ.get("CHROMIUM")), "chromium"),
                          (not shutil.which("node"), "node"),
                          (not (HERE / "node_modules").is_dir(), "tests/browser/node_modules")):
        if missing:
            print(f"skipped: {what} is missing; script/bootstrap installs it")
            return SKIPPED
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPALCATL_")}
    common = {**inherited, "HOST": "127.0.0.1", "PORT": "0", "TAPALCATL_ACCESS_LOG": "off",
              "TAPALCATL_TRUSTED_PROXIES": "127.0.0.1", "TAPALCATL_MISSING_TILE": "204"}
    drop_in = {**common, **demo_settings(), "TAPALCATL_STORAGE": f"file://{DEMO / 'tiles'}"}
    failed = run("preview.test.mjs", [], drop_in)
    with tempfile.TemporaryDirectory(prefix="tapalcatl-pictures-") as pictures:
        write_pictures(pictures)
        return run("tilesets.test.mjs", [f"demo={DEMO / 'tiles'}", f"pictures={pictures}"], common) or failed


if __name__ == "__main__":
    sys.exit(main())
