"""Names of downloads: short, safe everywhere, with the years that were meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.formats.file_name import LONGEST
from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of

STATES = "&".join(f"states={code}" for code in "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD".split())


async def name_of(client: Client, address: str) -> str:
    async with client.session.get(f"/api/{address}") as response:
        assert response.status == 200, await response.text()
        assert response.content_disposition is not None
        return response.content_disposition.filename or ""


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("total_by_state.csv?question=Q036", "total_by_state_Q036_2021.csv"),
        ("total_by_state.csv?question=Q036&year=2015", "total_by_state_Q036_2015.csv"),
        ("total_by_state.png?question=Q036", "total_by_state_Q036_2021_map.png"),
        ("total_by_state.svg?question=Q036&chart=bars", "total_by_state_Q036_2021_bars.svg"),
        ("trend.svg?question=Q018", "trend_Q018_2017-2021_line.svg"),
        ("states_mean.md?question=Q036&since=2013", "states_mean_Q036_2013-2021.md"),
        ("compare_states.html?question=Q036&states=OH&states=US", "compare_states_Q036_OH-US_2011-2021.html"),
        ("total_by_state.csv?question=Q036&select=state", "total_by_state_Q036_2021_narrowed.csv"),
        ("best5.csv?question=Q036&limit=2&offset=2", "best5_Q036_2011-2021_from-row-3.csv"),
        ("ranking.xlsx?question=Q036&territories=true", "ranking_Q036_territories_2021.xlsx"),
    ],
)
async def test_a_name_says_what_and_of_which_years(client: Client, address: str, name: str) -> None:
    """Codes of questions and places, the newest year as a year, the kind of picture; never a bound such as 2100."""
    assert await name_of(client, address) == name


async def test_a_long_name_keeps_its_end(client: Client) -> None:
    """The years and the kind stay, whatever has to be cut."""
    name = await name_of(client, f"compare_states.svg?question=Q036&{STATES}")
    assert name.startswith("compare_states_Q036_AL-AK-AZ")
    assert name.endswith("_2011-2021_line.svg")
    assert len(name) <= LONGEST


async def test_a_name_is_safe_on_every_system(serve: Serve, tmp_path: Path) -> None:
    """ASCII without reserved characters, and no name of a device of Windows."""
    text = "-- One.\n-- $word text = null: a text\nselect $word as word"
    client: Client = await serve(catalog_folder=folder_of(tmp_path / "sql", con=text))
    for word in ("", "?word=../a:b*%22%3Cü%0D%0A|"):
        name = await name_of(client, f"con.csv{word}")
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        assert not re.match(r"con\.", name)
