"""Whether the process lives, and whether it can take requests."""

from __future__ import annotations

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import json_response
from service.api.options import NoOptions, options_of
from service.errors import Unavailable
from service.runtime.readiness import checked


async def live(request: web.Request) -> web.Response:
    """The event loop answers; whatever else is wrong, a restart may not help."""
    options_of(request, NoOptions)
    return json_response({"status": "done"})


async def ready(request: web.Request) -> web.Response:
    """Every check by its name; 503 when one of them fails, and while the service drains."""
    options_of(request, NoOptions)
    found, failed = await checked(request.app[SERVICE])
    if failed:
        reasons = "; ".join(f"{name}: {found[name]}" for name in failed)
        raise Unavailable(f"not ready: {reasons}", failed=failed, checks=found)
    return json_response({"status": "done", "checks": found})
