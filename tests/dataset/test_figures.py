"""What is said of each published figure, and the figures that the CDC's table has no row for."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from scipy.stats import norm

from tests.dataset.small_table import loaded

HEADER = (
    "YearStart,LocationAbbr,LocationDesc,Question,QuestionID,Data_Value,Low_Confidence_Limit,High_Confidence_Limit,"
    "Sample_Size,StratificationCategory1,Stratification1,StratificationCategoryId1,StratificationID1"
)
ALL, MEN = "Total,Total,OVR,OVERALL", "Gender,Male,GEN,MALE"
Q036, Q018 = "Obese?,Q036", "Fruit?,Q018"
ROWS = [
    f"2019,OH,Ohio,{Q036},30,28,32,900,{ALL}",
    f"2019,OH,Ohio,{Q036},30,14,44,900,{MEN}",  # 30 points wide
    f"2019,OH,Ohio,{Q018},3,1.5,6,49,{ALL}",  # few people, and a relative error of more than 30%
    f"2019,OH,Ohio,{Q018},4,2.5,6.5,80,{MEN}",  # fewer than 5 points wide
    f"2019,GU,Guam,{Q036},9,5,17.5,80,{ALL}",  # wider than 130% of the value
    f"2019,GU,Guam,{Q036},,,,,{MEN}",
    f"2019,NJ,New Jersey,{Q036},,,,,,,,",
    f"2020,US,National,{Q036},0,0,1,700,{ALL}",
]


def figures(tmp_path: Path, source: str, rows: list[str]) -> pd.DataFrame:
    csv = tmp_path / "table.csv"
    csv.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    with loaded(csv) as dataset:
        frame: pd.DataFrame = dataset.cursor().sql(f"from {source}").df()
    return frame.astype(object)


def found(frame: pd.DataFrame, column: str) -> dict[tuple[int, str, str, str], object]:
    keys = frame[["YearStart", "LocationAbbr", "QuestionID", "StratificationID1"]].itertuples(index=False, name=None)
    return dict(zip(keys, frame[column], strict=True))


def test_why_a_figure_is_not_there(tmp_path: Path) -> None:
    """The whole grid of places, strata and the years a question was asked in, each figure with its status."""
    status = found(figures(tmp_path, "figures", ROWS), "Status")
    assert len(status) == 4 * (2 + 2 + 1)
    assert status[2019, "OH", "Q036", "OVERALL"] == "published"
    assert status[2019, "GU", "Q036", "MALE"] == "suppressed"
    assert status[2019, "NJ", "Q036", "OVERALL"] == status[2019, "NJ", "Q018", "MALE"] == "not surveyed"
    assert status[2019, "GU", "Q018", "OVERALL"] == "not asked"
    assert status[2020, "OH", "Q036", "OVERALL"] == "not surveyed"


@pytest.mark.parametrize(
    ("limits_and_size", "flag"),
    [("17.3,47.3,900", "unreliable (NCHS)"), (",,49", "unreliable (CDC)"), (",,900", "reliable"), (",,", None)],
)
def test_the_edges_of_reliability(tmp_path: Path, limits_and_size: str, flag: str | None) -> None:
    """30.0 points are wide, though less in binary numbers; of a value that stands alone no rule can tell."""
    [found] = figures(tmp_path, "health", [f"2019,OH,Ohio,{Q036},30,{limits_and_size},{ALL}"]).Reliability
    assert (None if pd.isna(found) else found) == flag


def test_the_flags_of_reliability(tmp_path: Path) -> None:
    """Each value by the rules of the CDC and of the NCHS."""
    flags = found(figures(tmp_path, "health where Data_Value is not null", ROWS), "Reliability")
    assert flags == {
        (2019, "OH", "Q036", "OVERALL"): "reliable",
        (2019, "OH", "Q036", "MALE"): "unreliable (NCHS)",
        (2019, "OH", "Q018", "OVERALL"): "unreliable (CDC)",
        (2019, "OH", "Q018", "MALE"): "reliable",
        (2019, "GU", "Q036", "OVERALL"): "unreliable (CDC, NCHS)",
        (2020, "US", "Q036", "OVERALL"): "reliable",
    }


def test_the_standard_error_comes_from_logit_limits(tmp_path: Path) -> None:
    """An interval that is symmetric on the logit scale; a limit of 0 tells nothing."""
    error = found(figures(tmp_path, "health", ROWS), "Standard_Error")
    wide = (logit(0.32) - logit(0.28)) / (2 * norm.ppf(0.975))
    assert error[2019, "OH", "Q036", "OVERALL"] == pytest.approx(0.3 * 0.7 * wide * 100, rel=1e-6)
    assert pd.isna(np.float64(str(error[2020, "US", "Q036", "OVERALL"])))


def test_the_kinds_of_places(tmp_path: Path) -> None:
    """The nation, the states with DC, and everywhere else."""
    kinds = figures(tmp_path, "health", ROWS).groupby("LocationAbbr").LocationType.first().to_dict()
    assert kinds == {"OH": "state", "GU": "territory", "NJ": "state", "US": "nation"}


def test_a_table_without_limits_has_no_errors(tmp_path: Path) -> None:
    """What cannot be computed is a column that the table lacks; the status is always there."""
    csv = tmp_path / "table.csv"
    pd.DataFrame([row.split(",") for row in ROWS], columns=HEADER.split(",")).drop(
        columns=["Low_Confidence_Limit", "StratificationID1"]
    ).to_csv(csv, index=False)
    with loaded(csv) as dataset:
        assert {"Status", "LocationType"} <= {*dataset.columns}
        assert not {"Standard_Error", "Reliability"} & {*dataset.columns}
        assert dataset.cursor().sql("select count(*) from figures where Status = 'published'").fetchall() == [(6,)]


@pytest.mark.real
def test_the_counts_of_the_cdcs_table(real_csv: Path) -> None:
    """As the rules give them when they are applied with numpy."""
    with loaded(real_csv) as dataset:
        health: pd.DataFrame = dataset.cursor().sql("from health").df()
    assert Counter(health.Status) == {"published": 79_851, "suppressed": 8_293, "not surveyed": 485}
    value, low, high = health.Data_Value, health.Low_Confidence_Limit, health.High_Confidence_Limit
    error = value * (100 - value) / 100 * (logit(high / 100) - logit(low / 100)) / (2 * norm.ppf(0.975))
    assert np.nanmax(abs(error - health.Standard_Error)) < 1e-5
    flags = health.Reliability.astype(str)
    assert flags.str.contains("CDC").sum() == ((error >= 0.3 * value) | (health.Sample_Size < 50)).sum() == 1365
    width = (high - low).round(1)  # as published figures have one decimal; 47.3 - 17.3 is less than 30 without it
    nchs = (width >= 30) | ((width > 5) & (width > (1.3 * value).round(2)))
    assert flags.str.contains("NCHS").sum() == nchs.sum() == 2371
