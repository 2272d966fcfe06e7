"""Values as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON as bytes; NaN becomes null, and a date ISO 8601."""
    return _encoder.encode(value)


def encode_lines(values: list[Any]) -> bytes:
    """A line of JSON for each value."""
    return _encoder.encode_lines(values)


def text_of(value: Any) -> str:
    """A value as it stands in a cell: as JSON writes it, but for a text's quotes."""
    return value if isinstance(value, str) else encode(value).decode().strip('"')
