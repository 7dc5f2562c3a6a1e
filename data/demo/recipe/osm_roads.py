"""Roads, paths, railways, aerialways and ski runs of OpenStreetMap; and the transit layer."""

from __future__ import annotations

import shapely

from .atlas import Atlas
from .osm_names import SOURCE, base_properties
from .osm_reader import OsmData, OsmObject

# highway=... to Tilezen's kind and the nominal zoom it is shown from.
_ROADS = {
    "motorway": ("highway", 5), "motorway_link": ("highway", 9), "trunk": ("major_road", 6),
    "trunk_link": ("highway", 9), "primary": ("major_road", 8), "primary_link": ("major_road", 10),
    "secondary": ("major_road", 10), "secondary_link": ("major_road", 11), "tertiary": ("major_road", 11),
    "tertiary_link": ("major_road", 12), "unclassified": ("minor_road", 12), "residential": ("minor_road", 13),
    "living_street": ("minor_road", 13), "road": ("minor_road", 13), "service": ("minor_road", 14),
    "pedestrian": ("path", 13), "track": ("path", 13), "cycleway": ("path", 13), "path": ("path", 14),
    "footway": ("path", 14), "bridleway": ("path", 14), "steps": ("path", 15),
}  # fmt: skip

_RAILS_FROM = 10
_TRAINS_FROM = 8
_PLATFORMS_FROM = 15
_AERIALWAYS_FROM = 13
_PISTES_FROM = 13

_KEPT_AS_THEY_ARE = ("ref", "surface", "oneway", "service")
_KEPT_AS_TRUTHS = {"bridge": "is_bridge", "tunnel": "is_tunnel"}


def add_to(atlas: Atlas, data: OsmData) -> None:
    for way in data.lines:
        tags = way.tags
        if tags.get("highway") in _ROADS and tags.get("area") != "yes":
            _add_road(atlas, way)
        elif tags.get("railway") in ("rail", "light_rail", "narrow_gauge"):
            _add(atlas, way, "rail", tags["railway"], _RAILS_FROM)
        elif tags.get("aerialway"):
            _add(atlas, way, "aerialway", tags["aerialway"].replace("-", "_"), _AERIALWAYS_FROM)
        elif tags.get("piste:type") and tags.get("area") != "yes":
            _add_piste(atlas, way)
        elif tags.get("railway") == "platform" and not way.geometry.is_closed:
            _add_platform(atlas, way)
    for area in data.areas:
        if area.tags.get("railway") == "platform":
            _add_platform(atlas, area)
    _add_trains(atlas, data)


def _add_road(atlas: Atlas, way: OsmObject) -> None:
    highway = way.tags["highway"]
    kind, min_zoom = _ROADS[highway]
    _add(atlas, way, kind, highway, min_zoom)


def _add(atlas: Atlas, way: OsmObject, kind: str, detail: str, min_zoom: int) -> None:
    properties = {**base_properties(way, kind, min_zoom), "kind_detail": detail}
    properties.update({key: way.tags[key] for key in _KEPT_AS_THEY_ARE if way.tags.get(key)})
    properties.update({name: True for key, name in _KEPT_AS_TRUTHS.items() if way.tags.get(key, "no") != "no"})
    if detail.endswith("_link"):
        properties["is_link"] = True
    atlas.add("roads", way.geometry, properties, min_zoom)


def _add_piste(atlas: Atlas, way: OsmObject) -> None:
    properties = {**base_properties(way, "piste", _PISTES_FROM), "kind_detail": way.tags["piste:type"]}
    if way.tags.get("piste:difficulty"):
        properties["piste_difficulty"] = way.tags["piste:difficulty"]
    atlas.add("roads", way.geometry, properties, _PISTES_FROM)


def _add_platform(atlas: Atlas, item: OsmObject) -> None:
    atlas.add("transit", item.geometry, base_properties(item, "platform", _PLATFORMS_FROM), _PLATFORMS_FROM)


def _add_trains(atlas: Atlas, data: OsmData) -> None:
    """The lines trains run on. The extract has no route relations for trains: its main tracks stand in for them."""
    tracks: dict[str, list] = {}
    for way in data.lines:
        if way.tags.get("railway") == "rail" and way.tags.get("usage") == "main":
            tracks.setdefault(way.tags.get("operator", ""), []).append(way.geometry)
    for operator, lines in sorted(tracks.items()):
        properties = {"kind": "train", "min_zoom": _TRAINS_FROM, "source": SOURCE}
        if operator:
            properties["operator"] = operator
        for line in shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))):
            atlas.add("transit", line, properties, _TRAINS_FROM)
