"""How the process starts, and what it says when it cannot."""

from __future__ import annotations

import errno
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from socket import AF_INET6, socket

import pytest

from service.api.server import address, advice
from tests.process import ROOT, Process, Start, crash, has_logged
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
    table.write_text(header + "".join(lines) * 15, encoding="utf-8")
    service = start(dataset_csv=table)
    wait_until((tmp_path / "log" / "service.log").exists)
    service.compute(0.5)  # past its last imports, of which Python in its development mode would tell
    service.send(signal.SIGINT)
    assert service.ended() == (130, "")


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"dataset_csv": "nope.csv"}, "nope.csv: there is no such file"),
        ({"dataset_csv": "README.md"}, "README.md:1: the header names no column of the CDC's table"),
        ({"dataset_csv": "/"}, '/: only [engine] storage = "parquet" reads folders'),
        ({"server_port": "x"}, "server.port = 'x' cannot be used"),
        ({"server_host": "203.0.113.1"}, "cannot listen on 203.0.113.1:0"),
        ({"server_host": "no.such.host.invalid"}, "; correct host in [server]"),
        (
            {"results_folder": "run.py"},
            "run.py: long answers cannot be kept there: File exists; make room, or correct fold",
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


def test_a_port_in_use_is_reported(service: Process, start: Start, tmp_path: Path) -> None:
    """Two services cannot have one port; the second one says what to do."""
    code, errors = start(
        server_port=service.url.rpartition(":")[2], jobs_journal="", results_folder=tmp_path / "second"
    ).ended()
    assert code == 2
    assert "choose another port, as in HEALTH_SERVER_PORT=5001" in errors


def test_a_port_in_use_on_a_mac_is_explained() -> None:
    """Its AirPlay Receiver has the default port; elsewhere, and on other ports, nobody is sent there."""
    assert "AirPlay Receiver" in advice(errno.EADDRINUSE, 5000, "darwin")
    assert "AirPlay" not in advice(errno.EADDRINUSE, 5001, "darwin") + advice(errno.EADDRINUSE, 5000, "linux")


def test_a_second_start_is_told_where_the_first_one_runs(service: Process, start: Start, tmp_path: Path) -> None:
    """On any port, since both have one journal; the first one is still there, and takes its address with it."""
    code, errors = start().ended()
    assert (code, errors.partition(";")[0]) == (2, f"already running at {service.url}")
    assert service.ask("GET", "/api/num_jobs")[0] == 200
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")
    assert not (tmp_path / "jobs.sqlite3.address").exists()


def test_two_services_never_share_long_answers(service: Process, start: Start, tmp_path: Path) -> None:
    """A start would clear away the other's. The second is told where the first is, whichever journal it has."""
    for journal in ("", tmp_path / "second.sqlite3"):
        code, errors = start(jobs_journal=journal).ended()
        assert (code, errors.partition(";")[0]) == (2, f"already running at {service.url}")
    (tmp_path / "results" / ".address").unlink()
    code, errors = start(jobs_journal="").ended()
    assert (code, "another process uses this folder; end it, or name another in [results]" in errors) == (2, True)


def test_an_address_that_a_crash_left_is_not_believed(service: Process, start: Start, tmp_path: Path) -> None:
    """Not even when another service got its port: only the process that wrote it can confirm it."""
    file = tmp_path / "jobs.sqlite3.address"
    left = file.read_text(encoding="ascii")
    crash(service)
    other = start(jobs_journal="", results_folder=tmp_path / "second")
    other.ready()
    file.write_text(left.replace(service.url, other.url), encoding="ascii")
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite3.lock", isolation_level=None)) as lock:
        lock.execute("begin exclusive")  # as a service that does not listen yet
        code, errors = start().ended()
    assert (code, "another process uses this journal" in errors) == (2, True)


def test_its_files_are_private(start: Start, tmp_path: Path) -> None:
    """What others asked stands in them: journal, log, results, and what lies beside them."""
    (tmp_path / "sql" / "long.sql").write_text("-- Long.\nselect unnest(range(100)) as n", encoding="utf-8")
    service = start(results_memory_rows=10)
    service.ready()
    assert service.ask("GET", "/api/long?wait=60")[0] == 200
    written = [file for file in tmp_path.rglob("*") if file.is_file() and file.parent.name != "sql"]
    names = {file.name for file in written}
    assert {"service.log", "jobs.sqlite3", "jobs.sqlite3-wal", "jobs.sqlite3.lock", "jobs.running"} <= names
    assert [file for file in written if file.suffix == ".arrow"]
    open_ = [file for file in [*written, tmp_path / "log", tmp_path / "results"] if file.stat().st_mode & 0o077]
    assert [file for file in open_ if file.name not in {"config.toml", "small.csv"}] == []


def test_an_address_of_ipv6_can_be_opened(start: Start) -> None:
    """It stands in brackets in the log."""
    with socket(AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
    service = start(server_host="::1")
    service.ready()
    assert service.url.startswith("http://[::1]:")
    assert service.ask("GET", "/api/dataset")[0] == 200


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:5000"),
        ("0.0.0.0", "http://127.0.0.1:5000"),
        ("::", "http://[::1]:5000"),
        ("2001:db8::7", "http://[2001:db8::7]:5000"),
        ("fe80::1%eth0", "http://[fe80::1%25eth0]:5000"),
    ],
)
def test_an_address_is_logged_as_one_to_open(host: str, url: str) -> None:
    """Those that stand for every interface too, which no browser opens."""
    assert address(host, 5000) == url


def test_variables_of_kubernetes_are_logged(start: Start) -> None:
    """The names of those that are passed over are one line of the log."""
    service = start(service_host="10.0.0.1", port="tcp://10.0.0.1:80")
    service.ready()
    assert "no settings, but Kubernetes's, and passed over: HEALTH_PORT, HEALTH_SERVICE_HOST\n" in service.log()


def has_hangup(service: Process, mask: str) -> bool:
    """Whether the process ignores (SigIgn) or catches (SigCgt) the signal by now."""
    status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
    [signals] = re.findall(rf"{mask}:\s*(\w+)", status)
    return bool(int(signals, 16) & 1 << signal.SIGHUP - 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows what a process does with a signal")
def test_a_hangup_while_it_loads_is_a_reload(start: Start, small_csv: Path, tmp_path: Path) -> None:
    """It does not end the process, and what it asks for is done once it has loaded."""
    header, *lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "large.csv"  # one that takes seconds to load
    table.write_text(header + "".join(lines) * 10, encoding="utf-8")
    service = start(dataset_csv=table)
    wait_until(lambda: has_hangup(service, "SigIgn"))  # it has hardly begun to import
    service.send(signal.SIGHUP)
    wait_until(lambda: has_hangup(service, "SigCgt"))
    service.send(signal.SIGHUP)
    assert "ready after" not in service.log()
    service.ready()
    wait_until(lambda: has_logged(service, "reloaded: no statistic has changed"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_a_hangup_while_it_ends_changes_nothing(start: Start) -> None:
    """One after the other until there is no process any more: the end is a graceful one."""
    service = start()
    service.ready()
    service.send(signal.SIGTERM)

    def has_ended() -> bool:
        service.send(signal.SIGHUP)
        return not service.is_alive()

    wait_until(has_ended)
    assert service.ended() == (0, "")


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
