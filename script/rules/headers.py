"""Every header compiles alone: headers.py BUILD

Each is included twice, by a file that has nothing else, with the flags of its room in the folder BUILD. ninja keeps what it
has seen; a compiler cache makes it quick in a new clone.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import sources

NINJA = """\
ninja_required_version = 1.8
rule header
  command = $compile -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = $header
"""


def escaped(text):
    return text.replace("$", "$$")


def flags_for(header, commands):
    """The folder and the arguments to compile `header` with: those of a source beside it, or the nearest above or elsewhere."""
    def distance(source):
        common = len(os.path.commonprefix([source.parent.parts, header.parent.parts]))
        return (-common, str(source))
    return commands[min(commands, key=distance)]


def write_if_new(path, text):
    """Leaves the file alone if it has that text already, so that ninja sees no change."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def compiler_words(output):
    """ninja's output less its own words: what the compiler said."""
    own = ("ninja: ", "[", "FAILED: ")
    return "\n".join(line for line in output.splitlines() if not line.startswith(own) and " -MMD -MF " not in line)


def main():
    build = Path(sys.argv[1]).resolve()
    commands = sources.compile_commands(build)
    folder = build / "headers"
    launcher = shutil.which("ccache")
    ninja = NINJA
    headers = [header for header in sources.tracked(".hpp") if header.parts[0] in ("src", "tests", "fuzz", "bench")]
    for header in headers:
        name = str(header.relative_to("src") if header.parts[0] == "src" else header)
        unit = folder / f"{header}.cpp"
        write_if_new(unit, f'#include "{name}"\n#include "{name}"\n')
        _, arguments = flags_for(header, commands)
        # Only whether it compiles is of interest: quick to compile, and names in headers may go unused.
        compiler = ([launcher] if launcher else []) + sources.without_files(arguments) + [
            "-O0", "-g0", "-I", str(sources.ROOT)]
        line = escaped(" ".join(subprocess.list2cmdline([part]) for part in compiler))
        ninja += f"build {header}.o: header {header}.cpp\n  compile = {line}\n  header = {header}\n"
    write_if_new(folder / "build.ninja", ninja)
    run = subprocess.run(["ninja", "-C", str(folder), "-k", "0"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    sources.report([compiler_words(run.stdout)] if run.returncode else [], f"{len(headers)} headers")


if __name__ == "__main__":
    main()
