import tempfile
import unittest
from pathlib import Path

import rules  # noqa: F401
import links


class Links(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        (self.root / "docs").mkdir()
        (self.root / "README.md").write_text("# Two words, `code`\n")
        (self.root / "docs/a.md").write_text("## Here\n")

    def problem(self, target):
        return links.problem_of(Path("docs/a.md"), target, self.root)

    def test_links_lead_somewhere(self):
        for target in ("../README.md", "../README.md#two-words-code", "#here", "a.md", "../docs"):
            self.assertIsNone(self.problem(target), target)

    def test_or_are_found(self):
        for target in ("b.md", "#there", "../README.md#three", "../../elsewhere", "../.."):
            self.assertIsNotNone(self.problem(target), target)

    def test_addresses_and_code_are_no_links_within(self):
        text = "[a](https://example.org) [b](mailto:a@example.org)\n`[c](d)`\n```\n[e](f)\n```\n![g](h.png \"title\")\n"
        self.assertEqual(list(links.links_in(text)), [(6, "h.png")])


if __name__ == "__main__":
    unittest.main()
