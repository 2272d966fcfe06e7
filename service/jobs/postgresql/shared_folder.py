"""The folder of long answers must be the same for all replicas: a file in it has the database's mark."""

from __future__ import annotations

import secrets
from pathlib import Path

from asyncpg import Connection

from service.errors import StartError
from service.jobs.postgresql.schema import LIVING


async def require_shared(connection: Connection, folder: Path) -> None:
    """Raise StartError where other replicas live, and this folder is not theirs; the first of them marks it.

    In a transaction in which no other replica starts.
    """
    mark: str | None = await connection.fetchval("select mark from health.folder")
    if mark is None:
        mark = secrets.token_hex(8)
        await connection.execute("insert into health.folder values ($1)", mark)
    file = folder / f"{mark}.shared"
    if not file.exists() and await connection.fetchval(f"select exists ({LIVING})"):
        raise StartError(
            f"{folder}: is not the folder that other replicas keep long answers in; give all of them the same "
            "[results] folder, on a file system that they share"
        )
    file.touch()
