"""The load is what it says: each target once, at the rate that was asked for, every answer counted."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

import faults
from scripted_s3 import ScriptedS3


class Load(unittest.TestCase):
    def run_load(self, targets, *options):
        done = subprocess.run([sys.executable, str(Path(__file__).with_name("load.py")), str(self.s3.port), *options],
                              input="\n".join(targets), stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    def setUp(self):
        self.s3 = self.enterContext(ScriptedS3(anonymous=True, lists=False))
        for number, size in enumerate((0, 1, 1000, 300_000)):
            self.s3.put(str(number), b"x" * size)

    def test_as_fast_as_it_goes(self):
        said = self.run_load([f"/tiles/{number % 5}" for number in range(500)], "--connections", "7")
        self.assertEqual((said["answered"], said["broken"], said["by_status"]), (500, 0, {"200": 400, "403": 100}))
        self.assertEqual(dict(self.s3.counts.by_key), {str(number): 100 for number in range(5)})
        self.assertEqual(self.s3.counts.bytes, 100 * 301_001)
        self.assertLessEqual(self.s3.counts.connections, 7)

    def test_at_a_rate(self):
        said = self.run_load(["/tiles/1"] * 100, "--rate", "200")
        self.assertGreater(said["seconds"], 0.49)
        self.assertEqual(said["answered"], 100)

    def test_slow_answers_take_more_connections(self):
        self.s3.latency = 0.5
        said = self.run_load(["/tiles/1"] * 50, "--connections", "50")
        self.assertTrue(0.5 < said["slowest"] < 10 and self.s3.counts.connections == 50, said)

    def test_what_is_never_answered_is_broken(self):
        self.s3.suffer(faults.hang_up(), share=0.5)
        said = self.run_load(["/tiles/1"] * 100)
        self.assertEqual(said["answered"] + said["broken"], 100)
        self.assertTrue(20 < said["broken"] < 80, said)


if __name__ == "__main__":
    unittest.main()
