"""What can go wrong between a bucket and those who read it. Each function here makes a fault.

A fault is called with the server, the request and the Answer that it would have had, and changes that answer, or
returns another one. ScriptedS3.suffer() says when it is called.
"""

import functools
import inspect
import itertools
import time
from xml.sax.saxutils import escape

from wire import Answer

FOR_EVER = 3600.0  # seconds: longer than any test
TEXT = "the words that S3 has for it"


def fault(make):
    """Gives what `make` makes the name of `make`."""
    @functools.wraps(make)
    def named(*arguments, **options):
        made = make(*arguments, **options)
        made.__name__ = made.__qualname__ = make.__name__
        return made
    return named


def error(status, code, message=TEXT, *more, headers=()):
    """An answer in S3's XML. `more`: pairs of further elements."""
    elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in (("Code", code), ("Message", message),
                                                                               *more))
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{elements}<RequestId>4442587FB7D0A2F9</RequestId>'
            "<HostId>aG9zdA==</HostId></Error>")
    return Answer(status, [("Content-Type", "application/xml"), ("x-amz-request-id", "4442587FB7D0A2F9"),
                           ("x-amz-id-2", "aG9zdA=="), ("Server", "AmazonS3"), *headers], body.encode())


def _answering(make_answer):
    return lambda s3, request, answer: make_answer()


def _changing(**fields):
    def change(_, __, answer):
        for name, value in fields.items():
            setattr(answer, name, value)
    return change


# Slow.

@fault
def late(seconds=FOR_EVER):
    """The first byte comes so much later."""
    return _changing(delay=seconds)


@fault
def stall(after=10, seconds=FOR_EVER):
    """A pause after so many bytes of the body."""
    return _changing(stall_after=after, stall_for=seconds)


# Not S3's words, or not all of them.

@fault
def truncated(after=10):
    """The connection is closed within the body."""
    return _changing(cut_after=after)


@fault
def reset(after=None):
    """The connection is reset: after so many bytes of the body, or before the answer."""
    return _changing(instead=b"", reset=True) if after is None else _changing(cut_after=after, reset=True)


@fault
def hang_up():
    """The connection is closed before the answer."""
    return _changing(instead=b"")


@fault
def closing():
    """The connection is closed behind a whole answer that did not say so."""
    return _changing(close=True)


@fault
def garbage(data=b"220 mail.example ESMTP\r\n\r\n"):
    """Something that is no HTTP."""
    return _changing(instead=data)


@fault
def page(status=404, html="<html><body><h1>Not Found</h1></body></html>"):
    """Somebody else's words: a gateway's, a captive portal's, a web server's."""
    return _answering(lambda: Answer(status, [("Content-Type", "text/html")], html.encode()))


@fault
def short():
    """One byte less than Content-Range promises, and an honest Content-Length."""
    def change(_, __, answer):
        answer.body = answer.body[:-1]
    return change


@fault
def long():
    """One byte more than Content-Range promises, and an honest Content-Length."""
    def change(_, __, answer):
        answer.body += b"!"
    return change


@fault
def wrong_length(by=1):
    """A Content-Length that promises more than comes before the connection is closed."""
    def change(_, __, answer):
        answer.length = len(answer.body) + by
        answer.close = True
    return change


@fault
def wrong_content_range(by=1):
    """The range that was asked for, as it says, from elsewhere."""
    def change(_, __, answer):
        told = answer.get("Content-Range")
        if told:
            span, _, total = told.removeprefix("bytes ").partition("/")
            first, last = map(int, span.split("-"))
            answer.set("Content-Range", f"bytes {first - by}-{last - by}/{total}" if first >= by
                       else f"bytes {first + by}-{last + by}/{int(total) + by}")
    return change


@fault
def encoded():
    """Content with a Content-Encoding that nobody asked for."""
    def change(_, __, answer):
        if answer.status in (200, 206):
            answer.set("Content-Encoding", "gzip")
    return change


# Other habits than S3's.

@fault
def whole():
    """The whole object for a range of it."""
    def change(_, __, answer):
        if answer.status == 206:
            answer.status = 200
            answer.body = answer.object.read(0, answer.object.size)
            answer.set("Content-Range", None)
    return change


@fault
def whole_for_suffix():
    """The whole object for its end, as of a server that knows no suffix ranges."""
    change_whole = whole()

    def change(s3, request, answer):
        if (request["range"] or "").startswith("bytes=-"):
            change_whole(s3, request, answer)
    return change


@fault
def if_match_without_quotes():
    """412 to each If-Match with a quoted tag, which is what RFC 9110 asks for."""
    def change(_, request, __):
        return error(412, "PreconditionFailed") if '"' in (request["if-match"] or "") else None
    return change


@fault
def refuse_suffix():
    """416 for a suffix that is longer than the object."""
    def change(s3, request, answer):
        asked = request["range"] or ""
        if asked.startswith("bytes=-") and answer.object and int(asked[7:]) > answer.object.size:
            return error(416, "InvalidRange", "The requested range is not satisfiable",
                         headers=[("Content-Range", f"bytes */{answer.object.size}")])
        return None
    return change


@fault
def no_etag():
    """No ETag; there still is a date."""
    def change(_, __, answer):
        answer.set("ETag", None)
    return change


@fault
def no_validators():
    """Neither ETag nor date of the object."""
    def change(_, __, answer):
        answer.set("ETag", None)
        answer.set("Last-Modified", None)
    return change


@fault
def weak_etag():
    def change(_, __, answer):
        if answer.get("ETag"):
            answer.set("ETag", "W/" + answer.get("ETag"))
    return change


@fault
def replaced_each_time():
    """A new version of the object for each request, so that no two agree."""
    versions = itertools.count()

    def change(s3, request, answer):
        found = answer.object
        if found is None:
            return None
        answer = s3.content(request, found)  # whatever was asked for with If-Match: that one is gone
        if request["if-match"]:
            return error(412, "PreconditionFailed")
        answer.set("ETag", f'"{next(versions):032x}"')
        return answer
    return change


@fault
def undated():
    """No Date."""
    return _changing(dated=False)


# Failures that S3 tells of.

@fault
def internal_error():
    return _answering(lambda: error(500, "InternalError", "We encountered an internal error. Please try again."))


@fault
def slow_down(retry_after=None, retry_after_ms=None):
    headers = [("Retry-After", str(retry_after))] if retry_after is not None else []
    if retry_after_ms is not None:
        headers.append(("x-amz-retry-after", str(retry_after_ms)))
    return _answering(lambda: error(503, "SlowDown", "Please reduce your request rate.", headers=headers))


@fault
def denied():
    return _answering(lambda: error(403, "AccessDenied", "Access Denied"))


@fault
def no_such_bucket():
    return _answering(lambda: error(404, "NoSuchBucket", "The specified bucket does not exist"))


@fault
def expired_token():
    return _answering(lambda: error(400, "ExpiredToken", "The provided token has expired."))


@fault
def unknown_key_id():
    return _answering(lambda: error(403, "InvalidAccessKeyId",
                                    "The AWS Access Key Id you provided does not exist in our records."))


@fault
def wrong_signature():
    return _answering(lambda: error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match "
                                                                  "the signature you provided."))


@fault
def too_skewed():
    """It says that our clock is off, with a Date that says it is not; ScriptedS3.clock.offset does it in earnest."""
    return _answering(lambda: error(403, "RequestTimeTooSkewed", "The difference between the request time and the "
                                                                 "current time is too large.",
                                    ("ServerTime", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))))


@fault
def permanent_redirect(region="eu-west-1", header=True):
    def change(s3, *_):
        return error(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the "
                                               "specified endpoint.",
                     ("Endpoint", f"{s3.bucket}.s3.{region}.amazonaws.com"), ("Bucket", s3.bucket),
                     headers=[("x-amz-bucket-region", region)] if header else [])
    return change


@fault
def wrong_region(region="eu-west-1"):
    return _answering(lambda: error(400, "AuthorizationHeaderMalformed",
                                    "The authorization header is malformed; the region is wrong", ("Region", region)))


def by_name(text):
    """A fault from text: "slow_down", or with numbers for its arguments "late:0.5"."""
    name, *arguments = text.split(":")
    make = globals().get(name)
    if not hasattr(make, "__wrapped__"):
        raise ValueError(f"no fault is called {name}; there are {', '.join(names())}")
    return make(*(float(each) if "." in each else int(each) for each in arguments))


def names():
    return sorted(name for name, value in globals().items() if inspect.isfunction(value)
                  and hasattr(value, "__wrapped__"))
