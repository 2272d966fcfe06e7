"""Server-sent events: each change of a job, as it happens."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp_sse import sse_response

from service.api.app_keys import SERVICE
from service.api.handlers.jobs import job_id_of
from service.api.options import EventsOptions, options_of

STALLED = 10.0
"""Seconds after which a client that does not read is dropped; it reconnects by itself and misses nothing."""


async def all_events(request: web.Request) -> web.StreamResponse:
    """Changes of all jobs."""
    return await _follow(request, None)


async def one_jobs_events(request: web.Request) -> web.StreamResponse:
    """Changes of one job: first what it is now; after its end there are no more."""
    return await _follow(request, job_id_of(request.match_info["id"]))


async def _follow(request: web.Request, job_id: int | None) -> web.StreamResponse:
    last = options_of(request, EventsOptions).last_event_id
    async with request.app[SERVICE].jobs.listen(job_id, last) as listener:
        if last and not listener.live and not listener.past:
            return web.Response(status=204)  # keeps a browser from reconnecting
        async with sse_response(request, send_timeout=STALLED) as response:
            try:
                async for event in listener:
                    await response.send(event.data, id=event.id, event=event.kind)
                    await asyncio.sleep(0)  # many may be waiting: others take turns
            except TimeoutError:
                listener.dropped = True
            if listener.dropped and request.transport:
                request.transport.abort()
                raise ConnectionAbortedError("its client reads too slowly")
    return response
