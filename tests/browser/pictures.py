"""A raster tileset: PNG tiles of one colour for each zoom, the world to zoom 2, and its north-east to zoom 3."""
import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from metatiles import Tile, archive, entry_of, key_of

COLORS = ((150, 60, 60), (60, 150, 60), (60, 60, 150), (200, 140, 20))  # of zooms 0 to 3
EDGE = 256


def png(color):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", EDGE, EDGE, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(color) * EDGE) * EDGE
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def offsets(zoom):
    return [Tile(zoom, x, y) for x in range(2 ** zoom) for y in range(2 ** zoom)]


def write_pictures(folder):
    """Metatiles of 4 by 4 tiles below `folder`."""
    world = {entry_of(tile, "png"): png(COLORS[tile.z]) for zoom in (0, 1, 2) for tile in offsets(zoom)}
    north_east = {entry_of(tile, "png"): png(COLORS[3]) for tile in offsets(2)}
    for metatile, entries in ((Tile(0, 0, 0), world), (Tile(1, 1, 0), north_east)):
        path = pathlib.Path(folder, key_of(metatile, "NO_HASH", "2026"))
        path.parent.mkdir(parents=True)
        path.write_bytes(archive(entries))
