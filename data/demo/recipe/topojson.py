"""TopoJSON tiles: one object for each layer, positions on a grid of whole numbers over the tile."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .coverage import Box
from .mercator import unproject
from .quantise import EXTENT, LINE, POINT, TileFeature


def encode(layers: dict[str, list[TileFeature]], box: Box) -> bytes:
    """Every layer is there, the empty ones too."""
    writer = _Writer(box)
    objects = {
        name: {"type": "GeometryCollection", "geometries": [writer.geometry(feature) for feature in features]}
        for name, features in layers.items()
    }
    document = {"type": "Topology", "transform": writer.transform, "objects": objects, "arcs": writer.arcs}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


class _Writer:
    def __init__(self, box: Box):
        self._square_origin = (box.left, box.top)
        self._scale = EXTENT / (box.right - box.left)
        (west, north), (east, south) = unproject(np.array([[box.left, box.top], [box.right, box.bottom]]))
        self._origin = np.array([west, south])
        self._step = np.array([east - west, north - south]) / EXTENT
        self.transform = {"scale": self._step.tolist(), "translate": self._origin.tolist()}
        self.arcs: list[list[list[int]]] = []

    def geometry(self, feature: TileFeature) -> dict[str, Any]:
        if feature.kind == POINT:
            kind, key, parts = "Point", "coordinates", [self._positions(part)[0].tolist() for part in feature.parts]
        elif feature.kind == LINE:
            kind, key, parts = "LineString", "arcs", [[self._arc(part)] for part in feature.parts]
        else:
            kind, key = "Polygon", "arcs"
            parts = [[[self._arc(ring)] for ring in rings] for rings in feature.parts]
        single = len(parts) == 1
        shape = {"type": kind if single else f"Multi{kind}", key: parts[0] if single else parts}
        return {**shape, "properties": feature.properties}

    def _positions(self, points: np.ndarray) -> np.ndarray:
        degrees = unproject(points / self._scale + self._square_origin)
        return np.rint((degrees - self._origin) / self._step).astype(np.int64)

    def _arc(self, points: np.ndarray) -> int:
        """Stores a line as differences and returns its number."""
        differences = self._positions(points)
        differences[1:] -= differences[:-1].copy()
        self.arcs.append(differences.tolist())
        return len(self.arcs) - 1
