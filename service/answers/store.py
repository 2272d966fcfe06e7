"""Answers that may be given again: as many as fit into a number of bytes, those that were not asked for longest go."""

from __future__ import annotations

from weakref import WeakValueDictionary

from cachetools import LRUCache

from service.answers.answer import Answer

OVERHEAD = 2000
"""Bytes of an answer beside its data."""


class Cache:
    """By key, which holds the SQL's hash, the arguments and the dataset's version: what a reload changes is not found.

    For the event loop.
    """

    def __init__(self, most_bytes: int) -> None:
        self._answers: LRUCache[str, Answer] = LRUCache(most_bytes, getsizeof=lambda answer: answer.bytes + OVERHEAD)
        self._long: WeakValueDictionary[str, Answer] = WeakValueDictionary()
        """Those whose rows are on the disk: known for as long as the job table, which bounds them, holds them."""

    def get(self, key: str) -> Answer | None:
        """The answer of a key, if there is one still."""
        answer: Answer | None = self._answers.get(key)
        if answer is None:
            answer = self._long.get(key)
            if answer is not None and not answer.result.is_there:
                return None
        return answer

    def put(self, answer: Answer) -> None:
        """Keep an answer; one that is larger than all room is let go."""
        if answer.result.file is not None:
            self._long[answer.key] = answer
            return
        self._answers.pop(answer.key, None)
        if answer.bytes + OVERHEAD <= self._answers.maxsize:
            self._answers[answer.key] = answer

    def recount(self, answer: Answer) -> None:
        """The answer has got another form."""
        if self._answers.get(answer.key) is answer:  # not one that a newer answer has replaced
            self.put(answer)

    @property
    def bytes(self) -> int:
        """What the answers take."""
        return int(self._answers.currsize)
