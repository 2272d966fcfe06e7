"""Markdown: a table as GitHub has it."""

from __future__ import annotations

from collections.abc import Iterator

from service.answers.answer import Answer
from service.engine.column_types import is_number
from service.engine.result import rows_of
from service.formats.cells import cell_text_or_empty
from service.formats.options import Options


def markdown(answer: Answer, options: Options) -> Iterator[bytes]:
    """Numbers are aligned to the right."""
    schema = answer.result.schema
    rules = ["---:" if is_number(kind) else "---" for kind in schema.types]
    yield _line(schema.names) + _line(rules)
    for batch in answer.result.batches(*options.rows):
        yield b"".join(_line([cell_text_or_empty(value) for value in row]) for row in rows_of(batch))


def _line(cells: list[str]) -> bytes:
    return f"| {' | '.join(map(_escaped, cells))} |\n".encode()


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\r", " ").replace("\n", "<br>")
