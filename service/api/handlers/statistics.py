"""The catalog over HTTP: the statistics and their SQL."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import compressed_json, json_response
from service.api.options import NoOptions, options_of
from service.api.public_url import with_public_addresses
from service.encoding import encode_line
from service.statistics.statistic import Statistic


async def statistics(request: web.Request) -> web.Response:
    """Every statistic, and the files that have a fault, with what is wrong in them."""
    options_of(request, NoOptions)
    catalog = request.app[SERVICE].editions.current.catalog
    described = [_described(request, statistic) for statistic in catalog.statistics.values()]
    faults = [{**fault.fields, "reason": fault.reason} for fault in catalog.faults]
    return await compressed_json(request, encode_line({"status": "done", "data": described, "faults": faults}))


async def one(request: web.Request) -> web.Response:
    """One statistic, with its SQL."""
    statistic = _named(request)
    return json_response({"status": "done", "data": {**_described(request, statistic), "sql": statistic.sql}})


async def sql(request: web.Request) -> web.Response:
    """The file of a statistic, as it was loaded."""
    return web.Response(text=_named(request).sql)


def _described(request: web.Request, statistic: Statistic) -> dict[str, Any]:
    described = statistic.describe()
    parameters = [with_public_addresses(request, parameter) for parameter in described["parameters"]]
    return {**described, "parameters": parameters}


def _named(request: web.Request) -> Statistic:
    options_of(request, NoOptions)
    return request.app[SERVICE].editions.current.catalog.find(request.match_info["name"])
