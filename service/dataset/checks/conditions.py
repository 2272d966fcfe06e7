"""The checks as data: what no row should be, and what is done with rows that are."""

from __future__ import annotations

from typing import NamedTuple

LIMITS = ("Low_Confidence_Limit", "High_Confidence_Limit")


class Check(NamedTuple):
    """A condition in SQL that no row should meet, and what is done with rows that do.

    `policy` is the key in [dataset] that decides whether they are refused; without one they never are.
    """

    name: str
    policy: str | None
    condition: str
    found: str
    done: str
    needs: tuple[str, ...] = ()
    """The columns without which there is nothing to check."""


def _rarer_code(code: str, *names: str) -> str:
    """A condition in SQL: most rows of these names have another code, whatever its case.

    Names with one code, as a rule all of them, are passed over first, since counting the others takes longer.
    """
    key = ", ".join(names)
    return f"""
    ({key}, {code}) in (
        select {key}, {code}
        from (
            select {key}, {code}, row_number() over (partition by {key} order by count(*) desc, {code}) as place
            from typed
            where ({key}) in (
                select ({key})
                from (select distinct {key}, {code} from typed)
                group by {key} having count(distinct lower(cast({code} as varchar))) > 1
            )
            group by {key}, {code}
        )
        where place > 1
    )
    """


KEY_CHECKS = (
    Check(
        name="duplicates",
        policy=None,
        condition="same",
        found="rows that are in the file again, with the same key and figures",
        done="each is counted once",
    ),
    Check(
        name="conflicts",
        policy="conflicts",
        condition="not same",
        found="rows whose key (year, place, question, stratum, value type) a later row has with other figures",
        done="only the later row is counted",
    ),
)
"""On `duplicates`: the rows that come again further down in the file."""
ROW_CHECKS = (
    Check(
        name="out_of_range",
        policy="limits",
        condition="Data_Value not between 0 and 100",
        found="values outside 0 to 100",
        done="they are counted as published",
    ),
    Check(
        name="outside_limits",
        policy="limits",
        condition=(
            "(Data_Value < Low_Confidence_Limit or Data_Value > High_Confidence_Limit) "
            "and coalesce(Low_Confidence_Limit <= High_Confidence_Limit, true)"
        ),
        found="values outside their own confidence limits",
        done="they are counted as published",
        needs=LIMITS,
    ),
    Check(
        name="limits_order",
        policy="limits",
        condition="Low_Confidence_Limit > High_Confidence_Limit",
        found="rows whose low confidence limit is above the high one",
        done="they are counted as published",
        needs=LIMITS,
    ),
    Check(
        name="years",
        policy="years",
        condition="YearStart <> YearEnd",
        found="rows whose YearStart and YearEnd differ",
        done="they are counted in their YearStart",
        needs=("YearEnd",),
    ),
    Check(
        name="stratum_code",
        policy=None,
        condition="Stratification1 is not null and StratificationID1 is null",
        found="rows that name a stratum but not its code, StratificationID1",
        done="statistics that select by code pass over them, and others count them beside rows that have the code",
        needs=("StratificationID1",),
    ),
    Check(
        name="place_codes",
        policy=None,
        condition=_rarer_code("LocationAbbr", "LocationDesc"),
        found="rows whose LocationAbbr is not the usual one of their LocationDesc",
        done="they are counted beside the rows of the usual one",
    ),
    Check(
        name="question_codes",
        policy=None,
        condition=_rarer_code("QuestionID", "Question"),
        found="rows whose QuestionID is not the usual one of their Question",
        done="they are counted beside the rows of the usual one",
    ),
    Check(
        name="stratum_codes",
        policy=None,
        condition=_rarer_code("StratificationID1", "StratificationCategory1", "Stratification1"),
        found="rows whose StratificationID1 is not the usual one of their Stratification1",
        done="statistics that select by code pass over them, and others count them beside rows of the usual one",
        needs=("StratificationID1",),
    ),
)
"""On the rows that count."""
