"""A line for each row of an answer, with a name to the left: what charts of dots, intervals and arrows share."""

from __future__ import annotations

from collections.abc import Sequence

from service.charts.channels import Spec
from service.charts.frame import Frame, Row
from service.charts.theme import Palette
from service.errors import NoPicture

STEP = 19
MAX_NAMES = 120


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
        raise NoPicture(f"{len(labels)} names are too many for a picture, which holds {MAX_NAMES}; ask for less")
    return labels


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
