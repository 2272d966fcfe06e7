"""A statistic's parameters, and the parsing of the arguments that a caller gives for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.errors import BadRequest, Unusable
from service.statistics.base_type import ParameterType
from service.suggest import hint, nearest

REQUIRED: Any = object()
"""The default of a parameter without one."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A name that a statistic declares, with its type as the header writes it (`declared`)."""

    name: str
    type: ParameterType
    declared: str
    default: Any
    description: str

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    def sample(self) -> Any:
        """A value to find the columns with: the default, or an allowed one; None where the table has none."""
        if not self.required:
            return self.default
        value = self.type.sample_value()
        return None if value is None else self.type.parse(value)

    def parse(self, value: Any) -> Any:
        """The value to bind; null is allowed only where it is the default. Raises BadRequest."""
        if value is None and self.default is None:
            return None
        try:
            return self.type.parse(value)
        except Unusable as error:
            raise BadRequest(f"{self.name}: {error}", parameter=self.name, **error.fields) from None

    def schema(self) -> dict[str, Any]:
        """The values that it admits, as JSON Schema; null is one where it is the default."""
        schema = self.type.schema()
        if self.default is None:
            schema = {"anyOf": [schema, {"type": "null"}]}
        default = {} if self.required else {"default": self.default}
        return {**schema, **default, "description": self.description}

    def describe(self) -> dict[str, Any]:
        """The parameter for the catalog."""
        default = {} if self.required else {"default": self.default}
        return {
            "name": self.name,
            "type": self.declared,
            "required": self.required,
            **default,
            **self.type.describe(),
            "description": self.description,
        }


def parse_arguments(parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments to bind, after defaults, in the order of the parameters.

    Raises BadRequest for an unknown, missing or unusable argument, naming the parameter.
    """
    for name in given:
        if name not in parameters:
            raise BadRequest(
                f"there is no parameter named {name!r}{hint(name, parameters)}",
                parameter=name,
                allowed=list(parameters),
                did_you_mean=nearest(name, parameters),
            )
    arguments = {}
    for name, parameter in parameters.items():
        if name in given:
            arguments[name] = parameter.parse(given[name])
        elif parameter.required:
            raise BadRequest(
                f"{name} is missing: {parameter.description} ({parameter.declared})",
                parameter=name,
                **parameter.type.describe(),
            )
        else:
            arguments[name] = parameter.default
    return arguments


def read_arguments(parameters: Mapping[str, Parameter], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Arguments given as texts, in a URL or on a command line, as JSON's types; those of a list are repeated.

    Raises BadRequest for an argument that is given twice; unknown names are left to parse_arguments.
    """
    arguments: dict[str, Any] = {}
    for name, texts in given.items():
        read = [parameters[name].type.read(text) for text in texts] if name in parameters else [*texts]
        if read and isinstance(read[0], list):
            arguments[name] = [item for items in read for item in items]
        elif len(read) > 1:
            raise BadRequest(f"{name} is given {len(read)} times, but takes one value", parameter=name)
        else:
            arguments[name] = read[0]
    return arguments
