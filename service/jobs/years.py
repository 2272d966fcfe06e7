"""The survey years that an answer is about."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from service.answers.years import years_in
from service.dataset import Facts
from service.engine.result import Result

FROM, TO = "since", "until"
SINGLE_YEARS = ("year", "first_year", "last_year")
"""Parameters that narrow the survey years, or name each of them, wherever a statistic has them."""


def years_of(facts: Facts, questions: Collection[str], arguments: Mapping[str, Any], result: Result) -> list[int]:
    """Those of its rows, where they tell; else those that its questions have published values in and that it asks for.

    Of all years of the table where it asks for no question.
    """
    found = years_in(result)
    if found is not None:
        return found
    by_question = [facts.years_by_question.get(question, []) for question in questions]
    known = set().union(*by_question) if questions else {*facts.years}
    return sorted(filter(asked_years(arguments), known))


def asked_years(arguments: Mapping[str, Any]) -> Callable[[int], bool]:
    """Whether arguments that name years or bound them take a year in."""
    named = {arguments[name] for name in SINGLE_YEARS if isinstance(arguments.get(name), int)}
    first, last = _bound(arguments, FROM, -math.inf), _bound(arguments, TO, math.inf)
    return lambda year: first <= year <= last and (not named or year in named)


def _bound(arguments: Mapping[str, Any], name: str, none: float) -> float:
    bound = arguments.get(name)
    return bound if isinstance(bound, int) else none
