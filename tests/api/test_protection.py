"""What every answer tells browsers: what it is, where it may stand, and that nothing in it acts."""

from __future__ import annotations

import asyncio

import pytest

from tests.client import Client
from tests.conftest import Serve

PAGES = ["/", "/docs", "/embed"]
MARKUP = ["/api/best5.html?question=Q036", "/api/best5.svg?question=Q036", "/api/dataset.html?limit=1"]
OTHERS = ["/api/best5?question=Q036", "/api/dataset.csv", "/docs/start.js", "/docs/swagger-ui.css", "/x", "/api/best5"]
INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.mark.parametrize("path", [*PAGES, *MARKUP, *OTHERS])
async def test_every_answer_is_protected(client: Client, path: str) -> None:
    """It is what its type says, no address of it goes elsewhere, and no page frames it, streams and errors included."""
    headers = (await client.get(path)).headers
    assert headers.getall("X-Content-Type-Options") == ["nosniff"]
    assert headers.getall("Referrer-Policy") == ["no-referrer"]
    policy = headers.get("Content-Security-Policy", "")
    assert policy.endswith("frame-ancestors 'none'") or headers["X-Frame-Options"] == "DENY"
    assert (policy == INERT) == (path in MARKUP)
    assert ("script-src 'self'" in policy) == (path in PAGES)


async def test_what_is_no_request_is_protected(client: Client) -> None:
    """Its error comes from the server itself, before any handler."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET / HTTP/9\r\n\r\n")
    head = (await reader.read()).partition(b"\r\n\r\n")[0].decode().splitlines()
    writer.close()
    await writer.wait_closed()
    assert {"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "X-Frame-Options: DENY"} <= set(head)


async def test_allowed_origins_may_frame_the_picture_alone(serve: Serve) -> None:
    """Those and no other; the policy is else that of the page."""
    origins = ["https://a.example", "https://b.example:8443"]
    client: Client = await serve(server_allowed_origins=",".join(origins))
    policy, others = [(await client.get(path)).headers["Content-Security-Policy"] for path in ("/embed", "/")]
    assert policy == others.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")
    assert (await client.get("/api/embed")).headers["X-Frame-Options"] == "DENY"
