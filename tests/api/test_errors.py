"""Every error over HTTP: the right status, and a sentence that says what to do."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest

from tests.client import Client
from tests.waiting import LIMIT

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
    "no jobs a page": ("GET", "/api/jobs?limit=0", {}, 400, "limit must be a whole number from 1 to 999999999999999999, not '0'", {}),
    "start with another key": ("POST", "/api/start", {"json": {"job": 1}}, 400, "'job' is not for the body", {}),
    "start with a list": (
        "POST", "/api/start", {"json": {"statistic": "best5", "arguments": []}}, 400, "arguments must be an object", {},
    ),
    "a list for a body": ("POST", "/api/best5", {"json": [1]}, 400, "the body must be a JSON object", {}),
    "null for a body": ("POST", "/api/best5", {"data": "null", "headers": HEADERS}, 400, "not null", {}),
    "broken JSON": ("POST", "/api/best5", {"data": "{", "headers": HEADERS}, 400, "the body is broken JSON", {}),
    "a key twice": (
        "POST", "/api/best5", {"data": '{"question": "Q036", "since": 2012, "question": "Q037"}', "headers": HEADERS}, 400,
        "'question' is given 2 times in the body; give it once", {"parameter": "question"},
    ),
    "a key twice, written differently, and nested": (
        "POST", "/api/start", {"data": '{"statistic": "best5", "arguments": {"question": 1, "\\u0071uestion": [2]}}', "headers": HEADERS},
        400, "'question' is given 2 times in the body; give it once", {"parameter": "question"},
    ),
    "brackets behind the name of one value": (
        "GET", "/api/best5?question[]=Q036", {}, 400,
        "question[] is written as a list, but question takes one value; write question=Q036", {"parameter": "question"},
    ),
    "brackets behind an option of one value": (
        "GET", "/api/best5?question=Q036&format[0]=csv", {}, 400, "format[0] is written as a list", {"parameter": "format"},
    ),
    "brackets behind an unknown name": (
        "GET", "/api/compare_states?question=Q036&statse[]=OH", {}, 400, "there is no parameter named 'statse[]'; did you mean 'states'?",
        {"did_you_mean": "states"},
    ),
    "an object in the address": (
        "GET", "/api/compare_states?question=Q036&states[a]=OH", {}, 400, "there is no parameter named 'states[a]'", {},
    ),
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
    "a packed body": (
        "POST", "/api/best5", {"data": gzip.compress(b"{}"), "headers": HEADERS | {"Content-Encoding": "gzip"}}, 415,
        "the body has Content-Encoding 'gzip'", {},
    ),
    "wrong content type": (
        "POST", "/api/best5", {"data": {"question": "Q036"}}, 415, "the content type is application/x-www-form-urlencoded", {},
    ),
    "too large": (
        "POST", "/api/best5", {"data": " " * 70000, "headers": HEADERS}, 413, "larger than 65536 bytes", {"max_body": 65536},
    ),
    "unknown job": ("GET", "/api/results/99", {}, 404, "there is no job 99", {"job_id": 99}),
    "job 0": ("GET", "/api/status/0", {}, 404, "there is no job 0", {}),
    "not a number": ("GET", "/api/status/one", {}, 400, "'one' is not a job's id", {"parameter": "id"}),
    "a negative number": ("GET", "/api/results/-1", {}, 400, "'-1' is not a job's id", {}),
    "a foreign digit": ("GET", "/api/results/\u0661", {}, 400, "is not a job's id", {}),
    "a number too long": ("GET", f"/api/results/{'9' * 5000}", {}, 400, "is not a job's id", {}),
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
        pytest.param("GET /api/num_jobs HTTP/1.1\r\nX-Long: " + "x" * 70_000, id="a header of 70 kB"),
    ],
)
async def test_malformed_http_is_refused_in_json(client: Client, request_line: str) -> None:
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


async def test_allow_names_the_methods(client: Client) -> None:
    """405 comes with the Allow header."""
    reply = await client.post("/api/num_jobs")
    assert (reply.status, reply.headers["Allow"], reply.body["allowed"]) == (405, "GET,HEAD", ["GET", "HEAD"])
