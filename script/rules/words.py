"""Text that must not be in the project: where packages come from, one machine's paths, work left undone.

Packages are had by name, through each client's own configuration; a lock file that names a host works in one place only.
"""

import json
import re

import sources

WORDS = (
    ("the address of a package registry",
     re.compile(r"\b(?:registry|deb|security|mirrors?|index|proxy|repo1?|static|files)\.(?!example\b)[\w-]+\.(?:org|com|net|io|dev)\b")),
    ("a path of one machine",
     re.compile(r"(?<![\w./$}~-])/(?:work|root|home/[\w-]+|Users/[\w-]+)/")),
    ("work left undone, without the number of an issue",
     re.compile(r"(?:#|//|/\*|<!--|^\s*\*).*\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b(?!\(#\d+\))")),
)
# What steers a package client or a build; these name no foreign host at all.
STEERING = re.compile(r"(?:^|/)(?:\.npmrc|pip\.conf|requirements[^/]*\.txt|CMakeLists\.txt|[^/]*Dockerfile[^/]*)$"
                      r"|^(?:script|cmake|\.ci)/|\.cmake$")
ADDRESS = re.compile(r"\bhttps?://(?!localhost\b|127\.|0\.0\.0\.0|\[|[\w.-]*\bexample\b|\$|[\"'\s)]|$)[\w.-]+")


def problems_in(name, text):
    """(line, problem) for each thing in the file `name` that must not be there."""
    for number, line in enumerate(text.split("\n"), 1):
        for what, pattern in WORDS:
            found = pattern.search(line)
            if found:
                yield number, f"{what}: {found.group()}"
        found = ADDRESS.search(line) if STEERING.search(name) else None
        if found:
            yield number, f"the address of another host: {found.group()}"


def lock_problems(text):
    """What is wrong with a package-lock.json."""
    for name, package in json.loads(text).get("packages", {}).items():
        if str(package.get("resolved", "")).startswith("http"):
            yield f"{name} says where it was downloaded from (npm: omit-lockfile-registry-resolved=true)"


def main():
    problems, count = [], 0
    for file in sources.tracked():
        content = (sources.ROOT / file).read_bytes()
        if b"\0" in content[:8000]:
            continue
        count += 1
        text = content.decode("utf-8", "replace")
        if file.name == "package-lock.json":
            problems += [f"{file}: {problem}" for problem in lock_problems(text)]
        problems += [f"{file}:{line}: {problem}" for line, problem in problems_in(str(file), text)]
    sources.report(problems, f"{count} files")


if __name__ == "__main__":
    main()
