"""The configuration file is read anew while the server answers: on SIGHUP, and when the file changes."""

import os
import pty
import signal
import subprocess
import threading
from pathlib import Path

import support
from metatiles import archive, content_for
from s3_support import BUCKET, S3Case
from support import takes, wait_until

TILE = "0/0/0.mvt"


class ReloadCase(support.Case):
    def put_tileset(self, name, content=None):
        return self.put(f"{name}/all/{TILE.replace('.mvt', '.zip')}", archive({TILE: content or content_for(name)})).parents[3]

    def put_config(self, text):
        self.replace("config.yaml", text.encode())
        return Path(self.folder, "config.yaml")

    def put_tilesets(self, *names, settings=""):
        """A configuration file with tilesets of these names, each in a folder of its name."""
        lines = "".join(f"  {name}:\n    storage: {Path(self.folder, name).as_uri()}\n" for name in names)
        return self.put_config(f"{settings}\ntilesets:\n{lines}")

    def server(self, *arguments, **settings):
        config = Path(self.folder, "config.yaml")
        return self.enterContext(support.Server(None, arguments=arguments, TAPALCATL_CONFIG=config, **settings))

    @staticmethod
    def ends(server):
        """How often a reload has ended, well or not."""
        return len(server.stderr.containing("put into effect"))

    def reload(self, server):
        """The lines of the log that a reload writes."""
        lines, ended = len(server.stderr.now()), self.ends(server)
        server.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.ends(server) > ended, "the end of the reload")
        return server.stderr.now()[lines:]

    def expect_tile(self, server, name, content=None):
        answer = server.get(f"/{name}/{TILE}")
        self.assertEqual((answer.status, answer.body), (200, content or content_for(name)), name)
        return answer

    def expect_nothing(self, server, name):
        self.assertEqual(server.get(f"/{name}/{TILE}").status, 404, name)


class Reload(ReloadCase):
    def setUp(self):
        super().setUp()
        for name in ("one", "two", "three"):
            self.put_tileset(name)

    def test_tilesets_come_and_go(self):
        self.put_tilesets("one", "two")
        server = self.server()
        self.put_tilesets("two", "three")
        (line,) = self.reload(server)
        self.assertIn("config.yaml: put into effect: 2 tilesets; new: three; gone: one", line)
        self.expect_tile(server, "two")
        self.expect_tile(server, "three")
        self.expect_nothing(server, "one")
        self.assertNotIn(b'"one"', server.get("/catalog.json").body)

    def test_what_is_held_of_a_tileset_stays_held(self):
        self.put_tilesets("one")
        server = self.server(CACHE_DEFAULT_TIMEOUT=3600)
        self.expect_tile(server, "one")
        Path(self.folder, "one/all/0/0/0.zip").unlink()
        for names in (("one", "two"), ("one",)):
            self.put_tilesets(*names, settings="cache_max_age: 5")
            self.reload(server)
            self.expect_tile(server, "one")

    def test_a_tileset_of_another_storage_is_read_there(self):
        self.put_tilesets("one")
        server = self.server(CACHE_DEFAULT_TIMEOUT=3600)
        self.expect_tile(server, "one")
        self.put_config(f"tilesets:\n  one:\n    storage: {Path(self.folder, 'two').as_uri()}\n")
        self.reload(server)
        self.expect_tile(server, "one", content_for("two"))

    def test_sources_of_a_tileset_are_in_the_new_order(self):
        def put_order(*names):
            sources = "".join(f"  {name}: {{storage: '{Path(self.folder, name).as_uri()}'}}\n" for name in ("one", "two"))
            self.put_config(f"sources:\n{sources}tilesets:\n  both: {{sources: [{', '.join(names)}]}}\n")
        put_order("one", "two")
        server = self.server(CACHE_DEFAULT_TIMEOUT=3600)
        self.expect_tile(server, "both", content_for("one"))
        put_order("two", "one")
        self.reload(server)
        self.expect_tile(server, "both", content_for("two"))

    def test_responses_that_were_sent_again_have_the_new_headers(self):
        self.put_tilesets("one", settings="cache_max_age: 60")
        server = self.server()
        connections = [self.enterContext(server.connect()) for _ in range(8)]  # of both threads
        for age in (60, 7):
            self.put_tilesets("one", settings=f"cache_max_age: {age}")
            self.reload(server)
            for connection in connections * 3:
                answer = connection.request(f"/one/{TILE}", {"Accept-Encoding": "gzip"})
                self.assertEqual(answer.status, 200)
                self.assertIn(f"max-age={age},", answer["Cache-Control"] + ",")

    def test_a_request_under_way_is_answered(self):
        self.put_tilesets("one")
        server = self.server()
        with server.connect() as connection:
            connection.send(f"GET /one/{TILE} HTTP/1.1\r\nHost: x\r\n".encode())
            self.put_tilesets("two")
            self.reload(server)
            connection.send(b"\r\n")
            self.assertEqual(connection.response().status, 404)

    def test_hang_ups_do_not_kill_a_server_that_ends(self):
        self.put_tilesets("one")
        for _ in range(20):
            server = self.server()
            server.process.terminate()
            for _ in range(2000):  # the pipe that signals go through takes 16,384, and drops what is beyond, SIGTERM too
                if server.process.poll() is not None:
                    break
                server.process.send_signal(signal.SIGHUP)
            server.expect_exit(0)

    def test_a_file_with_faults_changes_nothing_and_each_is_told(self):
        self.put_tilesets("one")
        server = self.server()
        self.put_config(f"cache_max_aeg: 1\ntilesets:\n  two:\n    storage: {Path(self.folder, 'two').as_uri()}\n    max_zoom: -3\n")
        lines = self.reload(server)
        self.assertIn("config.yaml: not put into effect; the configuration until now stays", lines[0])
        wait_until(lambda: server.stderr.containing("max_zoom"), "the second fault")
        (line,) = server.stderr.containing("cache_max_aeg")
        self.assertIn("config.yaml:1:1: unknown setting 'cache_max_aeg': did you mean 'cache_max_age'?", line)
        self.expect_tile(server, "one")
        self.expect_nothing(server, "two")
        self.put_tilesets("two")
        self.assertIn("put into effect: 1 tileset", self.reload(server)[0])

    def test_a_tileset_that_cannot_be_opened_changes_nothing(self):
        self.put_tilesets("one")
        server = self.server()
        self.put_tilesets("two", "nowhere")
        self.reload(server)
        wait_until(lambda: server.stderr.containing("nowhere: storage"), "the reason")
        self.expect_tile(server, "one")
        self.expect_nothing(server, "two")
        Path(self.folder, "config.yaml").unlink()
        self.reload(server)
        self.expect_tile(server, "one")

    def test_settings_that_need_a_new_start_are_named(self):
        self.put_tilesets("one", settings="max_requests: 10\nlog_level: info")
        server = self.server()
        self.put_tilesets("one", settings="max_requests: 20\nlog_level: info\npreview: off")
        lines = self.reload(server)
        told = [line for line in lines if "takes effect when the server is started again" in line]
        self.assertEqual(len(told), 1, lines)
        self.assertIn("config.yaml:1: max_requests: '20'", told[0])
        self.assertEqual(server.get("/preview.html").status, 404)

    def test_the_tiles_of_the_settings_are_read_anew_too(self):
        self.put_config(f"storage: {Path(self.folder, 'one').as_uri()}\nkey_format_type: NO_HASH\n")
        server = self.server()
        target = "/tilezen/vector/v1/256/all/0/0/0.mvt"
        self.assertEqual(server.get(target).body, content_for("one"))
        self.put_config(f"storage: {Path(self.folder, 'two').as_uri()}\nkey_format_type: NO_HASH\n")
        self.reload(server)
        self.assertEqual(server.get(target).body, content_for("two"))

    def test_tilesets_of_arguments_stay(self):
        self.put_tilesets("one")
        server = self.server(Path(self.folder, "three"))
        self.put_tilesets("two")
        self.reload(server)
        self.expect_tile(server, "three")
        self.expect_tile(server, "two")

    def test_without_a_file_it_ends(self):
        server = self.enterContext(support.Server(Path(self.folder, "one")))
        server.process.send_signal(signal.SIGHUP)
        server.expect_exit(0)

    def test_it_goes_on_under_nohup(self):
        self.put_tilesets("one")
        server = self.server(preexec=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.put_tilesets("two")
        self.reload(server)
        self.expect_tile(server, "two")

    def test_it_ends_with_its_terminal(self):
        self.put_tilesets("one")

        def take_terminal():
            os.setsid()
            os.close(os.open(os.ttyname(terminal), os.O_RDWR))  # becomes the controlling one

        other_end, terminal = pty.openpty()
        server = self.server(preexec=take_terminal)
        os.close(terminal)
        self.put_tilesets("two")
        self.reload(server)
        self.expect_tile(server, "two")
        os.close(other_end)  # the system sends SIGHUP
        server.expect_exit(0)


class Watching(ReloadCase):
    def setUp(self):
        super().setUp()
        self.put_tileset("one")
        self.put_tileset("two")

    def expect_change(self, server, change):
        ended = self.ends(server)
        change()
        wait_until(lambda: self.ends(server) > ended, "the end of the reload")

    @takes(4)
    def test_a_file_that_changes_is_read_anew(self):
        self.put_tilesets("one")
        server = self.server("--watch")
        self.expect_change(server, lambda: self.put_tilesets("two"))
        self.expect_tile(server, "two")
        self.expect_change(server, lambda: Path(self.folder, "config.yaml").write_text("tilesets: {"))
        self.expect_tile(server, "two")
        self.expect_change(server, lambda: self.put_tilesets("one"))
        self.expect_tile(server, "one")

    @takes(4)
    def test_so_is_one_that_a_link_leads_to(self):
        """As Kubernetes does it: the file is a link into a folder that is a link, and the latter is replaced."""
        for name in ("one", "two"):
            path = self.put_tilesets(name)
            self.put(f"{name}-config/config.yaml", path.read_bytes())
            path.unlink()
        os.symlink("one-config", self.folder / "data")
        os.symlink("data/config.yaml", self.folder / "config.yaml")
        server = self.server(TAPALCATL_WATCH="on")

        def change():
            os.symlink("two-config", self.folder / "new")
            os.replace(self.folder / "new", self.folder / "data")
        self.expect_change(server, change)
        self.expect_tile(server, "two")

    def test_what_cannot_be_watched_is_an_error(self):
        for arguments, settings, message in (
                (["--watch", self.folder / "one"], {}, "--watch: expected --config or TAPALCATL_CONFIG"),
                ([self.folder / "one"], {"TAPALCATL_WATCH": "yes"}, "TAPALCATL_WATCH='yes': expected on or off")):
            ended = subprocess.run([support.BINARY, "serve", *map(str, arguments)], env=support.environment_of(settings),
                                   timeout=support.PATIENCE, capture_output=True, text=True, check=False)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(message, ended.stderr)


class DuringTheStart(ReloadCase, S3Case):
    def test_a_reload_that_is_asked_for_comes_behind_it(self):
        s3 = self.serve_s3()
        s3.put("all/0/0/0.zip", archive({TILE: content_for("s3")}))
        self.put_tileset("one")
        self.put_tilesets("one")
        server = support.Server(None, arguments=[f"s3://{BUCKET}"], TAPALCATL_CONFIG=self.folder / "config.yaml",
                                **self.settings(s3, S3_BUCKET=None))

        def ask_for_it():
            wait_until(lambda: s3.counts.requests, "the server looks at its argument")
            server.process.send_signal(signal.SIGHUP)
        asking = threading.Thread(target=ask_for_it)
        asking.start()
        self.enterContext(server)
        asking.join()
        wait_until(lambda: self.ends(server), "the end of the reload")
        self.expect_tile(server, "one")


class ReloadUnderLoad(ReloadCase, S3Case):
    server = ReloadCase.server

    """Storages of all kinds come and go under clients that ask for what stays, and for what comes and goes."""

    VARIANTS = 7
    RELOADS = 100 if support.is_sanitized() else 1000

    def client(self, server, ended, problems, answered):
        """Asks for a tileset that stays, which must be answered, and for those that come and go, which may be missing."""
        with server.connect() as connection:
            number = 0
            while not ended.is_set():
                number += 1
                for name, may_be_missing in (("stays", False), (f"t{number % self.VARIANTS}", True), ("s3", True), ("meta", True)):
                    answer = connection.request(f"/{name}/{TILE}", {"Accept-Encoding": "gzip"} if number % 2 else {})
                    is_missing = answer.status == 404 and may_be_missing
                    if not is_missing and (answer.status, answer.content) != (200, content_for(name)):
                        problems.append((name, answer))
                        return
                answered.append(number)

    @takes(30)
    def test_no_request_fails_and_nothing_grows(self):
        for name in ["stays", *(f"t{i}" for i in range(self.VARIANTS))]:
            self.put_tileset(name)
        s3 = self.serve_s3()
        s3.put("all/0/0/0.zip", archive({TILE: content_for("s3")}))
        self.put("meta/0/0/0.zip", archive({TILE: content_for("meta")}))
        self.put("meta/meta.json", b'{"formats":{"mvt":"application/x-protobuf"},"source":"{z}/{x}/{y}.zip","materializedZooms":[0]}')

        def put_variant(number):
            lines = [f"  stays: {{storage: {Path(self.folder, 'stays').as_uri()}}}"]
            chosen = f"t{number % self.VARIANTS}"
            lines.append(f"  {chosen}: {{storage: {Path(self.folder, chosen).as_uri()}}}")
            if number % 2:
                lines.append(f"  s3: {{storage: s3://{BUCKET}, s3_connections: {number % 5 + 1}}}")
            if number % 3:
                lines.append(f"  meta: {{storage: {Path(self.folder, 'meta/meta.json').as_uri()}}}")
            self.put_config("\n".join(["tilesets:", *lines, ""]))

        put_variant(0)
        server = self.server(CACHE_TYPE="filesystem", CACHE_DIR=self.folder / "cache", binary=support.RELEASE_BINARY or None,
                             **self.settings(s3, S3_BUCKET=None))
        ended, problems, answered = threading.Event(), [], []
        clients = [threading.Thread(target=self.client, args=(server, ended, problems, answered)) for _ in range(3)]
        for each in clients:
            each.start()
        try:
            measured = []
            for number in range(1, self.RELOADS + 1):
                put_variant(number)
                self.assertIn("put into effect", "\n".join(self.reload(server)))
                self.assertEqual(problems, [])
                if number % (self.RELOADS // 10) == 0:
                    measured.append((server.resident_bytes(), server.open_files(), len(os.listdir(f"/proc/{server.process.pid}/task"))))
        finally:
            ended.set()
            for each in clients:
                each.join()
        self.assertEqual(problems, [])
        self.assertGreater(len(answered), self.RELOADS)
        memory, files, threads = zip(*measured)
        self.assertEqual(len(set(threads)), 1, measured)
        self.assertLess(max(files[5:]), max(files[:5]) + 8, measured)
        if support.RELEASE_BINARY or not support.is_sanitized():
            self.assertLess(max(memory[5:]), max(memory[:5]) + 2_000_000, measured)
