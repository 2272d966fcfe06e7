"""Requests that are not HTTP: what is said of them, in the answer and in the log."""

from __future__ import annotations

import logging
import re

from aiohttp.http_exceptions import BadStatusLine, HttpProcessingError, InvalidHeader, InvalidURLError, LineTooLong
from aiohttp.web_protocol import RequestPayloadError

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


class MalformedHttp(logging.Filter):
    """Makes one line, without a traceback, of what aiohttp logs when a client does not speak HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, RequestPayloadError):  # as aiohttp has wrapped it
            error = error.__cause__
        if isinstance(error, HttpProcessingError):
            record.msg, record.args = "%s: %s", (record.getMessage(), reason_of(error))
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
        return True


MALFORMED_HTTP = MalformedHttp()
