"""A bucket of S3 on this machine, with a latency: the tests' scripted S3, in a process of its own."""
import multiprocessing
import pathlib
import sys
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
for folder in ("s3", "integration"):  # _serve runs in a process of its own, which imports this module alone
    sys.path.insert(0, str(TESTS / folder))

NAME, KEY_ID, SECRET = "tiles", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def _serve(pipe, folder, latency):
    from scripted_s3 import ScriptedS3
    # Anonymous requests are those of the measurement itself.
    with ScriptedS3(NAME, {KEY_ID: SECRET}, anonymous=True, latency=latency, folder=folder) as s3:
        pipe.send(s3.port)
        while pipe.recv() == "take":
            while s3.counts.at_once:  # an answer is logged behind its last byte
                time.sleep(0.0002)
            records = [(record.key, record.request["range"], record.status, record.sent) for record in s3.records()
                       if record.request["authorization"]]
            s3.new_counts()
            pipe.send(records)


class Bucket:
    """Enter it to have it served. `latency`: seconds before each answer. The files below `folder` are its objects."""

    def __init__(self, folder, latency):
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, str(folder), latency), daemon=True)
        self.port = None

    def __enter__(self):
        self._process.start()
        self.port = self._pipe.recv()
        return self

    def __exit__(self, *_):
        self._pipe.send("end")
        self._process.join(30)

    @property
    def environment(self):
        return {"S3_BUCKET": NAME, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.port}", "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}

    def take(self):
        """(key, range, status, bytes) of each signed request since the last call, in the order they ended."""
        self._pipe.send("take")
        return self._pipe.recv()
