"""The types `integer` and `number`, with their bounds."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from service.dataset.choices import Choices
from service.engine.macros import error_literal, literal
from service.errors import Unusable, brief
from service.statistics.base_type import ParameterType


class NumberType(ParameterType):
    """A number; its bounds are allowed themselves."""

    noun = "number"
    json_type = "number"
    sql_type = "double"
    convert: ClassVar[type[int | float]] = float
    widest: ClassVar[dict[str, float]] = {}
    """The bounds of the type itself, in the words of JSON Schema; a declared bound replaces its own."""

    def __init__(self, inside: str | None, choices: Choices) -> None:
        """The bounds are written as `2011..2100`; either may be left out."""
        ends = ".." if inside is None else inside
        try:
            low, high = (self.convert(end) if end.strip() else None for end in ends.split(".."))
        except ValueError:
            raise ValueError(f"({inside}) is not a range; write it as (2011..2100), (1..) or (..9)") from None
        if low is not None and high is not None and low > high:
            raise ValueError(f"({inside}) admits no number; the lower end comes first")
        self.declared = {key: end for key, end in (("minimum", low), ("maximum", high)) if end is not None}
        self.bounds = {**self.widest, **self.declared}
        self.span = "..".join("" if end is None else str(end) for end in (low, high))

    def parse(self, value: Any) -> int | float:
        number = self._number(value)
        if not self.bounds.get("minimum", number) <= number <= self.bounds.get("maximum", number):
            raise Unusable(f"{brief(value)} is outside {self.span}", **self.declared)
        return number

    def _number(self, value: Any) -> int | float:
        given = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        try:
            number = self.convert(given)
        except (ValueError, OverflowError):
            number = math.nan
        if self.is_exact(number, given):
            return number
        quoted = isinstance(value, str) and not isinstance(self.read(value), str)
        within = f" in {self.span}" if self.declared else ""
        fix = "; write it without quotes" if quoted else ""
        raise Unusable(f"{brief(value)} is not a {self.noun}{within}{fix}", **self.declared)

    def is_exact(self, number: float, given: float) -> bool:
        """Whether the converted number is one, and the one that was given."""
        return math.isfinite(number)

    def sample_value(self) -> int | float:
        """The allowed number nearest to 0."""
        return max(self.declared.get("minimum", 0), min(0, self.declared.get("maximum", 0)))

    def read(self, text: str) -> int | float | str:
        try:
            number = self.convert(text)
        except ValueError:
            return text
        return number if isinstance(number, int) or math.isfinite(number) else text

    def schema(self) -> dict[str, Any]:
        return {"type": self.json_type, **self.bounds}

    def describe(self) -> dict[str, Any]:
        return self.declared

    def sql_literal(self, given: str) -> str:
        number = f"try_cast({given} as double)"
        signs = {"minimum": ">=", "maximum": "<="}
        tests = [f"isfinite({number})", *self.sql_tests(number)]
        tests += [f"{number} {signs[key]} {end}" for key, end in self.bounds.items()]
        outside = error_literal(f"{given}::varchar || {literal(f' is outside {self.span}')}", self.sql_type)
        return f"case when {' and '.join(tests)} then {super().sql_literal(given)} else {outside} end"

    def sql_tests(self, number: str) -> list[str]:
        """What an SQL number must be besides finite and within the bounds."""
        return []


class IntegerType(NumberType):
    """A whole number of 64 bits; 3.0 is one too, since JSON has but one kind of number."""

    noun = "whole number"
    json_type = "integer"
    sql_type = "bigint"
    convert = int
    widest: ClassVar[dict[str, float]] = {"minimum": -(2**63), "maximum": 2**63 - 1}

    def is_exact(self, number: float, given: float) -> bool:
        return number == given

    def sql_tests(self, number: str) -> list[str]:
        return [f"{number} = floor({number})"]
