"""How many detractors score better next time when nothing is done for them.

Customers called back because they scored low would on average score higher anyway: a low score is
partly a bad day. "81 % of called-back detractors scored better" says nothing until it stands
beside what no effect at all gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, override

import numpy as np
import pandas as pd
from scipy import special, stats

from npsstats import checks
from npsstats.experiments.contrasts import LEAST_P, share_differences
from npsstats.experiments.regression_to_mean.arguments import (
    first_scores,
    label,
    observed_count,
    pair_table,
    population_counts,
)
from npsstats.experiments.regression_to_mean.latent import (
    fitted,
    joint,
    latent_correlation,
    pearson,
)
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from npsstats.aggregates.scores import ScoreCounts
    from npsstats.said import Said

    Floats = NDArray[np.float64]

__all__ = ["RegressionToMean", "regression_to_mean"]

_METHOD = "latent bivariate normal with the population's own scores (Davis 1976)"
_DETRACTORS = tuple(range(7))
_STATED = (0.5, 0.6, 0.7, 0.8)
_CONTROL, _FITTED, _ASSUMED = "control arm", "correlation of the pairs", "stated correlation"
_FEW = 300
_AT = np.arange(11.0)


@dataclass(frozen=True, repr=False)
class RegressionToMean(Result):
    """What no effect at all gives, beside what was observed; shares in [0, 1], change in score."""

    title: ClassVar[str] = "Better next time, with no effect at all"

    @override
    def headline(self) -> str:
        rows = self.frame[(self.frame["measure"] == "better") & self.frame["whole"]]
        null = rows[rows["null"] == _CONTROL]
        if len(null):
            sentences = f"{100 * null['estimate'].iloc[0]:.0f} % of the control arm"
        else:
            ends = sorted(100 * rows["estimate"])
            sentences = f"with no effect at all {ends[0]:.0f} to {ends[-1]:.0f} % would"
        seen = rows["observed"].iloc[0]
        if np.isnan(seen):
            return f"Scored better next time: {sentences}"
        return f"{100 * seen:.0f} % scored better next time; {sentences}"

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.drop(columns=["whole", "level"])
        for name in ("correlation", "latent", "estimate", "lower", "upper", "observed", "excess"):
            shown[name] = [None if np.isnan(x) else f"{x:.3f}" for x in self.frame[name]]
        return shown.drop(columns=["excess_lower", "excess_upper"])


def regression_to_mean(
    counts: ScoreCounts | ArrayLike,
    *,
    first: Sequence[int] = _DETRACTORS,
    correlation: float | Sequence[float] = _STATED,
    scale: str = "pearson",
    observed: tuple[int, int] | None = None,
    pairs: ArrayLike | None = None,
    level: float = 0.95,
) -> RegressionToMean:
    """Return the share that scores better next time when nothing is done.

    Parameters
    ----------
    counts
        Scores of the population that the group was picked from by its scores, all of it and not
        the group alone: `ScoreCounts` (cells are added up) or eleven counts.
    first
        First scores of the group; detractors unless told otherwise.
    correlation
        Test–retest correlation or correlations assumed, from 0 to 0.99.
    scale
        "pearson": the correlation is that of the scores from 0 to 10 themselves, over the whole
        population; the latent one is found to match. "latent": it is the latent (polychoric) one.
    observed
        How many of the called-back group scored better, of how many that answered again.
    pairs
        (11, 11) counts of first (rows) and next score of customers for whom nothing was done: a
        control arm, first of all. Its own share is the better null and comes first.
    level
        Of the intervals, between 0 and 1.

    Returns
    -------
    RegressionToMean
        `frame`, a row a null, group of first scores and measure: null, correlation, latent, first
        (label), whole (the group, not one score of it), measure ("better", "out of detractors":
        shares; "change": points of the 0–10 scale), estimate, lower, upper (of the null, where it
        is estimated), observed, excess (observed − null) with excess_lower and excess_upper,
        p_value (one-sided: as many or more with no effect), probability (posterior, of an excess
        above 0; Jeffreys' priors), level. A stated null is taken as known; the control's is not.

    Raises
    ------
    InputError
        If counts, scores, correlations, pairs or the observed numbers are out of range.

    Examples
    --------
    >>> population = [4, 3, 5, 8, 12, 28, 40, 120, 280, 250, 250]
    >>> result = regression_to_mean(population, observed=(81, 100))
    >>> whole = result.frame[result.frame["whole"] & (result.frame["measure"] == "better")]
    >>> whole[["correlation", "estimate", "excess", "p_value"]].round(2)
        correlation  estimate  excess  p_value
    0           0.5      0.78    0.03     0.27
    24          0.6      0.73    0.08     0.05
    48          0.7      0.68    0.13     0.00
    72          0.8      0.60    0.21     0.00
    """
    level = checks.fraction("level", level)
    checks.one_of("scale", scale, ("pearson", "latent"))
    whole, fingerprint = population_counts(counts)
    group = first_scores(first, whole)
    stated = [correlation] if isinstance(correlation, int | float) else list(correlation)
    for value in stated:
        checks.number("correlation", value, low=0.0, high=0.99)
    seen = None if observed is None else observed_count(observed)
    table = None if pairs is None else pair_table(pairs, group)
    shares = whole / whole.sum()
    nulls = []
    if table is not None:
        nulls.append(_Null(_CONTROL, np.nan, table, None))
        found = fitted(shares, table, level)
        ends = [joint(shares, r) for r in (found.upper, found.lower)]
        nulls.append(_Null(_FITTED, found.latent, joint(shares, found.latent), ends))
    for value in stated:
        latent = value if scale == "latent" else latent_correlation(shares, value)
        nulls.append(_Null(_ASSUMED, latent, joint(shares, latent), None))
    rows = [row for null in nulls for row in _rows(null, group, seen, level)]
    frame = pd.DataFrame(rows)
    doubts = _doubts(frame, whole, seen, control=table is not None)
    options = {
        "first": group,
        "correlation": stated,
        "scale": scale,
        "observed": observed,
        "pairs": None if table is None else int(table.sum()),
        "level": level,
    }
    return RegressionToMean(frame, doubts, Provenance(_METHOD, options, fingerprint))


class _Null(NamedTuple):
    """A table of first and next scores, and tables at the limits of what is unsure about it."""

    name: str
    latent: float
    table: Floats
    ends: list[Floats] | None


def _measures(table: Floats, scores: Sequence[int]) -> dict[str, float]:
    """Return shares and mean change of those whose first score is one of `scores`."""
    rows = table[list(scores)]
    total = rows.sum()
    start = _AT[list(scores)][:, None]
    return {
        "better": float((rows * (start < _AT)).sum() / total),
        "out of detractors": float(rows[:, 7:].sum() / total),
        "change": float((rows * (_AT - start)).sum() / total),
    }


type _Seen = tuple[int, int] | None


def _rows(null: _Null, group: tuple[int, ...], seen: _Seen, level: float) -> list[dict[str, Any]]:
    out = []
    parts = [group, *[(score,) for score in group]] if len(group) > 1 else [group]
    # of a control arm that holds detractors alone it would be that of a restricted range
    correlation = np.nan if null.name == _CONTROL else pearson(null.table)
    for part in parts:
        n = null.table[list(part)].sum()
        if not n > 0:
            continue
        ends = [_measures(table, part) for table in null.ends or ()]
        for measure, value in _measures(null.table, part).items():
            limits = [value, value]
            if null.name == _CONTROL:
                limits = _sampled(null.table, part, measure, value, level)
            elif ends:
                limits = sorted(end[measure] for end in ends)
            row = {
                "null": null.name,
                "correlation": correlation,
                "latent": null.latent,
                "first": label(part),
                "whole": part == group,
                "measure": measure,
                "estimate": value,
                "lower": limits[0],
                "upper": limits[1],
            }
            compared = seen if part == group and measure == "better" else None
            out.append(row | _beside(null, part, value, compared, level) | {"level": level})
    return out


def _sampled(
    table: Floats, part: tuple[int, ...], measure: str, value: float, level: float
) -> list[float]:
    """Return the limits of what the control arm's own pairs give."""
    rows = table[list(part)]
    n = rows.sum()
    if measure == "change":
        steps = _AT - _AT[list(part)][:, None]
        variance = float((rows * (steps - value) ** 2).sum() / max(n - 1, 1))
        half = float(special.stdtrit(n - 1, (1 + level) / 2) * np.sqrt(variance / n))
        return [value - half, value + half] if n > 1 else [np.nan, np.nan]
    interval = stats.binomtest(round(value * n), int(n)).proportion_ci(level, method="wilson")
    return [float(interval.low), float(interval.high)]


def _beside(
    null: _Null, part: tuple[int, ...], value: float, seen: _Seen, level: float
) -> dict[str, float]:
    """Return what was observed against the null."""
    names = ("observed", "excess", "excess_lower", "excess_upper", "p_value", "probability")
    if seen is None:
        return dict.fromkeys(names, np.nan)
    yes, n = seen
    share = yes / n
    if null.name == _CONTROL:
        heads = int(null.table[list(part)].sum())
        pair = (round(value * heads), heads)
        row, posterior = share_differences("", "", "", seen, pair, level)
        one_sided = row.p_value / 2 if row.estimate >= 0 else 1 - row.p_value / 2
        found = (share, row.estimate, row.lower, row.upper, one_sided, posterior.probability)
    else:
        test = stats.binomtest(yes, n, float(np.clip(value, 0, 1)), alternative="greater")
        interval = stats.binomtest(yes, n).proportion_ci(level, method="wilson")
        above = float(special.betaincc(yes + 0.5, n - yes + 0.5, value))
        limits = float(interval.low) - value, float(interval.high) - value
        found = (share, share - value, *limits, float(test.pvalue), above)
    return dict(zip(names, (*found[:4], max(found[4], LEAST_P), found[5]), strict=True))


def _doubts(frame: pd.DataFrame, whole: Floats, seen: _Seen, *, control: bool) -> tuple[Said, ...]:
    doubts = []
    rows = frame[frame["whole"] & (frame["measure"] == "better")]
    assumed = rows[rows["null"] == _ASSUMED]
    if seen is not None and not control:
        share = seen[0] / seen[1]
        chance = assumed[assumed["p_value"] > (1 - assumed["level"]) / 2]
        if len(chance):
            at = [said("{r:.2g}", r=value) for value in chance["correlation"]]
            doubts.append(
                said(
                    "{share:.0f}% is no more than no effect at all gives at a test–retest "
                    "correlation of {at}.",
                    share=100 * share,
                    at=at,
                )
            )
        doubts.append(
            said(
                "There is no control arm: what no effect gives rests on a correlation that is "
                "assumed. Only a control arm tells an effect from regression to the mean."
            )
        )
    if control:
        apart = rows.loc[rows["null"] == _FITTED, "estimate"].iloc[0]
        own = rows[rows["null"] == _CONTROL].iloc[0]
        if not own["lower"] <= apart <= own["upper"]:
            doubts.append(
                said(
                    "The control arm's own share, {estimate:.0f}%, is not what its correlation "
                    "alone would give, {apart:.0f}%: scores moved for all, or those who answer "
                    "again are others. The arm's own share counts.",
                    estimate=100 * own["estimate"],
                    apart=100 * apart,
                )
            )
    doubts.append(
        said(
            "Next scores are those of customers who answered again; those who "
            "did not may have changed otherwise."
        )
    )
    if whole.sum() < _FEW:
        doubts.append(
            said("The population's scores rest on {whole:,} answers.", whole=int(whole.sum()))
        )
    return tuple(doubts)
