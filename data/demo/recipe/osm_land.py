"""Water, landuse and buildings of OpenStreetMap."""

from __future__ import annotations

import math
from typing import Any, Optional

from .atlas import HANDOVER_ZOOM, Atlas
from .geometry import extent
from .osm_names import base_properties
from .osm_reader import OsmData, OsmObject

_WATERWAYS_FROM = {"river": HANDOVER_ZOOM, "canal": 11, "stream": 12, "drain": 14, "ditch": 14}
_WATER_FROM = 9
_LANDUSE_FROM = 9
_BUILDINGS_FROM = 14
_DEEPEST_AUTOMATIC = 15
_SMALLEST_PIXELS = 6

# Tilezen's landuse kind by tag; the first that an area has is taken.
_LANDUSE = {
    "landuse": {kind: kind for kind in (
        "forest", "vineyard", "residential", "industrial", "cemetery", "recreation_ground", "allotments", "commercial",
        "meadow", "quarry", "farmyard", "farmland", "farm", "orchard", "grass", "retail", "village_green")},
    "natural": {"wood": "natural_wood", "scrub": "scrub", "wetland": "wetland", "fell": "fell",
                "grassland": "grassland", "bare_rock": "bare_rock", "heath": "heath"},
    "leisure": {"park": "park", "pitch": "pitch", "nature_reserve": "nature_reserve", "stadium": "stadium",
                "sports_centre": "sports_centre", "track": "recreation_track", "playground": "playground",
                "golf_course": "golf_course", "water_park": "water_park"},
    "amenity": {"parking": "parking", "school": "school", "university": "university", "college": "college",
                "kindergarten": "kindergarten", "hospital": "hospital", "grave_yard": "cemetery"},
    "man_made": {"wastewater_plant": "wastewater_plant"},
    "highway": {"pedestrian": "pedestrian"},
}  # fmt: skip


def add_to(atlas: Atlas, data: OsmData) -> None:
    for way in data.lines:
        if way.tags.get("waterway") in _WATERWAYS_FROM:
            _add_waterway(atlas, way)
    # Large areas first, so that what lies inside another is drawn over it.
    for area in sorted(data.areas, key=lambda area: -area.geometry.area):
        water, land = _water_kind(area.tags), _landuse_kind(area.tags)
        if area.tags.get("building", "no") != "no":
            _add_building(atlas, area)
        elif water:
            min_zoom = _from_size(area, _WATER_FROM)
            atlas.add("water", area.geometry, base_properties(area, water, min_zoom), min_zoom)
        elif land:
            min_zoom = _from_size(area, _LANDUSE_FROM)
            atlas.add("landuse", area.geometry, base_properties(area, land, min_zoom), min_zoom)


def _add_waterway(atlas: Atlas, way: OsmObject) -> None:
    kind = way.tags["waterway"]
    min_zoom = _WATERWAYS_FROM[kind]
    properties = base_properties(way, kind, min_zoom)
    if way.tags.get("tunnel", "no") != "no":
        properties["is_tunnel"] = True
    atlas.add("water", way.geometry, properties, min_zoom)


def _add_building(atlas: Atlas, area: OsmObject) -> None:
    properties: dict[str, Any] = base_properties(area, "building", _BUILDINGS_FROM)
    if area.tags["building"] != "yes":
        properties["kind_detail"] = area.tags["building"]
    for key, name in (("addr:housenumber", "addr_housenumber"), ("addr:street", "addr_street")):
        if area.tags.get(key):
            properties[name] = area.tags[key]
    atlas.add("buildings", area.geometry, properties, _BUILDINGS_FROM)


def _water_kind(tags: dict[str, str]) -> Optional[str]:
    if tags.get("waterway") == "riverbank":
        return "riverbank"
    if tags.get("landuse") in ("basin", "reservoir"):
        return tags["landuse"]
    if tags.get("natural") == "water":
        return "water"
    if tags.get("leisure") == "swimming_pool":
        return "swimming_pool"
    return None


def _landuse_kind(tags: dict[str, str]) -> Optional[str]:
    for key, kinds in _LANDUSE.items():
        if tags.get(key) in kinds:
            return kinds[tags[key]]
    return None


def _from_size(area: OsmObject, earliest: int) -> int:
    """The nominal zoom at which an area is some pixels long."""
    zoom = math.ceil(math.log2(_SMALLEST_PIXELS / 256 / extent(area.geometry)))
    return max(earliest, min(_DEEPEST_AUTOMATIC, zoom))
