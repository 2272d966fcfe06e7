"""States against National against scipy and statsmodels, on the sample and on the CDC's own table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, norm
from statsmodels.stats.meta_analysis import combine_effects

from service.errors import NotFound
from tests.sql.test_pooled_means import Z, close
from tests.sql.test_ranking import ranked_places, totals
from tests.tables import Table

FAR = norm.ppf(0.999)


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Each place but National with its difference from National, and the test of that."""
    national = rows.loc["National"]
    others = rows.drop("National")
    difference, error = others.Data_Value - national.Data_Value, np.hypot(others.error, national.error)
    return others.assign(
        difference=difference, difference_error=error, z=difference / error, p=2 * norm.sf(abs(difference / error))
    )


def is_outside(difference: float, error: float) -> str:
    return "99.8%" if abs(difference) > FAR * error else "95%" if abs(difference) > Z * error else "no"


CASES = [("Q036", 2021, False), ("Q018", 2019, False), ("Q046", 2015, True), ("Q047", 2016, False)]


@pytest.mark.parametrize(("question", "year", "territories"), CASES)
def test_the_difference_from_national(table: Table, question: str, year: int, territories: bool) -> None:
    """Every place of the table: its difference, with limits, z and p, and the verdict by the adjusted q."""
    rows = compared(totals(table, question, year))
    judged = ranked_places(rows, territories=territories)
    q = dict(zip(judged.index, false_discovery_control(judged.p), strict=True))
    answers = table.ask("versus_national", question=question, year=year, territories=territories)
    assert sorted(answer["state"] for answer in answers) == table.states
    for answer in answers:
        state = answer["state"]
        if state not in rows.index:
            difference = 0 if state == "National" else None
            assert answer["difference"] == difference
            assert [answer[name] for name in ("standard_error", "z", "p", "q", "verdict")] == [None] * 5
            continue
        own = rows.loc[state]
        assert answer["difference"] == round(own.difference, 1)
        found = [answer[name] for name in ("difference_low", "difference_high", "standard_error", "z", "p")]
        half = Z * own.difference_error
        assert found == close([own.difference - half, own.difference + half, own.difference_error, own.z, own.p])
        assert answer["status"] == "published"
        if state in q:
            assert answer["q"] == close(q[state])
            direction = "higher" if own.difference > 0 else "lower"
            assert answer["verdict"] == (direction if q[state] < 0.05 else "not different")
        else:
            assert (answer["q"], answer["verdict"]) == (None, None)


@pytest.mark.parametrize(("question", "year", "territories"), CASES)
def test_the_funnel(table: Table, question: str, year: int, territories: bool) -> None:
    """Limits around National from each place's standard error and DerSimonian and Laird's spread of the places."""
    rows = totals(table, question, year)
    national = rows.loc["National"].Data_Value
    judged = ranked_places(rows, territories=territories)
    tau2 = max(combine_effects(judged.Data_Value.to_numpy(), judged.error.to_numpy() ** 2, method_re="chi2").tau2, 0)
    answers = {
        answer["state"]: answer
        for answer in table.ask("versus_national", question=question, year=year, territories=territories)
    }
    for state, answer in answers.items():
        found = [answer[f"funnel{end}"] for end in ("_low", "_high", "_998_low", "_998_high")]
        if state in judged.index:
            own = judged.loc[state]
            error = np.hypot(np.sqrt(tau2), own.error)
            assert found == close([national + z * error for z in (-Z, Z, -FAR, FAR)])
            assert answer["outside"] == is_outside(own.Data_Value - national, error)
        else:
            assert [*found, answer["outside"]] == [None] * 5
    assert {answer["national"] for answer in answers.values()} == {national}
    [note] = table.answer("versus_national", question=question, year=year, territories=territories).provenance.notes
    assert f"(tau) of {np.sqrt(tau2):.1f} points" in note


def order(answer: dict[str, Any]) -> tuple[bool, float, str]:
    return answer["difference"] is None, -(answer["difference"] or 0.0), answer["state"]


def test_the_highest_place_comes_first(table: Table) -> None:
    """In the newest year; equal differences by name, and places without one last."""
    answers = table.ask("versus_national", question="Q037")
    assert answers == sorted(answers, key=order)
    assert {answer["year"] for answer in answers} == {table.rows("Q037").YearStart.max()}


def test_a_year_without_national_has_no_answer(table: Table) -> None:
    """There is nothing to compare with."""
    with pytest.raises(NotFound):
        table.answer("versus_national", question="Q018", year=2018)
