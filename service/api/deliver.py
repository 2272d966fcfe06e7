"""An answer in the form that was wished for: whole, as a page, streamed, or "not modified"."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from urllib.parse import urlencode

from aiohttp import web

from service.answers import Answer, Rendering
from service.api.encodings import IDENTITY, WORTHWHILE, accepted, compress, compress_pieces
from service.api.keys import OFFICE, SETTINGS
from service.api.wishes import Wish
from service.errors import BadRequest
from service.formats import Format, described, remember, render
from service.formats.options import Options, Page

VARY = "Accept, Accept-Encoding"


async def deliver(request: web.Request, answer: Answer, wish: Wish) -> web.StreamResponse:
    """The response; raises BadRequest when the answer is too long for the form or for the operator's limit."""
    page = None if wish.form.picture else _page(request, answer, wish)
    options = Options(page, wish.meta, wish.bom, wish.look)
    coding = accepted(request.headers.get("Accept-Encoding", IDENTITY))
    if answer.result.file is not None and page is None and not wish.form.picture:
        return await _stream(request, answer, wish.form, options, coding)
    rendering = await _rendering(request, answer, wish.form, options, coding)
    return _whole(request, answer, wish.form, options, rendering)


def _whole(request: web.Request, answer: Answer, form: Format, options: Options, rendering: Rendering) -> web.Response:
    headers = _headers(request, answer, form, options, rendering.etag)
    if rendering.alt is not None:
        headers["Alt-Text"] = rendering.alt.encode("ascii", "backslashreplace").decode()
    if _known(request, rendering.etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = _content_type(form)
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
    known = answer.renderings.get((form.name, options, coding))
    if known is None:
        drawn = await _draw(request, answer, form, options) if form.drawn else None
        known = await asyncio.to_thread(_make, answer, form, options, coding, drawn)
        request.app[OFFICE].pool.cache.recount(answer)
        request.app[OFFICE].table.recount(answer)
    return known


async def _draw(request: web.Request, answer: Answer, form: Format, options: Options) -> Rendering:
    known = answer.renderings.get((form.name, options))
    if known is not None:
        return known
    spec = await asyncio.to_thread(b"".join, form.render(answer, options))
    scale = options.look.scale if options.look else 1.0
    body = await request.app[OFFICE].artist.draw(spec, form.name, scale)
    return remember(answer, form, options, body, described(spec))


def _make(answer: Answer, form: Format, options: Options, coding: str, drawn: Rendering | None) -> Rendering:
    plain = drawn or render(answer, form, options)
    if not _shrinks(plain, form, coding):
        return plain
    made = Rendering(compress(plain.body, coding), f'{plain.etag[:-1]}-{coding}"', coding, plain.alt)
    if options.page is None:
        answer.renderings[form.name, options, coding] = made
    return made


def _shrinks(plain: Rendering, form: Format, coding: str) -> bool:
    """Whether compressing is wished and worth it."""
    return coding != IDENTITY and len(plain.body) >= WORTHWHILE and not form.packed


def _headers(request: web.Request, answer: Answer, form: Format, options: Options, etag: str) -> dict[str, str]:
    headers = dict(answer.headers)
    age = request.app[SETTINGS].cache.max_age
    headers["ETag"] = etag
    headers["Cache-Control"] = f"max-age={age}" if age else "no-cache"
    headers["Vary"] = VARY
    if form.download:
        headers["Content-Disposition"] = f'attachment; filename="{_file_name(answer)}.{form.name}"'
    if options.page:
        headers["Total-Rows"] = str(options.page.total)
        links = {"next": options.page.next, "prev": options.page.previous}
        if any(links.values()):
            headers["Link"] = ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items() if address)
    return headers


def _file_name(answer: Answer) -> str:
    """The statistic and the arguments that were not left to their defaults, in letters that every system takes."""
    words = [answer.provenance.statistic]
    for value in answer.provenance.arguments.values():
        text = str(value)
        if value is not None and len(text) <= 30:
            words.append("".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text))
    return "_".join(words)[:120]


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
    request: web.Request, answer: Answer, form: Format, options: Options, coding: str
) -> web.StreamResponse:
    """A long answer, piece by piece from its file; what is not read is not made."""
    coding = IDENTITY if form.packed else coding
    pieces = form.render(answer, options)
    first = await asyncio.to_thread(next, pieces, b"")
    etag = f'"{answer.key[:12]}-{answer.provenance.computed_at}-{form.name}-{options.bom:d}{options.meta:d}-{coding}"'
    headers = _headers(request, answer, form, options, etag)
    if _known(request, etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = _content_type(form)
    if coding != IDENTITY:
        headers["Content-Encoding"] = coding
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    rest = _chain(first, pieces)
    sent = rest if coding == IDENTITY else compress_pieces(rest, coding)
    while (piece := await asyncio.to_thread(next, sent, None)) is not None:
        await response.write(piece)
    await response.write_eof()
    return response


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
