"""Download the CDC's table: with progress, resumed after broken connections, checked, and put in place as a whole."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tenacity
import urllib3
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from urllib3.exceptions import (
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ResponseError,
    SSLError,
    TimeoutError,  # noqa: A004 - the library's name
)

from service.errors import DatasetError, StartError

BLOCK = 2**16
MAX_WAIT = 60.0
"""Seconds between two attempts."""
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Another attempt may succeed."""
PERMANENT: dict[type[Exception], str] = {
    ResponseError: "it redirects again and again",
    ValueError: "it is not an address, or redirects to something that is not one",
    SSLError: "its certificate or its TLS cannot be trusted",
}
"""Faults before a response, in words; another attempt would end the same way."""
TRANSIENT: dict[type[Exception], str] = {
    NameResolutionError: "its name cannot be found",
    NewConnectionError: "it cannot be reached",
    ProxyError: "the proxy cannot be reached",
    TimeoutError: "it said nothing for too long",
    ProtocolError: "it ended too early",
}
"""Faults, in words, after which another attempt may succeed; the first that fits is taken."""


class FetchError(StartError):
    """The table could not be fetched; whatever was there before is still there."""


class _AttemptFailed(Exception):
    """Another attempt may succeed."""


@dataclass(slots=True)
class _Download:
    """What has arrived of a file. `validator` tells the server which version of the file it belongs to."""

    url: str
    partial: Path
    received: int = 0
    validator: str | None = None
    furthest: int = 0
    """The most bytes that any attempt has reached."""
    failures: int = 0
    """Attempts in a row that got no further than an earlier one."""

    def count_failure(self) -> None:
        """An attempt that got further starts the count again."""
        self.failures = 1 if self.received > self.furthest else self.failures + 1
        self.furthest = max(self.furthest, self.received)

    def headers(self) -> dict[str, str]:
        """Ask for the bytes uncompressed, so that they can be counted, and only for those that are missing."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "health-of-us-states"}
        if self.received and self.validator:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self.validator}
        return headers

    def begin(self, response: urllib3.BaseHTTPResponse) -> None:
        """Resume where the last attempt broke off, if the server does; else start again."""
        resumes = response.headers.get("Content-Range", "").startswith(f"bytes {self.received}-")
        if response.status != 206 or not resumes:
            self.received = 0
        etag = response.headers.get("ETag", "")
        strong = etag if etag.startswith('"') else None
        self.validator = strong or response.headers.get("Last-Modified")


def fetch(
    url: str,
    target: Path,
    check: Callable[[Path], str],
    *,
    console: Console,
    attempts: int = 5,
    wait: float = 1.0,
    timeout: float = 30.0,
) -> str:
    """Download `url` to `target` and return what `check` says of it; an old file stays until the new one is checked.

    `check` raises DatasetError for a file that is not the table. `wait` is the seconds before the second attempt, and
    doubles before each further one; `timeout` is how long the server may be silent. Raises FetchError.
    """
    if not url.startswith(("http://", "https://")):
        raise FetchError(f"{url}: only http:// and https:// can be fetched; put a local file's name into [dataset] csv")
    partial = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        _receive(_Download(url, partial), console, attempts, wait, timeout)
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


def _receive(download: _Download, console: Console, attempts: int, wait: float, timeout: float) -> None:
    def report(state: tenacity.RetryCallState) -> None:
        reason = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        console.print(
            f"{reason}, after {download.received:,} bytes; trying again in {pause:.1f} s "
            f"(attempt {download.failures + 1} of {attempts})"
        )

    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_AttemptFailed),
        stop=lambda _: download.failures >= attempts,
        wait=lambda _: min(wait * 2 ** (download.failures - 1), MAX_WAIT),
        before_sleep=report,
        reraise=True,
    )
    try:
        with (
            urllib3.PoolManager(timeout=urllib3.Timeout(timeout), retries=False) as http,
            _progress(console) as progress,
        ):
            retry(_attempt, http, download, progress)
    except _AttemptFailed as error:
        raise FetchError(
            f"{download.url}: {error}; gave up after {attempts} attempts that got no further; try again later"
        ) from None


def _progress(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console)


def _attempt(http: urllib3.PoolManager, download: _Download, progress: Progress) -> None:
    try:
        _receive_once(http, download, progress)
    except _AttemptFailed:
        download.count_failure()
        raise


def _receive_once(http: urllib3.PoolManager, download: _Download, progress: Progress) -> None:
    with _response(http, download) as response:
        download.begin(response)
        length = response.headers.get("Content-Length", "")
        total = download.received + int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
        task = progress.tasks[0].id if progress.tasks else progress.add_task("brfss.csv")
        progress.update(task, total=total, completed=download.received)
        with download.partial.open("r+b" if download.received else "wb") as file:
            file.seek(download.received)
            for block in _blocks(response):
                file.write(block)
                download.received += len(block)
                progress.update(task, completed=download.received)
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def _response(http: urllib3.PoolManager, download: _Download) -> Iterator[urllib3.BaseHTTPResponse]:
    try:
        response = http.request(
            "GET",
            download.url,
            headers=download.headers(),
            preload_content=False,
            redirect=True,
            retries=urllib3.Retry(total=None, connect=0, read=0, redirect=5, status=0, other=0),
        )
    except (HTTPError, ValueError) as error:  # ValueError is Python's own, about an address
        cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        permanent = _in_words(cause, PERMANENT)
        if permanent:
            raise FetchError(f"{download.url}: {permanent}; check the address") from None
        raise _AttemptFailed(f"no answer ({_in_words(cause, TRANSIENT) or cause})") from None
    try:
        if response.status == 416:
            download.received, download.validator = 0, None
            raise _AttemptFailed("the server has less than what arrived before")
        if response.status in TRANSIENT_STATUSES:
            raise _AttemptFailed(f"the server answers {response.status}")
        if response.status not in {200, 206}:
            raise FetchError(
                f"{download.url}: the server answers {response.status} {response.reason}; check the address"
            )
        yield response
    finally:
        response.close()


def _blocks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The body as it arrives; urllib3 raises when it ends before its declared length or its last chunk."""
    try:
        yield from iter(lambda: response.read1(BLOCK), b"")
    except HTTPError as error:
        raise _AttemptFailed(f"the connection broke ({_in_words(error, TRANSIENT) or error})") from None


def _in_words(error: Exception, words: Mapping[type[Exception], str]) -> str | None:
    return next((text for kind, text in words.items() if isinstance(error, kind)), None)
