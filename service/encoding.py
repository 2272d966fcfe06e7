"""Values as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
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


def ascii_json(value: Any) -> str:
    """JSON on one line in ASCII."""
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":"))


def iso(seconds: float) -> str:
    """A time in UTC, ISO 8601, with milliseconds and a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
