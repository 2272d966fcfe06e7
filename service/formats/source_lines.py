"""Where an answer comes from, in the words that a table of it shows: the source first, the files last and small."""

from __future__ import annotations

from typing import Any

from service.answers.answer import Provenance
from service.answers.arguments import told
from service.answers.years import spans
from service.dataset.citation import SAMPLE
from service.formats.cells import cell_text

ALARM = f"{SAMPLE}: no figure here is a fact."


def heading(provenance: Provenance) -> str:
    """What the table shows: the statistic, its arguments, the survey years and the unit."""
    given = [f"{name}: {_shown(value)}" for name, value in told(provenance.arguments).items()]
    title = (provenance.title or provenance.method or provenance.statistic).removesuffix(".")
    return "; ".join(filter(None, [title, *given, f"survey years {spans(provenance.years)}", provenance.unit]))


def source_lines(provenance: Provenance) -> list[str]:
    """The source and how to cite it, what is to be known of the answer, and its methods."""
    lines = [
        f"Source: {provenance.source}",
        provenance.citation and f"Cite as: {provenance.citation}",
        provenance.about,
        *provenance.notes,
        *(f"Method: {method}" for method in provenance.methods),
        *provenance.warnings,
        provenance.narrowed and f"Of the whole answer: {provenance.narrowed}",
    ]
    return [line for line in lines if line]


def files_line(provenance: Provenance) -> str:
    """What identifies the computation, for who repeats it."""
    file = provenance.file or "no file"
    return f"{provenance.statistic} from {file}, dataset {provenance.dataset}, computed {provenance.computed_at}"


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(cell_text, value))
    return "yes" if value is True else cell_text(value)
