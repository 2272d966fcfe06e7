"""Themes: the contrast of their colours, and who can tell them apart."""

from __future__ import annotations

from itertools import combinations
from math import dist

import pytest

from service.charts.theme import (
    BELOW_TO_ABOVE,
    BETTER_OR_WORSE,
    BETTER_TO_WORSE,
    LOW_TO_HIGH,
    ON_DARK,
    ON_LIGHT,
    THEMES,
    contrast,
)

SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
}
"""What becomes of linear red, green and blue (Machado, Oliveira & Fernandes 2009)."""
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.95047, 1.0, 1.08883)
Matrix = tuple[tuple[float, float, float], ...]


def test_colours_are_readable() -> None:
    """Text has a contrast of 4.5 to 1 with what it stands on, and lines of 3 to 1, in both themes (WCAG 2.2 AA)."""
    for colours in THEMES.values():
        for text in (colours.ink, colours.faint, colours.alarm):
            assert contrast(text, colours.paper) >= 4.5, text
        for tile in (*LOW_TO_HIGH, *BETTER_TO_WORSE, *BELOW_TO_ABOVE, *BETTER_OR_WORSE, colours.missing):
            assert max(contrast(text, tile) for text in (ON_LIGHT, ON_DARK)) >= 4.5, tile
        for bar in (colours.plain, colours.best, colours.worst, colours.national):
            assert contrast(colours.paper, bar) >= 4.5, bar
        for line in colours.series:
            assert contrast(line, colours.paper) >= 3, line


@pytest.mark.parametrize("sight", SIGHT)
def test_lines_can_be_told_apart_by_the_colour_blind(sight: str) -> None:
    """Eight series and National are at least 20 apart in CIELAB, whoever sees them."""
    for colours in THEMES.values():
        assert len(colours.series) == 8
        for one, other in combinations((*colours.series, colours.national), 2):
            assert dist(lab(one, SIGHT[sight]), lab(other, SIGHT[sight])) >= 20, (one, other)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("colours", [LOW_TO_HIGH, BETTER_TO_WORSE, BELOW_TO_ABOVE, BETTER_OR_WORSE])
def test_classes_beside_each_other_can_be_told_apart(colours: tuple[str, ...], sight: str) -> None:
    """And the two sides of zero, by the colour-blind too."""
    seen = [lab(colour, SIGHT[sight]) for colour in colours]
    assert all(dist(one, other) >= 9 for one, other in combinations(seen, 2))


def lab(colour: str, sight: Matrix) -> list[float]:
    """CIELAB of `#rrggbb` as somebody sees it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    seen = [min(1.0, max(0.0, part)) for part in product(sight, linear)]
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (each / white for each, white in zip(product(XYZ, seen), WHITE, strict=True))
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def product(matrix: Matrix, vector: list[float]) -> list[float]:
    return [sum(factor * part for factor, part in zip(row, vector, strict=True)) for row in matrix]
