"""What may go wrong with a request, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from urllib3.exceptions import (
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,  # noqa: A004 - the library's name
)

from service.errors import StartError

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Another attempt may succeed."""
PERMANENT: dict[type[Exception], str] = {
    ValueError: "it is not an address, or redirects to something that is not one; check the address",
    SSLError: "its certificate or its TLS cannot be trusted; check the address, or name your own network's certificates"
    " with --ca-bundle",
}
"""Faults before a response, in words; another attempt would end the same way."""
TRANSIENT: dict[type[Exception], str] = {
    NameResolutionError: "its name cannot be found",
    NewConnectionError: "it cannot be reached",
    ProxyError: "the proxy of HTTPS_PROXY or HTTP_PROXY cannot be reached",
    TimeoutError: "it said nothing for too long",
    ProtocolError: "it ended too early",
}
"""Faults, in words, after which another attempt may succeed; the first that fits is taken."""


class FetchError(StartError):
    """The table could not be fetched; whatever was there before is still there."""


class Refused(FetchError):
    """The server answers, but not with what was asked for; `fault` is its reason without the advice."""

    def __init__(self, fault: str, status: int, advice: str) -> None:
        super().__init__(f"{fault}; {advice}")
        self.fault = fault
        self.status = status
        self.advice = advice


class AttemptFailed(Exception):
    """Another attempt may succeed."""


def failed(url: str, error: Exception) -> FetchError | AttemptFailed:
    """The error to raise for one that came before a response."""
    status = re.search(r"Tunnel connection failed: (\d{3})", str(getattr(error, "original_error", "")))
    if status and int(status[1]) not in TRANSIENT_STATUSES:
        return refused_by_proxy(url, int(status[1]))
    permanent = in_words(error, PERMANENT)
    if permanent:
        return FetchError(f"{url}: {permanent}")
    return AttemptFailed(f"no answer ({in_words(error, TRANSIENT) or type(error).__name__})")


def refused_by_proxy(url: str, status: int) -> FetchError:
    advice = "http://NAME:PASSWORD@HOST:PORT" if status == 407 else "another, or the host in NO_PROXY"
    return FetchError(f"{url}: the proxy answers {status}; set HTTPS_PROXY (for http:// HTTP_PROXY) to {advice}")


def in_words(error: Exception, words: Mapping[type[Exception], str]) -> str | None:
    return next((text for kind, text in words.items() if isinstance(error, kind)), None)
