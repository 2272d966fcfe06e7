"""The manuals, their blocks, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
MANUALS = {
    name: (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "docs/api.md",
        "docs/operate.md",
        "docs/develop.md",
        "docs/reliability.md",
        "docs/scaling.md",
        "sql/README.md",
        "bench/README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    )
}
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SPECIAL = re.compile(r"[#?*\[\]!~<>`;|&(){}]")
"""What bash and zsh do not take in the same way, or as the text that it is, unless it is quoted."""


class Block(NamedTuple):
    """What stands between two fences."""

    manual: str
    language: str
    text: str


class Command(NamedTuple):
    """One command of a block for a shell, on one line."""

    manual: str
    text: str

    @property
    def words(self) -> list[str]:
        """Without the variables that are set before it."""
        words = shlex.split(self.text)
        while re.match(r"[A-Z_]+=", words[0]):
            del words[0]
        return words

    @property
    def variables(self) -> dict[str, str]:
        words = shlex.split(self.text)
        return dict(word.split("=", 1) for word in words[: len(words) - len(self.words)])

    @property
    def program(self) -> list[str]:
        """The words before the options; Python's own `-m` is none of them."""
        words = self.words
        begin = 3 if words[1:2] == ["-m"] else 1
        return words[:begin] + list(takewhile(lambda word: not word.startswith("-"), words[begin:]))

    @property
    def options(self) -> set[str]:
        return {word for word in self.words[len(self.program) :] if word.startswith("-")}


def blocks(language: str) -> list[Block]:
    return [block for block in every_block() if block.language == language]


def every_block() -> Iterator[Block]:
    for manual, text in MANUALS.items():
        for found in BLOCK.finditer(text):
            yield Block(manual, found["language"], found["text"])


def commands() -> list[Command]:
    return [
        Command(block.manual, line)
        for block in blocks("sh")
        for line in block.text.replace("\\\n", "").splitlines()
        if line
    ]


def unquoted(command: str) -> str:
    """What a shell looks at."""
    return re.sub(r"'[^']*'|\"[^\"$`!]*\"", "", command)
