"""The normal distribution in SQL, to double precision: quotients of polynomials from published tables.

Cody: W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969),
with the coefficients of his program CALERF. Wichura: M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988).
"""

from __future__ import annotations

from typing import NamedTuple


class Quotient(NamedTuple):
    """Two polynomials; their coefficients are literals of DOUBLE, so have an exponent, the constant first."""

    above: str
    below: str

    def of(self, x: str) -> str:
        """An SQL expression for the quotient at `x`."""
        return f"{_polynomial(self.above, x)} / {_polynomial(self.below, x)}"


def _polynomial(coefficients: str, x: str) -> str:
    """Horner's rule. Written out as sums and products it would take DuckDB several times as long to prepare."""
    listed = ", ".join(reversed(coefficients.split()))
    return f"list_reduce([{listed}], lambda f, k: f * {x} + k)"


ERF_SMALL = Quotient(
    above="""
        3.20937758913846947e3 3.77485237685302021e2 1.13864154151050156e2 3.16112374387056560e0 1.85777706184603153e-1
    """,
    below="2.84423683343917062e3 1.28261652607737228e3 2.44024637934444173e2 2.36012909523441209e1 1e0",
)
"""Cody: erf(y) / y in y², up to 0.46875."""

ERFC_MIDDLE = Quotient(
    above="""
        1.23033935479799725e3 2.05107837782607147e3 1.71204761263407058e3 8.81952221241769090e2 2.98635138197400131e2
        6.61191906371416295e1 8.88314979438837594e0 5.64188496988670089e-1 2.15311535474403846e-8
    """,
    below="""
        1.23033935480374942e3 3.43936767414372164e3 4.36261909014324716e3 3.29079923573345963e3 1.62138957456669019e3
        5.37181101862009858e2 1.17693950891312499e2 1.57449261107098347e1 1e0
    """,
)
"""Cody: exp(y²) erfc(y) in y, up to 4."""

ERFC_LARGE = Quotient(
    above="""
        6.58749161529837803e-4 1.60837851487422766e-2 1.25781726111229246e-1 3.60344899949804439e-1
        3.05326634961232344e-1 1.63153871373020978e-2
    """,
    below="""
        2.33520497626869185e-3 6.05183413124413191e-2 5.27905102951428412e-1 1.87295284992346725e0
        2.56852019228982242e0 1e0
    """,
)
"""Cody: y² (1/√π - y exp(y²) erfc(y)) in 1/y², above 4."""

QUANTILE_CENTRE = Quotient(
    above="""
        3.3871328727963666080e0 1.3314166789178437745e2 1.9715909503065514427e3 1.3731693765509461125e4
        4.5921953931549871457e4 6.7265770927008700853e4 3.3430575583588128105e4 2.5090809287301226727e3
    """,
    below="""
        1e0 4.2313330701600911252e1 6.8718700749205790830e2 5.3941960214247511077e3
        2.1213794301586595867e4 3.9307895800092710610e4 2.8729085735721942674e4 5.2264952788528545610e3
    """,
)
"""Wichura: the quantile / (p - 0.5) in 0.180625 - (p - 0.5)², for p from 0.075 to 0.925."""

QUANTILE_TAIL = Quotient(
    above="""
        1.42343711074968357734e0 4.63033784615654529590e0 5.76949722146069140550e0 3.64784832476320460504e0
        1.27045825245236838258e0 2.41780725177450611770e-1 2.27238449892691845833e-2 7.74545014278341407640e-4
    """,
    below="""
        1e0 2.05319162663775882187e0 1.67638483018380384940e0 6.89767334985100004550e-1
        1.48103976427480074590e-1 1.51986665636164571966e-2 5.47593808499534494600e-4 1.05075007164441684324e-9
    """,
)
"""Wichura: the upper quantile in r - 1.6, where r = √(-ln p) is at most 5."""

QUANTILE_FAR_TAIL = Quotient(
    above="""
        6.65790464350110377720e0 5.46378491116411436990e0 1.78482653991729133580e0 2.96560571828504891230e-1
        2.65321895265761230930e-2 1.24266094738807843860e-3 2.71155556874348757815e-5 2.01033439929228813265e-7
    """,
    below="""
        1e0 5.99832206555887937690e-1 1.36929880922735805310e-1 1.48753612908506148525e-2
        7.86869131145613259100e-4 1.84631831751005468180e-5 1.42151175831644588870e-7 2.04426310338993978564e-15
    """,
)
"""Wichura: the same in r - 5, above 5."""
