"""An arrow for each row from its first number to its second, coloured by whether that is better, worse or chance."""

from __future__ import annotations

from service.charts.channels import TOP, Spec, names, quantity, series_color, tooltip
from service.charts.drawing import Drawing
from service.charts.frame import Frame, Row
from service.charts.rows import STEP, labels_of, reasons
from service.charts.scales import whole
from service.charts.units import as_words, better_end, top_title
from service.errors import NoPicture

SIGNIFICANT = 0.05
"""A `q` below this, a p value adjusted for many tests, tells a change from chance."""
SAME = "not different"


def build(frame: Frame) -> Drawing:
    labels = labels_of(frame, "arrows")
    if len(frame.numbers) < 2:
        raise NoPicture(
            "arrows need two columns of numbers that the statistic names, as in arrows(first_value, last_value); "
            "ask for chart=bars or chart=table"
        )
    arrows = [_arrow(frame, row, label) for row, label in zip(frame.rows, labels, strict=True)]
    scale = whole([*arrows, *({"value": arrow["first"]} for arrow in arrows)])
    spec = {
        "height": STEP * len(labels),
        "data": {"values": arrows},
        "encoding": {
            "y": names(labels, {"grid": True, "labelLimit": frame.options.width // 2.2}),
            "x": quantity("value", scale=scale, title=top_title(frame, *frame.numbers[:2]), **TOP),
        },
        "layer": [*_arrows(frame), *reasons(frame.palette, arrows)],
    }
    counts = {group: sum(arrow["group"] == group for arrow in arrows) for group in _hues(frame)}
    counted = ", ".join(f"{count} {group}" for group, count in counts.items())
    return Drawing(spec, f"Arrows from {_from(frame)} for {len(labels)} names: {counted}.", [_remark(frame)])


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
        "first_shown": frame.shown(row, first),
        "group": _group(frame, row) if complete else None,
        "head": "triangle-left" if complete and row[last] < row[first] else "triangle-right",
        "marked": bool(frame.place and row[frame.place] in frame.options.highlights),
    }
    return found | ({"state": row[frame.place]} if frame.place else {})


def _group(frame: Frame, row: Row) -> str:
    first, last = frame.numbers[:2]
    if row[first] == row[last] or _is_chance(row):
        return SAME
    rises = row[last] > row[first]
    better = better_end(frame)
    if better is None:
        return "higher" if rises else "lower"
    return "better" if rises == (better == "higher") else "worse"


def _is_chance(row: Row) -> bool:
    """By `q`, or by `p` where a row has none, as National; else by whether the two confidence intervals overlap."""
    tested = next((row[name] for name in ("q", "p") if row.get(name) is not None), None)
    return row.get("apart") is False if tested is None else tested >= SIGNIFICANT


def _remark(frame: Frame) -> str:
    tested = f"Not different: q of {SIGNIFICANT} or more." if "q" in frame.rows[0] else ""
    overlapping = "Not different: the two confidence intervals overlap." if "apart" in frame.rows[0] else ""
    return f"Arrows point from {_from(frame)}. {tested or overlapping}".strip()


def _from(frame: Frame) -> str:
    return " to ".join(map(as_words, frame.numbers[:2]))


def _hues(frame: Frame) -> dict[str, str]:
    palette = frame.palette
    if better_end(frame) is None:
        return {"higher": palette.series[0], "lower": palette.series[3], SAME: palette.plain}
    return {"better": palette.best, "worse": palette.worst, SAME: palette.plain}


def _arrows(frame: Frame) -> list[Spec]:
    color = series_color(_hues(frame), "group", symbolType="triangle-right")
    wide = {"condition": {"test": "datum.marked", "value": 5}, "value": 2}
    ends = {"x": quantity("first"), "x2": {"field": "value"}}
    head = {"type": "point", "filled": True, "size": 70, "cursor": "pointer", "invalid": "filter", "opacity": 1}
    first, last = map(as_words, frame.numbers[:2])
    titles = tooltip(label="name", first_shown=first, shown=last, group="change")
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
            "encoding": {"color": color, "shape": {"field": "head", "scale": None}, "tooltip": titles},
        },
    ]
