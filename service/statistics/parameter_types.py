"""The types that a parameter may have: one table from a type's name to its maker."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from service.dataset.choices import Choices
from service.errors import Unusable, brief
from service.statistics.choice_type import OneOf
from service.statistics.number_type import Number
from service.suggest import hint


class Type(Protocol):
    """What a parameter's type can do."""

    def parse(self, value: Any) -> Any:
        """The value to bind; raises Unusable."""

    def read(self, text: str) -> Any:
        """What a text of a command line or an address stands for in JSON; what it cannot be stays a text."""

    def schema(self) -> dict[str, Any]:
        """The values that it admits, as JSON Schema."""

    def specimen(self) -> Any:
        """Some allowed value, as a caller would give it, to try a statistic with that has no example."""

    def describe(self) -> dict[str, Any]:
        """The type for the catalogue, as JSON Schema's words where it has them."""


class Text:
    """Any text."""

    def parse(self, value: Any) -> str:
        """The text as it is."""
        if not isinstance(value, str):
            raise Unusable(f"{brief(value)} is no text; write it in quotes")
        return value

    def read(self, text: str) -> str:
        """The text as it is."""
        return text

    def schema(self) -> dict[str, Any]:
        """Any string."""
        return {"type": "string"}

    def specimen(self) -> str:
        """An empty text."""
        return ""

    def describe(self) -> dict[str, Any]:
        """A text has no limits."""
        return {}


class Boolean:
    """True or false."""

    def parse(self, value: Any) -> bool:
        """JSON's true and false."""
        if not isinstance(value, bool):
            raise Unusable("write true or false", allowed=[True, False])
        return value

    def read(self, text: str) -> bool | str:
        """The words true and false."""
        return {"true": True, "false": False}.get(text.strip().lower(), text)

    def schema(self) -> dict[str, Any]:
        """Both."""
        return {"type": "boolean"}

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
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                raise ValueError
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise Unusable(f"{brief(value)} is no date; write it as 2021-12-31") from None

    def read(self, text: str) -> str:
        """JSON has no dates, so it stays a text."""
        return text.strip()

    def schema(self) -> dict[str, Any]:
        """A string in this form."""
        return {"type": "string", "format": "date"}

    def specimen(self) -> str:
        """A day of a survey year."""
        return "2021-01-01"

    def describe(self) -> dict[str, Any]:
        """JSON Schema's name of the format."""
        return {"format": "date"}


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

    def read(self, text: str) -> list[Any]:
        """One item."""
        return [self.type.read(text)]

    def schema(self) -> dict[str, Any]:
        """An array of them, or one of them."""
        return {"anyOf": [{"type": "array", "items": self.type.schema(), "maxItems": self.most}, self.type.schema()]}

    def specimen(self) -> list[Any]:
        """A list of one."""
        return [self.type.specimen()]

    def describe(self) -> dict[str, Any]:
        """The items' type."""
        return {"items": self.type.describe()}


def _plain(kind: Type) -> Callable[[str | None, Choices], Type]:
    def make(inside: str | None, _: Choices) -> Type:
        if inside is not None:
            raise ValueError("takes nothing in parentheses")
        return kind

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
    "integer": lambda inside, _: Number.within(inside, whole=True),
    "number": lambda inside, _: Number.within(inside, whole=False),
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
        raise ValueError(f"there is no type {declared!r}{hint(word, TYPES)} (types: {', '.join(TYPES)})")
    try:
        return TYPES[match[1]](match[2], choices)
    except ValueError as error:
        raise ValueError(f"{declared}: {error}") from None
