"""docs/methods.md has every statistic, and each number of its examples is right."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest

from service.engine.functions import FUNCTIONS
from service.settings import ROOT
from service.statistics.parameters import read_arguments
from tests.tables import Table

TEXT = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
STATISTICS = sorted(path.stem for path in (ROOT / "sql").glob("*.sql"))
GROUPS = [re.split(r"^### ", group, flags=re.M) for group in re.split(r"^## ", TEXT, flags=re.M)[1:]]
SECTIONS = {
    re.split(r"\n", section)[0].strip("`"): (introduction, section)
    for introduction, *sections in GROUPS
    for section in sections
    if section.startswith("`")
}
"""Statistic → the introduction of its group, and its own section."""
PARTS = ["Answers", "Formula", "Example", "Limits", "Source"]
WORKED = re.findall(r"^    ([^:\n=]*\d[^:\n=]*) = (-?[\d.]+)$", TEXT, re.M)
"""An expression, and what it is."""
ANSWER = re.compile(r"^    ([^=\n]+?): (\w+ = .*)$", re.M)
COLUMN = re.compile(r"(\w+) = (.+?)(?=, \w+ = |$)")


def anchor(title: str) -> str:
    """The fragment that a heading has on GitHub."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def is_stated(value: object, stated: str) -> bool:
    """Whether a number rounds to what is stated, half a digit either way; a text is the same."""
    if isinstance(value, str):
        return value == stated
    digits = len(stated.partition(".")[2])
    return value is not None and abs(float(str(value)) - float(stated)) <= 0.5000001 * 10**-digits


def test_every_statistic_has_its_section() -> None:
    """And no section is of a statistic that is not there."""
    assert sorted(SECTIONS) == STATISTICS


@pytest.mark.parametrize("part", PARTS)
def test_every_section_has_each_part(part: str) -> None:
    """In itself, or for several statistics together in their group's introduction."""
    assert [name for name, texts in SECTIONS.items() if not any(f"**{part}" in text for text in texts)] == []


def test_the_contents_name_every_heading() -> None:
    """In the page's order; and each link within the page leads to a heading."""
    headings = [anchor(title) for title in re.findall(r"^##+ (.*)$", TEXT, re.M)]
    contents, _, page = TEXT.partition("\n## ")
    assert re.findall(r"\]\(#([\w-]+)\)", contents) == headings
    assert {*re.findall(r"\]\(#([\w-]+)\)", page)} <= {*headings}


def test_every_calculation_is_right() -> None:
    """Each expression, as a calculator computes it, rounds to the number beside it."""
    assert len(WORKED) > len(SECTIONS)
    with duckdb.connect() as connection:
        for function in FUNCTIONS.values():
            connection.execute(function)
        for expression, stated in WORKED:
            [value] = connection.execute(f"select {expression}").fetchone() or [None]
            assert is_stated(value, stated), f"{expression} = {value}, not {stated}"


@pytest.mark.real
@pytest.mark.parametrize("name", SECTIONS)
def test_every_example_is_what_the_service_answers(real_table: Table, name: str) -> None:
    """The request in the section gives, in the row of the names before the colon, the numbers after it."""
    _, section = SECTIONS[name]
    rows = asked(real_table, name, section)
    answers = ANSWER.findall(section)
    assert answers
    for names, columns in answers:
        [row] = [row for row in rows if names == "the answer" or {*names.split(", ")} <= {*map(str, row.values())}]
        for column, stated in COLUMN.findall(columns):
            assert is_stated(row[column], stated), f"{names}: {column} is {row[column]}, not {stated}"


@pytest.mark.real
def test_the_counts_of_unreliable_figures(real_table: Table) -> None:
    """As the page states them, of the CDC's table of 2011 to 2021."""
    by_flag = "select Reliability, count(*), min(Sample_Size) from health where Data_Value is not null group by all"
    rows = real_table.session.run(real_table.session.prepare("flags", by_flag), {}).rows()
    counts = {flag: count for flag, count, _ in rows}
    both = counts["unreliable (CDC, NCHS)"]
    cdc, nchs = counts["unreliable (CDC)"] + both, counts["unreliable (NCHS)"] + both
    assert f"{cdc:,} of {sum(counts.values()):,} published figures break the CDC's rule" in TEXT
    assert f"{nchs:,} the NCHS's, and {both:,} both" in TEXT
    assert min(smallest for *_, smallest in rows) == 50


def asked(table: Table, name: str, section: str) -> list[dict[str, Any]]:
    """The rows that the section's request has as its answer."""
    [request] = re.findall(r"^    GET (/api/\S+)$", section, re.M)
    address = urlsplit(request)
    assert address.path == f"/api/{name}"
    given = read_arguments(table.catalog.find(name).parameters, parse_qs(address.query))
    result = table.answer(name, **given).result
    return [dict(zip(result.names, row, strict=True)) for row in result.rows()]
