"""A table of three rows, and a dataset loaded from a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service import dataset as datasets
from service.dataset import Dataset
from tests.conftest import settings_for

COLUMNS = "YearStart,LocationAbbr,LocationDesc,Question,QuestionID,Data_Value,StratificationCategory1,Stratification1"
ROWS = [
    "2020,OH,Ohio,Obese?,Q036,30.5,Gender,Male",
    '2030,GU,Guam,Obese?,Q036,,"Income","$15,000 - $24,999"',
    "2011,OH,Ohio,Obese?,Q036,29,,",
]
SMALL = "\n".join([COLUMNS, *ROWS, ""])


@contextmanager
def loaded(csv: Path, **variables: object) -> Iterator[Dataset]:
    """The dataset of a file, with `dataset_conflicts=…`-like settings."""
    folder = csv.parent / "settings"
    folder.mkdir(exist_ok=True)
    dataset = datasets.load(settings_for(folder, dataset_csv=csv, **variables))
    try:
        yield dataset
    finally:
        dataset.close()
