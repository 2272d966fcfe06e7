"""Frozen, typed settings from config.toml and the environment; an unknown key or an unusable value is an error."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from service import cores
from service.errors import ConfigError
from service.suggest import allowed_values, hint

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "HEALTH_"
WORKER_THREADS = "TP_NUM_OF_THREADS"
KUBERNETES_NAMES = re.compile(
    r"HEALTH_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
KUBERNETES_VALUES = re.compile(r"(tcp|udp|sctp)://.*")
"""Variables that Kubernetes makes in every pod beside a Service named `health` or `health-…`, by either."""

PUBLIC_URL = r"^(https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~-]+)*/?)?$"

Count = Annotated[int, Meta(ge=1)]
CountOrZero = Annotated[int, Meta(ge=0)]
Encoding = Literal[
    "", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"
]
Seconds = Annotated[float, Meta(ge=0, le=86400 * 365)]
ORIGIN = r"^(\*|(?!http://.*:80$|https://.*:443$)[a-z][a-z0-9+.-]*://[^/\s,;*A-Z@?#]+)$"
Origin = Annotated[str, Meta(pattern=ORIGIN, examples=["https://a.example", "*"])]
"""As browsers write it in the header of that name, without a scheme's usual port, or * for every one."""
Policy = Literal["refuse", "warn"]
Size = Annotated[str, Meta(pattern=r"^\d+(\.\d+)? ?[KMGT]i?B$", examples=["512MB", "2GB"])]


class Server(Struct, frozen=True):
    """Where the service listens, and what it accepts."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 5000
    metrics_port: Annotated[int, Meta(ge=0, le=65535)] = 0
    public_url: Annotated[str, Meta(pattern=PUBLIC_URL, examples=["https://example.org/health/"])] = ""
    max_body: Annotated[int, Meta(ge=1, le=2**30)] = 65536
    wait: Annotated[float, Meta(ge=0, le=60)] = 10.0
    results_wait: Annotated[float, Meta(ge=0, le=10)] = 0.02
    linger: Annotated[float, Meta(ge=0, le=3600)] = 2.0
    var: Annotated[str, Meta(min_length=1)] = "var"
    allowed_origins: tuple[Origin, ...] = ()


class Dataset(Struct, frozen=True):
    """Which table is loaded, how it is read where its content does not say so, and what is done about odd rows."""

    csv: str = ""
    compression: Literal["", "none", "gzip", "zip", "bz2", "xz", "zstd"] = ""
    encoding: Encoding = ""
    separator: Literal["", ",", ";", "tab", "|"] = ""
    decimal: Literal["", ".", ","] = ""
    conflicts: Policy = "refuse"
    value_types: Annotated[str, Meta(min_length=1)] = "refuse"
    limits: Policy = "warn"
    years: Policy = "warn"


class Catalog(Struct, frozen=True):
    """Where the statistics are."""

    folder: Annotated[str, Meta(min_length=1)] = "sql"
    watch: bool = False
    poll: Annotated[float, Meta(ge=0.01, le=3600)] = 0.5


class Workers(Struct, frozen=True):
    """How many statistics run at once, and how many jobs may be pending."""

    threads: Annotated[int, Meta(ge=0, le=1024)] = 0
    max_pending: Count = 1000


class Jobs(Struct, frozen=True):
    """How long a job may run and is kept, and where."""

    time_limit: Seconds = 300.0
    journal: str = "var/jobs.sqlite3"
    journal_sync: Literal["normal", "full"] = "normal"
    keep: CountOrZero = 10000
    keep_seconds: Seconds = 3600.0
    keep_bytes: CountOrZero = 64_000_000


class Results(Struct, frozen=True):
    """How long an answer may be, and where long ones wait to be fetched."""

    folder: Annotated[str, Meta(min_length=1)] = "var/results"
    memory_rows: Count = 50_000
    memory_bytes: Count = 8_000_000
    disk_bytes: CountOrZero = 4_000_000_000
    max_rows: CountOrZero = 0


class Charts(Struct, frozen=True):
    """How many pictures may wait to be drawn, and how long one may take."""

    time_limit: Annotated[float, Meta(gt=0, le=600)] = 10.0
    max_pending: Count = 20


class Cache(Struct, frozen=True):
    """How many answers are remembered, and for how long clients may keep them."""

    bytes: CountOrZero = 64_000_000
    max_age: Annotated[int, Meta(ge=0, le=86400 * 365)] = 0


class Log(Struct, frozen=True):
    """Where the log goes, and how large it may grow."""

    folder: Annotated[str, Meta(min_length=1)] = "var/log"
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["text", "json"] = "text"
    bytes: Annotated[int, Meta(ge=1024)] = 10_000_000
    files: CountOrZero = 5


class DuckDB(Struct, frozen=True):
    """What DuckDB may use."""

    memory_limit: Size = "2GB"
    temp_limit: Size = "4GB"
    threads: Annotated[int, Meta(ge=1, le=1024)] = 1


class Settings(Struct, frozen=True):
    """All settings, a struct a section; `root` is the folder that relative paths start from."""

    server: Server = Server()
    dataset: Dataset = Dataset()
    catalog: Catalog = Catalog()
    workers: Workers = Workers()
    jobs: Jobs = Jobs()
    results: Results = Results()
    charts: Charts = Charts()
    cache: Cache = Cache()
    log: Log = Log()
    duckdb: DuckDB = DuckDB()
    root: Path = ROOT
    passed_over: tuple[str, ...] = ()
    """Variables that look like settings, but are Kubernetes's."""

    def path(self, text: str) -> Path:
        """A relative path starts at the configuration file's folder; one that begins with var/, in `[server] var`."""
        path = Path(text).expanduser()
        if path.parts[:1] == ("var",):
            path = Path(self.server.var, *path.parts[1:]).expanduser()
        return self.root / path

    @property
    def worker_threads(self) -> int:
        """0 in the settings means one for each CPU core that the process may use."""
        return self.workers.threads or cores.usable()


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
            key: _value(str(path), kind, section, key, value, strict=True) for key, value in table.items()
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
            values.setdefault(section, {})[key] = _value(
                f"environment variable {variable}", kind, section, key, text, strict=False
            )
    if environment.get(WORKER_THREADS):  # empty is how many tools write "not set"
        place = f"environment variable {WORKER_THREADS}"
        threads = _value(place, Workers, "workers", "threads", environment[WORKER_THREADS], strict=False)
        values.setdefault("workers", {})["threads"] = threads
    return values


def _value(place: str, kind: type[Struct], section: str, key: str, value: Any, *, strict: bool) -> Any:
    """`value` in the type of its key; not strict for the environment, where all is text, a list with commas."""
    types = get_type_hints(kind, include_extras=True)
    if key not in types:
        raise ConfigError(_unknown(place, f"key in [{section}]", key, types))
    if not strict and get_origin(types[key]) is tuple:
        value = [part for part in map(str.strip, value.split(",")) if part]
    try:
        return msgspec.convert(value, types[key], strict=strict)
    except msgspec.ValidationError:
        allowed = allowed_values(types[key])
        raise ConfigError(f"{place}: {section}.{key} = {value!r} cannot be used (allowed: {allowed})") from None


def _unknown(place: str, what: str, name: str, known: Mapping[str, object]) -> str:
    return f"{place}: there is no {what} named {name!r}{hint(name, known)} (allowed: {', '.join(known)})"
