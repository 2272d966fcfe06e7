"""The files of a table in Parquet, on a disk or in object storage: which there are, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import NamedTuple

import pyarrow as pa
from pyarrow import fs

from service.dataset.source import S3
from service.errors import DatasetError
from service.settings import Settings

ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables that name another server than Amazon's, as its own tools have them."""
MANIFEST = "manifest.json"
PATTERN = "*?["


class StoredFiles(NamedTuple):
    """The Parquet files that `source` names, by name, and the manifest beside them."""

    source: str
    system: fs.FileSystem
    manifest: fs.FileInfo
    parts: tuple[fs.FileInfo, ...]

    @property
    def signature(self) -> object:
        """It costs nothing but to list the files."""
        return tuple((file.path, file.size, file.mtime_ns) for file in (self.manifest, *self.parts))

    def version_of(self, file: fs.FileInfo) -> str:
        """The ETag of an object; of a file its size and time. They change with the content."""
        with self.opened(file) as stream:
            tag = (stream.metadata() or {}).get(b"ETag")
        return tag.decode() if tag else f"{file.size} {file.mtime_ns}"

    @contextmanager
    def opened(self, file: fs.FileInfo) -> Iterator[pa.NativeFile]:
        with _faults_of(self.source), self.system.open_input_file(file.path) as stream:
            yield stream


def manifest_name(file: str) -> str:
    """Of the manifest of a single file, which stands beside it; a folder has its own within."""
    return f"{file.removesuffix('.parquet')}.{MANIFEST}"


def find(settings: Settings) -> StoredFiles:
    """Raises DatasetError when there are none, or no manifest, or when the storage cannot be reached."""
    source = settings.dataset.source
    _refuse_secrets(source)
    if not source:
        why = 'kind = "spark"' if settings.engine.kind == "spark" else 'storage = "parquet"'
        raise DatasetError(f"[engine] {why} needs source in [dataset]: what `run.py export` wrote")
    with _faults_of(source):
        system, path = _located(settings, source)
        folder, _, name = path.rpartition("/")
        if any(sign in name for sign in PATTERN):
            manifest, parts = f"{folder}/{MANIFEST}", _matching(system, folder, name)
        elif system.get_file_info(path).type == fs.FileType.Directory:
            manifest, parts = f"{path}/{MANIFEST}", _matching(system, path, "*.parquet")
        else:
            manifest, parts = manifest_name(path), [system.get_file_info(path)]
        found = StoredFiles(source, system, system.get_file_info(manifest), tuple(parts))
    _require(found)
    return found


def _refuse_secrets(source: str) -> None:
    """What is part of the address would be in every message that names it; no bucket's name has these signs."""
    bucket = source.removeprefix(S3).partition("/")[0]
    options = source.partition("?")[2]  # of a pattern, a sign for any letter
    if source.startswith(S3) and (":" in bucket or "@" in bucket or "=" in options):
        raise DatasetError(
            "source in [dataset]: an address is s3://BUCKET/NAME alone; keys, region and server come from "
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL in the environment"
        )


def _located(settings: Settings, source: str) -> tuple[fs.FileSystem, str]:
    if source.startswith(S3):
        endpoint = next(filter(None, map(os.environ.get, ENDPOINTS)), None)
        return fs.S3FileSystem(endpoint_override=endpoint), source.removeprefix(S3).rstrip("/")
    return fs.LocalFileSystem(), settings.path(source).as_posix()


def _matching(system: fs.FileSystem, folder: str, pattern: str) -> list[fs.FileInfo]:
    found = system.get_file_info(fs.FileSelector(folder))
    files = [file for file in found if file.type == fs.FileType.File and fnmatchcase(file.base_name, pattern)]
    return sorted(files, key=lambda file: str(file.base_name))


def _require(files: StoredFiles) -> None:
    if not files.parts or any(file.type != fs.FileType.File for file in files.parts):
        raise DatasetError(f"{files.source}: there is no such Parquet file; correct source in [dataset]")
    if files.manifest.type != fs.FileType.File:
        raise DatasetError(
            f"{files.source}: has no {files.manifest.base_name} beside it, so its rows are unchecked; write it with "
            "`run.py export`, from the table in the memory"
        )


@contextmanager
def _faults_of(source: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise DatasetError(f"{source}: cannot be read: {str(error).splitlines()[0]}") from None
