"""What a chart makes of a frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.charts.channels import Spec


class Drawing(NamedTuple):
    """`spec` is what the chart adds to every spec, `sentence` is for readers who cannot see it.

    `remarks` stand under the headline: what a reader has to know and the marks do not show.
    """

    spec: Spec
    sentence: str
    remarks: Sequence[str] = ()
