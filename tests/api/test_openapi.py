"""The OpenAPI document and the page of it: valid, complete, and kept by requests and answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from service.api.routes import ROUTES
from tests.client import Client
from tests.conftest import Serve
from tests.process import ROOT, Start

UNDOCUMENTED = {f"/api/{name}" for name in ("get_results/{id}", "graceful_shutdown", "openapi.json", "reload")}


STATISTICS = sorted(path.stem for path in (ROOT / "sql").glob("*.sql"))


async def test_the_openapi_document_is_valid(client: Client) -> None:
    """OpenAPI 3.1 by its own schema, with an operation for each statistic."""
    document = (await client.get("/api/openapi.json")).body
    validate(document, cls=OpenAPIV31SpecValidator)
    operations = {path: item["post"]["operationId"] for path, item in document["paths"].items() if "post" in item}
    assert {operations[f"/api/{name}"] for name in STATISTICS} == set(STATISTICS)


async def test_every_route_below_api_is_described(client: Client) -> None:
    """All that there is to ask, but for an older name, the description itself, and what only the operator uses."""
    routes = [(route.method.lower(), re.sub(r":[^}]+", "", route.path)) for route in ROUTES]
    documented = (await client.get("/api/openapi.json")).body["paths"]
    missing = {path for method, path in routes if path.startswith("/api/") and method not in documented.get(path, {})}
    assert {path for path in missing if "{statistic}" not in path} == UNDOCUMENTED


async def test_texts_are_described_as_texts(client: Client) -> None:
    """What is no JSON has its own media type."""
    paths = (await client.get("/api/openapi.json")).body["paths"]
    content = {
        path: [*paths[path]["get"]["responses"]["200"]["content"]]
        for path in ("/api/statistics/{name}.sql", "/api/jobs/events", "/api/status/{id}/events")
    }
    assert [*content.values()] == [["text/plain"], ["text/event-stream"], ["text/event-stream"]]


async def test_a_shape_needs_no_space(serve: Serve, tmp_path: Path) -> None:
    """`{state:mean}` is a shape, to the answer and to its description."""
    (tmp_path / "sql").mkdir()
    text = (ROOT / "sql" / "states_mean.sql").read_text(encoding="utf-8")
    (tmp_path / "sql" / "near.sql").write_text(text.replace("{state: mean}", "{state:mean}"), encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    document = (await client.get("/api/openapi.json")).body
    answer = document["paths"]["/api/near"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["properties"]["data"]["additionalProperties"] == {"type": ["number", "null"]}
    assert (await client.ask("near", question="Q036")).keys() >= {"Ohio", "Iowa"}


@pytest.mark.parametrize("name", STATISTICS)
async def test_requests_and_answers_fit_their_schemas(client: Client, name: str) -> None:
    """Each example is a request by the document's schema, and its answer an answer by it."""
    operation = (await client.get("/api/openapi.json")).body["paths"][f"/api/{name}"]["post"]
    body = operation["requestBody"]["content"]["application/json"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    for example in body["examples"].values():
        Draft202012Validator(body["schema"]).validate(example["value"])
        reply = await client.post(f"/api/{name}", example["value"], headers={"Prefer": "wait=10"})
        assert reply.status == 200
        Draft202012Validator(answer).validate(reply.body)


async def test_the_docs_page_is_served_from_here(client: Client) -> None:
    """The page and all that it loads come from this server, under a strict policy."""
    reply = await client.get("/docs")
    assert "script-src 'self';" in reply.headers["Content-Security-Policy"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert "http" not in reply.body
    for file in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon-32x32.png"):
        async with client.session.get(f"/docs/{file}") as response:
            assert response.status == 200
    assert (await client.get("/docs/nope.js")).status == 404


KINDS = ("states_mean", "compare_states", "coverage")
"""One statistic of each kind: a shape of its own, a list, and no argument that must be given."""
SINGLE = "examples,coverage,fuzzing"
LEAST_LINKS = 5
"""Ways from one answer to the next request, of the dozen that schemathesis finds."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "phases", "examples"),
    [(KINDS, SINGLE, 3), (STATISTICS, SINGLE, 3), (KINDS, "stateful", 40)],
    ids=["kinds", "all", "one after another"],
)
def test_schemathesis_finds_nothing(start: Start, tmp_path: Path, names: list[str], phases: str, examples: int) -> None:
    """Requests made from the document, right ones and wrong ones, get the answers that it promises.

    So do those that go on from what an answer said: a job's state, results and end, a statistic's description.
    """
    (tmp_path / "some").mkdir()
    for name in names:
        (tmp_path / "some" / f"{name}.sql").write_bytes((ROOT / "sql" / f"{name}.sql").read_bytes())
    service = start(catalog_folder=tmp_path / "some")
    service.ready()
    # An Idempotency-Key that comes again is refused with another body, and not every answer has a map.
    # The events of all jobs never end, and the table is long.
    (tmp_path / "schemathesis.toml").write_text(
        '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", 404, 406, 409, 422]\n'
        '[[operations]]\ninclude-path = "/api/jobs/events"\nenabled = false\n'
        '[[operations]]\ninclude-path = "/api/dataset.{format}"\nenabled = false\n',
        encoding="utf-8",
    )
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{service.url}/api/openapi.json",
        "--max-examples", f"{examples}", "--generation-deterministic", "--no-color", "--phases", phases,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=False, timeout=1200)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    covered = re.search(r"API Links: +(\d+) covered", done.stdout)
    assert phases == SINGLE or (covered and int(covered[1]) >= LEAST_LINKS), done.stdout[-6000:]
