"""Web Mercator on the unit square: x runs east, y runs south, both from 0 to 1.

Longitude and latitude are degrees; arrays hold one (x, y) or (longitude, latitude) pair per row.
"""

from __future__ import annotations

import numpy as np
import shapely

MAX_LATITUDE = 85.0511287798066

# Coordinates are rounded to this fraction of the world (0.04 mm), so that a last bit computed
# otherwise by another machine's mathematics does not reach the tiles.
_GRID = float(1 << 40)


def project(lonlat: np.ndarray) -> np.ndarray:
    """Degrees to the unit square. Latitudes beyond the edge of the map land on its edge."""
    lonlat = np.asarray(lonlat, dtype=float)
    latitude = np.radians(np.clip(lonlat[:, 1], -MAX_LATITUDE, MAX_LATITUDE))
    x = (lonlat[:, 0] + 180) / 360
    y = (1 - np.arcsinh(np.tan(latitude)) / np.pi) / 2
    return np.rint(np.column_stack([x, y]) * _GRID) / _GRID


def unproject(square: np.ndarray) -> np.ndarray:
    """The unit square to degrees."""
    square = np.asarray(square, dtype=float)
    latitude = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * square[:, 1]))))
    return np.column_stack([square[:, 0] * 360 - 180, latitude])


def project_geometry(geometry):
    """A shapely geometry (or array of them) in degrees, on the unit square."""
    return shapely.transform(geometry, project)
