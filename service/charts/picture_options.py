"""What may be chosen of a picture: its size, its theme, its chart and the places to highlight."""

from __future__ import annotations

from typing import NamedTuple


class PictureOptions(NamedTuple):
    """`width` is in pixels, which `scale` multiplies in a png; `chart` overrides the statistic's own.

    `highlights` are names of places.
    """

    width: int = 720
    theme: str = "light"
    scale: float = 1.0
    chart: str | None = None
    highlights: tuple[str, ...] = ()
