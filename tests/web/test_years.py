"""The slider of years above the map."""

from __future__ import annotations

from itertools import groupby

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser import Visit, browser, site, visit, visiting
from tests.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOTE_YEARS = """() => {
    const year = document.querySelector(".years output");
    window.noted = [year.textContent];
    new MutationObserver(() => window.noted.push(year.textContent)).observe(year, {childList: true});
}"""
FRUIT = "?question=Q018&year="
"""A question of three years."""


def slider(visit: Visit) -> Locator:
    return visit.page.get_by_role("slider", name="Year")


async def test_the_years_are_played_to_the_last(visit: Visit) -> None:
    """The address and the picture go along, from the year that the keyboard chose; all of it is one step of history."""
    await visit.open(f"{FRUIT}2019")
    steps = await visit.page.evaluate("() => history.length")
    await visit.page.evaluate(NOTE_YEARS)
    await slider(visit).press("ArrowLeft")
    await expect(visit.page).to_have_url(f"{visit.base}/{FRUIT}2017")
    await visit.ready()
    play = visit.page.get_by_role("button", name="Play")
    await play.click()
    await expect(visit.page).to_have_url(f"{visit.base}/{FRUIT}2021")
    await expect(play).to_be_visible()
    noted: list[str] = await visit.page.evaluate("() => window.noted")
    assert [year for year, _ in groupby(noted)] == ["2019", "2017", "2019", "2021"]
    await expect(visit.page.locator(".picture svg")).to_contain_text("every state, 2021")
    await expect(slider(visit)).to_have_attribute("aria-valuetext", "2021")
    assert await visit.page.evaluate("() => history.length") == steps


async def test_nothing_plays_where_motion_is_not_wanted(browser: Browser, site: Client) -> None:
    """There is no button then; the slider still has every year."""
    async with visiting(browser, site.base, reduced_motion="reduce") as visit:
        await visit.open(f"{FRUIT}2017")
        await expect(visit.page.get_by_role("button", name="Play")).to_have_count(0)
        await slider(visit).press("End")
        await expect(visit.page.locator(".picture svg")).to_contain_text("every state, 2021")


async def test_a_statistic_of_many_years_has_no_slider(visit: Visit) -> None:
    """Nor has a ranking, whose scale is that of its year."""
    for query in ("?statistic=states_mean", "?view=ranking"):
        await visit.open(query)
        await expect(slider(visit)).to_have_count(0)


async def test_a_map_says_how_to_read_it(visit: Visit) -> None:
    """Why it has tiles, and what their colours and signs mean; the help is folded, and other pictures have none."""
    await visit.open()
    assert "District of Columbia" in await (await visit.opened("How to read this map")).inner_text()
    await visit.open("?view=ranking")
    await expect(visit.page.get_by_text("How to read this map")).to_have_count(0)


async def test_a_tile_tells_all_of_its_figure(visit: Visit) -> None:
    """Pointing at it shows name, year, value, limits, sample size and rank."""
    await visit.open(f"{FRUIT}2021")
    await visit.page.locator(".picture svg text", has_text="OH").first.hover(force=True)
    tip = visit.page.locator(".tip")
    for part in ("Ohio", "year: 2021", "value: ", "95% confidence: ", "sample size: ", "rank: "):
        await expect(tip).to_contain_text(part)
