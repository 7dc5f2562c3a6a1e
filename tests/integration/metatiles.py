"""Metatiles as Tilezen writes them: where tiles are kept, computed anew here, and archives of any shape.

Nothing of the server is used: what both agree on was understood twice.
"""

import hashlib
import io
import random
import struct
import unittest.mock
import zipfile
import zlib
from collections import namedtuple

Tile = namedtuple("Tile", "z x y")

LAYOUTS = ("NO_HASH", "HASH_PREFIX", "PREFIX_HASH")
MVT = "application/x-protobuf"
CONTENT_TYPES = {"mvt": MVT, "mvtb": MVT, "json": "application/json", "topojson": "application/json"}


def ancestor(tile, zoom):
    return Tile(zoom, tile.x // 2 ** (tile.z - zoom), tile.y // 2 ** (tile.z - zoom))


def within(tile, metatile):
    """Where `tile` is, counted from its ancestor `metatile`."""
    depth = tile.z - metatile.z
    return Tile(depth, tile.x - metatile.x * 2 ** depth, tile.y - metatile.y * 2 ** depth)


def locate(tile, pixels=256, metatile_size=4, max_detail_zoom=None):
    """The metatile that holds a tile, and the tile's place in it."""
    edge = metatile_size * 256 // pixels  # tiles of that size along an edge of a metatile
    zoom = max(tile.z - (edge.bit_length() - 1), 0)
    if max_detail_zoom is not None:
        smallest = tile.z - (metatile_size.bit_length() - 1)  # a metatile's smallest tiles lie so far below it
        zoom = max(min(zoom, max_detail_zoom), smallest, 0)
    metatile = ancestor(tile, zoom)
    return metatile, within(tile, metatile)


def key_of(metatile, layout="PREFIX_HASH", prefix="", layer="all"):
    path = "%d/%d/%d.zip" % metatile
    if layer:
        path = f"{layer}/{path}"
    hashed = hashlib.md5(("/" + path if layer else path).encode()).hexdigest()[:5]
    parts = {"NO_HASH": [prefix], "HASH_PREFIX": [hashed, prefix], "PREFIX_HASH": [prefix, hashed]}[layout]
    return "/".join([part for part in parts if part] + [path])


def url_of(tile, pixels=256, form="mvt"):
    size = "" if pixels is None else f"{pixels}/"
    return f"/tilezen/vector/v1/{size}all/{tile.z}/{tile.x}/{tile.y}.{form}"


def entry_of(offset, form="mvt"):
    return "%d/%d/%d." % offset + form


def content_for(name, size=300):
    """Bytes that are of nobody else: compressible, and different for each name."""
    chance = random.Random(name)
    words = [chance.randbytes(5) for _ in range(16)]
    out = bytearray(name.encode())
    while len(out) < size:
        out += chance.choice(words)
    return bytes(out[:max(size, len(name))])


def archive(entries, method=zipfile.ZIP_DEFLATED, comment=b"", level=None):
    """A zip archive. `entries`: names to contents, or pairs, or ZipInfo instead of names."""
    out = io.BytesIO()
    write_archive(out, entries, method, comment, level)
    return out.getvalue()


def write_archive(out, entries, method=zipfile.ZIP_DEFLATED, comment=b"", level=None):
    pairs = entries.items() if isinstance(entries, dict) else entries
    with zipfile.ZipFile(out, "w", method, compresslevel=level) as opened:
        for name, content in pairs:
            opened.writestr(name, content)
        opened.comment = comment


class _Pipe(io.RawIOBase):
    """What cannot seek: sizes and CRC come behind the data, as what a writer could not know before."""

    def __init__(self):
        super().__init__()
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += data
        return len(data)


def streamed_archive(entries):
    """An archive with data descriptors."""
    pipe = _Pipe()
    write_archive(pipe, entries)
    data = bytes(pipe.data)
    assert b"PK\x07\x08" in data
    return data


def zip64_archive(entries, streamed=False):
    """An archive that has everything of zip64 without needing it."""
    with unittest.mock.patch.object(zipfile, "ZIP64_LIMIT", 0), \
            unittest.mock.patch.object(zipfile, "ZIP_FILECOUNT_LIMIT", 0):
        data = streamed_archive(entries) if streamed else archive(entries)
    assert b"PK\x06\x06" in data and b"PK\x06\x07" in data
    return data


class Header:
    """One entry as a writer may state it; every field can be made to lie."""

    def __init__(self, name, content, method=8, **lies):
        packed = content
        if method == 8:
            deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
            packed = deflate.compress(content) + deflate.flush()
        self.name = name.encode()
        self.data = lies.pop("data", packed)
        self.fields = {"flags": 0, "method": method, "crc": zlib.crc32(content), "packed": len(self.data),
                       "size": len(content), "extra": b"", "central_extra": b"", "comment": b"", **lies}

    def local(self):
        f = self.fields
        return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, f["flags"], f["method"], 0, 33, f["crc"],
                           f.get("local_packed", f["packed"]), f["size"], len(self.name), len(f["extra"])
                           ) + f.get("local_name", self.name) + f["extra"] + self.data

    def central(self, offset):
        f = self.fields
        return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, f["flags"], f["method"], 0, 33, f["crc"],
                           f["packed"], f["size"], len(self.name), len(f["central_extra"]), len(f["comment"]), 0, 0, 0,
                           f.get("offset", offset)) + self.name + f["central_extra"] + f["comment"]


def hand_made(headers, prefix=b"", comment=b"", **lies):
    """An archive of Header entries whose end record can be made to lie as well."""
    out = bytearray(prefix)
    offsets = []
    for header in headers:
        offsets.append(len(out))
        out += header.local()
    start = len(out)
    for header, offset in zip(headers, offsets):
        out += header.central(offset)
    size = len(out) - start
    out += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, lies.get("count", len(headers)),
                       lies.get("count", len(headers)), lies.get("size", size), lies.get("start", start),
                       lies.get("comment_size", len(comment))) + comment
    return bytes(out)
