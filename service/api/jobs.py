"""Jobs over HTTP: start one, ask for its state and its results, list them."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

from aiohttp import web

from service.api.answers import error_response, json_bytes, json_object, json_response
from service.api.find import statistic_named
from service.api.keys import LIBRARY, POOL, SETTINGS, TABLE
from service.contract import RESERVED
from service.errors import BadRequest, ServiceError
from service.formats import encode
from service.jobs import Job, State
from service.statistic import Statistic

LONGEST_WAIT = 60.0
RUNNING = encode({"status": "running"})

routes = web.RouteTableDef()


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
        raise BadRequest('statistic is missing: name one, as in {"statistic": "best5"}', parameter="statistic")
    if not isinstance(arguments, dict):
        raise BadRequest('arguments must be an object such as {"question": "Q036"}', parameter="arguments")
    return await _accept(request, statistic_named(request, name, status=400), arguments)


# Names of other routes are left out, so that a wrong method on them is 405 and not an unknown statistic.
@routes.post(f"/api/{{statistic:(?!(?:{'|'.join(sorted(RESERVED))})$)[^/]+}}")
async def start_statistic(request: web.Request) -> web.Response:
    """Start the statistic that the path names; the body holds its arguments."""
    statistic = statistic_named(request, request.match_info["statistic"])
    return await _accept(request, statistic, await json_object(request))


async def _accept(request: web.Request, statistic: Statistic, arguments: dict[str, Any]) -> web.Response:
    """Start a job: 202, or its end when it comes within the seconds of `Prefer: wait=N`."""
    wait = _wait(request)
    job = request.app[POOL].submit(request.app[LIBRARY].engine, statistic, arguments)
    if wait:
        await asyncio.wait([job.ended], timeout=wait)
    if job.answer is not None:
        return json_bytes(b'{"job_id":%d,' % job.id + job.answer[1:], headers={"Preference-Applied": f"wait={wait:g}"})
    if job.error is not None:
        return error_response(request, _with_id(job, job.error))
    return json_response(job.describe(), status=202, headers={"Location": f"/api/status/{job.id}", "Retry-After": "1"})


def _wait(request: web.Request) -> float:
    """The seconds of `Prefer: wait=N` (RFC 7240), at most a minute; a preference that is none is passed over."""
    found = re.search(
        r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", request.headers.get("Prefer", ""), re.IGNORECASE | re.ASCII
    )
    return min(float(found[1]), LONGEST_WAIT) if found else 0.0


def _job(request: web.Request) -> Job:
    text = request.match_info["id"]
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise BadRequest(f"{text[:60]!r} is no job id; an id is a whole number from 1", parameter="id")
    return request.app[TABLE].get(int(text), time.time())


@routes.get("/api/status/{id}")
async def status(request: web.Request) -> web.Response:
    """The job, with its exact state."""
    return json_response(_job(request).describe())


@routes.get("/api/results/{id}")
@routes.get("/api/get_results/{id}")
async def results(request: web.Request) -> web.Response:
    """The job's answer, or that it is running; a job about to end is waited for, which spares the caller a poll."""
    job = _job(request)
    if not job.finished:
        await asyncio.wait([job.ended], timeout=request.app[SETTINGS].server.results_wait)
    if job.answer is not None:
        return json_bytes(job.answer)
    if job.error is not None:
        return error_response(request, _with_id(job, job.error))
    if job.state is State.CANCELLED:
        return error_response(request, _with_id(job, ServiceError("the job was cancelled", status=409)))
    return json_bytes(RUNNING)


def _with_id(job: Job, error: ServiceError) -> ServiceError:
    return ServiceError(error.reason, status=error.status, job_id=job.id, **error.fields)


@routes.get("/api/jobs")
async def jobs(request: web.Request) -> web.Response:
    """All jobs, newest last."""
    described = [job.describe() for job in request.app[TABLE].all(time.time())]
    return json_response({"status": "done", "data": described})


@routes.get("/api/num_jobs")
async def num_jobs(request: web.Request) -> web.Response:
    """How many jobs are pending."""
    return json_response({"num_jobs": request.app[TABLE].pending})
