"""The types of numbers, whole and decimal, with their bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.errors import Unusable, brief

INT64 = (-(2**63), 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole or a decimal number, with bounds that are themselves allowed."""

    whole: bool
    low: float | None = None
    high: float | None = None

    @classmethod
    def within(cls, span: str | None, *, whole: bool) -> Number:
        """The type with the bounds that a header writes, such as `2011..2100`; raises ValueError, in words."""
        if span is None:
            return cls(whole)
        read: Callable[[str], float] = int if whole else float
        try:
            low, high = (read(end) if end.strip() else None for end in span.split(".."))
        except ValueError:
            raise ValueError(f"({span}) is no range; write it as (2011..2100), (1..) or (..9)") from None
        if low is not None and high is not None and low > high:
            raise ValueError(f"({span}) admits no number; the lower end comes first")
        return cls(whole, low, high)

    def parse(self, value: Any) -> int | float:
        """A JSON number; 3.0 is a whole one too, as JSON knows but one kind."""
        number = self._number(value)
        low, high = INT64 if self.whole else (-math.inf, math.inf)
        low, high = (low if self.low is None else self.low), (high if self.high is None else self.high)
        if not low <= number <= high:
            raise Unusable(f"{brief(value)} is outside {_span(self.low, self.high)}", **self.describe())
        return number

    def _number(self, value: Any) -> int | float:
        word = "whole number" if self.whole else "number"
        quoted = isinstance(value, str) and not isinstance(self.read(value), str)
        mend = "; write it without quotes" if quoted else ""
        unusable = Unusable(f"{brief(value)} is no {word}{self._bounds()}{mend}", **self.describe())
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise unusable
        try:
            number = int(value) if self.whole else float(value)
        except (ValueError, OverflowError):
            raise unusable from None
        # A float holds no int of 309 digits and more, so isfinite() is not for ints.
        if number != value if self.whole else not math.isfinite(number):
            raise unusable
        return number

    def _bounds(self) -> str:
        return "" if self.low is None and self.high is None else f" in {_span(self.low, self.high)}"

    def span(self) -> str:
        """The bounds as a header writes them."""
        return _span(self.low, self.high)

    def read(self, text: str) -> int | float | str:
        """The number that the text is."""
        try:
            number = int(text) if self.whole else float(text)
        except ValueError:
            return text
        return number if self.whole or math.isfinite(number) else text

    def schema(self) -> dict[str, Any]:
        """The kind of number, and its bounds."""
        low, high = INT64 if self.whole else (None, None)
        bounds = {"minimum": low, "maximum": high} | self.describe()
        return {"type": "integer" if self.whole else "number"} | {k: v for k, v in bounds.items() if v is not None}

    def specimen(self) -> int | float:
        """The nearest allowed number to 0."""
        return max(self.low if self.low is not None else 0, min(0, self.high if self.high is not None else 0))

    def describe(self) -> dict[str, Any]:
        """The bounds."""
        bounds = {"minimum": self.low, "maximum": self.high}
        return {key: bound for key, bound in bounds.items() if bound is not None}


def _span(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else low}..{'' if high is None else high}"
