"""Values as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON; NaN becomes null, and dates are written as ISO 8601."""
    return _encoder.encode(value)


def encode_lines(values: list[Any]) -> bytes:
    """A line of JSON for each value."""
    return _encoder.encode_lines(values)
