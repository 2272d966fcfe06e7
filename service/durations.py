"""How long things took, counted by labels: what a histogram of Prometheus shows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds: a known answer takes half a millisecond, and a job at most its time limit."""


@dataclass(slots=True)
class _Counted:
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0


class Durations:
    """For the event loop: without locks, it costs a request half a microsecond."""

    def __init__(self) -> None:
        self._by_label: dict[Any, _Counted] = {}

    def add(self, seconds: float, label: Hashable = None) -> None:
        """There must be few labels: nothing that a client sent."""
        counted = self._by_label.get(label)
        if counted is None:
            counted = self._by_label[label] = _Counted()
        counted.buckets[bisect_left(BOUNDS, seconds)] += 1
        counted.seconds += seconds

    def __iter__(self) -> Iterator[tuple[Any, list[tuple[str, float]], float]]:
        """Of each label: how many took at most so many seconds, by these as text, and all of their seconds."""
        for label, counted in self._by_label.items():
            total = 0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), counted.buckets, strict=True):
                total += count
                buckets.append((bound, total))
            yield label, buckets, counted.seconds
