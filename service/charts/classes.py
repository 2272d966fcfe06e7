"""Classes of values on a map, between round bounds: few enough to find a tile's colour in the legend."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import count, pairwise
from math import floor, isclose
from typing import NamedTuple

from service.charts.scales import Domain

MOST = 7
"""Classes at most; of more the shades cannot be told apart."""
STEPS = (1, 2, 2.5, 3, 4, 5)
STEPS_AROUND = (1, 2, 3, 4, 5, 6, 8)
"""Widths of a class, times a power of ten."""


class Classes(NamedTuple):
    """`bounds` are the lowest values of all classes but the first; `names` has one more."""

    bounds: Sequence[float]
    names: Sequence[str]
    digits: int

    def of(self, value: float) -> int:
        """The place of the class of a value, as it is shown."""
        return bisect_right(self.bounds, round(value, self.digits))


def one_way(domain: Domain, digits: int) -> Classes:
    """Classes of one width; the first and the last are open, so that values beyond the domain have a colour too."""
    step = _step(STEPS, digits, lambda step: len(_multiples(domain, step)) < MOST)
    bounds = [round(bound, digits) for bound in _multiples(domain, step)]
    return Classes(bounds=bounds, names=_names(bounds, digits), digits=digits)


def around_zero(largest: float, digits: int) -> Classes:
    """The same classes on either side, and one around zero in the middle."""
    sides = MOST // 2
    step = _step(STEPS_AROUND, digits, lambda step: (sides + 0.5) * step >= largest, half=True)
    last = 10**-digits
    above = [round((index + 0.5) * step, digits) for index in range(sides) if (index + 0.5) * step < largest]
    below = [round(last - bound, digits) for bound in reversed(above)]
    names = _names([*below, *above], digits)
    if above:
        names[0] = f"{-above[-1]:.{digits}f} or less"
    return Classes(bounds=[*below, *above], names=names, digits=digits)


def _step(steps: Sequence[float], digits: int, fits: Callable[[float], bool], *, half: bool = False) -> float:
    """The smallest round width that fits, and whose multiples (or halves) can be written with these digits."""
    for power in count(-digits):
        for each in steps:
            step = each * 10.0**power
            bound = step / 2 if half else step
            if isclose(bound, round(bound, digits), rel_tol=1e-9) and fits(step):
                return step
    raise AssertionError  # `count` does not end


def _multiples(domain: Domain, step: float) -> list[float]:
    """The multiples of a step that lie within a domain, its low end excluded."""
    first, last = floor(domain.low / step + 1e-9) + 1, floor(domain.high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def _names(bounds: Sequence[float], digits: int) -> list[str]:
    if not bounds:
        return ["all values"]
    last = 10**-digits
    within = [f"{low:.{digits}f} to {high - last:.{digits}f}" for low, high in pairwise(bounds)]
    return [f"under {bounds[0]:.{digits}f}", *within, f"{bounds[-1]:.{digits}f} or more"]
