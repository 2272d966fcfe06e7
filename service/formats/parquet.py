"""Parquet, compressed with zstd."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pyarrow.parquet as pq

from service.answers.answer import Answer
from service.formats.arrow_writer import write_batches
from service.formats.options import Options

_open = partial(pq.ParquetWriter, compression="zstd")


def parquet(answer: Answer, options: Options) -> Iterator[bytes]:
    return write_batches(answer, options, _open)
