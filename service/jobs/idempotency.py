"""Idempotency keys: a caller that sends the same request again, with the same key, gets the same job."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from service.errors import BadRequest

DAY = 86400.0
MOST = 100_000
KEY = "^[!-~]{1,255}$"


class Entry(NamedTuple):
    """A key, a hash of what was asked with it, the job that it gave, and when."""

    key: str
    fingerprint: str
    job: int
    given_at: float


class IdempotencyKeys:
    """The keys of a day, oldest first, at most MOST of them. `forget` is told of each that goes."""

    def __init__(self, entries: Iterable[Entry] = (), forget: Callable[[str], None] = lambda _: None) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._forget = forget

    def find(self, key: str, fingerprint: str, now: float) -> int | None:
        """The job of a key, or None for a new one.

        Raises BadRequest: 400 for a key that is none, 422 when it was given with another request.
        """
        if not re.fullmatch(KEY, key):
            raise BadRequest(
                "an Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID", parameter="Idempotency-Key"
            )
        self._prune(now)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.fingerprint != fingerprint:
            raise BadRequest(
                f"this Idempotency-Key came with another request before (job {entry.job}); a new one needs a new key",
                status=422,
                parameter="Idempotency-Key",
                job_id=entry.job,
            )
        return entry.job

    def add(self, entry: Entry) -> None:
        """Remember a key for a day."""
        self._entries[entry.key] = entry

    def remove(self, key: str) -> None:
        """Its job was not taken."""
        if self._entries.pop(key, None):
            self._forget(key)

    def _prune(self, now: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if len(self._entries) <= MOST and oldest.given_at > now - DAY:
                return
            self.remove(oldest.key)
