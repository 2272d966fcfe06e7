"""Statistics of one line, a folder to change them in, and a reload over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.client import Client

ONE = "-- One.\n-- returns: row\nselect 1 as answer"


TWO = ONE.replace("1 as", "2 as")


ENDLESS = "-- Endless.\n-- time limit: 1 s\n-- example: {}\nselect count(*) as n from range(40000000000000)"


SLOW = "-- Slow.\n-- returns: row\nselect count(*) as rows, max(hash(range)) > 0 as x from health, range(10000)"


def write(path: Path, text: str) -> None:
    """As editors do: the file is there whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


async def reload(client: Client) -> dict[str, Any]:
    reply = await client.post("/api/reload")
    assert reply.status == 200, reply
    return dict(reply.body["data"])
