"""The questions that a query asks for, and which of their published wordings an answer covers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from service.answers.years import years_in
from service.dataset.names import Wording
from service.engine.result import Result
from service.jobs.years import asked_years
from service.statistics.choice_type import ChoiceType
from service.statistics.parameter_types import ListType
from service.statistics.statistic import Statistic


def questions_of(statistic: Statistic, arguments: Mapping[str, Any]) -> set[str]:
    """The questions that the arguments name, in their newest wording; empty where they name none."""
    asked = set()
    for name, parameter in statistic.parameters.items():
        kind = parameter.type.item if isinstance(parameter.type, ListType) else parameter.type
        value = arguments[name]
        if isinstance(kind, ChoiceType) and kind.column == "Question" and value is not None:
            asked.update(value if isinstance(value, list) else [value])
    return asked


def covered(
    wordings: Sequence[Wording], questions: Collection[str], arguments: Mapping[str, Any], result: Result
) -> list[dict[str, Any]]:
    """Code, wording and survey years of each wording; of all questions where none is asked for."""
    only, is_asked = _only_years(arguments, result), asked_years(arguments)
    found = []
    for each in wordings:
        if questions and each["question"] not in questions:
            continue
        years = [year for year in each["years"] if is_asked(year) and (not only or year in only)]
        if years:
            found.append({"code": each["code"], "wording": each["wording"], "years": years})
    return found


def _only_years(arguments: Mapping[str, Any], result: Result) -> Collection[int]:
    """The years that the statistic chose itself, where it was left to it."""
    is_free = "year" in arguments and arguments["year"] is None and "year" in result.names
    return years_in(result) or () if is_free else ()
