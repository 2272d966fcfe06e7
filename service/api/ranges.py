"""Bodies of a known length, whole or in part, by RFC 9110: preconditions, Range and If-Range.

Parts are never compressed (`coding_of`): an ETag belongs to one coding, so it identifies the bytes that a part is of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from aiohttp import hdrs, web
from werkzeug.http import http_date, parse_if_range_header, parse_range_header

from service.api.bodies import error_response
from service.api.etags import has_changed, is_known
from service.api.header_lines import LONGEST, header_of
from service.api.streams import first_piece, stream
from service.compression import IDENTITY
from service.errors import ServiceError
from service.threads import in_reading_thread

PIECE = 2**18
"""Bytes of a file that are read at once."""

Headers = Mapping[str, str]


class Body(Protocol):
    """Bytes of which any part can be sent; `modified`, in whole seconds, is None where no date identifies them."""

    @property
    def length(self) -> int: ...
    @property
    def modified(self) -> datetime | None: ...
    async def give(
        self, request: web.Request, start: int, stop: int, status: int, headers: Headers
    ) -> web.StreamResponse: ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes as a body."""

    content: bytes
    modified: None = None

    @property
    def length(self) -> int:
        return len(self.content)

    async def give(self, _: web.Request, start: int, stop: int, status: int, headers: Headers) -> web.StreamResponse:
        return web.Response(body=self.content[start:stop], status=status, headers=headers)


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file as a body; it never changes, and is only replaced by one with another ETag."""

    path: Path
    length: int
    modified: datetime | None

    @classmethod
    def of(cls, path: Path) -> OnDisk:
        found = path.stat()
        return cls(path=path, length=found.st_size, modified=datetime.fromtimestamp(int(found.st_mtime), UTC))

    async def give(
        self, request: web.Request, start: int, stop: int, status: int, headers: Headers
    ) -> web.StreamResponse:
        pieces = self._pieces(start, stop)
        first = await first_piece(pieces, in_reading_thread)
        headers = {**headers, "Content-Length": str(stop - start)}
        return await stream(request, headers, first, pieces, IDENTITY, status=status, in_thread=in_reading_thread)

    def _pieces(self, start: int, stop: int) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            file.seek(start)
            while piece := file.read(min(PIECE, stop - file.tell())):
                yield piece


async def respond(
    request: web.Request, body: Body, etag: str, headers: Headers, content_headers: Headers
) -> web.StreamResponse:
    """The body, the part of it that was asked for (206), or why there is none (304, 412, 416).

    `etag` is a strong one without its quotes; `content_headers` are those that describe the bytes, left out of a 304.
    """
    headers = {**headers, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
    if body.modified is not None:
        headers["Last-Modified"] = http_date(body.modified)
    if has_changed(request, etag):
        reason = "there are other bytes now than those that If-Match names; ask without it"
        return error_response(request, ServiceError(reason, status=412), headers)
    if is_known(request, etag):
        return web.Response(status=304, headers=headers)
    part = _part(request, body, etag)
    if part is None:
        return await body.give(request, 0, body.length, 200, {**headers, **content_headers})
    start, stop = part
    if start >= body.length:
        reason = f"Range begins at byte {start}, but there are {body.length}; ask for less"
        behind = {"Content-Range": f"bytes */{body.length}", "Accept-Ranges": "bytes"}
        return error_response(request, ServiceError(reason, status=416, length=body.length), behind)
    here = {"Content-Range": f"bytes {start}-{stop - 1}/{body.length}"}
    return await body.give(request, start, stop, 206, {**headers, **content_headers, **here})


def _part(request: web.BaseRequest, body: Body, etag: str) -> tuple[int, int] | None:
    """The first byte asked for and the one after the last; None for the whole, also for several ranges."""
    if hdrs.RANGE not in request.headers or request.method != hdrs.METH_GET:
        return None
    header = ", ".join(request.headers.getall(hdrs.RANGE))
    if len(header) > LONGEST:
        return None
    given = parse_range_header(header)
    if given is None or given.units != "bytes" or len(given.ranges) != 1:
        return None
    if not _are_the_same(request, body, etag):
        return None
    [(start, stop)] = given.ranges
    # A suffix may be longer than the whole.
    return max(0, start + body.length) if start < 0 else start, min(stop or body.length, body.length)


def _are_the_same(request: web.BaseRequest, body: Body, etag: str) -> bool:
    """Whether the bytes are those that If-Range names; true without it."""
    header = header_of(request, hdrs.IF_RANGE)
    if header is None:
        return True
    given = parse_if_range_header(header)
    if given.date is not None:
        return given.date == body.modified
    is_weak = header[:2].upper() == "W/"  # which werkzeug drops
    return given.etag == etag and not is_weak
