"""The page in a real browser: its room at every width, that nothing jumps, and how it is printed."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser import Visit, browser, site, visit, visiting
from tests.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")
WIDTHS = (1200, 1440, 1920, 2560)
SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
MOST_SHIFT = 0.02


@pytest.mark.parametrize(
    "query", ["?place=OH", "?view=state&place=OH", "?view=any&statistic=state_report&arg.state=OH"]
)
async def test_no_table_is_cut(visit: Visit, query: str) -> None:
    """At no width from a small laptop to a large screen; the page uses up to 1700 pixels."""
    await visit.open(query)
    for width in WIDTHS:
        await visit.page.set_viewport_size({"width": width, "height": 900})
        box = visit.page.locator(".table-box")
        assert await box.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0, width
    content = await visit.page.locator(".columns").bounding_box()
    assert content
    assert 1690 < content["width"] < 1780


async def test_the_table_stands_where_there_is_room(visit: Visit) -> None:
    """Beside the picture on a wide screen, below it on a narrow one."""
    await visit.page.set_viewport_size({"width": 1440, "height": 900})
    await visit.open("?place=OH")
    left = "() => document.querySelector('.beside').offsetLeft - document.querySelector('figure').offsetLeft"
    assert await visit.page.evaluate(left) > 500
    await visit.page.set_viewport_size({"width": 800, "height": 900})
    assert await visit.page.evaluate(left) == 0


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("query", ["?place=OH", "?view=state&place=OH", "?view=any&statistic=ranking"])
async def test_nothing_jumps(browser: Browser, site: Client, query: str, width: int) -> None:
    """Neither while the page is loaded nor when another question is chosen."""
    async with visiting(browser, site.base, viewport={"width": width, "height": 900}) as visit:
        await visit.page.add_init_script(SHIFTS)
        await visit.open(query)
        assert await visit.page.evaluate("() => window.shift") < MOST_SHIFT
        if "any" in query:
            return
        await visit.page.get_by_role("combobox", name="Question").click()
        await visit.page.get_by_role("option", name="Active 300").click()
        await visit.ready()
        assert await visit.page.evaluate("() => window.shift") < MOST_SHIFT


async def test_on_a_phone_the_map_comes_first(browser: Browser, site: Client) -> None:
    """It begins on the upper half of the screen; what else can be chosen is folded, and said."""
    async with visiting(browser, site.base, viewport={"width": 375, "height": 812}) as visit:
        await visit.open("?place=OH")
        figure = await visit.page.locator("figure").bounding_box()
        assert figure
        assert figure["y"] < 460
        button = visit.page.get_by_role("button", name="The CDC's figure for every state · newest (2021) · Ohio")
        await expect(visit.page.locator("#statistic")).to_be_hidden()
        await button.click()
        await expect(visit.page.locator("#statistic")).to_be_visible()
        sizes = await visit.page.evaluate(
            "() => [...document.querySelectorAll('body *')].filter((one) => !one.closest('svg')"
            " && one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))"
            ".map((one) => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 11


async def test_what_is_printed(browser: Browser, site: Client) -> None:
    """Picture, the whole table and its source; nothing to press, and no ground of a dark page."""
    async with visiting(browser, site.base, viewport={"width": 900, "height": 1200}, color_scheme="dark") as visit:
        await visit.open("?place=OH")
        await visit.page.emulate_media(media="print")
        for part in (".picture svg", "tbody tr >> nth=54", "[data-part=source] dd >> nth=0", "h2"):
            await expect(visit.page.locator(part)).to_be_visible()
        for part in ("nav", "#controls", ".downloads", ".orders", "#theme", ".copy >> nth=0"):
            await expect(visit.page.locator(part)).to_be_hidden()
        box = visit.page.locator(".table-box")
        assert await box.evaluate("(box) => box.scrollHeight - box.clientHeight") <= 0
        assert await visit.page.evaluate("() => getComputedStyle(document.body).color") == "rgb(22, 32, 43)"
        assert (await visit.page.pdf()).startswith(b"%PDF")
