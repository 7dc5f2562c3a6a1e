"""AWS Signature Version 4 as the one who checks it computes it. Nothing here is shared with the one who signs.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import calendar
import functools
import hashlib
import hmac
import re
import time
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY = hashlib.sha256(b"").hexdigest()
MOST_SKEW = 15 * 60  # seconds

_FIELDS = re.compile(r"Credential=([^,]+), *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})\Z")


class Refusal(Exception):
    """A request that is refused, in S3's words. `more`: pairs of further elements of its XML."""

    def __init__(self, status, code, message, *more):
        super().__init__(message)
        self.status, self.code, self.message, self.more = status, code, message, more


class Authorization:
    """The header Authorization, taken apart."""

    def __init__(self, value):
        algorithm, _, rest = value.partition(" ")
        if algorithm != ALGORITHM:
            raise Refusal(400, "InvalidRequest", "The authorization mechanism you have provided is not supported. "
                                                 "Please use AWS4-HMAC-SHA256.")
        fields = _FIELDS.match(rest.strip())
        scope = fields[1].split("/") if fields else ()
        if len(scope) != 5 or scope[4] != "aws4_request":
            raise malformed("the Credential is mal-formed")
        self.access_key_id, self.day, self.region, self.service, _ = scope
        self.signed = fields[2].split(";")
        self.signature = fields[3]
        if self.signed != sorted(set(self.signed)) or any(name != name.lower() for name in self.signed):
            raise malformed("SignedHeaders are not sorted")

    @property
    def scope(self):
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


def malformed(what, *more):
    return Refusal(400, "AuthorizationHeaderMalformed", f"The authorization header is malformed; {what}", *more)


def encoded(data):
    """RFC 3986: all but unreserved characters are encoded, in capitals."""
    return quote(data, safe="-_.~")


def canonical_path(path, twice=False):
    """S3 encodes each part of a key once; every other service encodes what is already encoded again."""
    parts = [encoded(unquote_to_bytes(part)) for part in path.split("/")]
    return "/".join(map(encoded, parts) if twice else parts)


def canonical_query(query):
    pairs = [pair.partition("=") for pair in query.split("&")] if query else []
    decoded = [(encoded(unquote_to_bytes(name)), encoded(unquote_to_bytes(value))) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(decoded))


def canonical_request(method, target, headers, signed, payload_hash, twice=False):
    """What is hashed and signed. `headers`: pairs, names in lower case."""
    path, _, query = target.partition("?")
    lines = []
    for wanted in signed:
        values = [" ".join(value.split()) for name, value in headers if name == wanted]
        lines.append(f"{wanted}:{','.join(values)}\n")
    return "\n".join((method, canonical_path(path, twice), canonical_query(query), "".join(lines), ";".join(signed),
                      payload_hash))


def string_to_sign(stamp, scope, canonical):
    return "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode("latin-1")).hexdigest()))


@functools.lru_cache(maxsize=64)
def signing_key(secret, day, region, service):
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def signature(secret, authorization, stamp, canonical):
    key = signing_key(secret, authorization.day, authorization.region, authorization.service)
    return hmac.new(key, string_to_sign(stamp, authorization.scope, canonical).encode(), "sha256").hexdigest()


def time_of(stamp):
    """Seconds since 1970 of 20130524T000000Z; None if it is no such time."""
    try:
        return calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None


def check_payload(request, service):
    """The hash of the body that the signature covers."""
    told = request["x-amz-content-sha256"]
    actual = hashlib.sha256(request.body).hexdigest() if request.body else EMPTY
    if told is None and service != "s3":
        return actual
    if told is None:
        raise Refusal(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if told not in (actual, "UNSIGNED-PAYLOAD"):
        raise Refusal(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match "
                                                        "what was computed.")
    return told


def check_signed_headers(request, authorization):
    """Host and all x-amz-... have to be signed, and what is signed has to be there."""
    there = {name for name, _ in request.headers}
    missing = [name for name in there if (name == "host" or name.startswith("x-amz-"))
               and name not in authorization.signed]
    if missing or not there.issuperset(authorization.signed):
        raise Refusal(403, "AccessDenied", "There were headers present in the request which were not signed",
                      ("HeadersNotSigned", ", ".join(sorted(missing))))


def check_time(request, authorization, now):
    stamp = request["x-amz-date"]
    told = time_of(stamp) if stamp else None
    if told is None:
        raise Refusal(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    if abs(told - now) > MOST_SKEW:
        raise Refusal(403, "RequestTimeTooSkewed",
                      "The difference between the request time and the current time is too large.",
                      ("RequestTime", stamp), ("ServerTime", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now))),
                      ("MaxAllowedSkewMilliseconds", str(MOST_SKEW * 1000)))
    if not stamp.startswith(authorization.day + "T"):
        raise malformed(f'Invalid credential date "{authorization.day}". This date is not the same as X-Amz-Date.')
    return stamp


def check_signature(request, authorization, secret, stamp):
    """Raises Refusal. `request`: of wire.py."""
    payload_hash = check_payload(request, authorization.service)
    canonical = canonical_request(request.method, request.target, request.headers, authorization.signed, payload_hash,
                                  twice=authorization.service != "s3")
    if not hmac.compare_digest(signature(secret, authorization, stamp, canonical), authorization.signature):
        raise Refusal(403, "SignatureDoesNotMatch",
                      "The request signature we calculated does not match the signature you provided. Check your key "
                      "and signing method.", ("AWSAccessKeyId", authorization.access_key_id),
                      ("CanonicalRequest", canonical))
