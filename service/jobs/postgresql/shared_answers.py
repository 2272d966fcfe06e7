"""The answers that replicas share: rows in the database, long ones as files in the shared folder."""

from __future__ import annotations

from pathlib import Path
from weakref import WeakValueDictionary

import pyarrow as pa

from service.answers.answer import Answer
from service.answers.store import AnswerStore
from service.errors import NotFound
from service.jobs.postgresql.database import Database
from service.jobs.stored import StoredAnswer, answer_of
from service.threads import in_reading_thread

COLUMNS = "id, key, provenance, returns, length, data, file"
OF_KEY = f"select {COLUMNS} from health.answers where key = $1 order by id desc limit 1"
OF_NUMBER = f"select {COLUMNS} from health.answers where id = $1"


class SharedAnswers:
    """For the event loop. `memory` is this replica's own store, which remembers what it has read."""

    def __init__(self, database: Database, memory: AnswerStore, folder: Path) -> None:
        self._database = database
        self._memory = memory
        self._folder = folder
        self._numbered: WeakValueDictionary[int, Answer] = WeakValueDictionary()

    def add(self, number: int, answer: Answer) -> None:
        """An answer of this replica's has been written under a number."""
        self._numbered[number] = answer
        answer.result.disown()  # others need its file

    async def of_key(self, key: str) -> Answer | None:
        """The newest answer to a query's key; raises Unavailable, and NotFound (410) where its rows are lost."""
        return await self._read(OF_KEY, key)

    async def of_number(self, number: int) -> Answer:
        """Raises Unavailable, and NotFound (410) where it, or its rows, are no longer there."""
        found = self._numbered.get(number)
        if found is None or not found.is_there:
            found = await self._read(OF_NUMBER, number)
        if found is None:
            raise NotFound("the answer of this job is no longer kept; ask again with a new job", status=410)
        return found

    async def _read(self, sql: str, value: object) -> Answer | None:
        row = await self._database.row(sql, value)
        if row is None:
            return None
        number, *columns = row
        known = self._numbered.get(number)
        if known is not None and known.is_there:
            return known
        try:
            answer = await in_reading_thread(answer_of, StoredAnswer(*columns), self._folder, owned=False)
        except (OSError, pa.ArrowInvalid):
            # So that the same question is computed again, and not answered by what is lost.
            await self._database.value("delete from health.answers where id = $1", number)
            reason = "the rows of this answer have been removed, or are damaged; ask again with a new job"
            raise NotFound(reason, status=410) from None
        self._numbered[number] = answer
        if self._memory.known(answer.key) is None:
            self._memory.add(answer)
        return answer
