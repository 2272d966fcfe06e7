"""An answer in one format as bytes: made once for the same format, options and coding, then kept by the store."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Hashable, Mapping

import msgspec

from service.answers.answer import Answer
from service.answers.store import AnswerStore, Rendering
from service.charts.renderer import Renderer
from service.compression import IDENTITY, WORTHWHILE, compress
from service.formats import FORMATS, Format
from service.formats.options import PLAIN, Options


class _Described(msgspec.Struct):
    """What is read of a Vega-Lite spec."""

    description: str


def first_rendering(answer: Answer) -> Mapping[Hashable, Rendering]:
    """The one that most ask for, made along with the answer; those of a long answer wait until they are asked for."""
    if answer.result.file is not None:
        return {}
    return {("json", PLAIN, IDENTITY): _render(answer, FORMATS["json"], PLAIN)}


class Renderings:
    """Makes what the store does not have yet."""

    def __init__(self, store: AnswerStore, renderer: Renderer) -> None:
        self._store = store
        self._renderer = renderer

    async def get(self, answer: Answer, format_: Format, options: Options = PLAIN, coding: str = IDENTITY) -> Rendering:
        """The rendering, compressed where that is worthwhile. Pages are not kept."""
        key, keep = (format_.name, options), options.page is None
        plain = await self._store.rendering(
            answer, (*key, IDENTITY), lambda: self._plain(answer, format_, options), keep=keep
        )
        if coding == IDENTITY or format_.compressed or len(plain.body) < WORTHWHILE:
            return plain
        return await self._store.rendering(answer, (*key, coding), lambda: _compressed(plain, coding), keep=keep)

    async def _plain(self, answer: Answer, format_: Format, options: Options) -> Rendering:
        plain = await asyncio.to_thread(_render, answer, format_, options)
        if not format_.drawn:
            return plain
        scale = options.picture.scale if options.picture else 1.0
        return _rendering(await self._renderer.render(plain.body, format_.name, scale), plain.alt)


def _render(answer: Answer, format_: Format, options: Options) -> Rendering:
    """What the format itself gives: of a picture, its spec. Takes time: not for the event loop."""
    body = b"".join(format_.render(answer, options))
    return _rendering(body, msgspec.json.decode(body, type=_Described).description if format_.picture else None)


def _rendering(body: bytes, alt: str | None) -> Rendering:
    return Rendering(body=body, hash=hashlib.blake2b(body, digest_size=12).hexdigest(), alt=alt)


async def _compressed(plain: Rendering, coding: str) -> Rendering:
    return plain._replace(body=await asyncio.to_thread(compress, plain.body, coding), coding=coding)
