"""What checks find: faults of rows, and how they are reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from service.errors import DatasetError

REFUSE, WARN = "refuse", "warn"
"""Policies, as the settings have them."""


class Finding(Struct, frozen=True):
    """What a check found, for clients: in how many rows, the line of the first, and in words, with what was done."""

    check: str
    count: int
    line: int
    text: str


class Fault(NamedTuple):
    """Rows that a check found: how many, the number of the first in the file, and the parts of its message."""

    check: str
    refused: bool
    rows: int
    first: int
    found: str
    done: str
    remedy: str


def report(faults: list[Fault], at: Callable[[int], str], line: Callable[[int], int]) -> list[Finding]:
    """The faults as findings, `line` giving the line of a row, and `at` the line in words with the file's name.

    Raises DatasetError when any is refused.
    """
    findings = [
        Finding(
            check=fault.check,
            count=fault.rows,
            line=line(fault.first),
            text=f"{fault.found}: {fault.rows:,}; {fault.remedy if fault.refused else fault.done}",
        )
        for fault in faults
    ]
    refused = [
        f"{at(finding.line)}: {finding.text}" for fault, finding in zip(faults, findings, strict=True) if fault.refused
    ]
    if refused:
        raise DatasetError("; ".join(refused))
    return findings
