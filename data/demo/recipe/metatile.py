"""One metatile: the zip archive of a tile and its descendants down to two zooms deeper."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from . import geojson, mvt, topojson
from .columns import Columns
from .coverage import METATILE_LEVELS, Box, TileId, formats, nominal_zoom
from .quantise import TileFeature, quantised

# A zip stores when its members were written; a fixed time keeps rebuilt archives equal byte by byte.
_WRITTEN = (2026, 1, 1, 0, 0, 0)
_UNIX = 3

_BUFFER_PIXELS = 8


def buffer_around(z: int) -> float:
    """How far the tiles of a metatile of zoom z reach over their edges, on the unit square."""
    return _BUFFER_PIXELS / 256 / (1 << nominal_zoom(z))


def build(metatile: TileId, layers: dict[str, Columns]) -> bytes:
    """The archive. The layers must cover the metatile with its buffer; entries are named by offset: 2/3/1.mvt."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for tile, inside in _with_descendants(metatile, layers, metatile.z):
            box = tile.box()
            features = {name: quantised(columns, box) for name, columns in inside.items()}
            for extension in formats(metatile):
                entry = zipfile.ZipInfo(f"{_offset(tile, metatile)}.{extension}", _WRITTEN)
                entry.create_system = _UNIX
                data = _encode(extension, features, box, nominal_zoom(metatile.z))
                archive.writestr(entry, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    return memory.getvalue()


def _with_descendants(tile: TileId, layers: dict[str, Columns], z: int) -> Iterator[tuple[TileId, dict[str, Columns]]]:
    inside = {name: columns.clipped(tile.box().grown(buffer_around(z))) for name, columns in layers.items()}
    yield tile, inside
    if tile.z < z + METATILE_LEVELS:
        for child in tile.children():
            yield from _with_descendants(child, inside, z)


def _offset(tile: TileId, metatile: TileId) -> str:
    levels = tile.z - metatile.z
    return f"{levels}/{tile.x - (metatile.x << levels)}/{tile.y - (metatile.y << levels)}"


def _encode(extension: str, features: dict[str, list[TileFeature]], box: Box, zoom: int) -> bytes:
    if extension == "mvt":
        return mvt.encode(features)
    if extension == "json":
        return geojson.encode(features, box, zoom)
    return topojson.encode(features, box)
