"""Options of requests: each route takes its own, and no others."""

from __future__ import annotations

import re

import pytest
from msgspec import Struct

from service.api.options import (
    AskOptions,
    ChoicesOptions,
    ListOptions,
    ReadOptions,
    StartOptions,
    StatusOptions,
    declared,
)
from service.api.routes import ROUTES
from service.formats.answer_options import AnswerOptions
from service.statistics.contract import TAKEN
from tests.client import Client

BODIES = {"/api/start": {"statistic": "best5", "arguments": {"question": "Q036"}}, "/api/best5": {"question": "Q036"}}
PATHS = {"{id}": "1", "{column}": "Question", "{name:[^/.]+}": "best5", "{format}": "csv"}


def addresses() -> list[tuple[str, str]]:
    """Method and a path that fits, of each route below /api/."""
    found = []
    for route in ROUTES:
        path = re.sub(r"\{statistic:.*\}$|\{statistic:.*\[\^/\]\+\}", "best5", route.path)
        for part, value in PATHS.items():
            path = path.replace(part, value)
        if path.startswith("/api/"):
            found.append((route.method, path))
    return found


@pytest.mark.parametrize(("method", "path"), addresses())
async def test_an_unknown_option_is_refused(client: Client, method: str, path: str) -> None:
    """Every route names what it does not know."""
    await client.start("best5", question="Q036")
    async with client.session.request(method, f"{path}?nonsense=1", json=BODIES.get(path)) as response:
        body = await response.json()
    assert (response.status, body["parameter"]) == (400, "nonsense")


@pytest.mark.parametrize("name", ["explain", "help"])
async def test_options_of_the_command_line_are_none_of_a_url(client: Client, name: str) -> None:
    """They were passed over, as if they had an effect."""
    reply = await client.get(f"/api/best5?question=Q036&{name}=true")
    assert (reply.status, reply.body["parameter"]) == (400, name)


def test_no_parameter_can_have_the_name_of_an_option() -> None:
    """What a URL may say of an answer is declared once."""
    assert set(AnswerOptions.__struct_fields__) <= TAKEN


@pytest.mark.parametrize("text", ["1.0", "1e1", "-0", "+1", "1_0", " 1", "\u0661", "true", "", "9" * 400])
async def test_a_whole_number_is_digits_alone(client: Client, text: str) -> None:
    """What is not one is refused with the name of the option."""
    reply = await client.get("/api/best5", params={"question": "Q036", "limit": text})
    assert (reply.status, reply.body["parameter"]) == (400, "limit")


async def test_a_boolean_names_what_is_allowed(client: Client) -> None:
    """Also for programs."""
    reply = await client.get("/api/best5?question=Q036&meta=1")
    assert (reply.status, reply.body["allowed"]) == (400, [True, False])


DECLARED: list[tuple[str, str, type[Struct]]] = [
    ("POST", "/api/start", StartOptions),
    ("POST", "/api/best5", StartOptions),
    ("GET", "/api/best5?question=Q036", AskOptions),
    ("GET", "/api/status/1", StatusOptions),
    ("GET", "/api/results/1", ReadOptions),
    ("GET", "/api/get_results/1", ReadOptions),
    ("GET", "/api/jobs", ListOptions),
    ("GET", "/api/choices/LocationDesc", ChoicesOptions),
]
VALUES = {
    "format": "csv", "limit": "5", "offset": "0", "cursor": "0", "newest": "5", "chart": "bars", "width": "500",
    "theme": "dark", "scale": "2", "mark": "OH", "wait": "5", "status": "done", "statistic": "best5",
    "since": "2011-01-01", "search": "ohio", "code": "LocationAbbr",
    "select": "state&format=csv", "order": "mean.desc&format=csv",
}  # fmt: skip
"""Something usable for each option of a query; true for every other one, which is a boolean."""


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        (method, path, option.name)
        for method, path, kind in DECLARED
        for option in declared(kind)
        if option.header is None
    ],
)
async def test_a_route_takes_the_options_that_it_declares(client: Client, method: str, path: str, name: str) -> None:
    """Each by itself, with a usable value."""
    await client.results(await client.start("best5", question="Q036"))
    address = f"{path}{'&' if '?' in path else '?'}{name}={VALUES.get(name, 'true')}"
    async with client.session.request(method, address, json=BODIES.get(path)) as response:
        assert response.status in {200, 202}, await response.text()
