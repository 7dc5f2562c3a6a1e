"""A real Redis, on a socket in a folder of its own, or on a port; and one that takes its time."""

import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from support import PATIENCE, wait_until

REDIS = shutil.which("redis-server")


class Redis:
    def __init__(self, password=None, by_port=False):
        self._password = password
        self._by_port = by_port
        self._folder = tempfile.TemporaryDirectory()
        self.socket_path = Path(self._folder.name) / "redis.sock"
        self.port = None
        self.process = None

    @property
    def url(self):
        user = f":{self._password}@" if self._password else ""
        return f"redis://{user}127.0.0.1:{self.port}/0" if self._by_port else f"unix://{user}{self.socket_path}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self._folder.cleanup()

    def start(self):
        """Starts it, the second time at the same place."""
        for _ in range(20):
            if self._by_port and self.port is None:
                with socket.create_server(("127.0.0.1", 0)) as free:
                    self.port = free.getsockname()[1]
            arguments = [REDIS, "--bind", "127.0.0.1", "--port", str(self.port or 0), "--unixsocket",
                         str(self.socket_path), "--save", "", "--appendonly", "no", "--dir", self._folder.name]
            if self._password:
                arguments += ["--requirepass", self._password]
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            if wait_until(self._is_up, "a word of Redis") == "up":
                return
            self.port = None  # somebody took it meanwhile
        raise AssertionError("Redis does not start")

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(PATIENCE)
            self.process = None

    def _is_up(self):
        if self.process.poll() is not None:
            return "ended"
        try:
            return "up" if self.ask("PING") == "+PONG" else None
        except OSError:
            return None

    def ask(self, *words):
        """The first line of the answer to a command; the lines of a list."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self.socket_path))
            with connection.makefile("rwb") as file:
                for command in ([("AUTH", self._password)] if self._password else []) + [words]:
                    file.write(b"*%d\r\n" % len(command))
                    for word in command:
                        data = word.encode()
                        file.write(b"$%d\r\n%s\r\n" % (len(data), data))
                    file.flush()
                    line = file.readline().decode().rstrip("\r\n")
                if not line.startswith("*"):
                    return line
                values = []
                for _ in range(int(line[1:])):
                    size = int(file.readline()[1:])
                    values.append(file.read(size + 2)[:-2].decode())
                return values


class SlowRedis:
    """A stand-in that knows PING, GET and SET, and answers the first PING of a connection only when it is told to."""

    def __init__(self):
        self.values = {}
        self.go_on = threading.Event()
        self.connections = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.go_on.set()
        self._listener.close()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb") as file:
            while line := file.readline():
                words = []
                for _ in range(int(line[1:])):
                    size = int(file.readline()[1:])
                    words.append(file.read(size + 2)[:-2])
                if words[0] == b"PING":
                    self.go_on.wait(PATIENCE)
                    file.write(b"+PONG\r\n")
                elif words[0] == b"SET":
                    self.values[words[1]] = words[2]
                    file.write(b"+OK\r\n")
                else:
                    file.write(b"$-1\r\n")
                file.flush()
