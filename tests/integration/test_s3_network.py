"""The way to S3: names, connections, certificates, proxies. What fails there is a failure of S3, and says what it is."""

import subprocess
import tempfile
import unittest

import support
from metatiles import key_of
from s3_support import BUCKET, S3Case, lines_with, place, small_archive, tile_url
from support import environment_of

from certificates import Authority
from host import refusing_port
from connect_proxy import ConnectProxy


class Plain(S3Case):
    def test_a_refused_connection_is_a_503_until_somebody_listens(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        with self.server(s3) as server:
            s3.go_away()
            self.expect_failure(server.get(tile_url(place(0))), 503)
            self.expect_line(server, " 503 ", "refused")
            s3.come_back()
            self.expect_tile(server, place(0))

    def test_a_port_where_nobody_ever_listened(self):
        s3 = self.serve_s3()
        with self.server(s3, AWS_ENDPOINT_URL_S3=f"http://127.0.0.1:{refusing_port()}") as server:
            self.expect_failure(server.get(tile_url(place(0))), 503)
            answer = server.get("/health_check")
            self.assertEqual((answer.status, answer.text), (503, "The storage is not available"))

    def test_a_name_that_is_not_there_is_named(self):
        s3 = self.serve_s3()
        with self.server(s3, AWS_ENDPOINT_URL_S3="http://s3.tests.invalid") as server:
            self.expect_failure(server.get(tile_url(place(0))), 503, 504)
            self.expect_line(server, "s3.tests.invalid")

    def test_a_name_of_the_hosts_file(self):
        s3 = self.serve_s3(host_name="localhost")
        self.put_small(s3)
        with self.server(s3) as server:
            self.expect_tile(server, place(0))


class Endpoints(S3Case):
    """Which of the settings names the server."""

    def test_the_order_of_settings(self):
        s3 = self.serve_s3()
        self.put_small(s3)
        nobody = f"http://127.0.0.1:{refusing_port()}"
        config = self.put("config", f"[default]\nendpoint_url = {s3.url}\n".encode())
        services = self.put("services", f"[default]\nservices = mine\nendpoint_url = {nobody}\n[services mine]\ns3 =\n"
                                        f"  endpoint_url = {s3.url}\n".encode())
        for settings in ({"AWS_ENDPOINT_URL_S3": s3.url, "AWS_ENDPOINT_URL": nobody},
                         {"AWS_ENDPOINT_URL_S3": None, "AWS_ENDPOINT_URL": s3.url},
                         {"AWS_ENDPOINT_URL_S3": None, "AWS_CONFIG_FILE": config},
                         {"AWS_ENDPOINT_URL_S3": None, "AWS_CONFIG_FILE": services}):
            with self.subTest(settings), self.server(s3, **settings) as server:
                self.expect_tile(server, place(0))

    def test_an_endpoint_that_contains_the_bucket_is_warned_of_and_used_as_boto3_does(self):
        s3 = self.serve_s3()
        s3.put(f"{BUCKET}/" + key_of(place(0), "NO_HASH"), small_archive(place(0)))
        doubled = f"{s3.url}/{BUCKET}"
        config = self.put("config", f"[default]\nendpoint_url = {doubled}\n".encode())
        for settings, origin in (({"AWS_ENDPOINT_URL_S3": doubled}, "AWS_ENDPOINT_URL_S3"),
                                 ({"AWS_ENDPOINT_URL_S3": None, "AWS_ENDPOINT_URL": doubled}, "AWS_ENDPOINT_URL"),
                                 ({"AWS_ENDPOINT_URL_S3": None, "AWS_CONFIG_FILE": config},
                                  "profile default: endpoint_url")):
            words = (f"{origin}='{doubled}': ", f"{doubled}/{BUCKET}/KEY", f"set it to {s3.url}")
            with self.subTest(origin), self.server(s3, **settings) as server:
                self.expect_line(server, "warning", *words)
                self.expect_tile(server, place(0))
            shown = subprocess.run([support.BINARY, "config"], env=environment_of(self.settings(s3, **settings)),
                                   timeout=support.PATIENCE, capture_output=True, text=True, check=True)
            for word in words:
                self.assertIn(word, shown.stderr)

    def test_other_paths_of_an_endpoint_are_not_warned_of(self):
        s3 = self.serve_s3()
        with self.server(s3, S3_BUCKET="tiles", AWS_ENDPOINT_URL_S3=f"{s3.url}/{BUCKET}") as server:
            self.assertEqual(lines_with(server, "warning"), [])

    def test_a_path_before_the_bucket(self):
        s3 = self.serve_s3()
        s3.put("tiles/all/0/0/0.zip", b"no archive")  # of the bucket that the endpoint's path names
        with self.server(s3, S3_BUCKET="tiles", AWS_ENDPOINT_URL_S3=f"{s3.url}/{BUCKET}/") as server:
            self.expect_failure(server.get("/tilezen/vector/v1/all/0/0/0.mvt"), 502)  # found: it is no archive
        self.assertEqual(s3.counts.by_key["tiles/all/0/0/0.zip"], 1)


class Tls(S3Case):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)

    def test_with_the_bundle_of_the_authority_that_signed(self):
        s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.1"))
        self.put_small(s3, 20)
        with self.server(s3, AWS_CA_BUNDLE=self.authority.bundle) as server:
            for number in range(20):
                self.expect_tile(server, place(number))
            self.assertEqual(s3.counts.connections, 1)

    def test_or_of_the_profile_or_of_openssl(self):
        s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.1"))
        self.put_small(s3)
        config = self.put("config", f"[default]\nca_bundle = {self.authority.bundle}\n".encode())
        home = self.put("home", b"[default]\nca_bundle = ~/tests.pem\n")
        for settings in ({"AWS_CONFIG_FILE": config}, {"SSL_CERT_FILE": self.authority.bundle},
                         {"AWS_CA_BUNDLE": "~/tests.pem"}, {"AWS_CONFIG_FILE": home}):
            with self.subTest(settings), self.server(s3, **settings) as server:
                self.expect_tile(server, place(0))

    def refuse(self, s3, **settings):
        with self.server(s3, **settings) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502, 503)
            self.expect_line(server, "certificate")
        self.assertEqual(s3.counts.requests, 0)  # nothing was sent to whoever that is

    def test_nobody_is_trusted_without(self):
        s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.1"))
        self.put_small(s3)
        self.refuse(s3)
        other = Authority(self.enterContext(tempfile.TemporaryDirectory()), "other")
        self.refuse(s3, AWS_CA_BUNDLE=other.bundle)

    def test_a_certificate_for_somebody_else_is_none(self):
        s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.2", "s3.example"))
        self.put_small(s3)
        self.refuse(s3, AWS_CA_BUNDLE=self.authority.bundle)

    def test_plain_text_where_tls_is_expected(self):
        s3 = self.serve_s3()
        with self.server(s3, AWS_ENDPOINT_URL_S3=s3.url.replace("http:", "https:")) as server:
            self.expect_failure(server.get(tile_url(place(0))), 502, 503)

    def test_a_bundle_that_is_not_there_is_told(self):
        s3 = self.serve_s3(tls=self.authority.server_context("127.0.0.1"))
        bundle = self.folder / "none.pem"
        config = self.put("config", f"[default]\nca_bundle = {bundle}\n".encode())
        for settings, origin in (({"AWS_CA_BUNDLE": bundle}, "AWS_CA_BUNDLE"),
                                 ({"AWS_CONFIG_FILE": config}, "profile default: ca_bundle")):
            with self.subTest(origin), self.server(s3, **settings) as server:
                self.expect_failure(server.get(tile_url(place(0))), 502, 503)
                self.expect_line(server, f"{origin}='{bundle}'")


class Names(S3Case):
    """Amazon's own names, led here by a proxy."""

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)

    def serve(self, region, *names, **options):
        self.s3 = self.serve_s3(region=region, tls=self.authority.server_context(*names), **options)
        self.put_small(self.s3, 2)
        self.proxy = self.enterContext(ConnectProxy(lambda: self.s3.port))

    def aws(self, **more):
        return self.server(self.s3, **{"AWS_ENDPOINT_URL_S3": None, "HTTPS_PROXY": self.proxy.url,
                                       "AWS_CA_BUNDLE": self.authority.bundle, **more})

    def hosts(self):
        return [record.request["host"] for record in self.s3.records()]

    def test_the_bucket_stands_before_the_host(self):
        name = f"{BUCKET}.s3.eu-north-1.amazonaws.com"
        self.serve("eu-north-1", name)
        with self.aws(AWS_REGION="eu-north-1") as server:
            self.expect_tile(server, place(0))
            self.expect_tile(server, place(1))
        self.assertEqual((self.hosts(), self.proxy.asked), ([name] * 2, [name + ":443"]))

    def test_or_in_the_path_if_it_has_to(self):
        name = "s3.eu-north-1.amazonaws.com"
        self.serve("eu-north-1", name)
        with self.aws(AWS_REGION="eu-north-1", TAPALCATL_ADDRESSING="path") as server:
            self.expect_tile(server, place(0))
        self.assertEqual(self.hosts(), [name])

    def test_a_corrected_region_is_another_host(self):
        here, there = (f"{BUCKET}.s3.{region}.amazonaws.com" for region in ("us-east-1", "eu-west-1"))
        for way in ("redirect", "malformed"):
            with self.subTest(way):
                self.serve("eu-west-1", here, there, wrong_region=way)
                with self.aws(AWS_REGION="us-east-1") as server:
                    self.expect_tile(server, place(0))
                    self.expect_tile(server, place(1))
                    self.expect_line(server, "warning", "eu-west-1")
                    self.assertEqual(len(lines_with(server, "warning")), 1, server.stderr.now())
                self.assertEqual(self.hosts(), [here, there, there])
                self.assertEqual(self.proxy.asked, [here + ":443", there + ":443"])

    def test_fips_and_dual_stack_endpoints_are_other_hosts(self):
        fips, dualstack = {"AWS_USE_FIPS_ENDPOINT": "true"}, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}
        of_profile = {"AWS_CONFIG_FILE": self.put("both", b"[default]\nuse_fips_endpoint = true\n"
                                                          b"use_dualstack_endpoint = true\n")}
        of_s3 = {"AWS_CONFIG_FILE": self.put("s3", b"[default]\ns3 =\n  use_dualstack_endpoint = true\n")}
        for settings, service in ((fips, "s3-fips"), (dualstack, "s3.dualstack"), (of_s3, "s3.dualstack"),
                                  ({**fips, **dualstack}, "s3-fips.dualstack"), (of_profile, "s3-fips.dualstack"),
                                  ({**of_profile, "AWS_USE_FIPS_ENDPOINT": "false"}, "s3.dualstack")):
            name = f"{BUCKET}.{service}.us-east-2.amazonaws.com"
            with self.subTest(settings):
                self.serve("us-east-2", name)  # whose certificate names no other host
                with self.aws(AWS_REGION="us-east-2", **settings) as server:
                    self.expect_tile(server, place(0))
                self.assertEqual((self.hosts(), self.proxy.asked), ([name], [name + ":443"]))

    def test_a_fips_endpoint_of_the_bucket_of_another_region(self):
        here, there = (f"{BUCKET}.s3-fips.{region}.amazonaws.com" for region in ("us-east-1", "us-west-2"))
        self.serve("us-west-2", here, there)
        with self.aws(AWS_REGION="us-east-1", AWS_USE_FIPS_ENDPOINT="true") as server:
            self.expect_tile(server, place(0))
        self.assertEqual(self.hosts(), [here, there])

    def test_another_endpoint_wins_over_fips(self):
        self.serve("us-east-1", "127.0.0.1")
        with self.aws(AWS_ENDPOINT_URL_S3=self.s3.url, AWS_USE_FIPS_ENDPOINT="true") as server:
            self.expect_tile(server, place(0))
        self.assertEqual(self.hosts(), [f"127.0.0.1:{self.s3.port}"])

    def test_another_endpoint_stays_where_it_is(self):
        self.serve("eu-west-1", "127.0.0.1")
        with self.server(self.s3, AWS_CA_BUNDLE=self.authority.bundle) as server:
            self.expect_tile(server, place(0))
        self.assertEqual(self.hosts(), [f"127.0.0.1:{self.s3.port}"] * 2)

    def test_who_is_not_to_be_asked_by_the_proxy(self):
        self.serve("us-east-1", "127.0.0.1", "localhost")
        with self.aws(AWS_ENDPOINT_URL_S3=self.s3.url, NO_PROXY="127.0.0.1") as server:
            self.expect_tile(server, place(0))
        self.assertEqual(self.proxy.asked, [])

    def test_a_proxy_that_is_not_there_is_a_503(self):
        self.serve("us-east-1", f"{BUCKET}.s3.us-east-1.amazonaws.com")
        with self.aws(HTTPS_PROXY=f"http://127.0.0.1:{refusing_port()}") as server:
            self.expect_failure(server.get(tile_url(place(0))), 503)


if __name__ == "__main__":
    unittest.main()
