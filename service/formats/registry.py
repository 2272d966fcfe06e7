"""Answer → bytes: one table of the formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from service.answers.answer import Answer
from service.formats import arrow, csv, html, json, markdown, picture, xlsx
from service.formats.options import Options

Render = Callable[[Answer, Options], Iterator[bytes]]


class Format(NamedTuple):
    """`render` yields the bytes piece by piece, for answers of any length."""

    name: str
    media_type: str
    render: Render
    description: str
    charset: str | None = None
    download: bool = False
    compressed: bool = False
    """Whether its bytes are compressed already."""
    drawn: bool = False
    """Whether `render` yields a Vega-Lite spec that a picture is drawn from."""
    picture: bool = False
    """Whether a width, a theme and so on may be chosen."""


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("json", "application/json", json.shaped, "JSON in the statistic's own shape"),
        Format("records", "application/vnd.records+json", json.records, "JSON, an object for each row"),
        Format("ndjson", "application/x-ndjson", json.lines, "a JSON object on each line", download=True),
        Format("csv", "text/csv", csv.csv, "CSV (RFC 4180); bom=true for Excel", charset="utf-8", download=True),
        Format("xlsx", xlsx.MEDIA_TYPE, xlsx.xlsx, "an Excel workbook", download=True, compressed=True),
        Format("parquet", "application/vnd.apache.parquet", arrow.parquet, "Parquet", download=True, compressed=True),
        Format("arrow", "application/vnd.apache.arrow.stream", arrow.stream, "an Arrow IPC stream", download=True),
        Format("md", "text/markdown", markdown.markdown, "a Markdown table", charset="utf-8"),
        Format("html", "text/html", html.html, "an HTML table", charset="utf-8"),
        Format("svg", "image/svg+xml", picture.vegalite, "a picture", drawn=True, picture=True),
        Format("png", "image/png", picture.vegalite, "a picture", compressed=True, drawn=True, picture=True),
        Format("vegalite", "application/vnd.vegalite.v6+json", picture.vegalite, "its Vega-Lite spec", picture=True),
    )
}
"""To add a format, add a line."""
