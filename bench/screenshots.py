"""Screenshots of the page for the manuals, from the table that the settings name: `python -m bench.screenshots`.

It needs Chromium, and writes docs/*.png, in few enough colours to be small.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from typing import NamedTuple

from PIL import Image
from playwright.async_api import Browser, async_playwright

from bench.service import ROOT, service
from tests.browser import CHROMIUM, NONE, QUIET

DOCS = ROOT / "docs"
COLOURS = 200


class Shot(NamedTuple):
    """A view as it is to be seen."""

    name: str
    query: str
    width: int
    height: int
    theme: str = "light"


SHOTS = (
    Shot("map", "?place=OH", 1280, 800),
    Shot("state", "?view=state&question=Q047&place=OH", 1280, 980),
    Shot("compare", "?view=compare&places=CO,OH,WV,US", 1280, 800, "dark"),
    Shot("phone", "?view=trend&question=Q036&place=NY", 375, 812),
)


async def take(browser: Browser, base: str, shot: Shot) -> bytes:
    """A PNG of a view, once all of it is there."""
    options = {"viewport": {"width": shot.width, "height": shot.height}, "color_scheme": shot.theme}
    context = await browser.new_context(**options)  # type: ignore[arg-type] # its types are of single options
    page = await context.new_page()
    await page.goto(f"{base}/{shot.query}")
    await page.locator("body[data-ready]").wait_for()
    picture = await page.screenshot()
    await context.close()
    return picture


def shrunk(picture: bytes) -> bytes:
    """The same PNG in few colours."""
    target = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        target, "PNG", optimize=True
    )
    return target.getvalue()


async def main() -> None:
    """Take all of them."""
    if CHROMIUM is None:
        sys.exit(NONE)
    DOCS.mkdir(exist_ok=True)
    with service(os.environ.get("HEALTH_DATASET_CSV", "")) as server:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            for shot in SHOTS:
                picture = shrunk(await take(browser, f"http://127.0.0.1:{server.port}", shot))
                (DOCS / f"{shot.name}.png").write_bytes(picture)
                print(f"docs/{shot.name}.png: {len(picture):,} bytes")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
