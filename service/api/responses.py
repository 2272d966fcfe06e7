"""An answer as a response: whole, as a page, streamed, or "not modified"."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from aiohttp import hdrs, web

from service.answers.answer import Answer, Provenance
from service.answers.narrowing import Filters, make_narrowing, narrow
from service.answers.store import Rendering
from service.api.app_keys import SERVICE
from service.api.etags import etag_of, etag_of_stream, is_known
from service.api.negotiation import coding_of
from service.api.paging import page_headers, page_of
from service.api.ranges import InMemory, OnDisk, respond
from service.api.streams import first_piece, stream
from service.compression import IDENTITY
from service.encoding import ascii_json
from service.engine.result import BATCH
from service.errors import BadRequest
from service.formats.answer_options import AnswerOptions, ResultsOptions
from service.formats.file_name import file_name
from service.formats.format_options import Options, Page
from service.formats.registry import FORMATS, Format
from service.runtime.lifespan import Service
from service.runtime.table_files import TableFiles
from service.threads import in_long_thread, in_short_thread

VARY = "Accept, Accept-Encoding"
LONGEST_HEADER = 4000
"""Characters: many clients accept lines of 8,000 at most."""
WHERE_THERE = ("narrowed", "warnings", "conclusion", "notes", "wordings")
"""Fields of the provenance that are headers, as JSON, only where they say something."""
TEXTS = ("source", "file")
"""Fields that are headers as they are; long ones that seldom change take a fifth of a known answer's time to send."""

_provenance_headers: WeakKeyDictionary[Answer, dict[str, str]] = WeakKeyDictionary()
"""Sent with every format of an answer, so they are made once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerResponse:
    """All that decides the response to a request for an answer."""

    request: web.Request
    service: Service
    answer: Answer
    format: Format
    options: Options
    coding: str
    fresh: bool
    asked: Hashable | None
    """What finds the answer again for who reads it in parts; None for picked rows, which are picked again."""
    files: TableFiles | None
    """What keeps files of the whole answer, if anything does."""

    async def make(self) -> web.StreamResponse:
        long = self.answer.result.file is not None and not self.format.picture
        if long and (self.options.page is None or self.options.page.limit > BATCH):
            coding = IDENTITY if self.format.compressed else self.coding
            in_parts = reads_in_parts(self.request) or self.files is not None
            return await (self._from_disk() if in_parts and coding == IDENTITY else self._streamed(coding))
        return await self._whole(await self._rendering())

    async def _rendering(self) -> Rendering:
        renderings, chosen = self.service.renderings, (self.answer, self.format, self.options, self.coding)
        if reads_in_parts(self.request) and self.asked is not None:
            return await renderings.for_reader(self.asked, *chosen)
        return await renderings.get(*chosen)

    async def _whole(self, rendering: Rendering) -> web.StreamResponse:
        headers = self._headers()
        if rendering.alt is not None:
            alt = rendering.alt.encode("ascii", "backslashreplace").decode()
            headers["Alt-Text"] = "".join(filter(str.isprintable, alt))
        content_headers = self._content_headers(rendering.coding)
        return await respond(self.request, InMemory(rendering.body), etag_of(rendering), headers, content_headers)

    async def _from_disk(self) -> web.StreamResponse:
        """A long answer for a client that reads it in parts: it is first rendered into a file as a whole."""
        if self.files is not None and self.options.page is None:
            file = await self.files.file(self.answer, self.format, self.options)
        else:
            file = await self.service.renderings.file_for_reader(self.asked, self.answer, self.format, self.options)
        body = OnDisk(path=file.path, length=file.bytes, modified=None)
        etag = etag_of_stream(self.answer, self.format, self.options, IDENTITY)
        return await respond(self.request, body, etag, self._headers(), self._content_headers(IDENTITY))

    async def _streamed(self, coding: str) -> web.StreamResponse:
        """A long answer, rendered piece by piece as the client reads it."""
        pieces = self.format.render(self.answer, self.options)
        first = await first_piece(pieces)
        etag = etag_of_stream(self.answer, self.format, self.options, coding)
        headers = self._headers() | {"ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
        if is_known(self.request, etag):
            return web.Response(status=304, headers=headers)
        return await stream(self.request, headers | self._content_headers(coding), first, pieces, coding)

    def _headers(self) -> dict[str, str]:
        headers = dict(provenance_headers(self.answer))
        age = self.service.settings.cache.max_age
        headers["Cache-Control"] = f"max-age={age}" if age and not self.fresh else "no-cache"
        headers["Vary"] = VARY
        if self.format.disposition:
            name = file_name(self.answer, self.format, self.options)
            headers["Content-Disposition"] = f'{self.format.disposition}; filename="{name}"'
        if self.format.bare and self.answer.provenance.citation:
            headers["Provenance-Citation"] = _ascii(self.answer.provenance.citation)
        if self.options.page:
            headers |= page_headers(self.options.page)
        return headers

    def _content_headers(self, coding: str) -> dict[str, str]:
        kind, charset = self.format.media_type, self.format.charset
        content_type = {"Content-Type": f"{kind}; charset={charset}" if charset else kind}
        return content_type if coding == IDENTITY else {**content_type, "Content-Encoding": coding}


def reads_in_parts(request: web.BaseRequest) -> bool:
    """Whether the client reads the answer in parts, or is about to."""
    return hdrs.RANGE in request.headers or request.method == hdrs.METH_HEAD


async def answer_response(
    request: web.Request,
    answer: Answer,
    format_: Format,
    options: ResultsOptions,
    filters: Filters | None = None,
    *,
    asked: Hashable | None = None,
    files: TableFiles | None = None,
) -> web.StreamResponse:
    """The response to a request for an answer; `asked` finds the answer again for a client that reads it in parts.

    Raises BadRequest when the answer is too long for the format or for the operator's limit, and NotFound, with status
    410, when its rows are no longer on the disk.
    """
    if not answer.is_there:
        raise answer.result.lost()
    service = request.app[SERVICE]
    if options.select is None and options.order is None and not filters:
        asked = asked or answer
    else:
        wanted = (answer.result.schema, options.select, options.order, filters or {})
        narrowing = await in_short_thread(make_narrowing, *wanted)
        _refuse_shaped(answer, format_)
        if asked is not None and reads_in_parts(request):
            service.renderings.hold(asked, answer)
        answer = await in_long_thread(narrow, answer, narrowing, service.spool)
        asked = files = None
    most = service.settings.results.max_rows
    page = None if format_.picture else page_of(request, options, answer.result.length, most)
    response = AnswerResponse(
        request=request,
        service=service,
        answer=answer,
        format=format_,
        options=_chosen(options, format_, page),
        coding=coding_of(request),
        fresh=isinstance(options, AnswerOptions) and options.fresh,
        asked=asked,
        files=files,
    )
    return await response.make()


def _chosen(options: ResultsOptions, format_: Format, page: Page | None) -> Options:
    picture = options.picture() if format_.picture else None
    return Options(page=page, meta=options.meta, bom=options.bom, safe=options.safe, picture=picture)


def _refuse_shaped(answer: Answer, format_: Format) -> None:
    """Raise BadRequest for a format that shows an answer as a whole."""
    if format_.picture or (format_.name == "json" and answer.returns != "rows"):
        rows = [name for name, each in FORMATS.items() if name != "json" and not each.picture]
        reason = f"rows and columns can be picked in formats of rows, and {format_.name} is none; ask for one of those"
        raise BadRequest(reason, parameter="format", allowed=rows)


def provenance_headers(answer: Answer) -> dict[str, str]:
    """The provenance as HTTP's headers, which are ASCII."""
    headers = _provenance_headers.get(answer)
    if headers is None:
        headers = _provenance_headers[answer] = _as_headers(answer.provenance)
    return headers


def _as_headers(provenance: Provenance) -> dict[str, str]:
    values = {
        "Statistic": provenance.statistic,
        "Arguments": _short(provenance.arguments),
        "Dataset": provenance.dataset,
        "Sample": str(provenance.sample).lower(),
        "Sql": provenance.sql,
        "Computed-At": provenance.computed_at,
    }
    if provenance.years:
        values["Years"] = f"{provenance.years[0]}-{provenance.years[-1]}"
    for name in TEXTS:
        if text := getattr(provenance, name):
            values[name.capitalize()] = _ascii(text)
    for name in WHERE_THERE:
        if value := getattr(provenance, name):
            values[name.capitalize()] = _short(value)
    return {f"Provenance-{name}": value for name, value in values.items()}


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def _short(value: object) -> str:
    text = ascii_json(value)
    if len(text) <= LONGEST_HEADER:
        return text
    return f"{len(text)} characters, too many for a header; the formats that have a place for them hold them"
