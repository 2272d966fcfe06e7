"""The header of a statistic's file: what its leading comment lines say, each with its line number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.errors import StatisticFault
from service.suggest import nearest

KEYS = {"returns": 1, "title": 1, "unit": 1, "chart": 1, "tags": 1, "time limit": 1, "example": 1000}
"""Each key, and how often a header may have it."""
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


class Header(NamedTuple):
    """What a header says; `fields` has the lines of each key."""

    summary: str
    prose: str
    parameters: tuple[Declaration, ...]
    fields: dict[str, list[Line]]

    def first(self, key: str) -> Line | None:
        return self.fields.get(key, [None])[0]

    def value(self, key: str) -> str | None:
        line = self.first(key)
        return line.text if line else None


def parse(file: str, text: str) -> Header:
    """The header of a file's text; raises StatisticFault naming `file` and line."""
    lines = list(_comment(text))
    if not lines or not lines[0].text:
        raise StatisticFault(file, 1, "the first line must say what the statistic answers, as in: -- Mean by state.")
    key = KEY.fullmatch(lines[0].text)
    if lines[0].text.startswith("$") or (key and key["key"] in KEYS):
        what = f"{lines[0].text!r} stands in the first line, which says what the statistic answers; put it below"
        raise StatisticFault(file, 1, what)
    for number, text_line in enumerate(text.splitlines()[len(lines) :], start=len(lines) + 1):
        if re.match(r"\s*--\s*\$[a-z_]\w*\s+[a-z]+.*:\s", text_line):
            what = f"{text_line.strip()!r} stands below the header, which ends at the first line that is not a comment"
            raise StatisticFault(file, number, f"{what}; close the gap above it")
    start = next((at for at, line in enumerate(lines) if _declares(file, line)), len(lines))
    parameters, fields = _declarations(file, [line for line in lines[start:] if line.text])
    prose = "\n".join(line.text for line in lines[1:start]).strip()
    return Header(lines[0].text, prose, parameters, fields)


def _comment(text: str) -> Iterator[Line]:
    """The leading comment lines; the first other line ends them."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("--"):
            return
        yield Line(number, line[2:].strip())


def _declares(file: str, line: Line) -> bool:
    """Whether prose ends here; a word that is nearly a key is a fault, so that no slip passes for prose."""
    if line.text.startswith("$"):
        return True
    match = KEY.fullmatch(line.text)
    if match is None or line.number == 1:
        return False
    if match["key"] in KEYS:
        return True
    meant = nearest(match["key"], KEYS, similarity=75)
    if meant:
        raise StatisticFault(file, line.number, f"{match['key']!r} is not a key; did you mean {meant!r}?")
    return False


def _declarations(file: str, lines: list[Line]) -> tuple[tuple[Declaration, ...], dict[str, list[Line]]]:
    parameters: dict[str, Declaration] = {}
    fields: dict[str, list[Line]] = {}
    for line in lines:
        if line.text.startswith("$"):
            declared = _parameter(file, line)
            if declared.name in parameters:
                first = parameters[declared.name].line
                raise StatisticFault(file, line.number, f"${declared.name} is already declared in line {first}")
            parameters[declared.name] = declared
        else:
            key, value = _field(file, line)
            fields.setdefault(key, []).append(Line(line.number, value))
            if len(fields[key]) > KEYS[key]:
                raise StatisticFault(file, line.number, f"{key} is already given in line {fields[key][0].number}")
    return tuple(parameters.values()), fields


def _parameter(file: str, line: Line) -> Declaration:
    match = PARAMETER.fullmatch(line.text)
    if match is None:
        raise StatisticFault(file, line.number, f"{line.text!r} is not a declaration; {_fix(line.text)}")
    return Declaration(line.number, match["name"], match["type"], match["default"], match["description"])


def _fix(declaration: str) -> str:
    if PARAMETER.fullmatch(declaration.rstrip(": ") + ": description"):
        return "it lacks its description, as in `$since integer = 2011: first survey year`"
    lower = re.sub(r"^(\$\w+\s+\w+)", lambda head: head[1].lower(), declaration)
    if PARAMETER.fullmatch(lower):
        return f"write name and type in lower case: `{lower}`"
    return "write `$name TYPE: description` or `$name TYPE = DEFAULT: description`"


def _field(file: str, line: Line) -> tuple[str, str]:
    match = KEY.fullmatch(line.text)
    if match is None or match["key"] not in KEYS:
        keys = ", ".join(KEYS)
        raise StatisticFault(
            file,
            line.number,
            f"{line.text!r} is not a declaration; prose goes above the declarations (keys: {keys})",
        )
    value = match["value"].strip()
    if not value:
        raise StatisticFault(file, line.number, f"{match['key']} has no value; write `{match['key']}: VALUE`")
    return match["key"], value
