"""Which answers a page of another site may frame: /embed, if its site is allowed, and nothing else."""

from __future__ import annotations

import pytest

from tests.client import Client
from tests.conftest import Serve

PATHS = ["/", "/docs", "/embed", "/api/best5?question=Q036", "/api/best5.html?question=Q036", "/x"]


@pytest.mark.parametrize("path", PATHS)
async def test_nothing_may_be_framed_by_default(client: Client, path: str) -> None:
    """Pages say so in their policy, and everything else in a header of its own."""
    headers = (await client.get(path)).headers
    policy = headers.get("Content-Security-Policy", "")
    assert policy.endswith("frame-ancestors 'none'") if policy else headers["X-Frame-Options"] == "DENY"


async def test_allowed_origins_may_frame_the_picture_alone(serve: Serve) -> None:
    """Those and no other; the policy is else that of the page."""
    origins = ["https://a.example", "https://b.example:8443"]
    client: Client = await serve(server_allowed_origins=",".join(origins))
    policy, others = [(await client.get(path)).headers["Content-Security-Policy"] for path in ("/embed", "/")]
    assert policy == others.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")
    assert (await client.get("/api/embed")).headers["X-Frame-Options"] == "DENY"
