"""Connections: slow clients lose theirs, those that the service keeps waiting do not, and nobody has too many."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest

from service.runtime.descriptors import count_descriptors
from tests.answers.test_long_answers import peak
from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.process import SLOW, Start, has_logged
from tests.waiting import LIMIT, until, wait_until

SHORT = 0.2
"""Seconds; all other limits of a test are those of the settings, and far longer than it lasts."""
HEAD = b"GET /api/num_jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = b"POST /api/best5 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"
LONG = "-- Many rows.\nselect range as id from range(3000000)\n"
WIDE = "-- A long text.\n-- returns: row\nselect repeat('x', 4000000) as text\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(client: Client, sent: bytes = b"") -> AsyncIterator[Connection]:
    host, port = client.base.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # else the system takes megabytes
    connection.connect((host, int(port)))
    reader, writer = await asyncio.open_connection(sock=connection, limit=1000)
    writer.write(sent)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the service closes the connection."""
    got = b""
    try:
        async with asyncio.timeout(LIMIT):
            while piece := await reader.read(2**20):
                got += piece
    except ConnectionError:
        pass
    return got


async def answered(reader: asyncio.StreamReader) -> None:
    """Read one short answer, whole."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))


@pytest.mark.parametrize(
    ("limit", "sent"), [("first_byte", b""), ("head", HEAD), ("body", POST), ("body", POST + b'{"question":')]
)
async def test_a_client_that_sends_too_slowly_loses_its_connection(serve: Serve, limit: str, sent: bytes) -> None:
    """Nothing at all, half a head, or half a body."""
    client = await serve(**{f"connections_{limit}": SHORT})
    async with connected(client, sent) as (reader, _):
        assert await rest(reader) == b""


async def test_a_head_that_drips_loses_its_connection(serve: Serve) -> None:
    """A byte now and then does not begin the time anew."""
    client = await serve(connections_head=SHORT)
    async with connected(client, HEAD) as (reader, writer):
        ended = asyncio.ensure_future(rest(reader))
        while not ended.done():
            writer.write(b"X")
            await asyncio.sleep(SHORT / 10)
        assert ended.result() == b""


async def test_an_idle_connection_is_closed(serve: Serve) -> None:
    """After an answer, when no further request comes; until then it is kept."""
    client = await serve(connections_idle=SHORT)
    async with connected(client) as (reader, writer):
        for _ in range(3):
            writer.write(HEAD + b"\r\n")
            await answered(reader)
        assert await rest(reader) == b""


async def test_who_waits_for_the_service_is_not_cut_off(serve: Serve, tmp_path: Path) -> None:
    """A GET that waits for its answer, and a stream of events, however short the limits are."""
    limits = {f"connections_{name}": SHORT for name in ("first_byte", "head", "body", "idle", "reading")}
    client: Client = await serve(catalog_folder=folder_of(tmp_path / "sql", slow=SLOW), **limits)
    async with client.session.get("/api/jobs/events") as events:
        asked = asyncio.ensure_future(client.get("/api/slow?millions=1000000&wait=1.5"))
        job = asyncio.ensure_future(events.content.readuntil(b"\r\n\r\n"))
        assert (await asked).status == 202
        assert b"event: job" in await job
        await client.delete("/api/jobs/1")
        while b'"cancelled"' not in await events.content.readuntil(b"\r\n\r\n"):
            pass


@pytest.mark.parametrize("path", ["/api/long.csv", "/api/wide"])
async def test_a_client_that_reads_nothing_loses_its_connection(
    serve: Serve, tmp_path: Path, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a stream and of what is in memory; it is one line in the log."""
    caplog.set_level(logging.INFO)
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", long=LONG, wide=WIDE), connections_reading=SHORT)
    async with connected(client, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()) as (reader, _):
        await until(lambda: f"has read nothing for {SHORT:g} s; its connection is closed" in caplog.text)
        got = await rest(reader)
    assert got.startswith(b"HTTP/1.1 200 OK")
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_client_that_reads_slowly_gets_everything(serve: Serve, tmp_path: Path) -> None:
    """The limit is for a pause, not for the whole, also after the service has sent the last piece."""
    folder = folder_of(tmp_path / "sql", wide=WIDE.replace("4000000", "200000"))
    client = await serve(catalog_folder=folder, connections_reading=SHORT)
    async with connected(client, b"GET /api/wide HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as (reader, _):
        got = 0
        while piece := await reader.read(10_000):
            got += len(piece)
            await asyncio.sleep(SHORT / 10)
    assert got > 200_000


async def test_a_connection_too_many_is_refused(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """With 503 in JSON and one line in the log; another one that ends makes room."""
    client = await serve(connections_most=3)
    async with connected(client, HEAD) as (_, first), connected(client, HEAD), connected(client, HEAD):
        for _ in range(2):
            async with connected(client) as (reader, _):
                head, _, body = (await rest(reader)).partition(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 503 ")
                assert json.loads(body)["reason"].startswith("3 connections are open, which is the limit")
        first.transport.abort()
        await until(lambda: _is_served(client))
    assert caplog.text.count("a further one is refused") == 1


async def _is_served(client: Client) -> bool:
    async with connected(client, HEAD + b"Connection: close\r\n\r\n") as (reader, _):
        return (await rest(reader)).startswith(b"HTTP/1.1 200 ")


async def test_an_address_has_its_own_limit(serve: Serve) -> None:
    """Beside that of all together."""
    client = await serve(connections_per_address=2, connections_proxies="")
    async with connected(client, HEAD), connected(client, HEAD), connected(client) as (reader, _):
        assert b"127.0.0.1 has 2 connections" in await rest(reader)


async def test_the_address_of_a_proxy_has_no_limit_of_its_own(serve: Serve) -> None:
    """By default one on this machine."""
    client = await serve(connections_per_address=2)
    async with connected(client, HEAD), connected(client, HEAD):
        assert await _is_served(client)


def test_many_that_read_nothing_take_little_memory(start: Start, tmp_path: Path) -> None:
    """A hundred that ask for 4 MB each; they lose their connections, also on the loop of the real process."""
    service = start(catalog_folder=folder_of(tmp_path / "sql", wide=WIDE), connections_reading=1)
    service.ready()
    assert service.count("/api/wide") > 4_000_000
    before = peak(service)
    port = int(service.url.rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", port))
            connection.sendall(b"GET /api/wide HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_until(lambda: has_logged(service, "has read nothing for 1 s", times=100))
    assert peak(service) - before < 60  # each whole answer kept would be 400 MB


async def test_too_few_descriptors_are_an_error(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """The service is not ready then, and the log says what to do."""
    caplog.set_level(logging.INFO)
    assert (await client.get("/readyz")).status == 200  # by the connection that the next request has too
    _, hard = limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count_descriptors().used + 2, hard))
    try:
        await until(lambda: "file descriptors are in use; lower most" in caplog.text)
        reply = await client.get("/readyz")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert (reply.status, "are in use" in reply.body["checks"]["descriptors"]) == (503, True)
    await until(lambda: caplog.text.count("file descriptors are in use") == 2)
    assert (await client.get("/readyz")).status == 200
