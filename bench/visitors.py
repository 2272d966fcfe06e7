"""Who comes to a soak: each visitor does one thing that clients or the operator do, and checks what comes back."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession

from bench.questions import MIX, questions
from service.settings import ROOT

BAD = {500, 501, 502}
"""What no client may ever get; 503 and 504 are promised."""
KNOWN = ["/api/states_mean?question=Q036", "/api/best5.csv?question=Q036", "/api/trend.records?question=Q036&state=OH"]
"""Answers that stay the same for the whole soak: the tables that take turns differ in another question."""
FORMATS = ("json", "csv", "ndjson", "parquet", "arrow", "xlsx", "html", "md", "vegalite", "svg", "png")
CODINGS = ("identity", "gzip", "br", "zstd")
SLOW = """\
-- Something that takes a while.
-- $millions integer(1..1000000) = 1: how long
-- returns: row
select sum(hash(range))::double as total from range($millions::bigint * 1000000)
"""
LONG = """\
-- Rows in a file.
-- $rows integer(1..) = 100000: how many
select range as id, range / 7 as value, 'row ' || (range % 1000) as name from range($rows::bigint)
"""
BROKEN = (
    b"nonsense\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nCoo kie: 1\r\n\r\n",
    b"GET /?" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    b"POST /api/best5 HTTP/1.1\r\nHost: x\r\nContent-Length: 9" + b"9" * 30 + b"\r\n\r\n",
    b"POST /api/best5 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /api/best5 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\": [[[",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
)  # fmt: skip
"""What is not HTTP, or not quite."""


class Visit:
    """One soak's clients: where they go, and the account of what they got."""

    def __init__(self, session: ClientSession, port: int, sql: Path, tables: list[Path], seed: int = 1) -> None:
        self.session, self.port = session, port
        self.sql, self.table, self._tables = sql, sql.parent / "table.csv", tables
        self.chance = Random(seed)
        self.mix = questions(MIX, 2000, seed)
        self.known: dict[tuple[str, str], bytes] = {}
        self.visits: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.acknowledged, self.ended = 0, Counter[str]()
        self.wrong: list[str] = []
        """What must not be, a sentence each."""

    async def exchange(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        """Status and body; a status that nobody promised is noted."""
        async with self.session.request(method, path, **options) as response:
            body = await response.read()
        self.statuses[response.status] += 1
        if response.status in BAD:
            self.wrong.append(f"{method} {path}: {response.status} {body[:200]!r}")
        return response.status, body

    async def follow(self, job_id: int) -> None:
        """Wait for the end of an acknowledged job, whose results must then be there."""
        self.acknowledged += 1
        while True:
            status, body = await self.exchange("GET", f"/api/results/{job_id}?wait=20")
            if status != 200 or body != b'{"status":"running"}\n':
                break
        self.ended["done" if status == 200 else f"{status}"] += 1
        if status not in {200, 409, 410, 503, 504}:
            self.wrong.append(f"job {job_id} ended with {status} {body[:200]!r}")

    def take_turns(self) -> None:
        """Put the other table in place, as an operator does."""
        self._tables.reverse()
        new = self.table.with_suffix(".new")
        new.write_bytes(self._tables[0].read_bytes())
        new.replace(self.table)


async def ask(visit: Visit) -> None:
    """POST one of the nine, and follow the job."""
    question = visit.chance.choice(visit.mix)
    status, body = await visit.exchange("POST", f"/api/{question.statistic}", json=question.arguments)
    if status == 202:
        await visit.follow(json.loads(body)["job_id"])


async def look(visit: Visit) -> None:
    """GET a known answer, which must be what it was."""
    path, coding = visit.chance.choice(KNOWN), visit.chance.choice(CODINGS)
    status, body = await visit.exchange("GET", path, headers={"Accept-Encoding": coding})
    if status == 200 and visit.known.setdefault((path, coding), body) != body:
        visit.wrong.append(f"GET {path} as {coding} is not what it was")


async def export(visit: Visit) -> None:
    """GET an answer in any format."""
    question = visit.chance.choice(visit.mix)
    path = f"/api/{question.statistic}.{visit.chance.choice(FORMATS)}?{urlencode(question.arguments)}"
    await visit.exchange("GET", path)


async def read_long(visit: Visit) -> None:
    """GET rows that lie in a file, as a stream or a part of it."""
    rows = visit.chance.choice((60_000, 100_000, 150_000))
    part = {"Range": f"bytes=-{visit.chance.randint(1, 10**6)}"} if visit.chance.random() < 0.3 else {}
    suffix = visit.chance.choice(("csv", "ndjson", "arrow", "parquet"))
    await visit.exchange("GET", f"/api/long.{suffix}?rows={rows}", headers=part)


async def cancel(visit: Visit) -> None:
    """Start what takes long, and cancel it."""
    status, body = await visit.exchange("POST", "/api/slow?fresh=true", json={"millions": 100_000})
    if status == 202:
        job_id = json.loads(body)["job_id"]
        await asyncio.sleep(visit.chance.random() / 10)
        await visit.exchange("DELETE", f"/api/jobs/{job_id}")
        await visit.follow(job_id)


async def vanish(visit: Visit) -> None:
    """Ask for something, read a little of it or nothing, and be gone."""
    path = visit.chance.choice(
        ("/api/slow?millions=2000&fresh=true", "/api/long.csv?rows=150000", "/api/jobs/events", "/api/dataset.csv",
         "/api/best5.png?question=Q036&width=2000&height=2000", "/api/jobs")
    )  # fmt: skip
    reader, writer = await asyncio.open_connection("127.0.0.1", visit.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        async with asyncio.timeout(visit.chance.random()):
            await reader.read(visit.chance.choice((1, 1000, 10**5)))
    except (TimeoutError, OSError):
        pass
    finally:
        writer.transport.abort()


async def break_it(visit: Visit) -> None:
    """Send what is not HTTP, whole or half of it."""
    data = visit.chance.choice(BROKEN)
    reader, writer = await asyncio.open_connection("127.0.0.1", visit.port)
    try:
        writer.write(data[: visit.chance.choice((len(data), len(data) // 2))])
        async with asyncio.timeout(0.5):
            answer = await reader.read(1000)
        if answer and not answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")):
            visit.wrong.append(f"{data[:80]!r} got {answer[:200]!r}")
    except (TimeoutError, OSError):
        pass
    finally:
        writer.transport.abort()


async def listen(visit: Visit) -> None:
    """Hear events of all jobs for a while."""
    async with visit.session.get("/api/jobs/events") as response:
        try:
            async with asyncio.timeout(visit.chance.uniform(0.5, 5)):
                while await response.content.readline():
                    pass
        except TimeoutError:
            pass


async def list_jobs(visit: Visit) -> None:
    """What the page does now and then."""
    for path in ("/api/jobs?newest=50", "/api/statistics", "/api/dataset", "/api/choices/Question?search=obes", "/"):
        await visit.exchange("GET", path)


async def change_sql(visit: Visit) -> None:
    """Change a file of a statistic, or break it, and reload: answers stay those of the last good one."""
    file = visit.sql / "best5.sql"
    text = (ROOT / "sql" / "best5.sql").read_text(encoding="utf-8")
    file.write_text(visit.chance.choice((text, f"{text}\n-- {visit.chance.random()}\n", "selec 1")), encoding="utf-8")
    await visit.exchange("POST", "/api/reload")


async def change_table(visit: Visit) -> None:
    """Put another table in its place, and reload."""
    await asyncio.to_thread(visit.take_turns)
    await visit.exchange("POST", "/api/reload")


class Visitor(NamedTuple):
    """What it does, how many of them there are, and the seconds that each pauses between two visits."""

    act: Callable[[Visit], Awaitable[None]]
    number: int
    pause: float


VISITORS: dict[str, Visitor] = {
    "asks": Visitor(act=ask, number=4, pause=0.02),
    "looks": Visitor(act=look, number=2, pause=0.02),
    "exports": Visitor(act=export, number=1, pause=0.1),
    "reads long answers": Visitor(act=read_long, number=1, pause=0.5),
    "cancels": Visitor(act=cancel, number=1, pause=0.2),
    "vanishes": Visitor(act=vanish, number=3, pause=0.1),
    "breaks": Visitor(act=break_it, number=1, pause=0.1),
    "listens": Visitor(act=listen, number=2, pause=0.1),
    "lists": Visitor(act=list_jobs, number=1, pause=0.5),
    "changes SQL": Visitor(act=change_sql, number=1, pause=10),
    "changes the table": Visitor(act=change_table, number=1, pause=20),
}


async def stay(visit: Visit, name: str, over: asyncio.Event) -> None:
    """Come again and again until the soak is over."""
    visitor = VISITORS[name]
    while not over.is_set():
        try:
            await visitor.act(visit)
        except (ClientError, OSError) as error:
            visit.wrong.append(f"{name}: {type(error).__name__} {error}")
        visit.visits[name] += 1
        with suppress(TimeoutError):
            await asyncio.wait_for(over.wait(), visitor.pause)
