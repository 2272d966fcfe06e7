"""Arrow IPC streams."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from service.answers.answer import Answer
from service.formats.arrow_writer import write_batches
from service.formats.options import Options


def stream(answer: Answer, options: Options) -> Iterator[bytes]:
    return write_batches(answer, options, pa.ipc.new_stream)
