"""What the operator watches, as Prometheus reads it."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from service.api.access import require_local
from service.api.app_keys import METRICS
from service.api.options import NoOptions, options_of


async def local_metrics(request: web.Request) -> web.Response:
    """For a caller on this machine: it says more of the service than strangers need to know."""
    require_local(request)
    return await metrics(request)


async def metrics(request: web.Request) -> web.Response:
    """For whoever reaches the port, which is one of its own."""
    options_of(request, NoOptions)
    return web.Response(body=await request.app[METRICS].exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})
