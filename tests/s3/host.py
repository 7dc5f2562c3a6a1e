"""A server of wire.py that runs in a thread of its own, and what it counts."""

import asyncio
import collections
import socket
import threading
import traceback

import wire

LONGEST_LOG = 300_000  # records; a runaway test shall not eat the machine


class Record:
    """What is known of one answered request."""

    __slots__ = ("request", "status", "sent", "fault", "key")

    def __init__(self, request, status, sent, fault, key):
        self.request = request
        self.status = status
        self.sent = sent  # bytes of the body
        self.fault = fault  # the name of the fault that it suffered, or None
        self.key = key  # of the object, or None

    def __repr__(self):
        return f"<{self.request.method} {self.request.target} {self.request['range']}: {self.status}, {self.fault}>"


class Counts:
    """Whatever is counted. Read it from any thread."""

    def __init__(self):
        self.requests = 0
        self.gets = 0
        self.bytes = 0  # of objects
        self.connections = 0  # that were ever made
        self.open = 0
        self.at_once = 0  # requests under way
        self.most_at_once = 0
        self.by_status = collections.Counter()
        self.by_key = collections.Counter()

    def __repr__(self):
        return str(vars(self))


class Host:
    """Serves on loopback while it is entered. Subclasses say what, by respond(request): an Answer, on its own thread.

    `tls`: an ssl.SSLContext, or None. `port` 0: any. `host_name` is what URLs have for this machine.
    """

    def __init__(self, port=0, tls=None, host_name="127.0.0.1", address="127.0.0.1"):
        self.clock = wire.Clock()
        self.counts = Counts()
        self.log = collections.deque(maxlen=LONGEST_LOG)
        self.port = port
        self.host_name = host_name
        self._address = address
        self._tls = tls
        self._loop = None
        self._server = None
        self._connections = set()

    def respond(self, request):
        raise NotImplementedError

    def describe(self, request, answer):
        """(fault, key) for the log."""
        return None, None

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://{self.host_name}:{self.port}"

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self.come_back()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self.go_away()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(asyncio.sleep(0))  # what is closing may say so
        self._loop.close()

    def come_back(self):
        """Listens, on the port from before if there was one."""
        self._call(self._listen())

    def go_away(self):
        """As a machine that is switched off: connections are reset, new ones refused."""
        self._call(self._leave())

    def drop_connections(self):
        """As a load balancer that was restarted: connections are reset, new ones accepted."""
        self._call(self._drop())

    def new_counts(self):
        """Forgets what was counted and logged; open connections stay counted."""
        async def forget():
            counts = Counts()
            counts.open = len(self._connections)
            counts.at_once = counts.most_at_once = self.counts.at_once
            self.counts = counts
            self.log.clear()
        self._call(forget())

    def records(self):
        return list(self.log)

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _listen(self):
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: wire.Connection(self), self._address, self.port,
                                                    ssl=self._tls, backlog=1024)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _leave(self):
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._drop()

    async def _drop(self):
        for connection in list(self._connections):
            connection.reset()
        await asyncio.sleep(0)

    # What follows is called by connections, on the loop's thread.

    def connected(self, connection):
        self.counts.connections += 1
        self.counts.open += 1
        connection.number = self.counts.connections
        self._connections.add(connection)

    def disconnected(self, connection):
        self.counts.open -= 1
        self._connections.discard(connection)

    def answer(self, request):
        counts = self.counts
        counts.requests += 1
        counts.gets += request.method == "GET"
        counts.at_once += 1
        counts.most_at_once = max(counts.most_at_once, counts.at_once)
        try:
            return self.respond(request)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()  # a mistake of this program, or of a test's own fault
            return wire.Answer(500, [("Connection", "close")], b"the scripted server has a mistake")

    def sent(self, request, answer, size):
        fault, key = self.describe(request, answer)
        counts = self.counts
        counts.at_once -= 1
        counts.bytes += size if answer.status in (200, 206) else 0
        counts.by_status[answer.status] += 1
        if key is not None:
            counts.by_key[key] += 1
        self.log.append(Record(request, answer.status, size, fault, key))


def free_port():
    """A port of loopback that a program may listen on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


_refusing = []


def refusing_port():
    """A port of loopback where nobody listens as long as this process runs: it is bound, so nobody else gets it."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    _refusing.append(bound)
    return bound.getsockname()[1]
