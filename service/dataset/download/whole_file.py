"""A file in one request, resumed where the last attempt broke off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import urllib3
from rich.progress import Progress

from service.dataset.download.client import Client, blocks
from service.dataset.download.faults import AttemptFailed, Refused


@dataclass(slots=True)
class WholeFile:
    """What has arrived of a file. `validator` identifies the version of the file for the server."""

    url: str
    partial: Path
    received: int = 0
    validator: str | None = None

    def attempt(self, client: Client, progress: Progress) -> None:
        """Receive what is missing; raises AttemptFailed, Refused and FetchError."""
        try:
            with client.get(self.url, self._headers()) as response:
                self._begin(response)
                self._receive(response, progress)
        except Refused as refused:
            if refused.status != 416:
                raise
            self.received, self.validator = 0, None
            raise AttemptFailed("the server has less than what arrived before") from None

    def _headers(self) -> dict[str, str]:
        """Ask only for the bytes that are missing."""
        if self.received and self.validator:
            return {"Range": f"bytes={self.received}-", "If-Range": self.validator}
        return {}

    def _begin(self, response: urllib3.BaseHTTPResponse) -> None:
        """Resume where the last attempt broke off, if the server does; else start again."""
        resumes = response.headers.get("Content-Range", "").startswith(f"bytes {self.received}-")
        if response.status != 206 or not resumes:
            self.received = 0
        etag = response.headers.get("ETag", "")
        strong = etag if etag.startswith('"') else None
        self.validator = strong or response.headers.get("Last-Modified")

    def _receive(self, response: urllib3.BaseHTTPResponse, progress: Progress) -> None:
        length = response.headers.get("Content-Length", "")
        total = self.received + int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
        task = progress.task_ids[0]
        progress.update(task, total=total, completed=self.received)
        with self.partial.open("r+b" if self.received else "wb") as file:
            file.seek(self.received)
            for block in blocks(response, self.received):
                file.write(block)
                self.received += len(block)
                progress.update(task, completed=self.received)
