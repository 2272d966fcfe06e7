"""What is drawn of a row: its value, and the same tooltip in every chart."""

from __future__ import annotations

from typing import Any

from service.charts import verdicts
from service.charts.frame import RELIABILITY, SAMPLE_SIZE, Frame, Row
from service.charts.units import as_words, better_end, is_difference, unit_of
from service.dataset.places import is_state

TIP: dict[str, Any] = {"tooltip": {"expr": "datum.tip"}}
"""What each mark has that a reader may point at. Its data is an object: `title`, and texts by their names."""
CONFIDENCE = "95% confidence"


def mark(frame: Frame, row: Row, column: str, title: str | None = None, **own: Any) -> Row:
    """A value as a number and as a text, its interval, and what belongs to the chart's `own`.

    `title` is what the tooltip is about, if not the row's place. The page asks by `state` for the place whose mark is
    clicked.
    """
    found = {"value": row[column], "shown": frame.shown(row, column), **own}
    if limits := frame.limits(column):
        found |= {end: row[each] for end, each in zip(("low", "high"), limits, strict=True)}
    if frame.is_unreliable(row, column):
        found["unreliable"] = True
    found["tip"] = tip(frame, row, column, title=title)
    return found | ({"state": row[frame.place]} if frame.place else {})


def tip(frame: Frame, row: Row, *columns: str, title: str | None = None) -> dict[str, str]:
    """Name, year, value, limits, sample size, rank, verdict and flags of the first column, and the others' values."""
    first = columns[0]
    year = row.get(frame.year) if frame.year else frame.only_year
    size = frame.beside(row, first, SAMPLE_SIZE)
    texts = {
        "title": title or str(row[frame.label] if frame.label else ""),
        "year": year and str(year),
        **{as_words(column): _value(frame, row, column) for column in columns},
        CONFIDENCE: interval(frame, row, first),
        "sample size": size and f"{size:,}",
        "rank": _rank(frame, row, first),
        "verdict": verdicts.told(row),
        "flag": frame.beside(row, first, RELIABILITY) if frame.is_unreliable(row, first) else None,
    }
    return {key: text for key, text in texts.items() if text}


def interval(frame: Frame, row: Row, column: str, between: str = " to ") -> str | None:
    limits = frame.limits(column)
    if limits is None or row[limits[0]] is None or row[limits[1]] is None:
        return None
    return between.join(frame.figure(row[each], column) for each in limits)


def _value(frame: Frame, row: Row, column: str) -> str:
    if row[column] is None:
        return frame.shown(row, column)
    unit = unit_of(frame, column)
    after = "%" if "percent of" in unit else " points" if is_difference(frame, column) else ""
    return frame.shown(row, column) + after


def _rank(frame: Frame, row: Row, column: str) -> str | None:
    """As the statistic gives it, with the ranks that sampling error allows; else among the states of this answer."""
    if "rank" in row:
        low, high = row.get("rank_low"), row.get("rank_high")
        return row["rank"] and f"{row['rank']}{f' ({low} to {high})' if low and high else ''}, 1 is best"
    better = better_end(frame, column)
    if better is None or not (frame.place and frame.has_one_row_a_place and is_state(row[frame.place])):
        return None
    values = [each[column] for each in frame.published(column) if is_state(each[frame.place])]
    if row[column] is None or len(values) < 2:
        return None
    sign = 1 if better == "higher" else -1
    ahead = sum(sign * value > sign * row[column] for value in values)
    return f"{ahead + 1} of {len(values)}, 1 is best"
