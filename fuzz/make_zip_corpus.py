#!/usr/bin/env python3
"""Writes fuzz/corpus/zip: small archives of every kind that is read, and of many that are refused."""
import io
import pathlib
import struct
import zipfile
import zlib

OUT = pathlib.Path(__file__).parent / "corpus" / "zip"
TEXT = b"".join(b"%d roads, " % i for i in range(40))


def local(name, data, raw, method=8, flags=0, crc=None, size=None, extra=b"", known=True):
    crc = zlib.crc32(raw) if crc is None else crc
    size = len(raw) if size is None else size
    numbers = (crc, len(data), size) if known else (0, 0, 0)
    return struct.pack("<IHHHIIIIHH", 0x04034B50, 20, flags, method, 0x210000, *numbers, len(name), len(extra)) + name + extra + data


def central(name, data, raw, offset, method=8, flags=0, crc=None, size=None, extra=b"", comment=b"", csize=None):
    crc = zlib.crc32(raw) if crc is None else crc
    size = len(raw) if size is None else size
    csize = len(data) if csize is None else csize
    return struct.pack("<IHHHHIIIIHHHHHII", 0x02014B50, 20, 20, flags, method, 0x210000, crc, csize, size,
                       len(name), len(extra), len(comment), 0, 0, 0, offset) + name + extra + comment


def end(count, size, offset, comment=b""):
    return struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, size, offset, len(comment)) + comment


def zip64_end(count, size, offset, extension=b"", prefix=0):
    record = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44 + len(extension), 45, 45, 0, 0, count, count, size, offset)
    return record + extension + struct.pack("<IIQI", 0x07064B50, 0, offset + size, 1)


def raw_deflate(content, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def by_python(zip64=False, stream=False, method=zipfile.ZIP_DEFLATED, comment=b"", names=("0/0/0.mvt", "1/0/0.json", "dir/")):
    class Stream(io.RawIOBase):
        def __init__(self):
            self.parts = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.parts += data
            return len(data)

    target = Stream() if stream else io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in names:
            info = zipfile.ZipInfo(name, (2019, 1, 25, 12, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=zip64) as out:
                out.write(b"" if name.endswith("/") else TEXT + name.encode())
        archive.comment = comment
    return bytes(target.parts) if stream else target.getvalue()


def single(**changes):
    """One entry; `changes` go to its directory header, and those named both_... to the local header too."""
    name = changes.pop("name", b"a")
    raw = changes.pop("raw", TEXT)
    data = changes.pop("data", raw_deflate(raw))
    both = {key[5:]: changes.pop(key) for key in list(changes) if key.startswith("both_")}
    tail = changes.pop("tail", None)
    body = local(name, data, raw, **both)
    directory = central(name, data, raw, changes.pop("offset", 0), **both, **changes)
    return body + directory + (tail(len(directory), len(body)) if tail else end(1, len(directory), len(body)))


def main():
    plain = by_python()
    long_end = lambda size, offset: zip64_end(1, size, offset) + end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    extended = lambda size, offset: (zip64_end(1, size, offset, b"PK\6\6 in an extension" + bytes(60)) +
                                     end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF))
    zip64_extra = struct.pack("<HHQQQ", 1, 24, len(TEXT), len(raw_deflate(TEXT)), 0)
    duplicated = by_python(names=("a", "b", "a"))
    seeds = {
        "valid-plain": plain,
        "valid-stored": by_python(method=zipfile.ZIP_STORED),
        "valid-streamed": by_python(stream=True),
        "valid-zip64-entries": by_python(zip64=True),
        "valid-zip64-streamed": by_python(zip64=True, stream=True),
        "valid-zip64-end": single(tail=long_end),
        "valid-zip64-extension": single(tail=extended),
        "valid-zip64-prefixed": b"#!/bin/sh\n" + single(tail=extended),
        "valid-zip64-fields": single(extra=zip64_extra, csize=0xFFFFFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF),
        "valid-comment": by_python(comment=b"a comment with PK\5\6 in it"),
        "valid-comment-end-record": by_python(comment=plain[-22:]),
        "valid-comment-archive": by_python(comment=plain),
        "valid-prefixed": b"#!/bin/sh\n" * 3 + plain,
        "valid-appended": plain + b"tail",
        "valid-zip64-appended": single(tail=extended) + b"PK\5\6 and more",
        "valid-duplicated": duplicated,
        "valid-empty": end(0, 0, 0),
        "valid-empty-content": single(raw=b""),
        "valid-no-name": single(name=b""),
        "valid-entry-comment": single(comment=b"[{}]", extra=b"UT\5\0\1abcd"),
        "broken-cut": plain[:-30],
        "broken-crc": single(both_crc=1),
        "broken-size": single(both_size=len(TEXT) + 1),
        "broken-deflate": single(data=b"\7" + raw_deflate(TEXT)),
        "broken-trailing": single(data=raw_deflate(TEXT) + b"x"),
        "broken-overlap": duplicated.replace(struct.pack("<I", duplicated.index(b"PK\3\4", 4)), bytes(4)),
        "broken-outside": single(offset=1 << 20),
        "broken-count": single(tail=lambda size, offset: end(2, size, offset)),
        "broken-zip64-locator": single(tail=lambda size, offset: zip64_end(1, size, offset + 1) + end(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)),
        "refused-disks": single(tail=lambda size, offset: struct.pack("<IHHHHIIH", 0x06054B50, 1, 1, 1, 1, size, offset, 0)),
        "refused-encrypted": single(both_flags=1),
        "refused-method": single(both_method=14),
        "refused-bomb": single(raw=bytes(4 << 20)),
        "refused-encrypted-directory": single().replace(b"PK\1\2", b"PK\6\x08"),
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    for name, archive in seeds.items():
        (OUT / name).write_bytes(archive)


if __name__ == "__main__":
    main()
