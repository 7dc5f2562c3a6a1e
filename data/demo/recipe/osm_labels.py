"""Places and points of interest of OpenStreetMap."""

from __future__ import annotations

import re
from typing import Any, Optional

from .atlas import HANDOVER_ZOOM, Atlas
from .osm_names import base_properties
from .osm_reader import OsmData, OsmObject

# place=... to Tilezen's kind and the nominal zoom it is shown from.
_PLACES = {"town": ("locality", 8), "village": ("locality", 10), "hamlet": ("locality", 13),
           "suburb": ("neighbourhood", 12), "locality": ("neighbourhood", 14)}  # fmt: skip

_STATIONS_FROM = 12
_PEAKS_FROM = 12
_SIGHTS_FROM = 14
_OTHERS_FROM = 15

_SIGHTS = {"museum", "castle", "viewpoint", "alpine_hut", "zoo", "hospital", "university"}

# The first of these tags that an object has is what it is.
_KIND_TAGS = ("tourism", "historic", "amenity", "shop")
_A_KIND = re.compile(r"[a-z][a-z_]*$")
_NO_LABEL = {"yes", "parking", "information", "shop", "bench", "post_box", "vending_machine", "waste_basket"}


def add_to(atlas: Atlas, data: OsmData) -> None:
    for node in data.nodes:
        if node.tags.get("place") in _PLACES and node.tags.get("name"):
            _add_place(atlas, node)
        elif node.tags.get("natural") == "peak":
            _add_peak(atlas, node)
        elif node.tags.get("railway") in ("station", "halt"):
            _add_station(atlas, node)
        else:
            _add_poi(atlas, node, node.geometry)
    for area in data.areas:
        _add_poi(atlas, area, area.geometry.representative_point())


def _add_place(atlas: Atlas, node: OsmObject) -> None:
    kind, min_zoom = _PLACES[node.tags["place"]]
    properties = {**base_properties(node, kind, min_zoom), "kind_detail": node.tags["place"]}
    if node.tags.get("capital") == "yes":
        properties["country_capital"] = True
    # GeoNames names the same places up to the handover.
    atlas.add("places", node.geometry, properties, max(min_zoom, HANDOVER_ZOOM))


def _add_peak(atlas: Atlas, node: OsmObject) -> None:
    properties = base_properties(node, "peak", _PEAKS_FROM)
    elevation = _number(node.tags.get("ele"))
    if elevation is not None:
        properties["elevation"] = elevation
    atlas.add("pois", node.geometry, properties, _PEAKS_FROM)


def _add_station(atlas: Atlas, node: OsmObject) -> None:
    properties = base_properties(node, node.tags["railway"], _STATIONS_FROM)
    for key in ("network", "operator"):
        if node.tags.get(key):
            properties[key] = node.tags[key]
    atlas.add("pois", node.geometry, properties, _STATIONS_FROM)


def _add_poi(atlas: Atlas, item: OsmObject, point: Any) -> None:
    kind = next((item.tags[key] for key in _KIND_TAGS if item.tags.get(key)), None)
    if not kind or kind in _NO_LABEL or not _A_KIND.match(kind) or not item.tags.get("name"):
        return
    min_zoom = _SIGHTS_FROM if kind in _SIGHTS else _OTHERS_FROM
    properties = base_properties(item, kind, min_zoom)
    for key in ("cuisine", "religion", "sport"):
        if item.tags.get(key):
            properties[key] = item.tags[key]
    atlas.add("pois", point, properties, min_zoom)


def _number(text: Optional[str]) -> Optional[int]:
    """Whole metres out of "1789", "1789.5" or "1789 m"; None if there is no number."""
    digits = re.match(r"\s*(\d+)", text or "")
    return int(digits.group(1)) if digits else None
