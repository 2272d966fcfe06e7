"""What may be chosen of a picture: its size, its theme, its chart and the places to highlight."""

from __future__ import annotations

from typing import NamedTuple

from service.charts.theme import THEMES, Palette

MIN_WIDTH, MAX_WIDTH, DEFAULT_WIDTH = 200, 2000, 720
"""Pixels."""
MIN_SCALE, MAX_SCALE = 0.5, 4.0


class PictureOptions(NamedTuple):
    """`width` is in pixels, which `scale` multiplies in a png; `chart` overrides the statistic's own.

    `highlights` are names of places.
    """

    width: int = DEFAULT_WIDTH
    theme: str = "light"
    scale: float = 1.0
    chart: str | None = None
    highlights: tuple[str, ...] = ()

    @property
    def palette(self) -> Palette:
        return THEMES[self.theme]
