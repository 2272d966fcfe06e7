"""Folders that tests serve from."""

from __future__ import annotations

from pathlib import Path


def folder_of(path: Path, **statistics: str) -> Path:
    """The folder `path`, with a file for each statistic."""
    path.mkdir(exist_ok=True)
    for name, sql in statistics.items():
        (path / f"{name}.sql").write_text(sql, encoding="utf-8")
    return path
