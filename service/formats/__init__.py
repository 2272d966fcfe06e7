"""Answer → bytes: one table of the formats."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from service.answers.answer import Answer, Rendering
from service.errors import BadRequest
from service.formats import arrow, csv, html, json, markdown, parquet, picture, xlsx
from service.formats.options import PLAIN, Options
from service.suggest import hint, nearest

MOST_PICTURES = 16
"""Pictures of one answer that are kept, since a client may ask for any width."""

Render = Callable[[Answer, Options], Iterator[bytes]]


class Format(NamedTuple):
    """A form of an answer; `render` gives its bytes piece by piece, for answers of any length."""

    name: str
    media_type: str
    render: Render
    description: str
    charset: str | None = None
    download: bool = False
    packed: bool = False
    """Whether it is compressed already."""
    drawn: bool = False
    """Whether `render` gives a Vega-Lite spec that a picture is drawn from."""
    picture: bool = False
    """Whether a width, a theme and so on may be chosen."""


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("json", "application/json", json.shaped, "JSON in the statistic's own shape"),
        Format("records", "application/vnd.records+json", json.records, "JSON, an object for each row"),
        Format("ndjson", "application/x-ndjson", json.lines, "a JSON object on each line", download=True),
        Format("csv", "text/csv", csv.csv, "CSV (RFC 4180); bom=true for Excel", "utf-8", download=True),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            xlsx.xlsx,
            "an Excel workbook",
            download=True,
            packed=True,
        ),
        Format("parquet", "application/vnd.apache.parquet", parquet.parquet, "Parquet", download=True, packed=True),
        Format("arrow", "application/vnd.apache.arrow.stream", arrow.stream, "an Arrow IPC stream", download=True),
        Format("md", "text/markdown", markdown.markdown, "a Markdown table", "utf-8"),
        Format("html", "text/html", html.html, "an HTML table", "utf-8"),
        Format("svg", "image/svg+xml", picture.vegalite, "a picture", drawn=True, picture=True),
        Format("png", "image/png", picture.vegalite, "a picture", packed=True, drawn=True, picture=True),
        Format("vegalite", "application/vnd.vegalite.v6+json", picture.vegalite, "its Vega-Lite spec", picture=True),
    )
}
"""To add a format add a line."""


def format_named(name: str) -> Format:
    """The format of a name; raises BadRequest with the nearest one."""
    if name in FORMATS:
        return FORMATS[name]
    raise BadRequest(
        f"there is no format {name!r}{hint(name, FORMATS)}; there are {', '.join(FORMATS)}",
        parameter="format",
        allowed=list(FORMATS),
        did_you_mean=nearest(name, FORMATS),
    )


def render(answer: Answer, form: Format, options: Options = PLAIN) -> Rendering:
    """The whole form; made once for the same options, then remembered. Takes time: not for the event loop."""
    key = (form.name, options)
    known = answer.renderings.get(key)
    if known is not None:
        return known
    body = b"".join(form.render(answer, options))
    return remember(answer, form, options, body, described(body) if form.picture else None)


def remember(answer: Answer, form: Format, options: Options, body: bytes, alt: str | None = None) -> Rendering:
    """Keep the whole form, so that it is not made again; of pages none, of pictures some, and of long forms few."""
    made = Rendering(body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', alt=alt)
    if options.picture is not None:
        pictures = [key for key in list(answer.renderings) if key[1].picture is not None]
        for key in pictures[: max(0, len(pictures) - MOST_PICTURES)]:
            answer.renderings.pop(key, None)
    if options.page is None and answer.has_room(len(body)):
        answer.renderings[form.name, options] = made
    return made


class _Described(msgspec.Struct):
    description: str


def described(spec: bytes) -> str:
    """What a Vega-Lite spec says of itself."""
    return msgspec.json.decode(spec, type=_Described).description
