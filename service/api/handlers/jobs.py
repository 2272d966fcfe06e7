"""Jobs over HTTP: their state and results, their list, and their end."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from aiohttp import web

from service.api.app_keys import OFFICE, SETTINGS
from service.api.bodies import error_response, json_bytes, json_response
from service.api.handlers.queries import saved, with_id
from service.api.options import once, refuse_others, split_query, split_suffix, wait_of, wish_of
from service.api.responses import deliver
from service.encoding import encode
from service.errors import BadRequest, ServiceError
from service.jobs.job import Job, State
from service.statistics.contract import TAKEN

RUNNING = encode({"status": "running"})
ID = re.compile(r"[0-9]{1,18}")

routes = web.RouteTableDef()


def job_named(request: web.Request, text: str) -> Job:
    """The job of an id as it stands in a path; raises BadRequest and NotFound."""
    if not ID.fullmatch(text):
        raise BadRequest(f"{text[:60]!r} is no job id; an id is a whole number from 1", parameter="id")
    return request.app[OFFICE].table.get(int(text), time.time())


def _described(request: web.Request, job: Job) -> dict[str, Any]:
    described = job.describe()
    progress = request.app[OFFICE].pool.progress(job) if job.state is State.RUNNING else None
    return described if progress is None else {**described, "progress": progress}


@routes.get("/api/status/{id}")
async def status(request: web.Request) -> web.Response:
    """The job, with its exact state; `?wait=N` waits for a change of it."""
    own, left = split_query(request)
    refuse_others({**left, **own}, frozenset({"wait"}))
    job = job_named(request, request.match_info["id"])
    wait = wait_of(request, own, 0)
    if wait and not job.finished:
        await asyncio.wait([job.next_change()], timeout=wait)
    return json_response(_described(request, job))


@routes.get("/api/results/{id}")
@routes.get("/api/get_results/{id}")
async def results(request: web.Request) -> web.StreamResponse:
    """The job's answer, or that it is running; a job about to end is waited for, which spares the caller a poll."""
    text, suffix = split_suffix(request.match_info["id"])
    own, left = split_query(request)
    refuse_others({**left, **own}, TAKEN - {"fresh"})
    job = job_named(request, text)
    wish = wish_of(request, suffix, own)
    wait = wait_of(request, own, request.app[SETTINGS].server.results_wait)
    await job.ended(wait)
    if job.answer is not None:
        return await deliver(request, job.answer, wish)
    if job.error is not None:
        return error_response(request, with_id(job, job.error))
    return json_bytes(RUNNING, headers={"Retry-After": "1"})


@routes.delete("/api/jobs/{id}")
async def cancel(request: web.Request) -> web.Response:
    """End a job before its time; 503 when it has ended, but the journal cannot tell the next process."""
    job = job_named(request, request.match_info["id"])
    if job.finished:
        raise ServiceError(f"job {job.id} has ended already: it is {job.state}", status=409, job_id=job.id)
    request.app[OFFICE].pool.cancel(job, ServiceError("the job was cancelled", status=409))
    try:
        await saved(job)
    except ServiceError as error:
        reason = f"job {job.id} is cancelled, but would run again after a restart: {error.reason}"
        raise ServiceError(reason, status=error.status, job_id=job.id, **error.fields) from None
    return json_response(job.describe())


@routes.get("/api/jobs")
async def jobs(request: web.Request) -> web.Response:
    """The jobs, newest last: all, or those of some `status` and `statistic`, `since` a time.

    Of these the `newest` so many, in pages of `limit`.
    """
    own, left = split_query(request)
    refuse_others({**left, **own}, frozenset({"status", "statistic", "since", "limit", "cursor", "newest"}))
    states, statistics = set(map(_state, left.pop("status", State))), left.pop("statistic", None)
    given = {name: once(name, values) for name, values in left.items()} | own
    since, limit, after = _time(given.get("since")), _whole(given, "limit"), _whole(given, "cursor") or 0
    found: Iterable[Job] = (
        job
        for job in request.app[OFFICE].table.all(time.time())
        if job.id > after
        and job.state in states
        and (statistics is None or job.statistic in statistics)
        and job.submitted_at >= since
    )
    if (newest := _whole(given, "newest")) is not None:
        found = deque(found, newest)
    listed = list(found if limit is None else islice(found, limit + 1))
    more = limit is not None and len(listed) > limit
    shown = listed[:limit]
    body: dict[str, Any] = {"status": "done", "data": [_described(request, job) for job in shown]}
    return json_response(body | ({"cursor": str(shown[-1].id)} if more else {}))


def _state(text: str) -> State:
    if text not in set(State):
        raise BadRequest(f"{text[:60]!r} is no state of a job", parameter="status", allowed=list(State))
    return State(text)


def _time(text: str | None) -> float:
    if text is None:
        return 0.0
    try:
        # A + of the time zone is a space in a query.
        time_given = datetime.fromisoformat(text.replace(" ", "+") if re.search(r" \d\d:\d\d$", text) else text)
        return time_given.replace(tzinfo=time_given.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        raise BadRequest(
            f"{text[:60]!r} is no time; write it as 2026-01-31T12:00:00Z", parameter="since", format="date-time"
        ) from None


def _whole(given: dict[str, str], name: str) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    least = 0 if name == "cursor" else 1
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < least:
        raise BadRequest(f"{name} must be a whole number from {least}, not {text[:60]!r}", parameter=name)
    return int(text)


@routes.get("/api/num_jobs")
async def num_jobs(request: web.Request) -> web.Response:
    """How many jobs are pending."""
    return json_response({"num_jobs": request.app[OFFICE].table.pending})
