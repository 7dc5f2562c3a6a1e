"""Objects: bytes given by a test, files of a folder, or made when they are asked for."""

import collections
import functools
import hashlib
import os
import threading
import time
from email.utils import formatdate
from pathlib import Path
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from wire import Answer


def listing(bucket, keys, query, size_of):
    """The answer to ListObjectsV2; `keys` are sorted. `size_of(key)`: of its object."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    most = min(int(query.get("max-keys", 1000)), 1000)
    shown = (lambda text: quote_plus(text, safe="/*-._")) if query.get("encoding-type") == "url" else escape
    found = []  # (what is told, whether it is a key), each once
    for key in keys:
        if not key.startswith(prefix) or key.encode() <= query.get("start-after", "").encode():
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        item = (key, True) if end < 0 else (key[:end + len(delimiter)], False)
        if not found or found[-1] != item:
            found.append(item)
    told = found[:most]
    parts = [f"<Contents><Key>{shown(name)}</Key><Size>{size_of(name)}</Size></Contents>" for name, is_key in told if is_key]
    parts += [f"<CommonPrefixes><Prefix>{shown(name)}</Prefix></CommonPrefixes>" for name, is_key in told if not is_key]
    encoding = "<EncodingType>url</EncodingType>" if "encoding-type" in query else ""
    body = ('<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{bucket}</Name><Prefix>{shown(prefix)}</Prefix><KeyCount>{len(told)}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys>{encoding}<IsTruncated>{str(len(found) > most).lower()}</IsTruncated>"
            f"{''.join(parts)}</ListBucketResult>")
    return Answer(200, [("Content-Type", "application/xml"), ("Server", "AmazonS3")], body.encode())


class Object:
    """One version of an object. `etag`: with quotes; None for the MD5 of the content, "" for none."""

    def __init__(self, content, modified=None, etag=None, content_type="application/zip"):
        self.content = content
        self.size = len(content)
        self.modified = int(time.time() if modified is None else modified)
        self.etag = f'"{hashlib.md5(content).hexdigest()}"' if etag is None else etag
        self.content_type = content_type

    @functools.cached_property
    def last_modified(self):
        return formatdate(self.modified, usegmt=True)

    def read(self, start, stop):
        return self.content[start:stop]


class FileObject:
    """A file as an object. Its content is read when it is answered; its ETag is computed once for each state of it."""

    content_type = "application/zip"
    _etags = {}

    def __init__(self, path, status):
        self._path = path
        self._status = status
        self.size = status.st_size
        self.modified = int(status.st_mtime)

    @functools.cached_property
    def last_modified(self):
        return formatdate(self.modified, usegmt=True)

    @property
    def etag(self):
        state = (self._path, self._status.st_mtime_ns, self.size, self._status.st_ino)
        if state not in self._etags:
            with open(self._path, "rb") as file:
                self._etags[state] = f'"{hashlib.file_digest(file, "md5").hexdigest()}"'
        return self._etags[state]

    def read(self, start, stop):
        with open(self._path, "rb") as file:
            file.seek(start)
            return file.read(stop - start)


class Folder:
    """The files below a folder, under their paths. What leads out of it is not there."""

    def __init__(self, root):
        self._root = Path(root).resolve()

    def find(self, key):
        parts = key.split("/")
        if "\0" in key or any(part in ("", ".", "..") for part in parts):
            return None
        path = os.path.join(self._root, *parts)
        try:
            status = os.stat(path)
        except (OSError, ValueError):
            return None
        return FileObject(path, status) if os.path.isfile(path) else None

    def keys(self):
        return [os.path.relpath(os.path.join(path, name), self._root)
                for path, _, names in os.walk(self._root) for name in names]


class Given:
    """Objects that a test puts, replaces and removes, from any thread."""

    def __init__(self):
        self._objects = {}

    def put(self, key, content, **options):
        """Answers the object. Options: modified (seconds since 1970), etag, content_type."""
        put = self._objects[key] = Object(content, **options)
        return put

    def remove(self, key):
        del self._objects[key]

    def find(self, key):
        return self._objects.get(key)

    def keys(self):
        return list(self._objects)


class Made:
    """Objects that `make(key)` makes, always the same; None: there is none. Some are kept, so that ranges are cheap."""

    def __init__(self, make, kept=64):
        self._make = make
        self._kept = collections.OrderedDict()
        self._most = kept
        self._lock = threading.Lock()

    @staticmethod
    def keys():
        return []  # they are endless

    def find(self, key):
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            content = self._make(key)
            if content is None:
                return None
            made = self._kept[key] = Object(content, modified=1_700_000_000)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return made
