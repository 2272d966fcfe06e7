"""The colours of values on a map: one meaning a colour, whichever end of the question's values is the better one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.charts.channels import Spec
from service.charts.frame import Frame
from service.charts.scales import Domain, robust
from service.charts.theme import DIVERGING, SEQUENTIAL, TO_WORSE, WORSE_TO_BETTER
from service.charts.units import better_end, is_difference


class Hues(NamedTuple):
    """`scale` is Vega-Lite's; `ticks` stand at the legend's ends and middle, with texts by the expression `label`.

    `meaning` says in words what the colours mean, where that is known.
    """

    scale: Spec
    ticks: list[float]
    label: str
    meaning: Sequence[str]


def hues(frame: Frame, column: str) -> Hues:
    """From low to high without outliers; differences, and values on both sides of zero, equally far to each side."""
    values = [row[column] for row in frame.published(column)] or [0.0]
    better = better_end(frame, column)
    ends = robust(values)
    if is_difference(frame, column) or min(values) < 0 < max(values):
        largest = max(map(abs, ends))
        colours, meaning = _around_zero(better)
        return _hues(Domain(-largest, largest), values, colours, meaning)
    colours, meaning = _one_way(better)
    return _hues(ends, values, colours, meaning)


def _around_zero(better: str | None) -> tuple[Sequence[str], Sequence[str]]:
    if better is None:
        return DIVERGING, ()
    colours = WORSE_TO_BETTER if better == "higher" else WORSE_TO_BETTER[::-1]
    return colours, ("orange is worse, green is better",)


def _one_way(better: str | None) -> tuple[Sequence[str], Sequence[str]]:
    if better is None:
        return SEQUENTIAL, ()
    return (TO_WORSE if better == "lower" else TO_WORSE[::-1]), ("darker is worse",)


def _hues(ends: Domain, values: Sequence[float], colours: Sequence[str], meaning: Sequence[str]) -> Hues:
    """Ends that values go beyond are labelled so."""
    low, high = ends
    middle = (low + high) / 2
    steps = [low + (high - low) * index / (len(colours) - 1) for index in range(len(colours))]
    below = "≤ " if min(values) < low else ""
    above = "≥ " if max(values) > high else ""
    near = f"abs(datum.value - {{}}) < {(high - low) / 1000}"
    sign = f"{near.format(low)} ? '{below}' : {near.format(high)} ? '{above}' : ''"
    return Hues(
        scale={"range": list(colours), "domain": steps, "type": "linear", "interpolate": "lab", "clamp": True},
        ticks=[low, middle, high],
        label=f"({sign}) + format(datum.value, '.1f')",
        meaning=meaning,
    )
