"""What is asked: each statistic with random arguments, a mix of the nine, and everything that differs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

DATA = Path(__file__).parent.parent / "data"
OF_ALL = ("states_mean", "best5", "worst5", "global_mean", "diff_from_mean", "mean_by_category")
OF_A_STATE = ("state_mean", "state_diff_from_mean", "state_mean_by_category")
STATISTICS = (*OF_ALL, *OF_A_STATE)
MIX = "mix of the nine"


class Question(NamedTuple):
    """One job to ask for."""

    statistic: str
    arguments: dict[str, str]

    def body(self) -> bytes:
        """The arguments, as the POST sends them."""
        return json.dumps(self.arguments).encode()

    def path(self) -> str:
        """The address of the answer."""
        return f"/api/{self.statistic}?{urlencode(self.arguments)}"


def questions(of: str, count: int, seed: int = 1) -> list[Question]:
    """So many random questions of one statistic, or of all nine in turn; the same for the same seed."""
    chance = Random(seed)
    survey_questions, places = _codes("questions", "QuestionID"), _codes("locations", "LocationAbbr")
    names = STATISTICS if of == MIX else (of,)
    asked = []
    for number in range(count):
        name = names[number % len(names)]
        arguments = {"question": chance.choice(survey_questions)}
        if name in OF_A_STATE:
            arguments["state"] = chance.choice(places)
        asked.append(Question(name, arguments))
    return asked


def everything() -> list[Question]:
    """Each question that differs, once, in random order: 9 for each of 6 statistics, and 9 * 55 for each of 3."""
    survey_questions, places = _codes("questions", "QuestionID"), _codes("locations", "LocationAbbr")
    asked = [Question(name, {"question": question}) for name in OF_ALL for question in survey_questions]
    asked += [
        Question(name, {"question": question, "state": place})
        for name in OF_A_STATE
        for question in survey_questions
        for place in places
    ]
    Random(1).shuffle(asked)
    return asked


def _codes(table: str, column: str) -> list[str]:
    with (DATA / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return [row[column] for row in csv.DictReader(lines)]
