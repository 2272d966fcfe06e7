"""Pictures, as the specs that they are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.answers.answer import Answer
from service.charts import make_spec
from service.charts.theme import Look
from service.encoding import encode
from service.formats.options import Options

UNFIT = dict.fromkeys({*range(0x20), 0xFFFE, 0xFFFF} - {ord("\t"), ord("\n"), ord("\r")}, " ")


def vegalite(answer: Answer, options: Options) -> Iterator[bytes]:
    """A Vega-Lite spec with its data inside; raises NoPicture when there is no such picture of the answer."""
    yield encode(_drawable(make_spec(answer, options.look or Look())))


def _drawable(value: Any) -> Any:
    """The same with spaces for characters that no XML, and so no SVG, may hold."""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(UNFIT)
    if isinstance(value, dict):
        return {name: _drawable(item) for name, item in value.items()}
    return [_drawable(item) for item in value] if isinstance(value, list | tuple) else value
