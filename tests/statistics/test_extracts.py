"""Every statistic on a part of the table: those rows of the whole table's answer that the part can give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.errors import BadRequest, NotFound
from service.settings import ROOT
from service.statistics.statistic import Statistic
from tests.editions import Rewrite, rewritten, states_only, table_of, where
from tests.tables import Table

pytestmark = pytest.mark.long

STATISTICS = sorted(path.stem for path in (ROOT / "sql").glob("*.sql"))
OVER_PLACES = {"best5", "correlation", "coverage", "diff_from_mean", "distribution", "global_mean", "rank_of_state",
               "ranking", "state_diff_from_mean", "state_report", "trend", "versus_national", "worst5"}  # fmt: skip
"""What these say of one place, or of all, depends on which others there are."""
OVER_STRATA = {"best5", "coverage", "diff_from_mean", "global_mean", "state_diff_from_mean", "state_mean",
               "states_mean", "worst5"}  # fmt: skip
"""These count every stratum."""
AnyRow = dict[str, Any]


class Extract(NamedTuple):
    """A part of the table: `holds` tells which rows of an answer it can give.

    `given` replaces arguments, `other` are statistics that must say something else of a part, and `columns` those of
    the rest that do.
    """

    rewrite: Rewrite
    holds: Callable[[AnyRow], bool]
    given: dict[str, Any] = {}  # noqa: RUF012 - never changed
    other: set[str] = set()  # noqa: RUF012
    columns: set[str] = set()  # noqa: RUF012


EXTRACTS = {
    "one question": Extract(
        rewrite=where(QuestionID="Q036"),
        holds=lambda row: row.get("code", "Q036") == "Q036",
        given={"question": "Q036", "other": "Q036"},
    ),
    "one state": Extract(
        rewrite=where(LocationAbbr="OH"),
        holds=lambda row: row.get("state", "Ohio") == "Ohio",
        given={"state": "OH", "states": ["OH"]},
        other=OVER_PLACES,
        columns={"national", "states_mean", "all_states", "difference"},
    ),
    "one year": Extract(
        rewrite=where(YearStart="2017"),
        holds=lambda row: row.get("year", 2017) == 2017,
        given={"since": 2017, "until": 2017, "year": 2017},
        other={"change_between_years"},
        columns={"years", "change", "change_low", "change_high", "change_since"},
    ),
    "only totals": Extract(
        rewrite=where(StratificationID1="OVERALL"),
        holds=lambda row: row.get("category", "Total") == "Total",
        given={"category": "Total", "segment": "Total"},
        other=OVER_STRATA,
    ),
    "no National": Extract(
        rewrite=states_only,
        holds=lambda row: row.get("state") != "National",
        given={"state": "OH", "states": ["OH", "IA"]},
        other={
            "coverage",
            "diff_from_mean",
            "global_mean",
            "state_diff_from_mean",
            "state_report",
            "trend",
            "versus_national",
        },
        columns={"national"},
    ),
}


@pytest.fixture(scope="module")
def whole(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("whole")
    with table_of(rewritten(small_csv, folder / "whole.csv", lambda row: row)) as table:
        yield table


@pytest.fixture(scope="module", params=EXTRACTS)
def extract(
    request: pytest.FixtureRequest, small_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Extract, Table]]:
    folder = tmp_path_factory.mktemp("extract")
    extract = EXTRACTS[request.param]
    with table_of(rewritten(small_csv, folder / "extract.csv", extract.rewrite)) as table:
        yield extract, table


def rows_of(table: Table, statistic: str, arguments: AnyRow) -> list[AnyRow] | None:
    """None where the table does not have the question or the place that is asked for."""
    try:
        result = table.answer(statistic, **arguments).result
    except NotFound:
        return []
    except BadRequest as error:
        return None if "is none of the" in error.reason else [{"refused": error.reason}]
    return [dict(zip(result.names, row, strict=True)) for row in result.rows()]


def arguments_for(statistic: Statistic, given: AnyRow) -> Iterator[AnyRow]:
    """Those of its examples, some of which are replaced."""
    spans = {name: value for name, value in given.items() if name in {"since", "until", "year", "segment"}}
    for example in statistic.examples:
        asked = {name: given.get(name, value) for name, value in {**example, **spans}.items()}
        yield {name: value for name, value in asked.items() if name in statistic.parameters}


def comparable(rows: list[AnyRow] | None, extract: Extract) -> list[AnyRow]:
    """Rounded, since sums may be taken in another order."""
    return [
        {
            name: round(value, 9) if isinstance(value, float) else value
            for name, value in row.items()
            if name not in extract.columns
        }
        for row in rows or ()
        if extract.holds(row)
    ]


@pytest.mark.parametrize("statistic", STATISTICS)
def test_an_extract_gives_the_rows_that_it_can(whole: Table, extract: tuple[Extract, Table], statistic: str) -> None:
    """Each as the whole table gives it; what is taken over places or strata that are missing is another figure."""
    part, table = extract
    assert table.catalog.faults == ()
    found = table.catalog.find(statistic)
    for arguments in arguments_for(found, part.given):
        rows = rows_of(table, statistic, arguments)
        if rows is not None and statistic not in part.other:
            assert comparable(rows, part) == comparable(rows_of(whole, statistic, arguments), part), arguments
            assert all(map(part.holds, rows))


@pytest.mark.parametrize("statistic", STATISTICS)
def test_notes_speak_of_places_that_the_table_has(extract: tuple[Extract, Table], statistic: str) -> None:
    """Not of National, nor of a territory, where there is none."""
    part, table = extract
    found = table.catalog.find(statistic)
    for arguments in arguments_for(found, part.given):
        with suppress(NotFound, BadRequest):
            notes = " ".join(table.answer(statistic, **arguments).result.notes)
            for place in ("National", "Guam", "Puerto Rico", "Virgin Islands", "New Jersey"):
                assert place not in notes or place in table.states
