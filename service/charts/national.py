"""The nation's figure as a line across a chart of places."""

from __future__ import annotations

from service.charts.channels import Spec, reference
from service.charts.frame import Frame
from service.charts.units import is_difference


def national_line(frame: Frame, column: str) -> list[Spec]:
    """A dashed line with its label, where the nation is among several places; among differences it would cross zero."""
    values = {row[column] for row in frame.published(column) if frame.is_national(row)}
    if len(values) != 1 or is_difference(frame, column) or len(frame.published(column)) < 2:
        return []
    [value] = values
    return [reference(frame.palette, f"National {value:.1f}", value)]
