"""Tilezen's sort_rank: where a feature is drawn among all others, from the bottom up.

The numbers are those of the Tilezen schema, for the kinds this demo has.
"""

from __future__ import annotations

from typing import Any, Optional

_WATER = {"river": 201, "canal": 201, "stream": 201, "ditch": 201, "drain": 201, "dam": 201, "lake": 204,
          "water": 204, "riverbank": 204, "reservoir": 204, "basin": 204, "swimming_pool": 206}  # fmt: skip

_LANDUSE = {
    "residential": 20, "industrial": 21, "nature_reserve": 23, "park": 24, "bare_rock": 27, "wood": 30, "forest": 31,
    "natural_wood": 34, "grass": 35, "grassland": 35, "meadow": 36, "scrub": 37, "heath": 37, "fell": 37, "orchard": 38,
    "vineyard": 38, "farm": 40, "farmland": 41, "university": 42, "college": 43, "commercial": 46, "retail": 47,
    "hospital": 57, "golf_course": 59, "recreation_ground": 60, "recreation_track": 62, "stadium": 69,
    "sports_centre": 70, "village_green": 71, "wastewater_plant": 73, "farmyard": 77, "quarry": 79, "cemetery": 81,
    "school": 82, "kindergarten": 82, "allotments": 93, "pedestrian": 101, "playground": 102, "pitch": 103,
    "water_park": 110, "parking": 112, "wetland": 220,
}  # fmt: skip

_BOUNDARIES = {"locality": 252, "county": 254, "region": 256, "indefinite": 259, "indeterminate": 259,
               "lease_limit": 259, "overlay_limit": 259, "line_of_control": 260, "disputed": 261,
               "country": 262}  # fmt: skip

_ROADS = {"motorway": 383, "rail": 382, "trunk": 381, "primary": 380, "secondary": 379, "tertiary": 377,
          "motorway_link": 374, "trunk_link": 374, "primary_link": 374, "secondary_link": 374, "tertiary_link": 374,
          "residential": 360, "unclassified": 360, "road": 360, "living_street": 360, "service": 358}  # fmt: skip

_BRIDGE_OVER_ROAD = 50
_AERIALWAY = 440
_CHAIR_LIFT = 441
_GONDOLA = 442


def sort_rank(layer: str, properties: dict[str, Any]) -> Optional[int]:
    """The rank of a feature, or None in layers that are not ranked (places, pois)."""
    kind = properties["kind"]
    if layer == "earth":
        return 10
    if layer == "water":
        return _WATER.get(kind, 200)
    if layer == "landuse":
        return _LANDUSE.get(kind, 11)
    if layer == "boundaries":
        return _BOUNDARIES.get(kind, 250)
    if layer == "roads":
        return _road_rank(properties)
    if layer == "transit":
        return 385 if kind == "platform" else 275
    if layer == "buildings":
        return 475
    return None


def _road_rank(properties: dict[str, Any]) -> int:
    kind, detail = properties["kind"], properties.get("kind_detail", "")
    if kind == "aerialway":
        return {"gondola": _GONDOLA, "cable_car": _GONDOLA, "chair_lift": _CHAIR_LIFT}.get(detail, _AERIALWAY)
    if kind in ("path", "piste"):
        rank = 354
    elif kind == "rail" and properties.get("service"):
        rank = {"spur": 361, "siding": 361, "yard": 359}.get(properties["service"], 357)
    else:
        rank = _ROADS.get(detail, 355)
    if properties.get("is_bridge"):
        return rank + _BRIDGE_OVER_ROAD
    if properties.get("is_tunnel"):
        return rank - _BRIDGE_OVER_ROAD
    return rank
