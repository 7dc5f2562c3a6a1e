"""clang-tidy over the code base: tidy.py BUILD

Uses the compile commands of the folder BUILD, less what only g++ knows. A file that was found fine is not looked at again while
its preprocessed text, the configuration and the program are the same: that is remembered under ~/.cache/tapalcatl.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import sources

TIDY, CLANG = "clang-tidy-19", "clang++-19"
GCC_ONLY = ("-Wduplicated-cond", "-Wlogical-op", "-Wduplicated-branches", "-Wuseless-cast", "-static-pie")
FORGET_AFTER_DAYS = 30


def memory():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "tapalcatl" / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def for_clang(arguments):
    return [CLANG] + [a for a in sources.without_files(arguments)[1:] if a not in GCC_ONLY]


def fingerprint(file, folder, arguments, setting):
    """A hash of all that clang-tidy's answer depends on; None if the file cannot even be preprocessed."""
    text = subprocess.run(arguments + ["-E", "-P", "-C", str(sources.ROOT / file)], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if text.returncode:
        return None
    flags = " ".join(arguments).replace(str(sources.ROOT), "")
    return hashlib.sha256(b"\0".join([setting, str(file).encode(), flags.encode(), text.stdout])).hexdigest()


def check(file, folder, arguments, setting, database, known):
    """What clang-tidy has to say about one file: "" if nothing."""
    print_of_file = fingerprint(file, folder, arguments, setting)
    stamp = known / print_of_file if print_of_file else None
    if stamp and stamp.exists():
        stamp.touch()
        return ""
    run = subprocess.run([TIDY, "-p", str(database), "--quiet", str(sources.ROOT / file)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode == 0:
        if stamp:
            stamp.touch()
        return ""
    lines = [line for line in run.stdout.splitlines() if not line.endswith(("warnings generated.", "treated as errors"))]
    return "\n".join(lines).replace(f"{sources.ROOT}/", "")


def forget(known):
    """Drops what was not asked for in a long time."""
    limit = time.time() - FORGET_AFTER_DAYS * 86400
    for stamp in known.iterdir():
        if stamp.stat().st_mtime < limit:
            stamp.unlink(missing_ok=True)


def main():
    build = Path(sys.argv[1]).resolve()
    tracked = set(sources.tracked(".cpp"))
    commands = {file: (folder, for_clang(arguments))
                for file, (folder, arguments) in sources.compile_commands(build).items()
                if file in tracked and file.parts[0] in ("src", "tests", "fuzz", "bench")}
    database = build / "tidy"
    database.mkdir(exist_ok=True)
    (database / "compile_commands.json").write_text(json.dumps(
        [{"directory": folder, "file": str(sources.ROOT / file), "arguments": arguments + ["-c", str(sources.ROOT / file)]}
         for file, (folder, arguments) in commands.items()]))
    version = subprocess.run([TIDY, "--version"], check=True, stdout=subprocess.PIPE).stdout
    setting = version + b"".join((sources.ROOT / file).read_bytes() for file in sources.tracked(".clang-tidy"))
    known = memory()
    forget(known)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda item: check(item[0], *item[1], setting, database, known), commands.items())
        sources.report([answer for answer in answers if answer], f"{len(commands)} files")


if __name__ == "__main__":
    main()
