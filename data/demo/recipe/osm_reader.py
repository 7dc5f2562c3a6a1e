"""Reads an OpenStreetMap extract into nodes, lines, areas and administrative borders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely
from shapely.geometry import LineString, Point

from .geometry import only_polygons
from .mercator import project_geometry


@dataclass(frozen=True)
class OsmObject:
    """Geometry on the unit square. A relation's id is negative."""

    id: int
    tags: dict[str, str]
    geometry: Any


@dataclass
class OsmData:
    """`lines` has every way, `areas` closed ways again and multipolygons: the tags say which of the two is meant."""

    nodes: list[OsmObject] = field(default_factory=list)
    lines: list[OsmObject] = field(default_factory=list)
    areas: list[OsmObject] = field(default_factory=list)
    # The highest administrative unit whose border a way is: 2 for a country, then 4, 6, 8.
    border_levels: dict[int, int] = field(default_factory=dict)


def read(path: Path) -> OsmData:
    reader = _Reader(_outer_ways_of_multipolygons(path))
    for item in osmium.FileProcessor(str(path)).with_areas():
        reader.take(item)
    return reader.finished()


class _Reader:
    """Takes the objects of an extract in its order: nodes, ways, relations; an area comes after its ways."""

    def __init__(self, outer_ways: dict[int, list[int]]):
        self._outer_ways = outer_ways
        self._drawn_by_relations: set[int] = set()
        self._tags_of_way: dict[int, dict[str, str]] = {}
        self._levels: dict[int, list[int]] = defaultdict(list)
        self._polygons = osmium.geom.WKBFactory()
        self._data = OsmData()

    def take(self, item: Any) -> None:
        tags = {tag.k: tag.v for tag in item.tags}
        if item.is_node():
            self._node(item, tags)
        elif item.is_way():
            self._way(item, tags)
        elif item.is_relation():
            self._relation(item, tags)
        else:
            self._area(item, tags)

    def finished(self) -> OsmData:
        self._data.areas = [area for area in self._data.areas if area.id not in self._drawn_by_relations]
        self._data.border_levels = {way: min(of_units) for way, of_units in self._levels.items()}
        return self._data

    def _node(self, node: Any, tags: dict[str, str]) -> None:
        if tags:
            point = Point(node.location.lon, node.location.lat)
            self._data.nodes.append(OsmObject(node.id, tags, project_geometry(point)))

    def _way(self, way: Any, tags: dict[str, str]) -> None:
        self._tags_of_way[way.id] = tags
        if _is_border(tags):
            self._levels[way.id].append(int(tags["admin_level"]))
        points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(points) > 1:
            self._data.lines.append(OsmObject(way.id, tags, project_geometry(LineString(points))))

    def _relation(self, relation: Any, tags: dict[str, str]) -> None:
        if _is_border(tags):
            for member in relation.members:
                if member.type == "w":
                    self._levels[member.ref].append(int(tags["admin_level"]))

    def _area(self, area: Any, tags: dict[str, str]) -> None:
        id = area.orig_id() if area.from_way() else -area.orig_id()
        for way in self._outer_ways.get(-id, []):
            if _says_the_same(self._tags_of_way.get(way, {}), tags):
                # The way alone would fill the holes that its relation cuts.
                self._drawn_by_relations.add(way)
                tags = {**self._tags_of_way[way], **tags}
        if tags:
            shape = shapely.from_wkb(self._polygons.create_multipolygon(area))
            shape = only_polygons(shapely.make_valid(project_geometry(shape)))
            if shape is not None:
                self._data.areas.append(OsmObject(id, tags, shape))


def _is_border(tags: dict[str, str]) -> bool:
    return tags.get("boundary") == "administrative" and tags.get("admin_level", "").isdigit()


# Tags of a relation that do not say what the area is.
_ABOUT_THE_RELATION = {"type", "fixme", "FIXME", "note", "source", "created_by"}


def _says_the_same(way: dict[str, str], relation: dict[str, str]) -> bool:
    """Whether an outer way and its multipolygon are the same thing on the ground.

    In the older fashion the way has all the tags and the relation none; others have them twice.
    """
    described = set(relation) - _ABOUT_THE_RELATION
    return bool(way) and (not described or any(way.get(key) == relation[key] for key in described))


def _outer_ways_of_multipolygons(path: Path) -> dict[int, list[int]]:
    found = {}
    for relation in osmium.FileProcessor(str(path), osmium.osm.RELATION):
        tags = {tag.k: tag.v for tag in relation.tags}
        if tags.get("type") == "multipolygon" and not _is_border(tags):
            found[relation.id] = [member.ref for member in relation.members if member.role != "inner"]
    return found
