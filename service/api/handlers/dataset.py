"""The process over HTTP: its dataset, a reload, and its shutdown."""

from __future__ import annotations

from aiohttp import web

from service.api.access import require_local
from service.api.app_keys import LIBRARY, OFFICE, SHUTDOWN
from service.api.bodies import json_response

routes = web.RouteTableDef()


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
    found = await request.app[LIBRARY].reload(request.app[OFFICE].pool)
    body = {"dataset": found.dataset, **found.changes._asdict(), "faults": found.faults}
    return json_response({"status": "done", "data": body})


@routes.get("/api/graceful_shutdown", allow_head=False)  # HEAD is for looking, also to programs that know no better
@routes.post("/api/graceful_shutdown")
async def graceful_shutdown(request: web.Request) -> web.Response:
    """Take no new jobs, finish the pending ones, then end; tells whether any is pending still."""
    require_local(request)
    request.app[SHUTDOWN].begin(request.path)
    return json_response({"status": "running" if request.app[OFFICE].table.pending else "done"})
