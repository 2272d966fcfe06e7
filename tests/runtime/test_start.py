"""How the process starts, and what it says when it cannot."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process import ROOT, Process, Start
from tests.waiting import wait_until


@pytest.fixture
def service(start: Start) -> Process:
    process = start()
    process.ready()
    return process


def test_ctrl_c_while_it_loads(start: Start, small_csv: Path, tmp_path: Path) -> None:
    """Whoever stops it before it is ready gets exit code 130 and no traceback."""
    header, *lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "large.csv"  # one that takes many seconds to load
    table.write_text(header + "".join(lines) * 100, encoding="utf-8")
    service = start(dataset_csv=table)
    wait_until((tmp_path / "log" / "service.log").exists)
    service.send(signal.SIGINT)
    assert service.ended() == (130, "")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"dataset_csv": "nope.csv"}, "nope.csv: there is no such file"),
        ({"dataset_csv": "README.md"}, "README.md:1: the header lacks YearStart"),
        ({"dataset_csv": "/"}, "/: there is no such file"),
        ({"server_port": "x"}, "server.port = 'x' cannot be used"),
        ({"server_host": "203.0.113.1"}, "cannot listen on 203.0.113.1:0"),
        ({"server_host": "no.such.host.invalid"}, "; correct host in [server]"),
        (
            {"results_folder": "run.py"},
            "run.py: long answers cannot be kept there: File exists; correct folder in [res",
        ),
        ({"jobs_journal": "run.py/jobs.sqlite3"}, "the journal cannot be made"),
        ({"duckdb_memory_limit": "5MB"}, "needs more memory than [duckdb] memory_limit = '5MB' allows"),
        ({"duckdb_memory_limit": "999999999999999TB"}, "[duckdb] memory_limit = '999999999999999TB'"),
        ({"catalog_folder": "data"}, "data: holds no .sql file"),
        ({"log_folder": "run.py"}, "run.py: the log cannot be written"),
    ],
)
def test_what_keeps_it_from_starting_is_reported(start: Start, variables: dict[str, str], message: str) -> None:
    """Exit code 2 and one clear line, also in the log once there is one: no traceback, and no report of leaks."""
    process = start(**variables)
    code, errors = process.ended()
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1
    if set(variables) & {"server_host", "results_folder", "jobs_journal", "duckdb_memory_limit"}:
        assert f" ERROR {errors}" in process.log()


def test_ctrl_c_while_it_imports(tmp_path: Path) -> None:
    """Whoever stops it before it has begun gets exit code 130 and no traceback."""
    (tmp_path / "duckdb.py").write_text("raise KeyboardInterrupt", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "run.py"]
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_port_in_use_is_reported(service: Process, start: Start) -> None:
    """Two services cannot have one port; the second one says what to do."""
    code, errors = start(server_port=service.url.rpartition(":")[2], jobs_journal="").ended()
    assert code == 2
    assert "choose another port, as in HEALTH_SERVER_PORT=5001" in errors


def test_a_broken_statistic_does_not_keep_it_from_starting(start: Start, tmp_path: Path) -> None:
    """The log names file and line; the others serve."""
    (tmp_path / "sql" / "broken.sql").write_text("-- Broken.\n-- $x integr: what\nselect $x", encoding="utf-8")
    service = start()
    service.ready()
    assert service.ask("POST", "/api/fast", {})[0] == 202
    assert "ERROR sql/broken.sql:2: $x: there is no type 'integr'; did you mean 'integer'?" in service.log()


def test_the_sample_is_announced(start: Start, tmp_path: Path) -> None:
    """Without a table the log warns that the figures are modelled, and so does the API."""
    service = start(dataset_csv="")
    service.ready()
    sample = not (ROOT / "data" / "brfss.csv").exists()
    assert ("THIS IS A MODELLED SAMPLE" in service.log()) == sample
    assert service.ask("GET", "/api/dataset")[1]["data"]["sample"] == sample


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows the most memory that a process has had")
def test_it_takes_little_memory(start: Start, sample_csv: Path) -> None:
    """With a table of the real size it has never taken 250 MB when it is ready."""
    service = start(dataset_csv=sample_csv, catalog_folder="sql")
    service.ready()
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
    most = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert most
    assert int(most[1]) < 250_000
