"""HTML: a page with one table."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from service.answers.answer import Answer, Provenance
from service.answers.years import spans
from service.encoding import ascii_json
from service.engine.result import rows_of
from service.formats.cells import cell_text_or_empty
from service.formats.options import Options


def html(answer: Answer, options: Options) -> Iterator[bytes]:
    """The table's caption has the provenance."""
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in answer.result.names)
    yield (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(answer.provenance.statistic)}</title>\n"
        f"<table><caption>{_caption(answer.provenance)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    ).encode()
    for batch in answer.result.batches(*options.rows):
        yield b"".join(_line(row) for row in rows_of(batch))
    yield b"</tbody></table></html>\n"


def _caption(provenance: Provenance) -> str:
    """What was asked; what is to be known of the answer; where it comes from; and, small, of which files."""
    sample = "A MODELLED SAMPLE, not the CDC's table. " if provenance.sample else ""
    lines = [
        f"{sample}{provenance.statistic} {ascii_json(provenance.arguments)}; {provenance.unit or 'no unit'}",
        f"Source: {provenance.source}; survey years {spans(provenance.years)}",
        provenance.citation and f"Cite as: {provenance.citation}",
        provenance.about,
        *provenance.notes,
        *(f"Method: {method}" for method in provenance.methods),
        *provenance.warnings,
    ]
    files = f"{provenance.file or 'no file'}, dataset {provenance.dataset}, computed {provenance.computed_at}"
    return "".join(f"{escape(line)}<br>" for line in lines if line) + f"<small>{escape(files)}</small>"


def _line(row: tuple[object, ...]) -> bytes:
    return f"<tr>{''.join(f'<td>{escape(cell_text_or_empty(value))}</td>' for value in row)}</tr>\n".encode()
