"""Tables of more rows: the same ones again and again, each time as another type of value.

So there are more rows of each question, place, year and group, and nothing else changes: not how many of these there
are, nor any mean. The service counts all types when `[dataset] value_types` is "warn".
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet


def repeated(table: Path, times: int, folder: Path) -> Path:
    """A file of so many times the rows."""
    if times == 1:
        return table
    rows = pd.read_csv(table, dtype=str, keep_default_na=False, na_values=[""])
    target = folder / f"{times}.parquet"
    schema = pa.Schema.from_pandas(rows, preserve_index=False)
    with parquet.ParquetWriter(target, schema) as writer:
        for number in range(times):
            again = rows.assign(Data_Value_Type=f"Value {number}", DataValueTypeID=f"VALUE{number}")
            writer.write_table(pa.Table.from_pandas(again, schema, preserve_index=False))
    return target
