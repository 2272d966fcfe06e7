"""Queries over HTTP: a request gets its answer at once, or a job."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import hdrs, web

from service.answers.answer import Answer
from service.answers.narrowing import Filters
from service.api.access import own_fresh
from service.api.app_keys import PARSED_ADDRESSES, SERVICE
from service.api.bodies import compressed_json, error_response, json_object, json_response
from service.api.negotiation import format_of
from service.api.options import AskOptions, StartOptions, options_of
from service.api.public_url import public_address
from service.api.responses import answer_response, provenance_headers
from service.api.waiting import preferred_wait, seconds_to_wait
from service.errors import BadRequest, NotFound, ServiceError, brief
from service.formats.format_options import Options
from service.formats.registry import FORMATS, Format
from service.jobs.idempotency import keyed_request
from service.jobs.job import Job
from service.jobs.query import Query
from service.runtime.lifespan import Service
from service.statistics.statistic import Statistic


async def start(request: web.Request) -> web.Response:
    """Start any statistic: {"statistic": "best5", "arguments": {...}}."""
    body = await json_object(request)
    unknown = body.keys() - {"statistic", "arguments"}
    if unknown:
        other = min(unknown)
        raise BadRequest(f"{other!r} is not for the body; it holds statistic and arguments", parameter=other)
    name, arguments = body.get("statistic"), body.get("arguments", {})
    if not isinstance(name, str):
        what = f"statistic is {brief(name)}, but must be a text" if "statistic" in body else "statistic is missing"
        raise BadRequest(f'{what}: name one, as in {{"statistic": "best5"}}', parameter="statistic")
    if not isinstance(arguments, dict):
        raise BadRequest('arguments must be an object such as {"question": "Q036"}', parameter="arguments")
    try:
        statistic = request.app[SERVICE].editions.current.catalog.find(name)
    except NotFound as error:
        raise BadRequest(error.reason, **error.fields) from None
    return await _start(request, statistic, arguments)


async def start_statistic(request: web.Request) -> web.Response:
    """Start the statistic that the path names; the body holds its arguments."""
    editions, name = request.app[SERVICE].editions, request.match_info["statistic"]
    editions.current.catalog.find(name)  # an unknown name is reported before faults of the body
    arguments = await json_object(request)
    # Found again, since a reload may have happened while the body arrived.
    return await _start(request, editions.current.catalog.find(name), arguments)


async def _start(request: web.Request, statistic: Statistic, given: dict[str, Any]) -> web.Response:
    """Start a job: 202, or its answer when it ends within the seconds of `Prefer: wait=N`."""
    service, options = request.app[SERVICE], own_fresh(request, options_of(request, StartOptions))
    key = options.idempotency_key
    keyed = None if key is None else keyed_request(key, statistic.name, given)
    query = service.editions.current.query(statistic, given)
    job, known = await service.jobs.submit(query, fresh=options.fresh, keyed=keyed)
    wait = preferred_wait(options.prefer)
    if not wait:
        return _accepted(request, job.describe() if known else job.acceptance())
    job = await service.jobs.ended(job, wait)
    if job.error is not None:
        return error_response(request, with_id(job, job.error))
    answer = await service.jobs.answer(job)
    if answer is None or not _is_short(service, answer):
        return _accepted(request, job.describe())
    rendering = await service.renderings.get(answer, FORMATS["json"], Options(meta=options.meta))
    headers = {**provenance_headers(answer), "Preference-Applied": f"wait={wait:g}"}
    return await compressed_json(request, b'{"job_id":%d,' % job.id + rendering.body[1:], headers)


def _is_short(service: Service, answer: Answer) -> bool:
    """Whether it may be given at once: it is in memory, and has no more rows than the operator allows."""
    most = service.settings.results.max_rows
    return answer.result.file is None and not (most and answer.result.length > most)


def _accepted(request: web.Request, described: dict[str, Any]) -> web.Response:
    location = public_address(request, f"/api/status/{described['job_id']}")
    headers = {"Location": location, "Retry-After": "1"}
    return json_response(described, status=202, headers=headers)


def with_id(job: Job, error: ServiceError) -> ServiceError:
    """A job's error, with its id."""
    return ServiceError(error.reason, status=error.status, job_id=job.id, **error.fields)


async def ask(request: web.Request) -> web.StreamResponse:
    """The answer itself when it is ready in time, else a job; the query string has the arguments."""
    edition = request.app[SERVICE].editions.current
    query, suffix, options, filters = request.app[PARSED_ADDRESSES].get(request, edition)
    options = own_fresh(request, options)
    format_ = format_of(request, suffix, options.format)
    answer = await _known(request, query, options)
    if answer is None:
        return await _ask(request, query, format_, options, filters)
    return await answer_response(request, answer, format_, options, filters, asked=_asked(query, options))


def _asked(query: Query, options: AskOptions) -> tuple[str, bool]:
    """What identifies an answer for a client that reads it in parts."""
    return query.key, options.fresh


async def _known(request: web.Request, query: Query, options: AskOptions) -> Answer | None:
    """A known answer; for a part, the one that the client's earlier parts came from, even if it had to be fresh."""
    service, asked = request.app[SERVICE], _asked(query, options)
    if hdrs.RANGE in request.headers and (answer := service.renderings.being_read(asked)) is not None:
        return answer
    if options.fresh:
        return None
    return await service.jobs.known(query.key) or service.renderings.being_read(asked)


async def _ask(
    request: web.Request, query: Query, format_: Format, options: AskOptions, filters: Filters
) -> web.StreamResponse:
    """Run it, and wait; a job whose id was not given to anyone is cancelled when its client goes away."""
    service = request.app[SERVICE]
    job = await service.jobs.begin(query, fresh=options.fresh)
    try:
        job = await service.jobs.ended(job, seconds_to_wait(options, service.settings.server.wait))
        answer = await service.jobs.answer(job)
        if answer is not None:
            asked = _asked(query, options)
            return await answer_response(request, answer, format_, options, filters, asked=asked)
        if job.error is not None:
            return error_response(request, with_id(job, job.error))
        await service.jobs.acknowledge(job)
        return _accepted(request, job.describe())
    except (asyncio.CancelledError, ServiceError) as error:
        if not job.finished:
            reason = error if isinstance(error, ServiceError) else ServiceError("its client went away", status=409)
            with suppress(ServiceError):
                await service.jobs.cancel(job, reason)
        raise
