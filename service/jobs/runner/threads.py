"""The threads of the pool, which take runs from one queue; one that cannot be stopped is given up and replaced."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from service.errors import StartError, Unavailable
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.worker import AGAIN, Run, Worker

log = logging.getLogger(__name__)

NAME = "worker"
LONGEST_END = 1.5
"""Seconds for threads to end with the process; a run that takes longer runs again at the next start."""


class Threads:
    """Its methods are for the event loop; `do` is called in a thread, with its worker and a run."""

    def __init__(self, number: int, in_flight: InFlight, do: Callable[[Worker, Run], None]) -> None:
        """Starts all of them; raises StartError when the system allows no more."""
        self._number = number
        self._in_flight = in_flight
        self._do = do
        self._numbers = itertools.count()
        self._runs: SimpleQueue[Run | None] = SimpleQueue()
        self._serving: dict[Worker, threading.Thread] = {}
        self._lost: set[Worker] = set()
        try:
            for _ in range(number):
                self._begin()
        except RuntimeError as error:
            self.close()
            raise StartError(f"{number} worker threads cannot be started ({error}); lower [workers] threads") from None

    def _begin(self) -> None:
        worker = Worker(next(self._numbers), self._in_flight)
        # A daemon, since the end of the process must not wait for one that cannot be stopped.
        thread = threading.Thread(target=self._serve, args=(worker,), name=f"{NAME}_{worker.number}", daemon=True)
        self._serving[worker] = thread
        try:
            thread.start()
        except RuntimeError:
            del self._serving[worker]
            raise

    def _serve(self, worker: Worker) -> None:
        # One that was given up ends, also if its return is already known here.
        while worker in self._serving and (run := self._runs.get()) is not None:
            if run.begin():
                run.context.run(self._do, worker, run)
        worker.close()

    def figures(self, busy: int) -> dict[str, int]:
        """How many threads are busy, idle and lost, and missing to those that should serve."""
        serving = len(self._serving)
        return {"busy": busy, "idle": serving - busy, "lost": len(self._lost), "missing": self._number - serving}

    def put(self, run: Run) -> None:
        """Raises Unavailable when a lost worker could not be replaced, and still cannot be: nobody would take it."""
        if not self._serving and len(self._lost) <= self._number:
            self._replace()
            if not self._serving:
                raise Unavailable("no thread can be started to run it; ask again in a second", retry_after=1)
        self._runs.put(run)

    def give_up(self, worker: Worker) -> None:
        """Another takes its place, unless as many as there should be are lost already."""
        thread = self._serving.pop(worker)
        self._lost.add(worker)
        log.error("%s does not stop, and is given up: %d of %d are lost", thread.name, len(self._lost), self._number)
        if len(self._lost) <= self._number:
            self._replace()

    def has_returned(self, worker: Worker) -> None:
        """A worker has ended its run; if it was given up, it is no longer lost, and ends."""
        if worker in self._lost:
            self._lost.discard(worker)
            log.info("%s_%d has stopped after all", NAME, worker.number)
            if len(self._serving) < self._number:
                self._replace()

    def _replace(self) -> None:
        try:
            self._begin()
        except RuntimeError as error:
            log.error("no thread can be started in its place: %s", error)

    def close(self) -> None:
        """Wait for the threads to end, but not for long; what they run is interrupted if it should stop."""
        for _ in self._serving:
            self._runs.put(None)
        until = time.monotonic() + LONGEST_END
        for worker, thread in self._serving.items():
            while thread.is_alive() and time.monotonic() < until:
                worker.interrupt()
                thread.join(AGAIN)


def are_left() -> bool:
    """Whether a thread of a pool is still running."""
    return any(thread.name.startswith(f"{NAME}_") for thread in threading.enumerate())
