"""What of the atlas one nominal zoom shows, and in how much detail."""

from __future__ import annotations

from typing import Optional

import shapely

from .atlas import Atlas, Feature
from .columns import Columns
from .coverage import Box
from .geometry import extent, only_dimension

_TOLERANCE_PIXELS = 0.6
_SMALLEST_POLYGON = 2  # tolerances
_KEPT_HOWEVER_SMALL = {"buildings"}
_SPLIT_INTO_PARTS = {"earth", "water"}  # world-wide multipolygons: a tile then looks at the near parts only


def at_zoom(atlas: Atlas, nominal_zoom: int, area: Box) -> dict[str, Columns]:
    """The layers at a zoom, simplified to about half a pixel. Nothing outside of the area is needed."""
    tolerance = _TOLERANCE_PIXELS / 256 / (1 << nominal_zoom)
    layers = {}
    for name, features in atlas.layers.items():
        geometries, properties = [], []
        for feature in features:
            if not feature.first_zoom <= nominal_zoom <= feature.last_zoom:
                continue
            shape = _simplified(feature, name, tolerance, area)
            if shape is None:
                continue
            for part in shapely.get_parts(shape) if name in _SPLIT_INTO_PARTS else (shape,):
                geometries.append(part)
                properties.append(feature.properties)
        layers[name] = Columns(geometries, properties)
    return layers


def _simplified(feature: Feature, layer: str, tolerance: float, area: Box) -> Optional[object]:
    shape = feature.geometry
    left, top, right, bottom = shape.bounds
    if left > area.right or right < area.left or top > area.bottom or bottom < area.top:
        return None
    dimension = shapely.get_dimensions(shape)
    if dimension == 0:
        return shape
    if dimension == 2 and layer not in _KEPT_HOWEVER_SMALL and extent(shape) < _SMALLEST_POLYGON * tolerance:
        return None
    if left < area.left or right > area.right or top < area.top or bottom > area.bottom:
        shape = only_dimension(shapely.clip_by_rect(shape, *area), dimension)
        if shape is None:
            return None
    shape = shapely.simplify(shape, tolerance / 2 if layer in _KEPT_HOWEVER_SMALL else tolerance)
    if dimension == 2 and not shape.is_valid:
        shape = shapely.make_valid(shape)
    return only_dimension(shape, dimension)
