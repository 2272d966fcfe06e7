"""Where the scales of a chart begin and end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import quantiles
from typing import Any, NamedTuple

from service.charts.channels import Spec
from service.charts.frame import LIMITS, Row

MARGIN = 0.04
"""Of a scale, beyond its outermost value or end of an interval, unless that is zero."""
FENCE = 1.5
"""Times the interquartile range: values farther outside the quartiles do not stretch a scale of colours (Tukey)."""
FEW = 8
"""So few values have no quartiles to speak of."""


class Domain(NamedTuple):
    low: float
    high: float


def whole(marks: Iterable[Row], *, zero: bool = False) -> Spec:
    """A scale that cuts neither a value nor the end of an interval, and has zero in it where that is asked for."""
    ends: list[Any] = [mark.get(name) for mark in marks for name in ("value", *LIMITS)]
    given = [end for end in ends if end is not None] + ([0] if zero else [])
    if not given:
        return {"zero": zero}
    low, high = _apart(min(given), max(given))
    room = MARGIN * (high - low)
    return {"domain": [low - room * (low != 0), high + room * (high != 0)], "zero": False, "nice": False}


def robust(values: Sequence[float]) -> Domain:
    """From the lowest value to the highest, without those that lie far from all others."""
    low, high = min(values), max(values)
    if len(values) > FEW:
        lower, _, upper = quantiles(values, n=4)
        fence = FENCE * (upper - lower)
        low, high = max(low, lower - fence), min(high, upper + fence)
    return Domain(*_apart(low, high))


def _apart(low: float, high: float) -> tuple[float, float]:
    """Two ends; those of a single value lie around it."""
    return (low, high) if low < high else (low - 1, high + 1)
