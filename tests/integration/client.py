"""An HTTP/1.1 client that is pedantic about answers and free in what it sends."""

import gzip
import re
import socket
import struct

TIMEOUT = 90.0

_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5]\d\d) ([ -~]*)\Z")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t -~\x80-\xff]*)\Z")


class Closed(Exception):
    """The connection ended where an answer, or the rest of one, was expected. `got`: bytes of it that came."""

    def __init__(self, got, reason):
        super().__init__(f"{reason} after {got} bytes")
        self.got = got


class Malformed(Exception):
    """What came is no answer of HTTP/1.1."""


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:200]!r}>"

    def __getitem__(self, name):
        """The value of a header that may be there once at most, or None."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        if len(values) > 1:
            raise Malformed(f"{name} is there {len(values)} times")
        return values[0] if values else None

    @property
    def content(self):
        """The body without its Content-Encoding."""
        if self["Content-Encoding"] is None:
            return self.body
        if self["Content-Encoding"] != "gzip":
            raise Malformed(self["Content-Encoding"])
        return one_gzip_member(self.body)

    @property
    def text(self):
        return self.content.decode()

    @property
    def closes(self):
        return (self["Connection"] or "").lower() == "close"


def one_gzip_member(data):
    """Its content. Strict: nothing may follow, and CRC and size have to be right."""
    content = gzip.decompress(data)
    if struct.unpack("<I", data[-4:])[0] != len(content) % (1 << 32):
        raise Malformed("gzip: another size")
    return content


class Connection:
    """One connection to a port of this machine."""

    def __init__(self, port, receive_buffer=None, host="127.0.0.1", timeout=TIMEOUT):
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            self.socket.settimeout(timeout)
            if receive_buffer:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.socket.connect((host, port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            self.socket.close()
            raise
        self._host = f"{host}:{port}"
        self._received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends it as a crashed client does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_request(self, target, headers=(), method="GET"):
        """Asks. `headers`: a dict or pairs; Host is added where it is not among them."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if not any(name.lower() == "host" for name, _ in pairs):
            pairs.insert(0, ("Host", self._host))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs), "", ""]
        self.send("\r\n".join(lines).encode("latin-1"))

    def request(self, target, headers=(), method="GET"):
        self.send_request(target, headers, method)
        return self.response(method == "HEAD")

    def response(self, without_body=False):
        """The next answer. Raises Closed or Malformed."""
        head = self._until(b"\r\n\r\n")
        status_line, *lines = head[:-4].split(b"\r\n")
        matched = _STATUS_LINE.match(status_line)
        if not matched:
            raise Malformed(status_line)
        headers = []
        for line in lines:
            header = _HEADER.match(line)
            if not header:
                raise Malformed(line)
            headers.append((header[1].decode(), header[2].decode("latin-1")))
        response = Response(int(matched[1]), headers, b"")
        if response["Transfer-Encoding"] is not None or response["Date"] is None:
            raise Malformed(head)
        if response.status in (204, 304):
            if response["Content-Length"] is not None:
                raise Malformed(head)
        elif not without_body:
            response.body = self._bytes(int(response["Content-Length"]), len(head))
        return response

    def at_end(self):
        """Whether the server closes now, without another byte. Waits for it, or for that byte."""
        if self._received:
            return False
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def read_some(self, size=65536):
        """What is there, b"" at the end. For those who look at the bytes themselves."""
        return self.socket.recv(size)

    def _until(self, mark):
        while mark not in self._received:
            if len(self._received) > 64 * 1024:
                raise Malformed(self._received[:200])
            self._receive(0)
        end = self._received.index(mark) + len(mark)
        head, self._received = self._received[:end], self._received[end:]
        return head

    def _bytes(self, size, before):
        pieces = [self._received]
        have = len(self._received)
        while have < size:
            self._received = b""
            self._receive(before + have)
            pieces.append(self._received)
            have += len(self._received)
        everything = b"".join(pieces)
        self._received = everything[size:]
        return everything[:size]

    def _receive(self, before):
        try:
            more = self.socket.recv(1 << 20)
        except ConnectionResetError as reset:
            raise Closed(before + len(self._received), "reset") from reset
        if not more:
            raise Closed(before + len(self._received), "closed")
        self._received += more
