"""An answer's bytes, and its rows as the JSON records give them."""

from __future__ import annotations

import json
from typing import Any

from tests.client import Client


async def fetch(client: Client, path: str, **headers: str) -> bytes:
    plain = {"Accept-Encoding": "identity"}
    async with client.session.get(path, headers=plain | headers) as response:
        body = await response.read()
        assert response.status == 200, body
        return body


async def records(client: Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await fetch(client, f"{path}&format=records"))["data"]
    return found
