"""What can be set: a struct a section, frozen and typed, with the defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from service import cores

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_URL = r"^(https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._~-]+)*/?)?$"

SPARK_URL = r"^(sc://[^/\s]+(/.*)?)?$"
TABLE = r"^([A-Za-z_]\w*(\.[A-Za-z_]\w*)*|[^`\s]*/[^`\s]*)$"

TableName = Annotated[str, Meta(pattern=TABLE, examples=["catalog.schema.health", "s3a://bucket/brfss/*.parquet"])]
"""On a cluster: a name, or an address of Parquet files."""
Count = Annotated[int, Meta(ge=1)]
CountOrZero = Annotated[int, Meta(ge=0)]
Encoding = Literal[
    "", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1252", "iso-8859-1", "iso-8859-15", "mac-roman"
]
Limit = Annotated[float, Meta(ge=0.01, le=86400)]
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
    results_wait: Annotated[float, Meta(ge=0, le=10)] = 0.1
    linger: Annotated[float, Meta(ge=0, le=3600)] = 2.0
    var: Annotated[str, Meta(min_length=1)] = "var"
    allowed_origins: tuple[Origin, ...] = ()


class Connections(Struct, frozen=True):
    """How many connections there may be, and for how many seconds a client may keep one waiting."""

    most: CountOrZero = 0
    per_address: CountOrZero = 200
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    first_byte: Limit = 20.0
    head: Limit = 20.0
    body: Limit = 60.0
    idle: Limit = 75.0
    reading: Limit = 120.0


class Dataset(Struct, frozen=True):
    """Which table is loaded, how it is read where its content does not say so, and what is done about odd rows."""

    source: str = ""
    compression: Literal["", "none", "gzip", "zip", "bz2", "xz", "zstd"] = ""
    encoding: Encoding = ""
    separator: Literal["", ",", ";", "tab", "|"] = ""
    decimal: Literal["", ".", ","] = ""
    conflicts: Policy = "refuse"
    value_types: Annotated[str, Meta(min_length=1)] = "refuse"
    limits: Policy = "warn"
    years: Policy = "warn"


class Engine(Struct, frozen=True):
    """What runs the SQL."""

    kind: Literal["duckdb", "spark"] = "duckdb"
    storage: Literal["memory", "parquet"] = "memory"
    url: Annotated[str, Meta(pattern=SPARK_URL, examples=["sc://spark.example:15002"])] = ""
    table: TableName = "health"


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

    store: Literal["embedded", "postgresql"] = "embedded"
    url: str = ""
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
    slow_callbacks: CountOrZero = 0


class DuckDB(Struct, frozen=True):
    """What DuckDB may use."""

    memory_limit: Size = "2GB"
    temp_limit: Size = "4GB"
    threads: Annotated[int, Meta(ge=1, le=1024)] = 1


class Settings(Struct, frozen=True):
    """All settings, a struct a section; `root` is the folder that relative paths start from."""

    server: Server = Server()
    connections: Connections = Connections()
    dataset: Dataset = Dataset()
    engine: Engine = Engine()
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
    def journal(self) -> Path | None:
        """The file of the embedded store's jobs; None where they are kept elsewhere, or in the memory only."""
        is_there = self.jobs.store == "embedded" and self.jobs.journal
        return self.path(self.jobs.journal) if is_there else None

    @property
    def worker_threads(self) -> int:
        """0 in the settings means one for each CPU core that the process may use."""
        return self.workers.threads or cores.usable()
