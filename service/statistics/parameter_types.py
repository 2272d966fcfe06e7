"""The types that a parameter may have: the plain ones, lists, and one table from a name to its type."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import msgspec

from service.dataset.choices import Choices
from service.engine.macros import error_literal, literal
from service.errors import Unusable, brief
from service.statistics.base_type import ParameterType
from service.statistics.choice_type import ChoiceType
from service.statistics.number_type import IntegerType, NumberType
from service.suggest import hint


class TextType(ParameterType):
    """Any text."""

    def parse(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Unusable(f"{brief(value)} is not a text; write it in quotes")
        return value

    def sample_value(self) -> str:
        return ""


class BooleanType(ParameterType):
    """True or false."""

    sql_type = "boolean"

    def parse(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Unusable("write true or false", allowed=[True, False])
        return value

    def sample_value(self) -> bool:
        return False

    def read(self, text: str) -> bool | str:
        return {"true": True, "false": False}.get(text.strip().lower(), text)

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def describe(self) -> dict[str, Any]:
        return {"allowed": [True, False]}


class DateType(ParameterType):
    """A calendar day, in JSON a text such as 2021-12-31."""

    sql_type = "date"

    def parse(self, value: Any) -> date:
        try:
            return msgspec.convert(value, date)
        except msgspec.ValidationError:
            raise Unusable(f"{brief(value)} is not a date; write it as 2021-12-31") from None

    def sample_value(self) -> str:
        return "2021-01-01"

    def read(self, text: str) -> str:
        return text.strip()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def describe(self) -> dict[str, Any]:
        return {"format": "date"}


class ListType(ParameterType):
    """Several values of one type; a single value counts as a list of one."""

    most = 1000

    def __init__(self, inside: str | None, choices: Choices) -> None:
        if not inside:
            raise ValueError("needs the type of its items, as in list(integer)")
        self.item = make_type(inside, choices)
        self.sql_type = f"{self.item.sql_type}[]"

    def parse(self, value: Any) -> list[Any]:
        return [self.item.parse(item) for item in self._items(value)]

    def _items(self, value: Any) -> list[Any]:
        items = value if isinstance(value, list) else [value]
        if len(items) > self.most:
            raise Unusable(f"{len(items)} values are more than the {self.most} that a list may have")
        return items

    def parse_default(self, value: Any) -> list[Any]:
        if isinstance(value, str) and "," in value:
            items = [msgspec.json.encode(self.item.read(item.strip())).decode() for item in value.split(",")]
            raise Unusable(f"{value!r} is not a list; write it as JSON: [{', '.join(items)}]")
        return [self.item.parse_default(item) for item in self._items(value)]

    def sample_value(self) -> list[Any]:
        value = self.item.sample_value()
        return [] if value is None else [value]

    def read(self, text: str) -> list[Any]:
        return [self.item.read(text)]

    def schema(self) -> dict[str, Any]:
        item = self.item.schema()
        return {"anyOf": [{"type": "array", "items": item, "maxItems": self.most}, item]}

    def describe(self) -> dict[str, Any]:
        return {"items": self.item.describe()}

    def sql_literal(self, given: str) -> str:
        as_list = f"case when typeof({given}) like '%]' then to_json({given}) else json_array({given}) end"
        null = error_literal(literal("a list takes no null"), self.item.sql_type)
        item = f"case when item is null then {null} else {self.item.sql_literal('item')} end"
        each = f"list_transform(cast({as_list} as varchar[]), lambda item: {item})"
        return f"('cast([' || array_to_string({each}, ', ') || '] as {self.sql_type})')"

    def helper_macros(self) -> dict[str, str]:
        return self.item.helper_macros()


TYPES: dict[str, type[ParameterType]] = {
    "text": TextType,
    "integer": IntegerType,
    "number": NumberType,
    "boolean": BooleanType,
    "date": DateType,
    "choice": ChoiceType,
    "list": ListType,
}


def make_type(declared: str, choices: Choices) -> ParameterType:
    """The type that a header declares, such as `integer(2011..2100)`; raises ValueError, in words."""
    match = re.fullmatch(r"([a-z]+)\s*(?:\((.*)\))?", declared.strip())
    if match is None or match[1] not in TYPES:
        word = match[1] if match else declared.partition("(")[0]
        raise ValueError(f"there is no type {declared!r}{hint(word, TYPES)} (types: {', '.join(TYPES)})")
    try:
        return TYPES[match[1]](match[2], choices)
    except ValueError as error:
        raise ValueError(f"{declared}: {error}") from None
