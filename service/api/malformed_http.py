"""Requests that are not HTTP: what is said of them, in the answer and in the log."""

from __future__ import annotations

import re

from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidHeader, InvalidURLError, LineTooLong

STATIC = re.compile(r"Too many headers received|(Missing|Duplicate) '[A-Za-z-]+' header .*|Received HTTPS traffic .*")
"""Messages that quote nothing of the request."""
REASONS = {
    InvalidHeader: "Invalid header",
    InvalidURLError: "Invalid address",
    BadStatusLine: "Invalid request line",
}


def reason_of(error: BaseException | None) -> str:
    """What was wrong, in the parser's words but without what it quotes: that may be a cookie or a password."""
    message = error.message if isinstance(error, HttpProcessingError) else ""
    words, quotes, _ = message.partition(":\n\n")
    if quotes:
        return words.splitlines()[-1].strip()
    if isinstance(error, LineTooLong):
        return f"a line of its head is longer than {error.args[1]} bytes; send less"
    if STATIC.fullmatch(message):
        return message
    return next((reason for kind, reason in REASONS.items() if isinstance(error, kind)), "it is not HTTP/1.1")
