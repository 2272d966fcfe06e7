"""The process that draws: a JSON task a line on standard input; on standard output a line with success and size, then
so many bytes. It ends when its input does, and after any failure: vl-convert may give the same fault again to the next
spec, however innocent that is.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from xml.sax.saxutils import escape

MOST_MEMORY = 2**30
"""Bytes; a spec that takes more ends the process instead of the machine."""


def titled(svg: str, title: str, description: str) -> str:
    """The picture as one image with a title and a description, in place of hundreds of marks, for a screen reader."""
    head, _, body = svg.partition(">")
    inside = body.rpartition("</svg>")[0]
    return (
        f'{head} role="img" aria-labelledby="chart-title chart-description">'
        f'<title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-description">{escape(description)}</desc><g aria-hidden="true">{inside}</g></svg>'
    )


def draw(task: dict[str, Any]) -> bytes:
    """The bytes of a picture; a spec's own addresses are never followed."""
    import vl_convert  # noqa: PLC0415 - only this process has it

    spec: dict[str, Any] = task["spec"]
    safe: dict[str, Any] = {"vl_version": task["version"], "allowed_base_urls": []}
    if task["form"] == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=task["scale"], **safe))
    title = spec["title"]["text"]
    words = " ".join(title) if isinstance(title, list) else title
    return titled(vl_convert.vegalite_to_svg(spec, **safe), words, spec["description"]).encode()


def main() -> None:
    """Draw until there is nothing more to draw."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    for line in sys.stdin.buffer:
        try:
            drawn, body = True, draw(json.loads(line))
        except BaseException as fault:
            drawn, body = False, str(fault).encode("utf-8", "replace")
        sys.stdout.buffer.write(b"%d %d\n" % (drawn, len(body)) + body)
        sys.stdout.buffer.flush()
        if not drawn:
            return


if __name__ == "__main__":
    main()
