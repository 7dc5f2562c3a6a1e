"""HTTP/1.1 as a server speaks it, and as one speaks it that fails on purpose.

Written by hand over asyncio.Protocol, as it has to answer thousands of requests a second on one core beside the
program that is tested.
"""

import asyncio
import socket
import struct
import time
from email.utils import formatdate

REASONS = {200: "OK", 204: "No Content", 206: "Partial Content", 301: "Moved Permanently", 304: "Not Modified",
           307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict", 411: "Length Required", 412: "Precondition Failed",
           416: "Requested Range Not Satisfiable", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
           500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Slow Down",
           504: "Gateway Timeout"}

MOST_HEAD_BYTES = 64 * 1024
MOST_BODY_BYTES = 1024 * 1024


class Bad(Exception):
    """What came is no request. Its text is for people."""


class Request:
    """One request, as it came."""

    __slots__ = ("method", "target", "headers", "body", "connection", "time")

    def __init__(self, method, target, headers, body, connection, now):
        self.method = method
        self.target = target
        self.headers = headers  # pairs; names in lower case
        self.body = body
        self.connection = connection  # which one it came on, counted from 1
        self.time = now  # time.monotonic() when all of it was there

    def __repr__(self):
        return f"<{self.method} {self.target} {self.headers}>"

    def __getitem__(self, name):
        """The first value of a header, or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class Answer:
    """What is sent for a request, and how badly. Content-Length is added unless `headers` have one."""

    __slots__ = ("status", "headers", "body", "without_body", "length", "delay", "stall_after", "stall_for",
                 "cut_after", "reset", "instead", "close", "object", "dated")

    def __init__(self, status, headers=(), body=b""):
        self.status = status
        self.headers = list(headers)
        self.body = body
        self.without_body = False  # the answer to HEAD: the length is told, the body is not sent
        self.length = None  # the Content-Length that is told in place of the right one
        self.delay = 0.0  # seconds before the first byte
        self.stall_after = None  # bytes of the body after which there is a pause of stall_for seconds
        self.stall_for = 0.0
        self.cut_after = None  # bytes of the body after which the connection ends
        self.reset = False  # whether that end is a reset
        self.instead = None  # bytes that are sent in place of all of it, before the connection ends
        self.close = False  # whether the connection is closed behind a whole answer that did not say so
        self.object = None  # what was found, for faults that answer something else of it
        self.dated = True  # whether there is a Date

    def get(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def set(self, name, value):
        """Replaces all headers of that name; None leaves none."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        if value is not None:
            self.headers.append((name, value))

    def head(self, date):
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Whatever')}"]
        if self.dated:
            lines.append(f"Date: {date}")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status not in (204, 304):
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        lines.append("\r\n")
        return "\r\n".join(lines).encode("latin-1")


def parse_head(head):
    """Method, target and headers of the bytes before the empty line."""
    request_line, *lines = head.decode("latin-1").split("\r\n")
    parts = request_line.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise Bad(f"no request line: {request_line[:200]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Bad(f"no header: {line[:200]!r}")
        headers.append((name.lower(), value.strip(" \t")))
    return parts[0], parts[1], headers


class Clock:
    """The Date of answers: this machine's time, and `offset` seconds."""

    def __init__(self):
        self.offset = 0.0
        self._second = None
        self._text = ""

    def now(self):
        return time.time() + self.offset

    def date(self):
        second = int(self.now())
        if second != self._second:
            self._second, self._text = second, formatdate(second, usegmt=True)
        return self._text


class Connection(asyncio.Protocol):
    """One connection. Requests are answered one after the other, pipelined ones too.

    `server` has: clock; connected(connection), disconnected(connection); answer(request), the Answer, called at
    once; sent(request, answer, bytes of the body), called once for each, before its last byte is sent or when the
    connection has ended.
    """

    def __init__(self, server):
        self._server = server
        self._received = bytearray()
        self._timer = None
        self._busy = None  # the request and answer that are under way
        self.transport = None
        self.number = 0

    def connection_made(self, transport):
        self.transport = transport
        plain = transport.get_extra_info("socket")
        if plain is not None and plain.family in (socket.AF_INET, socket.AF_INET6):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.connected(self)

    def connection_lost(self, _):
        if self._timer:
            self._timer.cancel()
        self._over(0)
        self._server.disconnected(self)

    def data_received(self, data):
        self._received += data
        if self._busy is None:
            self._next()

    def _next(self):
        """Answers the next request that is there as a whole."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > MOST_HEAD_BYTES:
                self._refuse(431, "the header is too long")
            elif not self._received[:1].isalpha():
                self._refuse(400, "no HTTP")  # TLS, say, where none is expected
            return
        try:
            method, target, headers = parse_head(bytes(self._received[:end]))
            size = 0
            for name, value in headers:
                if name == "content-length":
                    if not value.isdigit() or int(value) > MOST_BODY_BYTES:
                        raise Bad(f"Content-Length: {value[:50]}")
                    size = int(value)
                elif name == "transfer-encoding":
                    raise Bad("Transfer-Encoding")
        except Bad as bad:
            self._refuse(400, str(bad))
            return
        if len(self._received) < end + 4 + size:
            return
        body = bytes(self._received[end + 4:end + 4 + size])
        del self._received[:end + 4 + size]
        request = Request(method, target, headers, body, self.number, time.monotonic())
        answer = self._server.answer(request)
        self._busy = (request, answer)
        if answer.delay > 0:
            self._after(answer.delay, self._start)
        else:
            self._start()

    def _refuse(self, status, text):
        answer = Answer(status, [("Connection", "close")], text.encode())
        self.transport.write(answer.head(self._server.clock.date()) + answer.body)
        self.transport.close()

    def _after(self, seconds, call):
        self._timer = asyncio.get_running_loop().call_later(seconds, call)

    def _start(self):
        answer = self._busy[1]
        if answer.instead is not None:
            self._over(0)
            self.transport.write(answer.instead)
            self._end(answer.reset)
            return
        head = answer.head(self._server.clock.date())
        body = b"" if answer.without_body else answer.body
        stop = len(body) if answer.cut_after is None else min(answer.cut_after, len(body))
        if answer.stall_after is not None and answer.stall_after < stop:
            pause = answer.stall_after
            self.transport.write(head + body[:pause])
            self._after(answer.stall_for, lambda: self._finish(body[pause:stop], stop))
        else:
            self._finish(head + body[:stop], stop)

    def _finish(self, data, sent):
        answer = self._busy[1]
        self._over(sent)  # before it is sent: whoever has it finds it in the log
        self.transport.write(data)
        if answer.cut_after is not None or answer.close or (answer.get("Connection") or "").lower() == "close":
            self._end(answer.reset)
        elif self._received:
            asyncio.get_running_loop().call_soon(self._go_on)  # not at once: there may be thousands

    def _go_on(self):
        if self._busy is None and not self.transport.is_closing():
            self._next()

    def _over(self, sent):
        """Tells the server what became of an answer, once for each."""
        if self._busy:
            (request, answer), self._busy = self._busy, None
            self._server.sent(request, answer, sent)

    def _end(self, reset):
        if reset:
            self.reset()
        else:
            self.transport.close()

    def reset(self):
        """Ends it as a crashed machine does."""
        plain = self.transport.get_extra_info("socket")
        if plain is not None and plain.fileno() >= 0:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
