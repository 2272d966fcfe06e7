"""What questions have to do with each other: which were asked together, and which overlap by definition."""

from __future__ import annotations

import duckdb

from service.dataset import reference_tables


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `questionnaires` and `question_overlaps`; needs `questions`."""
    _load_questionnaires(connection)
    _load_overlaps(connection)


def _load_questionnaires(connection: duckdb.DuckDBPyConnection) -> None:
    """With which other questions of its topic each question was asked in each survey year.

    An answer may depend on what is asked beside it: in years with the full section on physical activity, more people
    say that they have none.
    """
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


def _load_overlaps(connection: duckdb.DuckDBPyConnection) -> None:
    """Each question beside itself, and pairs of which one includes or excludes the other, both ways round."""
    connection.execute(
        """
        create table question_overlaps as
        with facts as (from read_csv($path, header = true, all_varchar = true)),
        codes as (
            select Question, cast(QuestionID as varchar) as code from questions
        ),
        pairs as (
            select
                one.Question,
                two.Question as other,
                case facts.relation
                    when 'includes' then one.code || ' counts everybody whom ' || two.code || ' counts'
                    when 'excludes' then one.code || ' counts nobody whom ' || two.code || ' counts'
                end as remark
            from facts
            inner join codes as one on facts.QuestionID = one.code
            inner join codes as two on facts.other = two.code
        )
        select Question, other, remark from pairs
        union all
        select other, Question, remark from pairs
        union all
        select Question, Question, 'it is the same question twice' from codes
        order by Question, other
        """,
        {"path": str(reference_tables.FOLDER / reference_tables.OVERLAPS)},
    )
