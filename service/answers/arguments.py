"""The arguments of an answer as readers are told them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

YEARS = ("since", "until", "year", "first_year", "last_year")
"""The survey years of the answer tell better: `until` is mostly 2100, and `year` is null for the newest."""


def told(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something and are no bounds of years."""
    return {
        name: value
        for name, value in arguments.items()
        if value is not None and value is not False and not (name in YEARS and isinstance(value, int))
    }
