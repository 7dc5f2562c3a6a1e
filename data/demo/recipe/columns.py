"""The features of one layer at one zoom, column by column, so that many are cut at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from .coverage import Box
from .geometry import only_dimension


class Columns:
    """Geometries (a numpy array of shapely objects) and their properties, row by row."""

    def __init__(self, geometries: Sequence[Any], properties: Sequence[dict[str, Any]]):
        self.geometries = np.empty(len(geometries), dtype=object)
        self.geometries[:] = geometries
        self.properties = np.empty(len(properties), dtype=object)
        self.properties[:] = properties
        self._bounds = shapely.bounds(self.geometries).reshape(-1, 4)

    def __len__(self) -> int:
        return len(self.geometries)

    def clipped(self, box: Box) -> Columns:
        """What of it is inside the box. Rows that lie wholly inside are not touched."""
        left, top, right, bottom = self._bounds.T
        meets = (left <= box.right) & (right >= box.left) & (top <= box.bottom) & (bottom >= box.top)
        inside = (left >= box.left) & (right <= box.right) & (top >= box.top) & (bottom <= box.bottom)
        rows = np.flatnonzero(meets)
        geometries = self.geometries[rows]
        crossing = np.flatnonzero(~inside[rows])
        for at in crossing:
            whole = geometries[at]
            part = shapely.clip_by_rect(whole, box.left, box.top, box.right, box.bottom)
            geometries[at] = only_dimension(part, shapely.get_dimensions(whole))
        kept = geometries != None  # noqa: E711 (asks each row)
        return Columns(geometries[kept], self.properties[rows][kept])
