"""Asking: a request becomes an answer at once, or a job."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Any

import msgspec
from aiohttp import web

from service.api.app_keys import LIBRARY, OFFICE, SETTINGS
from service.api.bodies import error_response, json_bytes, json_object, json_response, packed
from service.api.options import preference, refuse_others, split_query, split_suffix, truth_of, wait_of, wish_of
from service.api.responses import deliver, whole
from service.errors import BadRequest, NotFound, ServiceError, brief
from service.formats import FORMATS, render
from service.formats.options import Options
from service.jobs.idempotency import Entry
from service.jobs.job import Job
from service.statistics.contract import RESERVED
from service.statistics.parameters import read_arguments
from service.statistics.statistic import Statistic

routes = web.RouteTableDef()

# Names of other routes are left out, so that a wrong method on them is 405 and not an unknown statistic.
STATISTIC = rf"/api/{{statistic:(?!(?:{'|'.join(sorted(RESERVED))})(?:\.|$))[^/]+}}"


@routes.post("/api/start")
async def start(request: web.Request) -> web.Response:
    """Start any statistic: {"statistic": "best5", "arguments": {...}}."""
    body = await json_object(request)
    unknown = body.keys() - {"statistic", "arguments"}
    if unknown:
        raise BadRequest(
            f"{min(unknown)!r} is not for the body; it holds statistic and arguments", parameter=min(unknown)
        )
    name, arguments = body.get("statistic"), body.get("arguments", {})
    if not isinstance(name, str):
        what = f"statistic is {brief(name)}, but must be a text" if "statistic" in body else "statistic is missing"
        raise BadRequest(f'{what}: name one, as in {{"statistic": "best5"}}', parameter="statistic")
    if not isinstance(arguments, dict):
        raise BadRequest('arguments must be an object such as {"question": "Q036"}', parameter="arguments")
    try:
        statistic = request.app[LIBRARY].catalog.find(name)
    except NotFound as error:  # here the name is an argument
        raise BadRequest(error.reason, **error.fields) from None
    return await _accept(request, statistic, arguments)


@routes.post(STATISTIC)
async def start_statistic(request: web.Request) -> web.Response:
    """Start the statistic that the path names; the body holds its arguments."""
    statistic = request.app[LIBRARY].catalog.find(request.match_info["statistic"])
    return await _accept(request, statistic, await json_object(request))


async def _accept(request: web.Request, statistic: Statistic, arguments: dict[str, Any]) -> web.Response:
    """Start a job: 202, or its end when it comes within the seconds of `Prefer: wait=N`."""
    own, left = split_query(request)
    refuse_others({**left, **own}, frozenset({"fresh", "meta"}))
    wait = preference(request) or 0.0
    options = Options(meta=truth_of(own, "meta"))
    job, accepted = await _job(request, statistic, arguments, fresh=truth_of(own, "fresh"))
    await job.ended(wait)
    if wait and job.error is not None:
        return error_response(request, with_id(job, job.error))
    if wait and job.answer is not None and whole(request, job.answer):
        body = await asyncio.to_thread(render, job.answer, FORMATS["json"], options)
        request.app[OFFICE].table.recount(job.answer)
        headers = {**job.answer.headers, "Preference-Applied": f"wait={wait:g}"}
        return packed(json_bytes(b'{"job_id":%d,' % job.id + body.body[1:], headers=headers))
    return _accepted(job.describe() if wait else accepted)


async def _job(
    request: web.Request, statistic: Statistic, arguments: dict[str, Any], *, fresh: bool
) -> tuple[Job, dict[str, Any]]:
    """The job, once it is on disk, and what to say of it: a new one, queued, or that of an earlier Idempotency-Key."""
    office, now = request.app[OFFICE], time.time()
    key = request.headers.get("Idempotency-Key")
    if key is not None:
        fingerprint = hashlib.sha256(msgspec.json.encode([statistic.name, arguments], order="sorted")).hexdigest()
        known = office.keys.find(key, fingerprint, now)
        if known is not None:
            job = office.table.get(known, now)
            await saved(job)
            return job, job.describe()
    if office.journal:
        office.journal.require_writable()
    job = office.pool.submit(request.app[LIBRARY].engine, statistic, arguments, fresh=fresh)
    if key is not None:
        entry = Entry(key, fingerprint, job.id, now)
        office.keys.add(entry)
        if office.journal:
            office.journal.keyed(entry)
    try:
        await saved(job)
    except ServiceError as error:
        if key is not None:
            office.keys.remove(key)
        if not job.finished:
            office.pool.cancel(job, error)
        raise
    return job, job.acceptance()


async def saved(job: Job) -> None:
    """Return when the journal has the job; raises Unavailable when it cannot."""
    if job.saved is not None:
        await job.saved.settled()


def _accepted(described: dict[str, Any]) -> web.Response:
    headers = {"Location": f"/api/status/{described['job_id']}", "Retry-After": "1"}
    return json_response(described, status=202, headers=headers)


def with_id(job: Job, error: ServiceError) -> ServiceError:
    """A job's error, with its id."""
    return ServiceError(error.reason, status=error.status, job_id=job.id, **error.fields)


@routes.get(STATISTIC)
async def ask(request: web.Request) -> web.StreamResponse:
    """The answer itself when it is there in time, else a job; the query holds the arguments."""
    name, suffix = split_suffix(request.match_info["statistic"])
    statistic = request.app[LIBRARY].catalog.find(name)
    own, left = split_query(request)
    wish = wish_of(request, suffix, own)
    wait = wait_of(request, own, request.app[SETTINGS].server.wait)
    arguments = read_arguments(statistic.parameters, left)
    office, engine = request.app[OFFICE], request.app[LIBRARY].engine
    answer = None if wish.fresh else office.pool.find(engine, statistic, arguments)
    if answer is not None:
        return await deliver(request, answer, wish)
    job = office.pool.submit(engine, statistic, arguments, fresh=wish.fresh)
    try:
        await job.ended(wait)
        if job.answer is not None:
            return await deliver(request, job.answer, wish)
        if job.error is not None:
            return error_response(request, with_id(job, job.error))
        await saved(job)
        return _accepted(job.describe())
    except (asyncio.CancelledError, ServiceError) as error:
        # The client has gone, or was refused: nobody knows of the job.
        if not job.finished:
            reason = error if isinstance(error, ServiceError) else ServiceError("its client went away", status=409)
            office.pool.cancel(job, reason)
        raise
