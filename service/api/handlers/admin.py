"""What only a caller on this machine may do: reload, and shut down."""

from __future__ import annotations

from aiohttp import web

from service.api.access import require_local
from service.api.app_keys import SERVICE
from service.api.bodies import json_response
from service.api.options import NoOptions, options_of


async def reload(request: web.Request) -> web.Response:
    """Load changed SQL files and a changed table; says what changed and what is broken."""
    require_local(request)
    options_of(request, NoOptions)
    service = request.app[SERVICE]
    found = await service.editions.reload(service.jobs.released)
    body = {"dataset": found.dataset, **found.changes._asdict(), "faults": found.faults}
    return json_response({"status": "done", "data": body})


async def graceful_shutdown(request: web.Request) -> web.Response:
    """Accept no new jobs, finish the pending ones, then end; says whether any is still pending."""
    require_local(request)
    options_of(request, NoOptions)
    service = request.app[SERVICE]
    service.shutdown.begin(request.path)
    return json_response({"status": "running" if await service.jobs.pending() else "done"})
