"""What moves the score: NPS points that go with one step of each driver, the others equal.

A cumulative logit of the score on the drivers, fitted on patterns of answers, told in points of
NPS: by how much the NPS of all who answered would differ under the model if everybody had
answered one step higher (an average marginal effect). A straight line on the same answers stands
beside it.

References
----------
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42(2), 109–142.
Bartus, T. (2005). Estimation of marginal effects using margeff. Stata Journal 5(3), 309–329.
Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models.
Biometrika 73(1), 13–22 (errors that allow for clusters).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.linkage.driving.cumulative import fit_cumulative, scores_of
from npsstats.linkage.driving.effects import fitted, line, marginal, points_of, told
from npsstats.linkage.driving.layout import as_patterns, lay_out
from npsstats.linkage.driving.summaries import summaries
from npsstats.linkage.driving.words import ASSOCIATION, NOISE
from npsstats.linkage.phrases import listed
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.driving.effects import Known
    from npsstats.linkage.driving.layout import Layout

    Floats = NDArray[np.float64]

__all__ = ["DriverEffects", "drivers"]


@dataclass(frozen=True, repr=False)
class DriverEffects(Result):
    """Points of NPS for one step of each driver, the other drivers equal.

    Attributes
    ----------
    skipped
        A row a driver: `n` (answered), `blank`, `nps` and `nps_blank` (points) of both.
    cuts
        Cutpoints of the cumulative logit.
    """

    title: ClassVar[str] = "What goes with a higher score"
    skipped: pd.DataFrame
    cuts: Floats

    @override
    def headline(self) -> str:
        steps = self.frame[~self.frame["term"].str.endswith(" blank")]
        # by how much it tells answers apart: a step is another thing on each scale
        told_apart = (steps["estimate"] * steps["spread"]).abs().to_numpy()
        row = steps.iloc[int(np.argmax(told_apart))]
        what = "that answer instead of the usual one" if "=" in row.term else "one step more"
        return (
            f"{row.term} tells answers apart most: {what} is {row.estimate:+.1f} points of NPS "
            f"({100 * row.level:g}% interval {row.lower:+.1f} to {row.upper:+.1f}), the other "
            "drivers equal."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ("slope", "slope_error", "spread")
        return self.frame.assign(**{name: self.frame[name].map("{:.3f}".format) for name in names})


def drivers(
    data: Any,
    drivers: Sequence[str],
    *,
    outcome: str = "nps",
    cluster: str | None = "store_id",
    missing: str = "complete",
    level: float = 0.95,
    **counting: Any,
) -> DriverEffects:
    """Return by how many points NPS differs with one step of each driver.

    Parameters
    ----------
    data
        `AnswerPatterns` of "score" and the drivers, or anything `answer_patterns` takes.
    drivers
        Questions: closed questions, journey, channel, waiting time, a theme yes or no. Levels of
        text with fewer than 30 answers are pooled. Judgements of the whole (csat, ces, coming
        back) take from the others: the first diagnostic says how much.
    outcome
        "nps" models detractor, passive, promoter; "score" the whole scale, which tells more where
        the drivers act alike along it.
    cluster
        The column of the clusters, usually the store; None for none. Of patterns, their own.
    missing
        "complete" leaves out answers with a blank driver, and says how many; "indicator" keeps
        them, at the mean and marked by a column.
    level
        Of the intervals.
    counting
        `bins`, `categories`: as for `answer_patterns`.

    Returns
    -------
    DriverEffects
        `frame`, a row a term: term, driver, estimate, std_error, lower, upper (points of NPS for
        one step; for a category against the most frequent one), level, p_value, slope,
        slope_error (log-odds), spread (sd of the answers, steps), linear, linear_error (points:
        straight line), n. Errors allow for clusters; t quantiles with clusters − 1 degrees of
        freedom.

    Raises
    ------
    InputError
        If fewer than two drivers are given, or one is constant, rarely answered, the score over
        again, or follows from others.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from npsstats.aggregates.questionnaire import AnswerPatterns
    >>> rng = np.random.default_rng(1)
    >>> welcome, checkout, luck = rng.integers(1, 6, (3, 600))
    >>> rows = pd.DataFrame({"store_id": np.arange(600) % 20, "welcome": welcome})
    >>> rows = rows.assign(checkout=checkout, score=welcome + (checkout + luck) // 2)
    >>> asked = ["welcome", "checkout"]
    >>> patterns = AnswerPatterns.of(rows, ["score", *asked], cluster="store_id")
    >>> result = drivers(patterns, asked)
    >>> result.frame[["term", "estimate", "std_error"]].round(1)
           term  estimate  std_error
    0   welcome      29.1        1.5
    1  checkout      15.5        1.2
    """
    level = checks.fraction("level", level)
    patterns = as_patterns(data, drivers, cluster, **counting)
    layout = lay_out(patterns, drivers, outcome=outcome, missing=missing)
    known = fitted(layout)
    effect = marginal(known)
    straight, straight_error = line(layout)
    slopes = known.fit.slopes
    errors = np.sqrt(np.diag(layout.covariance(known.influence)))[-len(slopes) :]
    frame = pd.DataFrame(
        {
            "term": layout.names,
            "driver": [layout.drivers[place] for place in layout.owner],
            **told(effect, level, layout.freedom),
            "slope": slopes,
            "slope_error": errors,
            "spread": np.sqrt(np.diag(np.cov(layout.x.T, aweights=layout.weight, ddof=0))),
            "linear": straight,
            "linear_error": straight_error,
            "n": layout.n,
        }
    )
    options = {
        "drivers": list(drivers),
        "outcome": outcome,
        "cluster": patterns.cluster,
        "missing": missing,
        "level": level,
    }
    return DriverEffects(
        frame,
        (*summaries(layout), *_uneven(layout, known), ASSOCIATION, *layout.doubts(), NOISE),
        Provenance("cumulative logit, average marginal effects", options, patterns.fingerprint),
        layout.skipped,
        known.fit.cuts,
    )


def _uneven(layout: Layout, known: Known) -> list[Said]:
    """Say which drivers act differently on detractors and on promoters."""
    if len(layout.values) < 3:
        return []
    points = points_of(layout.values)
    fits = []
    for cut in (points >= 0, points > 0):
        two = np.stack([layout.counts[:, ~cut].sum(axis=1), layout.counts[:, cut].sum(axis=1)], 1)
        if (two.sum(axis=0) == 0).any():
            return []
        try:
            fit = fit_cumulative(layout.x, two)
        except InputError:  # a level without detractors, say: its log-odds cannot be set beside
            return []
        score = scores_of(fit, layout.x)[:, cut.astype(int)]
        fits.append((fit.slopes, (score @ np.linalg.inv(fit.information))[:, :, 1:]))
    gap = fits[0][0] - fits[1][0]
    error = np.sqrt(np.diag(layout.covariance(fits[0][1] - fits[1][1])))
    z = stats.norm.isf(0.025 / len(gap))
    large = (np.abs(gap) > z * error) & (np.abs(gap) > 0.25 * np.abs(known.fit.slopes))
    if not large.any():
        return []
    told_of = listed(
        said(
            "{driver} {first:+.2f} and {second:+.2f}",
            driver=layout.names[j],
            first=fits[0][0][j],
            second=fits[1][0][j],
        )
        for j in np.flatnonzero(large)
    )
    text = said(
        "The drivers do not act alike along the scale, as the model has it: log-odds "
        "of not being a detractor and of being a promoter are {told_of}. Points stand "
        "for their mean.",
        told_of=told_of,
    )
    return [text]
