"""The CDC's own table, for what only its figures show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import settings_for, table_on
from tests.tables import Table


@pytest.fixture(scope="session")
def real_table(real_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with table_on(settings_for(tmp_path_factory.mktemp("real_table"), dataset_csv=real_csv)) as table:
        yield table
