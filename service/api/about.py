"""What the service knows of itself: its statistics, its dataset, its routes; and its shutdown."""

from __future__ import annotations

from html import escape

from aiohttp import web

from service.api.answers import json_response
from service.api.keys import LIBRARY, POOL, SHUTDOWN, TABLE
from service.api.local import require_local

routes = web.RouteTableDef()


@routes.get("/api/statistics")
async def statistics(request: web.Request) -> web.Response:
    """Every statistic, and the files that are none, with what is wrong in them."""
    catalog = request.app[LIBRARY].catalog
    described = [statistic.describe() for statistic in catalog.statistics.values()]
    faults = [{**fault.fields, "reason": fault.reason} for fault in catalog.faults]
    return json_response({"status": "done", "data": described, "faults": faults})


@routes.get("/api/dataset")
async def dataset(request: web.Request) -> web.Response:
    """Which data the answers come from."""
    library = request.app[LIBRARY]
    fault = {"fault": library.fault.reason} if library.fault else {}
    return json_response({"status": "done", "data": library.dataset.describe(), **fault})


@routes.post("/api/reload")
async def reload(request: web.Request) -> web.Response:
    """Take up changed SQL files and a changed table; tells what changed and what is broken."""
    require_local(request)
    found = await request.app[LIBRARY].reload(request.app[POOL])
    body = {"dataset": found.dataset, **found.changes._asdict(), "faults": found.faults}
    return json_response({"status": "done", "data": body})


@routes.get("/api/graceful_shutdown")
@routes.post("/api/graceful_shutdown")
async def graceful_shutdown(request: web.Request) -> web.Response:
    """Take no new jobs, finish the pending ones, then end; tells whether any is pending still."""
    require_local(request)
    request.app[SHUTDOWN].begin(request.path)
    return json_response({"status": "running" if request.app[TABLE].pending else "done"})


@routes.get("/")
async def index(request: web.Request) -> web.Response:
    """A page that lists the routes and the statistics."""
    facts = request.app[LIBRARY].dataset.facts
    sample = "<p><strong>This is a modelled sample, not the CDC's table.</strong></p>" if facts.sample else ""
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Health of US states</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: .2rem 1rem .2rem 0; vertical-align: top }}</style>
<h1>Health of US states</h1>{sample}
<p>{facts.rows:,} rows, survey years {facts.years[0]} to {facts.years[-1]}, dataset {facts.version},
from {escape(facts.source)}.</p>
{_faults(request)}
<h2>Statistics</h2><table>{_statistics(request)}</table>
<h2>Routes</h2><table>{_routes(request)}</table></html>"""
    return web.Response(text=page, content_type="text/html")


def _faults(request: web.Request) -> str:
    library = request.app[LIBRARY]
    reasons = [fault.reason for fault in (*library.catalog.faults, *([library.fault] if library.fault else []))]
    return "".join(f"<p><strong>Broken:</strong> <code>{escape(reason)}</code></p>" for reason in reasons)


def _statistics(request: web.Request) -> str:
    return "".join(
        f"<tr><td><code>POST /api/{statistic.name}</code><td>{escape(statistic.summary)}"
        f"<td>{escape(', '.join(statistic.parameters))}"
        for statistic in request.app[LIBRARY].catalog.statistics.values()
    )


def _routes(request: web.Request) -> str:
    return "".join(
        f"<tr><td><code>{route.method} {escape(route.resource.canonical)}</code>"
        f"<td>{escape((route.handler.__doc__ or '').splitlines()[0])}"
        for route in request.app.router.routes()
        if route.resource and route.method != "HEAD"
    )
