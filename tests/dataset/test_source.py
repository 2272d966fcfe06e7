"""Which file holds the table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service import dataset as datasets
from service.dataset.source import sweep
from service.errors import DatasetError
from tests.conftest import settings_for
from tests.dataset.small_table import SMALL, loaded


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is named must be there; nothing else is loaded in its place."""
    with pytest.raises(DatasetError, match=r"nope\.csv: there is no such file"), loaded(tmp_path / "nope.csv"):
        pass


def test_without_a_table_the_sample_is_made(tmp_path: Path) -> None:
    """An empty setting and no fetched table: the sample, which says that it is one."""
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert dataset.facts.sample
    assert len(list((tmp_path / "var").glob("*.sample.csv"))) == 1


def test_a_sample_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """The message names the folder, and the setting to use instead."""
    (tmp_path / "var").touch()
    with pytest.raises(DatasetError, match=r"var: the sample cannot be written there: .*name a table as source"):
        datasets.load(settings_for(tmp_path))


def test_what_a_killed_start_left_is_removed(tmp_path: Path) -> None:
    """An unpacked table of days ago goes; what another process may be reading stays, and so does all else."""
    settings = settings_for(tmp_path)
    scratch = tmp_path / "var" / "tmp"
    for name in ("tmpold", "tmpnew", "mine"):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "table.csv").touch()
    for name in ("tmpold", "mine"):
        os.utime(scratch / name, (0, 0))
    sweep(settings)
    assert sorted(path.name for path in scratch.iterdir()) == ["mine", "tmpnew"]


def test_the_fetched_table_is_preferred_to_the_sample(tmp_path: Path) -> None:
    """The table is found where `run.py fetch` puts it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "brfss.csv").write_text(SMALL, encoding="utf-8")
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert (dataset.facts.rows, dataset.facts.sample, dataset.facts.years) == (3, False, [2011, 2020, 2030])
