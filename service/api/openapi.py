"""The API as OpenAPI 3.1: one operation for each statistic, typed by its file."""

from __future__ import annotations

from typing import Any

import service
from service.catalog import Catalog
from service.jobs import State
from service.results import Column
from service.statistic import Statistic

Json = dict[str, Any]

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
TIME: Json = {"type": "string", "format": "date-time"}
JOB: Json = {
    "type": "object",
    "required": ["job_id", "status", "statistic", "arguments", "submitted_at"],
    "properties": {
        "job_id": {"type": "integer", "minimum": 1},
        "status": {"enum": [str(state) for state in State]},
        "statistic": {"type": "string"},
        "arguments": {"type": "object"},
        "submitted_at": TIME,
        "started_at": TIME,
        "finished_at": TIME,
        "reason": {"type": "string"},
    },
}
ERROR: Json = {
    "type": "object",
    "required": ["status", "reason", "request_id"],
    "properties": {
        "status": {"const": "error"},
        "reason": {"type": "string", "description": "what was wrong, where, and what to do"},
        "request_id": {"type": "string"},
        "parameter": {"type": "string"},
        "allowed": {"type": "array"},
        "did_you_mean": {},
    },
}
ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the job's id",
    "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
}
PREFER: Json = {
    "name": "Prefer",
    "in": "header",
    "description": "`wait=5` waits so many seconds for the answer",
    "schema": {"type": "string"},
    "example": "wait=5",
}


COLUMN: Json = {
    "name": "column",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "LocationDesc",
}
SEARCH: list[Json] = [
    {
        "name": "search",
        "in": "query",
        "schema": {"type": "string"},
        "description": "words that value or code must have",
    },
    {"name": "code", "in": "query", "schema": {"type": "string"}, "description": "the column of the codes"},
]
JOB_REF: Json = {"$ref": "#/components/schemas/Job"}
DONE: Json = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["running", "done"]}, "data": {}},
}
NUMBER: Json = {"type": "object", "required": ["num_jobs"], "properties": {"num_jobs": {"type": "integer"}}}


def document(catalog: Catalog) -> Json:
    """The whole description."""
    statistics = {f"/api/{name}": {"post": _start(found)} for name, found in catalog.statistics.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Health of US states",
            "version": service.__version__,
            "description": "Statistics of the CDC's table *Nutrition, Physical Activity, and Obesity - BRFSS*.",
        },
        "paths": {**statistics, **_fixed(catalog)},
        "components": {"schemas": {"Job": JOB, "Error": ERROR}},
    }


def _arguments(statistic: Statistic) -> Json:
    properties = {name: parameter.schema() for name, parameter in statistic.parameters.items()}
    required = [name for name, parameter in statistic.parameters.items() if parameter.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _start(statistic: Statistic) -> Json:
    schema = _arguments(statistic)
    examples = {f"example {n}": {"value": example} for n, example in enumerate(statistic.examples, start=1)}
    body = {"schema": schema} | ({"examples": examples} if examples else {})
    answer = {"job_id": {"type": "integer"}, "status": {"const": "done"}, "data": data_schema(statistic)}
    return {
        "operationId": statistic.name,
        "summary": statistic.title or statistic.summary,
        "description": "\n\n".join(part for part in (statistic.summary, statistic.prose, _unit(statistic)) if part),
        "tags": list(statistic.tags[:1]) or ["means"],
        "parameters": [PREFER],
        "requestBody": {"required": bool(schema["required"]), "content": {"application/json": body}},
        "responses": {
            "200": _json("the answer, when it came in the time preferred", {"type": "object", "properties": answer}),
            "202": _json("the job", {"$ref": "#/components/schemas/Job"}),
            **_errors(400, 404, 413, 415, 503, 504),
        },
    }


def _unit(statistic: Statistic) -> str:
    return f"Unit: {statistic.unit}." if statistic.unit else ""


def data_schema(statistic: Statistic) -> Json:
    """What `data` holds, as JSON Schema, by the columns' types and the shape that the file declares."""
    columns = {column.name: _column(column) for column in statistic.columns}
    row = {"type": "object", "properties": columns, "required": list(columns)}
    if statistic.returns == "rows":
        return {"type": "array", "items": row}
    if statistic.returns == "row":
        return row
    *keys, value = statistic.returns.replace("{", "").replace("}", "").split(": ")
    schema = columns[value.strip()]
    for key in reversed(keys):
        schema = {"type": "object", "additionalProperties": schema, "description": f"by {key.strip()}"}
    return schema


def _column(column: Column) -> Json:
    kind = column.type.partition("(")[0]
    if kind.endswith("[]"):
        return {"type": ["array", "null"]}
    if kind in NUMBERS:
        return {"type": ["integer", "null"]}
    if kind in {"DOUBLE", "FLOAT", "DECIMAL"}:
        return {"type": ["number", "null"]}
    return {"type": ["boolean" if kind == "BOOLEAN" else "string", "null"]} if kind in TEXTS else {}


TEXTS = ("BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP", "TIME", "UUID")


def _fixed(catalog: Catalog) -> Json:
    """The operations that no file makes. What acts on the process is left to the README: it is for operators."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"enum": list(catalog.statistics)}}
    gets = {
        "/api/status/{id}": _operation("status", "The job, with its state", JOB_REF, parameters=[ID], errors=GONE),
        "/api/results/{id}": _operation("results", "Its answer", DONE, parameters=[ID], errors=(*GONE, 409, 504)),
        "/api/jobs": _operation("jobs", "All jobs, newest last", DONE),
        "/api/num_jobs": _operation("num_jobs", "How many jobs are pending", NUMBER),
        "/api/statistics": _operation("statistics", "What there is to ask", DONE),
        "/api/statistics/{name}": _operation(
            "statistic", "One statistic, with its SQL", DONE, parameters=[name], errors=(404,)
        ),
        "/api/choices/{column}": _operation(
            "choices", "Allowed values", DONE, parameters=[COLUMN, *SEARCH], errors=(400, 404)
        ),
        "/api/dataset": _operation("dataset", "Which data the answers come from", DONE),
    }
    return {"/api/start": {"post": _start_any(catalog)}, **{path: {"get": get} for path, get in gets.items()}}


def _named(statistic: Statistic) -> Json:
    arguments = _arguments(statistic)
    return {
        "type": "object",
        "required": ["statistic", "arguments"] if arguments["required"] else ["statistic"],
        "additionalProperties": False,
        "properties": {"statistic": {"const": statistic.name}, "arguments": arguments},
    }


def _start_any(catalog: Catalog) -> Json:
    schema = {"oneOf": [_named(statistic) for statistic in catalog.statistics.values()]}
    example = {"statistic": "best5", "arguments": {"question": "Q036"}}
    operation = _operation(
        "start", "Start any statistic", JOB_REF, 202, parameters=[PREFER], errors=(400, 404, 413, 415, 503, 504)
    )
    operation["responses"]["200"] = _json("the answer, when it came in the time preferred", DONE)
    body = {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}
    return {**operation, "requestBody": body}


GONE = (400, 404, 410, 503)


def _operation(
    name: str,
    summary: str,
    schema: Json,
    status: int = 200,
    *,
    parameters: list[Json] | None = None,
    errors: tuple[int, ...] = (),
) -> Json:
    return {
        "operationId": f"get_{name}" if status == 200 else name,
        "summary": summary,
        "tags": ["jobs and catalogue"],
        "parameters": parameters or [],
        "responses": {str(status): _json(summary, schema), **_errors(*errors)},
    }


def _json(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _errors(*statuses: int) -> Json:
    return {str(status): _json("an error", {"$ref": "#/components/schemas/Error"}) for status in statuses}
