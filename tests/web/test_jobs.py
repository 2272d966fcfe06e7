"""The page in a real browser: jobs that take long, and the list of jobs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from data import sample
from tests.browser import Visit, browser, page_settings, site, visit, visiting
from tests.client import Client
from tests.conftest import serving

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_long_job_is_shown_and_cancelled(visit: Visit) -> None:
    """While a job runs its number and time stand in place of the answer; Cancel stops it, and it may be asked again."""
    page = visit.page
    await page.goto(f"{visit.base}/?view=any&statistic=slow&arg.millions=900000")
    await expect(page.locator(".waiting")).to_contain_text(re.compile(r"Job \d+ is running, \d"))
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("alert")).to_contain_text("Cancelled")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await visit.ready()
    visit.refused()


async def test_a_long_job_ends_in_its_answer(visit: Visit) -> None:
    """What took longer than a moment is shown when it is there, with downloads that do not run it again."""
    await visit.open("?view=any&statistic=slow&arg.millions=1000")
    await expect(visit.page.locator("tbody th")).to_have_text(re.compile(r"^[\d,.]{9,}$"))
    await expect(visit.page.get_by_role("link", name="CSV")).to_have_attribute(
        "href", re.compile(r"^api/results/\d+\.csv\?safe=true$")
    )


async def test_jobs_are_listed_live(visit: Visit, site: Client) -> None:
    """A job that another program starts appears, runs, and is cancelled from the list."""
    await visit.open("?view=jobs")
    job = await site.start("slow", millions=900000)
    row = visit.page.locator(f"tr[data-job='{job}']")
    await expect(row).to_contain_text("running")
    await expect(row).to_contain_text("millions: 900000")
    await row.get_by_role("button", name=f"Cancel job {job}").click()
    await expect(row).to_contain_text("cancelled")
    assert (await site.get(f"/api/status/{job}")).body["status"] == "cancelled"


async def test_a_job_leads_to_its_own_answer(visit: Visit, site: Client) -> None:
    """The name of a job's statistic shows the answer that the job had; nothing is asked anew but by the form."""
    job = await site.start("compare_states", question="Q036", states=["OH", "IA"], since=2020)
    await visit.open("?view=jobs")
    await visit.page.locator(f"tr[data-job='{job}'] a").click()
    await expect(visit.page).to_have_url(re.compile(f"job={job}&arg.question=.*&arg.states=Ohio&arg.states=Iowa"))
    await visit.ready()
    await expect(visit.page.locator("#title")).to_have_text(f"Job {job}: States side by side")
    assert await (await visit.opened("Table")).locator("tbody tr").count() == 4
    await expect(visit.page.get_by_role("link", name="CSV")).to_have_attribute("href", re.compile(f"results/{job}.csv"))
    await visit.page.get_by_role("button", name="Ask anew").click()
    await visit.ready()
    assert "job=" not in visit.page.url
    await expect(visit.page.locator("#title")).to_have_text("States side by side")


async def test_a_job_that_is_gone_says_so(visit: Visit) -> None:
    """Its address still has the arguments, so the same can be asked anew."""
    await visit.open("?view=any&statistic=state_mean&job=999999&arg.question=Q036&arg.state=OH")
    await expect(visit.page.get_by_role("alert")).to_contain_text("there is no job 999999")
    await visit.page.get_by_role("button", name="Ask anew").click()
    await visit.ready()
    await expect(visit.page.locator("tbody tr")).to_have_count(1)
    visit.refused()


async def test_jobs_say_which_table_they_came_from(browser: Browser, small_csv: Path, page_folder: Path) -> None:
    """After another table was loaded, what the sample answered is marked."""
    journal = page_folder / "journal.db"
    async with serving(page_settings(page_folder, workers_threads=1, jobs_journal=str(journal))) as client:
        await client.ask("best5", question="Q036")
    own = page_settings(page_folder, workers_threads=1, jobs_journal=str(journal), dataset_csv=small_csv)
    async with serving(own) as client, visiting(browser, client.base) as visit:
        real = await client.start("worst5", question="Q036")
        await visit.open("?view=jobs")
        await expect(visit.page.locator("tr[data-job='1']")).to_contain_text("SAMPLE")
        await expect(visit.page.locator(f"tr[data-job='{real}']")).to_contain_text("done")
        await expect(visit.page.locator(f"tr[data-job='{real}'] .sample-mark")).to_have_count(0)
