"""What starts, cancels or changes: programs and this service's own pages may, pages of other sites may not."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from service.api.routes import ROUTES
from tests.client import Client
from tests.conftest import Serve

QUESTION = "question=Q036"
EVIL = "http://evil.example"
REBOUND = {"Host": "evil.example", "Origin": EVIL}
FOREIGN: dict[str, dict[str, str]] = {
    "origin": {"Origin": EVIL},
    "of the same machine": {"Origin": "http://127.0.0.1:1"},
    "none": {"Origin": "null"},
    "other site": {"Sec-Fetch-Site": "cross-site"},
    "subdomain": {"Sec-Fetch-Site": "same-site"},
    "host": {"Host": "evil.example"},
    "rebound": REBOUND,
    "no name": {"Host": "[::1"},
    "not the proxy": {"Origin": "http://example.org"},
}
ACTING = [route for route in ROUTES if route.method not in {"GET", "HEAD"}]


async def act(client: Client, method: str, path: str, **options: Any) -> int:
    async with client.session.request(method, client.base + path, **options) as response:
        await response.read()
        return response.status


def sample_path(path: str) -> str:
    return "/api/coverage" if path.startswith("/api/{statistic") else path.replace("{id}", "1")


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
async def test_no_page_of_another_site_acts(client: Client, headers: dict[str, str]) -> None:
    """Not even without a body: every route but those of GET gives 403, and there is no new job."""
    for route in ACTING:
        assert await act(client, route.method, sample_path(route.path), headers=headers) == 403, route
    assert (await client.get("/api/jobs")).body["data"] == []


async def test_the_refusal_says_what_to_do(client: Client) -> None:
    """Which page asked, and which settings say what may."""
    reply = await client.post("/api/coverage", headers={"Origin": EVIL})
    assert reply.body["reason"] == (
        "only programs and pages of this service may do this: the page that asks is from http://evil.example; "
        "public_url and allowed_origins in [server] say which may"
    )


async def test_programs_and_its_own_pages_act(client: Client) -> None:
    """Without these headers, from the address that is in the browser's bar, and by this machine's name."""
    port = client.base.rpartition(":")[2]
    name = f"{socket.gethostname()}:{port}"
    own: list[dict[str, str]] = [
        {},
        {"Origin": client.base, "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Host": name},
        {"Host": name, "Origin": f"http://{name}"},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
        {"Host": f"[::1]:{port}", "Origin": f"http://[::1]:{port}"},
        {"Host": "192.0.2.1", "Origin": "http://192.0.2.1"},
        {"Host": "of-a-certificate.example", "Origin": "https://of-a-certificate.example"},
    ]
    for headers in own:
        assert await act(client, "POST", "/api/coverage", headers=headers) == 202, headers


async def test_pages_behind_the_proxy_act(serve: Serve) -> None:
    """Those of `public_url`, whether the proxy passes its own Host on or not."""
    client: Client = await serve(server_public_url="https://example.org:443/health/")
    for host in ("example.org", "127.0.0.1"):
        headers = {"Host": host, "Origin": "https://example.org"}
        assert await act(client, "POST", "/health/api/coverage", headers=headers) == 202
    assert await act(client, "POST", "/health/api/coverage", headers={"Host": "example.org"}) == 202
    assert await act(client, "POST", "/health/api/coverage", headers={"Origin": EVIL}) == 403


async def test_pages_of_allowed_origins_act(serve: Serve) -> None:
    """And those of no other site."""
    client: Client = await serve(server_allowed_origins="https://a.example")
    headers = {"Origin": "https://a.example", "Sec-Fetch-Site": "cross-site"}
    assert await act(client, "POST", "/api/coverage", headers=headers) == 202
    assert await act(client, "POST", "/api/coverage", headers={**headers, "Origin": EVIL}) == 403


async def test_a_program_may_use_any_name_where_other_machines_ask(serve: Serve) -> None:
    """A cluster's names are known to nobody here; a page that is found under such a name may still not act."""
    client: Client = await serve(server_host="0.0.0.0")
    for host in ("health", "health.default.svc.cluster.local:5000"):
        assert await act(client, "POST", "/api/coverage", headers={"Host": host}) == 202
    assert await act(client, "POST", "/api/coverage", headers=REBOUND) == 403


async def test_fresh_counts_for_programs_and_own_pages_only(serve: Serve) -> None:
    """Else an image in any page would make its readers compute what is known; the answer itself is for everyone."""
    client: Client = await serve(server_allowed_origins="https://a.example")
    computed = "Provenance-Computed-At"
    [first] = [(await client.get(f"/api/coverage?{QUESTION}")).headers[computed]]
    foreign = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://a.example"}, {"Host": "evil.example"}]
    for headers in foreign:
        reply = await client.get(f"/api/coverage?{QUESTION}&fresh=true", headers=headers)
        assert (reply.status, reply.headers[computed]) == (200, first)
        job = {"headers": {**headers, "Host": client.base.partition("//")[2], "Prefer": "wait=60"}}
        if "Origin" in headers:
            reply = await client.post("/api/coverage?fresh=true", {"question": "Q036"}, **job)
            assert (reply.status, reply.headers[computed]) == (200, first)
    own = {"Sec-Fetch-Site": "same-origin"}
    assert (await client.get(f"/api/coverage?{QUESTION}&fresh=true", headers=own)).headers[computed] > first
