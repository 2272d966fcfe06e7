"""Result → bytes."""

from __future__ import annotations

from typing import Any

import msgspec

from service.errors import NotFound
from service.results import Result
from service.statistic import Statistic

_encoder = msgspec.json.Encoder(decimal_format="number")


def encode(value: Any) -> bytes:
    """JSON as bytes; NaN becomes null, and a date ISO 8601."""
    return _encoder.encode(value)


def json_answer(statistic: Statistic, arguments: dict[str, Any], result: Result) -> bytes:
    """What the results of a finished job say, in the statistic's shape; raises NotFound for no rows."""
    if not result.rows:
        given = ", ".join(f"{name} = {value}" for name, value in arguments.items())
        raise NotFound(f"no data for {given}" if given else f"no data for {statistic.name}")
    return encode({"status": "done", "data": statistic.shape(result.rows)})
