import json
import unittest

import rules  # noqa: F401
import words

SCHEME = "http" + "s://"


def problems(text, name="docs/a.md"):
    return [line for line, _ in words.problems_in(name, text)]


class Words(unittest.TestCase):
    def test_addresses_of_registries_are_found_anywhere(self):
        self.assertEqual(problems("a\nfrom " + "registry." + "somewhere.org\n"), [2])
        self.assertEqual(problems("index." + "somewhere.io"), [1])
        self.assertEqual(problems("see registry.example.org"), [])

    def test_paths_of_one_machine_are_found(self):
        for path in ("/ro" + "ot/.cache/a", "/ho" + "me/somebody/a", "/wo" + "rk/main", "/Us" + "ers/somebody/a"):
            self.assertEqual(problems(f"in {path}/b"), [1], path)
        for path in ("./work/a", "build/root/a", "$HOME/a", "~/root/a", "file:///data/a"):
            self.assertEqual(problems(f"in {path}/b"), [], path)

    def test_work_left_undone_needs_the_number_of_an_issue(self):
        mark = "TO" + "DO"
        self.assertEqual(problems(f"int a;  // {mark}: later", "src/a.cpp"), [1])
        self.assertEqual(problems(f"int a;  // {mark}(#12): later", "src/a.cpp"), [])

    def test_what_steers_a_package_client_names_no_other_host(self):
        self.assertEqual(problems(f"curl {SCHEME}somewhere.org/a", "script/a"), [1])
        self.assertEqual(problems(f"curl {SCHEME}somewhere.org/a", "web/.npmrc"), [1])
        self.assertEqual(problems(f"[a]({SCHEME}somewhere.org/a)", "docs/a.md"), [])
        for host in ("localhost:8080", "127.0.0.1", "[::1]:80", "tiles.example.org", "$host"):
            self.assertEqual(problems(f"curl {SCHEME}{host}/a", "script/a"), [], host)

    def test_a_lock_file_does_not_say_where_it_was_downloaded_from(self):
        package = {"version": "1.0.0", "integrity": "sha512-"}
        self.assertEqual(list(words.lock_problems(json.dumps({"packages": {"": {}, "node_modules/a": package}}))), [])
        package["resolved"] = SCHEME + "somewhere.org/a-1.0.0.tgz"
        self.assertEqual(len(list(words.lock_problems(json.dumps({"packages": {"node_modules/a": package}})))), 1)


if __name__ == "__main__":
    unittest.main()
