"""Jobs over HTTP: their state and results, their list, and their end."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import Any

from aiohttp import web

from service.answers.filters import is_group, require_column
from service.answers.narrowing import Filters
from service.api.app_keys import SERVICE
from service.api.bodies import error_response, json_bytes, json_response
from service.api.handlers.queries import with_id
from service.api.negotiation import format_of, split_suffix
from service.api.options import (
    PAGE,
    ListOptions,
    NoOptions,
    ReadOptions,
    StatusOptions,
    options_of,
    split_options,
    time_of,
)
from service.api.paging import address_with
from service.api.responses import answer_response
from service.api.waiting import seconds_to_wait
from service.encoding import encode_line
from service.errors import BadRequest, ServiceError
from service.jobs.job import Job, State
from service.jobs.protocol import Filter, JobStore
from service.runtime.lifespan import Service
from service.threads import in_short_thread

RUNNING = encode_line({"status": "running"})
ID = re.compile(r"[0-9]{1,18}")


def job_id_of(text: str) -> int:
    """The id in a path; raises BadRequest."""
    if not ID.fullmatch(text):
        raise BadRequest(f"{text[:60]!r} is not a job's id, which is a whole number from 1", parameter="id")
    return int(text)


async def _described(jobs: JobStore, job: Job) -> dict[str, Any]:
    """The job, with its progress while it runs."""
    described = job.describe()
    if job.state is State.RUNNING and (progress := await jobs.progress(job)) is not None:
        described["progress"] = progress
    return described


async def status(request: web.Request) -> web.Response:
    """The job, with its exact state; `?wait=N` waits for a change of it."""
    options, jobs = options_of(request, StatusOptions), request.app[SERVICE].jobs
    job = await jobs.get(job_id_of(request.match_info["id"]))
    wait = seconds_to_wait(options, 0)
    if wait:
        job = await jobs.changed(job, wait)
    return json_response(await _described(jobs, job))


async def results(request: web.Request) -> web.StreamResponse:
    """The job's answer, or that it is running; waits for a job about to end, which saves the caller a poll."""
    service = request.app[SERVICE]
    text, suffix = split_suffix(request.match_info["id"])
    options, filters = split_options(request, ReadOptions)
    job = await service.jobs.get(job_id_of(text))
    _require_columns(service, job, filters)
    format_ = format_of(request, suffix, options.format)
    job = await service.jobs.ended(job, seconds_to_wait(options, service.settings.server.results_wait))
    answer = await service.jobs.answer(job)
    if answer is not None:
        return await answer_response(request, answer, format_, options, filters)
    if job.error is not None:
        return error_response(request, with_id(job, job.error))
    return json_bytes(RUNNING, headers={"Retry-After": "1"})


def _require_columns(service: Service, job: Job, filters: Filters) -> None:
    """Raise BadRequest for a name that is not a column of the answer."""
    statistic = service.editions.current.catalog.statistics.get(job.statistic)
    if statistic is not None:
        for name in itertools.filterfalse(is_group, filters):
            require_column([column.name for column in statistic.columns], name, name)


async def cancel(request: web.Request) -> web.Response:
    """Cancel a job; 503 when it has ended, but would run again after a restart."""
    options_of(request, NoOptions)
    jobs = request.app[SERVICE].jobs
    job = await jobs.get(job_id_of(request.match_info["id"]))
    if job.finished:
        raise ServiceError(f"job {job.id} has ended already: it is {job.state}", status=409, job_id=job.id)
    try:
        job = await jobs.cancel(job, ServiceError("the job was cancelled", status=409))
    except ServiceError as error:
        reason = f"job {job.id} is cancelled, but would run again after a restart: {error.reason}"
        raise ServiceError(reason, status=error.status, job_id=job.id, **error.fields) from None
    return json_response(job.describe())


async def listed(request: web.Request) -> web.Response:
    """The jobs, newest last: all, or those of some `status` and `statistic`, `since` a time.

    Of these the `newest` so many, in pages of `limit`; Link has the address of the next one.
    """
    options, jobs = options_of(request, ListOptions), request.app[SERVICE].jobs
    wanted = Filter(
        states=frozenset(map(State, options.status)) or frozenset(State),
        statistics=frozenset(options.statistic) or None,
        since=0.0 if options.since is None else time_of("since", options.since),
        after=options.cursor,
        newest=options.newest,
        limit=min(options.limit, PAGE),
    )
    found, more = await jobs.find(wanted)
    described = []
    for job in found:
        described.append(await _described(jobs, job))
        if len(described) % 100 == 0:
            await asyncio.sleep(0)  # other requests take turns
    body: dict[str, Any] = {"status": "done", "data": described}
    headers = {}
    if more:
        body["cursor"] = str(found[-1].id)
        headers["Link"] = f'<{address_with(request, cursor=body["cursor"])}>; rel="next"'
    return json_bytes(await in_short_thread(encode_line, body), headers=headers)


async def num_jobs(request: web.Request) -> web.Response:
    """How many jobs are pending."""
    options_of(request, NoOptions)
    return json_response({"num_jobs": await request.app[SERVICE].jobs.pending()})
