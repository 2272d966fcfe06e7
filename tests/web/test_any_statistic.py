"""The page in a real browser: any statistic, its form, and files that come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import Visit, browser, site, visit
from tests.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")


NEW = """\
-- Places in a new file.
-- chart: map
select distinct LocationDesc as state, len(LocationDesc) * 1.5 as letters from health order by state
"""


EVERY_TYPE = """\
-- What came in.
-- $word text: a word
-- $count integer(1..9) = 3: how many
-- $share number(0..1): a share
-- $good boolean = true: whether
-- $day date: a day
-- $place choice(LocationDesc, LocationAbbr) = OH: a place
-- $years list(integer): some years
select $word as word, $count as count, $share as share, $good as good, $day as day, $place as place,
    len($years) as years
"""


async def test_an_answer_says_what_is_to_be_known_of_it(visit: Visit, page_folder: Path, site: Client) -> None:
    """Its conclusion above, its notes beside the table; methods, limits and source where they are asked for."""
    said = "'One is <i>most</i>.' as conclusion, '<b>Two</b> are left out.' as note"
    text = f"-- Noted.\n--\n-- By `fingers`.\n--\n-- unit: ones\n-- method: Counting (Euclid)\nselect 1 as one, {said}"
    (page_folder / "sql" / "noted.sql").write_text(text, encoding="utf-8")
    await site.post("/api/reload")
    await visit.open("?view=any&statistic=noted")
    await visit.page.get_by_role("button", name="Ask", exact=True).click()
    await visit.ready()
    await expect(visit.page.locator(".notes p")).to_have_text("<b>Two</b> are left out.")
    await expect(visit.page.locator(".conclusion")).to_have_text("One is <i>most</i>.")
    methods = await visit.opened("Methods and limits of use")
    for text in (
        "Noted.",
        "By fingers.",
        "Unit: ones.",
        "Counting (Euclid)",
        "self-reported",
        "<b>Two</b> are left out.",
    ):
        await expect(methods).to_contain_text(text)
    source = await visit.opened("Source")
    for text in ("CDC, Nutrition,", "Centers for Disease Control and Prevention (CDC) (2021)"):
        await expect(source).to_contain_text(text)
    await expect(source.locator("dd").last).to_contain_text("small.csv, version ")
    await expect(visit.page.locator("#about")).to_contain_text("crude (not age-adjusted)")


async def test_a_form_is_made_of_every_type(visit: Visit, page_folder: Path, site: Client) -> None:
    """Text, numbers, truth, day, choice and list are filled in, and the address and the answer have them."""
    (page_folder / "sql" / "echo.sql").write_text(EVERY_TYPE, encoding="utf-8")
    await site.post("/api/reload")
    await visit.open("?view=any&statistic=echo")
    page = visit.page
    await expect(page.get_by_label("Count")).to_have_attribute("placeholder", "3")
    await page.get_by_label("Word").fill("one & two")
    await page.get_by_label("Share").fill("0.5")
    await page.get_by_label("Good").select_option("no")
    await page.get_by_label("Day").fill("2021-12-31")
    await page.get_by_label("Place").select_option("Iowa (IA)")
    for year in ("2011", "2012"):
        await page.get_by_label("Add one").fill(year)
        await page.get_by_label("Add one").press("Enter")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page).to_have_url(re.compile(r"arg\.years=2011&arg\.years=2012"))
    await visit.ready()
    cells = await page.locator("tbody tr > *").all_text_contents()
    assert cells == ["one & two", "3", "0.500", "no", "2021-12-31", "Iowa", "2"]
    await page.reload()
    await visit.ready()
    await expect(page.get_by_label("Word")).to_have_value("one & two")


async def test_a_refused_argument_is_marked_at_its_field(visit: Visit) -> None:
    """The reason stands at the field that it is about."""
    await visit.open("?view=any&statistic=state_mean&arg.question=Q036&arg.state=OH&arg.since=1999")
    await expect(visit.page.get_by_label("Since")).to_have_attribute("aria-invalid", "true")
    await expect(visit.page.get_by_label("Since")).to_have_accessible_description(re.compile("1999 is outside 2011"))
    visit.refused()


async def test_a_new_file_is_found_by_the_button(visit: Visit, page_folder: Path) -> None:
    """A new file is found by the button, listed, and answers with a table and a picture."""
    await visit.open("?view=any")
    (page_folder / "sql" / "new_places.sql").write_text(NEW, encoding="utf-8")
    await visit.page.get_by_role("button", name="Look for new files").click()
    await visit.page.get_by_role("link", name="New places").click()
    await expect(visit.page.locator("#title")).to_have_text("New places")
    await visit.ready()
    assert await (await visit.opened("Table")).locator("tbody tr").count() == 55
    await expect(visit.page.locator(".picture svg")).to_be_visible()
    await visit.page.locator("#views").get_by_role("link", name="Map").click()
    await visit.ready()
    await expect(visit.page.locator("#statistic")).to_contain_text("New places")


async def test_statistics_are_found_by_words(visit: Visit) -> None:
    """The list is narrowed while one types."""
    await visit.open("?view=any")
    await visit.page.get_by_label("Find a statistic").fill("who answered")
    shown = visit.page.locator(".statistics li:not([hidden])")
    assert all("answered" in text for text in await shown.all_text_contents())
    await expect(shown.first).to_contain_text("Weighted mean")


async def test_statistics_are_in_order_of_their_titles(visit: Visit) -> None:
    """Not of the names of their files, which are not seen there."""
    await visit.open("?view=any")
    titles = await visit.page.locator(".statistics a").evaluate_all("(all) => all.map((one) => one.firstChild.data)")
    assert titles == sorted(titles, key=str.casefold)
    assert len(titles) > 30


async def test_the_main_button_can_be_read_under_the_pointer(visit: Visit) -> None:
    """Its text keeps its contrast."""
    await visit.open("?view=any&statistic=state_mean")
    button = visit.page.get_by_role("button", name="Ask", exact=True)
    await button.hover()
    await expect(button).to_have_css("background-color", "rgb(11, 85, 144)")
    await expect(button).to_have_css("color", "rgb(255, 255, 255)")


async def test_a_file_with_a_fault_is_shown(visit: Visit) -> None:
    """Its name, its line and what is wrong stand where statistics are chosen."""
    await visit.open("?view=any")
    await expect(visit.page.locator("#content .notice")).to_contain_text("sql/broken.sql:2")
