"""The catalog: statistics by name."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from service.dataset import Dataset
from service.engine.duckdb_session import DuckDBSession
from service.errors import NotFound
from service.statistics.catalog import Catalog
from tests.conftest import load_catalog


def test_a_statistic_is_found_by_its_name(catalog: Catalog) -> None:
    assert catalog.find("best5") is catalog.statistics["best5"]


def test_an_unknown_name_gets_the_nearest(catalog: Catalog) -> None:
    """Programs get it too, with all that are allowed."""
    with pytest.raises(NotFound, match="there is no statistic 'bets5'; did you mean 'best5'") as error:
        catalog.find("bets5")
    assert error.value.fields == {"allowed": [*catalog.statistics], "did_you_mean": "best5"}


def test_a_name_whose_file_has_a_fault_gets_the_fault(dataset: Dataset, tmp_path: Path) -> None:
    """There is such a statistic, but it does not serve."""
    (tmp_path / "broken.sql").write_text("-- Broken.\nselect Absent from health", encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    with pytest.raises(NotFound, match=r"the statistic 'broken' does not serve: .*broken\.sql:2: .*Absent"):
        catalog.find("broken")


@pytest.mark.parametrize("text", ["-- Broken.\nselec 1", "-- Broken.\n-- $n integr: n\nselect $n as n", "select 1"])
def test_a_kept_fault_keeps_no_session(dataset: Dataset, tmp_path: Path, text: str) -> None:
    """It stays as long as the file is broken, and the table that it was found on may be retired before."""
    (tmp_path / "broken.sql").write_text(text, encoding="utf-8")
    gc.collect()
    before = {id(found) for found in gc.get_objects() if isinstance(found, DuckDBSession)}
    catalog = load_catalog(tmp_path, dataset)
    gc.collect()
    after = {id(found) for found in gc.get_objects() if isinstance(found, DuckDBSession)}
    assert len(catalog.faults) == 1
    assert after <= before
