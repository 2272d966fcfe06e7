"""Facts about a dataset: its version, and what an answer says of where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from service.dataset import citation, reference_tables
from service.dataset.checks.findings import Finding
from service.dataset.identifiers import columns_of
from service.dataset.names import Wording, all_adults, wordings, years_by_question
from service.dataset.ranges import usual_ranges
from service.dataset.reading.raw import Raw
from service.dataset.source import Source
from service.encoding import encode
from service.settings import ROOT


class Facts(NamedTuple):
    """Facts about a dataset, so that an answer can be traced to its data."""

    version: str
    rows: int
    years: list[int]
    source: str
    """What is behind the file: the CDC's table, with its address, or the sample."""
    citation: str
    bibtex: str
    about: str
    """What every figure is."""
    file: str
    sample: bool
    sha256: str
    years_by_question: Mapping[str, list[int]]
    """The survey years in which a question has published values."""
    usual_ranges: Mapping[str, list[float]]
    """By question, from where to where the figures of nearly all states and years lie, of all adults."""
    warnings: Sequence[Finding] = ()
    """What the checks found in its rows, and what was done about it."""
    wordings: Sequence[Wording] = ()
    all_adults: str | None = None
    """The name of the stratum of all adults."""


def facts_of(connection: duckdb.DuckDBPyConnection, source: Source, raw: Raw, findings: list[Finding]) -> Facts:
    """The version depends on the file, on settings that decide which rows count, and on the code that reads it."""
    [(rows,)] = connection.execute("select count(*) from health").fetchall()
    years = [year for (year,) in connection.execute("select distinct YearStart from health order by 1").fetchall()]
    read = f"{raw.sha256}{raw.encoding}{raw.separator}{raw.decimal}"
    version = hashlib.sha256(read.encode() + makers() + encode(findings)).hexdigest()[:12]
    name = source.path.relative_to(ROOT) if source.path.is_relative_to(ROOT) else Path(source.path.name)
    return Facts(
        version=version,
        rows=rows,
        years=years,
        source=citation.source_of(source),
        citation=citation.citation_of(source, years[-1]),
        bibtex=citation.bibtex_of(source, years[-1]),
        about=citation.about(connection),
        file=name.as_posix(),
        sample=source.sample,
        sha256=raw.sha256,
        years_by_question=years_by_question(connection),
        usual_ranges=usual_ranges(connection, columns_of(connection, "health")),
        warnings=findings,
        wordings=wordings(connection),
        all_adults=all_adults(connection, columns_of(connection, "health")),
    )


def makers() -> bytes:
    """The code and the data that make the table from a file."""
    here = Path(__file__).parent
    code = [
        here / "table.py",
        here / "renamings.py",
        here / "figures.py",
        *here.glob("checks/*.py"),
        *here.glob("reading/*.py"),
    ]
    facts = [reference_tables.FOLDER / name for name in (reference_tables.ALIASES, reference_tables.HEADER)]
    return b"".join(path.read_bytes() for path in sorted([*code, *facts]))
