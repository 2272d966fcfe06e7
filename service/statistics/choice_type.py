"""The type `choice`: one of the values of a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from rapidfuzz import fuzz, process, utils

from service.dataset.choices import Choices
from service.engine.macros import cast_literal, error_literal, literal
from service.errors import Unusable, brief
from service.statistics.base_type import ParameterType
from service.suggest import LONGEST, folded_code

NEAREST = 5
NEAR = 60
"""How like a value must be to be suggested, of 100."""
LEAST_PART, NEAR_PART = 5, 80
"""Letters of a text that may be a word of a value, misspelt, and how like that must be."""
MOST_LISTED = 200


class ChoiceType(ParameterType):
    """One of the values of a column; its code and its other names do as well, in whatever case and spacing."""

    def __init__(self, inside: str | None, choices: Choices) -> None:
        column, _, code = (part.strip() for part in (inside or "").partition(","))
        if not column:
            raise ValueError("needs the column that the values come from, as in choice(LocationDesc, LocationAbbr)")
        self.column = column
        self.code = code or None
        self.choices = choices(column, self.code)
        self.sql_type = {int: "bigint", float: "double"}.get(type(self.sample_value()), "varchar")
        # Where two mean the same, a value comes before a code, and a code before a name of another edition.
        self.by_name = {_fold(name): choice.value for choice in self.choices for name in choice.names}
        self.by_name.update({_fold(choice.code): choice.value for choice in self.choices if choice.code is not None})
        self.by_name.update({_fold(choice.value): choice.value for choice in self.choices})
        self._shown = [f"{c.value} ({c.code})" if c.code else str(c.value) for c in self.choices]

    def parse(self, value: Any) -> Any:
        """The value in the data's own spelling."""
        if isinstance(value, bool) or not isinstance(value, str | int) or _fold(value) not in self.by_name:
            raise self._unusable(value)
        return self.by_name[_fold(value)]

    def _unusable(self, value: Any) -> Unusable:
        text = str(value)[:LONGEST] if isinstance(value, str | int) else ""
        near = self._near(text)
        unusable = f"{brief(value)} is none of the {len(self.choices)} values of {self.column}"
        if not near:
            allowed_at = self.describe()["allowed_at"]
            return Unusable(f"{unusable}; GET {allowed_at} lists them", allowed_at=allowed_at)
        nearest = [self.choices[index].value for index in near]
        shown = ", ".join(self._shown[index] for index in near)
        return Unusable(f"{unusable}; the nearest are {shown}", allowed=nearest, did_you_mean=nearest[0])

    def _near(self, text: str) -> list[int]:
        """Where the values stand that may be meant, the likeliest first; none where none is likely."""
        code = folded_code(text)
        meant = [at for at, choice in enumerate(self.choices) if choice.code and folded_code(choice.code) == code]
        alike = self._alike(text, fuzz.WRatio, NEAR)
        if not alike and len(text) >= LEAST_PART:
            alike = self._alike(text, fuzz.partial_ratio, NEAR_PART)
        return [*meant, *(at for at in alike if at not in meant)][:NEAREST]

    def _alike(self, text: str, scorer: Callable[..., float], near: int) -> list[int]:
        found = process.extract(
            text, self._shown, scorer=scorer, processor=utils.default_process, score_cutoff=near, limit=NEAREST
        )
        return [at for _, _, at in found]

    def sample_value(self) -> Any:
        return self.choices[0].value if self.choices else None

    def parse_default(self, value: Any) -> Any:
        """What the table lacks stays as it is written, since another edition of the table may have it."""
        scalar = isinstance(value, str | int) and not isinstance(value, bool)
        return self.by_name.get(_fold(value), value) if scalar else self.parse(value)

    def schema(self) -> dict[str, Any]:
        """The values and their codes, where they are not too many to list.

        A code that differs from a value in case alone is left out: it is taken, but tools that make a name of each
        would make the same one twice.
        """
        values = [choice.value for choice in self.choices]
        names = set(map(_fold, values))
        codes = [choice.code for choice in self.choices if choice.code is not None and _fold(choice.code) not in names]
        kinds = sorted({"integer" if isinstance(value, int) else "string" for value in [*values, *codes]})
        kind = {"type": kinds[0] if len(kinds) == 1 else kinds or "string"}
        return kind | ({"enum": [*values, *codes]} if 0 < len(values) <= MOST_LISTED else {})

    def describe(self) -> dict[str, Any]:
        """Where the allowed values come from."""
        at = f"/api/choices/{quote(self.column, safe='')}"
        return {"column": self.column, "code_column": self.code, "values": len(self.choices), "allowed_at": at}

    @property
    def finder(self) -> str:
        """The macro that finds a value, as text, by the value or its code; null for what is neither."""
        return f'"choice of {self.column}, {self.code}"' if self.code else f'"choice of {self.column}"'

    def sql_literal(self, given: str) -> str:
        unknown = error_literal(f"{literal(f'no value of {self.column}: ')} || {given}::varchar", self.sql_type)
        return f"coalesce({cast_literal(f'{self.finder}({given})', self.sql_type)}, {unknown})"

    def helper_macros(self) -> dict[str, str]:
        values = ", ".join(f"{literal(name)}: {literal(str(value))}" for name, value in self.by_name.items())
        folded = r"lower(trim(regexp_replace(given::varchar, '\s+', ' ', 'g')))"
        return {self.finder: f"create macro {self.finder}(given) as element_at(map {{{values}}}, {folded})[1]"}


def _fold(value: object) -> str:
    return " ".join(str(value).split()).casefold()
