"""The commands on archives that lie on S3: what they print, and how they end."""

import re
import subprocess
import unittest

import support
from metatiles import Tile, archive, key_of
from s3_support import BUCKET, SECRET, S3Case, content_of, place, small_archive
from support import environment_of

import faults

KEY = "a b/+ü%/" + key_of(place(0), "NO_HASH")
URL = f"s3://{BUCKET}/{KEY}"


# verify writes such a line every 5 s: on a slow machine, that is.
PROGRESS = re.compile(rb"\d+ of \d+ archives, ")


class Verbs(S3Case):
    def setUp(self):
        super().setUp()
        self.s3 = self.serve_s3()
        self.content = small_archive(place(0))
        self.s3.put(KEY, self.content)

    def run_verb(self, code, *arguments, **settings):
        """What it prints to standard output, or to standard error if it has to fail."""
        settings = {name: value for name, value in self.settings(self.s3, **settings).items()
                    if name != "S3_BUCKET" or arguments[0] == "tile"}
        done = subprocess.run([support.BINARY, *arguments], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        complaints = [line for line in done.stderr.splitlines() if not PROGRESS.match(line)]
        self.assertEqual((done.returncode, bool(complaints)), (code, code != 0), done)
        self.assertNotIn(SECRET.encode(), done.stdout + done.stderr)
        return done.stderr.decode() if code not in (0, 4) else done.stdout

    def test_ls(self):
        listed = self.run_verb(0, "ls", URL).decode()
        self.assertIn("0/0/0.mvt", listed)
        self.assertIn("2 entries", listed)
        self.assertEqual(self.s3.counts.gets, 1)

    def test_cat(self):
        self.assertEqual(self.run_verb(0, "cat", URL, "0/0/0.json"), content_of(place(0), "json"))

    def test_tile(self):
        self.s3.put("all/0/0/0.zip", small_archive(Tile(0, 0, 0)))
        tile = self.run_verb(0, "tile", "--px", "1024", "0/0/0.mvt", KEY_FORMAT_TYPE="NO_HASH")
        self.assertEqual(tile, content_of(Tile(0, 0, 0)))

    def test_verify(self):
        said = self.run_verb(0, "verify", URL).decode()
        self.assertIn("1 archive, 2 entries, ", said)
        self.assertIn("all fine", said)

    def test_verify_counts_the_bytes_that_it_read(self):
        self.assertIn(f", {len(self.content) / 1000:.1f} kB, ", self.run_verb(0, "verify", URL).decode())

    def test_verify_finds_what_is_damaged(self):
        at = self.content.index(b"0/0/0.mvt") + 100
        self.s3.put(KEY, self.content[:at] + b"\0\1\2\3" + self.content[at + 4:])
        self.run_verb(4, "verify", URL)

    def test_verify_of_a_prefix_lists_its_archives(self):
        for number in range(1, 1003):
            self.s3.put(f"many/{number:04}.zip", self.content)
        self.s3.put("many/note.txt", b"no archive")
        self.s3.put("many2/0.zip", b"damaged, and elsewhere")
        for url in (f"s3://{BUCKET}/many", f"s3://{BUCKET}/many/"):
            self.assertIn("1002 archives, 2004 entries, ", self.run_verb(0, "verify", url).decode())
        at = self.content.index(b"0/0/0.mvt") + 100
        self.s3.put("many/1001.zip", self.content[:at] + b"\0\1\2\3" + self.content[at + 4:])
        said = self.run_verb(4, "verify", f"s3://{BUCKET}").decode()
        self.assertIn(f"s3://{BUCKET}/many/1001.zip: ", said)
        self.assertIn(f"s3://{BUCKET}/many2/0.zip: ", said)

    def test_verify_of_a_prefix_takes_failures_that_pass(self):
        self.s3.put("one/1.zip", self.content)
        self.s3.suffer(faults.internal_error(), times=1)
        self.assertIn("1 archive, ", self.run_verb(0, "verify", f"s3://{BUCKET}/one").decode())

    def test_verify_of_a_prefix_that_cannot_be_listed_says_why(self):
        self.s3.suffer(faults.denied())
        self.assertIn("could not read", self.run_verb(1, "verify", f"s3://{BUCKET}/one"))

    def test_verify_of_a_prefix_without_keys_ends_with_3(self):
        self.run_verb(3, "verify", f"s3://{BUCKET}/nothing")

    def test_verify_of_a_large_archive(self):
        entries = {f"0/0/{number}.mvt": bytes([number]) * 300_000 for number in range(3)}
        self.s3.put(KEY, archive(entries, method=0))
        self.assertIn("3 entries", self.run_verb(0, "verify", URL).decode())
        self.assertIn(self.run_verb(0, "cat", URL, "0/0/1.mvt"), entries.values())

    def test_an_archive_under_another_version_each_time(self):
        entries = {f"0/0/{number}.mvt": bytes([number]) * 300_000 for number in range(3)}
        self.s3.put(KEY, archive(entries, method=0))
        self.s3.suffer(faults.replaced_each_time())
        self.assertEqual(self.run_verb(0, "cat", URL, "0/0/1.mvt"), entries["0/0/1.mvt"])
        self.assertIn("all fine", self.run_verb(0, "verify", URL).decode())

    def test_what_is_not_there_ends_with_3(self):
        for arguments in (("ls", URL + "x"), ("cat", URL + "x", "a"), ("cat", URL, "none")):
            self.run_verb(3, *arguments)

    def test_what_fails_ends_with_1_and_says_what_to_do(self):
        for fault, word in ((faults.denied(), "s3:GetObject"), (faults.no_such_bucket(), "no such bucket"),
                            (faults.wrong_signature(), "secret access key"), (faults.internal_error(), "InternalError"),
                            (faults.hang_up(), "127.0.0.1")):
            self.s3.heal()
            self.s3.suffer(fault)
            with self.subTest(fault.__name__):
                self.assertIn(word, self.run_verb(1, "ls", URL))


if __name__ == "__main__":
    unittest.main()
