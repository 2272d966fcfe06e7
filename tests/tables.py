"""A dataset with its statistics beside the same table in pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from service.answers.answer import Answer, key_of, make_answer
from service.dataset import Facts
from service.engine.protocol import Session
from service.statistics.catalog import Catalog
from service.statistics.parameters import parse_arguments


class Table:
    """A dataset with its statistics, and the same table in pandas."""

    def __init__(self, catalog: Catalog, session: Session, facts: Facts, frame: pd.DataFrame) -> None:
        self.catalog = catalog
        self.facts = facts
        self.session = session
        self.frame = frame
        self.questions = dict(sorted(set(zip(frame.QuestionID, frame.Question, strict=True))))
        self.states = sorted(set(frame.LocationDesc))

    def ask(self, name: str, **given: Any) -> Any:
        answer = self.answer(name, **given)
        return answer.shape(answer.result.rows())

    def answer(self, name: str, **given: Any) -> Answer:
        statistic = self.catalog.statistics[name]
        arguments = parse_arguments(statistic.parameters, given)
        result = self.session.run(self.session.prepare(name, statistic.sql), arguments)
        return make_answer(key_of(statistic, arguments, self.facts), statistic, arguments, self.facts, result)

    def rows(self, question: str, since: int = 2011, until: int = 2100) -> pd.DataFrame:
        frame = self.frame
        found: pd.DataFrame = frame[(frame.QuestionID == question) & frame.YearStart.between(since, until)]
        return found
