"""The classes of values on a map and their colours: one meaning a colour, whichever end of the values is better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.charts import classes
from service.charts.classes import Classes
from service.charts.frame import Frame
from service.charts.scales import Domain, robust
from service.charts.theme import BELOW_TO_ABOVE, BETTER_OR_WORSE, BETTER_TO_WORSE, LOW_TO_HIGH
from service.charts.units import better_end, is_difference, unit_of
from service.dataset.reference_tables import aliases_of

NARROWER = ("segment", "category")
"""Arguments that ask for some people, whose figures lie elsewhere than those of all adults, unless they ask for all."""
ALL_ADULTS = aliases_of("StratificationCategory1", "Total")


class Hues(NamedTuple):
    """A colour for each class; `meaning` says in words what they mean, where that is known."""

    classes: Classes
    colors: Sequence[str]
    meaning: Sequence[str]


def hues(frame: Frame, column: str) -> Hues:
    """From low to high, or from better to worse; differences, and values on both sides of zero, by their side."""
    values = [row[column] for row in frame.published(column)] or [0.0]
    better, digits = better_end(frame, column), frame.digits(column)
    if is_difference(frame, column) or min(values) < 0 < max(values):
        colors, meaning = _around_zero(better)
        return _hues(classes.around_zero(_reach(frame, values), digits), colors, meaning)
    colors, meaning = _one_way(better)
    return _hues(classes.one_way(_domain(frame, column, values), digits), colors, meaning)


def _domain(frame: Frame, column: str, values: Sequence[float]) -> Domain:
    """That of the question over all years, so that its maps can be compared; else that of the answer."""
    usual = frame.answer.provenance.usual_range
    if usual is None or "percent" not in unit_of(frame, column) or _is_narrower(frame):
        return robust(values)
    return Domain(*usual)


def _is_narrower(frame: Frame) -> bool:
    arguments = frame.answer.provenance.arguments
    return any(arguments.get(name) not in (None, *ALL_ADULTS) for name in NARROWER)


def _reach(frame: Frame, values: Sequence[float]) -> float:
    """How far differences go to either side; those of places in one year as far as their figures lie apart."""
    provenance = frame.answer.provenance
    if provenance.usual_range and "year" in provenance.arguments and not _is_narrower(frame):
        low, high = provenance.usual_range
        return (high - low) / 2
    return max(map(abs, robust(values)))


def _around_zero(better: str | None) -> tuple[Sequence[str], Sequence[str]]:
    if better is None:
        return BELOW_TO_ABOVE, ()
    colors = BETTER_OR_WORSE if better == "lower" else BETTER_OR_WORSE[::-1]
    return colors, ("orange is worse, green is better",)


def _one_way(better: str | None) -> tuple[Sequence[str], Sequence[str]]:
    if better is None:
        return LOW_TO_HIGH, ()
    return (BETTER_TO_WORSE if better == "lower" else BETTER_TO_WORSE[::-1]), ("darker is worse",)


def _hues(found: Classes, colors: Sequence[str], meaning: Sequence[str]) -> Hues:
    """As many of the colours as there are classes, evenly spread."""
    last = len(found.names) - 1
    middle = len(colors) // 2
    chosen = [colors[round(index * (len(colors) - 1) / last)] if last else colors[middle] for index in range(last + 1)]
    return Hues(classes=found, colors=chosen, meaning=meaning)
