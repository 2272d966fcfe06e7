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


class TooManyRows(Exception):
    """A block gives more rows than may be fetched."""


def first_line(error: Exception) -> str:
    """What it says, without the call that it came from."""
    details = re.search(r'details = "(.*)"', str(error))
    return details[1] if details else str(error).partition("\n")[0]


def is_of_data(error: Exception) -> bool:
    return isinstance(error, DATA)


def is_unreachable(error: Exception) -> bool:
    return isinstance(error, SparkConnectGrpcException) and error.getGrpcStatusCode() == StatusCode.UNAVAILABLE


def translated(name: str, error: PySparkException | TooManyRows) -> ServiceError:
    """An error of a block, as one of the protocol's; `name` is the statistic's."""
    if isinstance(error, TooManyRows):
        fix = "count or average them in the SELECT that reads the table, or ask for less"
        return ServiceError(f"{name} fetches more than {error} rows from the cluster; {fix}", status=400)
    reason = without_folders(first_line(error))
    if is_of_data(error):
        return BadRequest(f"{name} cannot be computed with these arguments: {reason}")
    if isinstance(error, SQL):
        return ServiceError(f"{name} failed on the cluster: {reason}")
    return Unavailable(f"{name}: the cluster cannot run it now: {reason}; ask again later")
