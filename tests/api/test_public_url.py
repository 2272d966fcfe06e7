"""Absolute addresses, with a prefix that a proxy strips or keeps."""

from __future__ import annotations

import pytest
from yarl import URL

from tests.conftest import Serve


@pytest.mark.parametrize("prefix", ["/health", "/a/b", "/api", "/docs"])
async def test_addresses_have_the_prefix_once(serve: Serve, prefix: str) -> None:
    """Whether the proxy strips it or keeps it, and also where it is a path of the service itself."""
    public_url = f"https://example.org{prefix}/"
    client = await serve(server_public_url=public_url)
    for passed in ("", prefix):
        job = await client.post(f"{passed}/api/best5", {"question": "Q036"})
        assert job.headers["Location"] == f"{public_url}api/status/{job.body['job_id']}"
        page = (await client.get(f"{passed}/api/total_by_state?question=Q036&limit=7")).body["page"]
        assert URL(page["next"]).with_query(None) == URL(f"{public_url}api/total_by_state")


@pytest.mark.parametrize("path", ["/api/reload", "/api/graceful_shutdown", "/metrics"])
async def test_what_is_for_this_machine_is_not_under_the_prefix(serve: Serve, path: str) -> None:
    """A proxy that denies the path, and strips the prefix, would let it through with the prefix twice."""
    client = await serve(server_public_url="https://example.org/health/")
    assert (await client.post(f"/health{path}")).status == 404
    assert (await client.get("/api/num_jobs")).status == 200
