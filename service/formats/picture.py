"""Pictures, as the Vega-Lite specs that they are drawn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.charts.registry import make_spec
from service.encoding import encode_line
from service.formats.format_options import Options

NOT_IN_XML = dict.fromkeys({*range(0x20), 0xFFFE, 0xFFFF} - {ord("\t"), ord("\n"), ord("\r")}, " ")


def vegalite(answer: Answer, options: Options) -> Iterator[bytes]:
    """A Vega-Lite spec with its data inside; raises NoPicture when there is no such picture of the answer."""
    yield encode_line(_clean(make_spec(answer, options.picture or PictureOptions())))


def _clean(value: Any) -> Any:
    """The same value, but with spaces for characters that XML, and so SVG, cannot hold."""
    if isinstance(value, str):
        return value if value.isprintable() else value.translate(NOT_IN_XML)
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list | tuple) else value
