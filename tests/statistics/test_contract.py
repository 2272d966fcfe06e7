"""The contract: a file that breaks it is refused with file, line and what to do, and the others keep serving."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.dataset import Dataset
from service.errors import StatisticFault
from service.statistics import contract
from tests.conftest import engine_on, load_catalog

GOOD = """\
-- How many rows a question has.
-- $question choice(Question, QuestionID): the question
-- $since integer(2011..2100) = 2011: first year
-- returns: {question: rows}
-- example: {"question": "Q036"}
select
    Question as question,
    count(*) as rows
from health
where Question = $question and YearStart >= $since
group by Question
"""

FAULTS = [
    ("", ":1: the first line must say what the statistic answers"),
    ("select 1", ":1: the first line must say what the statistic answers"),
    (GOOD.replace("-- How many rows a question has.", "--"), ":1: the first line must say"),
    (GOOD.replace("$question choice(", "$question chioce("), ":2: $question: there is no type 'chioce(Question, Q"),
    (GOOD.replace("choice(Question, Q", "choice(Questions, Q"), ":2: $question: choice(Questions, QuestionID): the t"),
    (GOOD.replace("the question\n", "the question\n-- $question text: again\n"), ":3: $question is already declared in line 2"),
    (GOOD.replace(": first year", ""), ":3: '$since integer(2011..2100) = 2011' is not a declaration; it lacks its description"),
    (GOOD.replace("2011: first year", "2011:"), ":3: '$since integer(2011..2100) = 2011:' is not a declaration; it lacks its d"),
    (GOOD.replace("$since integer", "$since Integer"), "is not a declaration; write name and type in lower case: `$since integer"),
    (GOOD.replace("-- How many rows a question has.\n", ""), ":1: '$question choice(Question, QuestionID): the quest"),
    ("-- unit: percent\nselect 1 as a", ":1: 'unit: percent' stands in the first line, which says what the stati"),
    (GOOD.replace("-- $since", "\n-- $since"), "stands below the header, which ends at the first line that is not a com"),
    (GOOD.replace("-- $since", "\n-- $since"), "; close the gap above it"),
    (GOOD.replace("$question choice", "$help choice"), ":2: $help: help is an option of the service's own; take another"),
    (GOOD.replace("$question choice", "$limit choice"), ":2: $limit: limit is an option of the service's own; take anot"),
    (GOOD.replace("integer(2011..2100) = 2011", "list(integer) = 1, 2"), ":3: $since: the default: '1, 2' is not a list; write it as JSON: [1, 2]"),
    (GOOD.replace("integer(2011..2100) = 2011", "list(choice(LocationDesc, LocationAbbr)) = OH, IA"), 'write it as JSON: ["OH", "IA"]'),
    (GOOD.replace("choice(Question, Q", "choice(Questoin, Q"), "has no column 'Questoin'; did you mean 'Question'? (columns: "),
    (GOOD.replace("integer(2011..2100)", "integer(2100..2011)"), "(2100..2011) admits no number; the lower end comes first"),
    (GOOD.replace("integer(2011..2100)", "integer(2011)"), "(2011) is not a range; write it as (2011..2100), (1..) or (..9)"),
    (GOOD.replace("integer(2011..2100)", "text(9)"), ":3: $since: text(9): takes nothing in parentheses"),
    (GOOD.replace("= 2011", "= 1999"), ":3: $since: the default: 1999 is outside 2011..2100"),
    (GOOD.replace("= 2011", "= soon"), ":3: $since: the default: 'soon' is not a whole number in 2011..2100"),
    (GOOD.replace("$since integer", "$Since integer"), ":3: '$Since integer(2011..2100) = 2011: first year' is not a dec"),
    (GOOD.replace("returns: {question: rows}", "returns: {question rows}"), ":4: returns: '{question rows}' is no shape"),
    (GOOD.replace("{question: rows}", "{(): rows}"), ":4: returns: '{(): rows}' is no shape"),
    (GOOD.replace("{question: rows}", "{state: rows}"), ":4: returns: '{state: rows}' names state, but the SQL's colu"),
    (GOOD.replace("{question: rows}", "{queston: rows}"), "the SQL's columns are question, rows; did you mean 'question'?"),
    (GOOD.replace("returns:", "retuns:"), ":4: 'retuns: {question: rows}' is not a declaration"),
    (GOOD.replace("-- $question", "-- retuns: {a: b}\n-- $question"), ":2: 'retuns' is not a key; did you mean 'returns'?"),
    (GOOD.replace("returns: {question: rows}", "returns:"), ":4: returns has no value"),
    (GOOD.replace("-- example", "-- returns: rows\n-- example"), ":5: returns is already given in line 4"),
    (GOOD.replace("as question", "as note"), ":4: returns: '{question: rows}' names question, but the SQL's columns are rows"),
    (GOOD.replace("{question: rows}", "{question: note}").replace("as rows", "as rows, 'x' as note"), "names note, but the SQL's columns are question, rows"),
    (GOOD.replace("as rows", "as note"), ":8: the column note is of type BIGINT, but a note is a text; cast it"),
    (GOOD.replace("-- example", "-- method:\n-- example"), ":5: method has no value"),
    (GOOD.replace("-- returns", "-- and prose again\n-- returns"), ":4: 'and prose again' is not a declaration"),
    (GOOD.replace("-- returns", "-- chart: pie\n-- returns"), ":4: chart: 'pie' is none of map, bars, line, dots, i"),
    (GOOD.replace("-- returns", "-- time limit: soon\n-- returns"), ":4: time limit: 'soon' is not a time; write it as `time"),
    (GOOD.replace("-- returns", "-- time limit: 0 s\n-- returns"), ":4: time limit: '0 s' is not a time"),
    (GOOD.replace("select\n", "selec\n"), ":6: Parser Error: syntax error at or near \"selec\""),
    (GOOD.replace("count(*)", "cuont(*)"), ":8: Catalog Error: Scalar Function with name cuont does not exist!"),
    (GOOD.replace("    Question as", "    Qestion as"), ':7: Binder Error: Referenced column "Qestion" not found'),
    (GOOD.replace("from health", "from helth"), ":9: Catalog Error: Table with name helth does not exist!"),
    (GOOD.replace(">= $since", ">= $sicne"), ":10: $sicne is used but not declared; did you mean $since?"),
    (GOOD.replace(">= $since", ">= $since + $shift"), ":10: $shift is used but not declared; add `-- $shift TYPE: description`"),
    (GOOD.replace(" and YearStart >= $since", ""), ":3: $since is declared but the SQL does not use it"),
    (GOOD.replace(">= $since", ">= $SICNE"), ":10: $SICNE is used but not declared; names are in lower case, so write $since"),
    (GOOD.replace("as question", "as rows"), ":1: two columns are named rows; give each a name of its own with `as`"),
    (GOOD.replace(">= $since", ">= ?"), ":"),
    ("-- Pivot.\npivot health on Stratification1 using avg(Data_Value)", ":2: is a PIVOT whose columns come from the data; n"),
    (GOOD + ";\nselect 2", ":13: holds 2 statements, but a statistic is exactly one SELECT"),
    ("-- Nothing.\n", ":1: holds 0 statements, but a statistic is exactly one SELECT"),
    ("-- Drops.\ndrop table health", ":2: is a statement of type DROP, but must be a SELECT"),
    ("-- Writes.\ncopy health to 'x.csv'", ":2: is a statement of type COPY, but must be a SELECT"),
    ("-- Reads.\nfrom read_csv('/etc/hostname')", "file system operations are disabled by configuration"),
]  # fmt: skip

FURTHER = {
    "": 2,  # no SELECT either
    GOOD.replace("$question choice", "$help choice"): 2,  # $question is not declared
    GOOD.replace("$question choice", "$limit choice"): 2,
}
"""Files with more faults than the one that is looked for."""
MANY = """\
-- How many rows a question has.
-- $question chioce(Question): the question
-- $state choice(LocationDesc): the state
-- $since integer = soon: first year
-- $word text: a word
-- $unused integer: nothing
-- returns: {question rows}
-- time limit: soon
-- title:
select
    Question as question,
    cuont(*) as rows -- not $unused
from health
where Question = $question and LocationDesc = '$state' and YearStart >= $since
    and Topic like '%$word%' and YearEnd < $until
"""


def test_all_faults_of_a_file_are_told_at_once(dataset: Dataset, tmp_path: Path) -> None:
    """In the order of the lines, none of them twice, and none that follows from another."""
    (tmp_path / "mine.sql").write_text(MANY, encoding="utf-8")
    reasons = load_catalog(tmp_path, dataset).faults_of("mine")
    expected = [
        "2: $question: there is no type 'chioce(Question)'; did you mean 'choice'?",
        "4: $since: the default: 'soon' is not a whole number",
        "6: $unused is declared but the SQL does not use it, but in a comment in line 12; remove this line",
        "7: returns: '{question rows}' is no shape",
        "8: time limit: 'soon' is not a time",
        "9: title has no value",
        "12: Catalog Error: Scalar Function with name cuont does not exist!",
        "14: '$state' is a text, not the value of $state; remove the quotes: $state",
        "15: $until is used but not declared; add `-- $until TYPE: description`",
        "15: '%$word%' is a text, not the value of $word; write '%' || $word || '%'",
    ]
    told = [reason.partition("/mine.sql:")[2] for reason in reasons]
    assert [reason[: len(start)] for reason, start in zip(told, expected, strict=True)] == expected


@pytest.mark.parametrize(("text", "message"), FAULTS)
def test_a_fault_is_named_with_file_and_line(dataset: Dataset, tmp_path: Path, text: str, message: str) -> None:
    """Every rule of the contract has a message with file and line that says what to do."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "mine.sql").write_text(text, encoding="utf-8")
    reasons = load_catalog(tmp_path / "sql", dataset).faults_of("mine")
    assert all(reason.startswith("sql/mine.sql:") for reason in reasons)
    assert any(message in reason for reason in reasons)
    assert "\n" not in "".join(reasons)
    assert len(reasons) == FURTHER.get(text, 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Mine.sql", "'Mine' cannot be the name of an endpoint"),
        ("my-own.sql", "'my-own' cannot be the name of an endpoint"),
        ("jobs.sql", "/api/jobs is a route of the service"),
        ("range.sql", "`from range(…)` means something of DuckDB's own"),
        ("query.sql", "`from query(…)` means something of DuckDB's own"),
        ("order.sql", "give the file another name, as in order_by_state"),
    ],
)
def test_a_name_must_be_a_free_endpoint(dataset: Dataset, tmp_path: Path, name: str, message: str) -> None:
    """The file's name is the endpoint's, so it is checked like one."""
    (tmp_path / name).write_text(GOOD, encoding="utf-8")
    [fault] = load_catalog(tmp_path, dataset).faults
    assert message in fault.reason


def test_a_file_must_be_utf_8(dataset: Dataset, tmp_path: Path) -> None:
    """The line of the first odd byte, the byte, and what stands before it are named."""
    (tmp_path / "mine.sql").write_bytes(b"-- Good.\n-- Caf\xe9\nselect 1")
    [fault] = load_catalog(tmp_path, dataset).faults
    assert "mine.sql:2: is not UTF-8: byte 0xe9 behind '-- Caf'; save the file in that encoding" in fault.reason


def test_a_statistic_s_file_ends_in_sql(dataset: Dataset, tmp_path: Path) -> None:
    """Another file is refused by that name, though it holds a statistic."""
    (tmp_path / "mine.txt").write_text(GOOD, encoding="utf-8")
    session = engine_on(dataset).session()
    with pytest.raises(StatisticFault, match="the name of a statistic's file ends in"):
        contract.read(tmp_path / "mine.txt", dataset.choices, session)
    session.close()


def test_a_fault_leaves_the_other_files_alone(dataset: Dataset, tmp_path: Path) -> None:
    """One broken file keeps nothing else from serving."""
    (tmp_path / "good.sql").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.sql").write_text("selec", encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    assert (list(catalog.statistics), {fault.fields["name"] for fault in catalog.faults}) == (["good"], {"bad"})


def test_columns_are_found_with_sample_values(dataset: Dataset, tmp_path: Path) -> None:
    """They come from DuckDB, whether there is an example or not."""
    text = "".join(line for line in GOOD.splitlines(keepends=True) if "example" not in line)
    (tmp_path / "mine.sql").write_text(text, encoding="utf-8")
    statistic = load_catalog(tmp_path, dataset).statistics["mine"]
    assert statistic.columns == (("question", "VARCHAR"), ("rows", "BIGINT"))


def test_a_default_is_written_as_json_or_plainly(dataset: Dataset, tmp_path: Path) -> None:
    """A default may be a bare word, a JSON text, or null; a choice's code does for its value."""
    text = (
        '-- Defaults.\n-- $a text = plain words: a\n-- $b text = "with: colon": b\n-- $c integer = null: c\n'
        "-- $d choice(LocationDesc, LocationAbbr) = OH: d\nselect $a as a, $b as b, $c as c, $d as d"
    )
    (tmp_path / "mine.sql").write_text(text, encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    assert catalog.faults == ()
    defaults = [parameter.default for parameter in catalog.statistics["mine"].parameters.values()]
    assert defaults == ["plain words", "with: colon", None, "Ohio"]


def test_every_given_file_keeps_the_contract(dataset: Dataset) -> None:
    """The files in sql/ have no fault, and each has an example."""
    catalog = load_catalog(Path("sql").resolve(), dataset)
    assert catalog.faults == ()
    assert all(statistic.examples for statistic in catalog.statistics.values())


def test_a_fault_carries_its_place() -> None:
    """Programs find file and line without reading the sentence."""
    fault = StatisticFault("sql/x.sql", 3, "what")
    assert (fault.fields, fault.reason) == ({"file": "sql/x.sql", "line": 3, "name": "x"}, "sql/x.sql:3: what")
