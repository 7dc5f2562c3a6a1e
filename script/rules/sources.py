"""The project's own files, and C++ text without what is not code."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CPP = (".cpp", ".hpp")


def tracked(*suffixes, root=ROOT):
    """The files that git tracks or would take, relative to `root`, sorted; all, or those with one of the suffixes.

    What fuzzers eat is left out: it looks like anything.
    """
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, stdout=subprocess.PIPE).stdout.decode()
    files = sorted(set(filter(None, listing.split("\0"))))
    return [Path(name) for name in files
            if (not suffixes or name.endswith(suffixes)) and not name.startswith("fuzz/corpus/")
            and (root / name).is_file()]


def is_shell(file):
    if file.suffix not in ("", ".sh"):
        return False
    with open(ROOT / file, "rb") as opened:
        first = opened.readline(100)
    return bool(re.match(rb"#!.*\b(ba)?sh\b", first)) or file.suffix == ".sh"


# One alternative for each thing that is not code. A raw string ends where its own delimiter says.
_NOT_CODE = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'",
    re.DOTALL)


def code_only(text):
    """`text` with comments gone and strings emptied; every line keeps its number."""
    def replace(match):
        found = match.group()
        return ('""' if found.endswith('"') else "") + "\n" * found.count("\n")
    return _NOT_CODE.sub(replace, text)


class Unit:
    """One call of the compiler: the file that it is given, the project's own sources in it, the folder, the arguments."""

    def __init__(self, file, sources, folder, arguments):
        self.file, self.sources, self.folder, self.arguments = file, sources, folder, arguments


_SOURCE_INCLUDE = re.compile(r'^#include "([^"]+\.cpp)"', re.MULTILINE)


def compile_units(build):
    """The units of the folder `build` that have sources of the project: single files, and CMake's unity batches."""
    units = []
    for entry in json.loads((Path(build) / "compile_commands.json").read_text()):
        file = Path(entry["directory"], entry["file"]).resolve()
        if file.suffix not in (".cpp", ".cxx"):
            continue
        if Path(build).resolve() in file.parents:
            inside = [Path(name).resolve() for name in _SOURCE_INCLUDE.findall(file.read_text())]
        else:
            inside = [file]
        inside = [source.relative_to(ROOT) for source in inside if ROOT in source.parents]
        if inside:
            arguments = shlex.split(entry["command"])
            while os.path.basename(arguments[0]) in ("ccache", "sccache"):
                arguments.pop(0)
            units.append(Unit(file, inside, entry["directory"], arguments))
    return units


def compile_commands(build):
    """How the files below ROOT are compiled in the folder `build`: {relative path: (folder, arguments)}."""
    return {source: (unit.folder, unit.arguments) for unit in compile_units(build) for source in unit.sources}


def without_files(arguments):
    """A compiler's arguments less what names its input and output."""
    kept = []
    rest = iter(arguments)
    for argument in rest:
        if argument in ("-o", "-c", "-MF", "-MT", "-MQ"):
            next(rest)  # CMake writes "-c FILE" last
        elif argument not in ("-MD", "-MMD"):
            kept.append(argument)
    return kept


def report(problems, fine):
    """Ends the program: prints the problems, or one line that all is well."""
    for problem in problems:
        print(problem)
    if not problems:
        print(fine)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    wanted = sys.argv[1:]
    found = [f for f in tracked() if is_shell(f)] if wanted == ["--shell"] else tracked(*wanted)
    print("\n".join(map(str, found)))
