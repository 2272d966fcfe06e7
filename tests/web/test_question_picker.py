"""The page in a real browser: the field that the question is chosen in, which is ARIA's combobox with a listbox."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect

from tests.browser import Visit, browser, site, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


def field(visit: Visit) -> Locator:
    return visit.page.get_by_role("combobox", name="Question")


def options(visit: Visit, *, selected: bool | None = None) -> Locator:
    return visit.page.locator("#question-list").get_by_role("option", selected=selected)


async def active(visit: Visit) -> str | None:
    """The code of the option that the arrow keys are at."""
    option = await field(visit).get_attribute("aria-activedescendant")
    return option and option.removeprefix("question-")


async def test_questions_are_listed_by_topic(visit: Visit) -> None:
    """Each with a short name, its code, its better end and its years; the chosen one is marked."""
    await visit.open("?question=Q037")
    await expect(field(visit)).to_have_value("Overweight, not obese")
    await field(visit).click()
    await expect(field(visit)).to_have_attribute("aria-expanded", "true")
    topics = visit.page.locator("#question-list [role=group]")
    assert await topics.evaluate_all("(all) => all.map((one) => one.ariaLabel)") == [
        "Fruits and Vegetables - Behavior",
        "Obesity / Weight Status",
        "Physical Activity - Behavior",
    ]
    names = await options(visit).evaluate_all("(all) => all.map((one) => one.firstChild.data)")
    assert len(set(names)) == 9
    assert max(map(len, names)) < 50
    await expect(options(visit, selected=True)).to_have_text(
        re.compile("Overweight, not obese.*Q037 · lower is better · 2011.2021")
    )
    assert (await Axe().run(visit.page)).violations_count == 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Q36", ["Q036"]),
        ("q036", ["Q036"]),
        ("fruits", ["Q018", "Q019"]),
        ("150 muscle", ["Q044"]),
        ("percent nothing", []),
    ],
)
async def test_typing_narrows_the_list(visit: Visit, typed: str, found: list[str]) -> None:
    """To the questions that have every word in name, wording or topic, or as their code."""
    await visit.open("?question=Q047")
    await field(visit).fill(typed)
    codes = "(all) => all.map((one) => one.dataset.code)"
    assert await options(visit).evaluate_all(codes) == found
    assert await active(visit) == (found[0] if found else None)


async def test_keys_move_choose_and_leave(visit: Visit) -> None:
    """Arrows open the list and go round, Enter chooses, Escape and Tab leave everything as it was."""
    await visit.open("?question=Q047")
    press = visit.page.keyboard.press
    await field(visit).focus()
    await press("ArrowDown")
    assert await active(visit) == "Q047"
    await press("ArrowDown")
    assert await active(visit) == "Q018"
    await press("Escape")
    await expect(visit.page.locator("#question-list")).to_be_hidden()
    await visit.page.keyboard.type("obes")
    await press("Tab")
    await expect(field(visit)).to_have_value("No leisure-time physical activity")
    await field(visit).focus()
    await visit.page.keyboard.type("Q36")
    await press("Enter")
    await expect(visit.page).to_have_url(re.compile("question=Q036"))
    await visit.ready()
    await expect(field(visit)).to_have_value("Obesity")
    await expect(field(visit)).to_be_focused()


async def test_the_chosen_question_stays_in_sight(visit: Visit) -> None:
    """Also when the page is scrolled."""
    await visit.open("?place=OH")
    await visit.page.evaluate("() => scrollTo(0, 600)")
    await expect(field(visit)).to_be_in_viewport()
