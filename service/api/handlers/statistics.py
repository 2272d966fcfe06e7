"""The catalogue over HTTP: the statistics, their SQL, and the values that their choices allow."""

from __future__ import annotations

import asyncio

from aiohttp import web

from service.api.app_keys import LIBRARY
from service.api.bodies import json_response, packed
from service.dataset import CODES
from service.errors import BadRequest, NotFound

routes = web.RouteTableDef()


@routes.get("/api/statistics")
async def statistics(request: web.Request) -> web.Response:
    """Every statistic, and the files that are none, with what is wrong in them."""
    catalog = request.app[LIBRARY].catalog
    described = [statistic.describe() for statistic in catalog.statistics.values()]
    faults = [{**fault.fields, "reason": fault.reason} for fault in catalog.faults]
    return packed(json_response({"status": "done", "data": described, "faults": faults}))


@routes.get(r"/api/statistics/{name:[^/.]+}")
async def statistic(request: web.Request) -> web.Response:
    """One statistic, with its SQL."""
    found = request.app[LIBRARY].catalog.find(request.match_info["name"])
    return json_response({"status": "done", "data": {**found.describe(), "sql": found.sql}})


@routes.get(r"/api/statistics/{name:[^/.]+}.sql")
async def sql(request: web.Request) -> web.Response:
    """The file of a statistic, as it was loaded."""
    return web.Response(text=request.app[LIBRARY].catalog.find(request.match_info["name"]).sql)


@routes.get("/api/choices/{column}")
async def choices(request: web.Request) -> web.Response:
    """The values of a column with their codes: `?search=WORDS` narrows them, `?code=COLUMN` names the codes' column."""
    unknown = request.query.keys() - {"search", "code"}
    if unknown:
        name = min(unknown)
        raise BadRequest(f"there is no parameter named {name!r}", parameter=name, allowed=["search", "code"])
    dataset = request.app[LIBRARY].dataset
    column = request.match_info["column"]
    code = request.query.get("code", CODES.get(column))
    try:
        allowed = await asyncio.to_thread(dataset.choices, column, code)
    except ValueError as error:
        raise NotFound(str(error), allowed=list(dataset.columns)) from None
    words = request.query.get("search", "").casefold().split()
    found = [
        choice._asdict()
        for choice in allowed
        if all(word in f"{choice.value} {choice.code or ''}".casefold() for word in words)
    ]
    return json_response({"status": "done", "data": found})
