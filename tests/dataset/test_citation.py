"""What a dataset says of its source, how to cite it, and what its figures are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service import dataset as datasets
from service.dataset.citation import CREATOR
from tests.conftest import settings_for
from tests.dataset.small_table import SMALL, loaded

ADDRESS = "https://data.cdc.gov/d/hn4x-zwk7"


def test_a_table_is_the_cdcs(tmp_path: Path) -> None:
    """The source has its address; the citation its newest survey year; the file has its own name."""
    (tmp_path / "mine.csv").write_text(SMALL, encoding="utf-8")
    with loaded(tmp_path / "mine.csv") as dataset:
        facts = dataset.facts
    assert facts.source.startswith("CDC, Nutrition, Physical Activity, and Obesity - Behavioral Risk Factor")
    assert facts.source.endswith(ADDRESS)
    assert facts.citation.startswith("Centers for Disease Control and Prevention (CDC) (2030). Nutrition, ")
    assert facts.citation.endswith(f"{ADDRESS}.")
    assert facts.file == "mine.csv"
    assert facts.bibtex.splitlines()[:2] == ["@misc{cdc_brfss_2030,", f"  author = {{{{{CREATOR}}}}},"]
    assert facts.bibtex.splitlines()[-3:] == [
        f"  howpublished = {{\\url{{{ADDRESS}}}}},",
        f"  url = {{{ADDRESS}}},",
        "}",
    ]


def test_a_fetched_table_was_accessed_on_a_day(tmp_path: Path) -> None:
    """That of the download, which is the file's."""
    (tmp_path / "data").mkdir()
    fetched = tmp_path / "data" / "brfss.csv"
    fetched.write_text(SMALL, encoding="utf-8")
    os.utime(fetched, (86400, 86400))
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert dataset.facts.citation.endswith(f"{ADDRESS}. Accessed 1970-01-02.")
    assert "urldate = {1970-01-02}," in dataset.facts.bibtex


def test_the_sample_says_that_it_is_none_of_the_cdcs(tmp_path: Path) -> None:
    """Loudly, in its source and in place of a citation."""
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    for text in (dataset.facts.source, dataset.facts.citation):
        assert text.startswith("A MODELLED SAMPLE, not the CDC's data")
    assert "it cannot be cited" in dataset.facts.citation
    assert dataset.facts.bibtex == f"% {dataset.facts.citation}"


@pytest.mark.parametrize(
    ("kind", "said"), [("Value", "crude (not age-adjusted)"), ("Age-adjusted", "age-adjusted"), ("", "crude")]
)
def test_what_figures_are_is_said_once(tmp_path: Path, kind: str, said: str) -> None:
    """Crude unless the file says that they are adjusted; self-reported; without pregnant women."""
    header, *rows = SMALL.splitlines()
    table = tmp_path / "table.csv"
    table.write_text("\n".join([f"{header},Data_Value_Type", *(f"{row},{kind}" for row in rows), ""]), encoding="utf-8")
    with loaded(table) as dataset:
        about = dataset.facts.about
    assert about.startswith(f"Percentages are {said}")
    assert about.endswith("; those of weight status leave out pregnant women.")


def test_a_question_has_the_years_that_it_was_published_in(tmp_path: Path) -> None:
    """A year without a single value is none of them, though the table has rows of it."""
    (tmp_path / "table.csv").write_text(SMALL, encoding="utf-8")
    with loaded(tmp_path / "table.csv") as dataset:
        cursor = dataset.cursor()
        found = cursor.execute("select Question, YearStart from health where Data_Value is not null").fetchall()
        cursor.close()
        expected = {name: sorted({year for each, year in found if each == name}) for name, _ in found}
        assert {name: years for name, years in dataset.facts.years_by_question.items() if years} == expected
