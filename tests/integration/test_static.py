"""The release binary: one file that needs nothing of the machine it runs on."""

import os
import shutil
import struct
import subprocess
import unittest
from pathlib import Path

from metatiles import Tile, archive, content_for, url_of
from support import PATIENCE, RELEASE_BINARY as RELEASE, Case, Server, environment_of

CONTENT = content_for("a tile", 3000)

# From the ELF specification and its GNU extensions.
ET_DYN, PT_DYNAMIC, PT_INTERP, PT_GNU_STACK, PT_GNU_RELRO = 3, 2, 3, 0x6474e551, 0x6474e552
DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_FLAGS_1, DF_1_PIE = 1, 15, 29, 0x6ffffffb, 0x08000000
PF_X, PF_W = 1, 2


class Elf:
    """What a 64-bit little-endian ELF file says of how it is loaded."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        if data[:6] != b"\x7fELF\2\1":
            raise ValueError(f"{path} is no 64-bit ELF file")
        self.type, = struct.unpack_from("<H", data, 16)
        start, = struct.unpack_from("<Q", data, 32)
        size, count = struct.unpack_from("<HH", data, 54)
        self.segments = []  # type, flags, offset, size in the file
        for i in range(count):
            kind, flags, offset, _, _, file_size = struct.unpack_from("<IIQQQQ", data, start + i * size)
            self.segments.append((kind, flags, offset, file_size))
        self.dynamic = []
        for kind, _, offset, file_size in self.segments:
            if kind == PT_DYNAMIC:
                self.dynamic += struct.iter_unpack("<qQ", data[offset:offset + file_size])

    def kinds(self):
        return {kind for kind, *_ in self.segments}


@unittest.skipUnless(RELEASE, "TAPALCATL_RELEASE_BINARY does not name a release binary")
class File(unittest.TestCase):
    def setUp(self):
        self.elf = Elf(RELEASE)

    def test_is_static_and_may_be_loaded_anywhere(self):
        self.assertEqual(self.elf.type, ET_DYN)
        self.assertNotIn(PT_INTERP, self.elf.kinds())
        tags = [tag for tag, _ in self.elf.dynamic]
        self.assertFalse({DT_NEEDED, DT_RPATH, DT_RUNPATH} & set(tags))
        flags = [value for tag, value in self.elf.dynamic if tag == DT_FLAGS_1]
        self.assertTrue(flags and flags[0] & DF_1_PIE)

    def test_has_no_memory_that_can_be_written_and_run(self):
        self.assertIn(PT_GNU_RELRO, self.elf.kinds())
        self.assertIn(PT_GNU_STACK, self.elf.kinds())
        for _, flags, *_ in self.elf.segments:
            self.assertNotEqual(flags & (PF_X | PF_W), PF_X | PF_W)

    def test_names_no_folder_of_the_machine_that_built_it(self):
        self.assertNotIn(str(Path(__file__).resolve().parents[2]).encode() + b"/", Path(RELEASE).read_bytes())


@unittest.skipUnless(RELEASE, "TAPALCATL_RELEASE_BINARY does not name a release binary")
@unittest.skipUnless(os.geteuid() == 0, "only root may change its root")
class EmptyRoot(Case):
    """A root with nothing but the binary and tiles: no libc, no /proc, no /etc."""

    def setUp(self):
        super().setUp()
        shutil.copy(RELEASE, self.folder / "tapalcatl")
        self.put("tiles/all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))
        listing = [path for path in self.folder.iterdir()]
        self.assertEqual(len(listing), 2)

    def enter_root(self):
        os.chroot(self.folder)
        os.chdir("/")

    def serve(self, **settings):
        return Server("file:///tiles", binary="/tapalcatl", preexec=self.enter_root, **settings)

    def expect_tile(self, server):
        for encoding in ("gzip", "identity"):
            answer = server.get(url_of(Tile(0, 0, 0)), {"Accept-Encoding": encoding})
            self.assertEqual((answer.status, answer.content), (200, CONTENT))
        self.assertEqual(server.get("/health_check").text, "OK")
        self.assertEqual(server.get("/preview.html").status, 200)

    def resolve_by_hosts_file(self, switch):
        self.put("etc/hosts", b"127.0.0.1 localhost tiles.example\n")
        if switch is not None:
            self.put("etc/nsswitch.conf", switch)

    def test_serves_tiles(self):
        with self.serve(HOST="127.0.0.1") as server:
            self.expect_tile(server)

    def test_serves_on_all_interfaces(self):
        with self.serve(HOST="") as server:
            self.expect_tile(server)

    def test_finds_names_in_the_hosts_file(self):
        """glibc would load the modules that nsswitch.conf names from the machine, into a binary that has its own."""
        for switch in (None, b"hosts: files dns\n", b"hosts: files resolve dns\n",
                       b"passwd: files systemd\nhosts: mymachines resolve [!UNAVAIL=return] files myhostname dns\n"):
            for name in ("localhost", "tiles.example"):
                with self.subTest(switch, name=name):
                    self.resolve_by_hosts_file(switch)
                    with self.serve(HOST=name) as server:
                        self.expect_tile(server)

    def test_a_name_that_nobody_knows_is_told(self):
        for switch in (None, b"hosts: files resolve dns\n"):
            self.resolve_by_hosts_file(switch)
            result = subprocess.run(
                ["/tapalcatl", "serve"], preexec_fn=self.enter_root, timeout=PATIENCE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment_of({"TAPALCATL_STORAGE": "file:///tiles", "HOST": "nobody.invalid", "PORT": 0}))
            self.assertEqual((result.returncode, len(result.stderr.splitlines())), (1, 1), result)
            self.assertIn(b"nobody.invalid", result.stderr)

    def test_verbs_work(self):
        for words, expected in ((["--version"], b"tapalcatl "), (["ls", "/tiles/all/0/0/0.zip"], b"0/0/0.mvt"),
                                (["cat", "/tiles/all/0/0/0.zip", "0/0/0.mvt"], CONTENT), (["verify", "/tiles"],
                                                                                          b"all fine")):
            result = subprocess.run(["/tapalcatl", *words], preexec_fn=self.enter_root, timeout=PATIENCE, env={},
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((result.returncode, result.stderr), (0, b""), words)
            self.assertIn(expected, result.stdout)


if __name__ == "__main__":
    unittest.main()
