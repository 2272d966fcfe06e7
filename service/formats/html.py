"""HTML: a page with one table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from service.answers.answer import Answer, Provenance
from service.engine.result import rows_of
from service.formats.cells import cell_text_or_empty
from service.formats.format_options import Options
from service.formats.source_lines import ALARM, files_line, heading, source_lines


def html(answer: Answer, options: Options) -> Iterator[bytes]:
    """The conclusion and what is shown as the caption, then the table, and below it where it comes from."""
    provenance = answer.provenance
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in answer.result.names)
    conclusion = f"<strong>{escape(provenance.conclusion)}</strong><br>" if provenance.conclusion else ""
    alarm = f"<strong>{escape(ALARM)}</strong><br>" if provenance.sample else ""
    yield (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{'SAMPLE: ' * provenance.sample}{escape(provenance.title or provenance.statistic)}</title>\n"
        f"<table><caption>{alarm}{conclusion}{escape(heading(provenance))}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    ).encode()
    for batch in answer.result.batches(*options.rows):
        yield b"".join(_line(row) for row in rows_of(batch))
    yield f"</tbody></table>\n{_source(provenance)}</html>\n".encode()


def _source(provenance: Provenance) -> str:
    lines = "".join(f"<p>{escape(line)}</p>\n" for line in source_lines(provenance))
    return f"{lines}<p><small>{escape(files_line(provenance))}</small></p>\n"


def _line(row: tuple[object, ...]) -> bytes:
    return f"<tr>{''.join(f'<td>{escape(cell_text_or_empty(value))}</td>' for value in row)}</tr>\n".encode()
