"""Frozen, typed settings from config.toml and the environment; an unknown key or an unusable value is an error."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from service.errors import ConfigError
from service.settings.sections import (
    ROOT,
    Cache,
    Catalog,
    Charts,
    Connections,
    Dataset,
    DuckDB,
    Engine,
    Jobs,
    Log,
    Results,
    Server,
    Settings,
    Workers,
)
from service.suggest import allowed_values, hint

__all__ = [
    "ROOT",
    "SECTIONS",
    "Cache",
    "Catalog",
    "Charts",
    "Connections",
    "Dataset",
    "DuckDB",
    "Engine",
    "Jobs",
    "Log",
    "Results",
    "Server",
    "Settings",
    "Workers",
    "load_settings",
]

PREFIX = "HEALTH_"
WORKER_THREADS = "TP_NUM_OF_THREADS"
OLDER = {("dataset", "csv"): "source"}
"""Sections and keys that configurations of earlier versions have, and the name of each today."""
KUBERNETES_NAMES = re.compile(
    r"HEALTH_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
KUBERNETES_VALUES = re.compile(r"(tcp|udp|sctp)://.*")
"""Variables that Kubernetes makes in every pod beside a Service named `health` or `health-…`, by either."""

SECTIONS: dict[str, type[Struct]] = {
    name: kind for name, kind in get_type_hints(Settings).items() if isinstance(kind, type) and issubclass(kind, Struct)
}


def load_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of `file` (by default config.toml beside run.py) with the environment's on top.

    Raises ConfigError, which names the file or variable, the key, the value and what is allowed.
    """
    path = file or ROOT / "config.toml"
    values = _from_file(path)
    passed_over = tuple(sorted(name for name, text in environment.items() if _is_of_kubernetes(name, text)))
    ours = {name: text for name, text in environment.items() if name not in passed_over}
    for section, keys in _from_environment(ours).items():
        values.setdefault(section, {}).update(keys)
    sections: dict[str, Any] = {name: SECTIONS[name](**keys) for name, keys in values.items()}
    return Settings(**sections, root=path.resolve().parent, passed_over=passed_over)


def _is_of_kubernetes(name: str, text: str) -> bool:
    return bool(KUBERNETES_NAMES.fullmatch(name) or (name.startswith(PREFIX) and KUBERNETES_VALUES.fullmatch(text)))


def _from_file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file; name one with --config FILE") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from None
    values: dict[str, dict[str, Any]] = {}
    for section, table in tables.items():
        kind = SECTIONS.get(section)
        if kind is None:
            raise ConfigError(_unknown(str(path), "section", section, SECTIONS))
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {section} is a section, not a key; write [{section}], and its keys below")
        values[section] = {
            _named(section, key): _value(str(path), kind, section, key, value, strict=True)
            for key, value in table.items()
        }
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    values: dict[str, dict[str, Any]] = {}
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX):
            section, _, key = variable.removeprefix(PREFIX).lower().partition("_")
            kind = SECTIONS.get(section)
            if kind is None:
                raise ConfigError(_unknown(f"environment variable {variable}", "section", section, SECTIONS))
            values.setdefault(section, {})[_named(section, key)] = _value(
                f"environment variable {variable}", kind, section, key, text, strict=False
            )
    if environment.get(WORKER_THREADS):  # empty is how many tools write "not set"
        place = f"environment variable {WORKER_THREADS}"
        threads = _value(place, Workers, "workers", "threads", environment[WORKER_THREADS], strict=False)
        values.setdefault("workers", {})["threads"] = threads
    return values


def _named(section: str, key: str) -> str:
    return OLDER.get((section, key), key)


def _value(place: str, kind: type[Struct], section: str, key: str, value: Any, *, strict: bool) -> Any:
    """`value` in the type of its key; not strict for the environment, where all is text, a list with commas."""
    types = _types(kind)
    key = _named(section, key)
    if key not in types:
        raise ConfigError(_unknown(place, f"key in [{section}]", key, types))
    if not strict and get_origin(types[key]) is tuple:
        value = [part for part in map(str.strip, value.split(",")) if part]
    try:
        return msgspec.convert(value, types[key], strict=strict)
    except msgspec.ValidationError:
        allowed = allowed_values(types[key])
        raise ConfigError(f"{place}: {section}.{key} = {value!r} cannot be used (allowed: {allowed})") from None


@cache
def _types(kind: type[Struct]) -> dict[str, Any]:
    """The type of each key of a section."""
    return get_type_hints(kind, include_extras=True)


def _unknown(place: str, what: str, name: str, known: Mapping[str, object]) -> str:
    return f"{place}: there is no {what} named {name!r}{hint(name, known)} (allowed: {', '.join(known)})"
