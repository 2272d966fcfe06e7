"""Choices: allowed values that come from the data, each with its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """An allowed value that comes from the data, and its short code where it has one."""

    value: Any
    code: str | None


Choices = Callable[[str, str | None], tuple[Choice, ...]]
"""(column, code column) -> the column's values; raises ValueError, in words, when there is no such column."""
