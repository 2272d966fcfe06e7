"""JSON as Socrata's API gives it → `raw`: an array of objects, or one object after the other."""

from __future__ import annotations

import glob

import duckdb

from service.dataset.reading.charsets import as_utf8
from service.dataset.reading.columns import Column, count_published, match, shown
from service.dataset.reading.file_kinds import JSON
from service.dataset.reading.raw import FETCH, File, Raw, unreadable
from service.errors import DatasetError
from service.settings import Dataset

KEYS = """
    select key
    from (
        select
            unnest(json_keys(json)) as key,
            generate_subscripts(json_keys(json), 1) as place
        from read_json_objects($path, format = $layout)
    )
    group by key
    order by min(place), key
"""
TOO_LARGE = "maximum_object_size"
"""In DuckDB's message about an object of more than 16 MB."""
POINT = """
    concat('(', coalesce(
        ({0}::json ->> '$.latitude') || ', ' || ({0}::json ->> '$.longitude'),
        ({0}::json ->> '$.coordinates[1]') || ', ' || ({0}::json ->> '$.coordinates[0]')
    ), ')')
"""
"""A place's middle, for which Socrata has an object, written as in its CSV."""


def read(connection: duckdb.DuckDBPyConnection, file: File, options: Dataset) -> Raw:
    """Create the table `raw`; raises DatasetError, which says what the file holds instead."""
    text = as_utf8(file, options.encoding)
    if text.guessed:
        raise DatasetError(f"{file.name}: is JSON, but not in UTF-8; set encoding in [dataset] to say which it is")
    with text.path.open(encoding="utf-8-sig") as content:
        head = content.read(4096).lstrip()
    layout = "array" if head.startswith("[") else "unstructured"
    parameters = {"path": glob.escape(str(text.path)), "layout": layout}
    try:
        # Socrata leaves out what is missing, so that no object needs to have all keys.
        keys = [key for (key,) in connection.execute(KEYS, parameters).fetchall()]
        columns = _columns(file, keys)
        _load(connection, parameters, keys, columns)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        if TOO_LARGE in str(error):
            raise _not_rows(file, f"one object around everything, {head[:40]!r} …") from None
        raise unreadable(file, text.path, JSON, error) from None
    return Raw(
        name=file.name,
        sha256=file.sha256,
        format=JSON,
        header=file.name,
        columns=columns,
        line=lambda row: row + 1,
        unit="record",
        encoding=text.encoding,
    )


def _columns(file: File, keys: list[str]) -> tuple[Column, ...]:
    if not count_published(keys):
        raise _not_rows(file, f"objects with the keys {shown(keys)}" if keys else "no objects")
    return match(keys, file.name)


def _not_rows(file: File, found: str) -> DatasetError:
    return DatasetError(
        f"{file.name}: JSON that holds {found}, but must hold an object for each row of the table, as Socrata's "
        f"/resource/hn4x-zwk7.json does; {FETCH}"
    )


def _load(
    connection: duckdb.DuckDBPyConnection, parameters: dict[str, str], keys: list[str], columns: tuple[Column, ...]
) -> None:
    names = ", ".join(f"c{place}" for place in range(len(keys)))
    sql = f"""
        create temp table raw as
        from read_json($path, format = $layout, columns = $columns, records = true) as source ({names})
    """
    connection.execute(sql, parameters | {"columns": dict.fromkeys(keys, "varchar")})
    for column in columns:
        if column.name == "GeoLocation":
            point = POINT.format(column.raw)
            connection.execute(f"update raw set {column.raw} = {point} where starts_with({column.raw}, '{{')")
