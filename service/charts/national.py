"""The nation's figure as a line across a chart of places."""

from __future__ import annotations

from service.charts.channels import Spec, interval_entry, reference
from service.charts.frame import Frame
from service.charts.units import is_difference


def national_line(frame: Frame, column: str) -> list[Spec]:
    """A dashed line with its label, where the nation is among several places; among differences it would cross zero.

    Intervals have their entry in the same legend.
    """
    intervals = frame.limits(column) is not None
    values = {row[column] for row in frame.published(column) if frame.is_national(row)}
    if len(values) != 1 or is_difference(frame, column) or len(frame.published(column)) < 2:
        return [interval_entry(frame.palette)] if intervals else []
    [value] = values
    return [reference(frame.palette, f"National {frame.figure(value, column)}", value, with_intervals=intervals)]
