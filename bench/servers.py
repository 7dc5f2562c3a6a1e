"""Starting, feeding and measuring servers on this machine."""
import os
import pathlib
import re
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("TAPALCATL_BINARY", ROOT / "build" / "release" / "tapalcatl"))
SERVER_CORE, CLIENT_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


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


def wait_for(url, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.status
        except OSError as error:
            if isinstance(error, urllib.error.HTTPError):
                return error.code
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


class Tapalcatl:
    """A server on one core, on any free port, that reads the tile set's folder or a bucket that has the same."""
    name = "tapalcatl"

    def __init__(self, tileset, bucket=None, **settings):
        storage = bucket.environment if bucket else {"TAPALCATL_STORAGE": f"file://{tileset.folder}"}
        environment = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", "TAPALCATL_THREADS": "1",
                       "TAPALCATL_ACCESS_LOG": "off", **storage, **tileset.environment, **settings}
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), str(BINARY), "serve"], env=environment,
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        line = self.process.stderr.readline()
        match = re.search(r"http://[^:]+:(\d+)/", line)
        if not match:
            raise RuntimeError(f"tapalcatl did not start: {line}")
        self.port = int(match[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def pids(self):
        return [self.process.pid]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Nginx:
    """One worker on one core, sending pre-gzipped files the quickest way it has."""
    name = "nginx"

    CONFIG = """
worker_processes 1;
daemon off;
pid {work}/nginx.pid;
error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {work}/body; proxy_temp_path {work}/proxy; fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi; scgi_temp_path {work}/scgi;
    sendfile {sendfile};
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
        add_header Access-Control-Allow-Origin *;
    }}
}}
"""

    def __init__(self, root, work, sendfile=True, port=None):
        port = port or free_port()
        work = pathlib.Path(tempfile.mkdtemp(dir=work))
        config = work / "nginx.conf"
        config.write_text(self.CONFIG.format(work=work, root=root, port=port, sendfile="on" if sendfile else "off"))
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE), "nginx", "-c", str(config)],
                                        stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        wait_for(self.url + "/")

    def pids(self):
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=True)
        return [int(pid) for pid in children.stdout.split()]

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


WRK_SCRIPT = """
local paths = {{}}
for path in io.lines("{paths}") do paths[#paths + 1] = wrk.format("GET", path, {{["Accept-Encoding"] = "gzip", ["Host"] = "127.0.0.1"}}) end
local i = {seed}
request = function()
    i = i % #paths + 1
    return paths[i]
end
"""


def load(server, paths_file, seconds, connections, work):
    """Asks for the tiles in turn. Returns requests per second, server CPU in us per request, errors."""
    script = pathlib.Path(work) / "paths.lua"
    script.write_text(WRK_SCRIPT.format(paths=paths_file, seed=0))
    before = sum(cpu_seconds(pid) for pid in server.pids())
    out = subprocess.run(["taskset", "-c", str(CLIENT_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s",
                          str(script), server.url], capture_output=True, text=True, check=True).stdout
    spent = sum(cpu_seconds(pid) for pid in server.pids()) - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    errors = re.findall(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    return {"rate": rate, "cpu_us": spent / requests * 1e6, "requests": requests, "errors": errors}
