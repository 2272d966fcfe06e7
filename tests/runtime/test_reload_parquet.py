"""A table in Parquet files: the next version is taken up as a whole, and what fits no manifest never."""

from __future__ import annotations

from pathlib import Path

from service.dataset.export import write_parquet
from tests.client import Client
from tests.conftest import Serve, settings_for
from tests.runtime.reloading import reload


def export(csv: Path, target: Path, rows: int) -> None:
    """So many rows of a table, without those that need others."""
    lines = csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = target.with_suffix(".csv")
    table.write_text("".join(lines[: rows + 1]), encoding="utf-8")
    write_parquet(settings_for(target.parent, dataset_csv=table), target)


async def test_the_next_version_is_taken_up(serve: Serve, small_csv: Path, tmp_path: Path) -> None:
    """Once the link leads to it; while files fit no manifest the old one serves, and the dataset says why."""
    for name, rows in (("one", 500), ("two", 600)):
        export(small_csv, tmp_path / name, rows)
    link = tmp_path / "table"
    link.symlink_to("one")
    client: Client = await serve(dataset_source=link, engine_storage="parquet")
    before = (await client.get("/api/dataset")).body["data"]
    assert (before["rows"], before["file"]) == (500, "table")
    manifest = tmp_path / "two" / "manifest.json"
    manifest.rename(tmp_path / "later")
    link.unlink()
    link.symlink_to("two")
    [fault] = (await reload(client))["faults"]
    assert "table: has no manifest.json beside it" in fault
    assert str(tmp_path) not in fault
    assert (await client.get("/api/dataset")).body["data"] == before
    (tmp_path / "later").rename(manifest)
    assert (await reload(client))["dataset"] is True
    assert (await client.get("/api/dataset")).body["data"]["rows"] == 600
    assert (await client.get("/api/dataset.csv?select=YearStart&limit=3")).status == 200
