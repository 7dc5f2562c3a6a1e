#!/usr/bin/env python3
"""Serves the demo with the binary named by TAPALCATL_RELEASE_BINARY, else TAPALCATL_BINARY, and runs the browser test against it.

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


def main():
    for missing, what in ((not (shutil.which("chromium") or os.environ.get("CHROMIUM")), "chromium"),
                          (not shutil.which("node"), "node"),
                          (not (HERE / "node_modules").is_dir(), "tests/browser/node_modules")):
        if missing:
            print(f"skipped: {what} is missing; script/bootstrap installs it")
            return SKIPPED
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAPALCATL_")}
    environment = {**inherited, **demo_settings(), "TAPALCATL_STORAGE": f"file://{DEMO / 'tiles'}", "HOST": "127.0.0.1",
                   "PORT": "0", "TAPALCATL_ACCESS_LOG": "off", "TAPALCATL_TRUSTED_PROXIES": "127.0.0.1"}
    binary = os.environ.get("TAPALCATL_RELEASE_BINARY") or os.environ["TAPALCATL_BINARY"]
    server = subprocess.Popen([binary, "serve"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        line = server.stderr.readline()
        match = re.search(r" at (http://\S+?:\d+/)", line)
        if not match:
            print(f"the server did not start: {line}", file=sys.stderr)
            return 1
        return subprocess.run(["node", "--test-reporter=spec", str(HERE / "preview.test.mjs"), match[1], *sys.argv[1:]],
                              check=False).returncode
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    sys.exit(main())
