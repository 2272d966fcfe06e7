"""The themes: their colours, and Vega-Lite's configuration of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

FONT = "sans-serif"
"""The one family that every machine has: with a family that is missing, vl-convert draws no text at all."""

NARROW = 640
"""Pixels of a picture, below which its legends stand one below the other."""


class Palette(NamedTuple):
    """`ink` and `faint` are for text on `paper`, `tile` is for text on the colours of the scales."""

    paper: str
    ink: str
    faint: str
    grid: str
    plain: str
    missing: str
    alarm: str
    tile: str
    best: str
    worst: str
    national: str
    series: tuple[str, ...]


SEQUENTIAL = ("#eef5fb", "#cfe2f3", "#a6cbe8", "#79b0da", "#5597cc")
"""From low to high in one hue, which the colour-blind can tell apart too; dark text is readable on each."""
TO_WORSE = ("#fdf3ea", "#f8dcc3", "#f1bf98", "#e7a06c", "#d98348")
"""From better to worse, where that is known, whichever end of the values is the better one."""
DIVERGING = ("#b39ddb", "#f5f5f2", "#6fa6d6")
"""Below zero, at zero, above it."""
WORSE_TO_BETTER = ("#dd8a4f", "#f5f5f2", "#55b0a2")
"""On the worse side of zero, at zero, on the better side."""

THEMES: Mapping[str, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#16202b",
        faint="#55606d",
        grid="#e2e7ed",
        plain="#5f768d",
        missing="#d5d8dc",
        alarm="#a3271f",
        tile="#101820",
        best="#00796b",
        worst="#b8481b",
        national="#3a3f45",
        series=("#0b62a8", "#b8481b", "#00796b", "#8a3f8f", "#6b6200", "#a3195b", "#3d7a1f", "#5a5f66"),
    ),
    "dark": Palette(
        paper="#12171d",
        ink="#e9eef4",
        faint="#a9b4c0",
        grid="#2a323b",
        plain="#6d859d",
        missing="#8b929a",
        alarm="#ff9c92",
        tile="#101820",
        best="#3fbfae",
        worst="#ee8b62",
        national="#c7cdd4",
        series=("#6db3f2", "#ee8b62", "#3fbfae", "#d295d8", "#d3c84f", "#ff8fb8", "#9bd16f", "#c7cdd4"),
    ),
}


def vega_config(palette: Palette, width: int) -> dict[str, Any]:
    """Vega-Lite's `config` for a picture of this width in pixels."""
    sizes = {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    text = {"labelColor": palette.ink, "titleColor": palette.ink, **sizes}
    lines = dict.fromkeys(("gridColor", "domainColor", "tickColor"), palette.grid)
    return {
        "font": FONT,
        "background": palette.paper,
        "view": {"stroke": None},
        "axis": {**text, **lines},
        "axisQuantitative": {"tickCount": max(3, width // 80)},
        "legend": {
            **text,
            "orient": "bottom",
            "symbolOpacity": 1,
            "titleLimit": 0,
            "columns": max(1, width // 120),
            "layout": {"bottom": {"anchor": "start", "direction": "vertical" if width < NARROW else "horizontal"}},
        },
        "text": {"color": palette.ink, "fontSize": 11},
        "title": {"color": palette.ink, "subtitleColor": palette.faint},
    }
