"""The parts that the API's description is made of: JSON Schemas and parameters."""

from __future__ import annotations

from typing import Any

from service.answers.shapes import levels
from service.charts import CHARTS
from service.charts.picture_options import MAX_SCALE, MAX_WIDTH, MIN_SCALE, MIN_WIDTH
from service.charts.theme import THEMES
from service.dataset.places import places
from service.engine.result import Column
from service.formats import FORMATS
from service.jobs.idempotency import KEY
from service.jobs.job import State
from service.statistics.statistic import Statistic

Json = dict[str, Any]

PLACES = [place.code for place in places().values()]
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
        "rows": {"type": "integer", "minimum": 1},
        "progress": {"type": "number", "minimum": 0, "maximum": 1},
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
        "allowed": {},
        "did_you_mean": {},
    },
}
DONE: Json = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["running", "done"]}, "data": {}},
}
EVENT: Json = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {"enum": ["job", "reset"], "description": "reset: list the jobs anew, too much has happened since"},
        "data": {"type": "string", "description": "the job, as JSON"},
    },
}
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "object", "required": ["num_jobs"], "properties": {"num_jobs": {"type": "integer"}}}
JOB_REF: Json = {"$ref": "#/components/schemas/Job"}
ERROR_REF: Json = {"$ref": "#/components/schemas/Error"}


def header(name: str, description: str, example: str | None = None) -> Json:
    """A parameter that is a header."""
    described = {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
    return described if example is None else {**described, "example": example}


def query(name: str, description: str, schema: Json | None = None) -> Json:
    """A parameter in the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema or {"type": "string"}}


ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the job's id",
    "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
}
COLUMN: Json = {
    "name": "column",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "LocationDesc",
}
PREFER = header("Prefer", "`wait=5` waits so many seconds for the answer", "wait=5")
LAST_EVENT = header("Last-Event-ID", "the id of the last event that came, to go on from there")
IDEMPOTENCY_KEY: Json = {
    **header("Idempotency-Key", "the same key gives the same job for a day"),
    "schema": {"type": "string", "pattern": KEY},
}
WAIT = query("wait", "seconds to wait, at most 60", {"type": "number", "minimum": 0, "maximum": 60})
TRUTH: Json = {"type": "boolean", "default": False}
FRESH = query("fresh", "run it again, though the answer is known", TRUTH)
FORM = [
    query("format", "the form of the answer; Accept or a suffix of the path say it as well", {"enum": list(FORMATS)}),
    query("limit", "rows of a page", {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}),
    query("offset", "first row of a page", {"type": "integer", "minimum": 0, "maximum": 10**15 - 1}),
    query("meta", "add the provenance to JSON", TRUTH),
    query("bom", "mark CSV as UTF-8 for Excel", TRUTH),
]
LOOK = [
    query("chart", "of a picture: another one than the statistic's own", {"enum": list(CHARTS)}),
    query("width", "of a picture, in pixels", {"type": "integer", "minimum": MIN_WIDTH, "maximum": MAX_WIDTH}),
    query("theme", "of a picture", {"enum": list(THEMES)}),
    query("scale", "of a PNG", {"type": "number", "minimum": MIN_SCALE, "maximum": MAX_SCALE}),
    query("mark", "places to highlight in a picture, by name or code", {"type": "array", "items": {"enum": PLACES}}),
]
SEARCH = [query("search", "words that value or code must have"), query("code", "the column of the codes")]
LIST = [
    query("status", "only jobs in these states", {"type": "array", "items": {"enum": [str(state) for state in State]}}),
    query("statistic", "only jobs of these statistics", {"type": "array", "items": {"type": "string"}}),
    query("since", "only jobs submitted since", TIME),
    query("limit", "jobs of a page", {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}),
    query("newest", "only the newest so many", {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}),
    query("cursor", "the `cursor` of the page before", {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}),
]


def data_schema(statistic: Statistic) -> Json:
    """What `data` holds, as JSON Schema, by the columns' types and the shape that the file declares."""
    columns = {column.name: _column(column) for column in statistic.columns}
    row = {"type": "object", "properties": columns, "required": list(columns)}
    if statistic.returns == "rows":
        return {"type": "array", "items": row}
    if statistic.returns == "row":
        return row
    names = list(columns)
    keys, value = levels(statistic.returns, names)
    schema = columns[names[value]]
    for key in reversed(keys):
        by = ", ".join(names[place] for place in key)
        schema = {"type": "object", "additionalProperties": schema, "description": f"by {by}"}
    return schema


NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
TEXTS = ("BOOLEAN", "VARCHAR", "DATE", "TIMESTAMP", "TIME", "UUID")


def _column(column: Column) -> Json:
    kind = column.type.partition("(")[0]
    if kind.endswith("[]"):
        return {"type": ["array", "null"]}
    if kind in NUMBERS:
        return {"type": ["integer", "null"]}
    if kind in {"DOUBLE", "FLOAT", "DECIMAL"}:
        return {"type": ["number", "null"]}
    return {"type": ["boolean" if kind == "BOOLEAN" else "string", "null"]} if kind in TEXTS else {}
