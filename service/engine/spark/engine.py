"""A table of a cluster, behind Spark Connect, with what `run.py export` said of it."""

from __future__ import annotations

import pyarrow as pa
from pyspark.errors import PySparkException

from service.dataset import exported, figures, locked, rowless
from service.dataset.choice_lists import Key
from service.dataset.choices import Choice, require_columns
from service.dataset.exported import Export
from service.dataset.manifest import MISSING, TABLES
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spark.cluster import Cluster
from service.engine.spark.faults import first_line, translated
from service.engine.spark.session import ClusterSession
from service.engine.spool import Spool
from service.errors import DatasetError
from service.settings import Settings


class SparkEngine:
    """DuckDB checks SQL, and computes with the rows that the cluster gives."""

    def __init__(self, settings: Settings, spool: Spool) -> None:
        """Raises DatasetError when the cluster, its table or the manifest cannot be used."""
        export = exported.find(settings)
        self._cluster = Cluster(settings, _views(export))
        try:
            columns = self._columns(settings, export)
            self._judge = DuckDBEngine(locked(rowless.load_tables(settings, export, columns)), spool)
        except PySparkException as error:
            self._cluster.close()
            fix = "start it, or correct url and table in [engine]"
            reason = f"the cluster at {self._cluster.address} cannot be used: {first_line(error)}; {fix}"
            raise DatasetError(reason) from None
        except BaseException:
            self._cluster.close()
            raise
        self.facts = export.facts
        self.columns = self._judge.columns
        self._known: dict[Key, tuple[Choice, ...]] = {
            (each.column, each.code): each.choices for each in export.manifest.choices
        }

    def _columns(self, settings: Settings, export: Export) -> pa.Schema:
        rows = self._cluster.rows("select count(*) as n from health", {}, "start")
        [there] = rows.column("n").to_pylist()
        if there != export.facts.rows:
            raise DatasetError(
                f"{settings.engine.table}: has {there} rows, but {export.files.manifest.base_name} is of "
                f"{export.facts.rows}; load the table from the files beside that, or name another source in [dataset]"
            )
        return self._cluster.schema("select * from health", {})

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        if (column, code) not in self._known:
            self._known[column, code] = self._found(column, code)
        return self._known[column, code]

    def _found(self, column: str, code: str | None) -> tuple[Choice, ...]:
        require_columns(self.columns, column, code)
        codes = f"min(cast(`{code}` as string))" if code else "null"
        sql = f"select `{column}`, {codes} from health where `{column}` is not null group by `{column}`"
        try:
            rows = self._cluster.rows(sql, {}, f"choices of {column}")
        except PySparkException as error:
            raise translated(f"the choices of {column}", error) from error
        pairs = zip(*(each.to_pylist() for each in rows.columns), strict=True)
        words = figures.ORDERED.get(column)
        found = sorted(pairs, key=lambda pair: words.index(pair[0]) if words else pair)
        return tuple(Choice(value=value, code=short) for value, short in found)

    @property
    def fault(self) -> str | None:
        return self._cluster.fault

    def session(self) -> ClusterSession:
        return ClusterSession(self._cluster, self._judge.session())

    def close(self) -> None:
        self._judge.close()
        self._cluster.close()


def _views(export: Export) -> dict[str, pa.Table | str]:
    """The small tables, and `figures`, which needs one of them."""
    small = {name: export.manifest.tables[name].arrow() for name in (*TABLES, MISSING)}
    columns = ", ".join(small[MISSING].column_names)
    published = f"select {columns} from health where {figures.HAS_STRATUM}"
    return {**small, "figures": f"{published} union all select {columns} from {MISSING}"}
