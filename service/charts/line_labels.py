"""Names at the right ends of lines, none upon another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.charts.channels import Spec, quantity
from service.charts.frame import Row
from service.charts.theme import NARROW, Palette
from service.charts.units import LETTER
from service.dataset.places import places

STEP = 13
"""Pixels from one name to the next."""
LEADER = 16
"""Pixels from the last year to a name."""
AXIS = 75
"""Pixels of a picture that its axis and its edges take."""


def labels(points: Sequence[Row], width: int, height: int, domain: Sequence[float]) -> list[Row]:
    """For each series its name, at the height of its last value or near it; none where there is no room for all.

    `domain` is that of the axis, from the foot of the chart to its top.
    """
    last = {point["series"]: point for point in points if point["value"] is not None}
    if not 1 < len(last) <= height // STEP:
        return []
    pixel = (domain[1] - domain[0]) / height
    heights = spread([(point["value"] - domain[0]) / pixel for point in last.values()], height)
    return [
        {**point, "name": _name(name, width), "at": domain[0] + at * pixel}
        for (name, point), at in zip(last.items(), heights, strict=True)
    ]


def _name(series: str, width: int) -> str:
    place = places().get(series)
    return place.code if place and width < NARROW else series


def spread(heights: Sequence[float], room: float, step: float = STEP) -> list[float]:
    """Heights at least a step apart, in the same order and as near as may be to those given, from 0 to `room`."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[list[int]] = []
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _foot(groups[-1], heights, room, step) < _top(groups[-2], heights, room, step) + step:
            groups[-2:] = [groups[-2] + groups[-1]]
    found = dict.fromkeys(range(len(heights)), 0.0)
    for group in groups:
        foot = _foot(group, heights, room, step)
        found |= {index: foot + place * step for place, index in enumerate(group)}
    return list(found.values())


def _foot(group: Sequence[int], heights: Sequence[float], room: float, step: float) -> float:
    """The lowest height of a group that stands around the middle of what was given for it."""
    length = (len(group) - 1) * step
    middle = sum(heights[index] for index in group) / len(group)
    return max(0.0, min(room - length, middle - length / 2))


def _top(group: Sequence[int], heights: Sequence[float], room: float, step: float) -> float:
    return _foot(group, heights, room, step) + (len(group) - 1) * step


def room_to_the_right(found: Sequence[Row], width: int) -> float:
    """Which part of the chart's width the names take."""
    longest = max((len(label["name"]) for label in found), default=0)
    return min(0.5, (longest * LETTER + LEADER + 8) / (width - AXIS)) if longest else 0.0


def layers(palette: Palette, found: Sequence[Row], end: float, color: Spec) -> list[Spec]:
    """A thin line from each series' last value to its name, which stands at `end` on the axis of years."""
    data: Mapping[str, Any] = {"values": [label | {"end": end} for label in found]}
    to_name = {"x": quantity("year"), "x2": {"field": "end"}, "y": quantity("value"), "y2": {"field": "at"}}
    text = {"type": "text", "align": "left", "dx": 4, "color": palette.ink, "aria": False}
    at_end = {"x": quantity("end"), "y": quantity("at"), "text": {"field": "name"}, "color": {"value": palette.ink}}
    rule = {"type": "rule", "strokeWidth": 1, "opacity": 0.6, "aria": False}
    return [
        {"data": data, "mark": rule, "encoding": {**to_name, "color": color}},
        {"data": data, "mark": text, "encoding": at_end},
    ]
