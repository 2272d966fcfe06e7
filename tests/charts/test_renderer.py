"""The renderer: pictures drawn in a process of its own, within limits."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from service.charts.renderer import Renderer
from service.errors import ServiceError, Unavailable
from service.settings import Charts
from tests.conftest import RenderProcesses
from tests.waiting import until

SLOW = (
    b'{"title":{"text":["slow"]},"description":"","data":{"sequence":{"start":0,"stop":20000000,"as":"n"}},'
    b'"transform":[{"aggregate":[{"op":"distinct","field":"n","as":"d"}]}],"mark":"point","encoding":{}}'
)
QUICK = b'{"title":{"text":["quick"]},"description":"","data":{"values":[{"a":1}]},"mark":"point","encoding":{}}'


def reading(url: str) -> bytes:
    """A spec that writes out what it reads."""
    spec = {
        "title": {"text": ["read"]},
        "description": "",
        "data": {"url": url, "format": {"type": "dsv", "delimiter": "|", "header": ["line"]}},
        "mark": "text",
        "encoding": {"text": {"field": "line"}},
    }
    return json.dumps(spec).encode()


async def test_a_spec_reads_no_file_and_no_address(unused_tcp_port: int) -> None:
    """Data from elsewhere is refused, or missing; the next picture is drawn as usual."""
    renderer = Renderer(Charts())
    for url in (f"http://127.0.0.1:{unused_tcp_port}/x.csv", "data:text/csv,a%0A1"):
        with pytest.raises(ServiceError, match="could not be drawn"):
            await renderer.render(reading(url), "svg", 1)
        assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    assert b"root:" not in await renderer.render(reading("file:///etc/passwd"), "svg", 1)
    await renderer.close()


async def test_a_picture_that_takes_too_long_costs_only_itself(render_processes: RenderProcesses) -> None:
    """Its process ends at the time limit; the next picture has a new one; none is left at the end."""
    renderer = Renderer(Charts(time_limit=0.7))
    with pytest.raises(ServiceError, match=r"took longer than 0\.7 s"):
        await renderer.render(SLOW, "svg", 1)
    await renderer.close()
    renderer = Renderer(Charts())
    assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    await renderer.close()
    assert render_processes() == []


async def test_ctrl_c_ends_no_picture(render_processes: RenderProcesses) -> None:
    """The terminal's signal goes to a session of processes, and the one that draws is not in the service's."""
    renderer = Renderer(Charts())
    await renderer.render(QUICK, "svg", 1)
    [process] = render_processes()
    assert os.getsid(process.pid) != os.getsid(0)
    await renderer.close()
    assert not process.is_running()


async def test_only_so_many_pictures_wait() -> None:
    """More than the limit are refused at once; those that wait are drawn."""
    renderer = Renderer(Charts(max_pending=2))
    drawn = await asyncio.gather(*(renderer.render(QUICK, "svg", 1) for _ in range(4)), return_exceptions=True)
    await renderer.close()
    assert [isinstance(one, Unavailable) for one in drawn] == [False, False, True, True]


async def test_a_client_that_goes_away_does_not_hold_up_the_next(render_processes: RenderProcesses) -> None:
    """A picture that nobody waits for is given up with its process; the next one has a new process."""
    renderer = Renderer(Charts(time_limit=600))
    task = asyncio.ensure_future(renderer.render(SLOW, "svg", 1))
    await until(lambda: bool(render_processes()))
    [process] = render_processes()
    task.cancel()
    assert (await renderer.render(QUICK, "svg", 1)).startswith(b"<svg")
    assert not process.is_running()
    await renderer.close()
