"""Pictures: what the specs hold and say, and their drawing in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest

from service.answers.answer import Answer
from service.charts import CHARTS, make_spec
from service.charts.picture_options import PictureOptions
from service.charts.renderer import Renderer
from service.charts.theme import DIVERGING, SEQUENTIAL, THEMES
from service.dataset.places import places
from service.errors import NoPicture, ServiceError, Unavailable
from service.settings import Charts
from tests.client import Client
from tests.conftest import Serve
from tests.tables import Table

SVG = "{http://www.w3.org/2000/svg}"
OBESITY = "Percent of adults aged 18 years and older who have obesity"
MAP = "/api/total_by_state.svg?question=Q036"
SLOW = (
    b'{"title":{"text":"slow"},"description":"","data":{"sequence":{"start":0,"stop":20000000,"as":"n"}},'
    b'"transform":[{"aggregate":[{"op":"distinct","field":"n","as":"d"}]}],"mark":"point","encoding":{}}'
)
QUICK = b'{"title":{"text":"quick"},"description":"","data":{"values":[{"a":1}]},"mark":"point","encoding":{}}'


def values(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["data"]["values"]
    return found


@pytest.mark.parametrize("chart", [None, *CHARTS])
def test_every_example_has_a_picture_or_a_reason(table: Table, chart: str | None) -> None:
    """Each statistic is drawn as its file says; another chart is drawn too, or refused with what to ask for instead."""
    drawn = 0
    for name, statistic in table.catalog.statistics.items():
        for example in statistic.examples:
            found = spec_or_reason(table.answer(name, **example), PictureOptions(chart=chart, highlights=("Ohio",)))
            if isinstance(found, str):
                assert re.search(r"ask for (chart=|format|less)", found), found
                assert chart, found
            else:
                drawn += 1
                assert values(found)
                assert found["description"]
    assert drawn > 4


def spec_or_reason(answer: Answer, options: PictureOptions) -> dict[str, Any] | str:
    try:
        return make_spec(answer, options)
    except NoPicture as fault:
        return fault.reason


def test_a_map_has_every_place(table: Table) -> None:
    """55 tiles on places of their own, with the answer's values; what is not published says so."""
    answer = table.answer("total_by_state", question="Q036")
    tiles = values(make_spec(answer, PictureOptions(highlights=("Ohio",))))
    expected = {row[0]: row[2] for row in answer.result.rows()}
    assert {tile["state"]: tile["value"] for tile in tiles} == {name: expected.get(name) for name in places()}
    assert len({(tile["grid_row"], tile["grid_column"]) for tile in tiles}) == 55
    assert [tile["state"] for tile in tiles if tile["marked"]] == ["Ohio"]
    shown = {tile["shown"] for tile in tiles if tile["value"] is None}
    assert shown <= {"not published", "no data"}


@pytest.mark.parametrize(("question", "best"), [("Q036", "lowest"), ("Q046", "highest")])
def test_bars_mark_the_best_and_the_worst_five(table: Table, question: str, best: str) -> None:
    """By the direction of the question; National takes no part; the mean is a line."""
    spec = make_spec(table.answer("total_by_state", question=question), PictureOptions(chart="bars"))
    bars = [bar for bar in values(spec) if bar["value"] is not None]
    ranked = sorted((bar for bar in bars if bar["label"] != "National"), key=lambda bar: bar["value"])
    first, last = ("five best", "five worst") if best == "lowest" else ("five worst", "five best")
    assert {bar["group"] for bar in ranked[:5]} == {first}
    assert {bar["group"] for bar in ranked[-5:]} == {last}
    assert {bar["group"] for bar in ranked[5:-5]} == {"other"}
    [mean] = [layer["data"]["values"][0]["mean"] for layer in spec["layer"] if "data" in layer]
    assert mean == pytest.approx(sum(bar["value"] for bar in ranked) / len(ranked))


def test_a_gap_in_a_line_stays_a_gap(table: Table) -> None:
    """A year that other places have and one has not is a point without a value."""
    answer = table.answer("compare_states", question="Q036", states=["NJ", "OH"])
    points = values(make_spec(answer, PictureOptions()))
    [missing] = [point for point in points if point["value"] is None]
    assert (missing["series"], missing["year"]) == ("New Jersey", 2019)


def test_a_chart_draws_the_columns_that_its_file_names(table: Table) -> None:
    """`line(value, national, states_mean)` is three lines, the first with the place's name."""
    points = values(make_spec(table.answer("state_trend", question="Q036", state="OH"), PictureOptions()))
    assert {point["series"] for point in points} == {"Ohio", "National", "States mean"}


def test_every_picture_says_where_it_comes_from(table: Table) -> None:
    """Question, method, unit, source, years, dataset and, if it is one, the sample."""
    title = make_spec(table.answer("total_by_state", question="Q036"), PictureOptions(width=1400))["title"]
    words = " ".join([*title["text"], *title["subtitle"]])
    facts = table.facts
    for part in (OBESITY, "The CDC's own figure", "percent of adults", facts.source, facts.version, "2011 to 2021"):
        assert part in words
    assert "Survey year 2021." in words


def test_colours_are_readable() -> None:
    """Text has a contrast of 4.5 to 1 with what it stands on, and lines of 3 to 1, in both themes (WCAG 2.2 AA)."""
    for colours in THEMES.values():
        for text in (colours.ink, colours.faint, colours.alarm):
            assert contrast(text, colours.paper) >= 4.5, text
        for tile in (*SEQUENTIAL, *DIVERGING, colours.missing):
            assert contrast(colours.tile, tile) >= 4.5, tile
        for bar in (colours.plain, colours.best, colours.worst, colours.national):
            assert contrast(colours.paper, bar) >= 4.5, bar
        for line in colours.series:
            assert contrast(line, colours.paper) >= 3, line


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


async def test_an_svg_is_one_image_with_title_and_description(client: Client) -> None:
    """What it shows stands in its title and desc, and in a header."""
    reply = await client.get(MAP)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(reply.body)
    title, description = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")
    assert (root.get("role"), title) == ("img", OBESITY)
    assert description == reply.headers["Alt-Text"]
    assert "Tile map, 55 values" in description


async def test_the_server_draws_the_spec_that_it_gives_out(client: Client) -> None:
    """The Vega-Lite spec has the texts of the picture."""
    spec = json.loads((await client.get(MAP.replace(".svg", ".vegalite"))).body)
    drawn = (await client.get(MAP)).body
    for tile in values(spec):
        assert f">{tile['code']}</text>" in drawn
    assert spec["title"]["subtitle"][0] in drawn.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("query", "size"), [("", (720, 1)), ("&width=400", (400, 1)), ("&width=400&scale=2", (400, 2))]
)
async def test_a_png_has_the_size_that_was_asked_for(client: Client, query: str, size: tuple[int, float]) -> None:
    """`width` in pixels, times `scale`."""
    async with client.session.get(f"/api/best5.png?question=Q036{query}") as response:
        body = await response.read()
    assert (response.status, body[:8]) == (200, b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(body[16:20], "big") == size[0] * size[1]


async def test_accept_asks_for_a_picture_too(client: Client) -> None:
    """`Accept: image/png` is the same as the suffix."""
    for kind in ("image/png", "image/svg+xml"):
        async with client.session.get("/api/best5?question=Q036", headers={"Accept": kind}) as response:
            assert (response.status, response.content_type) == (200, kind)


async def test_a_picture_is_remembered(client: Client) -> None:
    """The second time it comes from the cache, and 304 to whoever has it."""
    first = await client.get(MAP)
    begun = time.perf_counter()
    again = await client.get(MAP)
    assert time.perf_counter() - begun < 0.05
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    assert (await client.get(MAP, headers={"If-None-Match": first.headers["ETag"]})).status == 304


async def test_themes_and_results_have_pictures(client: Client) -> None:
    """The dark theme has dark paper; a job's results have a picture as well."""
    assert THEMES["dark"].paper in (await client.get(f"{MAP}&theme=dark")).body
    job_id = await client.start("best5", question="Q036")
    await client.results(job_id)
    assert (await client.get(f"/api/results/{job_id}.svg")).body.startswith("<svg")


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("width=199", 400, "width must be a whole number of pixels from 200 to 2000"),
        ("width=wide", 400, "width must be a whole number of pixels"),
        ("scale=9", 400, "scale must be a number from 0.5 to 4"),
        ("scale=nan", 400, "scale must be a number"),
        ("theme=drak", 400, "did you mean 'dark'"),
        ("chart=pie", 400, "there is no chart 'pie'"),
        ("mark=Ohoi", 400, "did you mean 'Ohio'"),
        ("chart=line", 406, "ask for chart=bars or chart=table"),
    ],
)
async def test_a_wrong_look_is_explained(client: Client, query: str, status: int, reason: str) -> None:
    """Each error says what is allowed."""
    reply = await client.get(f"/api/best5.svg?question=Q036&{query}")
    assert (reply.status, reply.body["status"]) == (status, "error")
    assert reason in reply.body["reason"]


async def test_many_looks_do_not_fill_the_memory(serve: Serve) -> None:
    """Of one answer only some pictures are kept, so that a job is not forgotten for them."""
    client = await serve(jobs_keep_bytes=1_500_000)
    job_id = await client.start("states_mean", question="Q036")
    await client.results(job_id)
    for width in range(200, 260):
        assert (await client.get(f"/api/results/{job_id}.vegalite?width={width}")).status == 200
    assert (await client.get(f"/api/status/{job_id}")).status == 200


def reading(url: str) -> bytes:
    """A spec that writes out what it reads."""
    spec = {
        "title": {"text": "read"},
        "description": "",
        "data": {"url": url, "format": {"type": "dsv", "delimiter": "|", "header": ["line"]}},
        "mark": "text",
        "encoding": {"text": {"field": "line"}},
    }
    return json.dumps(spec).encode()


async def test_a_spec_reads_no_file_and_no_address(unused_tcp_port: int) -> None:
    """Data from elsewhere are refused, or are not there; the next picture is drawn as if nothing had been."""
    renderer = Renderer(Charts())
    for url in (f"http://127.0.0.1:{unused_tcp_port}/x.csv", "data:text/csv,a%0A1"):
        with pytest.raises(ServiceError, match="could not be drawn"):
            await renderer.render(reading(url), "svg", 1)
        assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    assert b"root:" not in await renderer.render(reading("file:///etc/passwd"), "svg", 1)
    await renderer.close()


async def test_a_picture_that_takes_too_long_costs_only_itself() -> None:
    """Its process ends at the time limit; the next picture has a new one; none is left at the end."""
    renderer = Renderer(Charts(time_limit=0.7))
    with pytest.raises(ServiceError, match=r"took longer than 0\.7 s"):
        await renderer.render(SLOW, "svg", 1)
    await renderer.close()
    renderer = Renderer(Charts())
    assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    await renderer.close()
    assert not [child for child in psutil.Process().children() if "render_process.py" in " ".join(child.cmdline())]


async def test_ctrl_c_ends_no_picture() -> None:
    """The terminal's signal goes to a session of processes, and the one that draws is not in the service's."""
    renderer = Renderer(Charts())
    await renderer.render(QUICK, "svg", 1)
    [child] = [child for child in psutil.Process().children() if "render_process.py" in " ".join(child.cmdline())]
    assert os.getsid(child.pid) != os.getsid(0)
    await renderer.close()
    assert not child.is_running()


async def test_only_so_many_pictures_wait() -> None:
    """More than the limit are refused at once; those that wait are drawn."""
    renderer = Renderer(Charts(max_pending=2))
    drawn = await asyncio.gather(*(renderer.render(QUICK, "svg", 1) for _ in range(4)), return_exceptions=True)
    await renderer.close()
    assert [isinstance(one, Unavailable) for one in drawn] == [False, False, True, True]


async def test_a_client_that_goes_away_does_not_hold_up_the_next() -> None:
    """A drawing that nobody waits for is given up."""
    renderer = Renderer(Charts())
    task = asyncio.ensure_future(renderer.render(SLOW, "svg", 1))
    await asyncio.sleep(0.3)
    task.cancel()
    begun = time.perf_counter()
    assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    assert time.perf_counter() - begun < 3
    await renderer.close()
