"""Where a running service listens: a file beside its journal, for whoever starts a second one."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from service.api.middleware import PROCESS
from service.settings import Settings

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds for a service that is busy."""


@contextmanager
def announced(settings: Settings, url: str) -> Iterator[None]:
    """Others can find this process at `url` for as long as the context lasts. Only who has the journal may do so."""
    file = _file(settings)
    if file is None:
        yield
        return
    try:
        file.write_text(f"{url} {PROCESS}\n", encoding="ascii")
    except OSError as error:
        log.warning("%s: cannot be written: %s; a second start will not be told this address", file, error.strerror)
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()


def running_at(settings: Settings) -> str | None:
    """The address of the service that has the journal. What a crash left is not believed, since nobody confirms it."""
    file = _file(settings)
    try:
        url, process = file.read_text(encoding="ascii").split() if file else ("", "")
    except (OSError, ValueError):
        return None
    return url if url and _answers(url, process) else None


def _answers(url: str, process: str) -> bool:
    """Whether that very process listens there: the ids that it gives to requests begin with its own."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE)  # past any proxy
    try:
        connection.request("HEAD", "/api/num_jobs")
        return connection.getresponse().headers.get("X-Request-ID", "").startswith(f"{process}-")
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _file(settings: Settings) -> Path | None:
    return settings.path(f"{settings.jobs.journal}.address") if settings.jobs.journal else None
