"""The page on tables that are not the whole one of 2011 to 2021: extracts, and the current edition."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser import browser, page_settings, visiting
from tests.conftest import serving
from tests.editions import Rewrite, current, rewritten, states_only, where

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = ("", "?view=ranking", "?view=state&place=IA", "?view=trend&place=IA", "?view=compare&places=IA")
TABLES: dict[str, Rewrite] = {
    "one question, only totals": where(QuestionID="Q047", StratificationID1="OVERALL"),
    "one state": where(LocationAbbr="IA"),
    "one year, no National": lambda row: states_only(row) if row["YearStart"] == "2017" else None,
    "the current edition": current,
}


@pytest.mark.parametrize("rewrite", TABLES.values(), ids=TABLES)
async def test_every_view_works(
    browser: Browser, small_csv: Path, page_folder: Path, tmp_path: Path, rewrite: Rewrite
) -> None:
    """Each view opens with a picture of what there is, and with no error."""
    csv = rewritten(small_csv, tmp_path / "table.csv", rewrite)
    settings = page_settings(page_folder, dataset_csv=csv, workers_threads=1, jobs_journal="")
    async with serving(settings) as client, visiting(browser, client.base) as visit:
        for view in VIEWS:
            await visit.open(view)
            await expect(visit.page.locator(".picture svg")).to_be_visible()
            await expect(visit.page.get_by_role("alert")).to_have_count(0)
            assert await (await visit.opened("Table")).locator("tbody tr").count() > 0


async def test_a_table_without_national_asks_for_a_state(
    browser: Browser, small_csv: Path, page_folder: Path, tmp_path: Path
) -> None:
    """None is chosen for the reader; once one is, its figures are there."""
    csv = rewritten(small_csv, tmp_path / "states.csv", states_only)
    settings = page_settings(page_folder, dataset_csv=csv, workers_threads=1, jobs_journal="")
    async with serving(settings) as client, visiting(browser, client.base) as visit:
        await visit.open("?view=compare")
        await expect(visit.page.locator("#content")).to_have_text("Choose states to compare above.")
        await visit.open("?view=state&year=2021")
        await expect(visit.page.locator("#content")).to_have_text("Choose a state or territory above.")
        await visit.page.locator("#place").select_option("OH")
        await visit.ready()
        box = visit.page.locator(".figures div", has_text="Published figure")
        await expect(box.locator("strong")).to_have_text(re.compile(r"^\d+\.\d%$"))
