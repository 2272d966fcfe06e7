"""What every type of a parameter says: how it is parsed, described, sampled, and written as SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from service.dataset.choices import Choices
from service.engine.macros import cast_literal


class ParameterType(ABC):
    """A new type is a subclass of this and an entry in `parameter_types.TYPES`. What it leaves out is a text's."""

    sql_type = "varchar"
    """DuckDB's name of the type that is bound."""

    def __init__(self, inside: str | None, choices: Choices) -> None:
        """From what the declaration has in parentheses, if anything; raises ValueError, in words."""
        if inside is not None:
            raise ValueError("takes nothing in parentheses")

    @abstractmethod
    def parse(self, value: Any) -> Any:
        """The value to bind for a JSON value; raises Unusable."""

    @abstractmethod
    def sample_value(self) -> Any:
        """Some allowed value as JSON, to find a statistic's columns with; None where no value is allowed."""

    def read(self, text: str) -> Any:
        """What a text of a command line or an address stands for in JSON; what it cannot be stays a text."""
        return text

    def parse_default(self, value: Any) -> Any:
        """The value to bind for a header's default that is not null; raises Unusable.

        It may be one that only the table at hand lacks, and then finds nothing.
        """
        return self.parse(value)

    def schema(self) -> dict[str, Any]:
        """The values that it admits, as JSON Schema."""
        return {"type": "string"}

    def describe(self) -> dict[str, Any]:
        """The type for the catalog, in the words of JSON Schema where it has them."""
        return {}

    def sql_literal(self, given: str) -> str:
        """An SQL expression for the text of the literal to bind.

        `given` is the expression of a value as the shell has it, never null: what `parse` takes, or a default.
        """
        return cast_literal(f"{given}::varchar", self.sql_type)

    def helper_macros(self) -> dict[str, str]:
        """Macros that `sql_literal` calls: name → the statement that creates it."""
        return {}
