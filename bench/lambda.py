#!/usr/bin/env python3
"""What the function costs on AWS Lambda: CPU time from the start of the process to its first request for an event, and of
an invocation; the time of an invocation beside that of the bucket; memory.

The Runtime API and the bucket are those of the tests. CPU time is what the kernel counts for the process, in nanoseconds
(/proc/PID/schedstat), so that a busy machine changes it little. Every answer is compared.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/integration"), str(ROOT / "tests/s3")]
os.environ.setdefault("TAPALCATL_BINARY", str(ROOT / "build/release/tapalcatl"))

import lambda_events as events  # noqa: E402
import s3_support  # noqa: E402
from lambda_runtime import Function, RuntimeApi  # noqa: E402
from scripted_s3 import ScriptedS3  # noqa: E402

WRONG_ANSWER = 3


class Marks:
    """When what happened last, of the invocation that runs: by time.monotonic()."""

    event_sent = request_read = response_sent = result_read = 0.0

    def own_ms(self):
        """From the event to the request to the bucket, and from its response to the result: what the function took, and what the
        emulators took to read and to wake up."""
        return 1000 * (self.request_read - self.event_sent + self.result_read - self.response_sent)


def marked(marks):
    """The Runtime API and the bucket, which note the times."""
    class Api(RuntimeApi):
        def _send(self, handler, status, body, headers=(), chunked=False):
            marks.event_sent = time.monotonic() if headers else marks.event_sent
            return super()._send(handler, status, body, headers, chunked)

        def _answer(self, handler, request_id, kind, body):
            marks.result_read = time.monotonic()
            return super()._answer(handler, request_id, kind, body)

    class Bucket(ScriptedS3):
        def respond(self, request):
            marks.request_read = time.monotonic()
            return super().respond(request)

        def sent(self, request, answer, size):
            marks.response_sent = time.monotonic()
            return super().sent(request, answer, size)
    return Api, Bucket


def cpu_ms(process):
    """Of all threads that live."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6


def resident_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) * 1024 / 1e6


def settings(s3, home):
    return {"S3_BUCKET": s3_support.BUCKET, "AWS_ENDPOINT_URL_S3": s3.url, "AWS_REGION": "us-east-1", "HOME": home,
            "AWS_ACCESS_KEY_ID": s3_support.KEY_ID, "AWS_SECRET_ACCESS_KEY": s3_support.SECRET,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 128, "TAPALCATL_ACCESS_LOG": "off"}


def ask(api, metatile):
    started = time.perf_counter()
    invocation = api.start(events.rest(s3_support.tile_url(metatile), [("Accept-Encoding", "gzip")])).wait()
    took = time.perf_counter() - started
    answer = invocation.response()
    if answer.status != 200 or answer.content != s3_support.content_of(metatile):
        print(f"wrong answer to {metatile}: {answer}", file=sys.stderr)
        sys.exit(WRONG_ANSWER)
    return took * 1000


def measure_start(options, s3, home):
    taken = []
    for _ in range(options.starts):
        with RuntimeApi() as api, Function(api, **settings(s3, home)) as function:
            api.wait_until_idle()
            taken.append(cpu_ms(function.process))
    print(f"start to the first request for an event: {statistics.median(taken):.1f} ms of CPU "
          f"(lowest {min(taken):.1f}, highest {max(taken):.1f})")


def measure_invocations(options, make_api, marks, s3, home):
    with make_api() as api, Function(api, **settings(s3, home)) as function:
        places = [s3_support.place(number) for number in range(options.invocations)]
        api.wait_until_idle()
        before = cpu_ms(function.process)
        cold, own = [], []
        for metatile in places:
            cold.append(ask(api, metatile))
            own.append(marks.own_ms())
        api.wait_until_idle()
        after_cold = cpu_ms(function.process)
        for _ in range(options.invocations):
            ask(api, places[0])
        api.wait_until_idle()
        after_warm = cpu_ms(function.process)
        print(f"invocation, tile in memory: {(after_warm - after_cold) / options.invocations:.3f} ms of CPU")
        print(f"invocation, archive not in memory: {(after_cold - before) / options.invocations:.3f} ms of CPU, "
              f"{statistics.median(cold):.1f} ms with the bucket's {1000 * s3.latency:.0f} ms; "
              f"{statistics.median(own):.1f} ms between the event and the request to the bucket and between its response and the "
              "result")
        print(f"resident after {2 * options.invocations} invocations: {resident_mb(function.process):.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=30)
    parser.add_argument("--invocations", type=int, default=500)
    options = parser.parse_args()
    marks = Marks()
    make_api, make_bucket = marked(marks)
    with tempfile.TemporaryDirectory() as home, make_bucket(
            bucket=s3_support.BUCKET, keys=s3_support.KEYS, latency=0.02) as s3:
        for number in range(options.invocations):
            metatile = s3_support.place(number)
            s3.put(s3_support.key_of(metatile, "NO_HASH"), s3_support.small_archive(metatile))
        measure_start(options, s3, home)
        measure_invocations(options, make_api, marks, s3, home)


if __name__ == "__main__":
    main()
