"""Signatures as Amazon publishes them, and everything about a request that they protect."""

import hashlib
import time
import unittest

import sigv4
from wire import Request

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
WHEN = sigv4.time_of("20130524T000000Z")


def signed_by(signature, *names):
    return (f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20130524/us-east-1/s3/aws4_request,SignedHeaders={';'.join(names)},"
            f"Signature={signature}")


def published(method, target, names, signature, body=b"", **more):
    """A request of https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html."""
    headers = [("host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z"),
               ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
               *((name.replace("_", "-"), value) for name, value in more.items())]
    return Request(method, target, [*headers, ("authorization", signed_by(signature, *names))], body, 1, 0)


USUAL = ("host", "x-amz-content-sha256", "x-amz-date")
GET_OBJECT = ("GET", "/test.txt", ("host", "range", "x-amz-content-sha256", "x-amz-date"),
              "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
PUBLISHED = [
    published(*GET_OBJECT, range="bytes=0-9"),
    published("PUT", "/test$file.text", ("date", *USUAL, "x-amz-storage-class"),
              "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", b"Welcome to Amazon S3.",
              date="Fri, 24 May 2013 00:00:00 GMT", x_amz_storage_class="REDUCED_REDUNDANCY"),
    published("GET", "/?lifecycle", USUAL, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    published("GET", "/?max-keys=2&prefix=J", USUAL,
              "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]


def check(request, secret=SECRET, now=WHEN):
    authorization = sigv4.Authorization(request["authorization"])
    stamp = sigv4.check_time(request, authorization, now)
    sigv4.check_signed_headers(request, authorization)
    sigv4.check_signature(request, authorization, secret, stamp)


def sign(request, secret=SECRET):
    """Puts the right signature in the place of the one that is there."""
    authorization = sigv4.Authorization(request["authorization"])
    canonical = sigv4.canonical_request(request.method, request.target, request.headers, authorization.signed,
                                        request["x-amz-content-sha256"])
    right = sigv4.signature(secret, authorization, request["x-amz-date"], canonical)
    request.headers = [(name, value.replace(authorization.signature, right)) for name, value in request.headers]


class Published(unittest.TestCase):
    def test_requests_are_taken(self):
        for request in PUBLISHED:
            with self.subTest(request.target):
                check(request)

    def test_the_get_of_an_object_goes_through_the_published_steps(self):
        canonical = sigv4.canonical_request("GET", "/test.txt", PUBLISHED[0].headers, GET_OBJECT[2], sigv4.EMPTY)
        self.assertTrue(canonical.startswith("GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"))
        text = sigv4.string_to_sign("20130524T000000Z", "20130524/us-east-1/s3/aws4_request", canonical)
        self.assertEqual(text.rpartition("\n")[2], "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972")


class Refused(unittest.TestCase):
    def refuse(self, code, request, **options):
        with self.assertRaises(sigv4.Refusal) as raised:
            check(request, **options)
        self.assertEqual(raised.exception.code, code)

    @staticmethod
    def changed(target="/test.txt", method="GET", add=(), **headers):
        request = published(method, target, *GET_OBJECT[2:], range="bytes=0-9")
        request.headers = [(name, headers.get(name.replace("-", "_"), value)) for name, value in request.headers
                           if headers.get(name.replace("-", "_"), value) is not None] + list(add)
        return request

    def test_whatever_is_signed_cannot_be_changed(self):
        for request in (self.changed("/test.tx"), self.changed("/test.txt?a"), self.changed(method="HEAD"),
                        self.changed(range="bytes=0-10"), self.changed(host="other.s3.amazonaws.com"),
                        self.changed(x_amz_date="20130524T000001Z"),
                        self.changed(x_amz_content_sha256="UNSIGNED-PAYLOAD")):
            self.refuse("SignatureDoesNotMatch", request)
        self.refuse("SignatureDoesNotMatch", PUBLISHED[0], secret=SECRET + "x")

    def test_the_body_is_protected_by_its_hash(self):
        request = self.changed()
        request.body = b"x"
        self.refuse("XAmzContentSHA256Mismatch", request)

    def test_what_has_to_be_signed_and_is_not(self):
        self.refuse("AccessDenied", self.changed(add=[("x-amz-request-payer", "requester")]))
        self.refuse("AccessDenied", self.changed(range=None))  # signed, and not there

    def test_what_has_to_be_there_and_is_not(self):
        self.refuse("AccessDenied", self.changed(x_amz_date=None))
        self.refuse("AccessDenied", self.changed(x_amz_date="Fri, 24 May 2013 00:00:00 GMT"))
        request = published("GET", "/", ("host", "x-amz-date"), "0" * 64)
        request.headers = [pair for pair in request.headers if pair[0] != "x-amz-content-sha256"]
        self.refuse("InvalidRequest", request)

    def test_a_clock_that_is_off(self):
        for seconds, code in ((901, "RequestTimeTooSkewed"), (-901, "RequestTimeTooSkewed")):
            self.refuse(code, PUBLISHED[0], now=WHEN + seconds)
        for seconds in (890, -890):
            check(PUBLISHED[0], now=WHEN + seconds)
        self.refuse("RequestTimeTooSkewed", PUBLISHED[0], now=time.time())

    def test_authorizations_that_are_none(self):
        for value in ("", "AWS AKIA:abc", "AWS4-HMAC-SHA256", signed_by("0" * 63, *USUAL), signed_by("0" * 64, "Host"),
                      signed_by("0" * 64, "x-amz-date", "host"), signed_by("0" * 64, "host", "host"),
                      signed_by("0" * 64, *USUAL).replace("/s3/", "/"),
                      signed_by("0" * 64, *USUAL).replace("aws4_request", "aws3_request")):
            with self.subTest(value), self.assertRaises(sigv4.Refusal) as raised:
                sigv4.Authorization(value)
            self.assertEqual(raised.exception.status, 400)
        self.refuse("AuthorizationHeaderMalformed",
                    self.changed(authorization=signed_by("0" * 64, *USUAL).replace("20130524", "20130525")))


class Keys(unittest.TestCase):
    PATHS = {"/a%20b/c": "/a%20b/c", "/a b/c": "/a%20b/c", "/a+b": "/a%2Bb", "/a%2Bb": "/a%2Bb", "/100%25": "/100%25",
             "/%C3%BC": "/%C3%BC", "/%c3%bc": "/%C3%BC", "/%7Ea": "/~a", "/a//b/../c": "/a//b/../c",
             "/a=b&c": "/a%3Db%26c", "/(1)!*'": "/%281%29%21%2A%27", "/%2F": "/%2F"}

    def test_each_part_of_a_path_is_encoded_once(self):
        for path, canonical in self.PATHS.items():
            self.assertEqual(sigv4.canonical_path(path), canonical)

    def test_and_twice_for_other_services(self):
        self.assertEqual(sigv4.canonical_path("/a b", twice=True), "/a%2520b")

    def test_one_key_has_one_signature_however_it_was_sent(self):
        one, other = Refused.changed("/a%7Eb/%c3%bc"), Refused.changed("/a~b/%C3%BC")
        sign(one)
        sign(other)
        self.assertEqual(one["authorization"], other["authorization"])
        check(one)

    def test_queries_are_sorted_as_encoded(self):
        for query, canonical in {"": "", "b=1&a=2": "a=2&b=1", "a": "a=", "a=1&a=0": "a=0&a=1", "b=%7e&A=%2b": "A=%2B&b=~",
                                 "a=b=c": "a=b%3Dc", "X-Y=1&x=2": "X-Y=1&x=2"}.items():
            self.assertEqual(sigv4.canonical_query(query), canonical)

    def test_blanks_within_values_count_once(self):
        text = sigv4.canonical_request("GET", "/", [("a", "  b   c "), ("a", "d")], ["a"], "hash")
        self.assertIn("\na:b c,d\n", text)


if __name__ == "__main__":
    unittest.main()
