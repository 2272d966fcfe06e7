"""What an operator watches: figures for Prometheus, whether the process lives, and whether it can take requests."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from service.runtime import readiness
from service.settings import ROOT
from tests.client import Client
from tests.conftest import Serve
from tests.manuals import MANUALS
from tests.waiting import LIMIT, until

Samples = dict[str, dict[frozenset[tuple[str, str]], float]]


async def metrics(client: Client) -> Samples:
    """Samples by name and labels, as Prometheus's own parser reads them."""
    reply = await client.get("/metrics")
    assert reply.status == 200, reply
    found: Samples = {}
    for family in text_string_to_metric_families(reply.body):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def labels(**given: str) -> frozenset[tuple[str, str]]:
    return frozenset(given.items())


async def test_the_manual_names_every_metric(client: Client) -> None:
    """And no other; a client has asked and a job has ended before."""
    await client.ask("best5", question="Q036")
    reply = await client.get("/metrics")
    exposed = re.findall(r"^# TYPE (\w+) ", reply.body, re.M)
    described = re.findall(r"^\| `((?:health|process)_\w+)` \|", MANUALS["docs/operate.md"], re.M)
    assert sorted(exposed) == sorted(described)
    assert reply.headers["Content-Type"].startswith("text/plain; version=")


async def test_rules_use_metrics_that_there_are(client: Client) -> None:
    """Each has what it watches, for how long, and what it says."""
    await client.ask("best5", question="Q036")
    known = await metrics(client)
    [group] = yaml.safe_load((ROOT / "ops" / "prometheus-rules.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule.keys() == {"alert", "expr", "for", "annotations"}
        named = set(re.findall(r"(?:health|process)_\w+", rule["expr"]))
        assert named
        assert named <= known.keys()


async def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    """However many addresses clients make up, there are no more labels."""
    for number in range(50):
        await client.get(f"/nope/{number}")
        await client.get(f"/api/nope{number}")
        await client.get(f"/api/status/{number + 1}")
    await client.get("/livez")
    counted = (await metrics(client))["health_http_request_seconds_count"]
    assert counted == {
        labels(method="other", route="unknown", status="404"): 50,
        labels(method="GET", route="/api/{statistic}", status="404"): 50,
        labels(method="GET", route="/api/status/{id}", status="404"): 50,
        labels(method="GET", route="/livez", status="200"): 1,
    }


async def test_what_is_no_request_is_counted(client: Client) -> None:
    """Under no route."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"nonsense\r\n\r\n")
    await asyncio.wait_for(reader.read(), LIMIT)
    writer.close()
    counted = (await metrics(client))["health_http_request_seconds_count"]
    assert counted == {labels(method="other", route="unknown", status="400"): 1}


async def test_a_client_that_went_away_is_counted(client: Client) -> None:
    """As 499, and its connection is none any more."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /api/jobs/events HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
    assert (await metrics(client))["health_connections"] == {labels(): 2}
    writer.transport.abort()
    gone = labels(method="GET", route="/api/jobs/events", status="499")

    async def is_counted() -> bool:
        return gone in (await metrics(client))["health_http_request_seconds_count"]

    await until(is_counted)
    assert (await metrics(client))["health_connections"] == {labels(): 1}


async def test_jobs_and_workers(serve: Serve, page_folder: Path) -> None:
    """Those that ended by statistic and state; those that wait and run, with the workers that run them."""
    client = await serve(catalog_folder=page_folder / "sql", workers_threads=1)
    await client.ask("best5", question="Q036")
    running, waiting = await client.start("slow", millions=900_000), await client.start("slow", millions=900_001)
    await until(lambda: _is_running(client, running))
    found = await metrics(client)
    assert found["health_jobs_pending"] == {labels(state="queued"): 1, labels(state="running"): 1}
    workers = {"busy": 1, "idle": 0, "lost": 0, "missing": 0}
    assert found["health_workers"] == {labels(state=state): number for state, number in workers.items()}
    for job in (waiting, running):
        await client.delete(f"/api/jobs/{job}")
    ended = (await metrics(client))["health_jobs_total"]
    assert ended == {labels(statistic="best5", state="done"): 1, labels(statistic="slow", state="cancelled"): 2}
    assert found["health_job_queued_seconds_count"] == {labels(): 1}
    assert found["health_statistic_faults"] == {labels(): 1}


async def _is_running(client: Client, job: int) -> bool:
    return bool((await client.get(f"/api/status/{job}")).body["status"] == "running")


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "192.0.2.1"}, {"Host": "example.org"}])
async def test_metrics_are_for_callers_on_this_machine(client: Client, headers: dict[str, str]) -> None:
    """Whoever comes through a proxy gets 403."""
    assert (await client.get("/metrics", headers=headers)).status == 403


async def test_metrics_on_a_port_of_their_own(serve: Serve) -> None:
    """For whoever reaches it; there is nothing else but the checks."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    await serve(server_metrics_port=port)
    async with ClientSession(f"http://127.0.0.1:{port}", headers={"X-Forwarded-For": "192.0.2.1"}) as session:
        statuses = [(await session.get(path)).status for path in ("/metrics", "/readyz", "/livez", "/api/jobs", "/")]
    assert statuses == [200, 200, 200, 404, 404]


def failed(body: Any) -> list[str]:
    """The names of the checks that failed."""
    return [name for name, fault in body["checks"].items() if fault != "ok"]


async def test_a_service_is_ready_and_alive(client: Client) -> None:
    """With what each check found, by the names that the manual has."""
    assert (await client.get("/livez")).status == (await client.get("/healthz")).status == 200
    reply = await client.get("/readyz")
    assert reply.status == 200
    described = re.findall(r"^\| `(\w+)` \| .* \|$", _table("| check | fails when |"), re.M)
    assert [*reply.body["checks"]] == [*readiness.CHECKS] == described


def _table(head: str) -> str:
    return MANUALS["docs/operate.md"].partition(head)[2].partition("\n\n")[0]


async def test_it_is_not_ready_while_it_drains(client: Client) -> None:
    """But alive, and the reason is there."""
    client.service.shutdown.begin("a test")
    reply = await client.get("/readyz")
    assert reply.status == 503
    assert failed(reply.body) == ["draining"]
    assert reply.body["reason"] == "not ready: draining: the service is shutting down"
    assert (await client.get("/livez")).status == 200


async def test_it_is_not_ready_without_room(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the disk where long answers and the journal are written."""
    monkeypatch.setattr(readiness, "LEAST_ROOM", 2**70)
    assert failed((await client.get("/readyz")).body) == ["disk"]


async def test_it_is_not_ready_while_the_journal_cannot_be_written(serve: Serve) -> None:
    """The figures say so too, and for how long it has been."""
    client = await serve()
    client.service.jobs.journal._store._connection.execute("pragma query_only = on")
    assert (await client.post("/api/best5", {"question": "Q036"})).status == 503
    assert failed((await client.get("/readyz")).body) == ["journal"]
    found = await metrics(client)
    assert found["health_journal_faulty"] == {labels(): 1}
    assert found["health_journal_lag_seconds"][labels()] > 0
    client.service.jobs.journal._store._connection.execute("pragma query_only = off")
    await until(lambda: _is_ready(client))


async def _is_ready(client: Client) -> bool:
    return (await client.get("/readyz")).status == 200


async def test_a_table_that_became_unusable_leaves_it_ready(serve: Serve, tmp_path: Path, small_csv: Path) -> None:
    """The last good one serves; the figures say so."""
    shutil.copy(small_csv, tmp_path / "table.csv")
    client = await serve(dataset_csv=tmp_path / "table.csv")
    (tmp_path / "table.csv").write_bytes(b"garbage")
    await client.post("/api/reload")
    reply = await client.get("/readyz")
    assert reply.status == 200
    assert failed(reply.body) == []
    assert (await metrics(client))["health_dataset_faulty"] == {labels(): 1}
