"""Labels beside the dots of a scatter plot, none upon another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.charts.channels import Spec

FONT = 9
HALF_WIDTH, HALF_HEIGHT = 7.5, 4.5
"""Half of a label of two letters, in pixels."""
AWAY = 5
"""Pixels from the middle of a dot to the nearest end of its label."""


class Side(NamedTuple):
    """The middle of the label, in pixels from that of the dot, to the right and down."""

    right: float
    down: float


SIDES = {
    "right": Side(AWAY + HALF_WIDTH, 0),
    "left": Side(-AWAY - HALF_WIDTH, 0),
    "above": Side(0, -AWAY - HALF_HEIGHT),
    "below": Side(0, AWAY + HALF_HEIGHT),
}


def sides(dots: Sequence[tuple[float, float]]) -> list[str | None]:
    """For each dot, given in pixels, the first side on which a label touches no dot and no label placed before."""
    taken: list[tuple[float, float]] = []
    found: list[str | None] = []
    for x, y in dots:
        others = [dot for dot in dots if dot != (x, y)]
        free = (name for name, side in SIDES.items() if _is_free((x + side.right, y + side.down), others, taken))
        name = next(free, None)
        found.append(name)
        if name:
            taken.append((x + SIDES[name].right, y + SIDES[name].down))
    return found


def _is_free(
    middle: tuple[float, float], dots: Sequence[tuple[float, float]], labels: Sequence[tuple[float, float]]
) -> bool:
    x, y = middle
    clear_of_dots = all(abs(x - a) > HALF_WIDTH + 3 or abs(y - b) > HALF_HEIGHT + 3 for a, b in dots)
    return clear_of_dots and all(abs(x - a) > 2 * HALF_WIDTH or abs(y - b) > 2 * HALF_HEIGHT for a, b in labels)


def layers() -> list[Spec]:
    """A text for each side, of the dots whose `side` it is."""
    return [
        {
            "transform": [{"filter": f"datum.side === '{name}'"}],
            "mark": {"type": "text", "fontSize": FONT, "dx": side.right, "dy": side.down, "aria": False},
            "encoding": {"text": {"field": "code"}},
        }
        for name, side in SIDES.items()
    ]
