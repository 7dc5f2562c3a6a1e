import re
import shutil
import subprocess
import unittest

import rules

DOCUMENT = rules.ROOT / "docs" / "configuration.md"
MANUAL = rules.ROOT / "docs" / "tapalcatl.1"
TABLE = rules.ROOT / "src" / "settings" / "setting_table.cpp"


class ConfigurationDocument(unittest.TestCase):
    def test_it_has_the_variables_of_the_setting_table(self):
        rows = re.findall(r"\{\"(\w+)\", \"([A-Z0-9_]+)\", G::", TABLE.read_text())
        rows += re.findall(r"\.name = \"(\w+)\",\s+\.variable = \"([A-Z0-9_]+)\"", TABLE.read_text())
        self.assertGreater(len(rows), 40)
        flags = {"--" + name.replace("_", "-"): variable for name, variable in rows}
        documented = re.findall(r"^\| `(--[a-z0-9-]+)` \| `([A-Z0-9_]+)` \| .+ \|$", DOCUMENT.read_text(), re.MULTILINE)
        self.assertEqual(dict(documented), flags)


class ManualPage(unittest.TestCase):
    def test_groff_has_nothing_to_say_of_it(self):
        if shutil.which("groff") is None:
            self.skipTest("there is no groff to read the manual page")
        ended = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(MANUAL)], capture_output=True, text=True, check=True,
                               timeout=60)
        self.assertEqual(ended.stderr, "")
        self.assertIn("TAPALCATL_STORAGE, default: none", re.sub(r".\x08", "", ended.stdout))  # without bold and italic


if __name__ == "__main__":
    unittest.main()
