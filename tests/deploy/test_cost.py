"""deploy/aws/cost."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COST = ROOT / "deploy/aws/cost"
PRICES = json.loads((ROOT / "deploy/aws/prices.json").read_text())


def run(*arguments):
    return subprocess.run([sys.executable, COST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def columns(*arguments):
    """The two columns, as {row: (ours, theirs)}."""
    output = run(*arguments).stdout
    return {match[1].strip(): (float(match[2]), float(match[3]))
            for match in re.finditer(r"^(\S.*?) +([0-9.]+) +([0-9.]+)$", output, re.MULTILINE)}


class Cost(unittest.TestCase):
    def test_adds_up_what_is_paid_for(self):
        rows = columns("--hit-rate", "0.5", "--tile-kb", "100", "--memory-mb", "1024", "--milliseconds", "60",
                       "--gets", "2", "--front", "http", "--log-bytes", "1000")
        ours = {name: row[0] for name, row in rows.items()}
        total = ours.pop("sum")
        self.assertEqual(ours, {
            "CloudFront requests": 1.00,
            "CloudFront egress": 8.50,    # 100 GB
            "Lambda invocations": 0.10,   # half a million
            "Lambda duration": 0.50,      # 30,000 GB s
            "front": 0.50,
            "S3 GETs": 0.40,              # a million
            "logs": 0.25})                # half a GB
        self.assertAlmostEqual(total, 11.25)

    def test_what_the_cache_has_costs_no_invocation(self):
        rows = columns("--hit-rate", "1")
        self.assertEqual({name for name, row in rows.items() if row[0] > 0},
                         {"CloudFront requests", "CloudFront egress", "sum"})

    def test_arm_is_cheaper(self):
        busy = ("--hit-rate", "0", "--milliseconds", "1000")
        self.assertLess(columns(*busy, "--arch", "arm64")["Lambda duration"][0], columns(*busy)["Lambda duration"][0])

    def test_refuses_numbers_that_cannot_be(self):
        for arguments, words in ((["--hit-rate", "90"], "'90': expected a number from 0 to 1"),
                                 (["--tile-kb", "nan"], "'nan'"), (["--memory-mb", "64"], "'64'")):
            with self.subTest(arguments):
                refused = run(*arguments)
                self.assertEqual(refused.returncode, 2)
                self.assertIn(words, refused.stderr)

    def test_names_what_is_wrong_with_the_prices(self):
        for change, words in (({"logs_gb": "much"}, "logs_gb is 'much'"), ({"logs_gb": -1}, "logs_gb is -1"),
                              ({"lambda_gb_second": {"x86_64": 1}}, "'arm64' is missing")):
            with self.subTest(words), tempfile.NamedTemporaryFile("w", suffix=".json") as file:
                json.dump(PRICES | change, file)
                file.flush()
                refused = run("--prices", file.name)
                self.assertEqual(refused.returncode, 1)
                self.assertIn(words, refused.stderr)


if __name__ == "__main__":
    unittest.main()
