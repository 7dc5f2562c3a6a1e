"""What `tapalcatl doctor` finds out of storages of every kind, and whether the server works with what it prescribes."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import unittest

import support
from metatiles import Tile, archive, key_of
from s3_support import BUCKET, KEY_ID, SECRET, S3Case
from support import environment_of, takes

import faults
from certificates import Authority
from connect_proxy import ConnectProxy
from host import Host, refusing_port
from wire import Answer

PREFIX = "20260901"
DEEPEST = Tile(5, 17, 10)  # Berlin is there: sets that cannot be listed are searched at well-known places
METATILES = [Tile(zoom, DEEPEST.x >> (5 - zoom), DEEPEST.y >> (5 - zoom)) for zoom in range(6)]
KINDS = ("mvt", "json")


def metatile(deepest_offset=2, method=8):
    """All tiles of a block, down to an offset."""
    return archive({f"{z}/{x}/{y}.{kind}": f"{z}/{x}/{y} {kind}" * 9
                    for z in range(deepest_offset + 1) for x in range(2 ** z) for y in range(2 ** z)
                    for kind in KINDS}, method)


ARCHIVE = metatile()
FITTING = {"S3_PREFIX": PREFIX, "METATILE_MAX_DETAIL_ZOOM": 5, "TAPALCATL_MAX_ZOOM": 7}
SERVED = "/tilezen/vector/v1/256/all/7/{}/{}.mvt".format(DEEPEST.x * 4, DEEPEST.y * 4)


class Found:
    """What it said, as JSON."""

    def __init__(self, code, document):
        self.code, self.works, self.set = code, document["works"], document["set"]
        self.rows = {row["name"]: row for row in document["findings"]}

    def __getitem__(self, name):
        return self.rows[name]["finding"]

    def severity(self, name):
        return self.rows[name]["severity"]

    @property
    def problems(self):
        return [name for name, row in self.rows.items() if row["severity"] == "problem"]

    def __repr__(self):
        return f"{self.code} {self.set} {json.dumps(self.rows, indent=1)}"


class Case(S3Case):
    def run_doctor(self, settings, *words):
        began = time.monotonic()
        done = subprocess.run([support.BINARY, "doctor", *words], env=environment_of(settings), timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertLess(time.monotonic() - began, 60)
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        return done

    def doctor(self, settings):
        done = self.run_doctor(settings, "--json")
        found = Found(done.returncode, json.loads(done.stdout))
        self.assertEqual(found.works, found.code == 0, found)
        self.assertEqual(found.works, not found.problems, found)
        return found

    def expect_cure(self, settings, **prescribed):
        """The prescription is that, it helps, and the server works with it."""
        sick = self.doctor(settings)
        self.assertNotEqual(sick.code, 0, sick)
        self.assertEqual(sick.set, {name: str(value) for name, value in prescribed.items()}, sick)
        self.assertIn("with the settings advised below", sick["tile"], sick)
        cured = {**settings, **sick.set}
        well = self.doctor(cured)
        self.assertEqual((well.code, well.set), (0, {}), well)
        with support.Server(None, **{"KEY_FORMAT_TYPE": "PREFIX_HASH", **cured}) as server:
            self.assertEqual(server.get(SERVED).status, 200)
            self.assertEqual(server.get("/tilezen/vector/v1/256/all/7/0/0.mvt").status, 404)
        return sick


class Folders(Case):
    def fill(self, layout="PREFIX_HASH", prefix=PREFIX, content=ARCHIVE):
        for each in METATILES:
            self.put(key_of(each, layout, prefix), content)

    def settings(self, **more):
        return {"TAPALCATL_STORAGE": f"file://{self.folder}", **more}

    def test_a_folder_that_is_served_as_it_should_be(self):
        self.fill()
        found = self.doctor(self.settings(**FITTING))
        self.assertEqual((found.code, found.set), (0, {}), found)
        self.assertIn("mvt", found["formats"])
        self.assertIn("256 px up to zoom 7", found["zooms"])
        self.assertIn("up to zoom 5", found["zooms"])

    def test_keys_made_in_any_other_way_are_prescribed(self):
        for layout in ("NO_HASH", "HASH_PREFIX", "PREFIX_HASH"):
            with self.subTest(layout):
                for each in os.listdir(self.folder):
                    shutil.rmtree(os.path.join(self.folder, each))
                self.fill(layout)
                settings = self.settings(**{**FITTING, "S3_PREFIX": "old"})
                wanted = {"S3_PREFIX": PREFIX}
                if layout != "PREFIX_HASH":
                    wanted["KEY_FORMAT_TYPE"] = layout
                self.expect_cure(settings, **wanted)

    def test_the_last_build_is_prescribed_and_all_are_named(self):
        self.fill("PREFIX_HASH", "20260801")
        self.fill()
        found = self.doctor(self.settings())
        self.assertEqual(found.set["S3_PREFIX"], PREFIX)
        self.assertIn("S3_PREFIX is empty; prefixes in the storage: 20260801, 20260901", found.rows["keys"]["what_to_do"])
        self.assertEqual(found.code, 3)

    def test_a_metatile_size_that_is_too_small_is_prescribed(self):
        self.fill(content=metatile(3))
        found = self.doctor(self.settings(S3_PREFIX=PREFIX))
        self.assertEqual((found.set["METATILE_SIZE"], found.code), ("8", 2), found)
        self.assertEqual(found.severity("metatile size"), "problem")

    def test_an_empty_folder_is_told(self):
        found = self.doctor(self.settings())
        self.assertEqual((found.code, found.problems), (3, ["keys"]), found)

    def test_a_folder_that_is_not_there_is_told(self):
        found = self.doctor({"TAPALCATL_STORAGE": f"file://{self.folder}/none"})
        self.assertEqual((found.code, found.problems), (2, ["reachable"]), found)

    def test_damaged_archives_are_told(self):
        self.fill(content=ARCHIVE[:-30])
        found = self.doctor(self.settings(**FITTING))
        self.assertEqual((found.code, found.problems), (4, ["archives"]), found)

    def test_tiles_that_are_compressed_twice_are_told(self):
        self.fill(content=archive({f"{z}/{x}/{y}.mvt": gzip.compress(b"a tile" * 9)
                                   for z in range(3) for x in range(2 ** z) for y in range(2 ** z)}))
        found = self.doctor(self.settings(**FITTING))
        self.assertEqual((found.code, found.severity("tile")), (0, "remark"), found)
        self.assertIn("compressed twice", found["tile"])

    def test_what_it_prints_for_people_can_be_pasted(self):
        self.fill(prefix="it's; $(touch pwned) `x`")
        done = self.run_doctor(self.settings(METATILE_MAX_DETAIL_ZOOM=5, TAPALCATL_MAX_ZOOM=7))
        self.assertEqual(done.returncode, 3, done)
        self.assertRegex(done.stdout, r"(?m)^! keys +no key is made by PREFIX_HASH, no prefix, layer all; there are keys of PREFIX_HASH")
        self.assertIn("\nThe server would not work as configured: there is 1 problem.\n", done.stdout)
        advice = done.stdout.partition("Set this:\n\n")[2]
        self.assertEqual(shlex.split(advice), ["S3_PREFIX=it's; $(touch pwned) `x`"])
        for line in done.stdout.partition("\n\n")[0].splitlines():
            self.assertRegex(line, r"^[ !?] (\S.*?|) {2,}\S")


class Nothing(Case):
    def test_no_storage_is_told(self):
        found = self.doctor({})
        self.assertEqual((found.code, found.problems), (2, ["storage"]), found)

    def test_a_setting_that_makes_no_sense_ends_at_once(self):
        done = self.run_doctor({"METATILE_SIZE": "3"}, "--json")
        self.assertEqual((done.returncode, done.stdout), (2, ""), done)

    def test_a_bucket_without_credentials_is_told(self):
        found = self.doctor({"S3_BUCKET": BUCKET, "AWS_ENDPOINT_URL_S3": self.serve_s3().url, "HOME": self.folder,
                             "AWS_EC2_METADATA_DISABLED": "true"})
        self.assertEqual((found.code, found.problems), (1, ["credentials"]), found)


class Buckets(Case):
    def fill(self, s3, layout="PREFIX_HASH", prefix=PREFIX):
        for each in METATILES:
            s3.put(key_of(each, layout, prefix), ARCHIVE)
        return s3

    def settings(self, s3, **more):
        return super().settings(s3, AWS_EC2_METADATA_DISABLED="true", **more)

    def test_a_bucket_that_is_served_as_it_should_be(self):
        s3 = self.fill(self.serve_s3())
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual((found.code, found.set), (0, {}), found)
        self.assertEqual(found["storage"], f"s3://{BUCKET}, from S3_BUCKET")
        self.assertIn("AWS_ENDPOINT_URL_S3", found["endpoint"])
        self.assertEqual(found["region"], "us-east-1, AWS_REGION")
        self.assertEqual(found["credentials"], f"{KEY_ID}, from environment")
        self.assertIn("404", found["missing keys"])
        self.assertLess(s3.counts.requests, 20)

    def test_a_bucket_named_by_url_with_a_prefix_of_its_own(self):
        s3 = self.serve_s3()
        for each in METATILES:
            s3.put("a b/+/" + key_of(each, "NO_HASH", PREFIX), ARCHIVE)
        settings = self.settings(s3, S3_BUCKET=None, TAPALCATL_STORAGE=f"s3://{BUCKET}/a b/+",
                                 METATILE_MAX_DETAIL_ZOOM=5, TAPALCATL_MAX_ZOOM=7)
        self.expect_cure(settings, S3_PREFIX=PREFIX, KEY_FORMAT_TYPE="NO_HASH")

    def test_keys_of_many_builds_hashed_at_the_root(self):
        s3 = self.serve_s3()
        for build in ("180723", "200901"):
            self.fill(s3, "HASH_PREFIX", build)
        self.expect_cure(self.settings(s3, **{**FITTING, "S3_PREFIX": "none"}), S3_PREFIX="200901",
                         KEY_FORMAT_TYPE="HASH_PREFIX")

    def test_without_the_right_to_list(self):
        s3 = self.fill(self.serve_s3(lists=False))
        sick = self.expect_cure(self.settings(s3, **FITTING), TAPALCATL_MISSING_ON_403="on")
        self.assertIn("s3:ListBucket", sick["missing keys"])
        self.assertIn("reads", sick["keys"])

    def test_without_the_right_to_list_other_layouts_are_found(self):
        s3 = self.fill(self.serve_s3(lists=False), "NO_HASH")
        self.expect_cure(self.settings(s3, **FITTING), TAPALCATL_MISSING_ON_403="on", KEY_FORMAT_TYPE="NO_HASH")

    def test_where_the_requester_pays(self):
        s3 = self.fill(self.serve_s3(requester_pays=True))
        self.expect_cure(self.settings(s3, **FITTING), REQUESTER_PAYS="true")

    def test_where_the_requester_pays_and_may_not_list(self):
        s3 = self.fill(self.serve_s3(requester_pays=True, lists=False))
        self.expect_cure(self.settings(s3, **FITTING), REQUESTER_PAYS="true", TAPALCATL_MISSING_ON_403="on")

    def test_a_public_bucket_needs_no_credentials(self):
        s3 = self.fill(self.serve_s3(anonymous=True))
        self.expect_cure(self.settings(s3, **FITTING, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None),
                         TAPALCATL_ANONYMOUS="on")

    def test_a_bucket_in_another_region(self):
        for way in ("malformed", "redirect"):
            s3 = self.fill(self.serve_s3(region="eu-west-1", wrong_region=way))
            found = self.doctor(self.settings(s3, **FITTING))
            self.assertEqual((found.code, found.set), (0, {"AWS_REGION": "eu-west-1"}), found)
            self.assertEqual(found.severity("region"), "remark")

    def test_an_endpoint_that_contains_the_bucket(self):
        """As the console of Cloudflare R2 shows it."""
        s3 = self.fill(self.serve_s3())
        for variable in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            with self.subTest(variable):
                right = self.settings(s3, **FITTING, AWS_ENDPOINT_URL_S3=None)
                found = self.expect_cure({**right, variable: f"{s3.url}/{BUCKET}"}, **{variable: s3.url})
                self.assertEqual((found.code, found.problems), (2, ["bucket"]), found)
                self.assertIn(f"{s3.url}/{BUCKET}/{BUCKET}/KEY", found["bucket"])

    def test_an_endpoint_that_contains_the_bucket_and_another_prefix(self):
        s3 = self.fill(self.serve_s3())
        settings = self.settings(s3, **{**FITTING, "S3_PREFIX": "old"}, AWS_ENDPOINT_URL_S3=f"{s3.url}/{BUCKET}")
        self.expect_cure(settings, AWS_ENDPOINT_URL_S3=s3.url, S3_PREFIX=PREFIX)

    def test_an_endpoint_of_the_profile_that_contains_the_bucket(self):
        s3 = self.fill(self.serve_s3())
        config = self.put("config", f"[profile r2]\nendpoint_url = {s3.url}/{BUCKET}/\n".encode())
        settings = self.settings(s3, **FITTING, AWS_ENDPOINT_URL_S3=None, AWS_CONFIG_FILE=config, AWS_PROFILE="r2")
        found = self.expect_cure(settings, AWS_ENDPOINT_URL_S3=s3.url)
        self.assertEqual(found.problems, ["bucket"], found)
        self.assertIn(f"profile r2: endpoint_url should be {s3.url}", found.rows["bucket"]["what_to_do"])

    def test_an_endpoint_of_a_virtual_host(self):
        """As the console of DigitalOcean shows it."""
        authority, region = Authority(self.folder), "s3.eu-north-1.amazonaws.com"
        s3 = self.fill(self.serve_s3(tls=authority.server_context(f"{BUCKET}.{region}")))
        proxy = self.enterContext(ConnectProxy(lambda: s3.port))
        settings = self.settings(s3, **FITTING, AWS_ENDPOINT_URL_S3=f"https://{BUCKET}.{region}", HTTPS_PROXY=proxy.url,
                                 AWS_CA_BUNDLE=authority.bundle)
        found = self.expect_cure(settings, AWS_ENDPOINT_URL_S3=f"https://{region}", TAPALCATL_ADDRESSING="virtual")
        self.assertEqual((found.code, found.problems), (2, ["bucket"]), found)
        self.assertEqual({name for name in proxy.asked if not name.startswith("sts.")}, {f"{BUCKET}.{region}:443"})

    def test_a_bucket_with_keys_under_its_own_name(self):
        s3 = self.serve_s3()
        for each in METATILES:
            s3.put(f"{BUCKET}/" + key_of(each, "PREFIX_HASH", PREFIX), ARCHIVE)
        found = self.doctor(self.settings(s3, **FITTING, AWS_ENDPOINT_URL_S3=f"{s3.url}/{BUCKET}"))
        self.assertEqual((found.code, found.set), (0, {}), found)
        self.assertEqual(found.severity("bucket"), "remark")

    def test_an_endpoint_that_may_contain_the_bucket_which_cannot_be_listed(self):
        s3 = self.fill(self.serve_s3(lists=False))
        found = self.doctor(self.settings(s3, **FITTING, AWS_ENDPOINT_URL_S3=f"{s3.url}/{BUCKET}"))
        self.assertEqual(found.severity("bucket"), "remark", found)
        self.assertIn(f"if that is wrong, set AWS_ENDPOINT_URL_S3={s3.url}", found.rows["bucket"]["what_to_do"])

    def test_a_clock_that_is_off(self):
        s3 = self.fill(self.serve_s3())
        s3.clock.offset = 3600
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual(found.code, 0, found)
        self.assertRegex(found["clock"], "^3[56][0-9][0-9] s behind")

    def test_each_refusal_ends_with_its_reason(self):
        for fault, code, name, word in ((faults.wrong_signature(), 1, "access", "secret access key"),
                                        (faults.unknown_key_id(), 1, "access", "InvalidAccessKeyId"),
                                        (faults.expired_token(), 1, "access", "ExpiredToken"),
                                        (faults.no_such_bucket(), 1, "access", "NoSuchBucket"),
                                        (faults.internal_error(), 1, "access", "InternalError"),
                                        (faults.slow_down(), 1, "access", "SlowDown"),
                                        (faults.garbage(), 4, "reachable", "127.0.0.1"),
                                        (faults.hang_up(), 1, "reachable", "127.0.0.1"),
                                        (faults.page(), 1, "access", "404")):
            with self.subTest(fault.__name__):
                s3 = self.fill(self.serve_s3())
                s3.suffer(fault)
                found = self.doctor(self.settings(s3, **FITTING))
                self.assertEqual((found.code, found.problems), (code, [name]), found)
                self.assertIn(word, found[name])

    def test_denied_everything_is_not_taken_for_a_missing_prefix_alone(self):
        s3 = self.fill(self.serve_s3())
        s3.suffer(faults.denied())
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual(found.code, 1, found)
        self.assertEqual((found.problems, found.set), (["missing keys", "keys"], {}), found)
        self.assertTrue(any("s3:GetObject" in line for row in found.rows.values()
                            for line in row.get("what_to_do", [])), found)

    def test_who_may_list_but_not_read_is_told(self):
        s3 = self.fill(self.serve_s3())
        s3.suffer(faults.denied(), when=lambda request, key: bool(key))
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual(found.code, 1, found)
        self.assertEqual((found.problems, found.set), (["missing keys", "archives"], {}), found)

    def test_nobody_there(self):
        found = self.doctor({"S3_BUCKET": BUCKET, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": SECRET,
                             "AWS_ENDPOINT_URL": f"http://127.0.0.1:{refusing_port()}", "HOME": str(self.folder)})
        self.assertEqual((found.code, found.problems), (1, ["reachable"]), found)
        self.assertIn("refused", found["reachable"])

    def test_a_store_that_does_not_answer_is_given_up(self):
        s3 = self.fill(self.serve_s3())
        s3.suffer(faults.late())
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual((found.code, found.problems), (1, ["reachable"]), found)

    @takes(30)
    def test_a_store_that_is_slow_all_the_way_is_given_up_in_time(self):
        s3 = self.fill(self.serve_s3(latency=3.0, lists=False))
        began = time.monotonic()
        found = self.doctor(self.settings(s3, **{**FITTING, "S3_PREFIX": "none"}))
        self.assertLess(time.monotonic() - began, 45)
        self.assertNotEqual(found.code, 0)

    def test_a_certificate_that_nobody_vouches_for(self):
        authority = Authority(self.enterContext(tempfile.TemporaryDirectory()))
        s3 = self.fill(self.serve_s3(tls=authority.server_context("127.0.0.1")))
        found = self.doctor(self.settings(s3, **FITTING))
        self.assertEqual((found.code, found.problems), (1, ["reachable"]), found)
        self.assertIn("certificate", found["reachable"])


class Sts(Host):
    """Says who is asking."""

    def __init__(self, status=200):
        super().__init__()
        self.status, self.bodies = status, []

    def respond(self, request):
        self.bodies.append(request.body)
        if self.status != 200:
            return Answer(self.status, [], b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>an explicit deny"
                                           b"</Message></Error></ErrorResponse>")
        return Answer(200, [], b"<GetCallerIdentityResponse><GetCallerIdentityResult>"
                               b"<Arn>arn:aws:iam::123456789012:user/tiles</Arn><Account>123456789012</Account>"
                               b"</GetCallerIdentityResult></GetCallerIdentityResponse>")


class Identities(Case):
    def ask(self, **more):
        s3 = self.serve_s3()
        for each in METATILES:
            s3.put(key_of(each, prefix=PREFIX), ARCHIVE)
        return self.doctor(self.settings(s3, **FITTING, **more))

    def test_the_caller_is_told(self):
        with Sts() as sts:
            found = self.ask(AWS_ENDPOINT_URL_STS=sts.url)
        self.assertEqual(found["identity"], "arn:aws:iam::123456789012:user/tiles")
        self.assertEqual(sts.bodies, [b"Action=GetCallerIdentity&Version=2011-06-15"])

    def test_a_refusal_is_a_remark_only(self):
        with Sts(403) as sts:
            found = self.ask(AWS_ENDPOINT_URL_STS=sts.url)
        self.assertEqual((found.code, found.severity("identity")), (0, "remark"), found)
        self.assertIn("an explicit deny", found["identity"])

    def test_nobody_there_is_a_remark_only(self):
        found = self.ask(AWS_ENDPOINT_URL_STS=f"http://127.0.0.1:{refusing_port()}")
        self.assertEqual((found.code, found.severity("identity")), (0, "remark"), found)

    def test_other_stores_keys_are_not_told_to_aws(self):
        self.assertIn("not checked", self.ask()["identity"])


class Web(Host):
    """Files, and what is said of others."""

    def __init__(self, files, missing=Answer(404, [], b"no")):
        super().__init__()
        self.files, self.missing = files, missing

    def respond(self, request):
        content = self.files.get(request.target)
        if content is None:
            return Answer(self.missing.status, list(self.missing.headers), self.missing.body)
        asked = re.match(r"bytes=(\d*)-(\d*)$", request["range"] or "")
        if not asked:
            return Answer(200, [], content)
        size = len(content)
        first = int(asked[1]) if asked[1] else max(size - int(asked[2]), 0)
        last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
        return Answer(206, [("Content-Range", f"bytes {first}-{last}/{size}")], content[first:last + 1])


class WebServers(Case):
    def serve_web(self, layout="PREFIX_HASH", **options):
        files = {"/base/" + key_of(each, layout, PREFIX): ARCHIVE for each in METATILES}
        return self.enterContext(Web(files, **options))

    def settings(self, web, **more):
        return {"TAPALCATL_STORAGE": f"{web.url}/base", **FITTING, **more}

    def test_a_web_server_is_searched(self):
        found = self.doctor(self.settings(self.serve_web()))
        self.assertEqual((found.code, found.set), (0, {}), found)
        self.assertIn("seen up to zoom 5", found["zooms"])

    def test_other_layouts_are_prescribed(self):
        self.expect_cure(self.settings(self.serve_web("NO_HASH")), KEY_FORMAT_TYPE="NO_HASH")

    def test_403_for_what_is_missing(self):
        self.expect_cure(self.settings(self.serve_web(missing=Answer(403, [], b""))), TAPALCATL_MISSING_ON_403="on")

    def test_a_page_for_everything_is_told(self):
        found = self.doctor(self.settings(self.serve_web(missing=Answer(200, [], b"<html>"))))
        self.assertEqual((found.code, found.problems), (4, ["missing keys"]), found)

    def test_a_redirection_is_told(self):
        web = self.serve_web(missing=Answer(301, [("Location", "https://new.example/base")], b""))
        found = self.doctor(self.settings(web))
        self.assertEqual((found.code, found.problems), (1, ["access"]), found)
        self.assertIn("https://new.example/base", found["access"])

    def test_a_prefix_that_has_nothing_is_told(self):
        found = self.doctor(self.settings(self.serve_web(), S3_PREFIX="none"))
        self.assertEqual((found.code, found.problems), (3, ["keys"]), found)


if __name__ == "__main__":
    unittest.main()
