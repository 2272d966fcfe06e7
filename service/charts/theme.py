"""The themes: their colours, and Vega-Lite's configuration of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

FONT = "sans-serif"
"""The one family that every machine has: with a family that is missing, vl-convert draws no text at all."""

NARROW = 640
"""Pixels of a picture, below which its legends stand one below the other."""


class Palette(NamedTuple):
    """`ink` and `faint` are for text on `paper`.

    `series` are those of Okabe and Ito that can be read on the paper, and more, all of which the colour-blind can tell
    apart from each other and from `national`.
    """

    paper: str
    ink: str
    faint: str
    grid: str
    plain: str
    missing: str
    alarm: str
    best: str
    worst: str
    national: str
    series: tuple[str, ...]


LOW_TO_HIGH = ("#eef5fc", "#cfe1f2", "#a5cbe6", "#6fafd9", "#4791c8", "#2268ab", "#0b3f78")
"""In one hue, which the colour-blind can tell apart too; the colours of values are the same in either theme."""
BETTER_TO_WORSE = ("#fff5eb", "#fee0c0", "#fdc48f", "#fba35c", "#f07f2e", "#c44f08", "#8a3204")
"""Where that is known, whichever end of the values is the better one."""
BELOW_TO_ABOVE = ("#6b5600", "#b8991f", "#e8d487", "#f6f5ee", "#c3daf0", "#6fafd9", "#2268ab")
"""Of differences, with zero in the middle."""
BETTER_OR_WORSE = ("#04655f", "#3fa9a5", "#a3d9dc", "#f6f5ee", "#fdd3a5", "#fb9a4e", "#bd4a06")
"""Of differences of which one side is better; worse has the hue that it has above."""
ON_LIGHT, ON_DARK = "#101820", "#ffffff"
"""Text on the colours of values."""

THEMES: Mapping[str, Palette] = {
    "light": Palette(
        paper="#ffffff",
        ink="#16202b",
        faint="#55606d",
        grid="#e2e7ed",
        plain="#5f768d",
        missing="#d5d8dc",
        alarm="#a3271f",
        best="#00796b",
        worst="#b8481b",
        national="#3a3f45",
        series=("#0072b2", "#d55e00", "#009e73", "#f01eff", "#6900ff", "#781e78", "#0f0096", "#78000f"),
    ),
    "dark": Palette(
        paper="#12171d",
        ink="#e9eef4",
        faint="#a9b4c0",
        grid="#2a323b",
        plain="#6d859d",
        missing="#8b929a",
        alarm="#ff9c92",
        best="#3fbfae",
        worst="#ee8b62",
        national="#c7cdd4",
        series=("#56b4e9", "#d55e00", "#009e73", "#a50fff", "#ffff0f", "#ff00b4", "#00ff87", "#f0b40f"),
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
            "layout": {"bottom": {"anchor": "start", "direction": "vertical", "bounds": "full"}},
        },
        "text": {"color": palette.ink, "fontSize": 11},
        "title": {"color": palette.ink, "subtitleColor": palette.faint},
    }


def luminance(color: str) -> float:
    """WCAG 2.2's relative luminance of `#rrggbb`."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
