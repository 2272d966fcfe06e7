"""Comparisons that are valid SQL, but find nothing, or fail as soon as they run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from service.dataset.choices import Choice, Choices
from service.engine.protocol import Comparison, Session
from service.statistics.base_type import ParameterType
from service.statistics.choice_type import ChoiceType
from service.statistics.parameter_types import ListType
from service.statistics.statistic import Statistic

CASES: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "lcase": str.lower,
    "upper": str.upper,
    "ucase": str.upper,
}
"""Functions that change a text's case."""
KINDS = {
    "text": r"VARCHAR",
    "a number": r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*",
    "a boolean": r"BOOLEAN",
    "a date": r"DATE",
}
"""What a person calls DuckDB's types."""


def doubtful_comparisons(statistic: Statistic, choices: Choices, session: Session) -> Iterator[tuple[int, str]]:
    """The line of each, and why it cannot be meant. Of columns that are not the table's only the name is known."""
    columns = session.columns(session.prepare("figures", "select * from figures"), {})
    kinds = {column.name.casefold(): column.type for column in columns}
    for found in session.comparisons(session.prepare(statistic.name, statistic.sql)):
        kind = statistic.parameters[found.parameter].type
        reason = _doubt(found, kind, kinds.get(found.column.casefold()), choices)
        if reason:
            yield found.line, f"`{_shown(found)}`: {reason}"


def _shown(found: Comparison) -> str:
    column = f"{found.function}({found.column})" if found.function else found.column
    return f"{column} {found.sign.replace('…', '$' + found.parameter)}" + (
        "" if "…" in found.sign else f" ${found.parameter}"
    )


def _doubt(found: Comparison, kind: ParameterType, column_kind: str | None, choices: Choices) -> str | None:
    if isinstance(kind, ListType):
        if found.sign != "in" and not (column_kind or "").endswith("[]"):
            return f"the parameter is a list; write `{found.column} in ${found.parameter}`, without parentheses"
        kind = kind.item
    if column_kind is None:
        return None
    if found.function is None and (one := _kind_of(column_kind)) != (other := _kind_of(kind.sql_type)):
        return f"the column is {one}, and the parameter {other}; declare it as what the column is"
    if isinstance(kind, ChoiceType):
        return _doubt_of_choice(found, kind, choices)
    return None


def _doubt_of_choice(found: Comparison, kind: ChoiceType, choices: Choices) -> str | None:
    """Its values are bound as the table spells them, so some comparisons never hold."""
    values = {str(choice.value) for choice in kind.choices}
    change = CASES.get(found.function or "")
    if change and any(change(value) != value for value in values):
        return f"the parameter is bound as {kind.column} spells it, so the case must stay; compare the column itself"
    if found.function is None and found.column.casefold() != kind.column.casefold():
        others = {str(choice.value) for choice in _choices_of(found.column, choices)}
        if values and others and not values & others:
            return f"the parameter is bound as a value of {kind.column}, and {found.column} has none of them"
    return None


def _choices_of(column: str, choices: Choices) -> Sequence[Choice]:
    """None of a column that is computed."""
    with suppress(ValueError):
        return choices(column, None)
    return ()


def _kind_of(sql_type: str) -> str:
    names = (name for name, pattern in KINDS.items() if re.fullmatch(pattern, sql_type.upper()))
    return next(names, sql_type)
