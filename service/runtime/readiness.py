"""Whether the service can take requests: one check a name. To add a check, add a line to the table."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from service.jobs.figures import Figures
from service.runtime.descriptors import ADVICE, Descriptors, count_descriptors
from service.runtime.lifespan import Service

LEAST_ROOM = 16_000_000
"""Bytes of a disk, below which neither a long answer nor the journal is sure to be written."""


def _disk(service: Service, _: Figures) -> str | None:
    settings = service.settings
    journal = [settings.journal.parent] if settings.journal else []
    free = min(shutil.disk_usage(folder).free for folder in (service.spool.folder, *journal) if folder.is_dir())
    return f"{free} bytes are free, and {LEAST_ROOM} should be; make room" if free < LEAST_ROOM else None


def _descriptors(found: Descriptors) -> str | None:
    return f"{found.used} of {found.limit} are in use; {ADVICE}" if found.are_short else None


CHECKS: dict[str, Callable[[Service, Figures], str | None]] = {
    "table": lambda service, _: None if service.editions.current.catalog.statistics else "no statistic serves",
    "engine": lambda service, _: service.editions.current.engine.fault,
    "workers": lambda _, now: f"missing threads: {now.workers['missing']}" if now.workers["missing"] > 0 else None,
    "journal": lambda _, now: now.journal_fault,
    "disk": _disk,
    "descriptors": lambda *_: _descriptors(count_descriptors()),
    "draining": lambda _, now: "the service is shutting down" if now.draining else None,
}
"""What keeps the service from being ready, by the check's name; None for nothing."""
