"""Cuts the atlas into the metatiles of a zoom."""

from __future__ import annotations

from collections.abc import Iterator

from . import coverage, generalise, metatile
from .atlas import Atlas
from .columns import Columns
from .coverage import TileId


def metatiles(atlas: Atlas, z: int) -> Iterator[tuple[TileId, bytes]]:
    """The metatiles of a zoom with their archives."""
    wanted = set(coverage.metatiles(z))
    layers = generalise.at_zoom(atlas, coverage.nominal_zoom(z), coverage.area(z))
    return _descend(TileId(0, 0, 0), layers, z, wanted)


def _descend(tile: TileId, layers: dict[str, Columns], z: int, wanted: set[TileId]) -> Iterator[tuple[TileId, bytes]]:
    """Halves the world again and again, so that a metatile only looks at what is near."""
    if not any(metatile_id.ancestor(tile.z) == tile for metatile_id in wanted):
        return
    if tile.z == z:
        yield tile, metatile.build(tile, layers)
        return
    for child in tile.children():
        box = child.box().grown(metatile.buffer_around(z))
        inside = {name: columns.clipped(box) for name, columns in layers.items()}
        yield from _descend(child, inside, z, wanted)
