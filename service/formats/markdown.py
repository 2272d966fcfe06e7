"""Markdown: a table as GitHub has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.answers.answer import Answer, Provenance
from service.engine.column_types import is_number
from service.engine.result import rows_of
from service.formats.cells import cell_text_or_empty
from service.formats.format_options import Options
from service.formats.source_lines import ALARM, files_line, heading, source_lines

MARKUP = re.compile(r"[\\`*\[\]<>~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""What a text must not mean to Markdown; an underscore within a word means nothing."""
BREAK = re.compile(r"\r\n|\r|\n")


def markdown(answer: Answer, options: Options) -> Iterator[bytes]:
    """First the conclusion; numbers are aligned to the right; where it comes from is below, of a sample also above."""
    schema, provenance = answer.result.schema, answer.provenance
    if provenance.sample:
        yield f"**{_plain(ALARM)}**\n\n".encode()
    if provenance.conclusion:
        yield f"{_plain(provenance.conclusion)}\n\n".encode()
    rules = ["---:" if is_number(kind) else "---" for kind in schema.types]
    yield _line(schema.names) + _line(rules)
    for batch in answer.result.batches(*options.rows):
        yield b"".join(_line([cell_text_or_empty(value) for value in row]) for row in rows_of(batch))
    yield _source(provenance)


def _source(provenance: Provenance) -> bytes:
    lines = map(_plain, [heading(provenance), *source_lines(provenance)])
    files = f"<sub>{_plain(files_line(provenance))}</sub>"
    return "".join(f"\n{line}\n" for line in [*lines, files]).encode()


def _plain(text: str) -> str:
    """A text on one line that has no markup."""
    return MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _line(cells: list[str]) -> bytes:
    return f"| {' | '.join(map(_escaped, cells))} |\n".encode()


def _escaped(cell: str) -> str:
    return BREAK.sub("<br>", MARKUP.sub(r"\\\g<0>", cell).replace("|", "\\|"))
