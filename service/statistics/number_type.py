"""The types `integer` and `number`, with their bounds."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

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
    widest: ClassVar[tuple[float | None, float | None]] = (None, None)
    """The bounds of the type itself, which every number keeps."""

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self.low = low
        self.high = high

    @classmethod
    def declared(cls, inside: str | None, choices: Choices) -> Self:
        """The bounds are written as `2011..2100`; either may be left out."""
        if inside is None:
            return cls()
        try:
            low, high = (cls.convert(end) if end.strip() else None for end in inside.split(".."))
        except ValueError:
            raise ValueError(f"({inside}) is not a range; write it as (2011..2100), (1..) or (..9)") from None
        if low is not None and high is not None and low > high:
            raise ValueError(f"({inside}) admits no number; the lower end comes first")
        return cls(low, high)

    @property
    def span(self) -> str:
        """The declared bounds as a header writes them."""
        return f"{'' if self.low is None else self.low}..{'' if self.high is None else self.high}"

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The declared bounds, or the type's own."""
        low, high = self.widest
        return low if self.low is None else self.low, high if self.high is None else self.high

    def parse(self, value: Any) -> int | float:
        number = self._number(value)
        low, high = self.bounds
        if (low is not None and number < low) or (high is not None and number > high):
            raise Unusable(f"{brief(value)} is outside {self.span}", **self.describe())
        return number

    def _number(self, value: Any) -> int | float:
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                number = self.convert(value)
            except (ValueError, OverflowError):
                raise self._not_a_number(value) from None
            if self.is_exact(number, value):
                return number
        raise self._not_a_number(value)

    def is_exact(self, number: float, given: float) -> bool:
        """Whether the converted number is one, and the one that was given."""
        return math.isfinite(number)

    def _not_a_number(self, value: Any) -> Unusable:
        quoted = isinstance(value, str) and not isinstance(self.read(value), str)
        within = "" if self.span == ".." else f" in {self.span}"
        fix = "; write it without quotes" if quoted else ""
        return Unusable(f"{brief(value)} is not a {self.noun}{within}{fix}", **self.describe())

    def sample_value(self) -> int | float:
        """The allowed number nearest to 0."""
        return max(self.low if self.low is not None else 0, min(0, self.high if self.high is not None else 0))

    def read(self, text: str) -> int | float | str:
        try:
            number = self.convert(text)
        except ValueError:
            return text
        return number if isinstance(number, int) or math.isfinite(number) else text

    def schema(self) -> dict[str, Any]:
        return {"type": self.json_type, **_bounds(*self.bounds)}

    def describe(self) -> dict[str, Any]:
        return _bounds(self.low, self.high)

    def sql_literal(self, given: str) -> str:
        number = f"try_cast({given} as double)"
        low, high = self.bounds
        tests = [f"isfinite({number})", *self.sql_tests(number)]
        tests += [f"{number} >= {low}"] * (low is not None) + [f"{number} <= {high}"] * (high is not None)
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
    widest = (-(2**63), 2**63 - 1)

    def is_exact(self, number: float, given: float) -> bool:
        return number == given

    def sql_tests(self, number: str) -> list[str]:
        return [f"{number} = floor({number})"]


def _bounds(low: float | None, high: float | None) -> dict[str, float]:
    return {key: bound for key, bound in (("minimum", low), ("maximum", high)) if bound is not None}
