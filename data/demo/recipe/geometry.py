"""Small helpers on shapely geometries."""

from __future__ import annotations

from typing import Any

import shapely


def only_dimension(geometry, dimension: int) -> Any:
    """The parts of a geometry that are points (0), lines (1) or polygons (2); None if there are none.

    Cutting and repairing leaves collections, such as a polygon with a stray line along the cut.
    """
    if geometry is None or geometry.is_empty:
        return None
    if geometry.geom_type != "GeometryCollection":
        return geometry if shapely.get_dimensions(geometry) == dimension else None
    parts = shapely.get_parts(shapely.get_parts(geometry))
    wanted = parts[shapely.get_dimensions(parts) == dimension]
    return shapely.union_all(wanted) if len(wanted) else None


def only_polygons(geometry) -> Any:
    return only_dimension(geometry, 2)


def extent(geometry) -> float:
    """The longer side of a geometry's bounding box."""
    left, top, right, bottom = geometry.bounds
    return max(right - left, bottom - top)
