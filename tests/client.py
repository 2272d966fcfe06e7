"""A client for tests: what a caller of the API would write."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, NamedTuple

from aiohttp import ClientSession
from multidict import CIMultiDictProxy

from service.runtime.lifespan import Service
from tests.waiting import LIMIT


class Reply(NamedTuple):
    """What came back."""

    status: int
    body: Any
    headers: CIMultiDictProxy[str]


class Client:
    """Requests whose answers are read to their end: as JSON, as text, or as bytes that are not text."""

    def __init__(self, session: ClientSession, base: str, service: Service) -> None:
        self.session = session
        self.base = base
        self.service = service
        """The parts behind the address, for what cannot be seen from outside."""

    async def get(self, path: str, **options: Any) -> Reply:
        return await self._request("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        return await self._request("POST", path, json=json, **options)

    async def _request(self, method: str, path: str, **options: Any) -> Reply:
        async with self.session.request(method, path, **options) as response:
            body = await (response.json() if response.content_type == "application/json" else response.read())
            with suppress(UnicodeDecodeError):
                body = body.decode() if isinstance(body, bytes) else body
            return Reply(response.status, body, response.headers)

    async def delete(self, path: str) -> Reply:
        return await self._request("DELETE", path)

    async def start(self, statistic: str, **arguments: Any) -> int:
        """The id of a new job."""
        reply = await self.post(f"/api/{statistic}", arguments)
        assert reply.status == 202, reply
        return int(reply.body["job_id"])

    async def ended(self, job_id: int) -> str:
        """The state that a job ended in."""
        async with asyncio.timeout(LIMIT):
            while (state := (await self.get(f"/api/status/{job_id}?wait=60")).body["status"]) in {"queued", "running"}:
                pass
            return str(state)

    async def results(self, job_id: int) -> Reply:
        """The results of a job, once it has ended."""
        async with asyncio.timeout(LIMIT):
            while (reply := await self.get(f"/api/results/{job_id}?wait=60")).body["status"] == "running":
                pass
            return reply

    async def ask(self, statistic: str, **arguments: Any) -> Any:
        """The data of an answer."""
        reply = await self.results(await self.start(statistic, **arguments))
        assert reply.status == 200, reply
        return reply.body["data"]
