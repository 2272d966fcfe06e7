"""The columns of a file, by the CDC's names wherever a header matches one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from service.dataset import reference_tables
from service.errors import DatasetError

SHOWN = 8
"""Names of a header in a message."""


class Column(NamedTuple):
    """A column of the file: its place, counted from 0, and its name, the CDC's or else the file's own."""

    place: int
    name: str
    written: str
    """Its name as the file has it, without spaces around it."""

    @property
    def raw(self) -> str:
        """Its name in the table `raw`: our own, so that no name from the file is needed to read it."""
        return f"c{self.place}"


def folded(name: str) -> str:
    """A name without what tools change: case, spaces, underscores, dots, brackets, a byte order mark."""
    return "".join(character for character in name.casefold() if character.isalnum())


@cache
def _published() -> Mapping[str, str]:
    """The CDC's names by their folded names."""
    return {folded(row["Column"]): row["Column"] for row in reference_tables.read(reference_tables.HEADER)}


def published() -> Collection[str]:
    """The names of the CDC's columns, of all editions."""
    return _published().values()


def count_published(names: Iterable[str]) -> int:
    """How many different columns of the CDC's these names match."""
    return len({folded(name) for name in names} & _published().keys())


def match(names: Sequence[str], place: str) -> tuple[Column, ...]:
    """The columns of a header; a cell without a name, as R and pandas put above row numbers, is none.

    `place` says in messages where the header is. Raises DatasetError when it names none of the CDC's columns, or one
    column twice.
    """
    if not count_published(names):
        raise DatasetError(
            f"{place}: the header names no column of the CDC's table; it is {shown(names)}; "
            "correct it, or remove what stands above it"
        )
    spellings = defaultdict(list)
    columns = []
    for number, name in enumerate(name.strip().strip("\ufeff") for name in names):
        if name:
            column = Column(place=number, name=_published().get(folded(name), name), written=name)
            columns.append(column)
            spellings[column.name.casefold()].append(name)
    for twice in spellings.values():
        if len(twice) > 1:
            raise DatasetError(f"{place}: the header names a column twice: {', '.join(twice)}; rename one")
    return tuple(columns)


def shown(names: Sequence[str]) -> str:
    """The first names of a header, for a message."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(repr(name[:60]) for name in names[:SHOWN]) + more
