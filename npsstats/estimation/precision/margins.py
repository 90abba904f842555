"""Precision: the margin that n answers give, and the answers that a margin takes.

The margin is half the adjusted Wald interval, which adds three answers: a margin m takes

    n = z²v/m² − 3

answers, rounded up. Here v = p + d − (p − d)² is the variance of one answer that scores 1, 0 or
−1. It is 2/3, near enough .67, where detractors, passives and promoters are as many, which is
what is assumed unless told otherwise; at worst it is 1 (half promoters, half detractors).

A gap is found with a stated power by a two-sided test, for which no answers are added: a gap g
takes n = (z + z_power)²v/g² answers, rounded up. Where more than the variance is known, both
formulas use it: see `planning`.

References
----------
Rocks, B. (2016). Interval estimation for the "Net Promoter Score". The American Statistician
70(4), 365–372.
Cochran, W. G. (1977). Sampling Techniques, 3rd ed., equations 2.20 and 4.2 (finite populations).
Ericson, W. A. (1969). Subjective Bayesian models in sampling finite populations. JRSS B 31(2)
(what pooling adds).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from npsstats import checks
from npsstats.estimation.precision.arguments import answers, design_of, never, several
from npsstats.estimation.precision.planning import Design, least
from npsstats.estimation.precision.plans import precision_of
from npsstats.estimation.precision.variance import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import ArrayLike

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.estimation.precision.plans import Precision

__all__ = ["margin", "sample_size"]


def margin(
    n: int | Sequence[int],
    second: int | Sequence[int] | None = None,
    *,
    variance: float | tuple[float, float] | None = None,
    shares: ArrayLike | None = None,
    counts: ScoreCounts | ArrayLike | None = None,
    benchmark_error: float | None = None,
    population: int | tuple[int, int] | None = None,
    per_month: float | Mapping[str, float] | pd.Series | None = None,
    concentration: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
) -> Precision:
    """Return the margin that n answers give: half the interval, in points.

    Parameters
    ----------
    n
        Answers: one number, or several to be compared.
    second
        Answers of a second group, as many numbers as `n`: the margin is then that of the
        difference of the two scores.
    variance
        Variance of one answer, above 0 to 1; a pair for two groups that differ. Without any of
        `variance`, `shares` and `counts`, .67: as many detractors as passives and promoters.
    shares
        Detractors, passives, promoters, adding up to 1; shape (3,), or (2, 3) for two groups.
    counts
        Answers that are there already (a pilot, last year): `ScoreCounts` of one cell, or of two
        for two groups, or whole numbers of detractors, passives, promoters. The three answers of
        the adjusted Wald interval are added, so that a few equal answers do not claim certainty.
    benchmark_error
        Standard error, in points, of a benchmark that the score is held against; 0 for a fixed
        one. The margin is then that of the score less the benchmark.
    population
        Customers who could be asked at all, for the finite-population correction; a pair for two
        groups that differ.
    per_month
        Answers a month (of the first group), or a mapping from store to answers a month: adds
        `months`, a row a store.
    concentration
        κ of the stores' network, in answers (`nps.estimate(...).network`): adds `margin_pooled`,
        of a store that borrows from the others.
    power
        Of `detectable`.
    level
        Of the interval, and of the two-sided test that `detectable` refers to.

    Returns
    -------
    Precision
        `frame` with a row a number of answers (and store): n, n_second (two groups), variance (of
        the first group's answers), std_error, margin, detectable (the true gap, to a fixed or
        uncertain benchmark or between the groups, that is found with `power`), power, estimate,
        lower, upper (what to expect where `shares` or `counts` say the score; NaN elsewhere),
        level, and as asked months, margin_pooled. Points, except variance.

    Raises
    ------
    InputError
        If an argument is out of range, two of `variance`, `shares` and `counts` are given, or
        there are more answers than customers.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.margin([100, 200]).frame[["n", "margin", "detectable"]].round(1)
         n  margin  detectable
    0  100    15.8        22.9
    1  200    11.3        16.2
    """
    sizes = several("n", n, answers)
    seconds = None if second is None else several("second", second, answers)
    if seconds is not None and len(seconds) != len(sizes):
        raise checks.InputError(
            f"`second` must have as many numbers as `n`, got {len(seconds)} and {len(sizes)}."
        )
    what = known(variance, shares, counts, groups=1 if seconds is None else 2)
    design = design_of(what, benchmark_error, population, 1.0, power, level)
    pairs = zip(sizes, seconds or sizes, strict=True)
    wanted = [(None, pair if seconds else pair[:1]) for pair in pairs]
    options = {"n": sizes, "second": seconds, "level": level, "power": power}
    return precision_of(
        "n", wanted, what, design, benchmark_error, per_month, concentration, options
    )


def sample_size(
    margin: float | Sequence[float] | None = None,
    *,
    gap: float | Sequence[float] | None = None,
    difference: bool = False,
    ratio: float = 1.0,
    variance: float | tuple[float, float] | None = None,
    shares: ArrayLike | None = None,
    counts: ScoreCounts | ArrayLike | None = None,
    benchmark_error: float | None = None,
    population: int | tuple[int, int] | None = None,
    per_month: float | Mapping[str, float] | pd.Series | None = None,
    concentration: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
) -> Precision:
    """Return how many answers a margin takes, or a gap that shall be found.

    Parameters
    ----------
    margin
        Wanted half-width of the interval, in points: one number, or several.
    gap
        Instead of a margin: a true gap in points, to the benchmark or between the two groups,
        that a two-sided test at 1 − `level` shall find with `power`.
    difference
        Two groups: `margin` or `gap` is of the difference of their scores.
    ratio
        Answers of the second group for one of the first.
    variance, shares, counts, benchmark_error, population, per_month, concentration, power, level
        As for `npsstats.margin`. With `concentration`, n_pooled (and months_pooled) is what a
        margin takes of a store that borrows from its network; it may be 0. A gap is found by a
        test, which borrows nothing: there it is not read.

    Returns
    -------
    Precision
        `frame` as of `npsstats.margin`, with `wanted` before it.

    Raises
    ------
    InputError
        As for `npsstats.margin`; and where no number of answers suffices, because the benchmark
        itself is too uncertain.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.sample_size([5, 10, 20]).frame["n"].tolist()
    [1027, 255, 62]
    >>> nps.sample_size([5, 10], variance=1).frame["n"].tolist()
    [1534, 382]
    >>> nps.sample_size(10, per_month=23, concentration=50).frame[["months", "months_pooled"]]
          months  months_pooled
    0  11.086957       9.043478
    """
    if (margin is None) == (gap is None):
        raise checks.InputError("Give either `margin` or `gap`, in points, such as margin=5.")
    asked = "margin" if gap is None else "gap"
    top = 200.0 if difference else 100.0

    def points(name: str, value: Any) -> float:
        return checks.number(name, value, low=0.01, high=top)

    goals = several(asked, margin if gap is None else gap, points)
    ratio = checks.number("ratio", ratio, low=1e-3, high=1e3)
    what = known(variance, shares, counts, groups=2 if difference else 1)
    design = design_of(what, benchmark_error, population, ratio, power, level)
    wanted, most = [], design.population[0]
    for goal in goals:
        if asked == "margin":
            found = least(lambda n: design.margin(design.sizes(n)), goal / 100, 1, most)
        else:
            found = least(partial(_needed, design, goal / 100), goal / 100, 1, most)
        if found is None:
            raise checks.InputError(never(asked, goal, design))
        wanted.append((goal, design.sizes(found)))
    options = {asked: goals, "difference": difference, "ratio": ratio, "level": level}
    options |= {"power": power}
    return precision_of(
        asked, wanted, what, design, benchmark_error, per_month, concentration, options
    )


def _needed(design: Design, gap: float, n: int) -> float:
    return design.needed(design.sizes(n), gap)
