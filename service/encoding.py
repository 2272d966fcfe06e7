"""Values as JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON; NaN becomes null, and dates are written as ISO 8601."""
    return _encoder.encode(value)


def size_of(value: Any) -> int:
    """Bytes of a value as JSON, for what a client sent and is kept."""
    return len(_encoder.encode(value))


def encode_line(value: Any) -> bytes:
    """The same with a line feed behind it, as a terminal and line-based tools want a whole answer."""
    return _encoder.encode(value) + b"\n"


def encode_lines(values: list[Any]) -> bytes:
    """A line of JSON for each value."""
    return _encoder.encode_lines(values)


def ascii_json(value: Any) -> str:
    """JSON on one line in ASCII."""
    with suppress(UnicodeEncodeError):  # of bytes that are not UTF-8, as an address may hold
        text = _encoder.encode(value)
        if text.isascii():  # Python's own takes five times as long
            return text.decode()
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":"))


def iso(seconds: float) -> str:
    """A time in UTC, ISO 8601, with milliseconds and a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
