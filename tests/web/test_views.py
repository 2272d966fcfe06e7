"""The page in a real browser: its views, its address, and what can be done with an answer."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from data import sample
from tests.browser import Visit, browser, page_settings, site, visit, visiting
from tests.client import Client
from tests.conftest import serving

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANY_NAME = re.compile(".")
KEEPS_ITS_PLACE = """
globalThis.heights = [];
new MutationObserver(() => {
    const height = document.querySelector(".conclusion")?.getBoundingClientRect().height;
    if (height && height !== heights.at(-1)) heights.push(height);
}).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
"""
"""The heights that the sentence has had."""


@pytest.mark.parametrize(
    ("query", "title", "rows"),
    [
        ("", "Map: adults who have obesity", 55),
        (
            "?view=ranking&question=Q047&year=2019",
            "Ranking: adults who engage in no leisure-time physical activity",
            55,
        ),
        ("?view=state&place=OH", "Ohio: adults who have obesity", 7),
        ("?view=trend&place=NY&since=2015", "Trend of New York: adults who have obesity", 7),
        ("?view=compare&places=OH,NY,US&since=2020", "Comparison: adults who have obesity", 6),
        (
            "?view=any&statistic=gap_by_category&arg.question=Q036&arg.category=INC",
            "Gap between the segments of a category",
            55,
        ),
    ],
)
async def test_a_link_opens_its_view(visit: Visit, query: str, title: str, rows: int) -> None:
    """Each view is a picture with a name, and the table behind it with all its rows."""
    await visit.open(query)
    await expect(visit.page.locator("#title")).to_have_text(title)
    await expect(visit.page.get_by_role("img")).to_have_accessible_name(ANY_NAME)
    assert await visit.page.locator(".picture svg").count() == 1
    table = await visit.opened("Table")
    assert await table.locator("tbody tr").count() == rows


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("?view=map&question=Q046&year=2015", "total_by_state?question=Q046&year=2015"),
        ("?view=trend&place=OH", "state_trend?question=Q036&state=OH"),
        ("?view=state&place=OH", "state_profile?question=Q036&state=OH"),
        ("?view=compare&places=OH,NY", "compare_states?question=Q036&states=OH&states=NY"),
    ],
)
async def test_a_sentence_above_the_picture_concludes(visit: Visit, site: Client, query: str, address: str) -> None:
    """It is the answer's own, and told to who listens; its place is kept before it is known."""
    said = (await site.get(f"/api/{address}&meta=true")).body["meta"]["conclusion"]
    await visit.page.add_init_script(KEEPS_ITS_PLACE)
    await visit.open(query)
    sentence = visit.page.locator(".conclusion")
    await expect(sentence).to_have_text(said)
    await expect(visit.page.locator("#status")).to_contain_text(said)
    box, picture = await sentence.bounding_box(), await visit.page.locator("figure").bounding_box()
    assert box is not None
    assert picture is not None
    assert box["y"] + box["height"] <= picture["y"]
    assert await visit.page.evaluate("() => heights") == [box["height"]]


async def test_an_answer_without_a_conclusion_has_no_place_for_one(visit: Visit) -> None:
    """Its picture stands where the sentence would."""
    await visit.open("?view=map&statistic=states_mean")
    await expect(visit.page.locator(".conclusion")).to_be_hidden()


async def test_a_tile_chooses_its_state_everywhere(visit: Visit) -> None:
    """A click on a tile puts the state into the address, the list, the table, and the other views."""
    await visit.open()
    tiles = visit.page.locator(".picture svg path[aria-roledescription='rect mark']")
    ohio = visit.page.locator(".picture svg text", has_text=re.compile("^OH$"))
    assert await tiles.count() == 55
    await ohio.locator("xpath=.").click(force=True)
    await expect(visit.page).to_have_url(re.compile("place=OH"))
    await visit.ready()
    await expect(visit.page.locator("#place")).to_have_value("OH")
    await expect(visit.page.locator(".strip strong")).to_have_text("Ohio")
    await expect((await visit.opened("Table")).locator("tr.chosen th")).to_have_text("Ohio")
    await visit.page.get_by_role("link", name="Trend").first.click()
    await expect(visit.page.locator("#title")).to_have_text("Trend of Ohio: adults who have obesity")
    await visit.ready()


async def test_back_and_forward_go_through_the_views(visit: Visit) -> None:
    """The browser's buttons undo and redo a choice, with picture and controls."""
    await visit.open("?place=OH")
    await visit.page.get_by_role("combobox", name="Question").click()
    await visit.page.get_by_role("option", name="No leisure-time physical activity").click()
    await expect(visit.page.locator("#title")).to_contain_text("leisure-time")
    await visit.page.locator("#views").get_by_role("link", name="Ranking").click()
    await visit.ready()
    await visit.page.go_back()
    await visit.page.go_back()
    await expect(visit.page.locator("#title")).to_have_text("Map: adults who have obesity")
    await expect(visit.page.get_by_role("combobox", name="Question")).to_have_value("Obesity")
    await visit.page.go_forward()
    await expect(visit.page.locator("#title")).to_contain_text("leisure-time")
    await visit.ready()
    await visit.page.reload()
    await visit.ready()
    await expect(visit.page.locator("#title")).to_contain_text("leisure-time")


async def test_the_chosen_state_is_put_in_figures(visit: Visit, site: Client) -> None:
    """The view of a state has its figure, rank, distance from the nation and change, as a statistic says them."""
    await visit.open("?view=state&place=OH&year=2021")
    rows = (await site.get("/api/state_report?state=OH&year=2021")).body["data"]
    [row] = [row for row in rows if row["code"] == "Q036"]
    figures = visit.page.locator(".figures")
    await expect(figures).to_contain_text(f"{row['value']:.1f}%")
    await expect(figures).to_contain_text(f"{row['rank']} of {row['of_states']}")
    await expect(figures).to_contain_text(f"{row['rank_low']} to {row['rank_high']} within sampling error")
    await expect(figures).to_contain_text(f"{abs(row['difference']):.1f} points")
    await expect(figures).to_contain_text(f"{abs(row['change']):.1f} points{row['change_since']} to 2021")


async def test_what_has_no_rank_says_so_in_words(visit: Visit) -> None:
    """National's card speaks to a reader; nothing of the API is in it."""
    await visit.open("?view=state&place=US")
    card = visit.page.locator(".figures div", has_text="Rank")
    await expect(card).to_contain_text("no rank")
    assert not re.search(r"/api|_|GET", await visit.page.locator(".figures").inner_text())


async def test_no_state_is_chosen_for_the_reader(visit: Visit) -> None:
    """A view that needs a place begins with the whole country."""
    for view, control in (("state", "#place"), ("trend", "#place")):
        await visit.open(f"?view={view}")
        await expect(visit.page.locator(control)).to_have_value("US")
    await visit.open("?view=compare")
    assert await visit.page.locator(".chips li").all_inner_texts() == ["National"]


async def test_what_is_not_published_says_so(visit: Visit, site: Client) -> None:
    """A suppressed value is neither 0 nor blank: in the table, in the picture, and beside it."""
    rows = (await site.get("/api/total_by_state?question=Q036")).body["data"]
    [(name, status)] = [(row["state"], row["status"]) for row in rows if row["value"] is None][:1]
    await visit.open(f"?place={name}")
    await expect(visit.page.locator(".strip")).to_contain_text(f"{name}{status}")
    row = (await visit.opened("Table")).locator("tr.chosen")
    await expect(row.locator(".number .marked")).to_have_text(status)
    await expect(visit.page.locator(".legend")).to_contain_text(status)
    await expect(visit.page.get_by_role("img")).to_have_accessible_name(re.compile("not published"))


@pytest.mark.parametrize(
    ("query", "year"), [("?question=Q036", "2021"), ("?view=state&question=Q036&place=FL", "2020")]
)
async def test_the_newest_year_is_told(visit: Visit, query: str, year: str) -> None:
    """The one that the answer has, where it is chosen and in the line below the title."""
    await visit.open(query)
    await expect(visit.page.locator("#year option:checked")).to_have_text(f"newest ({year})")
    await expect(visit.page.locator("#lead")).to_have_text(f"Q036 · lower is better · {year}")


async def test_states_are_added_to_a_comparison_and_taken_away(visit: Visit) -> None:
    """Up to five places stand side by side; the address names them, and one that must stay has no button."""
    await visit.open("?view=compare&places=OH,US")
    await visit.page.get_by_label("Add one").select_option("NY")
    await expect(visit.page).to_have_url(re.compile("places=OH,US,NY"))
    await visit.ready()
    await visit.page.get_by_role("button", name="Remove Ohio").click()
    await expect(visit.page).to_have_url(re.compile("places=US,NY"))
    await visit.ready()
    await visit.page.get_by_role("button", name="Remove National").click()
    await visit.ready()
    await expect(visit.page.locator(".chips li")).to_have_text("New York")
    await expect(visit.page.get_by_role("button", name="Remove New York")).to_have_count(0)


async def test_the_focus_stays_when_the_last_place_is_added(visit: Visit) -> None:
    """The field has gone then, and the place that was added has the focus."""
    await visit.open("?view=compare&places=OH,US,NY,TX")
    await visit.page.get_by_label("Add one").focus()
    await visit.page.get_by_label("Add one").select_option("CA")
    await expect(visit.page.get_by_role("button", name="Remove California")).to_be_focused()
    await visit.ready()
    await expect(visit.page.get_by_role("button", name="Remove California")).to_be_focused()


async def test_an_answer_is_downloaded_in_every_format(visit: Visit) -> None:
    """CSV, Excel, Parquet, PNG and SVG are links that give what they say."""
    await visit.open("?view=map&place=OH")
    links = visit.page.locator(".downloads a")
    assert await links.all_text_contents() == ["CSV", "Excel", "Parquet", "PNG", "SVG"]
    begins = {"CSV": b"state,", "Excel": b"PK", "Parquet": b"PAR1", "PNG": b"\x89PNG", "SVG": b"<svg"}
    for link in await links.all():
        async with visit.page.expect_download() as waiting:
            await link.click()
        file = Path(await (await waiting.value).path())
        assert file.read_bytes().startswith(begins[(await link.text_content()) or ""])


async def test_the_sql_behind_an_answer_is_shown(visit: Visit) -> None:
    """It is the file as it was loaded."""
    await visit.open("?view=trend&place=OH")
    part = await visit.opened("SQL")
    sql = Path("sql/state_trend.sql").read_text(encoding="utf-8")
    await expect(part.locator("pre")).to_have_text(sql)


async def test_what_is_copied_runs(visit: Visit, tmp_path: Path) -> None:
    """The curl and the Python of an answer give its table when they are pasted."""
    await visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await visit.open("?view=compare&places=OH,NY&since=2020")
    part = await visit.opened("Ask from")
    await part.get_by_role("button", name="Copy curl").click()
    curl = await visit.page.evaluate("() => navigator.clipboard.readText()")
    assert (await _output("sh", "-c", curl)).splitlines()[
        0
    ] == "state,year,value,low,high,sample_size,status,reliability"
    await part.get_by_role("button", name="Copy Python").click()
    python = await visit.page.evaluate("() => navigator.clipboard.readText()")
    assert "New York" in await _output(sys.executable, "-c", f"{python}\nprint(table)")
    for program in ("R", "Excel"):
        await expect(part.get_by_role("region", name=f"{program}, to copy")).to_contain_text("states=OH&states=NY")


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


async def test_a_wrong_link_is_corrected_where_it_fails(visit: Visit) -> None:
    """The server's reason stands in place of the answer, with a button that takes the nearest value."""
    await visit.open("?view=trend&place=Ohoi")
    await expect(visit.page.get_by_role("alert")).to_contain_text("'Ohoi' is none of the 55 values")
    await visit.page.get_by_role("button", name="Use Ohio").click()
    await expect(visit.page.locator("#title")).to_have_text("Trend of Ohio: adults who have obesity")
    await visit.ready()
    visit.refused()


async def test_a_year_without_data_offers_all_years(visit: Visit) -> None:
    """A question that was not asked in a year says so, and how to go on."""
    await visit.open("?view=trend&place=OH&question=Q018&since=2012&until=2016")
    await expect(visit.page.get_by_role("alert")).to_contain_text("nothing is published")
    await visit.page.get_by_role("button", name="Take all years").click()
    await expect(visit.page.locator(".picture svg")).to_be_visible()
    await visit.ready()
    visit.refused()


async def test_the_sample_is_announced_loudly(browser: Browser, page_folder: Path) -> None:
    """A banner says on every view that the figures are not the CDC's; with the real table there is none."""
    settings = page_settings(page_folder, workers_threads=1, jobs_journal="")
    async with serving(settings) as client, visiting(browser, client.base) as visit:
        await visit.open("?view=ranking")
        await expect(visit.page.locator(".sample")).to_contain_text("This is a modelled sample")
        await expect(visit.page.locator(".picture svg")).to_contain_text("MODELLED SAMPLE")
