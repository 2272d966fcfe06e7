"""Pages of an answer, and the operator's limit on rows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client
from tests.conftest import Serve


async def test_pages_name_their_total_and_neighbours(client: Client) -> None:
    """Following `next` gives every row once, in order."""
    whole = (await client.get("/api/total_by_state?question=Q036")).body["data"]
    seen, path = [], "/api/total_by_state?question=Q036&limit=7"
    while path:
        reply = await client.get(path)
        page = reply.body["page"]
        assert (page["total"], int(reply.headers["Total-Rows"])) == (len(whole), len(whole))
        assert (page["next"] is None) == ('rel="next"' not in reply.headers.get("Link", ""))
        seen += reply.body["data"]
        path = page["next"]
    assert seen == whole
    last = (await client.get("/api/total_by_state?question=Q036&limit=2&offset=1000")).body
    assert (last["data"], last["page"]["next"]) == ([], None)


@pytest.mark.parametrize(
    ("path", "empty"),
    [("global_mean?question=Q036", None), ("states_mean?question=Q036", {}), ("trend?question=Q036", {})],
)
async def test_a_page_after_the_end_is_empty(client: Client, path: str, empty: Any) -> None:
    """In every shape, and with the total."""
    reply = await client.get(f"/api/{path}&offset=99")
    assert (reply.status, reply.body["data"], reply.body["page"]["next"]) == (200, empty, None)


async def test_a_row_limit_is_an_error_or_a_page(serve: Serve) -> None:
    """Rows are never cut silently: an error names the limit, or a page is asked for."""
    client = await serve(results_max_rows=5)
    reply = await client.get("/api/trend.csv?question=Q036")
    assert (reply.status, reply.body["max_rows"]) == (400, 5)
    assert "limit=5&offset=0" in reply.body["reason"]
    assert (await client.get("/api/trend?question=Q036&limit=6")).status == 400
    assert len((await client.get("/api/trend?question=Q036&limit=5")).body["data"]) == 5
    assert (await client.get("/api/best5?question=Q036")).status == 200
