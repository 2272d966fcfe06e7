"""A real Chromium on a real server: what a reader does with the page, and what must never happen while it is done."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Request, async_playwright, expect

from service.settings import Settings
from tests.client import Client
from tests.conftest import serving, settings_for
from tests.waiting import LIMIT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NONE = "Chromium is not installed: apt-get install chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=LIMIT * 1000)


class Visit:
    """A reader's tab. `faults` gathers what a page must not do: errors on its console, requests to other hosts."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", self._watch)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:", f"{self.base}/")):
            self.faults.append(f"asks {request.url}")

    async def open(self, query: str = "") -> None:
        """Go to an address of the page, and wait until all of it is there."""
        await self.page.goto(f"{self.base}/{query}")
        await self.ready()

    async def ready(self) -> None:
        await self.page.locator("body[data-ready]").wait_for()

    async def opened(self, summary: str) -> Locator:
        """The inside of a part that can be folded, unfolded."""
        part = self.page.locator("details", has=self.page.locator(f"summary:has-text('{summary}')")).last
        if await part.get_attribute("open") is None:
            await part.locator("summary").click()
        return part

    def refused(self) -> None:
        """Take back the browser's own line on an answer that the test provoked."""
        self.faults = [fault for fault in self.faults if not fault.startswith("Failed to load resource")]

    async def unfold(self) -> None:
        """Open all parts that can be folded."""
        await self.page.evaluate("() => { for (const part of document.querySelectorAll('details')) part.open = true }")

    async def overflow(self) -> int:
        """By how many pixels the page, or its main part, is wider than the window."""
        widest = (
            "Math.max(...[document.documentElement, document.querySelector('main')].map((part) => part.scrollWidth))"
        )
        width: int = await self.page.evaluate(f"() => {widest} - innerWidth")
        return width


NUMBERS = itertools.count(1)


def page_settings(page_folder: Path, **variables: object) -> Settings:
    """Of one of the servers that have the page's folder at once, with a folder of its own for long answers."""
    return settings_for(page_folder, results_folder=page_folder / f"results-{next(NUMBERS)}", **variables)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip(NONE)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def site(small_csv: Path, page_folder: Path) -> AsyncIterator[Client]:
    """A server with the statistics of sql/, a slow one, and a file that has a fault."""
    settings = page_settings(
        page_folder, dataset_csv=small_csv, workers_threads=2, catalog_folder=page_folder / "sql", jobs_journal=""
    )
    async with serving(settings, timed=False) as client:
        yield client


@asynccontextmanager
async def visiting(browser: Browser, base: str, **options: Any) -> AsyncIterator[Visit]:
    """A tab with a memory of its own; that nothing went wrong in it is checked at the end."""
    context = await browser.new_context(**options)
    context.set_default_timeout(LIMIT * 1000)
    visit = Visit(await context.new_page(), base)
    yield visit
    await context.close()
    assert visit.faults == []


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, site: Client) -> AsyncIterator[Visit]:
    async with visiting(browser, site.base, viewport={"width": 1280, "height": 900}) as visit:
        yield visit
