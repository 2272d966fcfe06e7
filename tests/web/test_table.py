"""The page in a real browser: the table behind a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import Visit, browser, site, visit
from tests.client import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")
DASH = "\N{EN DASH}"
CELLS = "(rows) => rows.map((row) => [...row.children].map((cell) => cell.innerText.trim()))"
FLAGS = """\
-- Figures of every kind.
select * from (values
    ('Ohio', 40.6, 39.1, 42.1, 3, 1, 6, 'published', 'reliable'),
    ('Iowa', 35.0, 20.0, 50.0, 2, 1, 9, 'published', 'unreliable (NCHS)'),
    ('Utah', 30.0, 10.0, 55.0, 1, 1, 9, 'published', 'unreliable (CDC, NCHS)'),
    ('Maine', null, null, null, null, null, null, 'not surveyed', null),
    ('Texas', null, null, null, null, null, null, 'suppressed', null)
) as figures(state, value, low, high, rank, rank_low, rank_high, status, reliability)
"""


async def test_limits_stand_beside_their_value(visit: Visit, site: Client) -> None:
    """In one column; the downloads keep all columns."""
    await visit.open("?place=OH")
    rows = (await site.get("/api/total_by_state?question=Q036")).body["data"]
    [row] = [row for row in rows if row["state"] == "Ohio"]
    heads = await visit.page.locator("thead th").evaluate_all("(all) => all.map((one) => one.dataset.column)")
    assert heads == ["rank", "state", "value", "sample_size"]
    await expect(visit.page.locator("tr.chosen td").nth(1)).to_have_text(
        f"{row['value']:.1f} ({row['low']:.1f}{DASH}{row['high']:.1f})"
    )
    link = await visit.page.get_by_role("link", name="CSV").get_attribute("href")
    assert (await site.get(f"/{link}")).body.startswith("state,abbreviation,value,low,high,sample_size,")


async def test_marks_have_a_word_and_a_legend(visit: Visit, page_folder: Path, site: Client) -> None:
    """What is missing or unreliable says so in a word, with a mark of its own shape; ranks have their range."""
    (page_folder / "sql" / "flags.sql").write_text(FLAGS, encoding="utf-8")
    await site.post("/api/reload")
    await visit.open("?view=any&statistic=flags")
    await visit.page.get_by_role("button", name="Ask", exact=True).click()
    await visit.ready()
    await visit.page.get_by_text("Highest first").click()
    cells = await visit.page.locator("tbody tr").evaluate_all(CELLS)
    assert [" | ".join(row).replace(DASH, "-") for row in cells] == [
        "3 (1-6) | Ohio | 40.6 (39.1-42.1) | reliable",
        "2 (1-9) | Iowa | 35.0 (20.0-50.0) | NCHS",
        "1 (1-9) | Utah | 30.0 (10.0-55.0) | both",
        "- | Maine | not surveyed | -",
        "- | Texas | suppressed | -",
    ]
    legend = await visit.page.locator(".legend li").all_inner_texts()
    assert [line.split(" ", 1)[0] for line in legend] == ["reliable", "NCHS", "both", "not", "suppressed"]
    shapes = await visit.page.locator(".legend .mark").evaluate_all("(all) => all.map((one) => one.className)")
    assert len(set(shapes)) == 5


async def test_the_best_or_the_highest_comes_first_at_a_click(visit: Visit) -> None:
    """Ranks count from the best; what is not published stays last."""
    await visit.open("?question=Q036")
    rows = visit.page.locator("tbody tr")

    async def order() -> list[str]:
        return [cells[0] for cells in await rows.evaluate_all(CELLS) if cells[0] != DASH]

    ranks = await order()
    assert ranks[0] == "1"
    assert list(map(int, ranks)) == sorted(map(int, ranks))
    await visit.page.get_by_text("Highest first").click()
    assert (await order())[-1] == "1"
    await expect(visit.page.locator("th[aria-sort=descending]")).to_contain_text("Value")
    await visit.page.locator("thead").get_by_role("button", name="Sample size").click()
    await expect(visit.page.locator("th[aria-sort=descending]")).to_contain_text("Sample size")
    sizes = [cells[-1].replace(",", "") for cells in await rows.evaluate_all(CELLS)]
    known = [int(size) for size in sizes if size.isdigit()]
    assert known == sorted(known, reverse=True)
    assert len(known) > 50


async def test_the_chosen_row_is_in_sight_within_its_box(visit: Visit) -> None:
    """The box is scrolled, and not the page."""
    await visit.open("?question=Q036")
    last = await visit.page.locator("tbody tr").last.get_attribute("data-place")
    await visit.open(f"?question=Q036&place={last}")
    row = visit.page.locator("tr.chosen")
    inside = (
        "(row) => { const [outer, inner] = [row.closest('.table-box'), row].map((one) => one.getBoundingClientRect());"
        " return inner.top >= outer.top && inner.bottom <= outer.bottom + 1 }"
    )
    await visit.page.wait_for_function(f"() => ({inside})(document.querySelector('tr.chosen'))")
    await expect(row).to_have_count(1)
    assert await visit.page.evaluate("() => scrollY") == 0


async def test_columns_of_method_wait_for_a_click(visit: Visit) -> None:
    """A wide table shows what is mostly asked for, and all of it when it is wanted."""
    await visit.open("?view=any&statistic=versus_national&arg.question=Q036")
    error = visit.page.locator("thead").get_by_text("Standard error")
    await expect(error).to_be_hidden()
    await visit.page.get_by_label("more columns").check()
    await expect(error).to_be_visible()
