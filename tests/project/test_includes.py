import unittest
from pathlib import Path

import rules  # noqa: F401
import includes


def problems(file, *lines):
    return list(includes.problems_of(Path(file), "\n".join(lines) + "\n"))


class Rooms(unittest.TestCase):
    def test_a_room_may_include_itself_and_the_rooms_below(self):
        self.assertEqual(problems("src/service/tile.cpp", '#include "service/tile.hpp"', '#include "zip/entry.hpp"',
                                  '#include "base/error.hpp"'), [])

    def test_an_include_that_points_up_is_found_with_its_line(self):
        self.assertEqual(problems("src/base/log.cpp", '#include "base/log.hpp"', "", '#include "zip/entry.hpp"'),
                         ['src/base/log.cpp:3: "zip/entry.hpp": base is below zip'])

    def test_every_room_is_refused_every_higher_room(self):
        rooms = sorted(includes.LEVEL, key=includes.LEVEL.get)
        for low in rooms:
            for high in rooms:
                if includes.LEVEL[low] < includes.LEVEL[high]:
                    self.assertTrue(problems(f"src/{low}/a.cpp", f'#include "{high}/b.hpp"'), f"{low} includes {high}")
                    self.assertFalse(problems(f"src/{high}/a.cpp", f'#include "{low}/b.hpp"'), f"{high} includes {low}")

    def test_rooms_of_one_level_do_not_know_each_other(self):
        self.assertTrue(problems("src/web/tile.hpp", '#include "tiles/metatile.hpp"'))
        self.assertTrue(problems("src/lambda/front.hpp", '#include "http/server.hpp"'))

    def test_blanks_and_other_brackets_hide_nothing(self):
        self.assertTrue(problems("src/zip/a.cpp", ' \t#  include\t"http/server.hpp"'))
        self.assertTrue(problems("src/zip/a.cpp", "#include <http/server.hpp>"))
        self.assertTrue(problems("src/zip/a.cpp", '#include "../http/server.hpp"'))
        self.assertTrue(problems("src/zip/a.cpp", '#include "server.hpp"'))
        self.assertTrue(problems("src/zip/a.cpp", '/* why */ #include "zip/a.hpp"', "/*", "*/", '#include "http/server.hpp"'))

    def test_comments_are_no_includes(self):
        self.assertEqual(problems("src/zip/a.cpp", '// #include "http/server.hpp"', "/*", '#include "http/server.hpp"', "*/"), [])

    def test_the_program_does_not_include_its_tests(self):
        self.assertTrue(problems("src/zip/a.cpp", '#include "tests/zip/samples.hpp"'))
        self.assertEqual(problems("tests/zip/a.cpp", '#include "tests/zip/samples.hpp"'), [])

    def test_the_tests_of_a_room_stay_at_its_level(self):
        self.assertEqual(problems("tests/source/a.cpp", '#include "zip/writer.hpp"'), [])
        self.assertTrue(problems("tests/source/a.cpp", '#include "http/server.hpp"'))
        self.assertEqual(problems("tests/integration/a.cpp", '#include "http/server.hpp"'), [])

    def test_a_folder_that_is_no_room_is_found(self):
        self.assertEqual(len(includes.folder_problems([Path("src/util/a.hpp"), Path("src/zip/b.hpp")])), 1)


class Libraries(unittest.TestCase):
    def test_a_library_is_used_where_it_belongs(self):
        for file, header in (("src/http/a.cpp", "boost/beast/http.hpp"), ("src/cli/a.cpp", "boost/json/object.hpp"),
                             ("src/zip/deflate.cpp", "libdeflate.h"),
                             ("src/storage/file.cpp", "sys/stat.h"), ("src/web/date.cpp", "chrono"),
                             ("src/net/tls.cpp", "openssl/ssl.h"), ("tests/web/a.cpp", "boost/beast/http.hpp")):
            self.assertEqual(problems(file, f"#include <{header}>"), [], (file, header))

    def test_and_nowhere_else(self):
        for file, header in (("src/service/a.cpp", "boost/beast/http.hpp"), ("src/base/a.cpp", "boost/json/object.hpp"),
                             ("src/source/a.cpp", "libdeflate.h"),
                             ("src/tiles/a.cpp", "boost/asio/awaitable.hpp"), ("src/zip/a.cpp", "thread"),
                             ("src/web/a.cpp", "unistd.h"), ("src/zip/a.cpp", "sys/mman.h"),
                             ("src/aws/sign.cpp", "openssl/ssl.h"), ("src/http/a.cpp", "boost/asio/ssl.hpp")):
            self.assertEqual(len(problems(file, f"#include <{header}>")), 1, (file, header))

    def test_a_library_nobody_has_spoken_of_is_found(self):
        self.assertTrue(problems("src/net/a.cpp", "#include <curl/curl.h>"))

    def test_hashes_live_in_a_single_source(self):
        text = "#include <openssl/evp.h>\n"
        self.assertEqual(problems("src/aws/hash.cpp", text), [])
        self.assertTrue(problems("src/aws/hash.hpp", text))
        self.assertEqual(includes.one_source_problems({Path("src/aws/hash.cpp"): text}), [])
        self.assertTrue(includes.one_source_problems({Path("src/aws/hash.cpp"): text, Path("src/storage/a.cpp"): text}))


class Cmake(unittest.TestCase):
    def test_cmake_adds_the_rooms_in_their_order(self):
        self.assertEqual(includes.cmake_problems((rules.ROOT / "CMakeLists.txt").read_text()), [])

    def test_another_order_is_found(self):
        self.assertTrue(includes.cmake_problems("foreach(room IN ITEMS base zip storage web)"))
        self.assertTrue(includes.cmake_problems("foreach(room IN ITEMS base attic)"))
        self.assertTrue(includes.cmake_problems("add_subdirectory(src/zip)"))


if __name__ == "__main__":
    unittest.main()
