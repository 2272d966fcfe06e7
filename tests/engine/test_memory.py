"""What a result takes of the memory is bounded, whatever its columns hold."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from tests.conftest import settings_for

COLUMNS = 200


def test_numbers_count_too(small_csv: Path, tmp_path: Path) -> None:
    """Of 200 columns of numbers 100 rows are more than 100 kB, and wait on the disk; 50 rows are less."""
    settings = settings_for(tmp_path, dataset_csv=small_csv, results_memory_bytes=100_000)
    columns = ", ".join(f"range + {number} as c{number}" for number in range(COLUMNS))
    with (
        closing(DuckDBEngine(datasets.load(settings), Spool(settings))) as engine,
        closing(engine.session()) as session,
    ):
        results = [
            session.run(session.prepare("wide", f"select {columns} from range({rows})"), {}) for rows in (50, 100)
        ]
        assert [(result.length, result.file is not None) for result in results] == [(50, False), (100, True)]
