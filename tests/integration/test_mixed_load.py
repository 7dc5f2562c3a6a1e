"""A few seconds of bench/mixed.py: every fault, every kind of client, every body compared."""

import unittest

import mixed_load
from support import binary_to_measure, takes

SECONDS = 12


class MixedLoad(unittest.TestCase):
    @takes(SECONDS + 10)
    def test_no_body_is_wrong_and_nothing_grows(self):
        print(mixed_load.text_of(mixed_load.run(SECONDS, archives=150, binary=binary_to_measure())))


if __name__ == "__main__":
    unittest.main()
