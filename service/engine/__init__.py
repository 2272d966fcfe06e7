"""The seam "run this SQL with these arguments": DuckDB here, its results, and where long ones are kept."""
