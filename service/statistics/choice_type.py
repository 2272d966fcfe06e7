"""The type `choice`: one of the values of a column."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from rapidfuzz import fuzz, process, utils

from service.dataset.choices import Choice
from service.errors import Unusable, brief

NEAREST = 5
NEAR = 60
"""How like a value must be to be meant, of 100."""
MOST_LISTED = 200


class OneOf:
    """One of the values of a column; its code does as well, and case and surrounding spaces do not matter."""

    def __init__(self, column: str, code: str | None, choices: tuple[Choice, ...]) -> None:
        self.column = column
        self.code = code
        self.choices = choices
        self.by_name = {_fold(choice.code): choice.value for choice in choices if choice.code is not None}
        self.by_name.update({_fold(choice.value): choice.value for choice in choices})
        self._shown = [f"{c.value} ({c.code})" if c.code else str(c.value) for c in choices]

    def parse(self, value: Any) -> Any:
        """The data's own spelling of the value."""
        if isinstance(value, bool) or not isinstance(value, str | int) or _fold(value) not in self.by_name:
            raise self._unusable(value)
        return self.by_name[_fold(value)]

    def _unusable(self, value: Any) -> Unusable:
        text = str(value) if isinstance(value, str | int) else ""
        found = process.extract(text, self._shown, scorer=fuzz.WRatio, processor=utils.default_process, limit=NEAREST)
        unusable = f"{brief(value)} is none of the {len(self.choices)} values of {self.column}"
        if not found or found[0][1] < NEAR:
            described = self.describe()
            return Unusable(f"{unusable}; GET {described['allowed_at']} lists them", allowed_at=described["allowed_at"])
        nearest = [self.choices[index].value for _, _, index in found]
        shown = ", ".join(shown for shown, _, _ in found)
        return Unusable(f"{unusable}; the nearest are {shown}", allowed=nearest, did_you_mean=nearest[0])

    def read(self, text: str) -> str:
        """A choice is found by its text, whatever its type."""
        return text

    def schema(self) -> dict[str, Any]:
        """The values and their codes, where they are not too many to list."""
        values = [choice.value for choice in self.choices]
        codes = [choice.code for choice in self.choices if choice.code is not None and choice.code not in values]
        kinds = sorted({"integer" if isinstance(value, int) else "string" for value in [*values, *codes]})
        kind = {"type": kinds[0] if len(kinds) == 1 else kinds or "string"}
        return kind | ({"enum": [*values, *codes]} if 0 < len(values) <= MOST_LISTED else {})

    def specimen(self) -> Any:
        """The first value; null when the column has none."""
        return self.choices[0].value if self.choices else None

    def describe(self) -> dict[str, Any]:
        """Where the allowed values come from."""
        at = f"/api/choices/{quote(self.column, safe='')}"
        return {"column": self.column, "code_column": self.code, "values": len(self.choices), "allowed_at": at}


def _fold(value: object) -> str:
    return " ".join(str(value).split()).casefold()
