"""Functions for statistics that DuckDB lacks: distributions of tests, and the limits and flags of a percentage.

Each is a scalar macro. DuckDB pastes a macro's arguments into its text, so an argument that stood there five times
would be computed five times, and calls within calls would grow without bound. So each macro takes its arguments once,
into parameters of a lambda, and computes with those. No argument stands within a lambda, so no column in one can be
taken for a lambda's parameter. (Nor is there an `it.x`, which would be the field of a caller's column `it`.)

The time to prepare a query grows with the size of each lambda and again with how deep it is within others; so what is
computed once is bound around the smallest expression.

A function is null for null and what is not finite, and where it is not defined: for p not between 0 and 1, or less than
1 degree of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import pi, sqrt

from service.dataset.figures import Z_TWICE, reliability
from service.engine.approximations import (
    ERF_SMALL,
    ERFC_LARGE,
    ERFC_MIDDLE,
    QUANTILE_CENTRE,
    QUANTILE_FAR_TAIL,
    QUANTILE_TAIL,
)

MOST_DF = 1000
"""Degrees of freedom that are taken: each takes a step of a sum, whose smallest term is 0 from about 1,400 on."""
TWO_BY_PI = f"{2 / pi}e0"  # with an exponent it is a DOUBLE to DuckDB; a literal is prepared sooner than `2 / pi()`
NEWTON_STEPS = 6
EXTREME_P = "t_quantile: p must be over 1e-9 and under 1 - 1e-9, not "
HUGE = "1e150"
"""No z, t or chi-squared; infinity and NaN, which DuckDB puts above all numbers, are over it."""


def _let(name: str, value: str, body: str) -> str:
    """`body`, in which `name` is the value, computed once."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def _let_both(names: str, values: str, body: str) -> str:
    """`body`, a number, in which two names are two numbers, each computed once; these may be a macro's arguments."""
    return f"list_reduce([{values}], lambda {names}: {body})"


def _sum(first: str, factor: str, above: str, below: str) -> str:
    """first · (1 + factor(k) · (1 + factor(k') · …)), where k goes up in twos from over `below` to `above`.

    Added up from its end, as Horner does; `factor` speaks of `k`.
    """
    steps = f"cast(range(cast({above} as bigint), cast({below} as bigint), -2) as double[])"
    # The first term is in the list: beside a constant start, the shell's DuckDB 1.5 computes with other rows' columns.
    return f"list_reduce(list_prepend({first}, {steps}), lambda f, k: {first} + {factor} * f)"


def _normal_p() -> str:
    """Two-sided p of z, which is erfc(y) for y = |z|/√2. Cody 1969."""
    tail = f"({1 / sqrt(pi)}e0 - w * {ERFC_LARGE.of('w')}) / y"
    return f"""
    case
        when y <= 0.46875 then 1 - y * {ERF_SMALL.of("y * y")}
        when y <= 4 then exp(-y * y) * {ERFC_MIDDLE.of("y")}
        when y < {HUGE} then exp(-y * y) * {_let("w", "1 / (y * y)", tail)}
    end
    """


def _normal_quantile() -> str:
    """The z below which the normal distribution has p0. Wichura 1988, Algorithm AS 241."""
    tail = f"case when r <= 5 then {QUANTILE_TAIL.of('(r - 1.6)')} else {QUANTILE_FAR_TAIL.of('(r - 5)')} end"
    return f"""
    case
        when abs(p0 - 0.5) <= 0.425 then (p0 - 0.5) * {_let("w", "0.180625 - (p0 - 0.5) ** 2", QUANTILE_CENTRE.of("w"))}
        when p0 > 0 and p0 < 1 then sign(p0 - 0.5) * {_let("r", "sqrt(-ln(least(p0, 1 - p0)))", tail)}
    end
    """


T_COSINE = "(df0 / (df0 + t0 * t0))"
"""cos² θ of Abramowitz & Stegun's section 26.7, as `c` below."""


def _t_near() -> str:
    """Two-sided p of t0 ≥ 0 with df0 degrees of freedom. Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.

    It is a difference from 1, so right to 14 places, but a very small p has lost its digits.
    """
    start = f"case when df0 % 2 = 0 then 1 else 1 - {TWO_BY_PI} * atan(t0 / sqrt(df0)) end"
    factor = f"""
    case
        when df0 % 2 = 0 then t0 / sqrt(df0 + t0 * t0)
        when df0 = 1 then 0
        else {TWO_BY_PI} * t0 * sqrt(df0) / (df0 + t0 * t0)
    end
    """
    return f"{start} - {factor} * {_t_sum('df0 - 2', '1')}"


def _t_far() -> str:
    """The same for a t0 that is not near 0, to 12 digits. Abramowitz & Stegun 1964, 26.5.4."""
    last = f"df0 + 2 + ceil(40 / -ln{T_COSINE}) * 2"  # by then the terms are below e⁻⁴⁰
    density = f"exp(lgamma((df0 + 1) / 2) - lgamma(df0 / 2) + (df0 + 1) / 2 * ln{T_COSINE}) / sqrt(df0 * pi())"
    return f"2 * t0 / df0 * {density} * {_t_sum(last, 'df0')}"


def _t_sum(above: str, below: str) -> str:
    return _let("c", T_COSINE, _sum("1e0", "c * (k - 1) / k", above, below))


def _t_quantile() -> str:
    """The t below which Student's distribution with df0 degrees of freedom has p0, by Newton's method.

    It solves ln(t_p) = ln(2 min(p, 1 - p)) for ln t, of which it is nearly a linear function far out. It begins with
    z² = -π/2 ln(4 p (1 - p)) (J. D. Williams, Annals of Mathematical Statistics 17, 1946) and z² = df ln(1 + t²/df)
    (D. L. Wallace, the same 30, 1959); near 0, where that has lost its digits, with a t just below the root. The slope
    is right to 0.3%, which costs a step more than the density with its gamma functions.
    """
    start = f"greatest(1e-16, abs(p0 - 0.5), sqrt(df0 * ((4 * p0 * (1 - p0)) ** (-{pi / 2}e0 / df0) - 1)))"
    slope = f"({2 / sqrt(2 * pi)}e0 * t0 * df0 / (df0 + 0.25) * {T_COSINE} ** ((df0 + 1) / 2))"
    step = _let("tail", _t_near(), f"t0 * exp(ln(tail / 2 / least(p0, 1 - p0)) * tail / {slope})")
    return f"sign(p0 - 0.5) * list_reduce(range({NEWTON_STEPS}), lambda t0, i: {step}, {start})"


def _chi2_p() -> str:
    """The probability of more than x0 with df0 degrees of freedom. Abramowitz & Stegun 1964, 26.4.4 and 26.4.5.

    Each term of the sums has the factor e = exp(-x/2), so that none overflows.
    """
    terms = _let("e", "exp(-x0 / 2)", _sum("e", "x0 / k", "df0 - 2", "1"))
    normal = _let("y", "sqrt(x0 / 2)", _normal_p())
    factor = f"case when df0 % 2 = 0 then 1 when df0 = 1 then 0 else sqrt({TWO_BY_PI} * x0) end"
    return f"case when x0 <= 0 then 1 else case when df0 % 2 = 1 then {normal} else 0 end + {factor} * {terms} end"


Z_OF_EXTREMES = 3.290527
"""The z of p = 0.001, which allows for 50 comparisons (Bonferroni)."""


def _extremes() -> str:
    """Who is highest and who is lowest, in words, and how many each is not distinguishable from.

    A row has a value, a name and a standard error; without a standard error none is distinguishable from another.
    """
    named = "printf('%s (%.1f%%)', {row}[2], {row}[1])".format
    judged = "case better when '{}' then ' (best)' when '{}' then ' (worst)' else '' end".format
    verb = "case len(near0) when 1 then 'is' when 2 then 'and 1 other are' else printf('and %d others are', {}) end"

    def beside(end: str, others: str) -> str:
        """The others, nearest first, as far as they are like the row at this end."""
        like = f"abs(other0[1] - {end}[1]) <= {Z_OF_EXTREMES} * sqrt(other0[3] ** 2 + {end}[3] ** 2)"
        text = f"""
        case when len(near0) = 0 then ', distinguishable from all others'
        else printf('; %s %s not distinguishable from it', {named(row="near0[1]")}, {verb.format("len(near0) - 1")}) end
        """
        return _let("near0", f"list_filter({others}, lambda other0: coalesce({like}, true))", text)

    above, below = beside("rows0[-1]", "list_reverse(rows0[:-2])"), beside("rows0[1]", "rows0[2:]")
    text = f"""
    case when len(rows0) > 1 and rows0[-1][3] + rows0[1][3] is not null then
        printf('%s is highest%s of the %s%s; %s is lowest%s%s',
            {named(row="rows0[-1]")}, {judged("higher", "lower")}, among, {above},
            {named(row="rows0[1]")}, {judged("lower", "higher")}, {below})
    end
    """
    return _let("rows0", "list_sort(list_zip(cast(estimates as double[]), cast(names as varchar[]), errors))", text)


def _with_df(name: str, argument: str, value: str, defined: str, body: str) -> str:
    """The statement for a function of an argument, whose `value` is named with a 0 in `body`, and of df, there df0."""
    reason = f"{name}: the degrees of freedom must be a whole number of at most {MOST_DF}, not "
    guarded = f"""
    case
        when {defined} and df0 >= 1 then
            case when df0 % 1 = 0 and df0 <= {MOST_DF} then {body} else error('{reason}' || df0) end
    end
    """
    both = _let_both(f"{argument}0, df0", f"{value}, cast(df as double)", guarded)
    return _macro(name, f"{argument}, df", both)


def _logit_limit(name: str, sign: str) -> str:
    """The statement for a limit of 95% confidence of a percentage, symmetric on the logit scale, as the CDC's are."""
    value = f"""
    case
        when v0 > 0 and v0 < 100 and se0 >= 0 and se0 < {HUGE} then
            100 / (1 + (100 - v0) / v0 * exp({sign}{Z_TWICE / 2:.6f} * 100 * se0 / (v0 * (100 - v0))))
    end
    """
    return _macro(name, "v, se", _let_both("v0, se0", "cast(v as double), cast(se as double)", value))


def _macro(name: str, parameters: str, value: str) -> str:
    return f"create macro if not exists {name}({parameters}) as {' '.join(value.split())}"


FUNCTIONS: Mapping[str, str] = {
    "normal_p": _macro("normal_p", "z", _let("y", "abs(cast(z as double)) / sqrt(2)", _normal_p())),
    "normal_quantile": _macro("normal_quantile", "p", _let("p0", "cast(p as double)", _normal_quantile())),
    "t_p": _with_df(
        "t_p",
        argument="t",
        value="abs(cast(t as double))",
        defined=f"t0 < {HUGE}",
        body=f"case when t0 > 5 then {_t_far()} else {_t_near()} end",
    ),
    "t_quantile": _with_df(
        "t_quantile",
        argument="p",
        value="cast(p as double)",
        defined="p0 > 0 and p0 < 1",
        body=f"case when least(p0, 1 - p0) > 1e-9 then {_t_quantile()} else error('{EXTREME_P}' || p0) end",
    ),
    "chi2_p": _with_df(
        "chi2_p",
        argument="x",
        value="cast(x as double)",
        defined=f"x0 < {HUGE}",
        body=_chi2_p(),
    ),
    "logit_low": _logit_limit("logit_low", "+"),
    "logit_high": _logit_limit("logit_high", "-"),
    "extremes": _macro("extremes", "names, estimates, errors, better, among", _extremes()),
    "reliability_of": _macro("reliability_of", "v, low, high, se, n", reliability("v", "low", "high", "se", "n")),
}
"""Name → the statement that creates it, where it is not there yet."""
