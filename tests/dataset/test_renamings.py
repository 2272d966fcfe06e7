"""A file that holds several editions: what was renamed has one name, the newest, and is found by each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.dataset import Dataset
from service.dataset.choices import Choice
from tests.dataset.small_table import loaded

COLUMNS = (
    "YearStart", "LocationAbbr", "LocationDesc", "Question", "QuestionID", "Data_Value", "StratificationCategory1",
    "Stratification1", "StratificationCategoryId1", "StratificationID1",
)  # fmt: skip
NAMES = ("Gender", "Sex")
CODES = {"Gender": "GEN", "Sex": "SEX"}
Row = dict[str, Any]


def row(year: int, category: str = "Gender", **more: Any) -> Row:
    base = (year, "OH", "Ohio", "Active?", "Q044", 30, category, "Male", CODES.get(category, "OVR"), "MALE")
    return dict(zip(COLUMNS, base, strict=True)) | more


@contextmanager
def table(folder: Path, *rows: Row) -> Iterator[Dataset]:
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, {name: None for each in rows for name in each})
        writer.writeheader()
        writer.writerows(rows)
    with loaded(path) as dataset:
        yield dataset


def asked(dataset: Dataset, sql: str) -> list[tuple[Any, ...]]:
    cursor = dataset.cursor()
    try:
        return cursor.execute(sql).fetchall()
    finally:
        cursor.close()


years = st.dictionaries(st.integers(2011, 2024), st.sampled_from(NAMES), min_size=1)


@pytest.mark.long
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=years)
def test_a_category_with_two_names_is_one(tmp_path: Path, names: dict[int, str]) -> None:
    """With one code and one name, those of the newest year, and both are found by the others."""
    with table(tmp_path, *(row(year, name) for year, name in names.items())) as dataset:
        newest = names[max(names)]
        [other] = {*NAMES} - {newest}
        [choice] = dataset.choices("StratificationCategory1", "StratificationCategoryId1")
        assert choice == Choice(newest, CODES[newest], (other, CODES[other]))


@pytest.mark.parametrize("columns", [("Gender",), ("Sex",), ("Gender", "Sex"), ("sex",)])
def test_a_column_with_two_names_is_found_by_both(tmp_path: Path, columns: tuple[str, ...]) -> None:
    """They hold the same values, whichever of them the file has, or in part one and in part the other."""
    rows = [row(2011, **{columns[0]: "Male"}), row(2024, **{columns[-1]: "Female"})]
    with table(tmp_path, *rows) as dataset:
        found = asked(dataset, "select Gender, Sex from health order by YearStart")
        assert found == [("Male", "Male"), ("Female", "Female")]
        assert len([name for name in dataset.columns if name.casefold() == "sex"]) == 1


def test_a_question_has_its_newest_wording_and_keeps_the_published_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Every wording is one of its names, and the log says that there were several."""
    caplog.set_level("INFO")
    rows = [row(2011, Question="Old?"), row(2015, Question="Middle?"), row(2022, Question="New?")]
    with table(tmp_path, *reversed(rows)) as dataset:
        [question] = dataset.choices("Question", "QuestionID")
        assert (question.value, question.code) == ("New?", "Q044")
        assert {"Old?", "Middle?"} < {*question.names}
        found = asked(dataset, "select Question, Question_Published from health order by YearStart")
        assert found == [("New?", "Old?"), ("New?", "Middle?"), ("New?", "New?")]
        assert [each["years"] for each in dataset.facts.wordings] == [[2011], [2015], [2022]]
    assert "QuestionID Q044 has several names in the table; all its rows have the newest, 'New?'" in caplog.text


def test_published_wordings_survive_an_export(tmp_path: Path) -> None:
    """A table that has them in their column already keeps them."""
    rows = [
        row(2011, Question="New?", Question_Published="Old?"),
        row(2022, Question="New?", Question_Published="New?"),
    ]
    with table(tmp_path, *rows) as dataset:
        assert asked(dataset, "select Question_Published from health order by YearStart") == [("Old?",), ("New?",)]


@pytest.mark.parametrize("name", ["Total", "Overall", "Everybody"])
def test_all_adults_are_known_by_their_code(tmp_path: Path, name: str) -> None:
    """Whatever the table calls them, the known names find them, and the facts say what they are called."""
    everybody = row(2020, name, Stratification1=name, StratificationID1="OVERALL")
    with table(tmp_path, everybody) as dataset:
        [choice] = dataset.choices("Stratification1", "StratificationID1")
        assert {"Total", "Overall"} <= {choice.value, *choice.names}
        assert dataset.facts.all_adults == name
        assert asked(dataset, "select Stratification1 from strata where StratificationID1 = 'OVERALL'") == [(name,)]


def test_reference_tables_are_spelled_as_the_table(tmp_path: Path) -> None:
    """So that SQL can join them by any of their columns."""
    with table(tmp_path, row(2020, "Sex")) as dataset:
        columns = "StratificationCategory1, StratificationCategoryId1"
        assert asked(dataset, f"select {columns} from strata where Stratification1 = 'Male'") == [("Sex", "SEX")]


def test_a_name_of_two_values_is_none_of_either(tmp_path: Path) -> None:
    """A wording that another question has now means that question; one that two had means neither."""
    rows = [
        row(2011, Question="A?"), row(2020, Question="B?"),
        row(2011, QuestionID="Q045", Question="B?"), row(2020, QuestionID="Q045", Question="C?"),
        row(2011, QuestionID="Q046", Question="A?"), row(2020, QuestionID="Q046", Question="D?"),
    ]  # fmt: skip
    with table(tmp_path, *rows) as dataset:
        names = {choice.value: choice.names for choice in dataset.choices("Question")}
        assert list(names) == ["B?", "C?", "D?"]
        assert not {"A?", "B?"} & {name for known in names.values() for name in known}
