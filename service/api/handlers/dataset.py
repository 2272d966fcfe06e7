"""The table that answers come from, and the values of its columns."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import json_response
from service.api.options import ChoicesOptions, NoOptions, options_of
from service.dataset.choices import CODES, Choice
from service.errors import NotFound


async def dataset(request: web.Request) -> web.Response:
    """Which data the answers come from."""
    options_of(request, NoOptions)
    editions = request.app[SERVICE].editions
    fault = {"fault": editions.fault.reason} if editions.fault else {}
    return json_response({"status": "done", "data": editions.current.engine.facts._asdict(), **fault})


async def choices(request: web.Request) -> web.Response:
    """The values of a column with their codes: `?search=WORDS` narrows them, `?code=COLUMN` names the codes' column."""
    options = options_of(request, ChoicesOptions)
    column = request.match_info["column"]
    code = CODES.get(column) if options.code is None else options.code
    with request.app[SERVICE].editions.using() as edition:
        try:
            allowed = await asyncio.to_thread(edition.engine.choices, column, code)
        except ValueError as error:
            raise NotFound(str(error), allowed=list(edition.engine.columns)) from None
    words = options.search.casefold().split()
    found = [_described(choice) for choice in allowed if _matches(choice, words)]
    return json_response({"status": "done", "data": found})


def _described(choice: Choice) -> dict[str, Any]:
    """`names` only where there are any."""
    names = {"names": choice.names} if choice.names else {}
    return {"value": choice.value, "code": choice.code, **names}


def _matches(choice: Choice, words: list[str]) -> bool:
    text = " ".join(map(str, (choice.value, choice.code or "", *choice.names))).casefold()
    return all(word in text for word in words)
