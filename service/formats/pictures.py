"""Pictures, as the specs that they are drawn from."""

from __future__ import annotations

from collections.abc import Iterator

from service.answers import Answer
from service.charts import make_spec
from service.charts.look import Look
from service.encode import encode
from service.formats.options import Options


def vegalite(answer: Answer, options: Options) -> Iterator[bytes]:
    """A Vega-Lite spec with its data inside; raises NoPicture when there is no such picture of the answer."""
    yield encode(make_spec(answer, options.look or Look()))
