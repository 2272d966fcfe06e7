"""Parts of a spec that tests look at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.charts.registry import make_spec


def spec_of(answer: Answer, **options: Any) -> dict[str, Any]:
    return make_spec(answer, PictureOptions(**options))


def values(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["data"]["values"]
    return found


def rows(answer: Answer) -> list[dict[str, Any]]:
    return [dict(zip(answer.result.names, row, strict=True)) for row in answer.result.rows()]


def layers(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The layers that draw, also those within layers."""
    for layer in spec["layer"]:
        yield from layers(layer) if "layer" in layer else [layer]


def channels(spec: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """What each layer that has this channel has as it."""
    return [layer["encoding"][name] for layer in layers(spec) if name in layer.get("encoding", {})]


def legend_entries(spec: dict[str, Any]) -> set[str]:
    """The texts of entries that stand for one thing: a dashed line, intervals, marks without a filling."""
    named = [channel for name in ("strokeDash", "opacity") for channel in channels(spec, name)]
    return {entry for channel in named if "datum" in channel for entry in channel["scale"]["domain"]}


def footnote(spec: dict[str, Any]) -> list[str]:
    """The lines below the chart."""
    lines: list[str] = spec["layer"][-1]["encoding"]["size"]["legend"]["title"]
    return lines
