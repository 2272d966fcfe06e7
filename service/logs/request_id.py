"""Which request a line of the log belongs to."""

from __future__ import annotations

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being served; empty where none is. Tasks and threads that work for it inherit it."""
