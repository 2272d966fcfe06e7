"""The load generator: clients that POST, then ask for the results until they are there.

It shares the cores with the server, so it speaks just enough HTTP over asyncio's streams: a full client library
would take more CPU time than the server that is measured.
"""

from __future__ import annotations

import asyncio
import re
import time
from itertools import cycle
from typing import NamedTuple

import uvloop

from bench.questions import Question

LENGTH = re.compile(rb"content-length: (\d+)", re.I)
JOB = re.compile(rb'"job_id":(\d+)')
RUNNING = b'{"status":"running"}'
PAUSE = 0.002


class Load(NamedTuple):
    """What so many clients got done: latencies in seconds from POST to answer, polls, errors, and the bytes sent back."""

    seconds: float
    latencies: list[float]
    polls: int
    errors: list[str]
    bytes: int

    @property
    def rate(self) -> float:
        """Jobs per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency, in milliseconds, that this share of the jobs did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000


class _Client:
    """One keep-alive connection, one job at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.polls = 0

    async def ask(self, question: Question) -> bytes:
        """The answer's body; raises ValueError for any other end."""
        status, body = await self._exchange(question.request())
        found = JOB.search(body)
        if status != 202 or not found:
            raise ValueError(f"POST {question.statistic}: {status} {body[:200]!r}")
        results = b"GET /api/results/" + found[1] + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        while True:
            self.polls += 1
            status, body = await self._exchange(results)
            if body != RUNNING:
                break
            await asyncio.sleep(PAUSE)
        if status != 200 or not body.startswith(b'{"status":"done"'):
            raise ValueError(f"results of {question}: {status} {body[:200]!r}")
        return body

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        body = await self._reader.readexactly(int(found[1])) if found else b""
        return int(head[9:12]), body


def load(port: int, clients: int, questions: list[Question], seconds: float) -> Load:
    """Let so many clients ask for so many seconds, each beginning at another question."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, clients, questions, seconds))


async def _load(port: int, clients: int, questions: list[Question], seconds: float) -> Load:
    begun = time.perf_counter()
    latencies: list[float] = []
    errors: list[str] = []

    async def one(number: int) -> tuple[int, int]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        client, received = _Client(reader, writer), 0
        begin = number * len(questions) // clients
        for question in cycle(questions[begin:] + questions[:begin]):
            asked = time.perf_counter()
            if asked - begun > seconds or len(errors) > 10:
                break
            try:
                received += len(await client.ask(question))
                latencies.append(time.perf_counter() - asked)
            except ValueError as error:
                errors.append(str(error))
        writer.close()
        return client.polls, received

    async with asyncio.timeout(seconds + 60):
        ended = await asyncio.gather(*(one(number) for number in range(clients)))
    polls, received = (sum(counts) for counts in zip(*ended, strict=True))
    return Load(time.perf_counter() - begun, latencies, polls, errors, received)
