"""The modelled sample: shaped like the CDC's table, and always the same."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest

from data import facts, sample
from tests.conftest import read_frame

SUPPRESSED = "Data not available because sample size is insufficient."


@pytest.fixture(scope="module")
def real(real_csv: Path) -> pd.DataFrame:
    return read_frame(real_csv)


@pytest.mark.real
def test_the_header_is_the_real_one(sample_csv: Path, real_csv: Path) -> None:
    """The columns have the same names, spaces included, in the same order."""
    headers = {file.read_bytes().partition(b"\n")[0] for file in (sample_csv, real_csv)}
    assert len(headers) == 1


KEYS = [
    "QuestionID",
    "Question",
    "YearStart",
    "LocationAbbr",
    "LocationDesc",
    "StratificationCategory1",
    "Stratification1",
]


@pytest.mark.long
@pytest.mark.real
def test_the_grid_is_the_real_one(frame: pd.DataFrame, real: pd.DataFrame) -> None:
    """Each question, year, place and stratum of the real table has its row, and no other has."""
    assert sorted(frame[KEYS].fillna("").itertuples(index=False)) == sorted(
        real[KEYS].fillna("").itertuples(index=False)
    )


@pytest.mark.real
def test_the_facts_can_be_derived_again(real: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What data/facts.py makes of the real table is what is committed."""
    real = real.rename(columns=str.strip)
    for name, derived in (("gaps", facts.gaps(real)), ("levels", facts.levels(real)), ("sizes", facts.sizes(real))):
        derived.to_csv(tmp_path / name, index=name == "sizes")
        assert (tmp_path / name).read_text() == (facts.FOLDER / f"{name}.csv").read_text()


@pytest.mark.real
@pytest.mark.parametrize("question", ["Q018", "Q036", "Q046", "Q047"])
def test_the_states_rank_as_in_truth(frame: pd.DataFrame, real: pd.DataFrame, question: str) -> None:
    """The picture that the sample gives is plausible: ranks correlate by more than 0.9."""
    means = [t[t.QuestionID == question].groupby("LocationDesc").Data_Value.mean().rank() for t in (frame, real)]
    assert means[0].corr(means[1]) > 0.9


@pytest.mark.real
def test_the_same_surveys_publish_nothing(frame: pd.DataFrame, real: pd.DataFrame) -> None:
    """A place is silent in the years in which it truly is, such as Florida in 2021, and in no other."""
    survey = ["QuestionID", "YearStart", "LocationAbbr"]
    counts = [table.groupby(survey).Data_Value.count() for table in (frame, real)]
    assert list(counts[0].index[counts[0] == 0]) == list(counts[1].index[counts[1] == 0])


@pytest.mark.real
def test_about_as_many_rows_are_suppressed(frame: pd.DataFrame, real: pd.DataFrame) -> None:
    """The number of rows without a value is the real one, give or take a tenth."""
    assert frame.Data_Value.isna().sum() == pytest.approx(real.Data_Value.isna().sum(), rel=0.1)


def test_it_is_always_the_same(sample_csv: Path, tmp_path: Path) -> None:
    """Two runs give the same bytes."""
    sample.write(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == sample_csv.read_bytes()


def test_it_takes_less_than_three_seconds(tmp_path: Path) -> None:
    """A first start does not wait long."""
    begun = time.thread_time()
    sample.write(tmp_path / "sample.csv")
    assert time.thread_time() - begun < 3


def test_limits_enclose_values(frame: pd.DataFrame) -> None:
    """Low limit, value and high limit come in this order, within 0 to 100 percent."""
    published = frame.dropna(subset=["Data_Value"])
    low, high = published["Low_Confidence_Limit"], published["High_Confidence_Limit "]
    assert ((low >= 0) & (low <= published.Data_Value) & (published.Data_Value <= high) & (high <= 100)).all()


def test_small_samples_are_suppressed(frame: pd.DataFrame) -> None:
    """A row has either a value of at least 50 people, or the footnote."""
    published = frame.Data_Value.notna()
    assert (frame.Sample_Size[published] >= 50).all()
    assert (frame.Data_Value_Footnote[~published] == SUPPRESSED).all()
    assert (frame.Data_Value_Footnote_Symbol[~published] == "~").all()
    assert frame.Data_Value_Footnote[published].isna().all()
    assert 5_000 < (~published).sum() < 12_000
