"""Which metatiles the demo has, and which formats are in them.

A metatile of size 4 at zoom z holds tiles of zoom z (1024 px), z + 1 (512 px) and z + 2 (256 px). All of
them show the same detail, that of the *nominal zoom* z + 2: a map of 256-pixel tiles at that zoom.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .mercator import project, unproject

METATILE_LEVELS = 2  # size 4: two zooms deeper than the metatile itself
WORLD_ZOOMS = range(0, 4)
DETAIL_ZOOMS = range(4, 14)
ZOOMS = range(WORLD_ZOOMS.start, DETAIL_ZOOMS.stop)

VADUZ = (9.5209, 47.1392)
LIECHTENSTEIN = (9.471, 47.047, 9.636, 47.271)  # west, south, east, north

FORMATS = ("mvt", "json", "topojson")


class Box(NamedTuple):
    """A rectangle on the unit square; y runs south."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Box:
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)


class TileId(NamedTuple):
    z: int
    x: int
    y: int

    def box(self) -> Box:
        n = 1 << self.z
        return Box(self.x / n, self.y / n, (self.x + 1) / n, (self.y + 1) / n)

    def children(self) -> Iterator[TileId]:
        for x in (2 * self.x, 2 * self.x + 1):
            for y in (2 * self.y, 2 * self.y + 1):
                yield TileId(self.z + 1, x, y)

    def ancestor(self, z: int) -> TileId:
        return TileId(z, self.x >> (self.z - z), self.y >> (self.z - z))


def nominal_zoom(z: int) -> int:
    """The zoom whose detail the metatiles of zoom z show."""
    return z + METATILE_LEVELS


def tile_at(lonlat: tuple[float, float], z: int) -> TileId:
    x, y = project(np.array([lonlat]))[0]
    return TileId(z, int(x * (1 << z)), int(y * (1 << z)))


def metatiles(z: int) -> list[TileId]:
    """The metatiles of a zoom: all of the world at first, then those that touch Liechtenstein."""
    if z in WORLD_ZOOMS:
        return [TileId(z, x, y) for x in range(1 << z) for y in range(1 << z)]
    west, south, east, north = LIECHTENSTEIN
    first, last = tile_at((west, north), z), tile_at((east, south), z)
    columns, rows = range(first.x, last.x + 1), range(first.y, last.y + 1)
    return [TileId(z, x, y) for x in columns for y in rows]


def formats(metatile: TileId) -> tuple[str, ...]:
    """MVT everywhere; JSON and TopoJSON too in 0/0/0 and, from zoom 7, over Vaduz, to keep the demo small."""
    shown_in_all = metatile.z == 0 or (metatile.z >= 7 and metatile == tile_at(VADUZ, metatile.z))
    return FORMATS if shown_in_all else FORMATS[:1]


def area(z: int) -> Box:
    """The box around the metatiles of a zoom, with room for the tiles' buffers."""
    boxes = [tile.box() for tile in metatiles(z)]
    around = Box(
        min(b.left for b in boxes), min(b.top for b in boxes), max(b.right for b in boxes), max(b.bottom for b in boxes)
    )
    return around.grown(0.02 / (1 << z))


def area_in_degrees(z: int) -> tuple[float, float, float, float]:
    """The same box as west, south, east, north."""
    box = area(z)
    (west, north), (east, south) = unproject(np.array([[box.left, box.top], [box.right, box.bottom]]))
    return float(west), float(south), float(east), float(north)
