"""Administrative borders of OpenStreetMap: each way once, as the border of the highest unit it bounds."""

from __future__ import annotations

import shapely

from .atlas import HANDOVER_ZOOM, Atlas
from .osm_names import SOURCE
from .osm_reader import OsmData

# admin_level to Tilezen's kind and the nominal zoom it is shown from.
_LEVELS = {2: ("country", HANDOVER_ZOOM), 4: ("region", HANDOVER_ZOOM), 6: ("county", 11), 8: ("locality", 12)}


def add_to(atlas: Atlas, data: OsmData) -> None:
    for way in data.lines:
        level = data.border_levels.get(way.id)
        if level in _LEVELS:
            kind, min_zoom = _LEVELS[level]
            properties = {"kind": kind, "kind_detail": str(level), "min_zoom": min_zoom, "source": SOURCE, "id": way.id}
            atlas.add("boundaries", way.geometry, properties, min_zoom)


def country_borders(data: OsmData):
    """The countries' borders that the extract has: lines on the unit square."""
    return shapely.union_all([way.geometry for way in data.lines if data.border_levels.get(way.id) == 2])
