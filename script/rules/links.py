"""The documents' links within the project lead somewhere, and not out of it."""

import re

import sources

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)>\s]+)>?[^)]*\)|(?:src|href)=\"([^\"]+)\"")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchor_of(heading):
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors_in(text):
    return {anchor_of(heading) for heading in re.findall(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", text, re.MULTILINE)}


def links_in(text):
    """(line, target) of each link that names no scheme."""
    text = _CODE.sub(lambda match: "\n" * match.group().count("\n"), text)
    for match in _LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if not re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            yield text.count("\n", 0, match.start()) + 1, target


def problem_of(file, target, root=sources.ROOT):
    """Why the link `target` in `file` (relative to `root`) leads nowhere; None if it leads somewhere."""
    path, _, anchor = target.partition("#")
    aim = ((root / file).parent / path).resolve() if path else root / file
    if root.resolve() not in (aim, *aim.parents):
        return f"{target} leads out of the project"
    if not aim.exists():
        return f"{target} is not there"
    if anchor and aim.suffix == ".md" and anchor not in anchors_in(aim.read_text()):
        return f"{target}: there is no such heading"
    return None


def main():
    files = sources.tracked(".md")
    problems = []
    for file in files:
        for line, target in links_in((sources.ROOT / file).read_text()):
            problem = problem_of(file, target)
            if problem:
                problems.append(f"{file}:{line}: {problem}")
    sources.report(problems, f"{len(files)} documents")


if __name__ == "__main__":
    main()
