"""Whether the service can take requests: one check a name. To add a check, add a line to the table."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable

from service.errors import Unavailable
from service.runtime.descriptors import ADVICE, count_descriptors
from service.runtime.lifespan import Service
from service.threads import in_short_thread

LEAST_ROOM = 16_000_000
"""Bytes of a disk, below which neither a long answer nor the journal is sure to be written."""

Check = Callable[[Service], Awaitable[str]]
"""What there is, in words; raises Unavailable where that is not enough."""


async def table(service: Service) -> str:
    edition, fault = service.editions.current, service.editions.fault
    if not edition.catalog.statistics:
        raise Unavailable("no statistic works with the table")
    kept = ", since the one on the disk cannot be used" if fault else ""
    return f"dataset {edition.engine.facts.version} serves{kept}"


async def workers(service: Service) -> str:
    figures = await service.jobs.figures()
    lost = figures.workers["lost"]
    if figures.missing_workers:
        raise Unavailable(f"{lost} threads are lost to statements that do not stop, and too few are left; start anew")
    return f"{figures.workers['busy']} busy, {figures.workers['idle']} idle, {lost} lost and replaced"


async def journal(service: Service) -> str:
    fault = (await service.jobs.figures()).journal_fault
    if fault:
        raise Unavailable(f"it cannot be written: {fault}")
    return "it is written" if service.settings.jobs.journal else "none is kept"


async def disk(service: Service) -> str:
    free = await in_short_thread(_free_bytes, service)
    if free < LEAST_ROOM:
        raise Unavailable(f"{free} bytes are free, and {LEAST_ROOM} should be; make room")
    return f"{free} bytes are free"


def _free_bytes(service: Service) -> int:
    settings = service.settings
    journal = [settings.path(settings.jobs.journal).parent] if settings.jobs.journal else []
    return min(shutil.disk_usage(folder).free for folder in (service.spool.folder, *journal) if folder.is_dir())


async def descriptors(_: Service) -> str:
    found = count_descriptors()
    if found.are_short:
        raise Unavailable(f"{found.used} of {found.limit} are in use; {ADVICE}")
    return f"{found.used} of {found.limit} are in use"


async def draining(service: Service) -> str:
    if (await service.jobs.figures()).draining:
        raise Unavailable("the service is shutting down")
    return "new jobs are taken"


CHECKS: dict[str, Check] = {
    "table": table,
    "workers": workers,
    "journal": journal,
    "disk": disk,
    "descriptors": descriptors,
    "draining": draining,
}


async def checked(service: Service) -> tuple[dict[str, str], list[str]]:
    """What each check found, by its name, and the names of those that failed."""
    found, failed = {}, []
    for name, check in CHECKS.items():
        try:
            found[name] = await check(service)
        except Unavailable as error:
            found[name] = error.reason
            failed.append(name)
    return found, failed
