"""What is asked: each statistic with random arguments, and a mix of the nine."""

from __future__ import annotations

import json
from random import Random
from typing import NamedTuple
from urllib.parse import urlencode

OF_ALL = ("states_mean", "best5", "worst5", "global_mean", "diff_from_mean", "mean_by_category")
OF_A_STATE = ("state_mean", "state_diff_from_mean", "state_mean_by_category")
STATISTICS = (*OF_ALL, *OF_A_STATE)
MIX = "mix of the nine"
QUESTIONS = ("Q018", "Q019", "Q036", "Q037", "Q043", "Q044", "Q045", "Q046", "Q047")
STATES = ("AL", "AZ", "CA", "CO", "FL", "GA", "HI", "IA", "ME", "MN", "NY", "OH", "TX", "US", "WY")


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
    """So many questions of one statistic, or of all nine in turn; the same for the same seed."""
    chance = Random(seed)
    names = STATISTICS if of == MIX else (of,)
    asked = []
    for number in range(count):
        name = names[number % len(names)]
        arguments = {"question": chance.choice(QUESTIONS)}
        if name in OF_A_STATE:
            arguments["state"] = chance.choice(STATES)
        asked.append(Question(name, arguments))
    return asked
