"""The page in a real browser, for everyone: small and wide screens, dark themes, keyboards, screen readers."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.browser import Visit, browser, site, visit, visiting
from tests.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")
VIEWS = {
    "map": "?place=OH",
    "ranking": "?view=ranking&place=OH",
    "state": "?view=state&place=OH",
    "trend": "?view=trend&place=OH",
    "compare": "?view=compare&places=OH,NY,US",
    "any": "?view=any&statistic=compare_states",
    "jobs": "?view=jobs",
}
LONGEST = "&question=Q044"


@pytest.mark.parametrize("view", VIEWS)
async def test_axe_finds_nothing(visit: Visit, view: str) -> None:
    """No rule of axe-core is broken, with everything unfolded."""
    await visit.open(VIEWS[view])
    await visit.unfold()
    found = await Axe().run(visit.page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("view", VIEWS)
async def test_nothing_is_wider_than_the_window(visit: Visit, view: str) -> None:
    """No view scrolls sideways on a desk or a phone, also with the longest question and everything unfolded."""
    await visit.page.set_viewport_size({"width": 1440, "height": 900})
    await visit.open(VIEWS[view] + LONGEST)
    await visit.unfold()
    assert await visit.overflow() <= 0
    await visit.page.set_viewport_size({"width": 375, "height": 812})
    if view != "jobs":
        await expect(visit.page.locator(".picture svg")).to_have_attribute("width", re.compile("^3[0-4]"))
    assert await visit.overflow() <= 0
    await visit.page.set_viewport_size({"width": 320, "height": 700})  # the narrowest that WCAG 1.4.10 asks for
    assert await visit.overflow() <= 0


async def test_a_dark_system_gets_a_dark_page_and_picture(browser: Browser, site: Client) -> None:
    """The page follows the system, and the reader may choose otherwise; pictures follow the page."""
    async with visiting(browser, site.base, color_scheme="dark") as visit:
        await visit.open()
        ground = "() => getComputedStyle(document.body).backgroundColor"
        assert await visit.page.evaluate(ground) == "rgb(11, 15, 19)"
        picture = visit.page.locator(".picture svg")
        await expect(picture).to_have_css("background-color", "rgb(18, 23, 29)")
        await visit.page.get_by_label("Theme").select_option("light")
        await expect(picture).to_have_css("background-color", "rgb(255, 255, 255)")
        assert await visit.page.evaluate(ground) == "rgb(244, 246, 248)"
        found = await Axe().run(visit.page)
        assert found.violations_count == 0, found.generate_report()


async def test_everything_can_be_done_by_keyboard(visit: Visit) -> None:
    """Skip link, question, state, sorting, the table's own choice of a state, and another view, without a mouse."""
    await visit.open()
    press = visit.page.keyboard.press
    await press("Tab")
    await expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await press("Enter")
    for control in ("#question", "#statistic", "#year"):
        await press("Tab")
        await expect(visit.page.locator(control)).to_be_focused()
    await press("Tab")
    await expect(visit.page.locator("#place")).to_be_focused()
    await visit.page.keyboard.type("Ohio")
    await expect(visit.page).to_have_url(re.compile("place=OH"))
    await visit.ready()
    await expect(visit.page.locator("#place")).to_be_focused()
    await visit.page.locator("#question").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        await press(key)
    await expect(visit.page).to_have_url(re.compile("question=Q037"))
    await visit.ready()
    await expect(visit.page.locator("#question")).to_be_focused()
    await visit.page.get_by_role("button", name="Ohio").press("Home")
    names = await visit.page.locator("tbody th").all_inner_texts()
    for _ in range(names.index("Texas")):
        await press("ArrowDown")
    await press("Enter")
    await expect(visit.page).to_have_url(re.compile("place=TX"))
    await visit.ready()
    await expect(visit.page.get_by_role("button", name="Texas")).to_be_focused()
    await visit.page.locator("#views a", has_text="Trend").focus()
    await press("Enter")
    await expect(visit.page.locator("#title")).to_contain_text("Trend of Texas")
    await visit.ready()
    await expect(visit.page.locator("#views a", has_text="Trend")).to_be_focused()


async def test_what_has_the_focus_shows_it(visit: Visit) -> None:
    """Each kind of control has an outline when the keyboard is on it."""
    await visit.open("?place=OH")
    await visit.page.keyboard.press("Tab")
    for _ in range(28):
        style = "() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth] }"
        kind, width = await visit.page.evaluate(style)
        assert kind != "none"
        assert float(width.removesuffix("px")) >= 1
        await visit.page.keyboard.press("Tab")


async def test_a_view_has_few_tab_stops(visit: Visit) -> None:
    """A table's rows are one stop, its headings another, so that the foot is not far."""
    await visit.open("?place=OH")
    shown = "(one) => one.tabIndex >= 0 && one.checkVisibility() && !one.disabled"
    every = "a[href], button, input, select, summary, [tabindex]"
    count = f"(all) => all.filter({shown}).length"
    assert await visit.page.locator(every).evaluate_all(count) < 48
    rows = visit.page.locator("tbody th button")
    await visit.page.get_by_role("button", name="Ohio").press("ArrowUp")
    assert await rows.evaluate_all(count) == 1
    await visit.page.keyboard.press("Home")
    await expect(rows.first).to_be_focused()


async def test_answers_are_announced(visit: Visit) -> None:
    """A live region names what is shown; the landmarks and the headings are there."""
    await visit.open("?view=ranking")
    await expect(visit.page.locator("#status")).to_contain_text("Ranking: adults who have obesity: 55 rows")
    for role in ("banner", "navigation", "main", "contentinfo"):
        await expect(visit.page.get_by_role(role)).to_have_count(1)
    assert await visit.page.get_by_role("heading", level=1).count() == 1
    assert await visit.page.get_by_role("heading", level=2).count() == 1
