"""Pictures of odd texts."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest

from tests.conftest import Serve
from tests.folders import folder_of

LINES = """\
-- Text of two lines.
-- chart: bars
select 'one' || chr(10) || 'two' as name, 1 as value
"""
ECHO = "-- Echo.\n-- $text text = 'a': what\n-- chart: bars\nselect $text as echo, 1.5 as number\n"


async def test_a_picture_of_two_lines_is_given(serve: Serve, tmp_path: Path) -> None:
    """A line break in the data breaks no header."""
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", lines=LINES))
    reply = await client.get("/api/lines.vegalite")
    assert reply.status == 200
    assert "\n" not in reply.headers["Alt-Text"]


@pytest.mark.parametrize("suffix", ["svg", "png"])
async def test_control_characters_break_no_picture(serve: Serve, tmp_path: Path, suffix: str) -> None:
    """A picture of them is drawn, and an SVG is XML that any parser takes."""
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", echo=ECHO))
    async with client.session.get(f"/api/echo.{suffix}?text=a%00%0B%1B%EF%BF%BEb") as response:
        body = await response.read()
        assert response.status == 200, body
    if suffix == "svg":
        assert fromstring(body).tag.endswith("svg")
