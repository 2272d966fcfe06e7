"""A line for each row of an answer, with a name to the left: what charts of dots, intervals and arrows share."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from service.charts.channels import Spec, names
from service.charts.frame import Frame, Row
from service.charts.headline import shortened
from service.charts.theme import Palette
from service.charts.units import LETTER
from service.encoding import encode
from service.errors import NoPicture

STEP = 19
LINE = 13
"""Pixels of a further line of a name."""
MAX_NAMES = 120
TICK = 10
"""Pixels between a name and the chart."""
NONE: Mapping[str, str] = {}
MOST_LINES = 3
"""A longer name ends with an ellipsis."""


def labels_of(frame: Frame, kind: str) -> list[str]:
    """The name of each row: the place, with its texts as far as they are needed to tell rows apart."""
    texts = [name for name in (frame.place, *frame.texts) if name]
    columns = [name for name in texts if len({row[name] for row in frame.rows}) > 1] or texts[:1]
    if not columns or not frame.numbers:
        raise NoPicture(f"{kind} need a column of texts and one of numbers; ask for chart=table")
    for count in range(1, len(columns) + 1):
        labels = [": ".join(dict.fromkeys(str(row[name]) for name in columns[:count])) for row in frame.rows]
        if len(set(labels)) == len(labels):
            return few_enough(labels)
    raise NoPicture(f"{kind} have a line for each row, but rows share their names; ask for chart=line or chart=dots")


def few_enough(labels: list[str]) -> list[str]:
    if len(labels) > MAX_NAMES:
        raise NoPicture(
            f"{len(labels)} names are too many for a picture, which holds {MAX_NAMES}; ask for less, such as one state"
        )
    return labels


class Lines(NamedTuple):
    """Pixels of all lines, the axis of their names, and the pixels that it takes."""

    height: float
    axis: Spec
    room: float


def named_lines(
    frame: Frame, labels: Sequence[str], shown: Mapping[str, str] = NONE, headings: Collection[str] = ()
) -> Lines:
    """A line for each label, with what `shown` says of it as its name, in up to three lines; headings are bold."""
    letters = int(frame.options.width / 2.2 / LETTER)
    wrapped = {label: _wrapped(frame, shown.get(label, label), letters) for label in labels}
    texts = {label: lines for label, lines in wrapped.items() if lines != [label]}
    axis: dict[str, Any] = {"grid": True, "labelLineHeight": LINE}
    if texts:
        axis["labelExpr"] = f"({encode(texts).decode()})[datum.value] || datum.value"
    if headings:
        is_heading = {"test": f"indexof({encode(list(headings)).decode()}, datum.value) >= 0", "value": "bold"}
        axis["labelFontWeight"] = {"condition": is_heading, "value": "normal"}
    step = max(STEP, LINE * max(map(len, wrapped.values())) + 3)
    room = LETTER * max(len(line) for lines in wrapped.values() for line in lines) + TICK
    return Lines(height=step * len(labels), axis=names(list(labels), axis, room), room=room)


def _wrapped(frame: Frame, text: str, letters: int) -> list[str]:
    codes = {each["wording"]: each["code"] for each in frame.answer.provenance.wordings or ()}
    if text in codes:
        text = f"{codes[text]}: {shortened(text).removeprefix('adults who ')}"
    return textwrap.wrap(text, letters, max_lines=MOST_LINES, placeholder=" …") or [text]


def reasons(palette: Palette, marks: Sequence[Row]) -> list[Spec]:
    """Why a row has no mark, in words at the left end of its line, or at the right one if it is `crowded` there."""
    found: list[Spec] = []
    for crowded, align, dx, x in ((False, "left", 4, 0), (True, "right", -4, "width")):
        texts = [mark for mark in marks if mark["value"] is None and mark.get("crowded", False) == crowded]
        text = {"type": "text", "align": align, "dx": dx, "fontSize": 10, "color": palette.faint, "aria": False}
        texts = [{"label": mark["label"], "reason": mark.get("reason", mark["shown"])} for mark in texts]
        encoding = {"x": {"value": x}, "text": {"field": "reason"}}
        if texts:
            found.append({"data": {"values": texts}, "mark": text, "encoding": encoding})
    return found
