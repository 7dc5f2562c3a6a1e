import os
import re
import subprocess
import unittest

import rules

DOCUMENT = rules.ROOT / "docs" / "configuration.md"
TABLE = rules.ROOT / "src" / "settings" / "setting_table.cpp"


def documented():
    """{flag: (variable, default)} of the tables in docs/configuration.md."""
    rows = re.findall(r"^\| `(--[a-z0-9-]+)` \| `([A-Z0-9_]+)` \| (.*?) \| .+ \|$", DOCUMENT.read_text(), re.MULTILINE)
    return {flag: (variable, default.strip("`")) for flag, variable, default in rows}


def offered(binary):
    """The same of what `serve --help` lists."""
    text = subprocess.run([binary, "serve", "--help"], capture_output=True, text=True, check=True, timeout=30).stdout
    blocks = (" ".join(block.split()) for block in re.split(r"\n(?=  --|\S)", text))
    found = (re.match(r"(--\S+) .* ([A-Z][A-Z0-9_]+), default: (.*)$", block) for block in blocks)
    return {match[1]: (match[2], match[3]) for match in found if match}


class ConfigurationDocument(unittest.TestCase):
    def test_it_has_the_variables_of_the_setting_table(self):
        rows = re.findall(r"\{\"(\w+)\", \"([A-Z0-9_]+)\", G::", TABLE.read_text())
        rows += re.findall(r"\.name = \"(\w+)\",\s+\.variable = \"([A-Z0-9_]+)\"", TABLE.read_text())
        self.assertGreater(len(rows), 40)
        flags = {"--" + name.replace("_", "-"): variable for name, variable in rows}
        self.assertEqual({flag: variable for flag, (variable, _) in documented().items()}, flags)

    def test_it_has_the_flags_variables_and_defaults_of_the_help(self):
        binary = os.environ.get("TAPALCATL_BINARY")
        if not binary:
            self.skipTest("TAPALCATL_BINARY names no tapalcatl to ask")
        self.assertEqual(documented(), offered(binary))


if __name__ == "__main__":
    unittest.main()
