"""Checks of the servers' answers. A figure that was measured with wrong answers means nothing, so each benchmark stops
at the first of them with exit code 3."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "integration"))

import client  # noqa: E402

EXIT_CODE = 3


class Wrong(Exception):
    """A server gave another answer than it should have, or none. The text names the server and the request."""


def run(main):
    """Runs a benchmark's main function and exits with what it returns; with 3, and the reason, after a wrong answer."""
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.stdout.flush()
        print(f"failed: {wrong}", file=sys.stderr)
        sys.exit(EXIT_CODE)


def ask(name, connection, target, headers=(), method="GET"):
    """Sends one request over a client.Connection to the server of that name. Raises Wrong if no valid answer comes."""
    try:
        return connection.request(target, headers, method)
    except (client.Closed, client.Malformed, OSError, TypeError) as error:  # TypeError: there is no Content-Length
        raise Wrong(f"{name}, {method} {target}: {type(error).__name__}: {error}") from error


def check(name, target, answer, body, status=200):
    """Raises Wrong unless status, length and bytes of an answer are the expected ones."""
    fault = None
    if answer.status != status:
        fault = f"status {answer.status} in place of {status}"
    elif len(answer.body) != len(body):
        fault = f"{len(answer.body)} bytes in place of {len(body)}"
    elif answer.body != body:
        first = next(i for i, (got, want) in enumerate(zip(answer.body, body)) if got != want)
        fault = f"byte {first} of {len(body)} differs"
    if fault:
        raise Wrong(f"{name}, GET {target}: {fault}")


def size_of(answer):
    """Bytes of the head and the body of a right answer, as they came."""
    head = ["HTTP/1.1 200 OK", *(f"{key}: {value}" for key, value in answer.headers), "", ""]
    return len("\r\n".join(head)) + len(answer.body)


def check_tiles(server, tiles, close=False):
    """Asks a server for each of the tiles, (target, gzip bytes), over one connection, and checks every answer. Returns
    the size of each answer with its head. `close`: each tile over a connection of its own, which the server ends."""
    if not close:
        with client.Connection(server.port) as connection:
            return [_check_tile(server, connection, target, body) for target, body in tiles]
    sizes = []
    for target, body in tiles:
        with client.Connection(server.port) as connection:
            sizes.append(_check_tile(server, connection, target, body, close))
    return sizes


def _check_tile(server, connection, target, body, close=False):
    answer = ask(server.name, connection, target, {"Accept-Encoding": "gzip", **({"Connection": "close"} if close else {})})
    check(server.name, target, answer, body)
    if answer["Content-Encoding"] != "gzip":
        raise Wrong(f"{server.name}, GET {target}: not gzip: {answer}")
    if answer.closes != close:
        raise Wrong(f"{server.name}, GET {target}: {'not ' if close else ''}the last answer of its connection: {answer}")
    return size_of(answer)
