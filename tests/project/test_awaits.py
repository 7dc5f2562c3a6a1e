import unittest

import rules  # noqa: F401
import awaits


def problems(code):
    return [line for line, _ in awaits.problems_in(code)]


class Awaits(unittest.TestCase):
    def test_the_shapes_to_use_are_fine(self):
        for code in ("co_await timer.async_wait(token);",
                     "auto x = co_await f(key, 7, std::move(bytes));",
                     "const auto [error, size] = co_await socket.async_read_some(space, as_result);",
                     "const std::vector<std::pair<int, int>> x = co_await f();",
                     "answers[i] = co_await f(answers[i - 1]);",
                     "co_return co_await f(name);",
                     "if (a == b ? c : d) { co_await f(); }",
                     "if (ready) {\n    x = co_await f();\n} else {\n    co_await g();\n}",
                     "switch (a) { case B::c: co_await f(); default: co_await g(); }",
                     "co_await (reads() || stops());",
                     "const auto executor = co_await asio::this_coro::executor;"):
            self.assertEqual(problems(code), [], code)

    def test_other_shapes_are_found(self):
        for code in ("if (co_await f()) { g(); }",
                     "while (auto x = co_await f()) { g(); }",
                     "g(co_await f());",
                     "const auto x = (co_await f()).value();",
                     "const auto x = a ? co_await f() : b;",
                     "const auto x = co_await f(a ? b : c);",
                     "const auto x = 1 + co_await f();",
                     "const auto x = co_await f() + 1;",
                     "const bool x = ready && co_await f();",
                     "const bool x = co_await f() == 1;",
                     "co_return Tile{co_await f()};",
                     "const Tile x = {co_await f()};",
                     "co_await f(Range{0, 10});",
                     "co_await f({0, 10});",
                     "co_await f([&] { return 1; });",
                     "x += co_await f();",
                     "const bool x = y == co_await f();"):
            self.assertEqual(problems(code), [1], code)

    def test_comments_and_strings_are_not_code(self):
        self.assertEqual(problems("// never if (co_await f())\n/* g(co_await f()) */\nauto text = \"g(co_await f())\";"), [])
        self.assertEqual(problems("auto text = R\"x(g(co_await f())\n)\")x\";\nf(co_await g());"), [3])
        self.assertEqual(problems("const auto digits = 1'000;\nf(co_await g('\\'', \";\"));"), [2])


class Parameters(unittest.TestCase):
    def problems(self, code):
        return [line for line, _ in awaits.reference_problems_in(code)]

    def test_values_and_references_to_what_lives_elsewhere_are_fine(self):
        self.assertEqual(self.problems("Awaitable<void> f(std::string a, Storage& b, const int* c) {\n    co_return;\n}"), [])
        self.assertEqual(self.problems("const auto f = [](int a) -> Awaitable<void> { co_return; };"), [])

    def test_what_may_be_a_temporary_is_found(self):
        for parameter in ("const std::string& a", "std::string&& a", "std::map<int, int> a, const Key& b"):
            self.assertEqual(self.problems(f"Awaitable<Result<int>> Room::f({parameter}) {{\n    co_return 1;\n}}"), [1])
            self.assertEqual(self.problems(f"auto f = []({parameter}) -> Awaitable<void> {{\n    co_return;\n}};"), [1])

    def test_a_function_that_hands_on_an_awaitable_is_no_coroutine(self):
        self.assertEqual(self.problems("Awaitable<void> f(const Key& a) {\n    return g(a);\n}"), [])
        self.assertEqual(self.problems("Awaitable<void> f(const Key& a);\nvoid g() { co_return; }"), [])


if __name__ == "__main__":
    unittest.main()
