"""The tiles that are measured: real ones, as zip metatiles for tapalcatl and as pre-gzipped files for nginx."""
import io
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("TAPALCATL_BENCH_DATA") or ROOT.parent / "shared" / "data")
FIRENZE = DATA / "firenze-metatiles.tar"
DEMO = ROOT / "data" / "demo" / "tiles"


class TileSet:
    """A folder of metatiles, how tapalcatl is told of it, and the tiles in it."""

    def __init__(self, folder, environment):
        self.folder = pathlib.Path(folder)
        self.environment = environment

    def archives(self):
        return sorted(self.folder.rglob("*.zip"))

    def tiles(self):
        """Yields (url path, gzip bytes) of all 512 px mvt tiles."""
        for path in self.archives():
            z, x, y = (int(part) for part in path.with_suffix("").parts[-3:])
            for (dz, dx, dy), body in tiles_of(path):
                if dz == 1:
                    yield f"/tilezen/vector/v1/512/all/{z + 1}/{2 * x + dx}/{2 * y + dy}.mvt", body


def tiles_of(path):
    """Yields (offset, gzip bytes) of the mvt tiles in an archive."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name, _, form = entry.filename.partition(".")
            if form == "mvt":
                yield tuple(int(part) for part in name.split("/")), as_gzip(entry, data)


def as_gzip(entry, data):
    """The entry's DEFLATE data in a gzip member, as tapalcatl sends it: both servers send the same bytes."""
    name_size, extra_size = struct.unpack_from("<HH", data, entry.header_offset + 26)
    start = entry.header_offset + 30 + name_size + extra_size
    deflate = data[start:start + entry.compress_size]
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
    return header + deflate + struct.pack("<II", entry.CRC, entry.file_size & 0xFFFFFFFF)


def open_tileset(work):
    """Florence where it is there, else the demo."""
    if FIRENZE.exists():
        folder = pathlib.Path(work) / "firenze"
        if not folder.exists():
            with tarfile.open(FIRENZE) as tar:
                tar.extractall(folder)
        return TileSet(folder, {"S3_PREFIX": "firenze", "KEY_FORMAT_TYPE": "PREFIX_HASH", "METATILE_SIZE": "4"})
    return open_demo()


def open_demo():
    return TileSet(DEMO, {"S3_PREFIX": "demo", "KEY_FORMAT_TYPE": "NO_HASH", "METATILE_SIZE": "4"})


def open_three_formats(work):
    """Florence as mvt, json and topojson, to the deepest zoom. Making it takes half a minute; it is kept in `work`.
    None where there is nothing to make it of."""
    if not (DATA / "make_metatiles.py").exists():
        return None
    folder = pathlib.Path(work) / "firenze-three-formats"
    if not folder.exists():
        python = ROOT / "bench" / ".venv" / "bin" / "python"
        new = folder.with_name(folder.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        subprocess.run([str(python) if python.exists() else sys.executable, str(DATA / "make_metatiles.py"),
                        str(DATA / "firenze.pmtiles"), str(new), "--formats", "mvt,json,topojson", "--key-format",
                        "PREFIX_HASH"], check=True)
        new.rename(folder)
    return TileSet(folder, {"S3_PREFIX": "firenze", "KEY_FORMAT_TYPE": "PREFIX_HASH", "METATILE_SIZE": "4"})


def make_archives(work, count, mean_tile=50_000, name="made"):
    """Metatiles of 21 tiles each, at zoom 10, of real tiles' bytes: about 1 MB where those are 50 kB on average."""
    tiles = [body for _, body in choose(open_tileset(work).tiles(), 0.9 * mean_tile, 1.2 * mean_tile)]
    contents = [zlib.decompress(body, 31) for body in tiles]
    chance = random.Random(1)
    root = pathlib.Path(work) / name
    for number in range(count):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for z in range(3):
                for x in range(1 << z):
                    for y in range(1 << z):
                        archive.writestr(f"{z}/{x}/{y}.mvt", chance.choice(contents))
        path = root / "all" / "10" / str(number) / "0.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(out.getvalue())
    return TileSet(root, {"KEY_FORMAT_TYPE": "NO_HASH", "METATILE_SIZE": "4"})


LEAST_SIZE, MOST_SIZE = 100, 8_000_000  # of the tiles that make_tiles() makes


def make_tiles(work, size, count=64):
    """Metatiles of four 512 px tiles each, in all `count` tiles of random bytes that have `size` bytes as gzip."""
    chance = random.Random(size)
    root = pathlib.Path(work) / f"tiles-of-{size}"
    for number in range(count // 4):
        path = root / "all" / "10" / str(number) / "0.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for place in range(4):
                archive.writestr(f"1/{place >> 1}/{place & 1}.mvt", _content_of_size(chance, size))
    return TileSet(root, {"KEY_FORMAT_TYPE": "NO_HASH", "METATILE_SIZE": "4"})


def _content_of_size(chance, size):
    """Bytes that have `size` bytes as a gzip member. Random bytes do not shrink: what DEFLATE adds to them is
    taken off their length."""
    def compressed(length):
        packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15)
        return len(packer.compress(content[:length]) + packer.flush()) + 18

    content = chance.randbytes(size)
    length = size
    while compressed(length) > size:
        length -= compressed(length) - size
    if compressed(length) != size:
        raise RuntimeError(f"no {length} random bytes have {size} bytes as gzip, but {compressed(length)}")
    return content[:length]


def made_tiles(tiles, number):
    """The gzip bytes of each tile, by offset, in the archive of that number that make_archives() made."""
    return dict(tiles_of(tiles.folder / "all" / "10" / str(number) / "0.zip"))


def made_url(number, dz=1, dx=0, dy=0):
    """A tile of the archive of that number. 1/0/0 lies in front of nearly everything else."""
    return f"/tilezen/vector/v1/{1024 >> dz}/all/{10 + dz}/{(number << dz) + dx}/{dy}.mvt"


def choose(tiles, mean_from=30_000, mean_to=40_000, least=20):
    """The largest tiles, as many as keep the mean size in that range, but not fewer than `least`: one tile alone would
    fit into a processor's cache. (The demo's tiles are small.)"""
    ordered = sorted(tiles, key=lambda tile: -len(tile[1]))
    chosen, total = [], 0
    for url, body in ordered:
        if len(chosen) >= least and (total + len(body)) / (len(chosen) + 1) < mean_from:
            break
        chosen.append((url, body))
        total += len(body)
    while len(chosen) > least and total / len(chosen) > mean_to:
        total -= len(chosen.pop(0)[1])
    return chosen


def write_files(tiles, folder):
    """The tiles as nginx's gzip_static wants them: name and name.gz, the latter being what is sent."""
    shutil.rmtree(folder, ignore_errors=True)
    for url, body in tiles:
        path = pathlib.Path(str(folder) + url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        path.with_name(path.name + ".gz").write_bytes(body)
        os.utime(path, (1_500_000_000, 1_500_000_000))
        os.utime(path.with_name(path.name + ".gz"), (1_500_000_000, 1_500_000_000))
