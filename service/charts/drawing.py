"""What a chart makes of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.charts.channels import Spec


class Drawing(NamedTuple):
    """`spec` is what the chart adds to every spec, `sentence` is for readers who cannot see it.

    `remarks` stand below the chart: what a reader has to know and the marks do not show. `indent` is how many pixels
    of the picture lie to the left of the chart.
    """

    spec: Spec
    sentence: str
    remarks: Sequence[str] = ()
    indent: float = 0
