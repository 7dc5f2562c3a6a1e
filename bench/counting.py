"""What a request costs in system calls and in instructions, which do not depend on how busy the machine is."""
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import checks


def _wait_for(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def system_calls(server, load, seconds, sizes):
    """System calls for each request under load, by name, counted by strace. None, and the reason, where that fails."""
    if not shutil.which("strace"):
        return None, "strace is missing"
    with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
        table, said = pathlib.Path(work) / "table", pathlib.Path(work) / "said"
        pids = [argument for pid in server.pids() for argument in ("-p", str(pid))]
        with said.open("wb") as errors:
            strace = subprocess.Popen(["strace", "-c", "-f", "-U", "calls,name", "-o", str(table), *pids],
                                      stdout=errors, stderr=errors)
        try:
            if not _wait_for(lambda: "attached" in said.read_text() or strace.poll() is not None) or strace.poll():
                return None, f"strace does not attach: {said.read_text().strip()}"
            requests = load.run(server, seconds, sizes).requests
        finally:
            if strace.poll() is None:
                strace.send_signal(signal.SIGINT)
                strace.wait(30)
        counts = {name: int(count) / requests for count, name in re.findall(r"^\s*(\d+)\s+(\w+)$", table.read_text(), re.M)
                  if name != "total"}
    return counts, None


def _perf_counts():
    if not shutil.which("perf"):
        return False
    tried = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
    return tried.returncode == 0 and "not supported" not in tried.stderr and "not counted" not in tried.stderr


def _instructions_by_perf(server, load, seconds, sizes):
    with tempfile.NamedTemporaryFile("r", prefix="tapalcatl-bench-") as counted:
        perf = subprocess.Popen(["perf", "stat", "-x,", "-e", "instructions:u", "-o", counted.name, "-p",
                                 ",".join(map(str, server.pids()))])
        try:
            requests = load.run(server, seconds, sizes).requests
        finally:
            perf.send_signal(signal.SIGINT)
            perf.wait(30)
        return int(re.search(r"^(\d+),", counted.read(), re.M)[1]) / requests


def _instructions_by_callgrind(start, load, seconds, sizes, tiles):
    """Two runs of different length: their difference leaves out what starting and ending cost. All tiles are requested
    once before each, as valgrind takes its time to translate what runs for the first time."""
    totals = []
    for duration in (seconds, 3 * seconds):
        with tempfile.TemporaryDirectory(prefix="tapalcatl-bench-") as work:
            log = pathlib.Path(work) / "log"
            with start(["valgrind", "--tool=callgrind", f"--log-file={log}",
                        f"--callgrind-out-file={work}/out"]) as server:
                checks.check_tiles(server, tiles)
                requests = load.run(server, duration, sizes).requests
            collected = re.search(r"Collected : (\d+)", log.read_text())
            if not collected:
                return None
            totals.append((int(collected[1]), requests))
    (less, few), (more, many) = totals
    return (more - less) / (many - few) if many > few else None


def instructions(start, server, load, seconds, sizes, tiles):
    """(instructions for each request in user mode, how they were counted). The kernel's are not in it. `start(under)`
    starts another such server under a command. None, and the reason, where nothing can count them."""
    if _perf_counts():
        return _instructions_by_perf(server, load, seconds, sizes), "perf stat"
    if not shutil.which("valgrind"):
        return None, "perf cannot count on this machine, and valgrind is missing"
    count = _instructions_by_callgrind(start, load, seconds, sizes, tiles)
    return count, "callgrind" if count else "callgrind does not run it"
