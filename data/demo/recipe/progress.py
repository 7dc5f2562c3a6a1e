"""Says how far a long job is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 30


class Progress:
    """Counts steps up to `total`. Lines are printed when the headline changes, not at every step."""

    def __init__(self, total: int, stream: TextIO = sys.stderr):
        self._total = total
        self._done = 0
        self._stream = stream
        self._headline = ""
        self._started = time.monotonic()

    def headline(self, text: str) -> None:
        if text == self._headline:
            return
        self._headline = text
        if self._stream.isatty():
            self._draw()
        else:
            print(f"[{self._done}/{self._total}, {self._seconds()} s] {text}", file=self._stream, flush=True)

    def step(self) -> None:
        self._done += 1
        if self._stream.isatty():
            self._draw()

    def finish(self, text: str) -> None:
        if self._stream.isatty():
            print("\r\x1b[K", end="", file=self._stream)
        print(f"{text} ({self._seconds()} s)", file=self._stream, flush=True)

    def _draw(self) -> None:
        filled = _WIDTH * self._done // self._total
        bar = "#" * filled + "." * (_WIDTH - filled)
        print(f"\r\x1b[K[{bar}] {self._done}/{self._total} {self._headline}", end="", file=self._stream, flush=True)

    def _seconds(self) -> int:
        return round(time.monotonic() - self._started)
