"""Names of lists as other programs write them in a query: `states[]=OH` or `states[0]=OH`, which is `states=OH`."""

from __future__ import annotations

import re
from collections.abc import Callable

from service.errors import BadRequest

BRACKETS = re.compile(r"([^\[\]]+)\[([0-9]{0,6})\]")


def without_brackets(texts: dict[str, list[str]], is_list: Callable[[str], bool | None]) -> dict[str, list[str]]:
    """The same texts by plain names, where `is_list` knows the name; it returns None for others.

    Numbered ones come in the order of their numbers. Raises BadRequest for brackets behind a name of one value.
    """
    if "[" not in "".join(texts):
        return texts
    found: dict[str, list[tuple[int, str]]] = {}
    for name, values in texts.items():
        match = BRACKETS.fullmatch(name)
        known = is_list(match[1]) if match else None
        if match and known is False:
            reason = f"{name} is written as a list, but {match[1]} takes one value; write {match[1]}={values[0][:60]}"
            raise BadRequest(reason, parameter=match[1])
        plain, number = (match[1], int(match[2] or 0)) if match and known else (name, 0)
        found.setdefault(plain, []).extend((number, value) for value in values)
    return {name: [value for _, value in sorted(pairs, key=lambda pair: pair[0])] for name, pairs in found.items()}
