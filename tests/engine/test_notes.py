"""Columns that are no columns: the notes and the conclusion of a result, on every engine."""

from __future__ import annotations

import pytest

from service.engine.protocol import Session, SqlFault
from service.errors import ServiceError


@pytest.mark.parametrize("length", [10, 1000])
def test_a_column_note_is_no_column(session: Session, length: int) -> None:
    """Its distinct texts are the result's notes, in the order of their first appearance, of a long result too."""
    sql = f"""
        select
            i,
            case i % 5 when 1 then 'second' when 0 then 'first' end::enum('second', 'first') as note,
            i::varchar as text
        from range({length}) as t(i)
    """
    prepared = session.prepare("test", sql)
    assert [column.name for column in session.columns(prepared, {})] == ["i", "text"]
    result = session.run(prepared, {})
    assert (result.names, result.notes) == (["i", "text"], ("first", "second"))
    assert result.rows() == [(i, str(i)) for i in range(length)]
    assert (result.file is not None) == (length > 100)
    assert session.run(session.prepare("test", "select 1 as i, null::varchar as note"), {}).notes == ()
    assert session.run(session.prepare("test", "select 1 as i"), {}).notes == ()


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("1 as a,\n3 as note", "the column note is of type INTEGER, but a note is a text"),
        ("1 as a,\nnull as note", 'the column note is of type "NULL", but a note is a text'),
        ("\n'x' as note", "there is no column but note, no part of the rows"),
        ("'x' as note, 1 as a,\n'y' as note", "two columns are named note"),
        ("1 as a,\n3 as conclusion", "the column conclusion is of type INTEGER, but a conclusion is a text"),
        ("'x' as note,\n'y' as conclusion", "there is no column but note and conclusion, no part of the rows"),
    ],
)
def test_a_column_note_that_cannot_be_one_is_a_fault(session: Session, column: str, reason: str) -> None:
    """It is named with its line."""
    with pytest.raises(SqlFault, match=reason) as fault:
        session.columns(session.prepare("test", f"select {column}"), {})
    assert fault.value.line == 2


@pytest.mark.parametrize("length", [30, 1000])
def test_a_note_for_every_row_is_refused(session: Session, length: int) -> None:
    """Notes are about the answer as a whole, so they are few."""
    sql = f"select i, i::varchar as note from range({length}) as t(i)"
    with pytest.raises(ServiceError, match="test gives more than 20 different notes; a note is about the answer"):
        session.run(session.prepare("test", sql), {})


@pytest.mark.parametrize("length", [30, 1000])
def test_a_column_conclusion_is_one_text_about_the_rows(session: Session, length: int) -> None:
    """Its first that is not null, beside the notes, of a long result too; another text is refused with what to do."""
    sql = f"""
        select
            case when i % 3 = 1 then 'Two is most.' end as conclusion,
            i,
            'a note' as note
        from range({length}) as t(i)
    """
    prepared = session.prepare("test", sql)
    assert [column.name for column in session.columns(prepared, {})] == ["i"]
    result = session.run(prepared, {})
    assert (result.names, result.notes, result.conclusion) == (["i"], ("a note",), "Two is most.")
    assert result.rows() == [(i,) for i in range(length)]
    assert session.run(session.prepare("test", "select 1 as i, null::varchar as conclusion"), {}).conclusion is None
    with pytest.raises(ServiceError, match="test gives two different conclusions; an answer has one, "):
        session.run(session.prepare("test", sql.replace("'Two is most.'", "i::varchar")), {})
