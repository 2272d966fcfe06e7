"""Themes: the contrast of their colours."""

from __future__ import annotations

from service.charts.theme import DIVERGING, SEQUENTIAL, THEMES


def test_colours_are_readable() -> None:
    """Text has a contrast of 4.5 to 1 with what it stands on, and lines of 3 to 1, in both themes (WCAG 2.2 AA)."""
    for colours in THEMES.values():
        for text in (colours.ink, colours.faint, colours.alarm):
            assert contrast(text, colours.paper) >= 4.5, text
        for tile in (*SEQUENTIAL, *DIVERGING, colours.missing):
            assert contrast(colours.tile, tile) >= 4.5, tile
        for bar in (colours.plain, colours.best, colours.worst, colours.national):
            assert contrast(colours.paper, bar) >= 4.5, bar
        for line in colours.series:
            assert contrast(line, colours.paper) >= 3, line


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
