"""From shapes to the whole numbers of a tile, the form that all three formats are written from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely

from .columns import Columns
from .coverage import Box

EXTENT = 4096  # units along a tile's edge

POINT, LINE, POLYGON = 1, 2, 3  # as in MVT


class TileFeature(NamedTuple):
    """kind: POINT, LINE or POLYGON. parts: arrays of whole (x, y) rows; for polygons lists of closed rings, the outer
    one first and clockwise as seen on the map, holes the other way."""

    kind: int
    parts: list[Any]
    properties: dict[str, Any]


def quantised(layer: Columns, box: Box) -> list[TileFeature]:
    """The features of a layer that was clipped to a tile (box, without its buffer). What shrinks to nothing is left
    out; polygons are valid after rounding."""
    if not len(layer):
        return []
    scale = EXTENT / (box.right - box.left)
    shapes = shapely.transform(layer.geometries, lambda at: (at - (box.left, box.top)) * scale)
    polygons = shapely.get_dimensions(shapes) == 2
    shapes[polygons] = shapely.set_precision(shapes[polygons], 1)
    features = []
    for shape, properties in zip(shapes, layer.properties):
        kind = shapely.get_dimensions(shape) + 1
        parts = [part for part in map(_PARTS[kind], shapely.get_parts(shape)) if part is not None]
        if parts:
            features.append(TileFeature(kind, parts, properties))
    return features


def _rounded(shape) -> np.ndarray:
    """The points of a line or ring, each different from the one before."""
    points = np.rint(shapely.get_coordinates(shape)).astype(np.int64)
    new = np.ones(len(points), dtype=bool)
    new[1:] = (points[1:] != points[:-1]).any(axis=1)
    return points[new]


def _line(shape):
    points = _rounded(shape)
    return points if len(points) > 1 else None


def _polygon(shape):
    if shape.geom_type != "Polygon":
        return None
    rings = [_oriented(_rounded(ring), outer) for ring, outer in _rings(shape)]
    rings = [ring for ring in rings if ring is not None]
    return rings or None


def _rings(polygon):
    yield polygon.exterior, True
    for hole in polygon.interiors:
        yield hole, False


def _oriented(ring: np.ndarray, outer: bool):
    """The ring clockwise (outer) or counter-clockwise; None if it encloses nothing. y runs down."""
    x, y = ring[:, 0], ring[:, 1]
    doubled_area = int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
    if doubled_area == 0:
        return None
    return ring if (doubled_area > 0) == outer else ring[::-1]


_PARTS = {POINT: _rounded, LINE: _line, POLYGON: _polygon}
