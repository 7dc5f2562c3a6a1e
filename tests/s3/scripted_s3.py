#!/usr/bin/env python3
"""A bucket of S3 for tests and benchmarks, that verifies signatures, counts, and fails as it is told to.

As a module: ScriptedS3, which serves in a thread of its own. As a program: see --help. It reads objects (GET, HEAD) and
lists them (ListObjectsV2, the first thousand); there is no way to write them over HTTP.
"""

import argparse
import random
import re
import signal
import ssl
import sys
import threading
import time
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote

import faults
import objects
import sigv4
from host import Host
from wire import Answer

_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")
_OTHER_BUCKET = re.compile(r"(.+)\.s3[.-]")


class Key:
    """A secret access key, with the session token that has to come along, and the end of its days (time.time())."""

    def __init__(self, secret, token=None, expires=None):
        self.secret, self.token, self.expires = secret, token, expires


class Suffering:
    """A fault that is in force."""

    def __init__(self, fault, times, share, when, chance):
        self.fault, self.left, self.share, self.when = fault, times, share, when
        self.hits = 0  # requests that suffered it
        self._chance = chance

    def strikes(self, request, key):
        if self.left == 0 or (self.when and not self.when(request, key)):
            return False
        if self.share < 1 and self._chance.random() >= self.share:
            return False
        if self.left is not None:
            self.left -= 1
        self.hits += 1
        return True


class ScriptedS3(Host):
    """A bucket. Enter it to have it served.

    `keys`: access key ids to Key or to secrets, which requests are verified with; None: only the shape of the
    signature is looked at. With `anonymous` a request may have none.
    `wrong_region`: what is said where a request is signed for another region than `region`: "malformed" (as of the
    global endpoint) or "redirect" (as of another region's); None: nothing.
    `folder`: files below it are objects too. `make(key)`: makes the content of others, of which `kept` are kept.
    `lists` False: who asks has no s3:ListBucket, so that a missing key is a 403.
    """

    def __init__(self, bucket="tiles", keys=None, region="us-east-1", anonymous=False, requester_pays=False,
                 latency=0.0, lists=True, wrong_region="malformed", folder=None, make=None, kept=64,
                 **options):
        super().__init__(**options)
        self.bucket = bucket
        self.keys = keys
        self.region = region
        self.anonymous = anonymous
        self.requester_pays = requester_pays
        self.latency = latency  # seconds
        self.lists = lists
        self.wrong_region = wrong_region
        self._given = objects.Given()
        self._stores = [self._given]
        if folder is not None:
            self._stores.append(objects.Folder(folder))
        if make is not None:
            self._stores.append(objects.Made(make, kept))
        self._suffers = ()
        self._chance = random.Random(1)
        self._under_way = {}

    # For tests, from any thread.

    def put(self, key, content, **options):
        return self._given.put(key, content, **options)

    def remove(self, key):
        self._given.remove(key)

    def suffer(self, fault, times=None, share=1.0, when=None):
        """Lets a fault happen: to all requests, the next `times`, or a share of them, of those for which
        when(request, key) is true. The faults of one request happen in the order of these calls."""
        suffering = Suffering(fault, times, share, when, self._chance)
        self._suffers += (suffering,)
        return suffering

    def heal(self):
        """Ends all faults."""
        self._suffers = ()

    # The bucket.

    def respond(self, request):
        key = None
        try:
            bucket, key = self._place(request)
            answer = self._read(request, bucket, key)
        except sigv4.Refusal as refusal:
            answer = self._refused(refusal)
        struck = []
        for suffering in self._suffers:
            if suffering.strikes(request, key):
                struck.append(suffering.fault.__name__)
                changed = suffering.fault(self, request, answer)
                answer = changed or answer
        answer.delay = answer.delay or self.latency
        if request.method == "HEAD":
            answer.without_body = True
        self._under_way[request.connection] = (",".join(struck) or None, key)
        return answer

    def describe(self, request, answer):
        return self._under_way.pop(request.connection, (None, None))

    def _place(self, request):
        """Bucket and key: the bucket stands before the host or in front of the path."""
        host = (request["host"] or "").lower()
        other = _OTHER_BUCKET.match(host)
        path = request.target.partition("?")[0]
        if not path.startswith("/"):
            raise sigv4.Refusal(400, "InvalidURI", "Couldn't parse the specified URI.")
        if host.startswith(self.bucket.lower() + "."):
            bucket, key = self.bucket, path[1:]
        elif other:
            bucket, key = other[1], path[1:]
        else:
            bucket, _, key = path[1:].partition("/")
        try:
            return unquote(bucket, errors="strict"), unquote(key, errors="strict")
        except UnicodeDecodeError:
            raise sigv4.Refusal(400, "InvalidURI", "Couldn't parse the specified URI.") from None

    def _read(self, request, bucket, key):
        if request.method not in ("GET", "HEAD"):
            raise sigv4.Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        self._check_identity(request)
        if bucket != self.bucket:
            raise sigv4.Refusal(404, "NoSuchBucket", "The specified bucket does not exist", ("BucketName", bucket))
        if self.requester_pays and request["x-amz-request-payer"] != "requester":
            raise sigv4.Refusal(403, "AccessDenied", "Access Denied")
        if not key:
            return self._list(request)
        found = self._find(key)
        if found is None and self.lists:
            raise sigv4.Refusal(404, "NoSuchKey", "The specified key does not exist.", ("Key", key))
        if found is None:
            raise sigv4.Refusal(403, "AccessDenied", "Access Denied")
        answer = self._conditional(request, found) or self.content(request, found)
        answer.object = found
        if self.requester_pays:
            answer.headers.append(("x-amz-request-charged", "requester"))
        return answer

    def _find(self, key):
        return next(filter(None, (store.find(key) for store in self._stores)), None)

    def _list(self, request):
        if not self.lists:
            raise sigv4.Refusal(403, "AccessDenied", "Access Denied")
        query = dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        if query.get("list-type") != "2":
            raise sigv4.Refusal(501, "NotImplemented", "Only ListObjectsV2 is here.")
        keys = sorted({key.encode() for store in self._stores for key in store.keys()})
        return objects.listing(self.bucket, [key.decode() for key in keys], query, lambda key: self._find(key).size)

    def _check_identity(self, request):
        value = request["authorization"]
        if value is None:
            if self.anonymous:
                return
            raise sigv4.Refusal(403, "AccessDenied", "Access Denied")
        authorization = sigv4.Authorization(value)
        now = self.clock.now()
        key = self.keys.get(authorization.access_key_id) if self.keys is not None else None
        key = Key(key) if isinstance(key, str) else key
        if self.keys is not None:
            if key is None:
                raise sigv4.Refusal(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in "
                                                               "our records.")
            if request["x-amz-security-token"] != key.token:
                raise sigv4.Refusal(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
            if key.expires is not None and now > key.expires:
                raise sigv4.Refusal(400, "ExpiredToken", "The provided token has expired.")
        if authorization.service != "s3":
            raise sigv4.malformed(f"incorrect service \"{authorization.service}\". This endpoint belongs to \"s3\".")
        if self.wrong_region and authorization.region != self.region:
            raise self._other_region(authorization.region)
        stamp = sigv4.check_time(request, authorization, now)
        sigv4.check_signed_headers(request, authorization)
        if key is not None:
            sigv4.check_signature(request, authorization, key.secret, stamp)
        else:
            sigv4.check_payload(request, "s3")

    def _other_region(self, region):
        if self.wrong_region == "redirect":
            return sigv4.Refusal(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed "
                                                           "using the specified endpoint.",
                                 ("Endpoint", f"{self.bucket}.s3.{self.region}.amazonaws.com"),
                                 ("Bucket", self.bucket))
        return sigv4.malformed(f"the region '{region}' is wrong; expecting '{self.region}'", ("Region", self.region))

    def _refused(self, refusal):
        headers = []
        if refusal.status == 301:
            headers = [("x-amz-bucket-region", self.region)]
        return faults.error(refusal.status, refusal.code, refusal.message, *refusal.more, headers=headers)

    @staticmethod
    def _conditional(request, found):
        """304, 412, or None: the content is wanted (RFC 9110, section 13.2.2)."""
        if_match, if_none_match = request["if-match"], request["if-none-match"]
        failed = None
        if if_match is not None:
            strong = not found.etag.startswith("W/")
            if not (if_match.strip() == "*" or (strong and found.etag in tags_of(if_match))):
                failed = "If-Match"
        elif is_before(request["if-unmodified-since"], found.modified):
            failed = "If-Unmodified-Since"
        if failed:
            return faults.error(412, "PreconditionFailed",
                                "At least one of the pre-conditions you specified did not hold", ("Condition", failed))
        unchanged = False
        if if_none_match is not None:
            weakly = {tag.removeprefix("W/") for tag in tags_of(if_none_match)}
            unchanged = if_none_match.strip() == "*" or found.etag.removeprefix("W/") in weakly
        elif request["if-modified-since"] is not None:
            unchanged = not is_before(request["if-modified-since"], found.modified, otherwise=True)
        return Answer(304, validators(found)) if unchanged else None

    @staticmethod
    def content(request, found):
        """200, 206 or 416, whatever the conditions."""
        size = found.size
        headers = [*validators(found), ("Accept-Ranges", "bytes"), ("Content-Type", found.content_type),
                   ("Server", "AmazonS3"), ("x-amz-request-id", "4442587FB7D0A2F9")]
        asked = _RANGE.match(request["range"] or "")
        if not asked or asked.group(1, 2) == ("", "") or (asked[1] and asked[2] and int(asked[2]) < int(asked[1])):
            answer = Answer(200, headers, found.read(0, size))
        else:
            first = int(asked[1]) if asked[1] else max(size - int(asked[2]), 0)
            last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
            if first > last:
                answer = faults.error(416, "InvalidRange", "The requested range is not satisfiable",
                                      ("RangeRequested", request["range"]), ("ActualObjectSize", str(size)),
                                      headers=[("Content-Range", f"bytes */{size}")])
            else:
                headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
                answer = Answer(206, headers, found.read(first, last + 1))
        answer.object = found
        return answer


def validators(found):
    pairs = [("ETag", found.etag)] if found.etag else []
    return [*pairs, ("Last-Modified", found.last_modified)]


def tags_of(value):
    return {tag.strip() for tag in value.split(",")}


def is_before(date, modified, otherwise=False):
    """Whether an HTTP date is before `modified`; `otherwise` if it is none."""
    if date is None:
        return otherwise
    try:
        return parsedate_to_datetime(date).timestamp() < modified
    except (TypeError, ValueError):
        return otherwise


def seconds(text):
    """20ms, 1.5s or 2."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} is no time: 20ms, 1.5s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def arguments():
    parser = argparse.ArgumentParser(description="Serves a folder as a bucket of S3, and prints its URL. Ctrl-C ends "
                                                 "it, and prints what was counted.")
    parser.add_argument("--root", required=True, help="the folder; files are objects under their paths")
    parser.add_argument("--bucket", default="tiles")
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--latency", type=seconds, default=0.0, help="before each answer: 20ms")
    parser.add_argument("--key", action="append", metavar="ID:SECRET",
                        help="verify signatures with this; again for more (without: only their shape)")
    parser.add_argument("--anonymous", action="store_true", help="requests may have no signature")
    parser.add_argument("--requester-pays", action="store_true")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[:ARGUMENT]",
                        help="let this happen: " + ", ".join(faults.names()))
    parser.add_argument("--share", type=float, default=1.0, help="of the requests that suffer the faults: 0 to 1")
    parser.add_argument("--certificate", help="serve https: certificate and key in one PEM file")
    return parser.parse_args()


def main():
    options = arguments()
    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate)
    keys = dict(pair.split(":", 1) for pair in options.key) if options.key else None
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ScriptedS3(options.bucket, keys, options.region, options.anonymous, options.requester_pays, options.latency,
                    folder=options.root, port=options.port, tls=tls) as s3:
        for name in options.fault:
            s3.suffer(faults.by_name(name), share=options.share)
        print(s3.url, flush=True)
        started = time.monotonic()
        ended.wait()
        counts = s3.counts
        print(f"{counts.requests} requests ({counts.gets} GETs), {counts.bytes} bytes, {counts.connections} connections,"
              f" at most {counts.most_at_once} at once, in {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
