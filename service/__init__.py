"""Answers questions about the health of US states: each SQL file is a statistic and an HTTP endpoint."""

__version__ = "0.2.0"
