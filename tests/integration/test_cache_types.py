"""What CACHE_TYPE comes to: nothing is kept, memory, and behind it a folder or a Redis."""

import json
import re
import subprocess
import unittest

from metatiles import Tile, archive, content_for, url_of
from redis_server import REDIS, Redis
from support import BINARY, PATIENCE, Case, Server, environment_of, wait_until

TILE = url_of(Tile(0, 0, 0))
CONTENT = content_for("a tile", 5000)
PATIENT = {"TAPALCATL_CACHE_WAIT": "10s"}  # a busy machine may not answer within 20 ms


class CacheCase(Case):
    """The storage is a folder that can be taken away and replaced by one where nothing is."""

    def setUp(self):
        super().setUp()
        self.storage = self.folder / "tiles"
        self.put("tiles/all/0/0/0.zip", archive({"0/0/0.mvt": CONTENT}))

    def serve(self, **settings):
        return Server(self.storage, **settings)

    def expect_tile(self, server):
        self.assertEqual((server.get(TILE).status, server.get(TILE).body), (200, CONTENT))

    def tile_by_command_line(self, settings):
        """What `tapalcatl tile` writes; it takes the same way as the server."""
        environment = environment_of({"TAPALCATL_STORAGE": self.storage.as_uri(), "KEY_FORMAT_TYPE": "NO_HASH",
                                      **settings})
        return subprocess.run([BINARY, "tile", "0/0/0.mvt"], env=environment, capture_output=True, timeout=PATIENCE,
                              check=False)

    def empty_the_storage(self):
        self.storage.rename(self.folder / "away")
        self.storage.mkdir()


class Memory(CacheCase):
    def test_is_what_there_is_unless_told(self):
        for settings in ({}, {"CACHE_TYPE": ""}, {"CACHE_TYPE": "simple"}, {"CACHE_TYPE": "SimpleCache"},
                         {"CACHE_TYPE": "flask_caching.backends.simplecache.SimpleCache", "CACHE_THRESHOLD": 1}):
            with self.subTest(settings), self.serve(**settings) as server:
                self.expect_tile(server)
                (self.storage / "all").rename(self.folder / "all")
                self.expect_tile(server)
                (self.folder / "all").rename(self.storage / "all")
                self.assertEqual(len(server.stderr.containing("CACHE_")), 0)

    def test_null_keeps_nothing(self):
        for name in ("null", "NullCache", "flask_caching.backends.NullCache"):
            with self.subTest(name), self.serve(CACHE_TYPE=name, TAPALCATL_CACHE_SIZE="64MB") as server:
                for content in (CONTENT, content_for("another", 300), CONTENT):
                    self.put("tiles/all/0/0/0.zip", archive({"0/0/0.mvt": content}))
                    self.assertEqual(server.get(TILE).body, content)
                self.assertEqual(server.get("/preview/inspect/vector/0/0/0.mvt").status, 200)
                self.assertEqual(json.loads(server.get("/preview/inspect/vector/0/0/0.mvt").body)["cache"], "miss")

    def test_types_without_a_counterpart_are_a_warning_that_says_what_to_use(self):
        for name, instead in (("memcached", "CACHE_TYPE=redis"), ("SASLMemcachedCache", "CACHE_TYPE=redis"),
                              ("uwsgi", "CACHE_TYPE=filesystem"), ("rediscluster", "CACHE_REDIS_URL of a single"),
                              ("mine.Cache", "CACHE_TYPE=redis")):
            with self.subTest(name), self.serve(CACHE_TYPE=name) as server:
                (warning,) = server.stderr.containing(f"CACHE_TYPE='{name}'")
                self.assertIn(instead, warning)
                self.expect_tile(server)
                (self.storage / "all").rename(self.folder / "all")
                self.expect_tile(server)  # from memory
                (self.folder / "all").rename(self.storage / "all")

    def test_what_makes_no_sense_refuses_to_start(self):
        for settings, word in (({"CACHE_TYPE": "reddis"}, "CACHE_TYPE='reddis'"),
                               ({"CACHE_TYPE": "filesystem"}, "CACHE_DIR"),
                               ({"CACHE_THRESHOLD": "many"}, "CACHE_THRESHOLD='many'"),
                               ({"CACHE_TYPE": "redis", "CACHE_REDIS_URL": "http://:topsecret@cache"},
                                "CACHE_REDIS_URL"),
                               ({"CACHE_TYPE": "redis", "CACHE_REDIS_URL": "cache:6379"}, "CACHE_REDIS_URL")):
            environment = environment_of({"TAPALCATL_STORAGE": self.storage.as_uri(), "PORT": "0", **settings})
            done = subprocess.run([BINARY, "serve"], env=environment, capture_output=True, text=True, timeout=PATIENCE,
                                  check=False)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1), (settings, done))
            self.assertIn(word, done.stderr)
            self.assertNotIn("topsecret", done.stderr)


class Files(CacheCase):
    def setUp(self):
        super().setUp()
        self.cache = self.folder / "cache"

    def settings(self, **more):
        return {"CACHE_TYPE": "filesystem", "CACHE_DIR": self.cache, **PATIENT, **more}

    def values(self):
        return [path for path in self.cache.rglob("*")
                if path.is_file() and re.fullmatch("[0-9a-f]{2}", path.parent.name)]

    def fill(self, **more):
        with self.serve(**self.settings(**more)) as server:
            self.expect_tile(server)
            wait_until(self.values, "a value in the folder")

    def test_a_second_start_reads_from_the_folder_without_asking_the_storage(self):
        self.fill()
        self.empty_the_storage()
        with self.serve(**self.settings()) as server:
            self.expect_tile(server)
            self.assertEqual(len(server.stderr.containing(f"cached in file://{self.cache}")), 1)
        with self.serve() as server:
            self.assertEqual(server.get(TILE).status, 404)

    def test_the_command_line_reads_from_the_folder_too(self):
        done = self.tile_by_command_line(self.settings())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, CONTENT, b""))
        self.fill()
        self.empty_the_storage()
        done = self.tile_by_command_line(self.settings())
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, CONTENT, b""))

    def test_names_have_their_prefix(self):
        self.fill(CACHE_KEY_PREFIX="a_")
        self.empty_the_storage()
        for prefix, status in (("b_", 404), ("a_", 200), ("", 404)):
            with self.serve(**self.settings(CACHE_KEY_PREFIX=prefix)) as server:
                self.assertEqual(server.get(TILE).status, status, prefix)

    def test_storages_do_not_get_into_each_others_way(self):
        self.fill()
        other = self.folder / "other"
        other.mkdir()
        with Server(other, **self.settings()) as server:
            self.assertEqual(server.get(TILE).status, 404)

    def test_what_others_have_in_the_folder_stays(self):
        self.cache.mkdir()
        pickles = [self.cache / "2029240f6d1128be89ddc32729463129", self.cache / "__wz_cache_count"]
        for path in pickles:
            path.write_bytes(b"\x80\x04pickled")
        self.fill(CACHE_THRESHOLD=1)
        for path in pickles:
            self.assertEqual(path.read_bytes(), b"\x80\x04pickled")

    def test_the_threshold_is_how_many_files_there_are(self):
        for x in range(4):
            self.put(f"tiles/all/2/{x}/0.zip", archive({"2/0/0.mvt": content_for(f"tile {x}")}))
        with self.serve(**self.settings(CACHE_THRESHOLD=2)) as server:
            for x in range(4):
                self.assertEqual(server.get(url_of(Tile(4, 4 * x, 0))).body, content_for(f"tile {x}"))
            wait_until(lambda: len(self.values()) == 2, "two values")
        self.assertEqual(len(self.values()), 2)

    def test_a_folder_that_cannot_be_is_a_warning_and_tiles_go_on(self):
        self.cache.write_bytes(b"no folder")
        with self.serve(**self.settings()) as server:
            self.expect_tile(server)
            wait_until(lambda: server.stderr.containing("second tier"), "a warning")
            self.expect_tile(server)
            self.assertEqual(server.get("/health_check").text, "OK")


@unittest.skipUnless(REDIS, "there is no redis-server")
class InRedis(CacheCase):
    def start(self, **options):
        redis = Redis(**options)
        redis.__enter__()
        self.addCleanup(redis.__exit__)
        return redis

    def settings(self, redis, **more):
        return {"CACHE_TYPE": "redis", "CACHE_REDIS_URL": redis.url, **PATIENT, **more}

    def fill(self, redis, **more):
        with self.serve(**self.settings(redis, **more)) as server:
            self.expect_tile(server)
            wait_until(lambda: redis.ask("DBSIZE") != ":0", "a value in Redis")

    def test_a_second_start_reads_from_redis_without_asking_the_storage(self):
        for options in ({}, {"by_port": True}, {"password": "topsecret"}, {"password": "topsecret", "by_port": True}):
            with self.subTest(options):
                redis = self.start(**options)
                self.fill(redis)
                self.empty_the_storage()
                with self.serve(**self.settings(redis)) as server:
                    self.expect_tile(server)
                    self.assertFalse([line for line in server.stderr.now() if "topsecret" in line])
                self.storage.rmdir()
                (self.folder / "away").rename(self.storage)

    def test_names_have_their_prefix_and_nobody_elses_change(self):
        redis = self.start()
        redis.ask("SET", "a_mine", "kept")
        with self.serve(**self.settings(redis, CACHE_KEY_PREFIX="a_")) as server:
            self.expect_tile(server)
            wait_until(lambda: redis.ask("DBSIZE") != ":1", "a value in Redis")
        names = redis.ask("KEYS", "*")
        self.assertIn("a_mine", names)
        for name in names:
            self.assertTrue(name == "a_mine" or name.startswith("a_t1:"), name)
        self.empty_the_storage()
        for prefix, status in (("", 404), ("a_", 200)):
            with self.serve(**self.settings(redis, CACHE_KEY_PREFIX=prefix)) as server:
                self.assertEqual(server.get(TILE).status, status)

    def test_a_redis_that_is_down_is_a_warning_and_tiles_go_on(self):
        redis = self.start(password="topsecret", by_port=True)
        redis.stop()
        for x in range(4):
            self.put(f"tiles/all/2/{x}/0.zip", archive({"2/0/0.mvt": content_for(f"tile {x}")}))
        with self.serve(**self.settings(redis)) as server:
            for x in range(4):
                self.assertEqual(server.get(url_of(Tile(4, 4 * x, 0))).body, content_for(f"tile {x}"))
            wait_until(lambda: server.stderr.containing("second tier"), "a warning")
            self.assertFalse([line for line in server.stderr.now() if "topsecret" in line])
            self.assertEqual((server.get("/health_check").text, server.get("/ready").status), ("OK", 200))

    def test_a_redis_that_goes_and_comes_back_is_used_again(self):
        redis = self.start()
        number = 0
        with self.serve(**self.settings(redis)) as server:
            def asks_for_another():
                nonlocal number
                number += 1
                content = content_for(f"tile {number}")
                self.put(f"tiles/all/9/{number}/0.zip", archive({"2/0/0.mvt": content}))
                self.assertEqual(server.get(url_of(Tile(11, 4 * number, 0))).body, content)

            asks_for_another()
            wait_until(lambda: redis.ask("DBSIZE") != ":0", "a value in Redis")
            redis.stop()
            asks_for_another()
            wait_until(lambda: (asks_for_another(), server.stderr.containing("continuing without it"))[1], "a warning")
            redis.start()
            self.assertEqual(redis.ask("DBSIZE"), ":0")
            wait_until(lambda: (asks_for_another(), redis.ask("DBSIZE") != ":0")[1], "a value in Redis")

    def test_the_command_line_reads_from_redis_too(self):
        redis = self.start()
        done = self.tile_by_command_line(self.settings(redis))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, CONTENT, b""))
        self.fill(redis)
        self.empty_the_storage()
        self.assertEqual(self.tile_by_command_line(self.settings(redis)).stdout, CONTENT)
        redis.stop()
        self.assertEqual(self.tile_by_command_line(self.settings(redis)).returncode, 3)

    def test_config_does_not_show_the_password(self):
        redis_url = "redis://user:topsecret@cache.example:6379/0"
        environment = environment_of({"TAPALCATL_STORAGE": self.storage.as_uri(), "CACHE_TYPE": "redis",
                                      "CACHE_REDIS_URL": redis_url})
        done = subprocess.run([BINARY, "config"], env=environment, capture_output=True, text=True, timeout=PATIENCE,
                              check=True)
        self.assertNotIn("topsecret", done.stdout + done.stderr)
        self.assertIn("cache_redis_url", done.stdout)


if __name__ == "__main__":
    unittest.main()
