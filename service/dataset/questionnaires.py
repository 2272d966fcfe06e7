"""With which other questions of its topic each question was asked in each survey year.

An answer may depend on what is asked beside it: in years with the full section on physical activity, more people say
that they have none.
"""

from __future__ import annotations

import duckdb


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `questionnaires`; `asked` are the codes of the topic's questions with published figures in the year."""
    connection.execute(
        """
        create table questionnaires as
        with published as (
            select distinct Question, YearStart from health where Data_Value is not null
        ),
        of_topic as (
            select questions.Question, questions.QuestionID, questions.Topic, published.YearStart
            from published
            inner join questions on published.Question = questions.Question
        )
        select
            one.Question,
            one.QuestionID,
            one.YearStart,
            string_agg(cast(every.QuestionID as varchar), ', ' order by every.QuestionID) as asked
        from of_topic as one
        inner join of_topic as every
            on one.YearStart = every.YearStart and (one.Topic = every.Topic or one.Question = every.Question)
        group by one.Question, one.QuestionID, one.YearStart
        order by one.QuestionID, one.YearStart
        """
    )
