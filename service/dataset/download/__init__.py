"""Download the CDC's table: with progress, resumed after broken connections, checked, and put in place as a whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from service.dataset.download import pages
from service.dataset.download.attempts import Patience, persist, progress_bar
from service.dataset.download.client import Access, Client
from service.dataset.download.faults import FetchError, Refused
from service.dataset.download.pages import Pages
from service.dataset.download.whole_file import WholeFile
from service.errors import DatasetError

__all__ = ["Access", "FetchError", "Patience", "fetch"]

ANONYMOUS = Access()
PATIENCE = Patience()


def fetch(
    url: str,
    target: Path,
    check: Callable[[Path], str],
    *,
    console: Console,
    access: Access = ANONYMOUS,
    patience: Patience = PATIENCE,
) -> str:
    """Download `url` to `target` and return what `check` says about it; an old file stays until the new one is checked.

    Where the file is refused but the address is Socrata's, its pages are fetched. `check` raises DatasetError for a
    file that is not the table. Raises FetchError.
    """
    if not url.startswith(("http://", "https://")):
        raise FetchError(f"{url}: only http:// and https:// can be fetched; put a local file's name into [dataset] csv")
    partial = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        _receive(url, partial, console, access, patience)
        found = check(partial)
        partial.replace(target)
        return found
    except DatasetError as error:
        # Without its advice, which is to fetch the table.
        fault = error.reason.partition("; ")[0].replace(str(partial), target.name)
        left = f"{target} is left as it was" if target.exists() else "nothing was put in place"
        raise FetchError(f"{url}: what came is not the table: {fault}; {left}") from None
    except OSError as error:
        raise FetchError(
            f"{target}: cannot be written: {error.strerror}; free some space or make it writable"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def _receive(url: str, partial: Path, console: Console, access: Access, patience: Patience) -> None:
    def receive(transfer: WholeFile | Pages) -> None:
        persist(transfer, lambda: transfer.attempt(client, progress), patience, console)

    with Client(url, access) as client, progress_bar(console) as progress:
        try:
            receive(WholeFile(url, partial))
        except Refused as refused:
            paged = pages.address(url)
            if paged is None:
                raise
            console.print(f"{refused.fault}; fetching it in pages from {paged}")
            try:
                receive(Pages(paged, partial))
            except Refused as again:
                raise Refused(f"{refused.fault}, and {again.fault}", again.status, again.advice) from None
