"""How a request chooses a format, and how a wrong choice is explained."""

from __future__ import annotations

import pytest

from tests.client import Client


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json;q=0.5, text/markdown", "text/markdown"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
    ],
)
async def test_accept_chooses_the_format(client: Client, accept: str, content_type: str) -> None:
    """The best of what the client accepts, JSON where it does not matter."""
    async with client.session.get("/api/best5?question=Q036", headers={"Accept": accept}) as response:
        assert (response.status, response.content_type) == (200, content_type)
        assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("path", "accept", "status", "reason"),
    [
        ("best5?question=Q036", "image/gif", 406, "Accept names no format that there is"),
        ("best5.cvs?question=Q036", "*/*", 400, "did you mean 'csv'"),
        ("best5?question=Q036&format=exel", "*/*", 400, "there is no format 'exel'"),
        ("best5.csv?question=Q036&format=json", "*/*", 400, "leave one out"),
        ("best5?question=Q036&limit=0", "*/*", 400, "limit must be a whole number from 1"),
        ("best5?question=Q036&offset=-1", "*/*", 400, "offset must be a whole number from 0"),
        ("best5?question=Q036&meta=maybe", "*/*", 400, "meta must be true or false"),
        ("best5?question=Q036&wait=soon", "*/*", 400, "wait must be a number from 0 to 60, not"),
        ("best5?question=Q036&question=Q037", "*/*", 400, "question is given 2 times"),
        ("best5?qestion=Q036", "*/*", 400, "did you mean 'question'"),
        ("bets5?question=Q036", "*/*", 404, "did you mean 'best5'"),
        ("best5?question=Q036&since=then", "*/*", 400, "since: 'then' is not a whole number"),
    ],
)
async def test_a_wrong_option_is_explained(client: Client, path: str, accept: str, status: int, reason: str) -> None:
    """Every error is JSON and says what to do."""
    reply = await client.get(f"/api/{path}", headers={"Accept": accept})
    assert (reply.status, reply.body["status"]) == (status, "error")
    assert reason in reply.body["reason"]


async def test_downloads_have_sensible_names(client: Client) -> None:
    """The statistic, the codes of what was asked, and the years; JSON is no download."""
    reply = await client.get("/api/state_trend.csv?question=Q036&state=District+of+Columbia")
    assert reply.headers["Content-Disposition"] == 'attachment; filename="state_trend_Q036_DC_2011-2021.csv"'
    assert "Content-Disposition" not in (await client.get("/api/best5?question=Q036")).headers
