"""A storage that fails: what is held of it outlives it, for a while."""

import unittest

from metatiles import Tile, archive, content_for, url_of
from support import Case, Server, wait_until

STALE = "public, max-age=10"
USUAL = "public, max-age=1200, s-maxage=600"
FORMS = ("mvt", "json", "topojson")
BUILDS = [{form: content_for(f"{form} of build {build}", 3000) for form in FORMS} for build in range(2)]
PLACES = [Tile(3, x, 5) for x in range(3)]


def key_of(place):
    return "all/%d/%d/%d.zip" % place


def archive_of(build):
    return archive({f"0/0/0.{form}": content for form, content in build.items()})


class Outages(Case):
    """A second after it was read an archive is looked at again here; after a failure the next look is 5 s later."""

    def setUp(self):
        super().setUp()
        for place in PLACES:
            self.put(f"tiles/{key_of(place)}", archive_of(BUILDS[0]))

    def server(self, **settings):
        return Server(self.folder / "tiles", CACHE_DEFAULT_TIMEOUT=1, **settings)

    def ask(self, server, place, form="mvt"):
        return server.get(url_of(place, 1024, form))

    def warm(self, server):
        for place in PLACES:
            for form in FORMS:
                self.assertEqual(self.ask(server, place, form).body, BUILDS[0][form])

    def wait_for(self, cache_control, server, place):
        wait_until(lambda: self.ask(server, place)["Cache-Control"] == cache_control, cache_control)

    def test_what_is_held_of_a_damaged_archive_is_served_until_it_is_repaired(self):
        damages = (b"no archive", b"", archive_of(BUILDS[1])[:-30])
        with self.server() as server:
            self.warm(server)
            for place, damaged in zip(PLACES, damages):
                self.replace(f"tiles/{key_of(place)}", damaged)
            for place in PLACES:
                self.wait_for(STALE, server, place)
                for form in FORMS:
                    answer = self.ask(server, place, form)
                    self.assertEqual((answer.status, answer.body, answer["Cache-Control"]), (200, BUILDS[0][form],
                                                                                             STALE))
                self.assertEqual(len(server.stderr.containing(key_of(place))), 1, server.stderr.now())
            for place in PLACES:
                self.replace(f"tiles/{key_of(place)}", archive_of(BUILDS[1]))
            for place in PLACES:
                self.wait_for(USUAL, server, place)
                for form in FORMS:
                    self.assertEqual(self.ask(server, place, form).body, BUILDS[1][form])

    def test_stale_has_its_time_too(self):
        with self.server(TAPALCATL_STALE_FOR="1s") as server:
            self.warm(server)
            self.replace(f"tiles/{key_of(PLACES[0])}", b"no archive")
            wait_until(lambda: self.ask(server, PLACES[0]).status == 502, "the end of stale answers")
            self.assertEqual(self.ask(server, PLACES[0])["Cache-Control"], "no-store")

    def test_an_outage_is_never_a_404(self):
        with self.server() as server:
            self.warm(server)
            (self.folder / "tiles").rename(self.folder / "away")
            self.wait_for(STALE, server, PLACES[0])
            unknown = Tile(3, 7, 7)
            answer = self.ask(server, unknown)
            self.assertEqual((answer.status, answer["Cache-Control"]), (503, "no-store"))
            self.assertTrue(answer["Retry-After"].isdigit())
            (self.folder / "away").rename(self.folder / "tiles")
            self.wait_for(USUAL, server, PLACES[0])
            self.assertEqual(self.ask(server, unknown).status, 404)


if __name__ == "__main__":
    unittest.main()
