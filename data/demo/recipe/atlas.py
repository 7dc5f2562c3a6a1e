"""All features of the demo, by layer, before any tile is cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .sort_rank import sort_rank

# The order in which tiles list them.
LAYERS = ("earth", "water", "landuse", "boundaries", "roads", "transit", "buildings", "pois", "places")

DEEPEST = 99

# From this nominal zoom OpenStreetMap draws what it knows of Liechtenstein; before it, Natural Earth and GeoNames do.
HANDOVER_ZOOM = 10

# The languages that names are kept in, where a source has them.
LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "pt", "ru", "zh")


@dataclass(frozen=True)
class Feature:
    """One thing on the map. Its geometry is on the unit square (see mercator); it is shown from one nominal zoom to
    another, both included."""

    geometry: Any
    properties: dict[str, Any]
    first_zoom: int
    last_zoom: int


@dataclass
class Atlas:
    layers: dict[str, list[Feature]] = field(default_factory=lambda: {name: [] for name in LAYERS})

    def add(self, layer: str, geometry, properties: dict[str, Any], first_zoom: int, last_zoom: int = DEEPEST) -> None:
        """Files a feature under its layer; one without geometry is ignored. Adds the layer's sort_rank."""
        if geometry is None or geometry.is_empty or first_zoom > last_zoom:
            return
        rank = sort_rank(layer, properties)
        if rank is not None:
            properties = {**properties, "sort_rank": rank}
        self.layers[layer].append(Feature(geometry, properties, first_zoom, last_zoom))

    def sort(self) -> None:
        """Puts each layer in drawing order: what is drawn first comes first, and the places most worth a label lead."""
        for name, features in self.layers.items():
            if name == "places":
                features.sort(key=lambda f: (f.properties["min_zoom"], -f.properties.get("population", 0)))
            else:
                features.sort(key=lambda f: f.properties.get("sort_rank", 0))


def translations(name: str, by_language: dict[str, Any]) -> dict[str, str]:
    """The properties name:en, name:de, ... for the languages in which it is called something else."""
    return {f"name:{lang}": text for lang, text in by_language.items() if lang in LANGUAGES and text and text != name}
