"""The whole table as an answer and as files: one a format, made when first asked for, kept while the table serves."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import closing
from pathlib import Path

from service.answers.answer import Answer, Provenance, make_answer
from service.answers.shapes import make_shape
from service.encoding import iso
from service.engine.protocol import Engine
from service.formats import Format
from service.formats.options import Options
from service.formats.rendering_file import RenderingFile, write
from service.runtime.editions import Editions
from service.settings import Results

NAME = "dataset"
SQL = "from health"
TITLE = "Nutrition, Physical Activity, and Obesity - BRFSS"
METHOD = "Every row of the table, as it was loaded."

Making = asyncio.Future[RenderingFile]


class WholeTable:
    """For the event loop."""

    def __init__(self, editions: Editions, limits: Results, folder: Path) -> None:
        self._editions = editions
        self._limits = limits
        self._folder = folder
        self._version = ""
        self._answer: asyncio.Future[Answer] | None = None
        self._files: dict[tuple[Format, Options], Making] = {}

    async def answer(self) -> Answer:
        """All rows of the current edition's table."""
        with self._editions.using() as edition:
            if self._version != edition.engine.facts.version:
                self._version, self._answer, self._files = edition.engine.facts.version, None, {}
            if self._answer is None or _failed(self._answer):
                self._answer = asyncio.ensure_future(self._select())
            # It goes on when one of those waiting for it goes away.
            return await asyncio.shield(self._answer)

    async def _select(self) -> Answer:
        with self._editions.using() as edition:
            return await asyncio.to_thread(_answer, edition.engine)

    async def file(self, answer: Answer, format_: Format, options: Options) -> RenderingFile:
        """A format of it; raises BadRequest when it is too long for the disk, Unavailable when that is full."""
        files = self._files if answer.provenance.dataset == self._version else {}
        making = files.get((format_, options))
        if making is None or _failed(making) or (making.done() and not making.result().is_there):
            pieces = format_.render(answer, options)
            making = asyncio.ensure_future(write(self._folder, self._limits.disk_bytes, pieces))
            files[format_, options] = making
        return await asyncio.shield(making)


def _failed(made: asyncio.Future[Answer] | Making) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)


def _answer(engine: Engine) -> Answer:
    with closing(engine.session()) as session:
        result = session.run(session.prepare(NAME, SQL), {})
    facts = engine.facts
    provenance = Provenance(
        statistic=NAME,
        arguments={},
        unit=None,
        dataset=facts.version,
        source=facts.source,
        years=facts.years,
        sample=facts.sample,
        sql=hashlib.sha256(SQL.encode()).hexdigest()[:12],
        computed_at=iso(time.time()),
        title=TITLE,
        method=METHOD,
        warnings=[finding.text for finding in facts.warnings],
        wordings=[{name: each[name] for name in ("code", "wording", "years")} for each in facts.wordings],
    )
    return make_answer(f"{facts.version}-{NAME}", provenance, "rows", make_shape("rows", result.names), result)
