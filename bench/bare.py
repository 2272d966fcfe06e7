"""Two bare requests: an aiohttp server that accepts a POST, and answers a GET with bytes made before."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import web

ACCEPTED = b'{"job_id":1,"status":"queued"}'


async def serve(port: int, size: int) -> None:
    """Every result has so many bytes."""
    results = b'{"status":"done","data":"' + b"x" * max(0, size - 27) + b'"}'

    async def accept(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=ACCEPTED, status=202, content_type="application/json")

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=results, content_type="application/json")

    app = web.Application()
    app.router.add_post("/api/{statistic}", accept)
    app.router.add_get("/api/results/{id}", answer)
    app.router.add_get("/api/{statistic}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.sleep(3600)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(*map(int, sys.argv[1:])))
