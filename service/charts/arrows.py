"""An arrow for each row from its first number to its second, coloured by whether that is better, worse or chance."""

from __future__ import annotations

from service.charts import verdicts
from service.charts.channels import TOP, Spec, quantity, series_color
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.marks import TIP, tip
from service.charts.rows import labels_of, named_lines, reasons
from service.charts.scales import whole
from service.charts.units import as_words, top_title
from service.errors import NoPicture


def build(frame: Frame) -> Drawing:
    labels = labels_of(frame, "arrows")
    if len(frame.numbers) < 2:
        raise NoPicture(
            "arrows need two columns of numbers that the statistic names, as in arrows(first_value, last_value); "
            "ask for chart=bars or chart=table"
        )
    arrows = [_arrow(frame, row, label) for row, label in zip(frame.rows, labels, strict=True)]
    scale = whole([*arrows, *({"value": arrow["first"]} for arrow in arrows)])
    lines = named_lines(frame, labels)
    spec = {
        "height": lines.height,
        "data": {"values": arrows},
        "encoding": {
            "y": lines.axis,
            "x": quantity("value", scale=scale, title=top_title(frame, *frame.numbers[:2]), **TOP),
        },
        "layer": [*_arrows(frame), *reasons(frame.palette, arrows)],
    }
    counts = {group: sum(arrow["group"] == group for arrow in arrows) for group in verdicts.hues(frame, frame.palette)}
    counted = ", ".join(f"{count} {group}" for group, count in counts.items())
    sentence = f"Arrows from {_from(frame)} for {len(labels)} names: {counted}."
    return Drawing(spec, sentence, [_remark(frame)], indent=lines.room)


def _arrow(frame: Frame, row: Row, label: str) -> Row:
    """Without a `value` where an end is not published, and with the reason."""
    first, last = frame.numbers[:2]
    complete = row[first] is not None and row[last] is not None
    lacking = first if row[first] is None else last
    found = {
        "label": label,
        "first": row[first] if complete else None,
        "value": row[last] if complete else None,
        "shown": frame.shown(row, last) if complete else f"{as_words(lacking)}: {frame.shown(row, lacking)}",
        "tip": tip(frame, row, *frame.numbers[:2], title=label),
        "group": verdicts.group(frame, row, row[last] - row[first]) if complete else None,
        "head": "triangle-left" if complete and row[last] < row[first] else "triangle-right",
        "marked": bool(frame.place and row[frame.place] in frame.options.highlights),
    }
    return found | ({"state": row[frame.place]} if frame.place else {})


def _remark(frame: Frame) -> str:
    tested = f" {verdicts.CHANCE.capitalize()}: {verdicts.rule(frame)}." if verdicts.is_tested(frame) else ""
    return f"Arrows point from {_from(frame)}.{tested}"


def _from(frame: Frame) -> str:
    return " to ".join(map(as_words, frame.numbers[:2]))


def _arrows(frame: Frame) -> list[Spec]:
    color = series_color(verdicts.hues(frame, frame.palette), "group", symbolType="triangle-right")
    wide = {"condition": {"test": "datum.marked", "value": 5}, "value": 2}
    ends = {"x": quantity("first"), "x2": {"field": "value"}}
    head = {"type": "point", "filled": True, "size": 70, "cursor": "pointer", "invalid": "filter", "opacity": 1, **TIP}
    complete = [{"filter": "isValid(datum.value)"}]
    return [
        {
            "transform": complete,
            "mark": {"type": "rule", "aria": False},
            "encoding": {**ends, "color": color, "strokeWidth": wide},
        },
        {
            "transform": complete,
            "mark": head,
            "encoding": {"color": color, "shape": {"field": "head", "scale": None}},
        },
    ]
