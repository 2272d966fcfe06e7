"""Idempotency keys: a caller that sends the same request again, with the same key, gets the same job."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from service.errors import BadRequest

DAY = 86400.0
MOST = 100_000
KEY = "^[!-~]{1,255}$"


class KeyedRequest(NamedTuple):
    """A caller's key, and a hash of the request that came with it."""

    key: str
    fingerprint: str


class Entry(NamedTuple):
    """A key, a hash of the request that came with it, its job, and the time; a row of the journal."""

    key: str
    fingerprint: str
    job: int
    given_at: float


def keyed_request(key: str, statistic: str, given: Mapping[str, Any]) -> KeyedRequest:
    """The order of the arguments does not matter; raises BadRequest for a key that is not one."""
    if not re.fullmatch(KEY, key):
        reason = "an Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID"
        raise BadRequest(reason, parameter="Idempotency-Key")
    text = msgspec.json.encode([statistic, given], order="sorted")
    return KeyedRequest(key=key, fingerprint=hashlib.sha256(text).hexdigest())


def require_same(keyed: KeyedRequest, fingerprint: str, job: int) -> None:
    """Raise BadRequest (422) for a key that came with another request, whose job this is."""
    if fingerprint != keyed.fingerprint:
        raise BadRequest(
            f"this Idempotency-Key came with another request before (job {job}); a new one needs a new key",
            status=422,
            parameter="Idempotency-Key",
            job_id=job,
        )


class IdempotencyKeys:
    """The keys of a day, oldest first, at most MOST of them. `forget` is called with each that is removed."""

    def __init__(self, entries: Iterable[Entry] = (), forget: Callable[[str], None] = lambda _: None) -> None:
        self._entries = {entry.key: entry for entry in entries}
        self._forget = forget

    def find(self, keyed: KeyedRequest, now: float) -> int | None:
        """The job of a key, or None for a new one; raises BadRequest (422) when it was given with another request."""
        self._prune(now)
        entry = self._entries.get(keyed.key)
        if entry is None:
            return None
        require_same(keyed, entry.fingerprint, entry.job)
        return entry.job

    def all(self) -> list[Entry]:
        return list(self._entries.values())

    def add(self, entry: Entry) -> None:
        self._entries[entry.key] = entry

    def remove(self, key: str) -> None:
        if self._entries.pop(key, None):
            self._forget(key)

    def _prune(self, now: float) -> None:
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if len(self._entries) <= MOST and oldest.given_at > now - DAY:
                return
            self.remove(oldest.key)
