"""Server-sent events: each change of a job, as it happens."""

from __future__ import annotations

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response

from service.api.app_keys import OFFICE
from service.api.handlers.jobs import job_named
from service.jobs.events import Event, Events
from service.jobs.job import Job

STALLED = 10.0
"""Seconds after which a client that does not read is dropped; it comes back by itself and misses nothing."""

routes = web.RouteTableDef()


@routes.get("/api/jobs/events")
async def all_events(request: web.Request) -> web.StreamResponse:
    """Changes of all jobs."""
    return await _follow(request, None)


@routes.get("/api/status/{id}/events")
async def job_events(request: web.Request) -> web.StreamResponse:
    """Changes of one job: first what it is now; after its end there are no more."""
    return await _follow(request, job_named(request, request.match_info["id"]))


async def _follow(request: web.Request, job: Job | None) -> web.StreamResponse:
    events = request.app[OFFICE].events
    last = request.headers.get("Last-Event-ID")
    async with events.listen(job.id if job else None) as listener:
        now = [events.snapshot(job)] if job else []
        missed = events.missed(last) if last else now
        past = now if missed is None else [event for event in missed if job is None or event.job_id == job.id]
        if last and job and job.finished and not past:
            return web.Response(status=204)  # tells a browser not to come back
        async with sse_response(request, send_timeout=STALLED) as response:
            if missed is None:
                # What came before is not known any more: the client lists the jobs anew.
                await response.send("{}", id=events.newest, event="reset")
            for event in past:
                await _send(response, events, event)
            if not (job and job.finished):
                async for event in listener:
                    await _send(response, events, event)
                    if job and job.finished and event.state is job.state:
                        break
            if listener.dropped and request.transport:
                request.transport.abort()
    return response


async def _send(response: EventSourceResponse, events: Events, event: Event) -> None:
    await response.send(event.describe(), id=events.id_of(event), event="job")
