"""Answer → bytes: one table of the formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from service.answers.answer import Answer
from service.errors import BadRequest
from service.formats import arrow, json, pictures, text
from service.formats import xlsx as spreadsheet
from service.formats.options import Options
from service.suggest import hint, nearest

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
        Format("csv", "text/csv", text.csv, "CSV (RFC 4180); bom=true for Excel", "utf-8", download=True),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            spreadsheet.xlsx,
            "an Excel workbook",
            download=True,
            packed=True,
        ),
        Format("parquet", "application/vnd.apache.parquet", arrow.parquet, "Parquet", download=True, packed=True),
        Format("arrow", "application/vnd.apache.arrow.stream", arrow.stream, "an Arrow IPC stream", download=True),
        Format("md", "text/markdown", text.markdown, "a Markdown table", "utf-8"),
        Format("html", "text/html", text.html, "an HTML table", "utf-8"),
        Format("svg", "image/svg+xml", pictures.vegalite, "a picture", drawn=True, picture=True),
        Format("png", "image/png", pictures.vegalite, "a picture", packed=True, drawn=True, picture=True),
        Format("vegalite", "application/vnd.vegalite.v6+json", pictures.vegalite, "its Vega-Lite spec", picture=True),
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
