"""A tapalcatl that answers wrongly as it is told, in front of the one that answers right.

    faulty_server.py REAL FAULT WHICH NOTE serve

REAL is the binary of the other one, which gets this one's environment. WHICH requests are spoiled: `third`, those for
the third tile that is ever asked for; `FIRST-LAST`, those of these numbers in the order they come; else those for that
path. Each path whose answer was spoiled is written to the file NOTE.
"""

import http
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

import client  # noqa: E402


def spoiled(fault, status, headers, body):
    """(status, headers, body, what is sent of the body)."""
    if fault == "error":
        body = b"out of order\n"
        return 503, [("Date", dict(headers)["Date"])], body, len(body)
    if fault == "wrong byte":
        middle = len(body) // 2
        body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1:]
        return status, headers, body, len(body)
    if fault == "one byte less":
        return status, headers, body[:-1], len(body) - 1
    if fault == "half":
        return status, headers, body[:len(body) // 2], len(body) // 2
    if fault == "cut off":
        return status, headers, body, len(body) // 2
    raise ValueError(fault)


class Spoiler:
    """Decides which answers are spoiled."""

    def __init__(self, which, note):
        self._which, self._note = which, Path(note)
        self._lock = threading.Lock()
        self._asked, self._tiles = 0, []

    def takes(self, target):
        with self._lock:
            self._asked += 1
            if target not in self._tiles and target.endswith(".mvt"):
                self._tiles.append(target)
            numbers = re.fullmatch(r"(\d+)-(\d+)", self._which)
            if numbers:
                takes = int(numbers[1]) <= self._asked <= int(numbers[2])
            else:
                takes = target == (self._tiles[2] if self._which == "third" and len(self._tiles) > 2 else self._which)
            if takes:
                with self._note.open("a") as note:
                    note.write(target + "\n")
            return takes


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        with client.Connection(self.server.real_port) as real:
            while True:
                request = self.rfile.readline().split()
                headers = []
                for line in iter(self.rfile.readline, b"\r\n"):
                    if not line:
                        return
                    name, _, value = line.decode("latin-1").partition(":")
                    headers.append((name, value.strip()))
                if not self._answer(real.request(request[1].decode(), headers, request[0].decode()), request[1].decode()):
                    return

    def _answer(self, answer, target):
        status, body = answer.status, answer.body
        headers = [pair for pair in answer.headers if pair[0] != "Content-Length"]
        sent = len(body)
        if self.server.spoiler.takes(target):
            status, headers, body, sent = spoiled(self.server.fault, status, headers, body)
        lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
                 *(f"{name}: {value}" for name, value in headers), f"Content-Length: {len(body)}", "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + body[:sent])
        return sent == len(body)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # the client has gone


def main():
    real, fault, which, note, _ = sys.argv[1:]
    process = subprocess.Popen([real, "serve"], stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "PORT": "0", "TAPALCATL_LOG_LEVEL": "info"})  # it tells its port
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with Server(("127.0.0.1", int(os.environ["PORT"])), Handler) as server:
            server.real_port = int(re.search(r"http://[^:/]+:(\d+)/", process.stderr.readline())[1])
            server.fault, server.spoiler = fault, Spoiler(which, note)
            print(f"serves at http://127.0.0.1:{server.server_address[1]}/", file=sys.stderr, flush=True)
            server.serve_forever()
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
