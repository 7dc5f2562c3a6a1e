"""Land, ocean, lakes, borders and country labels from Natural Earth, at three scales."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import shapely
from shapely.geometry import Point, shape

from . import coverage
from .atlas import DEEPEST, HANDOVER_ZOOM, LANGUAGES, Atlas, translations
from .geometry import only_dimension
from .inputs import Inputs
from .mercator import MAX_LATITUDE, project_geometry

SOURCE = "naturalearthdata.com"

# Scale, and the first and last nominal zoom it is drawn at.
_FINEST, _FINEST_FROM = "10m", 7
_SCALES = (("110m", 0, 2), ("50m", 3, _FINEST_FROM - 1), (_FINEST, _FINEST_FROM, DEEPEST))

_WORLD = (-180.0, -MAX_LATITUDE, 180.0, MAX_LATITUDE)
_COUNTRY_LABELS_TO = 9
_LAKE_LANGUAGES = ("de", "en", "fr")  # lakes come with every tile they touch: more would weigh

# 3 km of the 27,300 km around the world at the latitude of Liechtenstein: as far as the borders stray there.
_NEAR = 3 / 27_300

# By the first word of Natural Earth's feature class.
_BORDER_KINDS = {"International": "country", "Disputed": "disputed", "Line": "line_of_control", "Lease": "lease_limit",
                 "Overlay": "overlay_limit", "Indefinite": "indefinite", "Indeterminant": "indeterminate",
                 "Claim": "disputed", "Unrecognized": "disputed"}  # fmt: skip


def add_to(atlas: Atlas, inputs: Inputs, better_borders) -> None:
    """Adds all layers. From the handover zoom on, its borders give way to better_borders (lines on the unit square)
    and lead up to where those end."""
    for scale, first, last in _SCALES:
        for geometry, _ in _read(inputs, f"physical/ne_{scale}_land", scale):
            atlas.add("earth", geometry, {"kind": "earth", "source": SOURCE}, first, last)
        for geometry, _ in _read(inputs, f"physical/ne_{scale}_ocean", scale):
            atlas.add("water", geometry, {"kind": "ocean", "source": SOURCE, "min_zoom": 0}, first, last)
        for geometry, record in _read(inputs, f"physical/ne_{scale}_lakes", scale):
            _add_lake(atlas, geometry, record, first, last)
        for geometry, record in _read(inputs, f"cultural/ne_{scale}_admin_0_boundary_lines_land", scale):
            _add_border(atlas, geometry, record, first, last, better_borders)
    _add_countries(atlas, inputs)


def _read(inputs: Inputs, theme: str, scale: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Geometries on the unit square with their records; keys in lower case (they differ between the scales)."""
    # The finest scale is drawn around Liechtenstein only; the rest of the world would be prepared in vain.
    window = coverage.area_in_degrees(_FINEST_FROM - coverage.METATILE_LEVELS) if scale == _FINEST else _WORLD
    for item in inputs.natural_earth(theme).iterShapeRecords():
        if not item.shape.points:
            continue
        geometry = shape(item.shape.__geo_interface__)
        dimension = shapely.get_dimensions(geometry)
        geometry = shapely.clip_by_rect(shapely.make_valid(geometry), *window)
        geometry = only_dimension(geometry, dimension)
        if geometry is not None:
            yield project_geometry(geometry), {key.lower(): value for key, value in item.record.as_dict().items()}


def _add_lake(atlas: Atlas, geometry, record: dict[str, Any], first: int, last: int) -> None:
    min_zoom = int(record.get("min_zoom") or 0)
    properties = {"kind": "lake", "source": SOURCE, "min_zoom": min_zoom}
    if record.get("name"):
        properties["name"] = record["name"]
        properties.update(translations(record["name"], {lang: record.get(f"name_{lang}") for lang in _LAKE_LANGUAGES}))
    atlas.add("water", geometry, properties, max(first, min_zoom), last)


def _add_border(atlas: Atlas, geometry, record: dict[str, Any], first: int, last: int, better_borders) -> None:
    min_zoom = math.floor(record.get("min_zoom") or 0)
    kind = _BORDER_KINDS[str(record["featurecla"]).split(" ", 1)[0]]
    properties = {"kind": kind, "source": SOURCE, "min_zoom": min_zoom}
    if kind == "country":
        properties["kind_detail"] = "2"
    first = max(first, min_zoom)
    atlas.add("boundaries", geometry, properties, first, min(last, HANDOVER_ZOOM - 1))
    if last >= HANDOVER_ZOOM:
        rest = _joined_to(geometry, better_borders)
        atlas.add("boundaries", rest, properties, max(first, HANDOVER_ZOOM), last)


def _joined_to(border, better):
    """What of a border is not near a better one, with its loose ends led straight to it."""
    near = better.buffer(_NEAR)
    rest = border.difference(near)
    if rest.is_empty or not border.intersects(near):
        return rest
    cuts = [Point(end) for line in shapely.get_parts(rest) for end in (line.coords[0], line.coords[-1])]
    links = [shapely.shortest_line(cut, better) for cut in cuts if near.distance(cut) < _NEAR / 100]
    return shapely.line_merge(shapely.union_all([rest, *links]))


def _add_countries(atlas: Atlas, inputs: Inputs) -> None:
    for item in inputs.natural_earth("cultural/ne_50m_admin_0_countries").iterRecords():
        record = {key.lower(): value for key, value in item.as_dict().items()}
        # Natural Earth counts zooms of 512-pixel tiles, Tilezen those of 256; its labels come one zoom earlier.
        min_zoom = max(0, round(float(record["min_label"])) - 1)
        name = record["name"]
        properties = {
            "kind": "country",
            "name": name,
            "min_zoom": min_zoom,
            "population": int(record["pop_est"] or 0),
            "population_rank": int(record["pop_rank"] or 0),
            "country_code": record["iso_a2_eh"],
            "wikidata_id": record["wikidataid"],
            "source": SOURCE,
            **translations(name, {lang: record.get(f"name_{lang}") for lang in LANGUAGES}),
        }
        label = project_geometry(Point(record["label_x"], record["label_y"]))
        atlas.add("places", label, properties, min_zoom, _COUNTRY_LABELS_TO)
