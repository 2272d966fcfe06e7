"""The page in a real browser: what the first view costs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser import Visit, browser, page_settings, site, visiting
from tests.client import Client
from tests.conftest import serving

pytestmark = pytest.mark.asyncio(loop_scope="session")
SIZES = (
    "() => ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
    ".map((entry) => entry.transferSize)"
)


async def test_the_first_view_is_small(browser: Browser, site: Client) -> None:
    """Everything that it loads is under 400 kB, in under 60 requests."""
    async with visiting(browser, site.base) as visit:
        await visit.open()
        sizes = await visit.page.evaluate(SIZES)
    assert 100_000 < sum(sizes) < 400_000
    assert len(sizes) < 60


async def test_the_first_view_takes_little_computing(browser: Browser, site: Client) -> None:
    """The page's thread uses less than two seconds of CPU time until the view is ready."""
    async with visiting(browser, site.base) as visit:
        assert await cpu_seconds(visit) < 2


async def test_odd_rows_are_warned_of(browser: Browser, small_csv: Path, page_folder: Path, tmp_path: Path) -> None:
    """Below the line about the dataset stands what was found and done; it is text, never markup."""
    lines = small_csv.read_text(encoding="utf-8").splitlines()
    table = tmp_path / "table.csv"
    odd = lines[1].replace(",Value,", ",<b>Crude</b>,")
    table.write_text("\n".join([*lines, lines[1], odd, ""]), encoding="utf-8")
    settings = page_settings(page_folder, dataset_csv=table, jobs_journal="", dataset_value_types="Value")
    async with serving(settings) as client, visiting(browser, client.base) as visit:
        await visit.open()
        other = "rows of another Data_Value_Type than 'Value' ('<b>Crude</b>'): 1; they are not counted"
        assert await visit.page.locator("#warnings p").all_inner_texts() == [
            f"Line {len(lines) + 2}: {other}",
            "Line 2: rows that are in the file again, with the same key and figures: 1; each is counted once",
        ]


async def cpu_seconds(visit: Visit) -> float:
    """Of the page's main thread, until all of the first view is there."""
    devtools = await visit.page.context.new_cdp_session(visit.page)
    await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    await visit.open()
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")
