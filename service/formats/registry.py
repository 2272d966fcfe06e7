"""Answer → bytes: one table of the formats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from service.answers.answer import Answer
from service.formats import arrow, csv, html, json, markdown, picture, xlsx
from service.formats.format_options import Options

Render = Callable[[Answer, Options], Iterator[bytes]]


class Format(NamedTuple):
    """`render` yields the bytes piece by piece, for answers of any length."""

    name: str
    media_type: str
    render: Render
    description: str
    charset: str | None = None
    disposition: str = ""
    """Whether a browser saves it (`attachment`) or shows it (`inline`) under the name that the service gives it."""
    compressed: bool = False
    """Whether its bytes are compressed already."""
    drawn: bool = False
    """Whether `render` yields a Vega-Lite spec that a picture is drawn from."""
    bare: bool = False
    """Whether its bytes have no place for where the answer comes from."""
    picture: bool = False
    """Whether a width, a theme and so on may be chosen."""


SAVED: Mapping[str, Any] = {"disposition": "attachment"}
SHOWN: Mapping[str, Any] = {"disposition": "inline"}
TEXT: Mapping[str, Any] = {"charset": "utf-8"}
PACKED: Mapping[str, Any] = {"compressed": True}
BARE: Mapping[str, Any] = {"bare": True}
DRAWN: Mapping[str, Any] = {"drawn": True, "picture": True}

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("json", "application/json", json.shaped, "JSON in the statistic's own shape"),
        Format("records", "application/vnd.records+json", json.records, "JSON, an object for each row"),
        Format("ndjson", "application/x-ndjson", json.lines, "a JSON object on each line", **SAVED, **BARE),
        Format("csv", "text/csv", csv.csv, "CSV (RFC 4180); bom=true for Excel", **TEXT, **SAVED, **BARE),
        Format("xlsx", xlsx.MEDIA_TYPE, xlsx.xlsx, "an Excel workbook", **SAVED, **PACKED),
        Format("parquet", "application/vnd.apache.parquet", arrow.parquet, "Parquet", **SAVED, **PACKED),
        Format("arrow", "application/vnd.apache.arrow.stream", arrow.stream, "an Arrow IPC stream", **SAVED),
        Format("md", "text/markdown", markdown.markdown, "a Markdown table", **TEXT, **SHOWN),
        Format("html", "text/html", html.html, "an HTML table", **TEXT, **SHOWN),
        Format("svg", "image/svg+xml", picture.vegalite, "a picture", **DRAWN, **SHOWN),
        Format("png", "image/png", picture.vegalite, "a picture", **DRAWN, **SHOWN, **PACKED),
        Format("vegalite", "application/vnd.vegalite.v6+json", picture.vegalite, "its Vega-Lite spec", picture=True),
    )
}
"""To add a format, add a line."""
