"""Download the CDC's table: with progress, over broken connections, checked, and put in place as a whole."""

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
LONGEST_WAIT = 60.0
"""Seconds before a further attempt at most."""
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""HTTP statuses that another attempt may mend."""
FINAL: dict[type[Exception], str] = {
    ResponseError: "it redirects again and again",
    ValueError: "it is, or it redirects to, what is no address",
    SSLError: "its certificate or its TLS cannot be trusted",
}
"""What goes wrong before an answer, in words: another attempt would end the same."""
PASSING: dict[type[Exception], str] = {
    NameResolutionError: "its name cannot be found",
    NewConnectionError: "it cannot be reached",
    ProxyError: "the proxy cannot be reached",
    TimeoutError: "it said nothing for too long",
    ProtocolError: "it ended too early",
}
"""What another attempt may mend, in words; the first that fits holds."""


class FetchError(StartError):
    """The table could not be had; what was there before is there still."""


class _Broken(Exception):
    """One attempt failed in a way that another may mend."""


@dataclass(slots=True)
class _Download:
    """What has arrived of one file, and by which mark the server will know whether the rest still belongs to it."""

    url: str
    partial: Path
    received: int = 0
    mark: str | None = None
    most: int = 0
    """The most that any attempt has got to."""
    failures: int = 0
    """Attempts in a row that got no further than one before them."""

    def broken(self) -> None:
        """An attempt has failed; one that got further begins the count anew."""
        self.failures = 1 if self.received > self.most else self.failures + 1
        self.most = max(self.most, self.received)

    def headers(self) -> dict[str, str]:
        """Ask for the bytes as they are, so that they can be counted, and only for those that are missing."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "health-of-us-states"}
        if self.received and self.mark:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self.mark}
        return headers

    def begin(self, response: urllib3.BaseHTTPResponse) -> None:
        """Go on where the last attempt broke off, if the server does; else from the start."""
        begins = response.headers.get("Content-Range", "").startswith(f"bytes {self.received}-")
        if response.status != 206 or not begins:
            self.received = 0
        etag = response.headers.get("ETag", "")
        strong = etag if etag.startswith('"') else None
        self.mark = strong or response.headers.get("Last-Modified")


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
    """Download `url` to `target` and return what `check` says of it; what is there stays until the new file is good.

    `check` raises DatasetError for a file that is not the table. `wait` is the seconds before the second attempt,
    more before each further one; `timeout` is how long the server may say nothing. Raises FetchError.
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
        # Without its advice, which is for the table of a service: to fetch it, say.
        fault = error.reason.partition("; ")[0].replace(str(partial), target.name)
        left = f"{target} is left as it was" if target.exists() else "nothing was put in place"
        raise FetchError(f"{url}: what came is not the table: {fault}; {left}") from None
    except OSError as error:
        raise FetchError(f"{target}: cannot be written: {error.strerror}; make room or mend its rights") from None
    finally:
        partial.unlink(missing_ok=True)


def _receive(download: _Download, console: Console, attempts: int, wait: float, timeout: float) -> None:
    def tell(state: tenacity.RetryCallState) -> None:
        reason = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        console.print(
            f"{reason}, after {download.received:,} bytes; trying again in {pause:.1f} s "
            f"(attempt {download.failures + 1} of {attempts})"
        )

    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(_Broken),
        stop=lambda _: download.failures >= attempts,
        wait=lambda _: min(wait * 2 ** (download.failures - 1), LONGEST_WAIT),
        before_sleep=tell,
        reraise=True,
    )
    try:
        with (
            urllib3.PoolManager(timeout=urllib3.Timeout(timeout), retries=False) as http,
            _progress(console) as progress,
        ):
            retry(_attempt, http, download, progress)
    except _Broken as error:
        raise FetchError(
            f"{download.url}: {error}; gave up after {attempts} attempts that got no further; try again later"
        ) from None


def _progress(console: Console) -> Progress:
    """Bytes, rate, and time left."""
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
        _try(http, download, progress)
    except _Broken:
        download.broken()
        raise


def _try(http: urllib3.PoolManager, download: _Download, progress: Progress) -> None:
    with _asked(http, download) as response:
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
def _asked(http: urllib3.PoolManager, download: _Download) -> Iterator[urllib3.BaseHTTPResponse]:
    try:
        response = http.request(
            "GET",
            download.url,
            headers=download.headers(),
            preload_content=False,
            redirect=True,
            retries=urllib3.Retry(total=None, connect=0, read=0, redirect=5, status=0, other=0),
        )
    except (HTTPError, ValueError) as error:  # ValueError is Python's own, of an address
        cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        final = _in_words(cause, FINAL)
        if final:
            raise FetchError(f"{download.url}: {final}; check the address") from None
        raise _Broken(f"no answer ({_in_words(cause, PASSING) or cause})") from None
    try:
        if response.status == 416:
            download.received, download.mark = 0, None
            raise _Broken("the server has less than what arrived before")
        if response.status in TRANSIENT:
            raise _Broken(f"the server answers {response.status}")
        if response.status not in {200, 206}:
            raise FetchError(
                f"{download.url}: the server answers {response.status} {response.reason}; check the address"
            )
        yield response
    finally:
        response.close()


def _blocks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The body as it comes; urllib3 raises when it ends before its declared length, or before its last chunk."""
    try:
        yield from iter(lambda: response.read1(BLOCK), b"")
    except HTTPError as error:
        raise _Broken(f"the connection broke ({_in_words(error, PASSING) or error})") from None


def _in_words(error: Exception, words: Mapping[type[Exception], str]) -> str | None:
    return next((text for kind, text in words.items() if isinstance(error, kind)), None)
