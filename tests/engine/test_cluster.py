"""A service whose table is on a cluster: what it refuses at its start, and what clients see when the cluster goes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.engine.opening import open_engine
from service.engine.spool import Spool
from service.errors import BadRequest, DatasetError, ServiceError, StartError
from service.settings import ROOT, Settings, load_settings
from tests.client import Client
from tests.conftest import serving, settings_for
from tests.spark import Sail, on_cluster, running
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.long
OBESITY = "question=Q036"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sail]:
    """A cluster to be killed."""
    with running(tmp_path) as sail:
        yield sail


@pytest.fixture
def memory(small_csv: Path, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, dataset_csv=small_csv)


def refusal(settings: Settings) -> str:
    with pytest.raises(DatasetError) as error:
        open_engine(settings, Spool(settings))
    return error.value.reason


def test_a_cluster_that_is_not_there_keeps_from_starting(memory: Settings, own: Sail) -> None:
    """After some tries; the reason names the address without the token in it."""
    own.kill()
    settings = on_cluster(memory, own, engine_url=f"{own.url};token=never-to-be-shown")
    reason = refusal(settings)
    assert reason.startswith(f"the cluster at sc://127.0.0.1:{own.port} cannot be used: ")
    assert "never-to-be-shown" not in reason


def test_a_table_that_is_not_there_keeps_from_starting(memory: Settings, sail: Sail) -> None:
    """The cluster's own words say so."""
    assert "no_such_table" in refusal(on_cluster(memory, sail, engine_table="no_such_table"))


def test_a_table_of_other_rows_than_the_manifest_keeps_from_starting(
    memory: Settings, sail: Sail, sample_csv: Path, tmp_path: Path
) -> None:
    """Its facts and choices would be wrong."""
    (tmp_path / "other").mkdir()
    other = on_cluster(settings_for(tmp_path / "other", dataset_csv=sample_csv), sail)
    reason = refusal(on_cluster(memory, sail, engine_table=other.engine.table))
    assert "rows, but manifest.json is of" in reason


def test_an_address_is_needed(tmp_path: Path) -> None:
    """There is no cluster by default."""
    settings = settings_for(tmp_path, engine_kind="spark")
    with pytest.raises(StartError, match=r"needs url in \[engine\], as in"):
        open_engine(settings, Spool(settings))


@pytest.mark.parametrize("command", [("check", "--engine", "spark"), ("ask", "questions")])
def test_without_its_packages_a_cluster_names_them(command: tuple[str, ...]) -> None:
    """And how to install them, whichever command it is."""
    without = "import runpy, sys; sys.modules['sqlglot'] = sys.modules['pyspark'] = None; "
    without += "runpy.run_path('run.py', run_name='__main__')"
    environment = {**os.environ, "HEALTH_ENGINE_URL": "sc://127.0.0.1:1"}
    environment |= {"HEALTH_ENGINE_KIND": "spark"} if command[0] == "ask" else {}
    started = [sys.executable, "-c", without, *command]
    done = subprocess.run(
        started, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 2
    assert "which is not installed: pip install -r requirements-scale.txt" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_export_is_needed(tmp_path: Path, sail: Sail) -> None:
    """Without it neither facts nor choices are known."""
    settings = settings_for(tmp_path, engine_kind="spark", engine_url=sail.url)
    assert refusal(settings).startswith('[engine] kind = "spark" needs source in [dataset]')


async def ready(client: Client) -> bool:
    return (await client.get("/readyz")).status == 200


async def test_while_the_cluster_is_away_the_service_stays(memory: Settings, own: Sail) -> None:
    """New questions get 503 and why, known answers go on, `/readyz` tells, and all is well once it is there again."""
    async with serving(on_cluster(memory, own)) as client:
        known = await client.get(f"/api/states_mean?{OBESITY}")
        assert known.status == 200
        own.kill()
        for _ in range(3):  # each makes the client's library wait longer until it looks again, unless told otherwise
            away = await client.get(f"/api/best5?{OBESITY}&wait=60")
            assert away.status == 503
        assert "the cluster cannot be reached" in away.body["reason"]
        checks = (await client.get("/readyz")).body["checks"]
        assert checks["engine"] == "the cluster cannot be reached"
        assert (await client.get(f"/api/states_mean?{OBESITY}")).body == known.body
        own.start()
        assert (await client.get(f"/api/best5?{OBESITY}&wait=60")).status == 200
        await until(lambda: ready(client))


async def test_a_cluster_that_restarts_meanwhile_is_not_noticed(memory: Settings, own: Sail) -> None:
    """The job tries again with a new session, in which the views are made anew."""
    async with serving(on_cluster(memory, own)) as client:
        own.restart()
        assert (await client.get(f"/api/ranking?{OBESITY}&wait=60")).status == 200


async def test_a_statistic_that_does_not_run_there_is_501(memory: Settings, sail: Sail, tmp_path: Path) -> None:
    """The reason names file and line; the others serve."""
    folder = tmp_path / "sql"
    folder.mkdir()
    (folder / "odd.sql").write_text(
        "-- Odd.\n-- returns: rows\nselect\n    md5(Topic) as x\nfrom health\n", encoding="utf-8"
    )
    (folder / "good.sql").write_text("-- Good.\nselect count(*) as n from health\n", encoding="utf-8")
    async with serving(on_cluster(memory, sail, catalog_folder=folder)) as client:
        odd = await client.get("/api/odd")
        assert odd.status == 501
        assert "sql/odd.sql:4: on a cluster MD5() may give something else" in odd.body["reason"]
        assert (await client.get("/api/good")).status == 200


async def test_a_job_on_the_cluster_is_cancelled(memory: Settings, own: Sail, tmp_path: Path) -> None:
    """And one that takes too long ends with 504."""
    folder = tmp_path / "sql"
    folder.mkdir()
    endless = "select sum(a.Data_Value * b.Data_Value * c.Data_Value * d.Data_Value) as x\nfrom health as a"
    endless += "".join(f"\ncross join health as {name}" for name in "bcd")
    (folder / "endless.sql").write_text(f"-- Endless.\n{endless}\n", encoding="utf-8")
    (folder / "limited.sql").write_text(f"-- Limited.\n-- time limit: 0.5 s\n{endless}\n", encoding="utf-8")
    async with serving(on_cluster(memory, own, catalog_folder=folder)) as client:
        job = (await client.post("/api/endless", {})).body["job_id"]
        await until(lambda: is_in_state(client, job, "running"))
        await client.session.delete(f"/api/jobs/{job}")
        await until(lambda: is_in_state(client, job, "cancelled"))
        own.restart()
        assert (await client.get("/api/limited?wait=60")).status == 504


async def is_in_state(client: Client, job: int, state: str) -> bool:
    status: str = (await client.get(f"/api/status/{job}")).body["status"]
    return status == state


def test_what_gives_too_many_rows_is_refused(memory: Settings, sail: Sail) -> None:
    """They would fill the memory here."""
    settings = on_cluster(memory, sail)
    with closing(open_engine(settings, Spool(settings))) as engine, closing(engine.session()) as session:
        many = session.prepare("many", "select 1 as x from health as a cross join health as b")
        with pytest.raises(ServiceError, match="many fetches more than 500000 rows from the cluster; ") as error:
            session.run(many, {})
        assert error.value.status == 400


def test_what_cannot_be_computed_there_is_the_callers_fault(memory: Settings, sail: Sail) -> None:
    """As here."""
    settings = on_cluster(memory, sail)
    with closing(open_engine(settings, Spool(settings))) as engine, closing(engine.session()) as session:
        wrong = session.prepare("wrong", "select cast($word as double) as x, count(*) as n from health")
        with pytest.raises(BadRequest, match="wrong cannot be computed with these arguments: "):
            session.run(wrong, {"word": "x"})


@pytest.mark.parametrize("url", ["http://a.example", "sc://", "sc://a b"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    """When the settings are read."""
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    with pytest.raises(ServiceError, match="HEALTH_ENGINE_URL"):
        load_settings(tmp_path / "config.toml", {"HEALTH_ENGINE_URL": url})
