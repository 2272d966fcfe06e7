"""Arguments, errors and answers of jobs as they are kept outside the process, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from service.answers.answer import Answer, restored
from service.encoding import encode
from service.engine.result import Result
from service.errors import ServiceError


class StoredAnswer(NamedTuple):
    """An answer; its rows are `data`, an Arrow stream, or in the spool's `file` of that name."""

    key: str
    provenance: str
    returns: str
    length: int
    data: Any
    file: str | None


def stored(answer: Answer) -> StoredAnswer:
    result = answer.result
    data, file = (None, result.file.name) if result.file else (result.to_bytes(), None)
    return StoredAnswer(
        key=answer.key,
        provenance=encode(answer.provenance).decode(),
        returns=answer.returns,
        length=result.length,
        data=data,
        file=file,
    )


def answer_of(row: StoredAnswer, folder: Path, *, owned: bool = True) -> Answer:
    """The answer, and its file in the folder goes with it if it is `owned`; raises OSError and ArrowInvalid."""
    file = folder / row.file if row.file else None
    result = Result.from_file(file, row.length, owned=owned) if file else Result.from_bytes(row.data)
    return restored(row.key, row.provenance, row.returns, result)


def error_text(error: ServiceError) -> str:
    return encode({"status": error.status, "reason": error.reason, "fields": error.fields}).decode()


def error_of(text: str) -> ServiceError:
    error = msgspec.json.decode(text)
    return ServiceError(error["reason"], status=error["status"], **error["fields"])


def arguments_of(text: str) -> Mapping[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])
