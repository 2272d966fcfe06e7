"""Pictures over HTTP: their options, their bytes, and how they are kept."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from service.charts.theme import THEMES
from tests.client import Client
from tests.conftest import RenderProcesses, Serve

SVG = "{http://www.w3.org/2000/svg}"
HEADLINE = "The CDC's figure for every state, 2021: adults who have obesity"
MAP = "/api/total_by_state.svg?question=Q036"


async def test_an_svg_is_one_image_with_title_and_description(client: Client) -> None:
    """What it shows is in its title and desc, and in a header."""
    reply = await client.get(MAP)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    root = ElementTree.fromstring(reply.body)
    title, description = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")
    assert (root.get("role"), title) == ("img", HEADLINE)
    assert description == reply.headers["Alt-Text"]
    assert "Tile map, 55 values" in description


async def test_the_server_draws_the_spec_that_it_gives_out(client: Client) -> None:
    """The Vega-Lite spec has the texts of the picture."""
    spec = json.loads((await client.get(MAP.replace(".svg", ".vegalite"))).body)
    drawn = (await client.get(MAP)).body
    for tile in spec["data"]["values"]:
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


async def test_a_picture_is_remembered(client: Client, render_processes: RenderProcesses) -> None:
    """The second time no process draws it, and a client that has it gets 304."""
    first = await client.get(MAP)
    [process] = render_processes()
    process.kill()
    process.wait()
    again = await client.get(MAP)
    assert render_processes() == []
    assert (again.body, again.headers["ETag"]) == (first.body, first.headers["ETag"])
    assert (await client.get(MAP, headers={"If-None-Match": first.headers["ETag"]})).status == 304


async def test_themes_and_results_have_pictures(client: Client) -> None:
    """The dark theme has a dark background; a job's results have a picture too."""
    assert THEMES["dark"].paper in (await client.get(f"{MAP}&theme=dark")).body
    job_id = await client.start("best5", question="Q036")
    await client.results(job_id)
    assert (await client.get(f"/api/results/{job_id}.svg")).body.startswith("<svg")


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("width=199", 400, "width must be a whole number from 200 to 2000"),
        ("width=wide", 400, "width must be a whole number"),
        ("scale=9", 400, "scale must be a number from 0.5 to 4"),
        ("scale=nan", 400, "scale must be a number"),
        ("theme=drak", 400, "did you mean 'dark'"),
        ("chart=pie", 400, "there is no chart 'pie'"),
        ("mark=Ohoi", 400, "did you mean 'Ohio'"),
        ("chart=line", 406, "ask for chart=bars or chart=table"),
    ],
)
async def test_a_wrong_picture_option_is_explained(client: Client, query: str, status: int, reason: str) -> None:
    """Each error says what is allowed."""
    reply = await client.get(f"/api/best5.svg?question=Q036&{query}")
    assert (reply.status, reply.body["status"]) == (status, "error")
    assert reason in reply.body["reason"]


async def test_pictures_of_many_sizes_do_not_fill_the_memory(serve: Serve) -> None:
    """Only some pictures of one answer are kept, so that no job is forgotten for their sake."""
    client = await serve(jobs_keep_bytes=1_500_000)
    job_id = await client.start("states_mean", question="Q036")
    await client.results(job_id)
    for width in range(200, 260):
        assert (await client.get(f"/api/results/{job_id}.vegalite?width={width}")).status == 200
    assert (await client.get(f"/api/status/{job_id}")).status == 200
