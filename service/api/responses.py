"""An answer in the form that was wished for: whole, as a page, streamed, or "not modified"."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from service.answers.answer import Answer, Rendering
from service.api.app_keys import OFFICE, REQUEST_ID, SETTINGS
from service.api.options import Wish, accepted_coding
from service.compression import IDENTITY, WORTHWHILE, compress, compress_pieces
from service.engine.result import BATCH
from service.errors import BadRequest, NotFound
from service.formats import Format, described, remember, render
from service.formats.options import Options, Page

log = logging.getLogger(__name__)

VARY = "Accept, Accept-Encoding"
PATIENCE = 120.0
"""Seconds that a client may read nothing of a stream."""
LONGEST_WORD = 80
LONGEST_NAME = 150
"""Characters of a download's name."""


async def deliver(request: web.Request, answer: Answer, wish: Wish) -> web.StreamResponse:
    """The response; raises BadRequest when the answer is too long for the form or for the operator's limit.

    Raises NotFound, with status 410, when its rows are not on the disk any more.
    """
    if not answer.result.is_there:
        raise NotFound("the rows of this answer have been removed from the disk; ask again with a new job", status=410)
    page = None if wish.form.picture else _page(request, answer, wish)
    options = Options(page, wish.meta, wish.bom, wish.look)
    coding = accepted_coding(request.headers.get("Accept-Encoding", IDENTITY))
    if answer.result.file is not None and not wish.form.picture and (page is None or page.limit > BATCH):
        return await _stream(request, answer, wish, options, coding)
    rendering = await _rendering(request, answer, wish.form, options, coding)
    return _whole(request, answer, wish, options, rendering)


def whole(request: web.Request, answer: Answer) -> bool:
    """Whether it may be given at once: it is in memory, and has no more rows than the operator allows."""
    most = request.app[SETTINGS].results.max_rows
    return answer.result.file is None and not (most and answer.result.length > most)


def _whole(request: web.Request, answer: Answer, wish: Wish, options: Options, rendering: Rendering) -> web.Response:
    headers = _headers(request, answer, wish, options, rendering.etag)
    if rendering.alt is not None:
        headers["Alt-Text"] = "".join(
            filter(str.isprintable, rendering.alt.encode("ascii", "backslashreplace").decode())
        )
    if _known(request, rendering.etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = _content_type(wish.form)
    if rendering.coding != IDENTITY:
        headers["Content-Encoding"] = rendering.coding
    return web.Response(body=rendering.body, headers=headers)


def _page(request: web.Request, answer: Answer, wish: Wish) -> Page | None:
    total, most = answer.result.length, request.app[SETTINGS].results.max_rows
    if wish.limit is None and wish.offset is None:
        if most and total > most:
            raise BadRequest(
                f"the answer has {total} rows, and [results] max_rows allows {most} at once; "
                f"ask for pages with limit={most}&offset=0",
                rows=total,
                max_rows=most,
            )
        return None
    offset = wish.offset or 0
    limit = wish.limit if wish.limit is not None else max(total - offset, 1)
    if most and limit > most:
        raise BadRequest(
            f"limit={limit} is more than the {most} rows that [results] max_rows allows",
            parameter="limit",
            max_rows=most,
        )
    after = _link(request, offset + limit, limit) if offset + limit < total else None
    before = _link(request, max(0, offset - limit), limit) if offset else None
    return Page(offset, limit, total, after, before)


def _link(request: web.Request, offset: int, limit: int) -> str:
    query = [(name, value) for name, value in request.query.items() if name not in {"offset", "limit"}]
    return f"{request.path}?{urlencode([*query, ('limit', limit), ('offset', offset)])}"


async def _rendering(request: web.Request, answer: Answer, form: Format, options: Options, coding: str) -> Rendering:
    """The bytes, made in a thread the first time, and compressed there the first time that this is wished."""
    plain = answer.renderings.get((form.name, options))
    if plain is not None and not _shrinks(plain, form, coding):
        return plain
    key = (form.name, options, coding)
    known = answer.renderings.get(key)
    if known is not None:
        return known
    making = answer.making.get(key)
    if making is None:
        making = answer.making[key] = asyncio.ensure_future(_made(request, answer, form, options, coding))
        making.add_done_callback(partial(_is_made, answer, key))
    # The same asked at once is made once, and goes on when one of those who asked goes away.
    return await asyncio.shield(making)


def _is_made(answer: Answer, key: Any, making: asyncio.Future[Rendering]) -> None:
    del answer.making[key]
    if not making.cancelled():
        making.exception()  # known to whoever waits, if anybody still does


async def _made(request: web.Request, answer: Answer, form: Format, options: Options, coding: str) -> Rendering:
    drawn = await _draw(request, answer, form, options) if form.drawn else None
    made = await asyncio.to_thread(_make, answer, form, options, coding, drawn)
    request.app[OFFICE].pool.cache.recount(answer)
    request.app[OFFICE].table.recount(answer)
    return made


async def _draw(request: web.Request, answer: Answer, form: Format, options: Options) -> Rendering:
    known = answer.renderings.get((form.name, options))
    if known is not None:
        return known
    spec = await asyncio.to_thread(b"".join, form.render(answer, options))
    scale = options.picture.scale if options.picture else 1.0
    body = await request.app[OFFICE].renderer.render(spec, form.name, scale)
    return remember(answer, form, options, body, described(spec))


def _make(answer: Answer, form: Format, options: Options, coding: str, drawn: Rendering | None) -> Rendering:
    plain = drawn or render(answer, form, options)
    if not _shrinks(plain, form, coding):
        return plain
    made = Rendering(compress(plain.body, coding), f'{plain.etag[:-1]}-{coding}"', coding, plain.alt)
    if options.page is None and answer.has_room(len(made.body)):
        answer.renderings[form.name, options, coding] = made
    return made


def _shrinks(plain: Rendering, form: Format, coding: str) -> bool:
    """Whether compressing is wished and worth it."""
    return coding != IDENTITY and len(plain.body) >= WORTHWHILE and not form.packed


def _headers(request: web.Request, answer: Answer, wish: Wish, options: Options, etag: str) -> dict[str, str]:
    headers = dict(answer.headers)
    form, age = wish.form, request.app[SETTINGS].cache.max_age
    headers["ETag"] = etag
    headers["Cache-Control"] = f"max-age={age}" if age and not wish.fresh else "no-cache"
    headers["Vary"] = VARY
    if form.download:
        headers["Content-Disposition"] = f'attachment; filename="{_file_name(answer, options)}.{form.name}"'
    if options.page:
        headers["Total-Rows"] = str(options.page.total)
        links = {"next": options.page.next, "prev": options.page.previous}
        if any(links.values()):
            headers["Link"] = ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items() if address)
    return headers


def _file_name(answer: Answer, options: Options) -> str:
    """The statistic, its arguments, and the rows of a page, in letters that every system takes."""
    words = [answer.provenance.statistic]
    for value in answer.provenance.arguments.values():
        text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if value is not None:
            words.append(re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:LONGEST_WORD])
    rows = f"_from-row-{options.page.offset + 1}" if options.page else ""
    return "_".join(filter(None, words))[:LONGEST_NAME] + rows


def _content_type(form: Format) -> str:
    return f"{form.media_type}; charset={form.charset}" if form.charset else form.media_type


def _known(request: web.Request, etag: str) -> bool:
    """Whether the client has it already; compared weakly, as RFC 9110 says for If-None-Match."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    if header.strip() == "*":
        return True
    return etag in {tag.strip().removeprefix("W/") for tag in header.split(",")}


async def _stream(
    request: web.Request, answer: Answer, wish: Wish, options: Options, coding: str
) -> web.StreamResponse:
    """A long answer, piece by piece from its file; what is not read is not made."""
    form = wish.form
    coding = IDENTITY if form.packed else coding
    pieces = form.render(answer, options)
    first = await _first(pieces)
    rows = f"{options.page.offset}-{options.page.limit}" if options.page else "all"
    chosen = f"{form.name}-{rows}-{options.bom:d}{options.meta:d}-{coding}"
    etag = f'"{answer.key[:12]}-{answer.provenance.computed_at}-{chosen}"'
    headers = _headers(request, answer, wish, options, etag)
    if _known(request, etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = _content_type(form)
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    rest = itertools.chain([first], pieces)
    try:
        await _send(response, rest if coding == IDENTITY else compress_pieces(rest, coding))
    except ConnectionError:  # the client has gone
        raise
    except TimeoutError:
        log.info("%s %s: its client has read nothing for %g s", request.method, request.raw_path, PATIENCE)
        if request.transport is not None:
            request.transport.abort()
    except Exception:
        log.exception("%s %s failed in its midst, id=%s", request.method, request.raw_path, request[REQUEST_ID])
        # A broken connection is all that is left to say that the rest is missing.
        if request.transport is not None:
            request.transport.abort()
    return response


async def _first(pieces: Iterator[bytes]) -> bytes:
    """The first piece that holds something: what is wrong with the answer is known by then."""
    while (piece := await asyncio.to_thread(next, pieces, None)) == b"":
        pass
    return piece or b""


async def _send(response: web.StreamResponse, pieces: Iterator[bytes]) -> None:
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        async with asyncio.timeout(PATIENCE):  # whoever reads nothing must not keep the file for ever
            await response.write(piece)
    await response.write_eof()
