"""What HTTP caches go by: ETag, 304, Cache-Control, and HEAD."""

from __future__ import annotations

import asyncio

import pytest
import requests
from aiohttp.test_utils import make_mocked_request
from cachecontrol import CacheControl
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.ranges import InMemory, _are_the_same
from tests.client import Client
from tests.conftest import Serve
from tests.waiting import LIMIT

ASKED = "/api/best5?question=Q036"


async def test_a_client_that_has_it_gets_304(client: Client) -> None:
    """A strong ETag for each format, 304 for a client that has it, Cache-Control that makes clients ask."""
    etags = set()
    for name in ("json", "csv", "parquet"):
        path = f"{ASKED}&format={name}"
        reply = await client.get(path)
        etag = reply.headers["ETag"]
        etags.add(etag)
        assert not etag.startswith("W/")
        assert reply.headers["Cache-Control"] == "no-cache"
        for known in (etag, f'"x", W/{etag}', "*"):
            again = await client.get(path, headers={"If-None-Match": known})
            assert (again.status, again.body, again.headers["ETag"]) == (304, "", etag)
        assert (await client.get(path, headers={"If-None-Match": '"x"'})).status == 200
    assert len(etags) == 3


async def test_a_fresh_answer_is_not_for_caches(serve: Serve) -> None:
    """A client that asks for a fresh answer must not get an old one from its cache."""
    client = await serve(cache_max_age=60)
    replies = [await client.get(f"{ASKED}{fresh}") for fresh in ("", "&fresh=true")]
    assert [reply.headers["Cache-Control"] for reply in replies] == ["max-age=60", "no-cache"]


@pytest.mark.parametrize("max_age", [0, 60])
async def test_a_caching_client_is_served_from_its_cache(
    serve: Serve, caplog: pytest.LogCaptureFixture, max_age: int
) -> None:
    """A real HTTP cache asks again and gets 304, or with max_age does not even ask; nothing is mixed up."""
    caplog.set_level("INFO")
    client = await serve(cache_max_age=max_age)

    def fetch() -> None:
        with CacheControl(requests.Session()) as session:
            first, again = (session.get(client.base + ASKED, timeout=LIMIT) for _ in range(2))
            table = session.get(client.base + ASKED, headers={"Accept": "text/csv"}, timeout=LIMIT)
            other = session.get(client.base + ASKED.replace("best5", "worst5"), timeout=LIMIT)
        assert (again.content, table.text[:5], other.json() != first.json()) == (first.content, "state", True)

    await asyncio.to_thread(fetch)
    asked = [record.getMessage().split()[2] for record in caplog.records if record.getMessage().startswith("GET /api/")]
    assert asked == ["200", *([] if max_age else ["304"]), "200", "200"]


async def test_head_has_no_body(client: Client) -> None:
    """HEAD has the headers of GET."""
    async with client.session.head(ASKED) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 100
        assert response.headers["Provenance-Statistic"] == "best5"


async def test_max_age_is_a_setting(serve: Serve) -> None:
    """An operator may let clients keep answers for a while."""
    client = await serve(cache_max_age=60)
    assert (await client.get(ASKED)).headers["Cache-Control"] == "max-age=60"


@settings(deadline=None)
@given(st.from_regex(r"[0-9a-f-]{1,40}", fullmatch=True))
def test_no_etag_is_taken_for_a_date(etag: str) -> None:
    """An ETag in If-Range is one, whatever its letters."""
    request = make_mocked_request("GET", "/", headers={"If-Range": f'"{etag}"'})
    assert _are_the_same(request, InMemory(b"x"), etag)
