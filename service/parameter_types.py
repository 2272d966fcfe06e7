"""The types that a parameter may have: one table from a type's name to its maker."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from rapidfuzz import process

from service.choices import Choices, OneOf
from service.errors import Unusable, brief

INT64 = (-(2**63), 2**63 - 1)


class Type(Protocol):
    """What a parameter's type can do."""

    def parse(self, value: Any) -> Any:
        """The value to bind; raises Unusable."""

    def specimen(self) -> Any:
        """Some allowed value, as a caller would give it, to try a statistic with that has no example."""

    def describe(self) -> dict[str, Any]:
        """The type for the catalogue, as JSON Schema's words where it has them."""


class Text:
    """Any text."""

    def parse(self, value: Any) -> str:
        """The text as it is."""
        if not isinstance(value, str):
            raise Unusable(f"{value!r} is no text; write it in quotes")
        return value

    def specimen(self) -> str:
        """An empty text."""
        return ""

    def describe(self) -> dict[str, Any]:
        """A text has no limits."""
        return {}


class Boolean:
    """True or false."""

    def parse(self, value: Any) -> bool:
        """JSON's true and false, or the same words as text."""
        if isinstance(value, str):
            value = {"true": True, "false": False}.get(value.strip().lower())
        if not isinstance(value, bool):
            raise Unusable("write true or false", allowed=[True, False])
        return value

    def specimen(self) -> bool:
        """False."""
        return False

    def describe(self) -> dict[str, Any]:
        """The two values."""
        return {"allowed": [True, False]}


class Date:
    """A calendar day."""

    def parse(self, value: Any) -> date:
        """A day written as 2021-12-31."""
        try:
            return date.fromisoformat(value.strip())
        except (AttributeError, ValueError):
            raise Unusable(f"{value!r} is no date; write it as 2021-12-31") from None

    def specimen(self) -> str:
        """A day of a survey year."""
        return "2021-01-01"

    def describe(self) -> dict[str, Any]:
        """JSON Schema's name of the format."""
        return {"format": "date"}


@dataclass(frozen=True, slots=True)
class Number:
    """A whole or a decimal number, with bounds that are themselves allowed."""

    whole: bool
    low: float | None = None
    high: float | None = None

    def parse(self, value: Any) -> int | float:
        """A JSON number, or one written as text."""
        number = self._number(value)
        low, high = INT64 if self.whole else (-math.inf, math.inf)
        low, high = (low if self.low is None else self.low), (high if self.high is None else self.high)
        if not low <= number <= high:
            raise Unusable(f"{value!r} is outside {_span(self.low, self.high)}", **self.describe())
        return number

    def _number(self, value: Any) -> int | float:
        word = "whole number" if self.whole else "number"
        unusable = Unusable(f"{brief(value)} is no {word}{self._bounds()}", **self.describe())
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise unusable
        if self.whole and isinstance(value, float):
            raise unusable
        try:
            number = int(value) if self.whole else float(value)
        except (ValueError, OverflowError):
            raise unusable from None
        if not math.isfinite(number):
            raise unusable
        return number

    def _bounds(self) -> str:
        return "" if self.low is None and self.high is None else f" in {_span(self.low, self.high)}"

    def specimen(self) -> int | float:
        """The nearest allowed number to 0."""
        return max(self.low if self.low is not None else 0, min(0, self.high if self.high is not None else 0))

    def describe(self) -> dict[str, Any]:
        """The bounds."""
        bounds = {"minimum": self.low, "maximum": self.high}
        return {key: bound for key, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True)
class ListOf:
    """Several values of one type; a single value counts as a list of one."""

    type: Type
    most: int = 1000

    def parse(self, value: Any) -> list[Any]:
        """Each item parsed."""
        items = value if isinstance(value, list) else [value]
        if len(items) > self.most:
            raise Unusable(f"{len(items)} values are more than the {self.most} that a list may have")
        return [self.type.parse(item) for item in items]

    def specimen(self) -> list[Any]:
        """A list of one."""
        return [self.type.specimen()]

    def describe(self) -> dict[str, Any]:
        """The items' type."""
        return {"items": self.type.describe()}


def _span(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _plain(kind: Type) -> Callable[[str | None, Choices], Type]:
    def make(inside: str | None, _: Choices) -> Type:
        if inside is not None:
            raise ValueError("takes nothing in parentheses")
        return kind

    return make


def _number(whole: bool) -> Callable[[str | None, Choices], Type]:
    def make(inside: str | None, _: Choices) -> Type:
        if inside is None:
            return Number(whole)
        read: Callable[[str], float] = int if whole else float
        try:
            low, high = (read(end) if end.strip() else None for end in inside.split(".."))
        except ValueError:
            raise ValueError(f"({inside}) is no range; write it as (2011..2100), (1..) or (..9)") from None
        if low is not None and high is not None and low > high:
            raise ValueError(f"({inside}) admits no number; the lower end comes first")
        return Number(whole, low, high)

    return make


def _one_of(inside: str | None, choices: Choices) -> Type:
    column, _, code = (part.strip() for part in (inside or "").partition(","))
    if not column:
        raise ValueError("needs the column that the values come from, as in choice(LocationDesc, LocationAbbr)")
    return OneOf(column, code or None, choices(column, code or None))


def _list_of(inside: str | None, choices: Choices) -> Type:
    if not inside:
        raise ValueError("needs the type of its items, as in list(integer)")
    return ListOf(make_type(inside, choices))


TYPES: dict[str, Callable[[str | None, Choices], Type]] = {
    "text": _plain(Text()),
    "integer": _number(whole=True),
    "number": _number(whole=False),
    "boolean": _plain(Boolean()),
    "date": _plain(Date()),
    "choice": _one_of,
    "list": _list_of,
}


def make_type(declared: str, choices: Choices) -> Type:
    """The type that a header declares, such as `integer(2011..2100)`; raises ValueError, in words."""
    match = re.fullmatch(r"([a-z]+)\s*(?:\((.*)\))?", declared.strip())
    if match is None or match[1] not in TYPES:
        word = match[1] if match else declared.partition("(")[0]
        nearest = process.extractOne(word, list(TYPES), score_cutoff=50)
        hint = f"; did you mean {nearest[0]}?" if nearest else ""
        raise ValueError(f"there is no type {declared!r}{hint} (types: {', '.join(TYPES)})")
    try:
        return TYPES[match[1]](match[2], choices)
    except ValueError as error:
        raise ValueError(f"{declared}: {error}") from None
