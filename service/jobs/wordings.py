"""Which of a question's published wordings an answer covers."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from service.dataset.names import Wording
from service.engine.result import Result
from service.statistics.choice_type import ChoiceType
from service.statistics.parameter_types import ListType
from service.statistics.statistic import Statistic

BOUNDS = {"since": operator.ge, "until": operator.le}
SINGLE_YEARS = ("year", "first_year", "last_year")
"""Parameters that narrow the survey years, or name each of them, wherever a statistic has them."""


def covered(
    wordings: Sequence[Wording], statistic: Statistic, arguments: Mapping[str, Any], result: Result
) -> list[dict[str, Any]]:
    """Code, wording and survey years of each wording; of all questions where the arguments name none."""
    asked = _questions(statistic, arguments)
    only = _only_years(arguments, result)
    found = []
    for each in wordings:
        years = [year for year in each["years"] if _within(year, arguments) and (not only or year in only)]
        if years and (not asked or each["question"] in asked):
            found.append({"code": each["code"], "wording": each["wording"], "years": years})
    return found


def _questions(statistic: Statistic, arguments: Mapping[str, Any]) -> set[str]:
    asked = set()
    for name, parameter in statistic.parameters.items():
        kind = parameter.type.item if isinstance(parameter.type, ListType) else parameter.type
        value = arguments[name]
        if isinstance(kind, ChoiceType) and kind.column == "Question" and value is not None:
            asked.update(value if isinstance(value, list) else [value])
    return asked


def _within(year: int, arguments: Mapping[str, Any]) -> bool:
    return all(holds(year, arguments[name]) for name, holds in BOUNDS.items() if isinstance(arguments.get(name), int))


def _only_years(arguments: Mapping[str, Any], result: Result) -> set[Any]:
    """The years that are named, or those that the statistic chose itself; empty where it is not about single years."""
    if "year" in arguments and arguments["year"] is None and "year" in result.names and not result.file:
        column = result.names.index("year")
        return {row[column] for row in result.rows()}
    return {arguments[name] for name in SINGLE_YEARS if isinstance(arguments.get(name), int)}
