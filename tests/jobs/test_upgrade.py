"""What an earlier version left behind serves on: its journal, its folder of long answers and its config.toml."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.jobs.embedded.journal import schema
from service.jobs.embedded.journal.database import Store
from tests.process import Process, ended

LEFT = Path(__file__).parent.parent / "fixtures" / "upgrade"
"""Its README says which jobs there are."""
ANSWERS = json.loads((LEFT / "answers.json").read_text(encoding="utf-8"))
QUESTION = "Percent of adults who engage in no leisure-time physical activity"


def copy_of_what_was_left(folder: Path) -> None:
    """As of now: finished jobs are kept for an hour, and Idempotency-Keys for a day."""
    for name in ("config.toml", "sql", "table.csv.gz"):
        copy = shutil.copytree if (LEFT / name).is_dir() else shutil.copy
        copy(LEFT / name, folder / name)
    journals, made = folder / "var", folder / "made"
    shutil.copytree(LEFT / "var", made)
    connection = sqlite3.connect(made / "jobs.sqlite3", isolation_level=None)
    [(newest,)] = connection.execute("select max(submitted_at) from jobs")
    later = time.time() - newest
    times = "submitted_at = submitted_at + ?1, started_at = started_at + ?1, finished_at = finished_at + ?1"
    connection.execute(f"update jobs set {times}", [later])
    connection.execute("update keys set given_at = given_at + ?", [later])
    # While it is open: closing would empty the log that the crash has left.
    shutil.copytree(made, journals, ignore=shutil.ignore_patterns("*-shm"))
    connection.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("upgrade")
    copy_of_what_was_left(folder)
    process = Process(
        folder,
        "--config",
        str(folder / "config.toml"),
        dataset_csv="table.csv.gz",
        jobs_journal="var/jobs.sqlite3",
        results_folder="var/results",
    )
    process.ready()
    yield process
    process.kill()


@pytest.mark.parametrize("job_id", ANSWERS)
def test_a_finished_job_gives_what_it_gave(service: Process, job_id: str) -> None:
    """The same status and body, be it an answer, an error or that it was cancelled."""
    status, body = service.ask("GET", f"/api/results/{job_id}")
    assert (status, {name: body[name] for name in body if name != "request_id"}) == (
        ANSWERS[job_id]["status"],
        ANSWERS[job_id]["body"],
    )


@pytest.mark.parametrize("job_id", ANSWERS)
def test_a_finished_job_is_described_as_it_was(service: Process, job_id: str) -> None:
    """All but its times, which the copy has moved, and what is said of its table since."""

    def described(job: dict[str, Any]) -> dict[str, Any]:
        since = {"dataset", "sample"}
        return {name: value if not name.endswith("_at") else ... for name, value in job.items() if name not in since}

    assert described(service.ask("GET", f"/api/status/{job_id}")[1]) == described(ANSWERS[job_id]["job"])


def test_a_kept_answer_says_where_it_came_from(service: Process) -> None:
    """As the earlier version had it; the fields that came later are empty."""
    meta = service.ask("GET", "/api/results/1?meta=true")[1]["meta"]
    assert (meta["source"], meta["years"], meta["file"], meta["notes"]) == ("table.csv.gz", [2019, 2021], None, [])
    assert service.ask("GET", "/api/results/1?format=records&meta=true")[1]["meta"] == meta


def test_the_same_question_gets_the_same_answer(service: Process) -> None:
    """Also where it is computed anew, since another version may read the table in another way."""
    assert service.ask("GET", "/api/states_mean?question=Q036") == (200, ANSWERS["1"]["body"])


@pytest.mark.parametrize(
    ("job_id", "arguments"),
    [(8, {"millions": 400}), (9, {"millions": 1}), (10, {"question": QUESTION, "since": 2011, "until": 2100})],
)
def test_a_pending_job_runs_again(service: Process, job_id: int, arguments: dict[str, Any]) -> None:
    """With its arguments, whether it was queued or running."""
    assert ended(service, job_id)[0] == 200
    job = service.ask("GET", f"/api/status/{job_id}")[1]
    assert (job["status"], job["arguments"]) == ("done", arguments)


def test_what_was_running_counts_as_a_crash(service: Process) -> None:
    """So that a job which takes the process down is not run for ever."""
    journal = sqlite3.connect(f"file:{service.folder / 'var' / 'jobs.sqlite3'}?mode=ro", uri=True)
    found = journal.execute("select id, crashes from jobs where id between 8 and 10").fetchall()
    journal.close()
    assert found == [(8, 1), (9, 0), (10, 0)]


@pytest.mark.parametrize(
    ("key", "path", "body", "job_id"),
    [("upgrade-1", "/api/fast", {}, 6), ("upgrade-2", "/api/slow", {"millions": 1}, 9)],
)
def test_an_idempotency_key_is_honoured(
    service: Process, key: str, path: str, body: dict[str, Any], job_id: int
) -> None:
    """The same request gives the same job, another one is refused."""
    status, job = service.ask("POST", path, body, **{"Idempotency-Key": key})
    assert (status, job["job_id"]) == (202, job_id)
    assert service.ask("POST", "/api/slow", {"millions": 2}, **{"Idempotency-Key": key})[0] == 422


def test_ids_go_on(service: Process) -> None:
    """A new job's id was never given."""
    assert service.ask("POST", "/api/fast", {})[1]["job_id"] > 10


def test_an_older_file_is_brought_up_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each later version's script runs once, in order, and what is in the file stays."""
    copy_of_what_was_left(tmp_path)
    path = tmp_path / "var" / "jobs.sqlite3"
    steps = ("alter table jobs add column note text", "update jobs set note = 'job ' || id")
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, *steps))
    for _ in range(2):
        store = Store(path, "normal")
        assert [row.id for row in store.kept.jobs] == list(range(1, 11))
        store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma user_version").fetchall() == [(3,)]
        assert connection.execute("select note from jobs where id = 7").fetchall() == [("job 7",)]


def test_a_step_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays as it was, of its old version."""
    copy_of_what_was_left(tmp_path)
    path = tmp_path / "var" / "jobs.sqlite3"
    step = "alter table jobs add column note text; update nothing set note = 1"
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.OperationalError, match="nothing"):
        schema.migrate(connection, 1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma user_version").fetchall() == [(1,)]
        assert "note" not in [column for _, column, *_ in connection.execute("pragma table_info(jobs)")]
