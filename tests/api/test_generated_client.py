"""A client that a tool has generated from the OpenAPI document works."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.client import Client

TOOL = Path(sys.executable).parent / "openapi-python-client"
USE = """
import json, sys
from health_client import Client
from health_client.api.means import best5, get_state_mean
from health_client.api.jobs_and_catalog import get_results
from health_client.api.states import get_compare_states
from health_client.models import *

with Client(base_url=sys.argv[1], raise_on_unexpected_status=True) as client:
    mean = get_state_mean.sync(
        client=client, question=GetStateMeanQuestion.Q036, state=GetStateMeanState.OH, wait=10.0
    )
    job = best5.sync(client=client, body=Best5Body(question=Best5BodyQuestion.Q036, since=2015))
    results = get_results.sync(id=job.job_id, client=client, wait=10.0)
    refused = get_state_mean.sync(
        client=client, question=GetStateMeanQuestion.Q036, state=GetStateMeanState.OH, limit=0
    )
    compared = get_compare_states.sync(
        client=client, question=GetCompareStatesQuestion.Q036,
        states=[GetCompareStatesStatesItem.OH, GetCompareStatesStatesItem.IOWA],
    )
print(json.dumps([
    mean.to_dict(), job.to_dict()["statistic"], results.to_dict(), refused.reason, compared.to_dict(),
]))
"""


async def run(*command: str | Path, folder: Path) -> tuple[int | None, str]:
    """Exit code, and all that it has written."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.slow
async def test_a_generated_client_works(client: Client, tmp_path: Path) -> None:
    """It is generated without a warning, and asks at once, by a job, with a list, and with something wrong."""
    (tmp_path / "tool.yml").write_text("post_hooks: []\n", encoding="utf-8")
    address = f"{client.base}/api/openapi.json"
    options = ["--url", address, "--output-path", "health_client", "--meta", "none", "--config", "tool.yml"]
    code, output = await run(TOOL, "generate", *options, folder=tmp_path)
    assert (code, output.strip()) == (0, "Generating health_client")
    code, output = await run(sys.executable, "-c", USE, client.base, folder=tmp_path)
    assert code == 0, output
    mean, statistic, results, refused, compared = json.loads(output.splitlines()[-1])
    assert mean == (await client.get("/api/state_mean?question=Q036&state=OH")).body
    assert statistic == "best5"
    assert results["data"] == (await client.get("/api/best5?question=Q036&since=2015")).body["data"]
    assert refused.startswith("limit must be a whole number from 1")
    assert compared == (await client.get("/api/compare_states?question=Q036&states=OH&states=IA")).body


def enums(schema: Any) -> Iterator[list[Any]]:
    """All lists of allowed values in a document."""
    if isinstance(schema, dict):
        if isinstance(schema.get("enum"), list):
            yield schema["enum"]
        schema = list(schema.values())
    for part in schema if isinstance(schema, list) else []:
        yield from enums(part)


async def test_no_two_allowed_values_differ_in_case_alone(client: Client) -> None:
    """Tools make a name of each, in capital letters; what is left out is taken all the same."""
    found = list(enums((await client.get("/api/openapi.json")).body))
    assert len(found) > 50
    assert [values for values in found if len({str(value).casefold() for value in values}) < len(values)] == []
    replies = [await client.get(f"/api/trend?question=Q036&segment={segment}") for segment in ("Male", "MALE")]
    assert replies[0].body == replies[1].body
