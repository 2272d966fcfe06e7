"""Parts of an error message that say what to do: the nearest known name, and the values that a type allows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec
from rapidfuzz import fuzz, process, utils

NUMBERS = {"integer": "a whole number", "number": "a number"}
LONGEST = 200
"""Characters of a word for which others are looked up: what is longer is none of them, and takes seconds."""
BOUNDS = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to"}
"""Keywords of JSON Schema, in words."""


def nearest(word: str, known: Iterable[str], *, similarity: float = 55) -> str | None:
    """The known name most similar to `word`, ignoring case, if it scores at least `similarity` out of 100."""
    found = process.extractOne(
        word[:LONGEST], list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=similarity
    )
    return found[0] if found else None


def folded_code(code: object) -> str:
    """The same for codes that differ in case, in spaces and in the zeros before a number alone: Q36 and Q036."""
    return re.sub(r"(?<!\d)0+(?=\d)", "", "".join(str(code).split()).casefold())


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest name as the tail of a sentence, or "" where none is near."""
    found = nearest(word, known)
    return f"; did you mean {found!r}?" if found else ""


def allowed_values(kind: Any) -> str:
    """What a type that msgspec can convert to allows, in words: `true or false`, `a whole number from 1 to 5` …"""
    schema = msgspec.json.schema(kind)
    if schema.get("type") == "boolean":
        return "true or false"
    if "enum" in schema:
        return ", ".join(name if re.search(r"\w", name) else f'"{name}"' for name in schema["enum"])
    if "examples" in schema:
        return "a text such as " + " or ".join(schema["examples"])
    if schema["type"] == "array":
        return f"a list; each of it {allowed_values(get_args(kind)[0])}"
    if schema["type"] not in NUMBERS:
        most = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
        return f"a text{most}" + (" that is not empty" if schema.get("minLength") else "")
    bounds = [f"{word} {str(schema[key]).removesuffix('.0')}" for key, word in BOUNDS.items() if key in schema]
    return " ".join([NUMBERS[schema["type"]], *bounds])
