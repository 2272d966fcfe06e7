"""The table in pages, by Socrata's API for programs: where the whole file cannot be downloaded.

See https://dev.socrata.com/docs/queries/. Its names of columns are in lower case.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import urllib3
from rich.progress import Progress

from service.dataset.download.client import Client, blocks
from service.dataset.download.faults import AttemptFailed, FetchError

ROWS = 10_000
"""Rows to ask for at once; about 5 MB of the CDC's table."""
DOWNLOAD = re.compile(r"(https?://[^/]+)/api/views/(\w{4}-\w{4})/rows\.csv(\?.*)?")
VERSION = "X-SODA2-Truth-Last-Modified"
"""The header with the version of the table that a page is of."""


def address(download: str) -> str | None:
    """Where the pages are of what a download's address names; None when it is none of Socrata's."""
    found = DOWNLOAD.fullmatch(download)
    return f"{found[1]}/resource/{found[2]}.csv" if found else None


@dataclass(slots=True)
class Pages:
    """The whole pages that have arrived, one after the other in the order of the rows' ids."""

    url: str
    partial: Path
    received: int = 0
    rows: int = 0
    header: bytes = b""
    version: str | None = None

    def attempt(self, client: Client, progress: Progress) -> None:
        """Receive the pages that are missing; raises AttemptFailed, Refused and FetchError."""
        total = self._count(client)
        if not total:
            raise FetchError(f"{self.url}: has no rows; check the address")
        while self.rows < total:
            progress.update(progress.task_ids[0], description=f"brfss.csv, {self.rows:,} of {total:,} rows")
            if not self._next(client, progress):
                break
        if self.rows != total or self._count(client) != total:
            fault = f"{self.rows:,} rows came of {total:,}, so it was changed meanwhile"
            self._start_again()
            raise AttemptFailed(fault)

    def _count(self, client: Client) -> int:
        with client.get(self._query({"$select": "count(*)"})) as response:
            text = b"".join(blocks(response)).decode("utf-8", "replace")
        found = re.fullmatch(r'"?\w+"?\s+"?(\d{1,15})"?\s*', text)
        if not found:
            raise FetchError(f"{self.url}: does not say how many rows there are; check the address")
        return int(found[1])

    def _query(self, parameters: Mapping[str, str | int]) -> str:
        return f"{self.url}?{urlencode(parameters)}"

    def _next(self, client: Client, progress: Progress) -> int:
        """Receive one page; the number of its rows."""
        page = bytearray()
        query = self._query({"$limit": ROWS, "$offset": self.rows, "$order": ":id"})
        with client.get(query) as response:
            self._require_version(response)
            for block in blocks(response, self.received):
                page += block
                progress.update(progress.task_ids[0], completed=self.received + len(page))
            has_end = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
            if not (has_end or page.endswith(b"\n")):
                raise AttemptFailed("a page ended too early")
        return self._add(bytes(page))

    def _require_version(self, response: urllib3.BaseHTTPResponse) -> None:
        version = response.headers.get(VERSION)
        if self.rows and version != self.version:
            self._start_again()
            raise AttemptFailed("the table was changed meanwhile")
        self.version = version

    def _add(self, page: bytes) -> int:
        """Append a page to the file, without its header if there is one already; the number of its rows."""
        rows = _rows(page)
        header, _, body = page.partition(b"\n")
        if self.rows and header != self.header:
            self._start_again()
            raise AttemptFailed("the columns were changed meanwhile")
        new = body if self.rows else page
        with self.partial.open("r+b" if self.rows else "wb") as file:
            file.seek(self.received)
            file.write(new if new.endswith(b"\n") or not new else new + b"\n")
            self.received = file.tell()
        self.rows, self.header = self.rows + rows, header
        return rows

    def _start_again(self) -> None:
        self.received, self.rows, self.header, self.version = 0, 0, b"", None


def _rows(page: bytes) -> int:
    """The rows below the header; a cell may hold line breaks. Raises AttemptFailed when one has lost cells."""
    records = csv.reader(io.StringIO(page.decode("utf-8", "replace"), newline=""))
    width, *widths = map(len, records)
    if any(found != width for found in widths):
        raise AttemptFailed("a page has rows of another length than its header")
    return len(widths)
