"""Archives that change under the server. What it holds is fresh for a second here, then it looks behind the client."""

import os
import unittest

from client import Closed
from metatiles import Tile, archive, content_for, url_of
from support import Case, Server, run_all, wait_until

KEY = "all/3/1/2.zip"
METATILE = Tile(3, 1, 2)
FORMS = ("mvt", "json", "topojson")
USUAL = "public, max-age=1200, s-maxage=600"


def url(form="mvt"):
    return url_of(METATILE, 1024, form)


def contents(build):
    return {form: content_for(f"{form} of build {build}", 3000) for form in FORMS}


def archive_of(entries, **options):
    return archive({f"0/0/0.{form}": content for form, content in entries.items()}, **options)


class Changes(Case):
    def setUp(self):
        super().setUp()
        self.put(KEY, archive_of(contents(1)))

    def server(self, **settings):
        return Server(self.folder, CACHE_DEFAULT_TIMEOUT=1, **settings)

    def warm(self, server):
        for form in FORMS:
            self.assertEqual(server.get(url(form)).body, contents(1)[form])

    def test_a_replaced_archive_shows_up_whole(self):
        with self.server() as server:
            self.warm(server)
            self.replace(KEY, archive_of(contents(2)))
            wait_until(lambda: server.get(url()).body == contents(2)["mvt"], "the new tile")
            for form in FORMS:
                answer = server.get(url(form))
                self.assertEqual((answer.body, answer["Cache-Control"]), (contents(2)[form], USUAL))

    def test_the_old_tile_is_served_until_the_new_one_is(self):
        with self.server() as server, server.connect() as connection:
            self.warm(server)
            self.replace(KEY, archive_of(contents(2)))
            seen = []

            def look():
                answer = connection.request(url())
                self.assertEqual(answer.status, 200)
                seen.append(answer.body)
                return seen.count(contents(2)["mvt"]) > 20
            wait_until(look, "the new tile")
            self.assertEqual(seen, sorted(seen, key=[contents(1)["mvt"], contents(2)["mvt"]].index))

    def test_within_its_time_nothing_is_looked_at(self):
        with Server(self.folder) as server:
            self.warm(server)
            self.replace(KEY, archive_of(contents(2)))
            self.warm(server)

    def test_0_is_for_ever_and_no_cache_is_never(self):
        with Server(self.folder, CACHE_DEFAULT_TIMEOUT=0) as for_ever, \
                Server(self.folder, TAPALCATL_CACHE_SIZE=0) as never, self.server() as usual:
            for server in (for_ever, never, usual):
                self.warm(server)
            self.replace(KEY, archive_of(contents(2)))
            self.assertEqual(never.get(url()).body, contents(2)["mvt"])
            wait_until(lambda: usual.get(url()).body == contents(2)["mvt"], "the new tile")
            self.warm(for_ever)

    def test_a_removed_archive_is_missing(self):
        with self.server() as server:
            self.warm(server)
            (self.folder / KEY).unlink()
            answer = wait_until(lambda: (lambda got: got if got.status != 200 else None)(server.get(url())), "the end")
            self.assertEqual((answer.status, answer.text), (404, "Metatile not found"))
            for form in FORMS:
                self.assertEqual(server.get(url(form)).status, 404)

    def test_the_etag_stays_where_the_tile_does(self):
        with self.server() as server:
            self.warm(server)
            tags = {form: [server.get(url(form), {"Accept-Encoding": encoding})["ETag"] for encoding in ("gzip",
                                                                                                         "identity")]
                    for form in FORMS}
            rebuilt = {**contents(1), "json": contents(2)["json"]}
            self.replace(KEY, archive_of(rebuilt, comment=b"another build", level=1), modified=1_700_000_000)
            wait_until(lambda: server.get(url("json")).body == rebuilt["json"], "the new tile")
            for form in FORMS:
                for encoding, tag in zip(("gzip", "identity"), tags[form]):
                    headers = {"Accept-Encoding": encoding}
                    answer = server.get(url(form), headers)
                    self.assertEqual(answer["Last-Modified"], "Tue, 14 Nov 2023 22:13:20 GMT")
                    self.assertEqual(answer["ETag"] == tag, form != "json")
                    again = server.get(url(form), {**headers, "If-None-Match": tag})
                    self.assertEqual(again.status, 200 if form == "json" else 304)


class Races(Case):
    def test_no_tile_is_ever_mixed_of_two_builds(self):
        """Entries far apart, so that each takes a read of its own, while the archive is rebuilt all the time."""
        padding = os.urandom(400_000)

        def build(number):
            entries = contents(number)
            return archive([("0/0/0.mvt", entries["mvt"]), ("a", padding), ("0/0/0.json", entries["json"]), ("b",
                                                                                                             padding),
                            ("0/0/0.topojson", entries["topojson"]), ("c", padding)], method=0)
        builds = [build(number) for number in range(4)]
        known = {form: {contents(number)[form] for number in range(4)} for form in FORMS}
        self.put(KEY, builds[0])
        statuses = set()
        with Server(self.folder, TAPALCATL_CACHE_SIZE=0) as server:
            def work(number):
                if number % 10 == 0:
                    new = self.put(f"{number}.new", builds[number // 10 % 4])
                    new.replace(self.folder / KEY)
                    return
                form = FORMS[number % 3]
                try:
                    answer = server.get(url(form))
                except Closed as closed:
                    raise AssertionError("a request was dropped") from closed
                statuses.add(answer.status)
                if answer.status == 200:
                    self.assertIn(answer.body, known[form])
            run_all(work, range(600), 6)
        self.assertIn(200, statuses)
        self.assertLessEqual(statuses, {200, 503})


if __name__ == "__main__":
    unittest.main()
