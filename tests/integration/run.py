#!/usr/bin/env python3
"""Runs the cases of test modules as unittest does, but several at a time: most of them wait most of the time.

    run.py [--jobs N] [--slowest N] MODULE[.CLASS[.CASE]]...

Each case runs in a process of its own; the cases of a class with a setUpClass run in one process, one after the other.
"""

import argparse
import io
import multiprocessing
import multiprocessing.connection
import os
import sys
import tempfile
import time
import traceback
import unittest


def cpu_seconds():
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


class Result(unittest.TextTestResult):
    """What became of each case, in a form that can be sent to another process."""

    def __init__(self):
        super().__init__(io.StringIO(), descriptions=False, verbosity=0)
        self.outcomes = []  # (name, what became of it, seconds, seconds of the processors)

    def startTest(self, test):
        super().startTest(test)
        self._problems = len(self.failures) + len(self.errors) + len(self.unexpectedSuccesses)
        self._started = time.monotonic(), cpu_seconds()

    def stopTest(self, test):
        super().stopTest(test)
        took = time.monotonic() - self._started[0], cpu_seconds() - self._started[1]
        problems = len(self.failures) + len(self.errors) + len(self.unexpectedSuccesses)
        skipped = next((f"skipped: {reason}" for each, reason in self.skipped if each is test), None)
        self.outcomes.append((test.id(), "FAILED" if problems > self._problems else skipped or "ok", *took))

    def sendable(self):
        of_classes = [(str(each), f"skipped: {reason}", 0, 0) for each, reason in self.skipped
                      if not isinstance(each, unittest.TestCase)]
        problems = [f"{test}\n{text}" for test, text in self.failures + self.errors]
        problems += [f"{test}\nan unexpected success\n" for test in self.unexpectedSuccesses]
        return self.outcomes + of_classes, problems


def cases_of(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from cases_of(each)
        else:
            yield each


def groups_of(suite):
    """Lists of cases that need one process."""
    groups = {}
    for case in cases_of(suite):
        kind = type(case)
        shares = kind.setUpClass.__func__ is not unittest.TestCase.setUpClass.__func__
        groups.setdefault(kind if shares else case.id(), []).append(case)
    return sorted(groups.values(), key=lambda group: -sum(map(seconds_of, group)))


def seconds_of(case):
    """What support.takes() says of it."""
    return getattr(getattr(case, case._testMethodName, None), "takes", 0)


def run_group(group, connection, log):
    """The work of a process."""
    for standard in (1, 2):
        os.dup2(log.fileno(), standard)
    result = Result()
    try:
        unittest.TestSuite(group).run(result)
        answer = result.sendable()
    except BaseException:  # pylint: disable=broad-except
        answer = result.outcomes, [traceback.format_exc()]
    sys.stdout.flush()
    connection.send(answer)
    connection.close()
    os._exit(0)  # threads of a case that failed may still wait for something


class Running:
    def __init__(self, group):
        self._group = group
        self._log = tempfile.TemporaryFile()
        self.connection, theirs = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("fork").Process(target=run_group, args=(group, theirs, self._log))
        self._process.start()
        theirs.close()

    def end(self):
        """What the process sent, and what it wrote."""
        try:
            outcomes, problems = self.connection.recv()
        except EOFError:
            outcomes, problems = [], ["the process ended: " + ", ".join(case.id() for case in self._group)]
        self._process.join()
        self.connection.close()
        with self._log as log:
            log.seek(0)
            return outcomes, problems, log.read().decode(errors="replace")


def run_all(groups, jobs):
    """The outcomes of all cases and the problems, shown as they come."""
    waiting, running, outcomes, problems = list(reversed(groups)), {}, [], []
    while waiting or running:
        while waiting and len(running) < jobs:
            new = Running(waiting.pop())
            running[new.connection] = new
        for connection in multiprocessing.connection.wait(list(running)):
            some, wrong, text = running.pop(connection).end()
            for name, outcome, seconds, cpu in some:
                print(f"{name} ... {outcome} ({seconds:.2f} s, processors {cpu:.2f} s)")
            for each in wrong:
                print(f"\n{each}")
            print(text, end="", flush=True)
            outcomes += some
            problems += wrong
    return outcomes, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=4, help="processes at a time")
    parser.add_argument("--slowest", type=int, default=0, metavar="N", help="shows the N slowest cases at the end")
    parser.add_argument("names", nargs="+", metavar="NAME")
    options = parser.parse_args()
    sys.path.insert(0, os.getcwd())
    started = time.monotonic()
    groups = groups_of(unittest.defaultTestLoader.loadTestsFromNames(options.names))
    outcomes, problems = run_all(groups, options.jobs)
    if options.slowest:
        print(f"\nThe slowest of {len(outcomes)}:")
        for name, _, seconds, cpu in sorted(outcomes, key=lambda outcome: -outcome[2])[:options.slowest]:
            print(f"{seconds:7.2f} s, processors {cpu:6.2f} s  {name}")
    skipped = sum(outcome.startswith("skipped") for _, outcome, _, _ in outcomes)
    print(f"\nRan {len(outcomes)} tests in {time.monotonic() - started:.1f} s, processors {cpu_seconds():.1f} s: "
          f"{len(problems)} problems, {skipped} skipped")
    return 1 if problems or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
