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

BOUNDS = {"since": operator.ge, "until": operator.le, "year": operator.eq}
"""Parameters that narrow the survey years, wherever a statistic has them."""


def covered(
    wordings: Sequence[Wording], statistic: Statistic, arguments: Mapping[str, Any], result: Result
) -> list[dict[str, Any]]:
    """Code, wording and survey years of each wording; of all questions where the arguments name none."""
    asked = _questions(statistic, arguments)
    newest = _years_given(arguments, result)
    found = []
    for each in wordings:
        years = [year for year in each["years"] if _within(year, arguments) and (newest is None or year in newest)]
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
    return all(
        compare(year, arguments[name]) for name, compare in BOUNDS.items() if isinstance(arguments.get(name), int)
    )


def _years_given(arguments: Mapping[str, Any], result: Result) -> set[Any] | None:
    """The years in the answer, where the caller left it to the statistic to take the newest."""
    if "year" not in arguments or arguments["year"] is not None or "year" not in result.names or result.file:
        return None
    column = result.names.index("year")
    return {row[column] for row in result.rows()}
