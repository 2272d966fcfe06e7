"""A statistic: one SQL file, as the catalog knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.answers.shapes import Shape
from service.engine.result import Column
from service.statistics.parameters import Parameter


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """One SQL file that keeps the contract. `sql` is the whole file, so DuckDB's line numbers are the file's."""

    name: str
    file: str
    sql: str
    hash: str
    summary: str
    prose: str
    parameters: Mapping[str, Parameter]
    returns: str
    shape: Shape
    columns: tuple[Column, ...]
    examples: tuple[Mapping[str, Any], ...]
    title: str | None
    unit: str | None
    chart: str | None
    methods: tuple[str, ...]
    tags: tuple[str, ...]
    time_limit: float | None

    def describe(self) -> dict[str, Any]:
        """The statistic for the catalog, as JSON's types."""
        return {
            "name": self.name,
            "title": self.title,
            "summary": self.summary,
            "description": self.prose,
            "parameters": [parameter.describe() for parameter in self.parameters.values()],
            "returns": self.returns,
            "columns": [column._asdict() for column in self.columns],
            "unit": self.unit,
            "chart": self.chart,
            "methods": list(self.methods),
            "tags": list(self.tags),
            "time_limit": self.time_limit,
            "examples": list(self.examples),
            "file": self.file,
            "hash": self.hash,
        }
