"""The colour of each series: a place keeps its own as others come and go, and National is always the same grey."""

from __future__ import annotations

from collections.abc import Iterable

from service.charts.theme import Palette
from service.dataset.places import Place, is_national, places

BESIDE_ITSELF = 3
"""Colours from a tile to the one below it: with eight colours, tiles that touch have different ones."""


def series_colors(palette: Palette, names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, in their order.

    A place has that of its tile on the map, so that neighbours differ; where one before it has that colour already, the
    next free one. Other names take what is left, and once all colours are taken they come again.
    """
    wanted = list(dict.fromkeys(names))
    found = {name: palette.national for name in wanted if is_national(name.capitalize())}
    taken: dict[str, int] = {}
    for name in sorted((name for name in wanted if name not in found), key=lambda name: name not in places()):
        first = _preferred(places()[name]) if name in places() else 0
        taken[name] = _free(first, list(taken.values()), len(palette.series))
    return {name: found.get(name) or palette.series[taken[name]] for name in wanted}


def _preferred(place: Place) -> int:
    return place.column + BESIDE_ITSELF * place.row


def _free(first: int, taken: list[int], count: int) -> int:
    """From the first one on, the colour that is taken the least often."""
    return min(((first + step) % count for step in range(count)), key=taken.count)
