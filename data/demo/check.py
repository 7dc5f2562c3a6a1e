#!/usr/bin/env python3
"""Checks a demo tileset: every archive, every entry, every tile, with a decoder that did not write them.

    check.py [FOLDER]

FOLDER (default: tiles beside this file) holds demo/all/{z}/{x}/{y}.zip. Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import shapely
from shapely.geometry import shape

from recipe import coverage
from recipe.atlas import LAYERS
from recipe.progress import Progress
from recipe.quantise import EXTENT

PREFIX, LAYER = "demo", "all"

# Eight pixels of the smallest tile, which is 256 pixels wide.
_FURTHEST_OUTSIDE = 8 * EXTENT // 256


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "tiles"
    wanted = [tile for z in coverage.ZOOMS for tile in coverage.metatiles(z)]
    root = folder / PREFIX / LAYER
    paths = {tile: root / str(tile.z) / str(tile.x) / f"{tile.y}.zip" for tile in wanted}
    problems = [f"{path}: not expected" for path in sorted(set(root.rglob("*.zip")) - set(paths.values()))]
    counts: Counter[str] = Counter()
    progress = Progress(len(paths))
    for tile, path in paths.items():
        progress.headline(f"zoom {tile.z}")
        problems += [f"{path}: {problem}" for problem in _problems(path, tile, counts)]
        progress.step()
    for problem in problems:
        print(problem)
    summary = ", ".join(f"{count:,} {what}" for what, count in counts.items())
    progress.finish(f"{summary}; {len(problems)} problems")
    return 1 if problems else 0


def _problems(path: Path, metatile: coverage.TileId, counts: Counter[str]) -> Iterator[str]:
    """What is wrong with one archive."""
    if not path.is_file():
        yield "missing"
        return
    counts["bytes"] += path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        broken = archive.testzip()
        if broken:
            yield f"{broken} is damaged"
            return
        positions = [f"{z}/{x}/{y}" for z in range(3) for x in range(1 << z) for y in range(1 << z)]
        extensions = coverage.formats(metatile)
        wanted = {f"{position}.{extension}" for position in positions for extension in extensions}
        if sorted(archive.namelist()) != sorted(wanted):
            yield "has other entries than expected"
            return
        counts["archives"] += 1
        counts["entries"] += len(wanted)
        for position in positions:
            tile = {extension: archive.read(f"{position}.{extension}") for extension in extensions}
            for problem in _tile_problems(tile, counts):
                yield f"{position}: {problem}"


def _tile_problems(tile: dict[str, bytes], counts: Counter[str]) -> Iterator[str]:
    """What is wrong with one tile, given its formats."""
    layers = mapbox_vector_tile.decode(tile["mvt"], default_options={"y_coord_down": True}) if tile["mvt"] else {}
    if list(layers) != [name for name in LAYERS if name in layers]:
        yield f"layers out of order or unknown: {', '.join(layers)}"
    if not layers.keys() & {"earth", "water"}:
        yield "neither earth nor water"
    sizes = _sizes(layers, "features")
    counts["tiles"] += 1
    counts["features"] += sum(sizes.values())
    for name, layer in layers.items():
        for feature in layer["features"]:
            problem = _geometry_problem(feature)
            if problem:
                yield f"{name}: {problem}"
    if "json" in tile and _sizes(json.loads(tile["json"]), "features") != sizes:
        yield "JSON and MVT have different features"
    if "topojson" in tile:
        topology = json.loads(tile["topojson"])
        if _sizes(topology["objects"], "geometries") != sizes:
            yield "TopoJSON and MVT have different features"
        if set(_arcs_used(topology)) != set(range(len(topology["arcs"]))):
            yield "TopoJSON uses arcs it does not have, or has arcs it does not use"


def _sizes(layers: dict[str, Any], key: str) -> dict[str, int]:
    """How many features each layer has, without the empty ones."""
    return {name: len(layer[key]) for name, layer in layers.items() if layer[key]}


def _geometry_problem(feature: dict[str, Any]) -> str:
    geometry = shape(feature["geometry"])
    if geometry.is_empty:
        return "empty geometry"
    if not geometry.is_valid:
        return f"invalid: {shapely.is_valid_reason(geometry)}"
    left, top, right, bottom = geometry.bounds
    if min(left, top) < -_FURTHEST_OUTSIDE or max(right, bottom) > EXTENT + _FURTHEST_OUTSIDE:
        return f"reaches too far out: {geometry.bounds}"
    return ""


def _arcs_used(topology: dict[str, Any]) -> Iterator[int]:
    def flat(nested: Any) -> Iterator[int]:
        if isinstance(nested, int):
            yield nested if nested >= 0 else ~nested
        else:
            for item in nested:
                yield from flat(item)

    for collection in topology["objects"].values():
        for geometry in collection["geometries"]:
            yield from flat(geometry.get("arcs", []))


if __name__ == "__main__":
    sys.exit(main())
