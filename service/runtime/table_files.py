"""The whole table as an answer and as files: one a format, made when first asked for, kept while the table serves."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import closing
from pathlib import Path

from service.answers.answer import Answer, make_answer, make_provenance
from service.answers.shapes import make_shape
from service.engine.notes import KINDS
from service.engine.protocol import Engine
from service.formats.format_options import Options
from service.formats.registry import Format
from service.formats.rendering_file import RenderingFile, write
from service.runtime.editions import Editions
from service.settings import Results
from service.threads import in_short_thread, shared

NAME = "dataset"
SQL = "from health"
TITLE = "Nutrition, Physical Activity, and Obesity - BRFSS"
METHOD = "Every row of the table, as it was loaded."


class TableFiles:
    """For the event loop."""

    def __init__(self, editions: Editions, limits: Results, folder: Path) -> None:
        self._editions = editions
        self._limits = limits
        self._folder = folder
        self._version = ""
        self._answer: asyncio.Future[Answer] | None = None
        self._files: dict[tuple[Format, Options], asyncio.Future[RenderingFile]] = {}

    async def answer(self) -> Answer:
        """All rows of the current edition's table."""
        with self._editions.using() as edition:
            version = edition.engine.facts.version
            if self._answer is None or self._version != version or not _is_usable(self._answer):
                self._version, self._files = version, {}
                self._answer = asyncio.ensure_future(self._select())
            return await shared(self._answer)

    async def _select(self) -> Answer:
        with self._editions.using() as edition:
            return await in_short_thread(_answer, edition.engine)

    async def file(self, answer: Answer, format_: Format, options: Options) -> RenderingFile:
        """A format of it; raises BadRequest when it is too long for the disk, Unavailable when that is full."""
        files = self._files if answer.provenance.dataset == self._version else {}
        making = files.get((format_, options))
        if making is None or not _is_usable(making):
            pieces = format_.render(answer, options)
            making = asyncio.ensure_future(write(self._folder, self._limits.disk_bytes, pieces))
            files[format_, options] = making
        return await shared(making)


def _is_usable(made: asyncio.Future[Answer] | asyncio.Future[RenderingFile]) -> bool:
    """Whether it is still being made, or was made and the disk still has it."""
    return not made.done() or (not made.cancelled() and made.exception() is None and made.result().is_there)


def _answer(engine: Engine) -> Answer:
    # A column of such a name in the file is one of the table's, and says nothing of the table as a whole.
    renamed = ", ".join(f"{name} as {name.capitalize()}" for name in KINDS if name in engine.columns)
    sql = f"select * rename ({renamed}) from health" if renamed else SQL  # noqa: S608 - names of our own
    with closing(engine.session()) as session:
        result = session.run(session.prepare(NAME, sql), {})
    facts = engine.facts
    provenance = make_provenance(
        facts,
        statistic=NAME,
        arguments={},
        unit=None,
        sql=hashlib.sha256(sql.encode()).hexdigest()[:12],
        title=TITLE,
        method=METHOD,
        years=facts.years,
        wordings=[{name: each[name] for name in ("code", "wording", "years")} for each in facts.wordings],
    )
    return make_answer(f"{facts.version}-{NAME}", provenance, "rows", make_shape("rows", result.names), result)
