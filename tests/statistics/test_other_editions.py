"""Every statistic on other editions of the table: the same numbers, found by the names of any edition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service import dataset as datasets
from service.charts.picture_options import PictureOptions
from service.charts.registry import make_spec
from service.errors import NotFound
from service.settings import ROOT
from tests.conftest import engine_on, load_catalog, settings_for
from tests.editions import Q044, Q045, RENAMED, WORDINGS, both, current, rewritten, table_of, without
from tests.folders import folder_of
from tests.tables import Table

pytestmark = pytest.mark.long

STATISTICS = sorted(path.stem for path in (ROOT / "sql").glob("*.sql"))
OLD = ("Gender", "GEN")
NEW = ("Sex", "SEX")


@pytest.fixture(scope="module")
def original(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("original")
    with table_of(rewritten(small_csv, folder / "original.csv", lambda row: row)) as table:
        yield table


@pytest.fixture(scope="module", params=[current, both], ids=["current", "both"])
def edition(
    request: pytest.FixtureRequest, small_csv: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("edition")
    with table_of(rewritten(small_csv, folder / "edition.csv", request.param)) as table:
        yield table


def found(table: Table, statistic: str, arguments: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows, of which there may be none."""
    try:
        return table.answer(statistic, **arguments).result.rows()
    except NotFound:
        return []


def as_current(table: Table, value: Any) -> Any:
    """A value of the older edition in the words of the current one; numbers are rounded, for sums in another order."""
    if isinstance(value, float):
        return round(value, 9)
    names = RENAMED | {table.questions[code]: wording for code, wording in WORDINGS.items()}
    return names.get(value, value) if isinstance(value, str) else value


def in_order(rows: list[tuple[Any, ...]], table: Table) -> list[tuple[Any, ...]]:
    """Names decide the order of some answers, so that is not compared."""
    return sorted([tuple(as_current(table, value) for value in row) for row in rows], key=repr)


def arguments_of(table: Table, statistic: str) -> Iterator[dict[str, Any]]:
    """Those of the examples, also with the questions that were worded anew."""
    for example in table.catalog.find(statistic).examples:
        yield dict(example)
        if "question" in example:
            yield from ({**example, "question": code} for code in WORDINGS)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_another_edition_gives_the_same_numbers(original: Table, edition: Table, statistic: str) -> None:
    """Only names differ, also where a file holds both editions."""
    for arguments in arguments_of(original, statistic):
        expected = in_order(found(original, statistic, arguments), original)
        assert in_order(found(edition, statistic, arguments), original) == expected, arguments
    assert edition.catalog.faults == ()


@pytest.mark.parametrize("name", [*OLD, *NEW, "sex "])
def test_a_category_has_the_names_of_all_editions(original: Table, edition: Table, name: str) -> None:
    """Either name and either code finds it, on either edition."""
    for table in (original, edition):
        assert table.ask("weighted_mean", question="Q036", category=name)[0]["published"] > 0


@pytest.mark.parametrize("name", ["Total", "Overall", "OVERALL"])
def test_all_adults_have_the_names_of_all_editions(original: Table, edition: Table, name: str) -> None:
    """Their stratum is found as a segment by its code and by either name."""
    asked = {"question": "Q036", "state": "OH", "segment": name}
    assert edition.ask("trend", **asked) == original.ask("trend", **asked)


@pytest.mark.parametrize(("code", "wording"), WORDINGS.items())
def test_every_wording_is_a_name_of_its_question(original: Table, edition: Table, code: str, wording: str) -> None:
    """Of the table at hand, and of the edition that the questions are known from."""
    newest, oldest = (edition.ask("best5", question=text) for text in (wording, original.questions[code]))
    assert newest == oldest == edition.ask("best5", question=code)


def wordings_of(table: Table, statistic: str, **given: Any) -> list[tuple[str, list[int]]]:
    found = table.answer(statistic, **given).provenance.wordings
    return [(wording["wording"], wording["years"]) for wording in found or ()]


def test_the_provenance_lists_the_wordings_that_an_answer_covers(
    original: Table, small_csv: Path, tmp_path: Path
) -> None:
    """Each with its survey years, as far as the answer takes them in."""
    old = original.questions["Q044"]
    with table_of(rewritten(small_csv, tmp_path / "both.csv", both)) as table:
        assert wordings_of(table, "states_mean", question="Q044") == [(old, [2011, 2013, 2015]), (Q044, [2017, 2019])]
        assert wordings_of(table, "states_mean", question="Q044", since=2013, until=2015) == [(old, [2013, 2015])]
        assert wordings_of(table, "total_by_state", question="Q044", year=2013) == [(old, [2013])]
        assert wordings_of(table, "total_by_state", question="Q044") == [(Q044, [2019])]
        asked = {"question": "Q044", "first_year": 2011, "last_year": 2019}
        assert wordings_of(table, "change_between_years", **asked) == [(old, [2011]), (Q044, [2019])]
        two = [old, Q044, original.questions["Q045"], Q045]
        assert [name for name, _ in wordings_of(table, "correlation", question="Q044", other="Q045")] == two
        assert len(wordings_of(table, "coverage")) == len(table.questions) + 2


def test_the_better_end_is_known_by_the_code(original: Table, edition: Table) -> None:
    """A question that is worded anew keeps its direction."""
    ends = {row["code"]: row["better"] for row in edition.ask("questions")}
    assert ends == {row["code"]: row["better"] for row in original.ask("questions")}
    assert ends["Q044"] == ends["Q045"] == "higher"


@pytest.mark.parametrize("column", ["Sample_Size", "StratificationID1", "Topic"])
def test_a_missing_column_takes_down_only_those_that_name_it(small_csv: Path, tmp_path: Path, column: str) -> None:
    """The fault says which column it is, or which that is computed from it."""
    names = [column, "Reliability"] if column == "Sample_Size" else [column]
    using = {
        file.stem
        for file in (ROOT / "sql").glob("*.sql")
        if re.search(rf"^(?!--(?! \$)).*\b({'|'.join(names)})\b", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    # `questions` has the topics of data/questions.csv, whatever the table has.
    using -= {"questions"} if column == "Topic" else set()
    with table_of(rewritten(small_csv, tmp_path / "less.csv", without(column, "2017"))) as table:
        assert {fault.fields["name"] for fault in table.catalog.faults} == using
        assert all(any(name in fault.reason for name in names) for fault in table.catalog.faults)
        assert table.ask("states_mean", question="Q036")["Ohio"] > 0


def test_an_added_column_can_be_used(small_csv: Path, tmp_path: Path) -> None:
    """By a statistic's SQL, and as a type of its parameters."""
    csv = rewritten(small_csv, tmp_path / "more.csv", lambda row: row | {"Region": f"of {row['LocationAbbr'][0]}"})
    text = (
        "-- Places of a region.\n-- $region choice(Region): the region\n"
        "select distinct LocationAbbr as code from health where Region = $region order by code"
    )
    folder = folder_of(tmp_path / "sql", places=text)
    with closing(datasets.load(settings_for(tmp_path, dataset_csv=csv))) as dataset:
        statistic = load_catalog(folder, dataset).statistics["places"]
        with closing(engine_on(dataset).session()) as session:
            arguments = {"region": statistic.parameters["region"].parse("OF O")}
            rows = session.run(session.prepare("places", text), arguments).rows()
    assert rows == [("OH",), ("OK",), ("OR",)]


def test_a_picture_marks_the_best_states_under_a_new_wording(original: Table, edition: Table) -> None:
    """Which end is better does not depend on the wording."""
    specs = [
        make_spec(table.answer("states_mean", question="Q044"), PictureOptions(chart="bars"))
        for table in (original, edition)
    ]
    groups = [[row["group"] for row in spec["data"]["values"]] for spec in specs]
    assert groups[0] == groups[1]
    assert groups[0].count("five best") == 5
