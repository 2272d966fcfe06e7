"""The table that answers come from, and the values of its columns."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import json_bytes, json_response
from service.api.negotiation import format_of
from service.api.options import ChoicesOptions, NoOptions, ReadOptions, options_of, split_options
from service.api.responses import answer_response
from service.dataset.choices import CODES, Choice
from service.dataset.missing import MISSING
from service.encoding import encode_line
from service.engine.protocol import Engine
from service.errors import BadRequest, NotFound
from service.formats.registry import FORMATS
from service.suggest import folded_code
from service.threads import in_short_thread


async def dataset(request: web.Request) -> web.Response:
    """Which data the answers come from."""
    options_of(request, NoOptions)
    editions = request.app[SERVICE].editions
    fault = {"fault": editions.fault.reason} if editions.fault else {}
    facts = editions.current.engine.facts._asdict()
    return json_response({"status": "done", "data": facts | {"missing": [kind._asdict() for kind in MISSING]}, **fault})


async def table(request: web.Request) -> web.StreamResponse:
    """The table itself, in a format of rows."""
    options, filters = split_options(request, ReadOptions)
    format_ = format_of(request, request.match_info["format"], options.format)
    if format_.picture:
        rows = [name for name, each in FORMATS.items() if not each.picture]
        raise BadRequest("the table itself has no picture; ask for a format of rows", parameter="format", allowed=rows)
    table_files = request.app[SERVICE].table_files
    return await answer_response(request, await table_files.answer(), format_, options, filters, files=table_files)


async def choices(request: web.Request) -> web.Response:
    """The values of a column with their codes: `?search=WORDS` filters them, `?code=COLUMN` names the codes' column."""
    options = options_of(request, ChoicesOptions)
    column = request.match_info["column"]
    code = CODES.get(column) if options.code is None else options.code
    with request.app[SERVICE].editions.using() as edition:
        try:
            body = await in_short_thread(_found, edition.engine, column, code, options.search)
        except ValueError as error:
            raise NotFound(str(error), allowed=list(edition.engine.columns)) from None
    return json_bytes(body)


def _found(engine: Engine, column: str, code: str | None, search: str) -> bytes:
    """The choices that match, as JSON; raises ValueError for a name that is not a column."""
    words = search.casefold().split()
    found = [_described(choice) for choice in engine.choices(column, code) if _matches(choice, words)]
    return encode_line({"status": "done", "data": found})


def _described(choice: Choice) -> dict[str, Any]:
    """`names` only where there are any."""
    names = {"names": choice.names} if choice.names else {}
    return {"value": choice.value, "code": choice.code, **names}


def _matches(choice: Choice, words: list[str]) -> bool:
    text = " ".join(map(str, (choice.value, choice.code or "", *choice.names))).casefold()
    code = choice.code and folded_code(choice.code)
    return all(word in text or folded_code(word) == code for word in words)
