"""Whether a figure of a row differs from what it is compared with, or may be chance: by the statistic's own test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.charts.frame import Frame, Row
from service.charts.theme import Palette
from service.charts.units import better_end

SIGNIFICANT = 0.05
"""A `q` below this, a p value adjusted for many tests, tells a difference from chance; p where a row has no q."""
CHANCE = "may be chance"
BETTER, WORSE, HIGHER, LOWER = "better", "worse", "higher", "lower"


def is_tested(frame: Frame) -> bool:
    return any(may_be_chance(row) is not None for row in frame.rows)


def may_be_chance(row: Row) -> bool | None:
    """By `q`, or by `p` where a row has none, as National; else by whether two confidence intervals overlap.

    None where nothing was tested.
    """
    found = _tested(row)
    if found is not None:
        return found[1] >= SIGNIFICANT
    return None if row.get("apart") is None else row["apart"] is False


def told(row: Row) -> str | None:
    """The verdict with its figure, as `differs (q 0.003)`."""
    chance = may_be_chance(row)
    if chance is None:
        return None
    found = _tested(row)
    why = f"{found[0]} {_small(found[1])}" if found else f"intervals {'overlap' if chance else 'apart'}"
    return f"{CHANCE if chance else 'differs'} ({why})"


def rule(frame: Frame) -> str:
    """What is counted as chance here, in a few words."""
    name = next((name for name in ("q", "p") if any(row.get(name) is not None for row in frame.rows)), None)
    return f"{name} of {SIGNIFICANT} or more" if name else "the two confidence intervals overlap"


def group(frame: Frame, row: Row, distance: Any, column: str | None = None) -> str | None:
    """What a difference means: better or worse, higher or lower where that is not known, or perhaps nothing."""
    if distance is None:
        return None
    if distance == 0 or may_be_chance(row):
        return CHANCE
    better = better_end(frame, column)
    if better is None:
        return HIGHER if distance > 0 else LOWER
    return BETTER if (distance > 0) == (better == "higher") else WORSE


def hues(frame: Frame, palette: Palette, column: str | None = None) -> Mapping[str, str]:
    """The colour of each group that there can be."""
    if better_end(frame, column) is None:
        return {HIGHER: palette.series[0], LOWER: palette.series[3], CHANCE: palette.plain}
    return {BETTER: palette.best, WORSE: palette.worst, CHANCE: palette.plain}


def _tested(row: Row) -> tuple[str, float] | None:
    return next(((name, row[name]) for name in ("q", "p") if row.get(name) is not None), None)


def _small(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.2g}"
