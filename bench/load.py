"""Load by wrk: what the server did meanwhile, and whether all of it was right as far as wrk can tell."""
import pathlib
import re
import subprocess

import servers
from checks import Wrong

SCRIPT = """
local requests = {{}}
for path in io.lines("{paths}") do
    requests[#requests + 1] = wrk.format("GET", path, {{["Accept-Encoding"] = "gzip", ["Host"] = "127.0.0.1"{more}}})
end
local i = 0
request = function()
    i = i % #requests + 1
    return requests[i]
end
done = function(summary, latency)
    local errors = summary.errors
    print(string.format("counted: %.0f %.0f %.0f %.0f %.0f %.0f %.0f %.0f", summary.requests, summary.bytes,
                        summary.duration, errors.connect, errors.read, errors.write, errors.status, errors.timeout))
    print(string.format("latency: %.0f %.0f %.0f %.0f", latency:percentile(50), latency:percentile(90),
                        latency:percentile(99), latency:percentile(99.9)))
end
"""
PERCENTILES = (50, 90, 99, 99.9)


class Result:
    """What one run of wrk saw. Times are in microseconds."""

    def __init__(self, text, cpu_seconds):
        counted = re.search(r"^counted: (.*)$", text, re.M)
        latency = re.search(r"^latency: (.*)$", text, re.M)
        if not counted or not latency:
            raise RuntimeError(f"wrk said: {text}")
        self.requests, self.bytes, duration, *errors = map(int, counted[1].split())
        self.errors = dict(zip(("connect", "read", "write", "status above 399", "timeout"), errors))
        self.latency = list(map(int, latency[1].split()))
        self.rate = self.requests / duration * 1e6
        self.cpu = cpu_seconds / max(self.requests, 1) * 1e6
        self.busy = cpu_seconds / duration * 1e6


class Load:
    """Asks for the same tiles in turn, again and again. `paths`: a file with one path a line. `close`: each request
    has a connection of its own."""

    def __init__(self, paths, connections, work, close=False):
        self._connections = connections
        self._script = pathlib.Path(work) / "tiles.lua"
        self._script.write_text(SCRIPT.format(paths=paths, more=', ["Connection"] = "close"' if close else ""))

    def run(self, server, seconds, sizes):
        """A Result. `sizes`: bytes of each tile's answer. Raises Wrong if wrk counted an error, or other bytes."""
        before = sum(servers.cpu_seconds(pid) for pid in server.pids())
        wrk = subprocess.run(["taskset", "-c", str(servers.CLIENT_CORE), "wrk", "-t1", f"-c{self._connections}",
                              f"-d{seconds}s", "--timeout", "30s", "-s", str(self._script), server.url],
                             capture_output=True, text=True, timeout=seconds + 60)
        spent = sum(servers.cpu_seconds(pid) for pid in server.pids()) - before
        if wrk.returncode != 0:
            raise Wrong(f"{server.name}, GET {server.url}: wrk failed: {wrk.stdout}{wrk.stderr}")
        result = Result(wrk.stdout, spent)
        fault = fault_of(result, sizes, self._connections)
        if fault:
            raise Wrong(f"{server.name}, tiles of {server.url} in turn: {fault}")
        return result


def fault_of(result, sizes, connections):
    """What is wrong with a Result; None if nothing is. wrk compares no bodies: that would slow down the client, whose
    speed limits the rate. But it counts bytes, and what the answers should have had is known, except for those that
    were under way at the end, one for each connection at most (and wrk asks its script for one request beforehand)."""
    if any(result.errors.values()):
        return "wrk counted errors: " + ", ".join(f"{what}: {n}" for what, n in result.errors.items() if n)
    if result.requests == 0:
        return "no answer came"
    rounds, rest = divmod(result.requests, len(sizes))
    expected = rounds * sum(sizes) + sum(sizes[:rest])
    tolerance = (connections + 1) * max(sizes)
    if abs(result.bytes - expected) > tolerance:
        return f"{result.requests} answers were {result.bytes} bytes in place of {expected} (within {tolerance})"
    return None
