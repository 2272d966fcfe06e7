"""The API over a real server: the way of a job, and every error."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from service.statistics.catalog import Catalog
from tests.client import Client
from tests.conftest import Serve, read_frame
from tests.waiting import LIMIT

SLOW = """\
-- Something that takes a while, told by its argument.
-- $millions integer(1..100000) = 1: how long
-- returns: row
select sum(hash(range))::double as total from range($millions::bigint * 1000000)
"""


@pytest.fixture
async def busy(serve: Serve, tmp_path: Path) -> Client:
    """A client of a server that has a slow statistic, and room for three jobs."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    started: Client = await serve(catalog_folder=tmp_path / "sql", workers_max_pending=3)
    return started


@pytest.mark.parametrize("name", sorted(Path("sql").glob("*.sql")), ids=lambda path: path.stem)
async def test_every_example_is_answered(client: Client, catalog: Catalog, name: Path) -> None:
    """Each statistic answers its example, from POST to results."""
    statistic = catalog.statistics[name.stem]
    for example in statistic.examples:
        assert await client.ask(statistic.name, **example)


async def test_the_answer_is_right(client: Client, small_csv: Path) -> None:
    """What comes over HTTP is what pandas finds."""
    frame = read_frame(small_csv)
    rows = frame[(frame.QuestionID == "Q036") & (frame.LocationAbbr == "OH")]
    answer = await client.ask("state_mean", question="Q036", state="OH")
    assert answer == {"Ohio": pytest.approx(rows.Data_Value.mean(), abs=1e-9)}


async def test_an_accepted_job_says_where_it_is(client: Client) -> None:
    """202, a Location, and the arguments in the data's own spelling after defaults."""
    reply = await client.post("/api/state_mean", {"state": " oh", "question": "q036"})
    assert (reply.status, reply.body["status"], reply.body["job_id"]) == (202, "queued", 1)
    assert reply.body["arguments"] == {
        "question": "Percent of adults aged 18 years and older who have obesity",
        "state": "Ohio",
        "since": 2011,
        "until": 2100,
    }
    located = await client.get(reply.headers["Location"])
    assert (located.status, located.body["job_id"]) == (200, 1)


async def test_start_takes_any_statistic(client: Client) -> None:
    """POST /api/start is the same as the statistic's own route."""
    body = {"statistic": "best5", "arguments": {"question": "Q036"}}
    reply = await client.post("/api/start", body)
    assert reply.status == 202
    results = await client.results(reply.body["job_id"])
    assert results.body["data"] == await client.ask("best5", question="Q036")


async def test_the_older_name_of_results_works(client: Client) -> None:
    """GET /api/get_results/{id} is the same as /api/results/{id}."""
    job_id = await client.start("best5", question="Q036")
    newer = await client.results(job_id)
    assert (await client.get(f"/api/get_results/{job_id}")).body == newer.body


async def test_status_tells_the_times(client: Client) -> None:
    """A finished job shows when it was submitted, started and finished."""
    job_id = await client.start("best5", question="Q036")
    await client.results(job_id)
    job = (await client.get(f"/api/status/{job_id}")).body
    assert job["status"] == "done"
    assert job["submitted_at"] <= job["started_at"] <= job["finished_at"]
    assert job["finished_at"].endswith("Z")


async def test_jobs_are_listed_newest_last(client: Client) -> None:
    """GET /api/jobs has every job with its state."""
    for question in ("Q036", "Q037"):
        await client.results(await client.start("best5", question=question))
    body = (await client.get("/api/jobs")).body
    assert body["status"] == "done"
    assert [(job["job_id"], job["status"], job["statistic"]) for job in body["data"]] == [
        (1, "done", "best5"),
        (2, "done", "best5"),
    ]


async def test_ids_are_unique_under_load(client: Client) -> None:
    """A hundred requests at once get a hundred ids, each once, and each its own answer."""
    replies = await asyncio.gather(
        *(client.post("/api/state_mean", {"question": "Q036", "state": s}) for s in ["OH", "IA"] * 50)
    )
    ids = [reply.body["job_id"] for reply in replies]
    assert sorted(ids) == list(range(1, 101))
    for reply in replies:
        results = await client.results(reply.body["job_id"])
        assert list(results.body["data"]) == [reply.body["arguments"]["state"]]


async def test_a_running_job_is_running(busy: Client) -> None:
    """Results say that a job is running until it has ended; pending jobs are counted."""
    job_id = await busy.start("slow", millions=100_000)
    assert (await busy.get(f"/api/results/{job_id}")).body == {"status": "running"}
    assert (await busy.get(f"/api/status/{job_id}")).body["status"] == "running"
    assert (await busy.get("/api/num_jobs")).body == {"num_jobs": 1}


async def test_a_full_queue_refuses(busy: Client) -> None:
    """Above the limit a job is refused with 503 and Retry-After, and none is lost or made."""
    for _ in range(3):
        await busy.start("slow", millions=100_000)
    reply = await busy.post("/api/slow", {})
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert (await busy.get("/api/num_jobs")).body == {"num_jobs": 3}
    assert len((await busy.get("/api/jobs")).body["data"]) == 3


async def test_a_job_that_has_gone_is_410(serve: Serve) -> None:
    """A finished job above the number to keep answers 410."""
    client = await serve(jobs_keep=1)
    first = await client.start("best5", question="Q036")
    await client.results(first)
    second = await client.start("best5", question="Q036")
    await client.results(second)
    reply = await client.get(f"/api/results/{first}")
    assert (reply.status, reply.body["job_id"]) == (410, first)


async def test_known_things_without_data_end_in_an_error(client: Client) -> None:
    """A question that was not asked in those years: the job ends in error, and its results are 404."""
    job_id = await client.start("state_mean", question="Q018", state="OH", since=2012, until=2013)
    reply = await client.results(job_id)
    assert (reply.status, reply.body["status"], reply.body["job_id"]) == (404, "error", job_id)
    assert reply.body["reason"].startswith("no data for question = Percent of adults who report consuming fruit")
    assert reply.body["reason"].endswith("the statistic coverage shows which question was asked where and when")
    assert (await client.get(f"/api/status/{job_id}")).body["status"] == "error"


HEADERS = {"Content-Type": "application/json"}
REFUSALS: dict[str, tuple[str, str, dict[str, Any], int, str, dict[str, Any]]] = {
    "missing argument": (
        "POST", "/api/state_mean", {"json": {"question": "Q036"}}, 400, "state is missing: the state", {"parameter": "state"},
    ),
    "no body": ("POST", "/api/best5", {}, 400, "question is missing", {"parameter": "question"}),
    "unknown argument": (
        "POST", "/api/best5", {"json": {"question": "Q036", "sinse": 2012}}, 400,
        "there is no parameter named 'sinse'; did you mean 'since'?",
        {"did_you_mean": "since", "allowed": ["question", "since", "until"]},
    ),
    "unknown value": (
        "POST", "/api/state_mean", {"json": {"question": "Q036", "state": "Ohoi"}}, 400,
        "state: 'Ohoi' is none of the 55 values of LocationDesc", {"did_you_mean": "Ohio", "parameter": "state"},
    ),
    "wrong type": (
        "POST", "/api/best5", {"json": {"question": "Q036", "since": "long ago"}}, 400,
        "since: 'long ago' is not a whole number in 2011..2100", {"minimum": 2011, "maximum": 2100},
    ),
    "out of range": (
        "POST", "/api/best5", {"json": {"question": "Q036", "since": 1999}}, 400, "since: 1999 is outside 2011..2100", {},
    ),
    "unknown statistic in start": (
        "POST", "/api/start", {"json": {"statistic": "bets5"}}, 400, "there is no statistic 'bets5'", {"did_you_mean": "best5"},
    ),
    "unknown statistic in the path": (
        "POST", "/api/bets5", {"json": {}}, 404, "there is no statistic 'bets5'", {"did_you_mean": "best5"},
    ),
    "start without a name": ("POST", "/api/start", {"json": {}}, 400, "statistic is missing", {}),
    "start with a number for a name": (
        "POST", "/api/start", {"json": {"statistic": 5}}, 400, "statistic is 5, but must be a text", {},
    ),
    "no jobs a page": ("GET", "/api/jobs?limit=0", {}, 400, "limit must be a whole number from 1, not '0'", {}),
    "start with another key": ("POST", "/api/start", {"json": {"job": 1}}, 400, "'job' is not for the body", {}),
    "start with a list": (
        "POST", "/api/start", {"json": {"statistic": "best5", "arguments": []}}, 400, "arguments must be an object", {},
    ),
    "a list for a body": ("POST", "/api/best5", {"json": [1]}, 400, "the body must be a JSON object", {}),
    "null for a body": ("POST", "/api/best5", {"data": "null", "headers": HEADERS}, 400, "not null", {}),
    "broken JSON": ("POST", "/api/best5", {"data": "{", "headers": HEADERS}, 400, "the body is broken JSON", {}),
    "no UTF-8": ("POST", "/api/best5", {"data": b'{"a": "\xff"}', "headers": HEADERS}, 400, "the body is broken JSON", {}),
    "too deep": ("POST", "/api/best5", {"data": "[" * 30000, "headers": HEADERS}, 400, "the body is broken JSON", {}),
    "a huge number": (
        "POST", "/api/best5", {"data": '{"question": "Q036", "since": ' + "9" * 5000 + "}", "headers": HEADERS}, 400, "", {},
    ),
    "a number of 400 digits": (
        "POST", "/api/best5", {"data": '{"question": "Q036", "since": ' + "9" * 400 + "}", "headers": HEADERS}, 400,
        "is outside 2011..2100", {"parameter": "since"},
    ),
    "a number of 400 digits in the address": (
        "GET", f"/api/best5?question=Q036&since={'9' * 400}", {}, 400, "is outside 2011..2100", {"parameter": "since"},
    ),
    "a number in quotes": (
        "POST", "/api/best5", {"json": {"question": "Q036", "since": "2012"}}, 400, "write it without quotes", {},
    ),
    "a value far from all": (
        "POST", "/api/state_mean", {"json": {"question": "Q036", "state": 39}}, 400,
        "state: 39 is none of the 55 values of LocationDesc; GET /api/choices/LocationDesc lists them",
        {"allowed_at": "/api/choices/LocationDesc"},
    ),
    "a body that is not coded as it says": (
        "POST", "/api/best5", {"data": "{}", "headers": HEADERS | {"Content-Encoding": "gzip"}}, 400,
        "the body cannot be read with Content-Encoding gzip", {},
    ),
    "wrong content type": (
        "POST", "/api/best5", {"data": {"question": "Q036"}}, 415, "the content type is application/x-www-form-urlencoded", {},
    ),
    "too large": (
        "POST", "/api/best5", {"data": " " * 70000, "headers": HEADERS}, 413, "larger than 65536 bytes", {"max_body": 65536},
    ),
    "unknown job": ("GET", "/api/results/99", {}, 404, "there is no job 99", {"job_id": 99}),
    "job 0": ("GET", "/api/status/0", {}, 404, "there is no job 0", {}),
    "no number": ("GET", "/api/status/one", {}, 400, "'one' is no job id", {"parameter": "id"}),
    "a negative number": ("GET", "/api/results/-1", {}, 400, "'-1' is no job id", {}),
    "a foreign digit": ("GET", "/api/results/\u0661", {}, 400, "is no job id", {}),
    "a number too long": ("GET", f"/api/results/{'9' * 5000}", {}, 400, "is no job id", {}),
    "wrong method": ("DELETE", "/api/num_jobs", {}, 405, "DELETE is not for /api/num_jobs; use GET or HEAD", {}),
    "unknown path": ("GET", "/nope", {}, 404, "there is no page /nope", {}),
    "unknown path below": ("POST", "/api/best5/more", {}, 404, "there is no page /api/best5/more", {}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "reason", "fields"), REFUSALS.values(), ids=list(REFUSALS)
)
async def test_a_refusal_says_what_to_do(  # noqa: PLR0917 - a row of the table
    client: Client, method: str, path: str, options: dict[str, Any], status: int, reason: str, fields: dict[str, Any]
) -> None:
    """The right status, a sentence, fields for programs, the request's id, and no job."""
    async with client.session.request(method, path, **options) as response:
        body = await response.json()
    assert response.status == status
    assert body["status"] == "error"
    assert reason in body["reason"]
    assert body.items() >= fields.items()
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert (await client.get("/api/jobs")).body["data"] == []


@pytest.mark.parametrize(
    "request_line",
    [
        pytest.param("GET /\u00e9 HTTP/1.1", id="raw UTF-8 in the path"),
        pytest.param("FOO /api/num_jobs HTTP/1.1", id="no such method"),
        pytest.param("GET /api/num_jobs HTTP/1.1\r\nX-Long: " + "x" * 9000, id="a header of 9 kB"),
    ],
)
async def test_what_is_no_good_http_is_refused_in_json(client: Client, request_line: str) -> None:
    """What the library refuses before any handler gets an answer like every other error."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{request_line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await asyncio.wait_for(reader.read(), LIMIT)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    answer = json.loads(body)
    assert (head.split()[1], b"Content-Type: application/json" in head) == (b"400", True)
    assert answer["reason"].startswith("the request cannot be read: ")
    assert (answer["status"], answer["request_id"].encode() in head) == ("error", True)


async def test_a_packed_body_is_read(client: Client) -> None:
    """A body may come as gzip."""
    headers = HEADERS | {"Content-Encoding": "gzip"}
    reply = await client.post("/api/best5", data=gzip.compress(b'{"question": "Q036"}'), headers=headers)
    assert reply.status == 202


async def test_allow_names_the_methods(client: Client) -> None:
    """405 comes with the Allow header."""
    reply = await client.post("/api/num_jobs")
    assert (reply.status, reply.headers["Allow"], reply.body["allowed"]) == (405, "GET,HEAD", ["GET", "HEAD"])


@pytest.mark.parametrize(("sent", "taken"), [("a-1.b:C_2", True), ("x" * 65, False), ("a b", False), ("a\tb", False)])
async def test_a_sane_request_id_is_taken_over(client: Client, sent: str, *, taken: bool) -> None:
    """The caller's X-Request-ID comes back when it is short and plain, else one of our own."""
    reply = await client.get("/api/num_jobs", headers={"X-Request-ID": sent})
    assert (reply.headers["X-Request-ID"] == sent) == taken
    assert len(reply.headers["X-Request-ID"]) >= 8


async def test_statistics_are_described(client: Client) -> None:
    """GET /api/statistics has parameters, types, defaults, columns and examples."""
    body = (await client.get("/api/statistics")).body
    [best5] = [statistic for statistic in body["data"] if statistic["name"] == "best5"]
    assert body["faults"] == []
    assert [column["name"] for column in best5["columns"]] == ["state", "mean"]
    assert best5["parameters"][1] == {
        "name": "since",
        "type": "integer(2011..2100)",
        "required": False,
        "default": 2011,
        "minimum": 2011,
        "maximum": 2100,
        "description": "first survey year to count",
    }


async def test_the_dataset_is_described(client: Client, small_csv: Path) -> None:
    """GET /api/dataset has version, rows, years, source and whether it is the sample."""
    data = (await client.get("/api/dataset")).body["data"]
    assert data.pop("sha256") == hashlib.sha256(small_csv.read_bytes()).hexdigest()
    assert len(data.pop("version")) == 12
    rows = len(small_csv.read_text(encoding="utf-8").splitlines()) - 1
    assert data == {"rows": rows, "years": list(range(2011, 2022)), "source": "small.csv", "sample": False}


async def test_a_tenth_file_is_an_endpoint(serve: Serve, tmp_path: Path) -> None:
    """A file dropped into the folder answers over HTTP, and one with a fault is reported there."""
    (tmp_path / "sql").mkdir()
    text = "-- Places of a question.\n-- $question choice(Question, QuestionID): it\nselect distinct LocationDesc as state\nfrom health where Question = $question order by state"
    (tmp_path / "sql" / "places.sql").write_text(text, encoding="utf-8")
    (tmp_path / "sql" / "bad.sql").write_text("-- Bad.\nselec", encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    assert (await client.ask("places", question="Q036"))[0] == {"state": "Alabama"}
    [fault] = (await client.get("/api/statistics")).body["faults"]
    assert (fault["file"], fault["line"]) == ("sql/bad.sql", 2)


async def test_values_are_bound_not_pasted(serve: Serve, tmp_path: Path) -> None:
    """A text comes back as it went in, whatever SQL is in it."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "echo.sql").write_text("-- Echo.\n-- $x text: any\nselect $x as x", encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    for text in ["'; drop table health; --", "$x", "a\u0000b", "\U0001f600\n"]:
        assert await client.ask("echo", x=text) == [{"x": text}]
