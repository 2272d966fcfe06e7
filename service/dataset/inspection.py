"""What a file is, regardless of the statistics: how it is written, its columns, and what the checks find."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import duckdb
from msgspec import Struct
from msgspec.structs import replace

from service.dataset import Facts, reading, reference_tables
from service.dataset.checks.conditions import KEY_CHECKS, ROW_CHECKS
from service.dataset.checks.findings import REFUSE, WARN
from service.dataset.choices import Choices
from service.dataset.reading.columns import published
from service.dataset.source import scratch_folder
from service.settings import Settings

POLICIES = {check.name: check.policy for check in (*KEY_CHECKS, *ROW_CHECKS) if check.policy} | {
    "value_types": "value_types"
}
"""The checks that the settings may have refuse a table, and the key of each in [dataset]."""


class Writing(Struct, frozen=True):
    """How a file is written. `encoding` and `separator` are "" where there is none."""

    format: str
    encoding: str
    separator: str
    rows: int
    columns: int
    matched: Mapping[str, str]
    """The CDC's columns that it has, with their names in the file."""
    lacking: list[str]
    others: list[str]


class Oddity(Struct, frozen=True):
    """A finding, and the key in [dataset] because of which the service refuses the table, if it does."""

    check: str
    count: int
    place: int
    text: str
    refused_by: str | None


class Content(Struct, frozen=True):
    """What the table of a file holds once it is loaded."""

    version: str
    rows: int
    years: list[int]
    places: list[str]
    questions: Mapping[str, str]
    """Wordings by code."""
    odd: list[Oddity]


def for_file(settings: Settings, file: Path) -> Settings:
    """Settings that load a file whatever the checks find."""
    policies = dict.fromkeys(POLICIES.values(), WARN)
    dataset = replace(settings.dataset, source=str(file.absolute()), **policies)
    return replace(settings, dataset=dataset, engine=replace(settings.engine, storage="memory"))


def writing_of(file: Path, settings: Settings) -> Writing:
    """How a file is written; raises DatasetError, with what was found, for one that cannot be read."""
    with (
        closing(duckdb.connect(":memory:", config={"memory_limit": settings.duckdb.memory_limit})) as connection,
        reading.read(connection, file, settings.dataset, scratch_folder(settings)) as raw,
    ):
        [(rows,)] = connection.execute("select count(*) from raw").fetchall()
        known = published()
        matched = {column.name: column.written for column in raw.columns if column.name in known}
        return Writing(
            format=raw.format,
            encoding=raw.encoding,
            separator=raw.separator,
            rows=rows,
            columns=len(raw.columns),
            matched=matched,
            lacking=[name for name in known if not _names(name) & matched.keys()],
            others=[column.name for column in raw.columns if column.name not in known],
        )


def _names(column: str) -> frozenset[str]:
    """A column's names in all editions."""
    return reference_tables.aliases_of(reference_tables.COLUMNS, column)


def content_of(facts: Facts, choices: Choices, settings: Settings) -> Content:
    """What a loaded table holds; `settings` are the service's own, whose policies may refuse it."""
    return Content(
        version=facts.version,
        rows=facts.rows,
        years=facts.years,
        places=[choice.value for choice in choices("LocationDesc", "LocationAbbr")],
        questions={str(choice.code): choice.value for choice in choices("Question", "QuestionID")},
        odd=[
            Oddity(
                check=finding.check,
                count=finding.count,
                place=finding.line,
                text=finding.text,
                refused_by=_refused_by(finding.check, settings),
            )
            for finding in facts.warnings
        ],
    )


def _refused_by(check: str, settings: Settings) -> str | None:
    policy = POLICIES.get(check)
    return policy if policy and getattr(settings.dataset, policy) == REFUSE else None
