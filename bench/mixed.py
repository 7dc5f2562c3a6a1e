#!/usr/bin/env python3
"""Mixed load with faults, for as long as it is told to.

    bench/mixed.py [--seconds 240] [--archives 300]

The bucket fails in every way that the tests know (errors, throttling, silence, slow answers, ignored ranges, resets, cut
answers, stalls, an outage), a healthy time after each. Twenty clients ask for tiles meanwhile, some read slowly, some
leave before the answer, archives are replaced, and once a second the configuration is read anew. Every body is compared. The exit code is 1 if a body is wrong, if the
resident memory exceeds 1.5 times the budget and 16 MB, or if open files grow.
"""
import argparse
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "integration"))

import mixed_load as load  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--archives", type=int, default=300)
    options = parser.parse_args()
    binary = os.environ.get("TAPALCATL_BINARY") or str(ROOT / "build" / "release" / "tapalcatl")
    try:
        print(load.text_of(load.run(options.seconds, options.archives, binary)))
    except AssertionError as problem:
        print(f"failed: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
