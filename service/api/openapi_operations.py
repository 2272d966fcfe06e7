"""Parts of OpenAPI's operations: parameters, answers and errors."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from service.api.options import Option, declared
from service.api.schemas import ERROR_REF, Json

NARROWING = {"select", "order"}


def parameters_of(kind: type[Struct]) -> list[Json]:
    """A route's options as parameters; those for columns are described in words, since each answer has its own."""
    return [_parameter(option) for option in declared(kind) if option.name not in NARROWING]


def _parameter(option: Option) -> Json:
    schema = msgspec.json.schema(option.type)
    described = {
        "name": option.header or option.name,
        "in": "header" if option.header else "query",
        "description": option.meta.description or "",
    }
    for name in ("description", "examples"):
        schema.pop(name, None)
    if option.meta.examples:
        described["example"] = option.meta.examples[0]
    if option.many:
        return {**described, "schema": {"type": "array", "items": schema}}
    return {**described, "schema": schema if option.default is None else {**schema, "default": option.default}}


def operation(
    name: str,
    summary: str,
    schema: Json,
    parameters: list[Json] | None = None,
    errors: tuple[int, ...] = (),
    *,
    status: int = 200,
) -> Json:
    return {
        "operationId": f"get_{name}" if status == 200 else name,
        "summary": summary,
        "tags": ["jobs and catalog"],
        "parameters": parameters or [],
        "responses": {str(status): json_answer(summary, schema), **error_answers(*errors)},
    }


def of_type(media_type: str, schema: Json, operation: Json) -> Json:
    """The operation, with an answer that is not JSON."""
    operation["responses"]["200"]["content"] = {media_type: {"schema": schema}}
    return operation


def json_answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def error_answers(*statuses: int) -> Json:
    return {str(status): json_answer("an error", ERROR_REF) for status in statuses}
