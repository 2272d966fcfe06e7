"""Which job store the settings choose. The packages of those beside the embedded one are imported only then."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from service.engine.spool import Spool
from service.errors import StartError
from service.jobs import embedded
from service.jobs.protocol import FindQuery, Fits, JobStore
from service.settings import Settings


def open_store(
    settings: Settings, spool: Spool, find_query: FindQuery, fits: Fits
) -> AbstractAsyncContextManager[JobStore]:
    """The store, with what is left of earlier processes; raises StartError when it cannot be opened."""
    if settings.jobs.store == "embedded":
        return embedded.opened(settings, spool, find_query)
    try:
        from service.jobs import postgresql  # noqa: PLC0415 - its packages are there only where they are wanted
    except ModuleNotFoundError as error:
        needed = "pip install -r requirements-scale.txt"
        raise StartError(f'[jobs] store = "postgresql" needs {error.name}, which is not installed: {needed}') from None
    return postgresql.opened(settings, spool, find_query, fits)
