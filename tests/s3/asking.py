"""A client that signs, for the tests of what is beside it. It shares canonical requests with the one who checks
them; that those are right is shown by Amazon's vectors."""

import hashlib
import http.client
import time
from urllib.parse import quote, urlsplit

import sigv4

KEY_ID, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def signed_headers(method, target, headers, body=b"", key_id=KEY_ID, secret=SECRET, token=None, region="us-east-1",
                   service="s3", now=None):
    """`headers` and those that make them a signed request. Requires: a host among them."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() if now is None else now))
    payload_hash = hashlib.sha256(body).hexdigest()
    headers = {name.lower(): value for name, value in headers.items()}
    headers.update({"x-amz-date": stamp, "x-amz-content-sha256": payload_hash})
    if token:
        headers["x-amz-security-token"] = token
    names = sorted(headers)
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    unsigned = f"{sigv4.ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature="
    canonical = sigv4.canonical_request(method, target, list(headers.items()), names, payload_hash,
                                        twice=service != "s3")
    right = sigv4.signature(secret, sigv4.Authorization(unsigned + "0" * 64), stamp, canonical)
    return {**headers, "authorization": unsigned + right}


class Answered:
    def __init__(self, answer, body):
        self.status, self.headers, self.body = answer.status, answer.headers, body

    def __getitem__(self, name):
        return self.headers[name]

    @property
    def code(self):
        """S3's word for what failed."""
        return self.body.decode(errors="replace").partition("<Code>")[2].partition("</Code>")[0]


class Client:
    """One connection to a Host, that asks for keys of its bucket."""

    def __init__(self, url, bucket="tiles", virtual_host=False, context=None, timeout=90):
        parts = urlsplit(url)
        tls = {"context": context} if parts.scheme == "https" else {}
        kind = http.client.HTTPSConnection if tls else http.client.HTTPConnection
        self.http = kind(parts.hostname, parts.port, timeout=timeout, **tls)
        self._host = f"{bucket}.{parts.netloc}" if virtual_host else parts.netloc
        self._before = "" if virtual_host else "/" + bucket

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()

    def get(self, key, method="GET", sign=True, headers=(), **options):
        return self.ask(method, f"{self._before}/{quote(key)}", headers, sign, **options)

    def ask(self, method, target, headers=(), sign=True, body=b"", **options):
        headers = {"host": self._host, **dict(headers)}
        if sign:
            headers = signed_headers(method, target, headers, body, **options)
        self.http.request(method, target, body or None, headers)
        answer = self.http.getresponse()
        return Answered(answer, answer.read())
