"""The API as OpenAPI 3.1: operations for each statistic, typed by its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import service
from service.api import schemas
from service.api.openapi_operations import error_answers, json_answer, of_type, operation, parameters_of
from service.api.options import (
    AskOptions,
    ChoicesOptions,
    EventsOptions,
    ListOptions,
    ReadOptions,
    StartOptions,
    StatusOptions,
)
from service.api.schemas import DONE, JOB_REF, NUMBER, Json
from service.formats.registry import FORMATS
from service.statistics.catalog import Catalog
from service.statistics.parameters import Parameter
from service.statistics.statistic import Statistic

POSTED = (400, 404, 409, 410, 413, 415, 422, 503, 504)
ASKED = (400, 404, 406, 409, 412, 416, 503, 504)
PICKING = (
    "In formats of rows, rows and columns can be picked as in PostgREST, as in `select=state,value`, "
    "`order=value.desc`, `value=gte.30`."
)
FOUND = (400, 404, 410)
PART = {"206": {"description": "the part of it that Range asks for"}}


def document(catalog: Catalog, public_url: str = "") -> Json:
    """The whole description."""
    statistics = {
        f"/api/{name}": {"get": _ask(found), "post": _start(found)} for name, found in catalog.statistics.items()
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Health of US states",
            "version": service.__version__,
            "description": "Statistics of the CDC's table *Nutrition, Physical Activity, and Obesity - BRFSS*.",
        },
        **({"servers": [{"url": public_url.rstrip("/")}]} if public_url else {}),
        "paths": {**statistics, **_fixed(catalog)},
        "components": {"schemas": schemas.COMPONENTS},
    }


def _arguments(statistic: Statistic) -> Json:
    properties = {name: parameter.schema() for name, parameter in statistic.parameters.items()}
    required = [name for name, parameter in statistic.parameters.items() if parameter.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _statistic(statistic: Statistic) -> Json:
    """What both operations of a statistic have in common."""
    unit = f"Unit: {statistic.unit}." if statistic.unit else ""
    return {
        "summary": statistic.title or statistic.summary,
        "description": "\n\n".join(part for part in (statistic.summary, statistic.prose, unit, PICKING) if part),
        "tags": list(statistic.tags[:1]) or ["means"],
    }


def _start(statistic: Statistic) -> Json:
    schema = _arguments(statistic)
    examples = {f"example {n}": {"value": example} for n, example in enumerate(statistic.examples, start=1)}
    body = {"schema": schema} | ({"examples": examples} if examples else {})
    answer = {
        "job_id": {"type": "integer"},
        "status": schemas.constant("done"),
        "data": schemas.data_schema(statistic),
    }
    return {
        "operationId": statistic.name,
        **_statistic(statistic),
        "parameters": parameters_of(StartOptions),
        "requestBody": {"required": bool(schema["required"]), "content": {"application/json": body}},
        "responses": {
            "200": json_answer(
                "the answer, when it came in the time preferred", {"type": "object", "properties": answer}
            ),
            "202": json_answer("the job", JOB_REF),
            **error_answers(*POSTED),
        },
    }


def _ask(statistic: Statistic) -> Json:
    """The same by GET, with the arguments in the query, and in any format."""
    example = statistic.examples[0] if statistic.examples else {}
    arguments = [_in_query(parameter, example) for parameter in statistic.parameters.values()]
    answer = {
        "status": schemas.constant("done"),
        "data": schemas.data_schema(statistic),
        "page": {},
        "meta": schemas.PROVENANCE_REF,
    }
    content = {
        format_.media_type: {"schema": {"type": "object", "properties": answer} if name == "json" else {}}
        for name, format_ in FORMATS.items()
    }
    return {
        "operationId": f"get_{statistic.name}",
        **_statistic(statistic),
        "parameters": [*arguments, *parameters_of(AskOptions)],
        "responses": {
            "200": {"description": "the answer", "content": content},
            **PART,
            "202": json_answer("the job, when the answer was not there in time", JOB_REF),
            **error_answers(*ASKED),
        },
    }


def _in_query(parameter: Parameter, example: Mapping[str, Any]) -> Json:
    schema = parameter.type.schema()
    if "anyOf" in schema:  # a list: its name is repeated
        schema = {**schema["anyOf"][0], "minItems": 1}
    default = {} if parameter.default is None or parameter.required else {"default": parameter.default}
    described = {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description,
        "schema": {**schema, **default},
    }
    return {**described, "example": example[parameter.name]} if parameter.name in example else described


def _fixed(catalog: Catalog) -> Json:
    """The operations that do not come from a file. Those for operators are left to docs/api.md."""
    names = {"type": "string", "enum": list(catalog.statistics)}
    name = {"name": "name", "in": "path", "required": True, "schema": names}
    job = [schemas.ID]
    gets = {
        "/api/status/{id}": operation(
            "status", "The job, with its state", JOB_REF, [*job, *parameters_of(StatusOptions)], FOUND
        ),
        "/api/results/{id}": operation(
            "results", "Its answer", DONE, [*job, *parameters_of(ReadOptions)], (*FOUND, 406, 409, 412, 416, 503, 504)
        ),
        "/api/jobs": operation("jobs", "Jobs, newest last", DONE, parameters_of(ListOptions), (400,)),
        "/api/num_jobs": operation("num_jobs", "How many jobs are pending", NUMBER),
        "/api/statistics": operation("statistics", "What there is to ask", DONE),
        "/api/statistics/{name}": operation("statistic", "One statistic, with its SQL", DONE, [name], (404,)),
        "/api/choices/{column}": operation(
            "choices", "Allowed values", DONE, [schemas.COLUMN, *parameters_of(ChoicesOptions)], (400, 404)
        ),
        "/api/dataset": operation("dataset", "Which data the answers come from", DONE),
        "/api/dataset.{format}": operation(
            "table", f"The table itself. {PICKING}", DONE, [schemas.ROW_FORMAT], (*FOUND, 412, 416, 503)
        ),
    }
    for path in ("/api/results/{id}", "/api/dataset.{format}"):
        gets[path]["responses"] |= PART
        gets[path]["responses"]["200"]["content"] |= {
            format_.media_type: {"schema": {}} for format_ in FORMATS.values() if format_.name != "json"
        }
    return {
        "/api/start": {"post": _start_any(catalog)},
        **{path: {"get": get} for path, get in (gets | _texts(name, job)).items()},
        "/api/jobs/{id}": {
            "delete": operation("cancel", "End a job before its time", JOB_REF, job, (*FOUND, 409, 503))
            | {"operationId": "cancel"}
        },
    }


def _texts(name: Json, job: list[Json]) -> Json:
    """Those that answer with text or a stream."""
    follow = "Each change as a server-sent event, until the client goes away or the job ends"
    sql = operation("sql", "The file of a statistic", {}, [name], (404,))
    all_events = operation("jobs_events", follow, {}, parameters_of(EventsOptions))
    events = operation("status_events", follow, {}, [*job, *parameters_of(EventsOptions)], FOUND)
    events["responses"]["204"] = {"description": "the job has ended, and all of it is known: do not come back"}
    return {
        "/api/statistics/{name}.sql": of_type("text/plain", schemas.TEXT, sql),
        "/api/jobs/events": of_type("text/event-stream", schemas.EVENT, all_events),
        "/api/status/{id}/events": of_type("text/event-stream", schemas.EVENT, events),
    }


def _named(statistic: Statistic) -> Json:
    arguments = _arguments(statistic)
    return {
        "type": "object",
        "required": ["statistic", "arguments"] if arguments["required"] else ["statistic"],
        "additionalProperties": False,
        "properties": {"statistic": schemas.constant(statistic.name), "arguments": arguments},
    }


def _start_any(catalog: Catalog) -> Json:
    schema = {"oneOf": [_named(statistic) for statistic in catalog.statistics.values()]}
    example = {"statistic": "best5", "arguments": {"question": "Q036"}}
    started = operation("start", "Start any statistic", JOB_REF, parameters_of(StartOptions), POSTED, status=202)
    started["responses"]["200"] = json_answer("the answer, when it came in the time preferred", DONE)
    body = {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}
    return {**started, "requestBody": body}
