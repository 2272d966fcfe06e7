"""A cluster behind Spark Connect: it runs what reads its tables; DuckDB, in this process, does the rest."""
