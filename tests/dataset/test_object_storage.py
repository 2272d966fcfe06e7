"""A table in object storage, on a real server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service import dataset as datasets
from service.errors import DatasetError
from service.settings import Settings
from tests.conftest import settings_for
from tests.dataset.small_table import SMALL
from tests.exported import exported, served

pytestmark = pytest.mark.long

boto3 = pytest.importorskip("boto3")
moto = pytest.importorskip("moto.server")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket named brfss, of a server that the usual variables lead to."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    bucket = boto3.resource("s3").Bucket("brfss")
    bucket.create()
    yield bucket
    bucket.objects.delete()
    bucket.delete()
    server.stop()


@pytest.fixture
def settings(tmp_path: Path, bucket: Any) -> Settings:
    """A table of three rows in the bucket, below `table`."""
    put(tmp_path, bucket, SMALL)
    return served(tmp_path, "s3://brfss/table")


def put(folder: Path, bucket: Any, text: str) -> None:
    (folder / "table.csv").write_text(text, encoding="utf-8")
    target = folder / f"export{len(list(folder.glob('export*')))}"
    exported(settings_for(folder, dataset_csv=folder / "table.csv"), target)
    for file in target.iterdir():
        bucket.upload_file(str(file), f"table/{file.name}")


def values(settings: Settings) -> list[float | None]:
    with closing(datasets.load(settings)) as dataset, closing(dataset.cursor()) as cursor:
        return [value for (value,) in cursor.execute("select Data_Value from health").fetchall()]


@pytest.mark.parametrize("source", ["s3://brfss/table", "s3://brfss/table/", "s3://brfss/table/*.parquet"])
def test_objects_are_served(settings: Settings, source: str) -> None:
    """Those below a name, or which a pattern fits."""
    assert values(served(settings.root, source)) == [None, 29.0, 30.5]


def test_a_version_is_downloaded_once(settings: Settings, bucket: Any) -> None:
    """The next start finds its copies, which have the time of the first."""
    values(settings)
    [file] = settings.path("var/cache").glob("*.pinned/*")
    written = file.stat().st_mtime_ns
    values(settings)
    assert [each.stat().st_mtime_ns for each in settings.path("var/cache").glob("*.pinned/*")] == [written]


def test_another_version_is_another_edition(settings: Settings, bucket: Any) -> None:
    """The signature changes with the objects, and a load has the new rows."""
    before, old = datasets.signature(settings), values(settings)
    put(settings.root, bucket, SMALL.replace("30.5", "31.25"))
    assert datasets.signature(settings) != before
    assert (old, values(settings)) == ([None, 29.0, 30.5], [None, 29.0, 31.25])


def test_an_object_that_the_manifest_does_not_list_as_it_is_is_refused(settings: Settings, bucket: Any) -> None:
    """As while somebody is replacing the files one after the other."""
    bucket.put_object(Key="table/data_0.parquet", Body=b"another")
    with pytest.raises(DatasetError, match=r"data_0\.parquet: not as manifest\.json lists it"):
        datasets.load(settings)


def test_storage_that_does_not_answer_as_expected_is_reported(settings: Settings) -> None:
    """A bucket that is not there, without keys or addresses of the machine."""
    with pytest.raises(DatasetError, match=r"^s3://nothing/table: ") as error:
        datasets.load(served(settings.root, "s3://nothing/table"))
    assert "secret" not in error.value.reason
