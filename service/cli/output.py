"""Tables on the standard output."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table


def show(table: Table) -> None:
    """A table for a person; for a pipe the same cells with tabs between them."""
    if sys.stdout.isatty():
        Console(markup=False, emoji=False).print(table)
        return
    cells = zip(*(column.cells for column in table.columns), strict=True)
    for row in ([column.header for column in table.columns], *cells):
        # A cell is one line without tabs, whatever it holds, so that `cut` and `awk` find the others.
        sys.stdout.write("\t".join(" ".join(str(cell).splitlines()).replace("\t", " ") for cell in row) + "\n")
