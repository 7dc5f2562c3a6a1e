"""Mapbox Vector Tiles, version 2."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from .quantise import EXTENT, POINT, POLYGON, TileFeature

_MOVE_TO, _LINE_TO, _CLOSE_PATH = 1, 2, 7
_VARINT, _DOUBLE, _BYTES = 0, 1, 2  # wire types


def encode(layers: dict[str, list[TileFeature]]) -> bytes:
    """A tile with one MVT layer for each that has features; an empty tile has no bytes."""
    return b"".join(_field(3, _layer(name, features)) for name, features in layers.items() if features)


def _layer(name: str, features: list[TileFeature]) -> bytes:
    keys: dict[str, int] = {}
    values: dict[tuple[type, Any], int] = {}
    body = b"".join(_field(2, _feature(feature, keys, values)) for feature in features)
    return b"".join(
        [
            _number(15, 2),  # the version
            _field(1, name.encode()),
            body,
            b"".join(_field(3, key.encode()) for key in keys),
            b"".join(_field(4, _value(value)) for _, value in values),
            _number(5, EXTENT),
        ]
    )


def _feature(feature: TileFeature, keys: dict[str, int], values: dict[tuple[type, Any], int]) -> bytes:
    tags = bytearray()
    for key, value in feature.properties.items():
        if key == "id":
            continue
        tags += _varint(keys.setdefault(key, len(keys)))
        tags += _varint(values.setdefault((type(value), value), len(values)))  # the type keeps 1 and True apart
    id = feature.properties.get("id", 0)
    return b"".join(
        [
            _number(1, id) if id > 0 else b"",
            _field(2, bytes(tags)),
            _number(3, feature.kind),
            _field(4, _geometry(feature)),
        ]
    )


def _geometry(feature: TileFeature) -> bytes:
    if feature.kind == POINT:
        points = [part[0].tolist() for part in feature.parts]
        return _Pen().draw(_MOVE_TO, points).commands
    pen = _Pen()
    if feature.kind == POLYGON:
        for ring in (ring for polygon in feature.parts for ring in polygon):
            points = ring[:-1].tolist()
            pen.draw(_MOVE_TO, points[:1]).draw(_LINE_TO, points[1:]).close()
    else:
        for line in feature.parts:
            points = line.tolist()
            pen.draw(_MOVE_TO, points[:1]).draw(_LINE_TO, points[1:])
    return pen.commands


class _Pen:
    """Writes geometry commands, whose positions are differences to the one before."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._x = self._y = 0

    @property
    def commands(self) -> bytes:
        return bytes(self._bytes)

    def draw(self, command: int, points: Iterable[list[int]]) -> _Pen:
        points = list(points)
        self._bytes += _varint(len(points) << 3 | command)
        for x, y in points:
            self._bytes += _varint(_zigzag(x - self._x)) + _varint(_zigzag(y - self._y))
            self._x, self._y = x, y
        return self

    def close(self) -> None:
        self._bytes += _varint(1 << 3 | _CLOSE_PATH)


def _value(value: Any) -> bytes:
    if isinstance(value, bool):
        return _number(7, int(value))
    if isinstance(value, int):
        return _number(5, value) if value >= 0 else _number(6, _zigzag(value))
    if isinstance(value, float):
        return _varint(3 << 3 | _DOUBLE) + struct.pack("<d", value)
    return _field(1, value.encode())


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
