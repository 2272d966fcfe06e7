"""Requests as other programs write them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of

ECHO = "-- Echo.\n-- $text text = 'a': what\nselect $text as echo\n"
HEADERS = {"Content-Type": "application/json"}


@pytest.mark.parametrize(("sent", "taken"), [("a-1.b:C_2", True), ("x" * 65, False), ("a b", False), ("a\tb", False)])
async def test_a_sane_request_id_is_taken_over(client: Client, sent: str, *, taken: bool) -> None:
    """The caller's X-Request-ID comes back when it is short and plain, else one of our own."""
    reply = await client.get("/api/num_jobs", headers={"X-Request-ID": sent})
    assert (reply.headers["X-Request-ID"] == sent) == taken
    assert len(reply.headers["X-Request-ID"]) >= 8


async def test_a_body_may_begin_with_a_byte_order_mark(client: Client) -> None:
    """As editors and PowerShell write it."""
    reply = await client.post("/api/best5", data=b'\xef\xbb\xbf{"question": "Q036"}', headers=HEADERS)
    assert reply.status == 202


@pytest.mark.parametrize(
    "query",
    [
        "states[]=OH&states[]=NY",
        "states%5B%5D=OH&states%5B%5D=NY",
        "states[1]=NY&states[0]=OH",
        "states=OH&states[]=NY",
    ],
)
async def test_a_list_may_be_written_with_brackets(client: Client, query: str) -> None:
    """As axios, jQuery and PHP write it, numbered or not."""
    path = "/api/compare_states?question=Q036&"
    reply = await client.get(path + query)
    assert (reply.status, reply.body) == (200, (await client.get(f"{path}states=OH&states=NY")).body)
    assert json.loads(reply.headers["Provenance-Arguments"])["states"] == ["Ohio", "New York"]


async def test_an_option_that_may_repeat_may_have_brackets(client: Client) -> None:
    """Those of a route as well as a statistic's parameters."""
    job_id = await client.start("best5", question="Q036")
    assert await client.ended(job_id) == "done"
    reply = await client.get("/api/jobs?status[]=done&status[]=error")
    assert [job["job_id"] for job in reply.body["data"]] == [job_id]


async def test_what_is_nested_deeply_is_refused(client: Client) -> None:
    """Not with a 500: it can be decoded, but not shown."""
    for depth in range(960, 1000, 4):
        body = "[" * depth + "]" * depth
        reply = await client.post("/api/best5", data=f'{{"question": {body}}}', headers=HEADERS)
        assert reply.status == 400


async def test_long_arguments_leave_headers_short(serve: Serve, tmp_path: Path) -> None:
    """Clients refuse long headers, so that they would get no answer at all."""
    client = await serve(catalog_folder=folder_of(tmp_path / "texts", echo=ECHO))
    reply = await client.post("/api/echo", {"text": "é" * 10_000}, headers={"Prefer": "wait=10"})
    assert reply.status == 200
    assert len(reply.headers["Provenance-Arguments"]) < 200


@pytest.mark.parametrize(
    ("headers", "content_type"),
    [
        ([("Accept", "application/json; charset=utf-8")], "application/json"),
        ([("Accept", "text/csv;header=present")], "text/csv"),
        ([("Accept", "text/html;q=0.1, text/csv; charset=utf-8;q=0.9")], "text/csv"),
        ([("Accept", "text/plain"), ("Accept", "text/csv")], "text/csv"),
    ],
)
async def test_accept_may_have_parameters_and_lines(
    client: Client, headers: list[tuple[str, str]], content_type: str
) -> None:
    """As other programs send it."""
    reply = await client.get("/api/best5?question=Q036", headers=headers)
    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (200, content_type)


@pytest.mark.parametrize(
    "path",
    [
        "statistics",
        "statistics/best5",
        "choices/Question",
        "dataset",
        "jobs",
        "num_jobs",
        "openapi.json",
        "nothing",
        "best5?question=Q036",
        "best5?question=Q036&meta=true&wait=0",
        "best5.records?question=Q036",
        "best5.vegalite?question=Q036",
        "coverage.json?limit=2",
        "coverage.records?select=state&state=eq.Nowhere",
    ],
)
async def test_json_ends_with_a_line_feed(client: Client, path: str) -> None:
    """One, so that a terminal's prompt stands on its own line and `wc -l` counts it."""
    async with client.session.get(f"/api/{path}") as response:
        body = await response.read()
    assert (body[:1], body[-2:]) == (b"{", b"}\n")
