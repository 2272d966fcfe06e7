"""Where a running service listens: a file beside its journal and one with its long answers, for a second start."""

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
    """Others can find this process at `url` for as long as the context lasts. Only who has the locks may do so."""
    for file in _files(settings):
        try:
            file.write_text(f"{url} {PROCESS}\n", encoding="ascii")
        except OSError as error:
            log.warning("%s: cannot be written: %s; a second start will not be told this address", file, error.strerror)
    try:
        yield
    finally:
        for file in _files(settings):
            with suppress(OSError):
                file.unlink()


def running_at(settings: Settings) -> str | None:
    """The address of the service that has the journal, or the folder of long answers.

    What a crash left is not believed, since nobody confirms it.
    """
    for file in _files(settings):
        with suppress(OSError, ValueError):
            url, process = file.read_text(encoding="ascii").split()
            if _answers(url, process):
                return url
    return None


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


def _files(settings: Settings) -> list[Path]:
    journal = [settings.journal.with_name(f"{settings.journal.name}.address")] if settings.journal else []
    return [*journal, settings.path(settings.results.folder) / ".address"]
