"""The words for a figure that is not there: one table of them, which everything else takes them from."""

from __future__ import annotations

import re

from service.dataset.missing import MISSING, STATUS
from service.settings import ROOT
from tests.client import Client


def test_the_manual_explains_each_word() -> None:
    """With the sign that stands for it where a word has no room."""
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z ]+)` \| (\S*) ?\|", text, re.MULTILINE)
    assert rows == [(STATUS[0], ""), *((kind.word, kind.sign) for kind in MISSING)]


async def test_the_dataset_lists_them(client: Client) -> None:
    """For programs and for the page."""
    found = (await client.get("/api/dataset")).body["data"]["missing"]
    assert found == [kind._asdict() for kind in MISSING]


async def test_a_statistic_says_no_other_word(client: Client) -> None:
    """Those of the newest year, in which a state was not surveyed."""
    rows = (await client.get("/api/total_by_state?question=Q036")).body["data"]
    assert {row["status"] for row in rows} <= {*STATUS}
    assert {row["state"] for row in rows if row["status"] == "not surveyed"} >= {"Florida"}
