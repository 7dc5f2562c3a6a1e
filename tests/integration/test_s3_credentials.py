"""Where credentials come from, as boto3 finds them, and what happens when they end."""

import hashlib
import json
import os
import subprocess
import sys
import time
import unittest

import support
from metatiles import key_of
from s3_support import BUCKET, KEY_ID, KEYS, SECRET, S3Case, lines_with, place, small_archive, tile_url
from support import environment_of, run_all, takes, wait_until

import faults
from certificates import Authority
from connect_proxy import ConnectProxy
from credential_endpoints import ContainerAgent, Issued, MetadataService, SingleSignOn, Sts, refused
from host import refusing_port
from scripted_s3 import Key, ScriptedS3

ROLE = "arn:aws:iam::123456789012:role/tiles"
OTHER = {"AKIAOTHER": "not/the/right+one"}


def become_nobody():
    """Root may write everywhere."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


def keys_of(*issued):
    """What S3 knows of credentials that somebody gave."""
    return {each.access_key_id: Key(each.secret, each.token) for each in issued}


class Case(S3Case):
    def server(self, s3, **more):
        """Without the keys that are in the environment elsewhere, and without a metadata service."""
        return super().server(s3, **{"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
                                     "AWS_EC2_METADATA_DISABLED": "true", **more})

    def bucket(self, keys, **options):
        s3 = self.serve_s3(keys=keys, **options)
        self.put_small(s3, 3)
        return s3

    def check(self, keys, *secrets, **settings):
        s3 = self.bucket(keys)
        with self.server(s3, **settings) as server:
            self.expect_tile(server, place(0))
            self.expect_no_secret(server, *secrets)

    def files(self, config="", credentials=""):
        return {"AWS_CONFIG_FILE": self.put("config", config.encode()),
                "AWS_SHARED_CREDENTIALS_FILE": self.put("credentials", credentials.encode())}


PAIR = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n"
WRONG = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = not/the/right+one\n"


class Static(Case):
    def test_the_environment(self):
        self.check(KEYS, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET)

    def test_with_a_session_token(self):
        keys = {KEY_ID: Key(SECRET, "a/session+token==")}
        self.check(keys, "a/session+token", AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET,
                   AWS_SESSION_TOKEN="a/session+token==")

    def test_the_environment_wins_over_files(self):
        self.check(KEYS, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET,
                   **self.files(credentials=f"[default]\n{WRONG}"))

    def test_the_credentials_file_and_then_the_config_file(self):
        self.check(KEYS, **self.files(f"[default]\n{WRONG}", f"[default]\n{PAIR}"))
        self.check(KEYS, **self.files(f"[default]\n{PAIR}"))

    def test_the_files_of_the_home_folder(self):
        self.put(".aws/credentials", f"[default]\n{PAIR}".encode())
        self.check(KEYS, HOME=self.folder)

    def test_a_profile(self):
        files = self.files(f"[profile tiles]\n{PAIR}[default]\n{WRONG}")
        self.check(KEYS, AWS_PROFILE="tiles", **files)

    def test_the_region_of_a_profile(self):
        s3 = self.bucket(KEYS, region="eu-north-1")
        files = self.files(f"[default]\nregion = eu-north-1\n{PAIR}")
        with self.server(s3, AWS_REGION=None, **files) as server:
            self.expect_tile(server, place(0))
            self.assertEqual(lines_with(server, "warning"), [])

    def test_a_secret_without_an_id_and_a_broken_profile_do_not_matter(self):
        self.check(KEYS, AWS_SECRET_ACCESS_KEY="of/nobody",
                   **self.files("[profile other]\nsso_session = gone\nsso_account_id = 1\n", f"[default]\n{PAIR}"))

    def test_refused_static_keys_are_not_tried_over_and_over(self):
        s3 = self.bucket(OTHER)
        with self.server(s3, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_line(server, " 502 ", "InvalidAccessKeyId")
        self.assertEqual(s3.counts.gets, 1)


class Programs(Case):
    def process(self, text, **options):
        """A credential_process that prints `text`."""
        script = self.put("give credentials.py", f"print({text!r})".encode())
        line = f'credential_process = {sys.executable} "{script}"\n'
        return {**self.files(f"[default]\n{line}"), **options}

    def test_a_process(self):
        issued = Issued()
        text = (f'{{"Version": 1, "AccessKeyId": "{issued.access_key_id}", "SecretAccessKey": "{issued.secret}", '
                f'"SessionToken": "{issued.token}", "Expiration": "2099-01-01T00:00:00Z"}}')
        self.check(keys_of(issued), issued.secret, issued.token, **self.process(text))

    def test_a_process_that_prints_a_time_as_python_does(self):
        issued = Issued()
        text = (f'{{"Version": 1, "AccessKeyId": "{issued.access_key_id}", "SecretAccessKey": "{issued.secret}", '
                f'"SessionToken": "{issued.token}", "Expiration": "2099-01-01 00:00:00+00:00"}}')
        self.check(keys_of(issued), issued.secret, issued.token, **self.process(text))

    def test_a_process_that_prints_nonsense_is_told_and_not_shown(self):
        s3 = self.bucket(KEYS)
        with self.server(s3, **self.process('{"Version": 1, "SecretAccessKey": "hush-hush"')) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_no_secret(server, "hush-hush")
            self.expect_line(server, " 502 ")


class Roles(Case):
    def sts(self, **options):
        return self.enterContext(Sts(**{"keys": KEYS, "role_arn": ROLE, **options}))

    def test_of_a_profile_with_a_source_profile(self):
        sts = self.sts(external_id="agreed")
        files = self.files(f"[profile tiles]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = agreed\n"
                           "role_session_name = the-tiles\n", f"[base]\n{PAIR}")
        self.check(keys_of(sts.issued), sts.issued.secret, AWS_PROFILE="tiles", AWS_ENDPOINT_URL_STS=sts.url, **files)
        self.assertEqual((sts.given, sts.asked[0]["RoleSessionName"]), (1, "the-tiles"))

    def test_of_a_profile_with_a_credential_source(self):
        sts = self.sts()
        files = self.files(f"[profile tiles]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n")
        agent = self.enterContext(ContainerAgent(issued=Issued("ASIACONTAINER", "of/the/container", "token-of-it")))
        sts.keys = {"ASIACONTAINER": ("of/the/container", "token-of-it")}
        self.check(keys_of(sts.issued), AWS_PROFILE="tiles", AWS_ENDPOINT_URL_STS=sts.url,
                   AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url + agent.path, **files)

    def test_by_the_setting_on_top_of_the_chain(self):
        sts = self.sts()
        self.check(keys_of(sts.issued), AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET,
                   AWS_ENDPOINT_URL_STS=sts.url, TAPALCATL_ROLE_ARN=ROLE)

    def test_by_a_web_identity(self):
        sts = self.sts(web_identity="eyJhbGciOi.J9.sig", keys={})
        token = self.put("token", b"eyJhbGciOi.J9.sig")
        self.check(keys_of(sts.issued), "eyJhbGciOi", AWS_WEB_IDENTITY_TOKEN_FILE=token, AWS_ROLE_ARN=ROLE,
                   AWS_ROLE_SESSION_NAME="pod", AWS_ENDPOINT_URL_STS=sts.url)
        self.assertEqual(sts.asked[0]["RoleSessionName"], "pod")

    def test_at_the_sts_of_the_services_of_the_profile(self):
        sts = self.sts()
        files = self.files(f"[profile tiles]\nrole_arn = {ROLE}\nsource_profile = base\nservices = local\n"
                           f"[services local]\nsts =\n  endpoint_url = {sts.url}\n", f"[base]\n{PAIR}")
        self.check(keys_of(sts.issued), sts.issued.secret, AWS_PROFILE="tiles", **files)
        self.assertEqual(sts.given, 1)

    def test_one_that_may_not_be_assumed_is_told(self):
        sts = self.sts(role_arn="arn:aws:iam::123456789012:role/another")
        s3 = self.bucket(KEYS)
        with self.server(s3, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET, AWS_ENDPOINT_URL_STS=sts.url,
                         TAPALCATL_ROLE_ARN=ROLE) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_line(server, " 502 ", "AccessDenied", "AssumeRole")
        self.assertEqual(s3.counts.requests, 0)

    def test_an_sts_that_is_down_is_an_outage(self):
        s3 = self.bucket(KEYS)
        with self.server(s3, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET, TAPALCATL_ROLE_ARN=ROLE,
                         AWS_ENDPOINT_URL_STS=f"http://127.0.0.1:{refusing_port()}") as server:
            self.expect_failure(server.get(tile_url(place(0))), 503)


class Agents(Case):
    def container(self, agent, **more):
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url + agent.path, **more}

    def test_a_container_with_a_token(self):
        agent = self.enterContext(ContainerAgent(token="let/me+in=="))
        self.check(keys_of(agent.issued), agent.issued.secret, "let/me+in",
                   **self.container(agent, AWS_CONTAINER_AUTHORIZATION_TOKEN="let/me+in=="))

    def test_a_token_in_a_file_wins_and_is_read_anew(self):
        agent = self.enterContext(ContainerAgent(token="first"))
        token = self.put("token", b"first")
        s3 = self.bucket(keys_of(agent.issued))
        with self.server(s3, **self.container(agent, AWS_CONTAINER_AUTHORIZATION_TOKEN="wrong",
                                              AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token)) as server:
            self.expect_tile(server, place(0))
            agent.token = "second"
            token.write_text("second")
            agent.issued = Issued("ASIASECOND")
            s3.keys = keys_of(agent.issued)
            # What was fetched less than ten seconds ago is not fetched anew.
            wait_until(lambda: server.get(tile_url(place(1))).status == 200, "the new ones")

    def test_the_metadata_service(self):
        service = self.enterContext(MetadataService())
        self.check(keys_of(service.issued), service.issued.secret, AWS_EC2_METADATA_DISABLED=None,
                   AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url)

    def test_the_metadata_service_knows_the_region_too(self):
        service = self.enterContext(MetadataService(region="eu-north-1"))
        s3 = self.bucket(keys_of(service.issued), region="eu-north-1")
        with self.server(s3, AWS_REGION=None, AWS_EC2_METADATA_DISABLED=None,
                         AWS_EC2_METADATA_SERVICE_ENDPOINT=service.url) as server:
            self.expect_tile(server, place(0))

    def test_an_agent_that_refuses_is_told(self):
        agent = self.enterContext(ContainerAgent(token="let me in"))
        s3 = self.bucket(keys_of(agent.issued))
        with self.server(s3, **self.container(agent, AWS_CONTAINER_AUTHORIZATION_TOKEN="wrong-token")) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_no_secret(server, "wrong-token")
            self.expect_line(server, " 502 ", "401")
        self.assertEqual(s3.counts.requests, 0)

    def test_an_agent_that_fails_is_an_outage_and_is_not_stormed(self):
        agent = self.enterContext(ContainerAgent())
        agent.failing = refused(500)
        s3 = self.bucket(keys_of(agent.issued))
        with self.server(s3, **self.container(agent)) as server:
            run_all(lambda number: self.expect_failure(server.get(tile_url(place(number))), 503), range(100), 20)
            self.assertLess(agent.counts.requests, 30)
            agent.failing = None
            wait_until(lambda: server.get(tile_url(place(0))).status == 200, "its return")

    def test_everybody_waits_for_the_same_credentials(self):
        agent = self.enterContext(ContainerAgent())
        s3 = self.bucket(keys_of(agent.issued))
        places = self.put_small(s3, 50)
        with self.server(s3, **self.container(agent)) as server:
            run_all(lambda each: self.expect_tile(server, each), places, 50)
        self.assertEqual(agent.given, 1)

    def test_nobody_gives_any(self):
        """It does not start, and says where it has looked."""
        s3 = self.bucket(KEYS)
        settings = self.settings(s3, PORT=0, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None,
                                 AWS_EC2_METADATA_DISABLED="true")
        done = subprocess.run([support.BINARY, "serve"], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        (line,) = done.stderr.decode().splitlines()
        for word in ("credentials", "environment", "profile default", "AWS_EC2_METADATA_DISABLED"):
            self.assertIn(word, line)

    def test_half_of_a_pair_is_told(self):
        s3 = self.bucket(KEYS)
        settings = self.settings(s3, PORT=0, AWS_SECRET_ACCESS_KEY=None)
        done = subprocess.run([support.BINARY, "serve"], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 2)
        self.assertIn("AWS_SECRET_ACCESS_KEY is missing", done.stderr.decode())


class SingleSignOnCases(Case):
    """A profile with an sso_session, whose token in the cache is renewed by its refresh token."""

    PROFILE = ("[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n"
               "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com\n")
    CACHE = f".aws/sso/cache/{hashlib.sha1(b'corp').hexdigest()}.json"

    def setUp(self):
        super().setUp()
        self.sso = self.enterContext(SingleSignOn())
        self.secrets = ("access/", "refresh/", "client/secret", self.sso.issued.secret, self.sso.issued.token)

    def cache(self, lifetime, **more):
        self.token = self.put(self.CACHE, self.sso.as_cached(lifetime, **more))
        self.token.chmod(0o644)
        return self.token

    def by_variables(self, **more):
        return {"AWS_ENDPOINT_URL_SSO": self.sso.url, "AWS_ENDPOINT_URL_SSO_OIDC": self.sso.url,
                **self.files(self.PROFILE), **more}

    def serve(self, **more):
        s3 = self.bucket(keys_of(self.sso.issued))
        return self.server(s3, **self.by_variables(**more))

    def test_a_valid_token_is_used(self):
        self.cache(3600)
        with self.serve() as server:
            self.expect_tile(server, place(0))
            self.expect_no_secret(server, *self.secrets)
        self.assertEqual((self.sso.given, self.sso.renewed), (1, 0))

    def test_one_that_has_expired_is_renewed_and_the_file_replaced(self):
        for lifetime in (-1, 600):  # botocore renews in the last 15 minutes
            with self.subTest(lifetime):
                before = self.sso.renewed
                token = self.cache(lifetime, note="is kept")
                with self.serve() as server:
                    self.expect_tile(server, place(0))
                    self.expect_no_secret(server, *self.secrets)
                    self.assertEqual(lines_with(server, "warning"), [])
                self.assertEqual(self.sso.renewed, before + 1)
                stored = json.loads(token.read_text())
                self.assertEqual((stored["accessToken"], stored["refreshToken"], stored["note"]),
                                 (self.sso.access_token, self.sso.refresh_token, "is kept"))
                self.assertEqual(token.stat().st_mode & 0o777, 0o600)
                self.assertEqual([each.name for each in token.parent.iterdir()], [token.name])

    def test_another_server_goes_on_with_the_renewed_token(self):
        self.cache(-1)
        for _ in range(2):
            with self.serve() as server:
                self.expect_tile(server, place(0))
        self.assertEqual((self.sso.given, self.sso.renewed), (2, 1))

    def test_at_the_services_of_the_profile(self):
        self.cache(-1)
        services = ("[services local]\n" + "".join(f"{service} =\n  endpoint_url = {self.sso.url}\n"
                                                   for service in ("sso", "sso_oidc")))
        profile = self.PROFILE.replace("[default]\n", "[default]\nservices = local\n")
        self.check(keys_of(self.sso.issued), *self.secrets, **self.files(profile + services))
        self.assertEqual(self.sso.renewed, 1)

    @takes(10)
    def test_a_folder_that_cannot_be_written_is_warned_of_once(self):
        """The new token is kept in memory then, as the refresh token is used up."""
        token = self.cache(-1)
        for path in [self.folder, *self.folder.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        token.parent.chmod(0o555)
        self.addCleanup(token.parent.chmod, 0o755)
        before = token.read_bytes()
        self.sso.issued = Issued(lifetime=24)  # renewed when 3 s are left
        s3 = self.bucket(keys_of(self.sso.issued))
        with support.Server(None, preexec=become_nobody, **self.settings(
                s3, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_EC2_METADATA_DISABLED="true",
                **self.by_variables(AWS_CONFIG_FILE=self.readable_config()))) as server:
            self.expect_tile(server, place(0))
            self.expect_line(server, "warning", self.CACHE, "the renewed token is not stored", "Permission denied")
            first, self.sso.issued = self.sso.issued, Issued("ASIASECOND", "second/secret", "second-token")
            s3.keys = {first.access_key_id: Key(first.secret, first.token), **keys_of(self.sso.issued)}
            wait_until(lambda: server.get("/health_check").status == 200 and self.sso.given == 2, "other credentials")
            self.assertEqual(len(lines_with(server, "warning")), 1, server.stderr.now())
            self.expect_no_secret(server, *self.secrets, "second/secret")
        self.assertEqual(self.sso.renewed, 1)
        self.assertEqual(token.read_bytes(), before)
        self.assertEqual(len(list(token.parent.iterdir())), 1)

    def readable_config(self):
        path = self.put("config", self.PROFILE.encode())
        path.chmod(0o644)
        return path

    def test_a_refresh_token_that_is_refused_is_told(self):
        self.cache(-1, refreshToken="refresh/of nobody")
        with self.serve() as server:
            self.expect_failure(server.get(tile_url(place(0))), 502)
            self.expect_line(server, " 502 ", "expired", "status 400", "aws sso login")
            self.expect_no_secret(server, *self.secrets)

    def test_where_neither_is_configured_it_asks_aws(self):
        """Its names are led here by a proxy; the certificate names no others."""
        for settings, dot in (({}, ""), ({"AWS_USE_FIPS_ENDPOINT": "true"}, "-fips")):
            names = [f"{service}{dot}.eu-west-1.amazonaws.com" for service in ("oidc", "portal.sso")]
            with self.subTest(names):
                authority = Authority(self.folder)
                self.sso = self.enterContext(SingleSignOn(tls=authority.server_context(*names)))
                proxy = self.enterContext(ConnectProxy(lambda: self.sso.port))
                self.cache(-1)
                self.check(keys_of(self.sso.issued), HTTPS_PROXY=proxy.url, AWS_CA_BUNDLE=authority.bundle, **settings,
                           **self.files(self.PROFILE))
                self.assertEqual(proxy.asked, [f"{name}:443" for name in names])
                self.assertEqual([record.request["host"] for record in self.sso.records()], names)


class ProfileOfMetadataService(Case):
    """The settings of the metadata service in a profile."""

    def setUp(self):
        super().setUp()
        self.service = self.enterContext(MetadataService())

    def serve(self, *lines, **more):
        profile = "\n".join(["[profile ec2]", *lines, ""])
        self.s3 = self.bucket(keys_of(self.service.issued))
        return self.server(self.s3, AWS_EC2_METADATA_DISABLED=None, AWS_PROFILE="ec2", **self.files(profile), **more)

    def at_service(self):
        return f"ec2_metadata_service_endpoint = {self.service.url}"

    def test_its_endpoint(self):
        with self.serve(self.at_service()) as server:
            self.expect_tile(server, place(0))
        nobody = f"ec2_metadata_service_endpoint = http://127.0.0.1:{refusing_port()}"
        with self.serve(nobody, AWS_EC2_METADATA_SERVICE_ENDPOINT=self.service.url) as server:
            self.expect_tile(server, place(0))

    def test_the_mode_of_its_endpoint(self):
        with self.serve("ec2_metadata_service_endpoint_mode = IPv6", "metadata_service_num_attempts = 1") as server:
            server.get(tile_url(place(0)))
            self.expect_line(server, "[fd00:ec2::254]:80")

    def test_the_number_of_attempts(self):
        for attempts in (1, 4):
            with self.subTest(attempts), self.serve(self.at_service(),
                                                    f"metadata_service_num_attempts = {attempts}") as server:
                self.service.new_counts()
                self.service.failing = refused(500)
                self.expect_failure(server.get(tile_url(place(0))), 502, 503)
                self.assertEqual(self.service.counts.requests, attempts)
                self.service.failing = None

    def test_the_time_of_an_attempt(self):
        """30 s are enough for an answer that takes 1.3 s; the usual 1 s is not."""
        self.service.delay = 1.3
        for lines, statuses in ((["metadata_service_timeout = 30"], [200]), ([], [502, 503, 504])):
            with self.subTest(lines), self.serve(self.at_service(), "metadata_service_num_attempts = 1",
                                                 *lines) as server:
                self.assertIn(server.get(tile_url(place(0))).status, statuses)


class Renewal(Case):
    """Credentials that were fetched a moment ago and are refused would come again, so nobody asks for others within ten
    seconds. All servers here are started first, that these pass once."""

    NAMES = ("replaced", "expired", "expired token", "unknown", "at once", "no better")

    @classmethod
    def setUpClass(cls):
        cls.running = {}
        for name in cls.NAMES:
            agent = cls.enterClassContext(ContainerAgent(issued=Issued("ASIAFIRST", "first/secret", "first-token")))
            s3 = cls.enterClassContext(ScriptedS3(bucket=BUCKET, keys=keys_of(agent.issued)))
            for number in range(60):
                s3.put(key_of(place(number), "NO_HASH"), small_archive(place(number)))
            server = cls.enterClassContext(support.Server(
                None, S3_BUCKET=BUCKET, AWS_ENDPOINT_URL_S3=s3.url, AWS_REGION="us-east-1",
                AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url + agent.path))
            assert server.get(tile_url(place(0))).status == 200
            cls.running[name] = agent, s3, server
        fetched = time.monotonic()
        wait_until(lambda: time.monotonic() > fetched + 10.5, "their time")

    def take(self, name):
        self.agent, self.s3, self.server = self.running[name]
        self.assertEqual(self.agent.given, 1)

    def renew(self):
        self.agent.issued = Issued("ASIASECOND", "second/secret", "second-token")
        return keys_of(self.agent.issued)

    def expect_unseen(self):
        self.expect_tile(self.server, place(1))
        self.assertEqual((self.agent.given, self.s3.counts.gets), (2, 3))
        self.assertIn("ASIASECOND", self.s3.records()[-1].request["authorization"])
        self.assertEqual(lines_with(self.server, " 502 "), [])
        self.expect_no_secret(self.server, "first/secret", "second/secret", "first-token", "second-token")

    def test_refused_ones_are_fetched_anew_and_nobody_notices(self):
        self.take("replaced")
        self.s3.keys = self.renew()
        self.expect_unseen()

    def test_expired_ones_too(self):
        self.take("expired")
        first = self.agent.issued
        self.s3.keys = {first.access_key_id: Key(first.secret, first.token, time.time() - 1), **self.renew()}
        self.expect_unseen()
        self.assertEqual(self.s3.counts.by_status[400], 1)

    def test_whatever_s3_calls_it(self):
        for name, fault in (("expired token", faults.expired_token()), ("unknown", faults.unknown_key_id())):
            self.take(name)
            self.s3.suffer(fault, times=1)
            self.s3.keys = {**self.s3.keys, **self.renew()}
            self.expect_unseen()

    def test_once_for_all_who_hear_of_it(self):
        self.take("at once")
        self.s3.latency = 0.2
        self.s3.keys = self.renew()
        run_all(lambda number: self.expect_tile(self.server, place(number)), range(1, 51), 50)
        self.assertEqual(self.agent.given, 2)

    def test_if_the_new_ones_are_no_better_it_is_a_502_and_no_storm(self):
        self.take("no better")
        good, self.s3.keys = self.s3.keys, {}
        for number in range(20):
            self.expect_failure(self.server.get(tile_url(place(100 + number))), 502)
        self.assertEqual(self.agent.given, 2)
        self.assertEqual(self.s3.counts.gets, 1 + 20 + 1)
        self.s3.keys = good
        self.expect_tile(self.server, place(1))


class Ageing(Case):
    """Credentials for a few seconds: renewed when a quarter of their time is left."""

    def serve(self, agent, s3):
        return self.enterContext(self.server(s3, AWS_CONTAINER_CREDENTIALS_FULL_URI=agent.url + agent.path))

    def ask_anew(self, server, s3):
        """For an archive that nobody asked for yet, as it takes a signature to be noticed. Answers who signed."""
        (fresh,) = self.put_small(s3, 1, 1000 + s3.counts.gets)
        self.expect_tile(server, fresh)
        return s3.records()[-1].request["authorization"].partition("Credential=")[2].partition("/")[0]

    def test_they_are_renewed_before_they_end(self):
        agent = self.enterContext(ContainerAgent(issued=Issued("ASIAFIRST", "first/secret", "first-token", lifetime=24)))
        s3 = self.bucket(keys_of(agent.issued))
        server = self.serve(agent, s3)
        self.assertEqual(self.ask_anew(server, s3), "ASIAFIRST")
        first, agent.issued = agent.issued, Issued("ASIASECOND", "second/secret", "second-token")
        s3.keys = {first.access_key_id: Key(first.secret, first.token, first.expires), **keys_of(agent.issued)}
        wait_until(lambda: self.ask_anew(server, s3) == "ASIASECOND", "the new ones")
        self.assertEqual(agent.given, 2)
        self.assertEqual(s3.counts.by_status[400], 0)

    def test_a_renewal_that_fails_is_not_noticed_before_the_end(self):
        agent = self.enterContext(ContainerAgent(issued=Issued("ASIAFIRST", "first/secret", "first-token", lifetime=24)))
        s3 = self.bucket(keys_of(agent.issued))
        server = self.serve(agent, s3)
        self.ask_anew(server, s3)
        agent.failing = refused(500)
        wait_until(lambda: self.ask_anew(server, s3) and lines_with(server, "warning", "not renewed"), "a warning")
        self.ask_anew(server, s3)
        agent.failing, agent.issued = None, Issued("ASIASECOND", "second/secret", "second-token")
        s3.keys = keys_of(agent.issued)
        wait_until(lambda: server.get(tile_url(place(0))).status == 200, "its return")


class Complaints(Case):
    """What is wrong with a setting of AWS is told with the variable or the key of the profile that it comes from, its
    value, and what was expected."""

    VARIABLES = (
        ("AWS_REGION", "eu west", "is not the name of an AWS region"),
        ("AWS_DEFAULT_REGION", "eu_west", "is not the name of an AWS region"),
        ("AWS_REGION", "us-east-1\n", "is not the name of an AWS region"),
        ("AWS_ENDPOINT_URL_S3", "minio:9000", "begins with http:// or https://"),
        ("AWS_ENDPOINT_URL", "https://store.example/?x", "has a query"),
        ("AWS_CREDENTIAL_EXPIRATION", "soon", "expected a time such as"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "v2/x", "expected a path"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "169.254.170.2", "expected an http:// or https:// URL"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254", "expected a URL"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "v6", "expected IPv4 or IPv6"),
        ("AWS_METADATA_SERVICE_TIMEOUT", "1.5", "expected a number"),
        ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "0", "expected a number"),
    )
    #: of which the value is a secret, or is told by other words
    NAMED_ONLY = (
        ({"AWS_PROFILE": "gone"}, "AWS_PROFILE: there is no profile gone"),
        ({"AWS_DEFAULT_PROFILE": "gone"}, "AWS_DEFAULT_PROFILE: there is no profile gone"),
        ({"https_proxy": "socks5://proxy"}, "https_proxy: proxies of type socks5 are not supported"),
        ({"HTTPS_PROXY": "http://proxy:x"}, "HTTPS_PROXY: proxy 'http://proxy:x': expected http://"),
        ({"http_proxy": "http://:80"}, "http_proxy: proxy 'http://:80': expected http://"),
        ({"https_proxy": "http://user:hunter2/xyz@proxy:3128"}, "https_proxy: proxy 'http://***@proxy:3128': expected http://"),
        ({"AWS_ENDPOINT_URL_S3": "https://user:hunter2/xyz@store", "AWS_ACCESS_KEY_ID": KEY_ID,
          "AWS_SECRET_ACCESS_KEY": SECRET}, "AWS_ENDPOINT_URL_S3='https://***@store': an endpoint URL has no user"),
        ({"AWS_REGION": "us-east-1\n", "AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_ACCESS_KEY_ID": KEY_ID,
          "AWS_SECRET_ACCESS_KEY": SECRET}, r"""AWS_REGION='us-east-1\x0a': "us-east-1\x0a" is not the name of a region"""),
        ({"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": "of two words"},
         "AWS_SECRET_ACCESS_KEY has a blank"),
        ({"AWS_ACCESS_KEY_ID": "a b", "AWS_SECRET_ACCESS_KEY": SECRET}, "AWS_ACCESS_KEY_ID has a blank"),
        ({"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": "of two words"},
         "AWS_SESSION_TOKEN has a blank"),
        ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "of two\nwords"},
         "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break"),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"}, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is missing"),
    )
    PROFILE = (
        ("region", "eu west", "region='eu west': ", "is not the name of an AWS region"),
        ("endpoint_url", "minio:9000", "endpoint_url='minio:9000': ", "begins with http:// or https://"),
        ("s3 =\n  endpoint_url", "minio:9000", "endpoint_url of s3='minio:9000': ", "begins with http:// or https://"),
        ("s3 =\n  addressing_style", "host", "addressing_style of s3: ", "auto, virtual or path, not host"),
        ("services", "gone", "services section gone does not exist", ""),
        ("metadata_service_timeout", "soon", "metadata_service_timeout='soon': ", "expected a number"),
        ("metadata_service_num_attempts", "x", "metadata_service_num_attempts='x': ", "expected a number"),
        ("ec2_metadata_service_endpoint", "imds", "ec2_metadata_service_endpoint='imds': ", "expected a URL"),
        ("ec2_metadata_service_endpoint_mode", "6", "ec2_metadata_service_endpoint_mode='6': ", "expected IPv4 or IPv6"),
        ("role_arn", ROLE, "role_arn needs source_profile or credential_source", ""),
        ("source_profile = gone\nrole_arn", ROLE, "source_profile gone does not exist", ""),
        ("credential_source = Magic\nrole_arn", ROLE, "credential_source is Magic", "expected Environment"),
        ("mfa_serial = x\nrole_arn", ROLE, "mfa_serial is not supported", ""),
        ("web_identity_token_file", "/token", "web_identity_token_file is set, role_arn is missing", ""),
        ("sso_role_name = r\nsso_account_id", "1", "sso_region is missing", ""),
        ("login_session", "x", "login_session (aws login) is not supported", ""),
        ("aws_access_key_id", "A", "aws_secret_access_key is missing", ""),
    )

    def refuse(self, settings):
        """The line that it does not start with."""
        settings = {"S3_BUCKET": BUCKET, "HOME": self.folder, "PORT": 0, **settings}
        done = subprocess.run([support.BINARY, "serve"], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertIn(done.returncode, (2, 4), done.stderr)
        self.assertEqual(done.stdout, "")
        (line,) = done.stderr.splitlines()
        for secret in (SECRET, "of two", "hunter2"):
            self.assertNotIn(secret, line)
        return line

    def test_name_the_variable(self):
        for variable, value, expected in self.VARIABLES:
            with self.subTest(variable):
                needed = {} if "METADATA" in variable or "CONTAINER" in variable else {
                    "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
                line = self.refuse({**needed, variable: value})
                shown = value.partition("?")[0].replace("\n", r"\x0a")
                self.assertIn(f"{variable}='{shown}': ", line)
                self.assertIn(expected, line)

    def test_name_the_variable_of_a_secret_too(self):
        for settings, words in self.NAMED_ONLY:
            with self.subTest(words):
                self.assertIn(words, self.refuse(settings))

    def test_name_the_key_of_the_profile(self):
        for key, value, words, expected in self.PROFILE:
            with self.subTest(key):
                needed = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET} if (
                    key in ("region", "endpoint_url", "services") or key.startswith("s3")) else {}
                line = self.refuse({**self.files(f"[profile tiles]\n{key} = {value}\n"), "AWS_PROFILE": "tiles",
                                    **needed})
                self.assertIn(f"profile tiles: {words}", line)
                self.assertIn(expected, line)

    def test_name_the_file(self):
        broken = self.put("broken", b"[default]\nsecret\n")
        for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            self.assertIn(f"{variable}='{broken}': line 2: neither", self.refuse({variable: broken}))


class Hidden(Case):
    def test_config_shows_no_secret(self):
        settings = {"S3_BUCKET": BUCKET, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET,
                    "AWS_SESSION_TOKEN": "hush-hush", "HOME": self.folder}
        done = subprocess.run([support.BINARY, "config"], env=environment_of(settings), timeout=support.PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        for secret in (SECRET, "hush-hush"):
            self.assertNotIn(secret, done.stdout.decode())

    def test_nor_does_the_log_at_its_most_talkative(self):
        s3 = self.bucket({KEY_ID: Key(SECRET, "hush-hush")})
        for fault in (None, faults.wrong_signature(), faults.internal_error()):
            s3.heal()
            if fault:
                s3.suffer(fault)
            with self.server(s3, AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET, AWS_SESSION_TOKEN="hush-hush",
                             TAPALCATL_LOG_LEVEL="debug", TAPALCATL_ACCESS_LOG="json") as server:
                server.get(tile_url(place(0)))
                server.get("/health_check")
                server.stop()
                server.stdout.to_the_end()
                self.expect_no_secret(server, "hush-hush", "Signature=")


if __name__ == "__main__":
    unittest.main()
