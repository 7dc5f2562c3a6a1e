"""Starting and stopping the servers that are measured, and what the kernel knows of their processes."""
import grp
import os
import pathlib
import pwd
import re
import subprocess
import tempfile
import time
import urllib.request

from checks import Wrong

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("TAPALCATL_BINARY") or ROOT / "build" / "release" / "tapalcatl")
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]
START_SECONDS = 30  # valgrind is slow


def cpu_seconds(pid):
    """CPU time of a process and all of its threads, in seconds; to the nanosecond where the kernel tells."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            pass
    return total / 1e9


def resident_bytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server on one core. Leaving its context stops it. `under`: a command, such as valgrind's, that runs it."""
    name = None

    def _start(self, command, environment=None, under=()):
        self._errors = tempfile.TemporaryFile("w+b")
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), *under, *command], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors)

    def _wait_for(self, condition):
        deadline = time.monotonic() + START_SECONDS
        while True:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.said()
                self.stop()
                raise Wrong(f"{self.name} did not start: {said}")
            time.sleep(0.01)

    def _wait_for_address(self):
        """Waits for the line in which the server says where it listens."""
        self.port = int(self._wait_for(lambda: re.search(r"http://[^:/]+:(\d+)/", self.said()))[1])

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def said(self):
        """What it wrote to standard error."""
        return os.pread(self._errors.fileno(), 1 << 20, 0).decode(errors="replace")

    def pids(self):
        """The processes that answer requests."""
        return [self.process.pid]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        # nginx without a master process misses a SIGTERM that arrives just before it waits for events.
        for _ in range(15):
            self.process.terminate()
            try:
                self.process.wait(2)
                break
            except subprocess.TimeoutExpired:
                pass
        else:
            self.process.kill()
            self.process.wait()
            raise Wrong(f"{self.name} did not end within 30 s of SIGTERM")
        self._errors.close()


class Tapalcatl(Server):
    """Listens on any free port; reads the tile set's folder, or a bucket that has the same objects."""
    name = "tapalcatl"

    def __init__(self, tileset, bucket=None, under=(), config=None, **settings):
        """`config`: a configuration file that names the storages, in place of the tile set's folder."""
        storage = (bucket.environment if bucket else {"TAPALCATL_CONFIG": str(config)} if config
                   else {"TAPALCATL_STORAGE": f"file://{tileset.folder}"})
        environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "TAPALCATL_THREADS": "1",
                       "TAPALCATL_ACCESS_LOG": "off", **storage, **tileset.environment, **settings}
        self._start([str(BINARY), "serve"], environment, under)
        self._wait_for_address()


class Nginx(Server):
    """One worker that sends pre-gzipped files in the quickest way that nginx has. It runs as the user who measures:
    nginx's default, nobody, cannot read a folder of mode 0700, and answers with errors. Its error log must be empty."""
    name = "nginx"
    USER = None  # another user for the worker; only root can choose

    CONFIG = """
{user}
worker_processes 1;
master_process {master};
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 16384; }}
http {{
    access_log off;
    client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    open_file_cache max=10000 inactive=600s;
    open_file_cache_valid 600s;
    types {{ application/x-protobuf mvt; }}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        root {root};
        gzip_static always;
        etag on;
        add_header Cache-Control "public, max-age=1200, s-maxage=600";
        add_header Vary Accept-Encoding;
        add_header Access-Control-Allow-Origin *;
        add_header Access-Control-Expose-Headers ETag;
    }}
}}
"""

    def __init__(self, root, work, under=()):
        """`under`: one process is run then, without a master."""
        self.port = free_port()
        work = pathlib.Path(tempfile.mkdtemp(dir=work))
        config = work / "nginx.conf"
        self._log = work / "error.log"
        self._is_single = bool(under)
        config.write_text(self.CONFIG.format(
            user=self._user() if os.geteuid() == 0 else "", master="off" if under else "on", work=work, root=root,
            port=self.port))
        self._start(["nginx", "-c", str(config), "-e", str(self._log)], under=under)
        self._wait_for(self._is_listening)

    def _user(self):
        user = self.USER or pwd.getpwuid(os.geteuid()).pw_name
        return f"user {user} {grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name};"

    def _is_listening(self):
        try:
            urllib.request.urlopen(self.url, timeout=START_SECONDS).close()
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            return False
        self._log.write_text("")  # the root has no index: that request is an error
        return True

    def said(self):
        return super().said() + (self._log.read_text() if self._log.exists() else "")

    def pids(self):
        if self._is_single:
            return super().pids()
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]


class Bare(Server):
    """The epoll loop of bare_server.cpp: what the kernel allows."""
    name = "bare loop"
    SOURCE = ROOT / "bench" / "bare_server.cpp"

    def __init__(self, root, paths, under=(), variant=None):
        self._start([str(self._build()), str(root), str(paths), *([variant] if variant else [])], under=under)
        self._wait_for_address()

    @classmethod
    def _build(cls):
        program = ROOT / "build" / "bench" / "bare_server"
        if not program.exists() or program.stat().st_mtime < cls.SOURCE.stat().st_mtime:
            program.parent.mkdir(parents=True, exist_ok=True)
            new = program.with_name(f"{program.name}.{os.getpid()}")  # somebody else may be building, too
            subprocess.run([os.environ.get("CXX", "g++"), "-std=c++20", "-O2", "-Wall", "-Wextra", "-Wpedantic",
                            "-Werror", "-o", str(new), str(cls.SOURCE)], check=True)
            new.replace(program)
        return program
