"""The parts that the API's description is made of: JSON Schemas, and the parameters in paths."""

from __future__ import annotations

from typing import Any

import msgspec

from service.answers.answer import Provenance
from service.answers.shapes import levels
from service.engine.result import Column
from service.formats.registry import FORMATS
from service.jobs.job import State
from service.statistics.statistic import Statistic

Json = dict[str, Any]

TIME: Json = {"type": "string", "format": "date-time"}
JOB: Json = {
    "type": "object",
    "required": ["job_id", "status", "statistic", "arguments", "submitted_at"],
    "properties": {
        "job_id": {"type": "integer", "minimum": 1},
        "status": {"type": "string", "enum": [str(state) for state in State]},
        "statistic": {"type": "string"},
        "arguments": {"type": "object"},
        "submitted_at": TIME,
        "started_at": TIME,
        "finished_at": TIME,
        "rows": {"type": "integer", "minimum": 1},
        "progress": {"type": "number", "minimum": 0, "maximum": 1},
        "dataset": {"type": "string", "description": "the version of the table that the answer came from"},
        "sample": {"type": "boolean", "description": "whether that table was the modelled sample"},
        "reason": {"type": "string"},
    },
}
ERROR: Json = {
    "type": "object",
    "required": ["status", "reason", "request_id"],
    "properties": {
        "status": {"type": "string", "const": "error"},
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
    "properties": {"status": {"type": "string", "enum": ["running", "done"]}, "data": {}},
}
EVENT: Json = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {
            "type": "string",
            "enum": ["job", "reset"],
            "description": "reset: list the jobs again, too much has happened since",
        },
        "data": {"type": "string", "description": "the job, as JSON"},
    },
}
TEXT: Json = {"type": "string"}
NUMBER: Json = {"type": "object", "required": ["num_jobs"], "properties": {"num_jobs": {"type": "integer"}}}
JOB_REF: Json = {"$ref": "#/components/schemas/Job"}
ERROR_REF: Json = {"$ref": "#/components/schemas/Error"}
(PROVENANCE_REF,), _PROVENANCE = msgspec.json.schema_components(
    [Provenance], ref_template="#/components/schemas/{name}"
)
COMPONENTS: Json = {"Job": JOB, "Error": ERROR, **_PROVENANCE}


ID: Json = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "the job's id",
    "schema": {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
}
ROW_FORMAT: Json = {
    "name": "format",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "enum": [name for name, each in FORMATS.items() if not each.picture]},
}
COLUMN: Json = {
    "name": "column",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": "LocationDesc",
}


def constant(text: str) -> Json:
    """A text that is always the same; tools that generate types from schemas need its type."""
    return {"type": "string", "const": text}


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
    if column.type.endswith("[]"):
        return {"type": ["array", "null"], "items": _column(column._replace(type=column.type[:-2]))}
    if kind in NUMBERS:
        return {"type": ["integer", "null"]}
    if kind in {"DOUBLE", "FLOAT", "DECIMAL"}:
        return {"type": ["number", "null"]}
    return {"type": ["boolean" if kind == "BOOLEAN" else "string", "null"]} if kind in TEXTS else {}
