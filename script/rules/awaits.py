"""co_await has one shape, because g++ 12 compiles others into wrong code: CONTRIBUTING.md, "Waiting".

A co_await begins the whole right-hand side of a statement, or a statement, or follows co_return. What it waits for has no braces
(no aggregate, no lambda), no `?:`, and nothing is computed with the outcome in the same statement.

A coroutine takes no `const T&` and no `T&&`: either binds to a temporary, which is gone when the coroutine goes on. A `T&` names
something that lives elsewhere, and is the caller's promise.
"""

import re

import sources

_LABEL = re.compile(r"^(?:case\b.*?(?<!:):(?!:)|default\s*:|(?:public|private|protected)\s*:)\s*", re.DOTALL)
_OPERATOR = re.compile(r"\s(?:[-+*/%<>?]|==|!=|<=|>=|&&|\|\||<<|>>|and|or)\s")


def depth_zero(text):
    """`text` with what stands in parentheses and brackets left out."""
    kept, depth = [], 0
    for char in text:
        if char in ")]":
            depth -= 1
        if depth == 0:
            kept.append(char)
        if char in "([":
            depth += 1
    return "".join(kept)


def problem_of(before, awaited):
    """Why a statement `before co_await awaited;` has a wrong shape; None if it has the right one."""
    before = _LABEL.sub("", before.strip()).strip()
    if before.count("(") != before.count(")") or re.match(r"(if|while|for|switch)\b", before):
        return "it stands inside parentheses: give its outcome a name first"
    if "?" in before or "?" in awaited:
        return "it stands in a ?:, use if"
    if before and before != "co_return" and not re.search(r"(?<![=!<>+\-*/|&^%])=$", before):
        return "it is not the whole right-hand side"
    if "{" in awaited:
        return "it has braces in what it waits for: give the aggregate or the lambda a name first"
    if _OPERATOR.search(depth_zero(awaited)):
        return "something is computed with its outcome in the same statement"
    return None


def opens_block(code, brace):
    """Whether the brace at `brace` begins a block, as laid out by clang-format; else it begins a list of values."""
    before = code[:brace]
    return before[-1:].isspace() and not re.search(r"(?:[=,(]|\breturn)\s+$", before)


def problems_in(text):
    """(line, problem) for each co_await of a wrong shape."""
    code = sources.code_only(text)
    for match in re.finditer(r"\bco_await\b", code):
        begin = max(code.rfind(mark, 0, match.start()) for mark in ";{}") + 1
        end = code.find(";", match.end())
        if code[begin - 1:begin] == "{" and not opens_block(code, begin - 1):
            problem = "it stands inside braces: give its outcome a name first"
        else:
            problem = problem_of(code[begin:match.start()], code[match.end():end])
        if problem:
            yield code.count("\n", 0, match.start()) + 1, problem


def close_of(code, opening):
    """Where the bracket at `opening` is closed; the end of the text if it never is."""
    closing = {"(": ")", "{": "}", "<": ">"}[code[opening]]
    depth = 0
    for place in range(opening, len(code)):
        depth += (code[place] == code[opening]) - (code[place] == closing)
        if depth == 0:
            return place
    return len(code)


def parameters_in(text):
    """(line, parameters) of each coroutine that `text` defines, lambdas among them."""
    code = sources.code_only(text)
    for match in re.finditer(r"\bAwaitable<", code):
        after = close_of(code, match.end() - 1) + 1
        named = re.match(r"\s+[\w:~]+\s*(\()", code[after:])
        if named:
            opening = after + named.start(1)
            after = close_of(code, opening) + 1
        else:
            lambda_head = re.search(r"\]\s*\([^{}]*$", code[:match.start()])
            if not lambda_head:
                continue
            opening = code.index("(", lambda_head.start())
        body = re.match(r"[\w\s]*\{", code[after:])
        if body:
            brace = after + body.end() - 1
            if re.search(r"\bco_(await|return|yield)\b", code[brace:close_of(code, brace)]):
                yield code.count("\n", 0, opening) + 1, code[opening + 1:close_of(code, opening)]


def reference_problems_in(text):
    """(line, problem) for each coroutine that takes what may be a temporary by reference."""
    for line, parameters in parameters_in(text):
        for parameter in depth_zero(parameters).split(","):
            if "&&" in parameter or re.search(r"\bconst\b.*&", parameter):
                yield line, f"a coroutine takes `{' '.join(parameter.split())}` by reference: take it by value"


def main():
    files = sources.tracked(*sources.CPP)
    problems = []
    for file in files:
        text = (sources.ROOT / file).read_text()
        problems += [f"{file}:{line}: co_await: {problem}" for line, problem in problems_in(text)]
        problems += [f"{file}:{line}: {problem}" for line, problem in reference_problems_in(text)]
    sources.report(problems, f"{len(files)} files")


if __name__ == "__main__":
    main()
