"""The page at /: what there is to ask."""

from __future__ import annotations

from html import escape

from aiohttp import web

from service.api.keys import LIBRARY

routes = web.RouteTableDef()


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
<p>Try them in <a href="/docs">the docs</a>; programs read <a href="/api/openapi.json">openapi.json</a>.</p>
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
