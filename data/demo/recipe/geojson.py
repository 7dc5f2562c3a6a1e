"""Tilezen's JSON tiles: an object with one GeoJSON FeatureCollection for each layer."""

from __future__ import annotations

import json

import numpy as np

from .coverage import Box
from .mercator import unproject
from .quantise import EXTENT, LINE, POINT, TileFeature

_TYPES = {POINT: "Point", LINE: "LineString"}


def encode(layers: dict[str, list[TileFeature]], box: Box, nominal_zoom: int) -> bytes:
    """Every layer is there, the empty ones too. Positions are rounded to about a tenth of a pixel."""
    writer = _Writer(box, min(6, 2 + nominal_zoom // 3))
    document = {
        name: {"type": "FeatureCollection", "features": [writer.feature(feature) for feature in features]}
        for name, features in layers.items()
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class _Writer:
    def __init__(self, box: Box, digits: int):
        self._origin = (box.left, box.top)
        self._scale = EXTENT / (box.right - box.left)
        self._digits = digits

    def feature(self, feature: TileFeature) -> dict:
        kind = _TYPES.get(feature.kind, "Polygon")
        if feature.kind == POINT:
            parts = [self._positions(part)[0] for part in feature.parts]
        elif feature.kind == LINE:
            parts = [self._positions(part) for part in feature.parts]
        else:
            # GeoJSON's outer rings run counter-clockwise, MVT's clockwise.
            parts = [[self._positions(ring[::-1]) for ring in rings] for rings in feature.parts]
        single = len(parts) == 1
        geometry = {"type": kind if single else f"Multi{kind}", "coordinates": parts[0] if single else parts}
        return {"type": "Feature", "geometry": geometry, "properties": feature.properties}

    def _positions(self, points: np.ndarray) -> list:
        return np.round(unproject(points / self._scale + self._origin), self._digits).tolist()
