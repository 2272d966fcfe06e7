"""The load: clients of aiohttp as most programs have them, that POST and ask for the results until they are there.

They share the machine's cores with the server. What they send and accept is the library's own, compression included.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import takewhile
from typing import NamedTuple

import uvloop
from aiohttp import ClientSession, ClientTimeout

from bench.questions import Question

JOB = re.compile(rb'"job_id":(\d+)')
RUNNING = b'{"status":"running"'
PAUSE = 0.002
LONGEST_JOB = 60


class Load(NamedTuple):
    """What the clients got done: seconds from POST to answer of each job, polls, and bytes of answers on the wire."""

    seconds: float
    latencies: list[float]
    polls: int
    bytes: int

    @property
    def jobs(self) -> int:
        """How many were answered."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Jobs per second."""
        return self.jobs / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that this share of the jobs did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


class Client:
    """One job at a time, by a connection of its own."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self.polls = self.bytes = 0

    async def ask(self, question: Question) -> bytes:
        """The answer's body, by POST and results; raises ValueError or TimeoutError for any other end."""
        status, body = await self._exchange("POST", f"/api/{question.statistic}", question.body())
        found = JOB.search(body)
        if status != 202 or not found:
            raise ValueError(f"POST {question}: {status} {body[:200]!r}")
        async with asyncio.timeout(LONGEST_JOB):
            while True:
                self.polls += 1
                status, body = await self._exchange("GET", f"/api/results/{found[1].decode()}")
                if not body.startswith(RUNNING):
                    return _done(question, status, body)
                await asyncio.sleep(PAUSE)

    async def get(self, question: Question) -> bytes:
        """The same by one GET."""
        return _done(question, *await self._exchange("GET", question.path()))

    async def _exchange(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else None
        async with self._session.request(method, path, data=body, headers=headers) as response:
            self.bytes += response.content_length or 0
            return response.status, await response.read()


def _done(question: Question, status: int, body: bytes) -> bytes:
    if status != 200 or not body.startswith(b'{"status":"done"'):
        raise ValueError(f"{question}: {status} {body[:200]!r}")
    return body


Ask = Callable[[Client, Question], Awaitable[bytes]]


def load(
    port: int,
    questions: Iterable[Question],
    *,
    clients: int,
    seconds: float | None = None,
    ask: Ask = Client.ask,
    headers: dict[str, str] | None = None,
    seen: Callable[[Question, bytes], None] = lambda _, __: None,
) -> Load:
    """Let so many clients ask these questions in turn, at most for so many seconds; a wrong answer is a ValueError."""

    async def one() -> Client:
        async with ClientSession(f"http://127.0.0.1:{port}", headers=headers, timeout=ClientTimeout(120)) as session:
            client = Client(session)
            for question in turns:
                asked = time.perf_counter()
                body = await ask(client, question)
                latencies.append(time.perf_counter() - asked)
                seen(question, body)
        return client

    async def all_of_them() -> list[Client]:
        return await asyncio.gather(*(one() for _ in range(clients)))

    latencies: list[float] = []
    begun = time.perf_counter()
    turns = takewhile(lambda _: seconds is None or time.perf_counter() - begun < seconds, questions)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        done = runner.run(all_of_them())
    polls, received = sum(client.polls for client in done), sum(client.bytes for client in done)
    return Load(time.perf_counter() - begun, latencies, polls, received)
