"""A table as `run.py export` writes it for `storage = "parquet"`, and settings that serve it."""

from __future__ import annotations

from pathlib import Path

from service.dataset.export import write_parquet
from service.settings import Settings
from tests.conftest import settings_for


def exported(settings: Settings, target: Path, **variables: object) -> Settings:
    """Write the table of `settings`; the new settings are of the same folder, with `variables` on top."""
    write_parquet(settings, target)
    return served(settings.root, target, **variables)


def exported_once(settings: Settings) -> Path:
    """Where their table is, in their folder."""
    target = settings.root / "exported"
    if not target.exists():
        write_parquet(settings, target)
    return target


def served(folder: Path, source: Path | str, **variables: object) -> Settings:
    return settings_for(folder, **{"dataset_source": source, "engine_storage": "parquet", **variables})
