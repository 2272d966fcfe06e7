"""The header of a statistic's file: what its leading comment lines say, each with its line number."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import takewhile
from typing import NamedTuple

from service.engine.protocol import SqlFault
from service.suggest import nearest

KEYS = ("returns", "title", "unit", "chart", "tags", "time limit", "method", "example")
REPEATABLE = frozenset({"method", "example"})
"""Keys that a header may have more than once."""
PARAMETER = re.compile(
    r"\$(?P<name>[a-z_][a-z0-9_]*)\s+"
    r"(?P<type>[a-z]+(?:\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?)"
    r"(?:\s*=\s*(?P<default>\"(?:[^\"\\]|\\.)*\"|\[.*\]|.+?))?"
    r"\s*:\s+(?P<description>\S.*)"
)
KEY = re.compile(r"(?P<key>[A-Za-z][A-Za-z _-]{0,20}?)\s*:(?P<value>.*)")


class Line(NamedTuple):
    """The text behind a comment's `--`, and where it stands."""

    number: int
    text: str


class Declaration(NamedTuple):
    """A parameter as its line declares it; `default` is None when the line has none."""

    line: int
    name: str
    type: str
    default: str | None
    description: str


@dataclass(slots=True)
class Header:
    """What a header says: parameters by name, and the lines of each key in `fields`; and what is wrong in it."""

    summary: str
    length: int = 0
    """Its lines."""
    prose: str = ""
    parameters: dict[str, Declaration] = field(default_factory=dict)
    fields: dict[str, list[Line]] = field(default_factory=dict)
    faults: list[SqlFault] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Parameters whose declarations have a fault, so that nothing more is said of them."""

    def refuse(self, number: int, reason: str) -> None:
        self.faults.append(SqlFault(number, reason))

    def first(self, key: str) -> Line | None:
        return self.fields.get(key, [None])[0]

    def value(self, key: str) -> str | None:
        line = self.first(key)
        return line.text if line else None

    def values(self, key: str) -> tuple[str, ...]:
        """Of a key that may be repeated."""
        return tuple(line.text for line in self.fields.get(key, []))

    def add(self, line: Line) -> None:
        """Take up a line below the summary: prose until the first declaration."""
        match = KEY.fullmatch(line.text)
        if line.text.startswith("$"):
            self._add_parameter(line)
        elif match and match["key"] in KEYS:
            self._add_field(line.number, match["key"], match["value"].strip())
        elif self.parameters or self.fields:
            if line.text:
                what = f"{line.text!r} is not a declaration; prose goes above the declarations"
                self.refuse(line.number, f"{what} (keys: {', '.join(KEYS)})")
        else:
            meant = match and nearest(match["key"], KEYS, similarity=75)
            if match and meant:  # so that no slip passes for prose
                self.refuse(line.number, f"{match['key']!r} is not a key; did you mean {meant!r}?")
            self.prose += f"{line.text}\n"

    def add_stray(self, number: int, line: str) -> None:
        """Refuse a declaration below the header."""
        found = re.match(r"--\s*\$([a-z_]\w*)\s+[a-z]+.*:\s", line)
        if found:
            self.refused.add(found[1])
            what = f"{line!r} stands below the header, which ends at the first line that is not a comment"
            self.refuse(number, f"{what}; close the gap above it")

    def _add_parameter(self, line: Line) -> None:
        match = PARAMETER.fullmatch(line.text)
        if match is None:
            self.refused.update(name.lower() for name in re.findall(r"^\$(\w+)", line.text))
            self.refuse(line.number, f"{line.text!r} is not a declaration; {_fix(line.text)}")
        elif match["name"] in self.parameters:
            earlier = self.parameters[match["name"]]
            self.refuse(line.number, f"${earlier.name} is already declared in line {earlier.line}")
        else:
            self.parameters[match["name"]] = Declaration(line=line.number, **match.groupdict())

    def _add_field(self, number: int, key: str, value: str) -> None:
        lines = self.fields.get(key, [])
        if not value:
            self.refuse(number, f"{key} has no value; write `{key}: VALUE`")
        elif lines and key not in REPEATABLE:
            self.refuse(number, f"{key} is already given in line {lines[0].number}")
        else:
            self.fields[key] = [*lines, Line(number, value)]


def parse(text: str) -> Header:
    """The header of a file's text, with all its faults."""
    lines = text.splitlines()
    comment = [line[2:].strip() for line in takewhile(lambda line: line.startswith("--"), lines)]
    header = Header(comment[0] if comment else "", length=len(comment))
    key = KEY.fullmatch(header.summary)
    misplaced = header.summary.startswith("$") or (key and key["key"] in KEYS)
    if misplaced:
        what = f"{header.summary!r} stands in the first line, which says what the statistic answers"
        header.refuse(1, f"{what}; put it below")
    elif not header.summary:
        header.refuse(1, "the first line must say what the statistic answers, as in: -- Mean by state.")
    for number, line in enumerate(comment if misplaced else comment[1:], start=1 if misplaced else 2):
        header.add(Line(number, line))
    for number, line in enumerate(lines[len(comment) :], start=len(comment) + 1):
        header.add_stray(number, line.strip())
    header.prose = header.prose.strip()
    return header


def _fix(declaration: str) -> str:
    if PARAMETER.fullmatch(declaration.rstrip(": ") + ": description"):
        return "it lacks its description, as in `$since integer = 2011: first survey year`"
    lower = re.sub(r"^(\$\w+\s+\w+)", lambda head: head[1].lower(), declaration)
    if PARAMETER.fullmatch(lower):
        return f"write name and type in lower case: `{lower}`"
    return "write `$name TYPE: description` or `$name TYPE = DEFAULT: description`"
