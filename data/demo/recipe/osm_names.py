"""The properties that all features from OpenStreetMap share."""

from __future__ import annotations

from typing import Any

from .atlas import LANGUAGES, translations
from .osm_reader import OsmObject

SOURCE = "openstreetmap.org"


def base_properties(item: OsmObject, kind: str, min_zoom: int) -> dict[str, Any]:
    """kind, min_zoom, source, id and, where it has one, its name in several languages."""
    properties: dict[str, Any] = {"kind": kind, "min_zoom": min_zoom, "source": SOURCE, "id": item.id}
    name = item.tags.get("name")
    if name:
        properties["name"] = name
        properties.update(translations(name, {lang: item.tags.get(f"name:{lang}") for lang in LANGUAGES}))
    return properties
