"""OPTIONS with Allow, and CORS: which sites' pages may read answers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from service.api.routes import ROUTES
from service.runtime.editions import Editions
from tests.browser import CHROMIUM, NONE, QUIET
from tests.client import Client
from tests.conftest import serving, settings_for

SITE = "https://a.example"
OTHER = "https://b.example"
ASKED = "/api/best5?question=Q036"
PREFLIGHT = {
    "Origin": SITE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type,prefer",
}


async def test_every_route_says_what_it_allows(client: Client) -> None:
    """OPTIONS gives 204 with the methods of all routes of that path."""
    methods: dict[str, set[str]] = {}
    for route in ROUTES:
        path = route.path.replace("{id}", "1")
        path = "/api/best5" if path.startswith("/api/{statistic") else re.sub(r"\{[^}]*\}", "x", path)
        methods.setdefault(path, {"OPTIONS"}).add(route.method)
        if route.method == "GET" and route.kwargs.get("allow_head", True):
            methods[path].add("HEAD")
    for path, allowed in methods.items():
        async with client.session.options(path) as response:
            assert (response.status, await response.read()) == (204, b""), path
            assert set(response.headers["Allow"].split(", ")) >= allowed, path


async def test_what_is_not_there_allows_nothing(client: Client) -> None:
    """OPTIONS of an unknown path is 404, like every other method."""
    async with client.session.options("/nope") as response:
        assert response.status == 404


async def test_cors_is_off_by_default(client: Client) -> None:
    """No header of it, neither to a preflight nor on an answer."""
    for method in ("OPTIONS", "GET"):
        async with client.session.request(method, ASKED, headers=PREFLIGHT) as response:
            assert not [name for name in response.headers if name.startswith("Access-Control")]
            assert "Origin" not in response.headers.get("Vary", "")


def sharing(folder: Path, editions: Editions, origins: str) -> AbstractAsyncContextManager[Client]:
    """A client of a server that shares its answers with some origins."""
    folder.mkdir()
    return serving(settings_for(folder, workers_threads=2, server_allowed_origins=origins), editions)


@pytest.fixture
async def shared(editions: Editions, tmp_path: Path) -> AsyncIterator[Client]:
    async with sharing(tmp_path / "shared", editions, SITE) as client:
        yield client


async def test_a_preflight_of_an_allowed_site_is_granted(shared: Client) -> None:
    """With the methods of the route, every header, and a time to keep it."""
    async with shared.session.options("/api/best5", headers=PREFLIGHT) as response:
        headers = response.headers
        assert (response.status, headers["Access-Control-Allow-Origin"]) == (204, SITE)
        assert headers["Access-Control-Allow-Methods"] == headers["Allow"] == "GET, HEAD, POST, OPTIONS"
        assert (headers["Access-Control-Allow-Headers"], headers["Access-Control-Max-Age"]) == ("*", "3600")


@pytest.mark.parametrize(
    "path", [ASKED, "/api/best5?question=nope", "/nope", "/docs/swagger-ui.css", "/api/status/1/events"]
)
async def test_answers_and_errors_are_shared_with_allowed_sites_only(shared: Client, path: str) -> None:
    """`Vary: Origin` on all, so that no cache gives one site's answer to another."""
    await shared.ask("best5", question="Q036")
    for origin, granted in ((SITE, SITE), (OTHER, None), ("null", None), (SITE + ".evil.example", None), (None, None)):
        async with shared.session.get(path, headers={"Origin": origin} if origin else {}) as response:
            assert response.headers.get("Access-Control-Allow-Origin") == granted
            assert response.headers["Vary"].split(", ")[-1] == "Origin"


async def test_a_star_shares_with_every_site(editions: Editions, tmp_path: Path) -> None:
    """The same answer for all, so that caches need not tell them apart."""
    async with sharing(tmp_path / "star", editions, "*") as client:
        for origin in (SITE, OTHER, "null"):
            headers = (await client.get(ASKED, headers={"Origin": origin})).headers
            assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == ("*", "Accept, Accept-Encoding")


async def test_an_allowed_site_may_not_end_the_service(shared: Client) -> None:
    """What only a caller on this machine may do stays so."""
    reply = await shared.post("/api/graceful_shutdown", headers={"Origin": SITE})
    assert (reply.status, reply.body["reason"].split(": ")[1]) == (403, f"the page that asks is from {SITE}")


READ = """async ([base, body]) => {
    const started = await fetch(`${base}/api/best5`, {
        method: "POST", body, headers: {"Content-Type": "application/json", "Prefer": "wait=10"},
    });
    const part = await fetch(`${base}/api/best5.csv?question=Q036`, {headers: {"Range": "bytes=0-4"}});
    return [
        (await started.json()).status, started.headers.get("Provenance-Statistic"),
        part.status, await part.text(), part.headers.get("Content-Range") !== null, part.headers.get("ETag") !== null,
    ];
}"""


@pytest.mark.skipif(CHROMIUM is None, reason=NONE)
async def test_a_browser_lets_the_page_of_an_allowed_site_read(
    client: Client, editions: Editions, tmp_path: Path
) -> None:
    """A page of another origin starts a job and reads a part of an answer, with the headers; a third may not."""
    async with sharing(tmp_path / "other", editions, client.base) as other, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()
        await page.goto(f"{client.base}/api/num_jobs")
        found = await page.evaluate(READ, [other.base, '{"question": "Q036"}'])
        assert found == ["done", "best5", 206, "state", True, True]
        await page.goto(f"{client.base.replace('127.0.0.1', 'localhost')}/api/num_jobs")
        refused = await page.evaluate(f"(given) => ({READ})(given).catch((error) => error.name)", [other.base, "{}"])
        assert refused == "TypeError"
        await browser.close()
