#!/usr/bin/env python3
"""Builds the demo tileset: zip metatiles of the world and, to street level, of Liechtenstein.

    build.py --inputs DOWNLOADS --output FOLDER

README.md beside this file says how to get the inputs. The tiles are written to FOLDER/demo/all/{z}/{x}/{y}.zip.
The same inputs give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recipe import (
    coverage,
    geonames,
    natural_earth,
    osm_borders,
    osm_labels,
    osm_land,
    osm_reader,
    osm_roads,
    pyramid,
    world_topology,
)
from recipe.atlas import Atlas
from recipe.inputs import InputError, Inputs
from recipe.progress import Progress

PREFIX, LAYER = "demo", "all"


def main() -> int:
    options = _options()
    if options.output.exists() and any(options.output.iterdir()):
        print(f"build.py: {options.output} is not empty; name a new folder", file=sys.stderr)
        return 2
    try:
        inputs = Inputs(options.inputs, Path(__file__).resolve().parent)
    except InputError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 2

    progress = Progress(sum(len(coverage.metatiles(z)) for z in coverage.ZOOMS))
    progress.headline("reading the sources")
    atlas = _read(inputs)
    count = size = 0
    for z in coverage.ZOOMS:
        progress.headline(f"zoom {z}")
        for tile, archive in pyramid.metatiles(atlas, z):
            path = options.output / PREFIX / LAYER / str(tile.z) / str(tile.x) / f"{tile.y}.zip"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive)
            count, size = count + 1, size + len(archive)
            progress.step()
    progress.finish(f"{count} metatiles, {size:,} bytes")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=Path, required=True, help="the folder with the downloaded packages")
    parser.add_argument("--output", type=Path, required=True, help="a new or empty folder for the tiles")
    return parser.parse_args()


def _read(inputs: Inputs) -> Atlas:
    atlas = Atlas()
    osm = osm_reader.read(inputs.osm_file)
    natural_earth.add_to(atlas, inputs, osm_borders.country_borders(osm))
    world_topology.add_to(atlas, inputs)
    geonames.add_to(atlas, inputs)
    for source in (osm_borders, osm_land, osm_roads, osm_labels):
        source.add_to(atlas, osm)
    atlas.sort()
    return atlas


if __name__ == "__main__":
    sys.exit(main())
