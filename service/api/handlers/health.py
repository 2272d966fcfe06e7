"""Whether the process lives, and whether it can take requests."""

from __future__ import annotations

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import json_response
from service.api.options import NoOptions, options_of
from service.errors import Unavailable
from service.runtime.readiness import CHECKS
from service.threads import in_reading_thread


async def live(request: web.Request) -> web.Response:
    """The event loop answers; whatever else is wrong, a restart may not help."""
    options_of(request, NoOptions)
    return json_response({"status": "done"})


async def ready(request: web.Request) -> web.Response:
    """Every check by its name; 503 when one of them fails, and while the service drains."""
    options_of(request, NoOptions)
    service = request.app[SERVICE]
    now = await service.jobs.figures()
    # In a thread, since a disk may hang.
    found = await in_reading_thread(lambda: {name: check(service, now) for name, check in CHECKS.items()})
    failed = [f"{name}: {fault}" for name, fault in found.items() if fault]
    checks = {name: fault or "ok" for name, fault in found.items()}
    if failed:
        raise Unavailable(f"not ready: {'; '.join(failed)}", checks=checks)
    return json_response({"status": "done", "checks": checks})
