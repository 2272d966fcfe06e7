"""What is measured: cases, each with variants of the service and with what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bench.clients import Ask, Client
from bench.questions import MIX, Question, everything, questions

MANY = 900
AGAIN = 4
"""How often each question that differs is asked from an empty cache: once computed, then known."""
UNCACHED = {"cache_bytes": 0}


class Case(NamedTuple):
    """What is asked of the service, and in which state; `computed` is the share of jobs whose answer is not known."""

    name: str
    asked: Callable[[], list[Question]]
    computed: float
    settings: Mapping[str, Any] = MappingProxyType({})
    ask: Ask = Client.ask
    has_rival: bool = True

    @property
    def from_start(self) -> bool:
        """Whether it begins with an empty cache, which is never empty again."""
        return 0 < self.computed < 1


CASES = (
    Case("nothing cached", lambda: questions(MIX, MANY), 1, UNCACHED),
    Case("state_mean, nothing cached", lambda: questions("state_mean", MANY), 1, UNCACHED),
    Case("from an empty cache", lambda: everything() * AGAIN, 1 / AGAIN),
    Case("all known", lambda: questions(MIX, MANY), 0),
    Case("all known, by GET", lambda: questions(MIX, MANY), 0, ask=Client.get, has_rival=False),
)
DEFAULT, BARE, RIVAL = "default", "bare", "rival"
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    DEFAULT: ({}, {}),
    "journal": ({"jobs_journal": ""}, {}),
    "log": ({"log_level": "ERROR"}, {}),
    "compression": ({}, {"Accept-Encoding": "identity"}),
}
"""By what is switched off: settings of the service, headers of the clients."""
