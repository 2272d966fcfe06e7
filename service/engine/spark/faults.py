"""Errors of the cluster's, as those of the protocol."""

from __future__ import annotations

import re

from grpc import StatusCode
from pyspark.errors import (
    AnalysisException,
    ArithmeticException,
    ArrayIndexOutOfBoundsException,
    DateTimeException,
    NumberFormatException,
    ParseException,
    PySparkException,
    UnsupportedOperationException,
)
from pyspark.errors.exceptions.connect import SparkConnectGrpcException

from service.errors import BadRequest, ServiceError, Unavailable, without_folders

DATA = (ArithmeticException, ArrayIndexOutOfBoundsException, DateTimeException, NumberFormatException)
"""What depends on the values alone."""
SQL = (AnalysisException, ParseException, UnsupportedOperationException)
"""What depends on the SQL alone, which was tried when it was loaded."""


UNREACHABLE = "the cluster cannot be reached"
ADDRESS = re.compile(r"\b[a-z][a-z0-9]+:/+[^\s'\"]*/")
"""Of a file, all but its name."""


class TooManyRows(Exception):
    """A block gives more rows than may be fetched."""


def first_line(error: Exception) -> str:
    """What it says, without the call that it came from, and without folders."""
    details = re.search(r'details = "(.*)"', str(error))
    return ADDRESS.sub("", details[1] if details else str(error).partition("\n")[0])


def is_unreachable(error: Exception) -> bool:
    return isinstance(error, SparkConnectGrpcException) and error.getGrpcStatusCode() == StatusCode.UNAVAILABLE


def reason_of(error: Exception) -> str:
    """For clients: without folders and the cluster's own addresses."""
    return UNREACHABLE if is_unreachable(error) else without_folders(first_line(error))


def translated(name: str, error: PySparkException | TooManyRows) -> ServiceError:
    """An error of a block, as one of the protocol's; `name` is the statistic's."""
    if isinstance(error, TooManyRows):
        fix = "count or average them in the SELECT that reads the table, or ask for less"
        return ServiceError(f"{name} fetches more than {error} rows from the cluster; {fix}", status=400)
    reason = reason_of(error)
    if is_unreachable(error):
        return Unavailable(f"{name}: {reason}; ask again later")
    if isinstance(error, DATA):
        return BadRequest(f"{name} cannot be computed with these arguments: {reason}")
    if isinstance(error, SQL):
        return ServiceError(f"{name} failed on the cluster: {reason}")
    return Unavailable(f"{name}: the cluster cannot run it now: {reason}; ask again later")
