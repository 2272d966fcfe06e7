"""The nine statistics against pandas, on the sample and on the CDC's own table."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from service.errors import NotFound
from tests.conftest import settings_for, table_on
from tests.tables import Table

Data = dict[str, Any]

LOWER_IS_BETTER = {"Q018", "Q019", "Q036", "Q037", "Q047"}
CATEGORY = ["StratificationCategory1", "Stratification1"]


def means(rows: pd.DataFrame, *keys: str) -> Data:
    grouped = rows.groupby(list(keys) if len(keys) > 1 else keys[0])["Data_Value"].mean()
    return {str(key): value for key, value in grouped.items()}


def five(rows: pd.DataFrame, question: str, *, best: bool) -> Data:
    mean = rows.groupby("LocationDesc")["Data_Value"].mean().dropna()
    return dict(mean.sort_values(ascending=best == (question in LOWER_IS_BETTER)).head(5))


def differences(rows: pd.DataFrame) -> Data:
    mean = rows["Data_Value"].mean()
    return {state: mean - value for state, value in means(rows, "LocationDesc").items()}


def of(data: Data, state: str) -> Data:
    return {state: data[state]}


def segments(rows: pd.DataFrame) -> Data:
    return {str(state): means(own.dropna(subset=CATEGORY), *CATEGORY) for state, own in rows.groupby("LocationDesc")}


BY_STATE: dict[str, Callable[[pd.DataFrame], Data]] = {
    "state_mean": lambda rows: means(rows, "LocationDesc"),
    "state_diff_from_mean": differences,
    "state_mean_by_category": segments,
}
"""Of each statistic of one state: the answers for all of them."""
EXPECTED: dict[str, Callable[[pd.DataFrame, str, str], Data]] = {
    "states_mean": lambda rows, question, state: means(rows, "LocationDesc"),
    "state_mean": lambda rows, question, state: of(BY_STATE["state_mean"](rows), state),
    "best5": lambda rows, question, state: five(rows, question, best=True),
    "worst5": lambda rows, question, state: five(rows, question, best=False),
    "global_mean": lambda rows, question, state: {"global_mean": rows["Data_Value"].mean()},
    "diff_from_mean": lambda rows, question, state: differences(rows),
    "state_diff_from_mean": lambda rows, question, state: of(BY_STATE["state_diff_from_mean"](rows), state),
    "mean_by_category": lambda rows, question, state: means(rows.dropna(subset=CATEGORY), "LocationDesc", *CATEGORY),
    "state_mean_by_category": lambda rows, question, state: segments(rows[rows.LocationDesc == state]),
}
OF_A_STATE = [name for name in EXPECTED if name.startswith("state_")]
OF_ALL = [name for name in EXPECTED if name not in OF_A_STATE]


def assert_same(answer: Data, expected: Data) -> None:
    assert set(answer) == set(expected)
    for key, value in expected.items():
        if isinstance(value, dict):
            assert_same(answer[key], value)
        elif math.isnan(value):
            assert answer[key] is None
        else:
            assert answer[key] == pytest.approx(value, rel=0, abs=1e-9)


@pytest.mark.parametrize("name", OF_ALL)
def test_every_question_agrees_with_pandas(table: Table, name: str) -> None:
    """A statistic of all states gives what pandas gives, for every question."""
    until = 2022 if name in {"best5", "worst5"} else 2100
    for question in table.questions:
        expected = EXPECTED[name](table.rows(question, until=until), question, "")
        assert_same(table.ask(name, question=question), expected)


@pytest.mark.long
@pytest.mark.parametrize("name", OF_A_STATE)
def test_every_question_and_state_agrees_with_pandas(table: Table, name: str) -> None:
    """A statistic of one state gives what pandas gives, for every question and location."""
    for question in table.questions:
        for state, expected in BY_STATE[name](table.rows(question)).items():
            assert_same(table.ask(name, question=question, state=state), {state: expected})


@pytest.mark.parametrize("name", EXPECTED)
def test_years_limit_the_rows(table: Table, name: str) -> None:
    """`since` and `until` are inclusive, for random spans of years."""
    chance = random.Random(name)
    for _ in range(20):
        question, state = chance.choice(list(table.questions)), chance.choice(table.states)
        since, until = sorted(chance.choices(range(2011, 2022), k=2))
        rows = table.rows(question, since, until)
        given = {"question": question, "since": since, "until": until}
        if name in OF_A_STATE:
            given["state"] = state
            rows_of_state = rows[rows.LocationDesc == state]
            missing = rows_of_state.dropna(subset=CATEGORY if name.endswith("category") else []).empty
        else:
            missing = rows.empty
        if missing:
            with pytest.raises(NotFound, match="nothing is published for question"):
                table.ask(name, **given)
        else:
            assert_same(table.ask(name, **given), EXPECTED[name](rows, question, state))


@pytest.mark.parametrize("name", ["states_mean", "diff_from_mean"])
def test_lowest_comes_first(table: Table, name: str) -> None:
    """States come in the order of their values, those without one last."""
    for question in table.questions:
        values = [value for value in table.ask(name, question=question).values() if value is not None]
        assert values == sorted(values)


@pytest.mark.parametrize(("name", "lowest_first"), [("best5", True), ("worst5", False)])
def test_five_come_in_their_order(table: Table, name: str, *, lowest_first: bool) -> None:
    """Best5 begins with the best and worst5 with the worst, whichever end that is."""
    for question in table.questions:
        values = list(table.ask(name, question=question).values())
        assert len(values) == 5
        assert values == sorted(values, reverse=lowest_first != (question in LOWER_IS_BETTER))


@pytest.mark.real
def test_unpublished_values_are_null(real_csv: Path, tmp_path: Path) -> None:
    """A state whose values are all unpublished is null in states_mean, and missing from best5."""
    with table_on(settings_for(tmp_path, dataset_csv=real_csv)) as table:
        asked = {"question": "Q018", "since": 2019, "until": 2019}
        assert table.ask("states_mean", **asked)["New Jersey"] is None
        assert "New Jersey" not in table.ask("best5", **asked)
