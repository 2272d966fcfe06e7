"""A dataset with its statistics beside the same table in pandas."""

from __future__ import annotations

from typing import Any

import pandas as pd

from service.answers.answer import Answer
from service.engine.protocol import Session
from service.runtime.editions import Edition


class Table:
    """A dataset with its statistics, and the same table in pandas."""

    def __init__(self, edition: Edition, session: Session, frame: pd.DataFrame) -> None:
        self.edition = edition
        self.catalog = edition.catalog
        self.session = session
        self.frame = frame
        self.questions = dict(sorted(set(zip(frame.QuestionID, frame.Question, strict=True))))
        self.states = sorted(set(frame.LocationDesc))

    def ask(self, name: str, **given: Any) -> Any:
        answer = self.answer(name, **given)
        return answer.shape(answer.result.rows())

    def answer(self, name: str, **given: Any) -> Answer:
        query = self.edition.query(self.catalog.find(name), given)
        return query.answer(self.session.run(self.session.prepare(name, query.statistic.sql), query.arguments))

    def rows(self, question: str, since: int = 2011, until: int = 2100) -> pd.DataFrame:
        frame = self.frame
        found: pd.DataFrame = frame[(frame.QuestionID == question) & frame.YearStart.between(since, until)]
        return found
