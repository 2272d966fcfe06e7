"""A value as the text of a cell, for the formats that write tables as text."""

from __future__ import annotations

from typing import Any

from service.encoding import encode


def cell_text(value: Any) -> str:
    """A value as JSON writes it, but without quotes around a text."""
    return value if isinstance(value, str) else encode(value).decode().strip('"')


def cell_text_or_empty(value: Any) -> str:
    """The same, but empty for a missing value and for NaN."""
    text = cell_text(value)
    return "" if text == "null" and not isinstance(value, str) else text
