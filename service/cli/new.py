"""Write a commented SQL file to begin with."""

from __future__ import annotations

import argparse
import sys

from service.errors import StartError
from service.settings import Settings
from service.statistics import contract

EXAMPLE = "new smokers_by_state"
TEMPLATE = """\
-- Mean value of a question in every state, lowest first.
--
-- The first line says what the statistic answers; here is room for what a reader should know of it. Below stand the
-- parameters, `$name TYPE = DEFAULT: description`, and the keys; sql/README.md has all types and keys.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- returns: {state: mean}
-- unit: percent of adults
-- chart: map
-- example: {"question": "Q036"}
select
    LocationDesc as state,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and YearStart >= $since
group by LocationDesc
order by
    mean nulls last,
    state
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="its endpoint: lower case, digits and _")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Write a file that passes its check."""
    folder = settings.path(settings.catalog.folder)
    file = folder / f"{options.name}.sql"
    contract.check_name(f"{folder.name}/{file.name}", options.name)
    try:
        with file.open("x", encoding="utf-8") as opened_file:
            opened_file.write(TEMPLATE)
    except FileExistsError:
        raise StartError(f"{file}: exists already; choose another name") from None
    except OSError as error:
        raise StartError(f"{file}: cannot be written: {error.strerror}") from None
    sys.stdout.write(f"{file}: written; change it, then `python run.py check {file}`\n")
    return 0
