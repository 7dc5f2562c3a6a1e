"""Includes point down: a room uses the rooms below it, and a library is used where it is meant to be used.

docs/design.md has the rooms and the reasons. Rooms of one level do not know each other.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import sources

LEVELS = (
    ("base",),
    ("tiles", "zip", "web"),
    ("net",),
    ("aws",),
    ("credentials",),
    ("storage",),
    ("cache",),
    ("source",),
    ("service",),
    ("http", "lambda"),
    ("settings",),
    ("app",),
    ("doctor",),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
PURE = set(LEVELS[1])  # bytes in, values out
IMPURE = set(LEVEL) - PURE
BESIDE = ("tests", "fuzz", "bench")  # folders whose own headers are included as "tests/..."


@dataclass(frozen=True)
class Library:
    """Where the headers of a library may be included: rooms, or single files, both below src/."""
    name: str
    headers: str  # a regular expression for how the header's name begins
    allowed: set
    one_source: bool = False  # in a single .cpp


# The first that matches decides.
LIBRARIES = (
    Library("Beast", "boost/beast", {"net", "http"}),
    Library("Asio's TLS", "boost/asio/ssl", {"net"}),
    Library("Asio", "boost/asio", IMPURE),
    Library("Boost.JSON", "boost/json", {"credentials", "source", "service", "lambda/event.cpp", "cli"}),
    Library("Boost.URL", "boost/url", IMPURE),
    Library("Boost", r"boost/(system|core|container|config|assert|align)", set(LEVEL)),
    Library("fmt", "fmt/", set(LEVEL)),
    Library("yaml-cpp", "yaml-cpp/", {"settings"}),
    Library("libdeflate", r"libdeflate\.h", {"zip"}),
    Library("OpenSSL's hashes", r"openssl/(evp|hmac|sha|md5|kdf|core_names)\.h", set(LEVEL), one_source=True),
    Library("OpenSSL", "openssl/", {"net"}),
    Library("hiredis", "hiredis/", {"cache"}),
    Library("pugixml", "pugixml.hpp", {"aws"}),
    Library("yaml-cpp", "yaml-cpp/", {"settings"}),
    # What the standard library has of clocks, threads and the outside world, and what the system has.
    Library("the outside world", r"(thread|(shared_)?mutex|condition_variable|future|random|fstream|filesystem)$", IMPURE),
    Library("the system", r"(sys|netinet|arpa|linux|net)/|\w+\.h$", IMPURE),
    Library("the standard library", r"\w+$", set(LEVEL)),
)
ONE_SOURCE = {library.name for library in LIBRARIES if library.one_source}

CLOSING = {"<": ">", '"': '"'}
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def includes(text):
    """(line, bracket, header) of every include in `text`, those in comments left out."""
    for match in _INCLUDE.finditer(re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.DOTALL)):
        # A match may begin in the blank lines before its own.
        yield text.count("\n", 0, match.start(1)) + 1, match.group(1), match.group(2)


def library_of(header):
    return next((library for library in LIBRARIES if re.match(library.headers, header)), None)


def own_problem(file, header):
    """Why `file` must not include our own `header`; None if it may."""
    top, room = file.parts[0], file.parts[1] if len(file.parts) > 2 else ""
    first = header.split("/")[0]
    if first in BESIDE:
        if top == "src":
            return f"the program does not use what is in {first}/"
        return None
    if header.endswith(".inc"):
        return None  # made by the build
    if first not in LEVEL or "/" not in header:
        return 'expected "room/file.hpp"'
    if room not in LEVEL or room == first:
        return None  # integration tests, benchmarks and fuzz targets use whatever they need
    if LEVEL[first] > LEVEL[room]:
        return f"{room} is below {first}"
    if LEVEL[first] == LEVEL[room] and top == "src":
        return f"{room} and {first} are on one level and do not know each other"
    return None


def library_problem(file, header):
    """Why `file` must not include the library header `header`; None if it may."""
    if file.parts[0] != "src":
        return None
    room, inside = file.parts[1], "/".join(file.parts[1:])
    library = library_of(header)
    if library is None:
        return "this library is not in the list of script/rules/includes.py"
    if library.one_source and file.suffix != ".cpp":
        return f"{library.name} belong in one .cpp"
    if room not in library.allowed and inside not in library.allowed:
        allowed = library.allowed if len(library.allowed) < len(IMPURE) else {"every room but " + ", ".join(sorted(PURE))}
        return f"{library.name}: only in {', '.join(sorted(allowed))}"
    return None


def problems_of(file, text):
    """What is wrong with the includes of one file, as lines of text."""
    for line, bracket, header in includes(text):
        problem = own_problem(file, header) if bracket == '"' else library_problem(file, header)
        if problem:
            yield f"{file}:{line}: {bracket}{header}{CLOSING[bracket]}: {problem}"


def one_source_problems(texts):
    """Libraries that are meant for a single .cpp, and are used in several. `texts`: {file: text}."""
    users = {}
    for file, text in texts.items():
        if file.parts[0] == "src":
            for _, bracket, header in includes(text):
                library = library_of(header) if bracket == "<" else None
                if library and library.one_source:
                    users.setdefault(library.name, set()).add(str(file))
    return [f"{name} belong in one .cpp, and are in {', '.join(sorted(files))}"
            for name, files in users.items() if len(files) > 1]


def cmake_problems(text):
    """Rooms that CMake adds in another order than LEVELS, or that are not in it."""
    match = re.search(r"foreach\(room IN ITEMS ([^)]*)\)", text)
    if not match:
        return ["CMakeLists.txt: there is no list of rooms"]
    rooms = match.group(1).split()
    unknown = [room for room in rooms if room not in LEVEL]
    if unknown:
        return [f"CMakeLists.txt: script/rules/includes.py does not know of {', '.join(unknown)}"]
    return [f"CMakeLists.txt: {later} is below {room}, and comes after it"
            for room, later in zip(rooms, rooms[1:]) if LEVEL[later] < LEVEL[room]]


def folder_problems(files):
    """Folders in src/ that are no rooms."""
    folders = {file.parts[1] for file in files if file.parts[0] == "src" and len(file.parts) > 2}
    return [f"src/{folder}: no such room is in the list of script/rules/includes.py"
            for folder in sorted(folders - set(LEVEL))]


def main():
    files = [file for file in sources.tracked(*sources.CPP) if file.parts[0] in ("src",) + BESIDE]
    texts = {file: (sources.ROOT / file).read_text() for file in files}
    problems = [problem for file, text in texts.items() for problem in problems_of(file, text)]
    problems += one_source_problems(texts)
    problems += folder_problems(sources.tracked())
    problems += cmake_problems((sources.ROOT / "CMakeLists.txt").read_text())
    sources.report(problems, f"{len(files)} files")


if __name__ == "__main__":
    main()
