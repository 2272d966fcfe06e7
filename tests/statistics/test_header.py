"""Headers: what is read from a file's leading comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.statistics import header

WHOLE = """\
-- Mean by state.
--
-- Prose may have: colons, and $dollars in the middle.
--
-- $state choice(LocationDesc, LocationAbbr): the state
-- $since integer(2011..2100) = 2011: first year: inclusive
-- $ages list(choice(Age(years))) = ["18 - 24", "x: y"]: ages
-- returns: {state: mean}
-- example: {"state": "OH"}
-- method: Means (a book: chapter 1)
-- example: {"state": "IA"}
-- method: Ranks (another)
select 1
-- returns: not of the header
"""
NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,15}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).map(str.strip)


def test_a_whole_header_is_read() -> None:
    """Summary, prose, parameters and keys come with their lines."""
    read = header.parse(WHOLE)
    assert read.summary == "Mean by state."
    assert read.prose == "Prose may have: colons, and $dollars in the middle."
    assert [tuple(parameter) for parameter in read.parameters.values()] == [
        (5, "state", "choice(LocationDesc, LocationAbbr)", None, "the state"),
        (6, "since", "integer(2011..2100)", "2011", "first year: inclusive"),
        (7, "ages", "list(choice(Age(years)))", '["18 - 24", "x: y"]', "ages"),
    ]
    assert read.first("returns") == (8, "{state: mean}")
    assert read.values("example") == ('{"state": "OH"}', '{"state": "IA"}')
    assert read.values("method") == ("Means (a book: chapter 1)", "Ranks (another)")
    assert read.values("tags") == ()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_either_line_end_will_do(end: str) -> None:
    """A file saved on Windows says the same."""
    assert header.parse(WHOLE.replace("\n", end)) == header.parse(WHOLE)


@given(NAMES, st.sampled_from(["text", "integer(1..2)", "choice(A, B)"]), st.none() | st.integers(), WORDS.filter(bool))
def test_a_declaration_is_read_back(name: str, kind: str, default: int | None, description: str) -> None:
    """Whatever a declaration holds comes out as it went in."""
    line = f"-- ${name} {kind}{'' if default is None else f' = {default}'}: {description}"
    [declared] = header.parse(f"-- Sum.\n{line}\nselect 1").parameters.values()
    assert declared == (2, name, kind, None if default is None else str(default), description)


@given(st.text())
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    """No file makes the parser fail in another way than a fault with a line."""
    for fault in header.parse(text).faults:
        assert str(fault)
        assert 1 <= fault.line <= len(text.splitlines()) + 1


@given(
    st.lists(st.sampled_from(["$a text: x", "$b", "unit: %", "prose", "returns: rows", "", "retrns: rows", "$a text"]))
)
def test_any_order_of_lines_is_read_or_refused(lines: list[str]) -> None:
    """Lines in any order are declarations, prose, or a fault, and nothing of them is lost."""
    text = "\n".join(f"-- {line}" for line in ["Sum.", *lines])
    read = header.parse(text)
    if read.faults:
        return
    found = len(read.parameters) + sum(map(len, read.fields.values())) + len(read.prose.split())
    assert found == len([line for line in lines if line])
