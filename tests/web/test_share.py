"""What a reader takes along: copies, the citation, and a frame for another page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from tests.browser import Visit, browser, page_settings, site, visiting
from tests.client import Client
from tests.conftest import serving
from tests.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="session")
QUERY = "?view=map&question=Q036&place=OH&year=2020"
CLIPBOARD = """async () => {
    const [item] = await navigator.clipboard.read();
    const text = async (type) => {
        const blob = await item.getType(type);
        return type === "image/png" ? [...new Uint8Array(await blob.slice(0, 8).arrayBuffer())] : blob.text();
    };
    return Object.fromEntries(await Promise.all(item.types.map(async (type) => [type, await text(type)])));
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def sharer(browser: Browser, site: Client) -> AsyncIterator[Visit]:
    """A reader whose browser lets the page use the clipboard."""
    allowed = ["clipboard-read", "clipboard-write"]
    async with visiting(browser, site.base, viewport={"width": 1280, "height": 900}, permissions=allowed) as visit:
        await visit.open(QUERY)
        yield visit


async def copied(visit: Visit, what: str) -> dict[str, Any]:
    """What a button has put into the clipboard, by type."""
    await visit.page.get_by_role("button", name=f"Copy {what}", exact=True).click()
    await expect(visit.page.locator(".said")).to_have_text(f"Copied: the {what}.")
    found: dict[str, Any] = await visit.page.evaluate(CLIPBOARD)
    return found


async def is_drawn(visit: Visit, site: Client) -> bool:
    """Whether the service has the PNG: on a busy machine its drawing process may take longer than it lets it."""
    address = await visit.page.get_by_role("link", name="PNG").get_attribute("href")
    async with site.session.get(f"/{address}") as response:
        return response.status == 200


async def test_link_picture_and_table_are_copied(sharer: Visit, site: Client) -> None:
    """The address of the view; a PNG; and the whole table with its source, for spreadsheets and for texts."""
    assert (await copied(sharer, "link"))["text/plain"] == f"{site.base}/{QUERY}"
    await until(lambda: is_drawn(sharer, site))
    assert bytes((await copied(sharer, "picture"))["image/png"]) == b"\x89PNG\r\n\x1a\n"
    table = await copied(sharer, "table")
    title, rows, source = table["text/plain"].split("\n\n")
    answer = (await site.get("/api/total_by_state?question=Q036&year=2020&meta=true")).body
    cells = [row.split("\t") for row in rows.splitlines()]
    assert cells[0] == [*answer["data"][0]]
    assert [row[0] for row in cells[1:]] == [row["state"] for row in answer["data"]]
    assert "survey years 2020" in title
    assert f"Cite as: {answer['meta']['citation']}" in source
    assert "<table>" in table["text/html"]


async def test_the_citation_can_be_copied(sharer: Visit, site: Client) -> None:
    """As a text and as BibTeX."""
    facts = (await site.get("/api/dataset")).body["data"]
    panel = await sharer.opened("Cite")
    assert await panel.locator("pre").all_inner_texts() == [facts["citation"], facts["bibtex"]]
    await panel.get_by_role("button", name="Copy BibTeX").click()
    is_there = "async (text) => await navigator.clipboard.readText() === text"
    await sharer.page.wait_for_function(is_there, arg=facts["bibtex"])


async def test_the_page_describes_its_dataset_to_search_engines(sharer: Visit, site: Client) -> None:
    """As schema.org has it, of the dataset's own facts; the browser refuses nothing of it."""
    text = await sharer.page.locator("script[type='application/ld+json']").text_content()
    facts, found = (await site.get("/api/dataset")).body["data"], json.loads(text or "")
    assert (found["@type"], found["creator"]["alternateName"], found["version"]) == ("Dataset", "CDC", facts["version"])
    assert found["temporalCoverage"] == f"{facts['years'][0]}/{facts['years'][-1]}"
    assert {each["name"] for each in found["variableMeasured"]} == {*facts["years_by_question"]}
    assert len(found["spatialCoverage"]) == 55
    for download in found["distribution"]:
        async with site.session.head(download["contentUrl"]) as response:
            assert response.content_type == download["encodingFormat"]


@asynccontextmanager
async def other_site() -> AsyncIterator[tuple[str, dict[str, str]]]:
    """The origin of a page of another site, and what it frames, by id."""
    framed: dict[str, str] = {}

    async def page(_: web.Request) -> web.Response:
        frames = "".join(f'<iframe id="{name}" src="{each}" width="900"></iframe>' for name, each in framed.items())
        return web.Response(text=f"<!doctype html><title>Report</title>{frames}", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}", framed


async def test_an_allowed_site_frames_a_picture_and_nothing_else(
    browser: Browser, small_csv: Path, page_folder: Path
) -> None:
    """The picture of the view with its source; the page itself, and a table, stay empty in a frame."""
    async with other_site() as (origin, framed):
        settings = page_settings(page_folder, dataset_csv=small_csv, jobs_journal="", server_allowed_origins=origin)
        async with serving(settings) as client, visiting(browser, client.base) as visit:
            await visit.open(QUERY)
            code = await (await visit.opened("Embed")).locator("pre").inner_text()
            assert origin in await (await visit.opened("Embed")).inner_text()
            framed["picture"] = code.partition('src="')[2].partition('"')[0].replace("&amp;", "&")
            framed["page"], framed["table"] = f"{client.base}/", f"{client.base}/api/best5.html?question=Q036"
            page = await visit.page.context.new_page()
            await page.goto(origin)
            picture = page.frame_locator("#picture")
            await picture.locator("body[data-ready]").wait_for()
            await expect(picture.locator(".picture svg")).to_be_visible()
            await expect(picture.locator(".picture svg")).to_contain_text(
                "Source: Centers for Disease Control and Prevention"
            )
            await expect(picture.get_by_role("link")).to_have_attribute("target", "_blank")
            # The browser shows a page of its own in place of what it refuses.
            for name in ("page", "table"):
                assert await page.frame_locator(f"#{name}").locator("#views, table").count() == 0


async def test_other_sites_frame_nothing(browser: Browser, site: Client) -> None:
    """Without allowed origins no page frames a picture either."""
    async with other_site() as (origin, framed):
        framed["picture"] = f"{site.base}/embed{QUERY}"
        page = await browser.new_page()
        refusals: list[str] = []
        page.on("console", lambda message: refusals.append(message.text))
        await page.goto(origin)
        assert "frame-ancestors 'none'" in " ".join(refusals)
        assert await page.frame_locator("#picture").locator("main").count() == 0
        await page.close()
