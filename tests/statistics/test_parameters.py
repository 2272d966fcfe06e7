"""Types, ranges, defaults and choices: what an argument becomes, and how a wrong one is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dataset.choices import Choice
from service.errors import BadRequest, Unusable
from service.statistics.parameter_types import TYPES, make_type
from service.statistics.parameters import REQUIRED, Parameter, parse_arguments

STATES = (Choice("Ohio", "OH"), Choice("Iowa", "IA"), Choice("New York", "NY"), Choice("Straße", "SS"))


def choices(column: str, code: str | None) -> tuple[Choice, ...]:
    if column != "LocationDesc":
        raise ValueError(f"the table has no column {column!r}")
    return STATES


def parameter(declared: str, default: Any = REQUIRED) -> Parameter:
    return Parameter("x", make_type(declared, choices), declared, default, "something")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("declared", "value", "parsed"),
    [
        ("text", "a\nb", "a\nb"),
        ("integer", 3, 3),
        ("integer", 3.0, 3),
        ("integer(1..3)", 1, 1),
        ("integer(..3)", -(2**63), -(2**63)),
        ("number", 1, 1.0),
        ("number(0..0.5)", 0.5, 0.5),
        ("boolean", True, True),
        ("boolean", False, False),
        ("date", "2021-12-31", date(2021, 12, 31)),
        ("choice(LocationDesc)", "ohio", "Ohio"),
        ("choice(LocationDesc, LocationAbbr)", " oh ", "Ohio"),
        ("choice(LocationDesc, LocationAbbr)", "NEW  york", "New York"),
        ("choice(LocationDesc, LocationAbbr)", "STRASSE", "Straße"),
        ("list(integer)", [1, 2], [1, 2]),
        ("list(integer)", 5, [5]),
        ("list(choice(LocationDesc, LocationAbbr))", ["OH", "iowa"], ["Ohio", "Iowa"]),
    ],
)
def test_a_usable_value_becomes_what_is_bound(declared: str, value: object, parsed: object) -> None:
    """The value comes out in its type, a choice in the data's own spelling."""
    assert parameter(declared).parse(value) == parsed


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        ("text", " a ", " a "),
        ("integer", " 3 ", 3),
        ("integer", "x", "x"),
        ("number", "0.5", 0.5),
        ("boolean", "True", True),
        ("boolean", "yes", "yes"),
        ("date", " 2021-12-31 ", "2021-12-31"),
        ("choice(LocationDesc)", "ohio", "ohio"),
        ("list(integer)", "3", [3]),
    ],
)
def test_a_text_is_read_as_json(declared: str, text: str, value: object) -> None:
    """What an address or a command line holds becomes what a JSON body would; what it cannot be is refused later."""
    assert make_type(declared, choices).read(text) == value


@pytest.mark.parametrize(
    ("declared", "value", "reason"),
    [
        ("text", 1, "x: 1 is not a text"),
        ("integer", 1.5, "x: 1.5 is not a whole number"),
        ("integer", True, "x: true is not a whole number"),
        ("integer", "1", "x: '1' is not a whole number; write it without quotes$"),
        ("integer(2011..2100)", "2011", r"in 2011\.\.2100; write it without quotes$"),
        ("integer", "one", "x: 'one' is not a whole number$"),
        ("number", "1", "is not a number; write it without quotes$"),
        ("boolean", "true", "write true or false"),
        ("integer", None, "x: null is not a whole number"),
        ("integer", "9" * 5000, "is not a whole number"),
        ("integer", 2**63, "is outside"),
        ("integer(2011..2100)", 2010, r"x: 2010 is outside 2011\.\.2100"),
        ("integer(2011..2100)", "x", r"x: 'x' is not a whole number in 2011\.\.2100"),
        ("number", "nan", "is not a number$"),
        ("text", {"a": [None, True]}, r'x: \{"a": \[null, true\]\} is not a text'),
        ("date", None, "x: null is not a date"),
        ("number", float("inf"), "is not a number"),
        ("number", 10**400, "is not a number"),
        ("number(0..1)", 1.01, "is outside"),
        ("boolean", 1, "write true or false"),
        ("date", "31.12.2021", "write it as 2021-12-31"),
        ("date", 20211231, "is not a date"),
        ("choice(LocationDesc)", "Ohoi", "is none of the 4 values of LocationDesc; the nearest are Ohio"),
        ("choice(LocationDesc)", ["Ohio"], r'\["Ohio"\] is none of the 4 values'),
        ("choice(LocationDesc)", "", "'' is none of the 4 values of LocationDesc; GET /api/choices/LocationDesc lists"),
        ("choice(LocationDesc)", 39, "39 is none of the 4 values of LocationDesc; GET /api/choices/LocationDesc lists"),
        ("choice(LocationDesc)", None, "null is none of the 4 values of LocationDesc; GET /api/choices/LocationDesc l"),
        ("list(integer)", [1, "x"], "'x' is not a whole number"),
        ("list(integer)", list(range(1001)), "1001 values are more than the 1000"),
    ],
)
def test_an_unusable_value_is_refused(declared: str, value: object, reason: str) -> None:
    """The reason names the parameter, the value and what is allowed."""
    with pytest.raises(BadRequest, match=reason) as error:
        parameter(declared).parse(value)
    assert error.value.fields["parameter"] == "x"


def test_a_near_choice_is_offered() -> None:
    """An unknown value comes back with the nearest allowed ones."""
    with pytest.raises(BadRequest) as error:
        parameter("choice(LocationDesc, LocationAbbr)").parse("new yrok")
    assert error.value.fields["did_you_mean"] == "New York"
    assert error.value.fields["allowed"][0] == "New York"


@pytest.mark.parametrize(("word", "nearest"), [("obsity", ["Adults who have obesity"]), ("hello world", None)])
def test_a_misspelt_word_of_a_long_value_is_recognized(word: str, nearest: list[str] | None) -> None:
    """Values that are not like it at all are not offered beside it."""
    long = "Adults who achieve at least 150 minutes a week of moderate-intensity aerobic physical activity"
    questions = (Choice("Adults who have obesity", "Q036"), Choice(long, "Q043"))
    with pytest.raises(Unusable) as error:
        make_type("choice(Question, QuestionID)", lambda column, code: questions).parse(word)
    assert error.value.fields.get("allowed") == nearest


def test_a_code_without_its_zeros_is_recognized() -> None:
    """The value whose code it is comes first, however unlike its text is."""
    questions = (Choice("Have obesity", "Q036"), Choice("Have no activity", "Q047"))
    with pytest.raises(Unusable, match=r"'q36' is none of the 2 .*; the nearest are Have obesity \(Q036\)") as error:
        make_type("choice(Question, QuestionID)", lambda column, code: questions).parse("q36")
    assert error.value.fields["did_you_mean"] == "Have obesity"


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ("integr", "there is no type 'integr'; did you mean 'integer'?"),
        ("integer(1-3)", "is not a range"),
        ("integer(3..1)", "admits no number"),
        ("number(a..b)", "is not a range"),
        ("text(3)", "takes nothing in parentheses"),
        ("choice", "needs the column"),
        ("choice(Nope)", "the table has no column 'Nope'"),
        ("list", "needs the type of its items"),
        ("list(nope)", "there is no type 'nope'"),
    ],
)
def test_a_wrong_type_is_refused(declared: str, reason: str) -> None:
    """A declaration says what is wrong with it."""
    with pytest.raises(ValueError, match=reason.replace("?", r"\?")):
        make_type(declared, choices)


@pytest.mark.parametrize("declared", ["text", "integer(1..9)", "number", "boolean", "date", "choice(LocationDesc)"])
def test_a_sample_value_is_allowed(declared: str) -> None:
    """What the columns of a statistic are found with is a value of the type."""
    kind = make_type(declared, choices)
    assert kind.parse(kind.sample_value()) is not None


def test_every_type_is_tried_here() -> None:
    """The tables above know every type."""
    assert set(TYPES) == {"text", "integer", "number", "boolean", "date", "choice", "list"}


def test_defaults_fill_in_in_the_order_of_declaration() -> None:
    """Arguments come in the parameters' order, whatever the caller's."""
    parameters = {"a": parameter("integer"), "b": parameter("integer", 7), "c": parameter("text")}
    assert list(parse_arguments(parameters, {"c": "z", "a": 1}).items()) == [("a", 1), ("b", 7), ("c", "z")]


def test_null_is_allowed_where_it_is_the_default() -> None:
    """An argument that may be left out as null may be given as null."""
    assert parse_arguments({"x": parameter("integer", None)}, {"x": None}) == {"x": None}


def test_a_missing_argument_is_named() -> None:
    """The refusal says which argument is missing and what it is."""
    with pytest.raises(BadRequest, match=r"x is missing: something \(integer\(1\.\.3\)\)") as error:
        parse_arguments({"x": parameter("integer(1..3)")}, {})
    assert error.value.fields == {"parameter": "x", "minimum": 1, "maximum": 3}


def test_an_unknown_argument_is_refused_with_the_nearest() -> None:
    """A misspelt name is not ignored."""
    with pytest.raises(BadRequest, match="there is no parameter named 'qestion'") as error:
        parse_arguments({"question": parameter("text")}, {"question": "a", "qestion": "b"})
    assert error.value.fields["did_you_mean"] == "question"


@pytest.mark.parametrize("declared", ["text", "integer(-5..5)", "number", "boolean", "date", "choice(LocationDesc)"])
@given(value=JSON)
def test_any_json_is_parsed_or_refused(declared: str, value: object) -> None:
    """No value makes parsing fail in another way than a refusal."""
    kind = make_type(declared, choices)
    try:
        kind.parse(value)
    except Unusable as refused:
        reason = str(refused)
    else:
        return
    assert "\n" not in reason


@given(st.integers())
def test_a_range_admits_what_is_in_it(number: int) -> None:
    """A number is taken exactly when it is within the bounds."""
    kind = make_type("integer(-100..100)", choices)
    try:
        assert kind.parse(number) == number
        taken = True
    except Unusable:
        taken = False
    assert taken == (-100 <= number <= 100)


@given(choice=st.sampled_from(STATES), space=st.text(" \t", max_size=3), upper=st.booleans(), code=st.booleans())
def test_case_and_spaces_do_not_matter(choice: Choice, space: str, *, upper: bool, code: bool) -> None:
    """However a choice is written, the data's own spelling comes out."""
    written = str(choice.code if code else choice.value)
    written = space + (written.upper() if upper else written.lower()) + space
    assert make_type("choice(LocationDesc, LocationAbbr)", choices).parse(written) == choice.value
