"""Which questions were asked together, and which overlap by definition."""

from __future__ import annotations

from pathlib import Path

from service.dataset import reference_tables
from tests.dataset.small_table import COLUMNS, loaded

NO_ACTIVITY, AEROBIC, OBESE = "Active?,Q047", "Aerobic?,Q043", "Obese?,Q036"
ROWS = [
    f"{year},OH,Ohio,{question},30,Total,Total"
    for year, questions in {2019: (NO_ACTIVITY, AEROBIC, OBESE), 2020: (NO_ACTIVITY, OBESE)}.items()
    for question in questions
]


def test_the_questions_of_a_topic_that_were_asked_in_a_year(tmp_path: Path) -> None:
    """Those with a published figure; a question that is known of nothing was asked alone."""
    csv = tmp_path / "table.csv"
    rows = [*ROWS, "2019,OH,Ohio,Sleep?,Q999,30,Total,Total", f"2020,OH,Ohio,{AEROBIC},,Total,Total"]
    csv.write_text("\n".join([COLUMNS, *rows, ""]), encoding="utf-8")
    with loaded(csv) as dataset:
        found = dataset.cursor().execute("select QuestionID, YearStart, asked from questionnaires").fetchall()
    assert found == [
        ("Q036", 2019, "Q036"),
        ("Q036", 2020, "Q036"),
        ("Q043", 2019, "Q043, Q047"),
        ("Q047", 2019, "Q043, Q047"),
        ("Q047", 2020, "Q047"),
        ("Q999", 2019, "Q999"),
    ]


def test_questions_that_overlap_by_definition(tmp_path: Path) -> None:
    """Each pair both ways round, and each question with itself."""
    csv = tmp_path / "table.csv"
    csv.write_text("\n".join([COLUMNS, *ROWS, ""]), encoding="utf-8")
    with loaded(csv) as dataset:
        found = dataset.cursor().execute("select Question, other, remark from question_overlaps").fetchall()
    remark = "Q043 counts nobody whom Q047 counts"
    different = [("Active?", "Aerobic?", remark), ("Aerobic?", "Active?", remark)]
    same = [(question, question, "it is the same question twice") for question in ("Active?", "Aerobic?", "Obese?")]
    assert found == sorted([*different, *same])


def test_overlaps_name_known_questions() -> None:
    """Each pair once, in words that SQL may compare with."""
    pairs = [frozenset((row["QuestionID"], row["other"])) for row in reference_tables.read(reference_tables.OVERLAPS)]
    assert len(pairs) == len(set(pairs))
    assert frozenset.union(*pairs) <= set(reference_tables.known_codes("QuestionID"))
    assert {row["relation"] for row in reference_tables.read(reference_tables.OVERLAPS)} == {"includes", "excludes"}
