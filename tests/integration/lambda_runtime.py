"""AWS Lambda without AWS: its Runtime API (version 2018-06-01), and the function as a process that asks it for events.

What the API's documentation forbids is written down and fails the test: an answer to an id that is not being answered, a
second request for an event before the answer to the first, an error type of another form, a body that is no JSON, a stream
that is not chunked or whose trailers were not announced.
"""

import base64
import http.client
import http.server
import json
import os
import queue
import re
import select
import signal
import socket
import socketserver
import subprocess
import threading
import time
import uuid

import client
import support

MAX_RESPONSE = 6 * 1024 * 1024 + 100
_PATH = "/2018-06-01/runtime/"
MAX_STREAM_HEAD = 16 * 1024  # what API Gateway looks at for the delimiter
_DELIMITER = bytes(8)
_STREAM_TYPE = "application/vnd.awslambda.http-integration-response"
_TRAILERS = {"lambda-runtime-function-error-type", "lambda-runtime-function-error-body"}
_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+\Z")


def _is_gone(connection):
    """Whether the other side has closed a connection that it waits on."""
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""


class Invocation:
    """One event and, once it is there, its answer."""

    def __init__(self, event, deadline, trace, chunked, request_id):
        self.id = request_id or str(uuid.uuid4())
        self.payload = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.deadline_ms = int((time.time() + deadline) * 1000)
        self.trace = trace
        self.chunked = chunked
        self.handed_out = threading.Event()
        self._answered = threading.Event()
        self.result = None  # of a success: what the function sent, as bytes
        self.error = None   # of a failure: (type, document)
        self.status = None  # of the API to the answer
        self.is_streamed = False  # the result is the head, the delimiter and the body

    def answer(self, result=None, error=None):
        self.result, self.error = result, error
        self._answered.set()

    def wait(self, patience=support.PATIENCE):
        if not self._answered.wait(patience):
            raise AssertionError(f"no answer to {self.payload[:300]!r}")
        return self

    def response(self):
        """The result as the client of an API gets it."""
        self.wait()
        if self.error:
            raise AssertionError(f"the invocation failed: {self.error}")
        head, _, streamed = self.result.partition(_DELIMITER) if self.is_streamed else (self.result, None, None)
        document = json.loads(head)
        headers = [(name, value) for name, value in document.get("headers", {}).items()]
        headers += [(name, value) for name, values in document.get("multiValueHeaders", {}).items() for value in values]
        assert all(isinstance(value, str) for _, value in headers), headers
        if self.is_streamed:
            body = streamed
        else:
            body = document["body"].encode()
            if document["isBase64Encoded"]:
                body = base64.b64decode(body, validate=True)
        answer = client.Response(document["statusCode"], headers, body)
        answer.document = document
        return answer


class RuntimeApi:
    """The API, on a port of its own, for one function at a time."""

    def __init__(self):
        self._events = queue.Queue()
        self._lock = threading.Lock()
        self._running = None  # the invocation that has no answer yet
        self.violations = []
        self.init_errors = []
        self.connections = 0
        self.nexts = 0
        self.requests = []  # (method, path, headers)
        self.hang_ups = 0  # so many requests for an event get no answer
        self.lost_posts = 0  # so many answers are lost with their connection, unread by the API
        self.closes = False  # each answer of the API is the last on its connection, without a word
        self.refusal = None  # the status of the API to answers of events
        self.next_status = 200
        self._ended = threading.Event()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                api.connections += 1

            def do_GET(self):
                api._handle(self, b"")

            def do_POST(self):
                length = self.headers.get("Content-Length")
                self.trailers = {}
                if self.headers.get("Transfer-Encoding"):
                    if self.headers["Transfer-Encoding"] != "chunked" or length is not None:
                        api.violations.append(f"a framing of another form: {dict(self.headers)}")
                    return api._handle(self, self.read_chunks())
                if length is None:
                    api.violations.append("a POST without Content-Length")
                api._handle(self, self.rfile.read(int(length or 0)))

            def read_chunks(self):
                body = []
                while size := int(self.rfile.readline(), 16):
                    body.append(self.rfile.read(size))
                    if self.rfile.read(2) != b"\r\n":
                        raise ConnectionError("a chunk without its end")
                self.trailers = dict(http.client.parse_headers(self.rfile))
                return b"".join(body)

            def log_message(self, *_):
                pass

        class Threads(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 16

            def handle_error(self, *_):
                pass  # the function went away

        self._server = Threads(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self.go_away()
        if kind is None and self.violations:
            raise AssertionError(f"against the rules of the Runtime API: {self.violations}")

    def go_away(self):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def start(self, event, deadline=60.0, trace="Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", chunked=False,
              request_id=None):
        """Puts an event into the queue."""
        invocation = Invocation(event, deadline, trace, chunked, request_id)
        self._events.put(invocation)
        return invocation

    def invoke(self, event, **options):
        """Sends an event and waits for its answer."""
        return self.start(event, **options).wait()

    def ask(self, event, **options):
        return self.invoke(event, **options).response()

    def wait_until_idle(self):
        """Until the function asks for an event that is not there: this is where Lambda freezes it."""
        support.wait_until(lambda: self.is_idle, "the function asks for the next event")

    @property
    def is_idle(self):
        with self._lock:
            return self._running is None and self._waiting > 0 and self._events.empty()

    _waiting = 0

    def _handle(self, handler, body):
        path = handler.path
        self.requests.append((handler.command, path, dict(handler.headers)))
        if not path.startswith(_PATH):
            self.violations.append(f"{handler.command} {path}")
            return self._send(handler, 404, b"{}")
        if path == _PATH + "invocation/next" and handler.command == "GET":
            return self._next(handler)
        if path == _PATH + "init/error" and handler.command == "POST":
            self.init_errors.append(self._error_of(handler, body))
            return self._send(handler, 202, b'{"status":"OK"}')
        matched = re.fullmatch(re.escape(_PATH) + r"invocation/([^/]+)/(response|error)", path)
        if not matched or handler.command != "POST":
            self.violations.append(f"{handler.command} {path}")
            return self._send(handler, 404, b"{}")
        return self._answer(handler, *matched.groups(), body)

    def _next(self, handler):
        if self.next_status != 200:
            return self._send(handler, self.next_status, b"{}")
        if self.hang_ups > 0:
            self.hang_ups -= 1
            return self._drop(handler)
        with self._lock:
            self.nexts += 1
            if self._running is not None:
                self.violations.append(f"a request for the next event before the answer to {self._running.id}")
            self._waiting += 1
        invocation = None
        while invocation is None and not self._ended.is_set() and not _is_gone(handler.connection):
            try:
                invocation = self._events.get(timeout=0.05)
            except queue.Empty:
                pass
        if invocation is not None and _is_gone(handler.connection):
            self._events.put(invocation)  # for the next process
            invocation = None
        with self._lock:
            self._waiting -= 1
            self._running = invocation
        if invocation is None:
            return self._drop(handler)
        headers = [("Lambda-Runtime-Aws-Request-Id", invocation.id),
                   ("Lambda-Runtime-Deadline-Ms", str(invocation.deadline_ms)),
                   ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:tiles")]
        if invocation.trace:
            headers.append(("Lambda-Runtime-Trace-Id", invocation.trace))
        invocation.handed_out.set()
        return self._send(handler, 200, invocation.payload, headers, invocation.chunked)

    def _answer(self, handler, request_id, kind, body):
        if self.lost_posts > 0:
            self.lost_posts -= 1
            return self._drop(handler)
        with self._lock:
            running = self._running
            if running is None or running.id != request_id:
                self.violations.append(f"an answer to {request_id}, which is not being answered")
                return self._send(handler, 403, b'{"errorType":"InvalidStateTransition"}')
            self._running = None
        if kind == "error":
            running.answer(error=self._error_of(handler, body))
            return self._send(handler, 202, b'{"status":"OK"}')
        is_streamed = self._is_streamed(handler)
        status = self.refusal or (413 if len(body) > MAX_RESPONSE and not is_streamed else 202)
        if status != 202:
            self._send(handler, status, b'{"errorMessage":"no","errorType":"RequestEntityTooLarge"}')
            running.status = status
            return running.answer(error=("Function.ResponseSizeTooLarge", {}))
        head, delimiter, _ = body.partition(_DELIMITER) if is_streamed else (body, None, None)
        if is_streamed and (not delimiter or len(head) + len(delimiter) > MAX_STREAM_HEAD):
            self.violations.append(f"a stream without its delimiter: {body[:100]!r}")
        try:
            document = json.loads(head)
            if is_streamed and not set(document) <= {"statusCode", "headers", "multiValueHeaders", "cookies"}:
                self.violations.append(f"a head of another form: {document}")
        except ValueError:
            self.violations.append(f"a result that is no JSON: {head[:100]!r}")
        running.is_streamed = is_streamed
        self._send(handler, 202, b'{"status":"OK"}')
        return running.answer(result=body, error=self._error_in_trailers(handler))

    def _is_streamed(self, handler):
        """Whether the answer has the mode of a stream, whose framing and type are checked."""
        mode = handler.headers.get("Lambda-Runtime-Function-Response-Mode")
        is_chunked = "Transfer-Encoding" in handler.headers
        kind = handler.headers.get("Content-Type")
        if mode not in (None, "streaming") or is_chunked != (mode is not None) or (kind == _STREAM_TYPE) != is_chunked:
            self.violations.append(f"a mode of another form: {dict(handler.headers)}")
        return mode is not None

    def _error_in_trailers(self, handler):
        """The error that ended a stream: its type and, in base64, its document; None where there is none."""
        trailers = {name.lower(): value for name, value in handler.trailers.items()}
        announced = {name.strip().lower() for name in handler.headers.get("Trailer", "").split(",")}
        if not set(trailers) <= _TRAILERS & announced:
            self.violations.append(f"trailers that were not announced: {trailers}")
        if not trailers:
            return None
        kind = trailers.get("lambda-runtime-function-error-type", "")
        if not _ERROR_TYPE.match(kind):
            self.violations.append(f"an error type of another form: {kind!r}")
        return kind, json.loads(base64.b64decode(trailers.get("lambda-runtime-function-error-body", "e30=")))

    def _error_of(self, handler, body):
        kind = handler.headers.get("Lambda-Runtime-Function-Error-Type", "")
        if not _ERROR_TYPE.match(kind):
            self.violations.append(f"an error type of another form: {kind!r}")
        try:
            document = json.loads(body)
            if set(document) != {"errorMessage", "errorType", "stackTrace"} or document["errorType"] != kind:
                self.violations.append(f"an error of another form: {document}")
        except ValueError:
            document = {}
            self.violations.append(f"an error that is no JSON: {body[:100]!r}")
        return kind, document

    def _drop(self, handler):
        handler.close_connection = True

    def _send(self, handler, status, body, headers=(), chunked=False):
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        for name, value in headers:
            handler.send_header(name, value)
        if chunked:
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for start in range(0, len(body), 100):
                piece = body[start:start + 100]
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        handler.wfile.flush()
        if self.closes:
            handler.close_connection = True


class Function:
    """The program as Lambda starts it: called bootstrap, without arguments, with Lambda's variables."""

    def __init__(self, api, *arguments, name="bootstrap", binary=None, preexec=None, **settings):
        self._command = [name, *arguments]
        settings = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": "tiles",
                    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": 512, "KEY_FORMAT_TYPE": "NO_HASH", **support.UNHURRIED, **settings}
        self._settings = {name: value for name, value in settings.items() if value is not None}
        self._binary = binary or support.BINARY
        self._preexec = preexec
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen(
            self._command, executable=self._binary, env=support.environment_of(self._settings), preexec_fn=self._preexec,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.stdout = support.Lines(self.process.stdout)
        self.stderr = support.Lines(self.process.stderr)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.stdout.to_the_end()
        self.stderr.to_the_end()

    def freeze(self):
        """As Lambda does between two invocations."""
        self.process.send_signal(signal.SIGSTOP)
        support.wait_until(lambda: self._state() == "T", "it stands still")

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def _state(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def is_running(self):
        return self.process.poll() is None

    def expect_exit(self, *codes, patience=support.PATIENCE):
        code = self.process.wait(patience)
        if code not in codes:
            raise AssertionError(f"exit code {code} and not {codes}: {self.stderr.to_the_end()}")
        return code

    def open_sockets(self):
        folder = f"/proc/{self.process.pid}/fd"
        return sum(os.readlink(f"{folder}/{name}").startswith("socket:") for name in os.listdir(folder))
