"""The process that renders pictures.

It reads a JSON task a line on standard input. On standard output it writes a line with success (0 or 1) and size, then
that many bytes. It ends when its input does, and after any failure: vl-convert may report the same fault again for the
next spec, however innocent that one is.
"""

from __future__ import annotations

import json
import sys
from html import escape
from typing import Any

MAX_MEMORY = 2**30
"""Bytes; a spec that takes more ends this process instead of the machine."""


def with_description(svg: str, title: str, description: str) -> str:
    """The picture as one image with a title and a description: a screen reader would read hundreds of marks."""
    head, _, body = svg.partition(">")
    inside = body.rpartition("</svg>")[0]
    return (
        f'{head} role="img" aria-labelledby="chart-title chart-description">'
        f'<title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-description">{escape(description)}</desc><g aria-hidden="true">{inside}</g></svg>'
    )


def render(task: dict[str, Any]) -> bytes:
    """The picture of a task; addresses in a spec are never followed."""
    import vl_convert  # noqa: PLC0415 - only this process has it

    spec: dict[str, Any] = task["spec"]
    safe: dict[str, Any] = {"vl_version": task["version"], "allowed_base_urls": []}
    if task["format"] == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=task["scale"], **safe))
    title = " ".join(spec["title"]["text"])
    return with_description(vl_convert.vegalite_to_svg(spec, **safe), title, spec["description"]).encode()


def main() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY, MAX_MEMORY))
    for line in sys.stdin.buffer:
        try:
            success, body = True, render(json.loads(line))
        except BaseException as fault:
            success, body = False, str(fault).encode("utf-8", "replace")
        sys.stdout.buffer.write(b"%d %d\n" % (success, len(body)) + body)
        sys.stdout.buffer.flush()
        if not success:
            return


if __name__ == "__main__":
    main()
