"""The load generator: clients that POST, then ask for the results until they are there; or that GET the answer itself.

It shares the cores with the server, so by default it speaks just enough HTTP over asyncio's streams: a full client
library takes about as much CPU time as the server that is measured. The aiohttp client is there to compare with figures
that were measured with it.
"""

from __future__ import annotations

import asyncio
import re
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from typing import NamedTuple

import uvloop
from aiohttp import ClientSession

from bench.questions import Question

LENGTH = re.compile(rb"content-length: (\d+)", re.I)
JOB = re.compile(rb'"job_id":(\d+)')
RUNNING = b'{"status":"running"}\n'
PAUSE = 0.002


class Load(NamedTuple):
    """What so many clients got done: seconds from POST to answer, polls, errors, and bytes received."""

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


class Client(ABC):
    """One job at a time."""

    def __init__(self) -> None:
        self.polls = 0

    @abstractmethod
    async def exchange(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one request."""

    async def ask(self, question: Question) -> bytes:
        """The answer's body; raises ValueError for any other end."""
        status, body = await self.exchange("POST", f"/api/{question.statistic}", question.body())
        found = JOB.search(body)
        if status != 202 or not found:
            raise ValueError(f"POST {question.statistic}: {status} {body[:200]!r}")
        results = f"/api/results/{found[1].decode()}"
        while True:
            self.polls += 1
            status, body = await self.exchange("GET", results)
            if body != RUNNING:
                break
            await asyncio.sleep(PAUSE)
        if status != 200 or not body.startswith(b'{"status":"done"'):
            raise ValueError(f"results of {question}: {status} {body[:200]!r}")
        return body

    async def fetch(self, question: Question) -> bytes:
        """The answer's body, by one GET; raises ValueError for any other end."""
        status, body = await self.exchange("GET", question.path())
        if status != 200 or not body.startswith(b'{"status":"done"'):
            raise ValueError(f"GET {question.path()}: {status} {body[:200]!r}")
        return body


class Raw(Client):
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__()
        self._reader, self._writer = reader, writer

    async def exchange(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one request."""
        about = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self._writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{about}\r\n".encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        found = LENGTH.search(head)
        return int(head[9:12]), await self._reader.readexactly(int(found[1])) if found else b""


class Library(Client):
    """A client as most programs have it."""

    def __init__(self, session: ClientSession) -> None:
        super().__init__()
        self._session = session

    async def exchange(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one request."""
        headers = {"Content-Type": "application/json"} if body else None
        async with self._session.request(method, path, data=body or None, headers=headers) as response:
            return response.status, await response.read()


@asynccontextmanager
async def raw(port: int) -> AsyncIterator[Client]:
    """A client of the cheap kind."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def library(port: int) -> AsyncIterator[Client]:
    """A client of the usual kind."""
    async with ClientSession(f"http://127.0.0.1:{port}") as session:
        yield Library(session)


KINDS = {"raw": raw, "aiohttp": library}
Ask = Callable[[Client, Question], Awaitable[bytes]]


def load(
    port: int, clients: int, questions: list[Question], seconds: float, kind: str = "raw", ask: Ask = Client.ask
) -> Load:
    """Let so many clients ask for so many seconds, each beginning at another question."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, clients, questions, seconds, kind, ask))


async def _load(port: int, clients: int, questions: list[Question], seconds: float, kind: str, ask: Ask) -> Load:
    begun = time.perf_counter()
    latencies: list[float] = []
    errors: list[str] = []

    async def one(number: int) -> tuple[int, int]:
        received = 0
        begin = number * len(questions) // clients
        async with KINDS[kind](port) as client:
            for question in cycle(questions[begin:] + questions[:begin]):
                asked = time.perf_counter()
                if asked - begun > seconds or len(errors) > 10:
                    break
                try:
                    received += len(await ask(client, question))
                    latencies.append(time.perf_counter() - asked)
                except ValueError as error:
                    errors.append(str(error))
        return client.polls, received

    async with asyncio.timeout(seconds + 60):
        ended = await asyncio.gather(*(one(number) for number in range(clients)))
    polls, received = (sum(counts) for counts in zip(*ended, strict=True))
    return Load(time.perf_counter() - begun, latencies, polls, errors, received)
