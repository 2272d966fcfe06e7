"""DuckDB's time zone is UTC, wherever the process runs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from service import dataset as datasets
from tests.conftest import settings_for
from tests.process import ROOT, Start

pytestmark = pytest.mark.long

ZONE = """\
-- The time zone, and noon.
select
    current_setting('TimeZone') as zone,
    cast(timestamptz '2020-07-01 12:00' as varchar) as noon
"""


@pytest.fixture(autouse=True)
def _in_new_york(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that a test starts are there."""
    monkeypatch.setenv("TZ", "America/New_York")


@pytest.fixture
def run(small_csv: Path, tmp_path: Path) -> list[str]:
    """The command line in front of a command."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "zone.sql").write_text(ZONE, encoding="utf-8")
    (tmp_path / "config.toml").write_text(f"[dataset]\ncsv = '{small_csv}'\n", encoding="utf-8")
    return [sys.executable, "run.py", "--config", str(tmp_path / "config.toml")]


@pytest.mark.parametrize(
    "command",
    [["ask", "zone", "--format", "csv"], ["shell", "-csv", "-c", "from zone()"]],
    ids=["ask", "shell"],
)
def test_a_command_computes_in_utc(run: list[str], command: list[str]) -> None:
    """Without a server, and in the shell, which is a process of its own."""
    done = subprocess.run([*run, *command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "UTC,2020-07-01 12:00:00+00"


def test_the_server_computes_in_utc(start: Start, tmp_path: Path) -> None:
    """On each connection of a worker."""
    (tmp_path / "sql" / "zone.sql").write_text(ZONE, encoding="utf-8")
    service = start()
    service.ready()
    [row] = service.ask("GET", "/api/zone?format=json")[1]["data"]
    assert row == {"zone": "UTC", "noon": "2020-07-01 12:00:00+00"}


def test_an_export_is_written_in_utc(small_csv: Path, tmp_path: Path) -> None:
    """The connection that writes it is the service's own."""
    with closing(datasets.load_unlocked(settings_for(tmp_path, dataset_csv=small_csv))) as tables:
        assert tables.connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
