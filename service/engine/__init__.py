"""The seam "run this SQL with these arguments": its protocol, DuckDB behind it, results, and the spool of long ones."""
