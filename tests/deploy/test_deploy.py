"""deploy/aws/deploy, with an AWS CLI that writes down how it was called."""

import json
import os
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# An account with one stack. Its distribution gets a name when the stack is made; TilesUrlBase is what was last given.
AWS = r"""#!/usr/bin/env python3
import json, os, sys
state_file = os.environ["FAKE_STATE"]
state = json.load(open(state_file))
words = sys.argv[1:]
state["calls"].append(words)
status = 0
if words[:2] == ["sts", "get-caller-identity"]:
    print("123456789012")
elif words[:2] == ["s3api", "head-bucket"]:
    options = dict(zip(words[2::2], words[3::2]))
    is_own = options["--bucket"] in state["buckets"]
    is_there = is_own or options["--bucket"] in state.get("buckets_of_others", []) and "--expected-bucket-owner" not in options
    status = 0 if is_there else 254
elif words[:2] == ["s3", "mb"]:
    if words[2].removeprefix("s3://") in state.get("buckets_of_others", []):
        print("make_bucket failed: BucketAlreadyExists", file=sys.stderr)
        status = 1
    state["buckets"].append(words[2].removeprefix("s3://"))
elif words[:2] == ["cloudformation", "deploy"]:
    if state.get("fails"):
        print("Failed to create the stack", file=sys.stderr)
        status = 255
    for word in words[words.index("--parameter-overrides") + 1:]:
        name, value = word.split("=", 1)
        state["parameters"][name] = value
elif words[:2] == ["cloudformation", "describe-stacks"]:
    parameters = state["parameters"]
    domain = parameters.get("DomainName")
    host = domain or "d1.cloudfront.net"
    print({"TilesUrlBaseInForce": parameters.get("TilesUrlBase") or (f"https://{domain}" if domain else "none"),
           "DistributionDomainName": "d1.cloudfront.net", "DistributionId": "E1",
           "PreviewUrl": f"https://{host}/preview.html", "TileUrl": f"https://{host}/t/{{z}}"}[
        words[-1].split("'")[1]])
elif words[:2] == ["configure", "get"]:
    status = 1
json.dump(state, open(state_file, "w"))
sys.exit(status)
"""


class Deploy(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "aws").write_text(AWS)
        (self.folder / "aws").chmod(0o755)
        self.package = self.folder / "tapalcatl-lambda-x86_64.zip"
        self.package.write_bytes(b"package")
        self.set_state()

    def set_state(self, **changes):
        (self.folder / "state").write_text(json.dumps({"calls": [], "buckets": [], "parameters": {}} | changes))

    def state(self):
        return json.loads((self.folder / "state").read_text())

    def deploy(self, *arguments, path=None):
        environment = {"PATH": path or f"{self.folder}:{os.environ['PATH']}", "FAKE_STATE": str(self.folder / "state"),
                       "HOME": str(self.folder)}
        return subprocess.run([ROOT / "deploy/aws/deploy", *arguments], env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def deploy_package(self, *arguments):
        return self.deploy("--region", "eu-south-1", "--package", str(self.package), *arguments)

    def updates(self):
        return [call for call in self.state()["calls"] if call[:2] == ["cloudformation", "deploy"]]

    def test_makes_a_package_of_the_wanted_architecture(self):
        run = self.deploy("--dry-run", "--bucket", "tiles", "--arch", "arm64")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("script/package-lambda --arch arm64\n", run.stdout)
        self.assertIn(" Architecture=arm64 ", run.stdout)
        self.assertEqual(self.deploy_package("--bucket", "tiles", "--arch", "arm64").returncode, 2)
        self.assertNotEqual(self.deploy("--dry-run", "--bucket", "tiles", "--arch", "riscv64").returncode, 0)

    def test_creates_the_stack_and_tells_the_function_its_public_name(self):
        run = self.deploy_package("--bucket", "tiles", "--prefix", "20260901", "Front=rest")
        self.assertEqual(run.returncode, 0, run.stderr)
        state = self.state()
        self.assertEqual(state["buckets"], ["tapalcatl-code-123456789012-eu-south-1"])
        parameters = state["parameters"]
        self.assertEqual(parameters.pop("CodeBucket"), "tapalcatl-code-123456789012-eu-south-1")
        key = parameters.pop("CodeKey")
        self.assertRegex(key, "^tapalcatl/[0-9a-f]{16}-x86_64.zip$")
        self.assertEqual(parameters, {"TileBucket": "tiles", "TilePrefix": "20260901", "Front": "rest",
                                      "Architecture": "x86_64", "TilesUrlBase": "https://d1.cloudfront.net"})
        self.assertEqual(len(self.updates()), 2)
        self.assertIn(["s3", "cp", str(self.package), f"s3://tapalcatl-code-123456789012-eu-south-1/{key}",
                       "--only-show-errors"], state["calls"])
        self.assertIn("https://d1.cloudfront.net/preview.html", run.stdout)
        self.assertIn("create-invalidation --distribution-id E1", run.stdout)

    def test_updates_a_stack_that_knows_its_name_once(self):
        self.set_state(buckets=["tapalcatl-code-123456789012-eu-south-1"],
                       parameters={"TilesUrlBase": "https://d1.cloudfront.net"})
        self.assertEqual(self.deploy_package("--bucket", "tiles").returncode, 0)
        self.assertEqual(len(self.updates()), 1)
        self.assertNotIn("mb", [call[1] for call in self.state()["calls"]])

    def test_no_package_goes_into_a_bucket_of_somebody_else(self):
        """Whoever guesses the name of the bucket could replace the package before the function gets it."""
        self.set_state(buckets_of_others=["tapalcatl-code-123456789012-eu-south-1"])
        run = self.deploy_package("--bucket", "tiles")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("BucketAlreadyExists", run.stderr)
        self.assertNotIn("cp", [call[1] for call in self.state()["calls"]])

    def test_a_domain_of_ones_own_needs_one_update(self):
        self.assertEqual(self.deploy_package("--bucket", "tiles", "DomainName=tiles.example.org").returncode, 0)
        self.assertEqual(len(self.updates()), 1)

    def test_ends_where_a_command_fails(self):
        self.set_state(fails=True)
        run = self.deploy_package("--bucket", "tiles")
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("Failed to create the stack", run.stderr)
        self.assertEqual(len(self.updates()), 1)
        self.assertNotIn("preview.html", run.stdout)

    def test_another_package_has_another_key(self):
        self.deploy_package("--bucket", "tiles")
        first = self.state()["parameters"]["CodeKey"]
        self.package.write_bytes(b"another")
        self.deploy_package("--bucket", "tiles")
        self.assertNotEqual(self.state()["parameters"]["CodeKey"], first)

    def test_a_dry_run_needs_no_account_and_runs_nothing(self):
        bare = self.folder / "bare"
        bare.mkdir()
        for tool in ("bash", "dirname", "sed", "grep", "uname", "basename", "sha256sum", "cut"):
            found = subprocess.run(["sh", "-c", f"command -v {tool}"], stdout=subprocess.PIPE, text=True).stdout.strip()
            (bare / tool).symlink_to(found)
        run = subprocess.run(["/usr/bin/env", "-i", f"PATH={bare}", "bash", ROOT / "deploy/aws/deploy", "--dry-run"],
                             text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 0, run.stderr)
        for line in (run.stdout + run.stderr).splitlines():
            with self.subTest(line):
                words = shlex.split(line, comments=True)
                self.assertIn(words[:1], [[], ["export"], ["script/package-lambda"], ["aws"]])
        self.assertIn("aws cloudformation deploy", run.stdout)
        self.assertEqual(self.state()["calls"], [])

    def test_names_what_is_wrong_with_an_argument(self):
        for arguments, words in (
                ([], "--bucket is missing"),
                (["--bucket"], "--bucket wants a value"),
                (["--bucket", "b", "Fron=rest"], "'Fron' is no parameter"),
                (["--bucket", "b", "front"], "'front' is neither"),
                (["--bucket", "b", "--stack", "9"], "--stack '9'")):
            with self.subTest(arguments):
                run = self.deploy(*arguments)
                self.assertEqual(run.returncode, 2)
                self.assertIn(words, run.stderr)
                self.assertEqual(self.state()["calls"], [])

    def test_without_a_region_it_asks_for_one(self):
        run = self.deploy("--bucket", "b", "--package", str(self.package))
        self.assertEqual(run.returncode, 2)
        self.assertIn("--region is missing", run.stderr)


if __name__ == "__main__":
    unittest.main()
