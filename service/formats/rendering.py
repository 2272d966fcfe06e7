"""An answer in one format as bytes: made once for the same format, options and coding, then kept by the store."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Hashable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from service.answers.answer import Answer
from service.answers.partial_reads import PLACES, PartialReads, Reading
from service.answers.store import AnswerStore, Rendering
from service.charts.renderer import Renderer
from service.compression import IDENTITY, WORTHWHILE, compressed
from service.formats.format_options import PLAIN, Options
from service.formats.registry import FORMATS, Format
from service.formats.rendering_file import RenderingFile, write
from service.settings import Results
from service.threads import FEW, in_long_thread, in_short_thread, shared


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

    def __init__(self, store: AnswerStore, renderer: Renderer, limits: Results, folder: Path) -> None:
        self._store = store
        self._renderer = renderer
        self._being_read = PartialReads[Reading](PLACES * limits.memory_bytes)
        self._files = PartialReads[RenderingFile](limits.disk_bytes)
        self._write = partial(write, folder, limits.disk_bytes)
        self._writing: dict[Hashable, asyncio.Future[RenderingFile]] = {}

    async def get(self, answer: Answer, format_: Format, options: Options = PLAIN, coding: str = IDENTITY) -> Rendering:
        """The rendering, compressed where that is worthwhile. Pages are not kept."""
        key, keep = (format_.name, options), options.page is None
        plain = await self._store.rendering(
            answer, (*key, IDENTITY), lambda: self._plain(answer, format_, options), keep=keep
        )
        if coding == IDENTITY or format_.compressed or len(plain.body) < WORTHWHILE:
            return plain
        return await self._store.rendering(answer, (*key, coding), lambda: _compressed(plain, coding), keep=keep)

    async def for_reader(
        self, asked: Hashable, answer: Answer, format_: Format, options: Options = PLAIN, coding: str = IDENTITY
    ) -> Rendering:
        """The same for who reads it in parts: for a minute after each, all are of these bytes, remembered or not."""
        key, reading = (format_.name, options, coding), self._being_read.get(asked)
        is_it = reading is not None and reading.answer is answer and reading.key == key
        rendering = reading.rendering if reading is not None and is_it else None
        if rendering is None:
            rendering = await self.get(answer, format_, options, coding)
        self._being_read.hold(asked, Reading(answer, key, rendering))
        return rendering

    async def file_for_reader(
        self, asked: Hashable | None, answer: Answer, format_: Format, options: Options
    ) -> RenderingFile:
        """The same of a long answer, whose rendering may be too long for the memory; without `asked` only that is held.

        Raises BadRequest when it is too long for the disk, Unavailable when that is full.
        """
        # Not by the answer, so that one whose rows are picked anew for each part finds the file of the part before.
        key = (answer.key, answer.provenance.computed_at, format_.name, options)
        file = self._files.get(key) or await self._written(key, answer, format_, options)
        self._files.hold(key, file)
        if asked is not None:
            self._being_read.hold(asked, Reading(answer, (format_.name, options), None))
        return file

    async def _written(self, key: Hashable, answer: Answer, format_: Format, options: Options) -> RenderingFile:
        """The file, made once for all who ask meanwhile."""
        writing = self._writing.get(key)
        if writing is None:
            pieces = format_.render(answer, options)
            writing = self._writing[key] = asyncio.ensure_future(self._write(pieces))
            writing.add_done_callback(lambda _: self._writing.pop(key))
        return await shared(writing)

    @property
    def being_read_bytes(self) -> dict[str, int]:
        """What is held for who reads in parts: in `memory`, and on the `disk`."""
        return {"memory": self._being_read.bytes, "disk": self._files.bytes}

    def hold(self, asked: Hashable, answer: Answer) -> None:
        """For a minute, an answer whose rows are picked anew for each part, so that all parts are of one answer."""
        self._being_read.hold(asked, Reading(answer, None, None))

    def being_read(self, asked: Hashable) -> Answer | None:
        """The answer that was read in parts within the last minute."""
        reading = self._being_read.get(asked)
        return reading.answer if reading else None

    async def _plain(self, answer: Answer, format_: Format, options: Options) -> Rendering:
        rows = min(answer.result.length, options.page.limit if options.page else answer.result.length)
        make = partial(_render, answer, format_, options)
        plain = await (in_short_thread if rows <= FEW else in_long_thread)(make)
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
    return plain._replace(body=await compressed(plain.body, coding), coding=coding)
