"""NPS of weighted answers, with the standard error of its design.

The standard error is linearized and takes the weights for what they are: post-stratified and
raked answers are first explained by what they were weighted to, propensity weights by the model
of who answered. Limits come from the adjusted Wald (or score) interval of as many answers as the
design is worth, so that they stay inside ±100 and do not collapse where all answers agree.

Standard errors are those of R's `survey`, except where weights rest on a post-stratum (or what in
raking comes to the same) of fewer than five answers: there those of `survey` are too small, and
the residuals are set right by their leverage (`linearized.thin_variance`).

References
----------
Korn, E. L. & Graubard, B. I. (1998). Confidence intervals for proportions with small expected
number of positive counts estimated from survey data. Survey Methodology 24(2), 193–201.
Franco, C., Little, R. J. A., Louis, T. A. & Slud, E. V. (2019). Comparative study of confidence
intervals for proportions in complex sample surveys. J. Survey Stat. Methodol. 7(3), 334–364.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError
from npsstats.estimation.answering.design import Design
from npsstats.estimation.answering.linearized import Moments, domain_mean
from npsstats.estimation.answering.weights import Weights, as_weights, kish
from npsstats.estimation.limits import Shares, adjusted_wald_limits, tango_limits
from npsstats.results import Provenance, Result
from npsstats.said import Said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["WeightedNps", "limits_of", "weighted_nps"]

_METHODS = ("adjusted_wald", "tango", "wald")
_FEW = 10


@dataclass(frozen=True, repr=False)
class WeightedNps(Result):
    """Weighted NPS of every cell, in points (−100…100)."""

    title: ClassVar[str] = "Weighted Net Promoter Score"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} cells, weighted NPS in points"
        row = self.frame.iloc[0]
        return (
            f"Weighted NPS {row.estimate:+.1f}, {100 * row.level:g}% interval {row.lower:+.1f} to "
            f"{row.upper:+.1f}; unweighted {row.nps:+.1f} ({int(row.n):,} answers worth "
            f"{row.n_effective:,.0f})"
        )


def weighted_nps(
    data: Any,
    weights: Weights | pd.DataFrame,
    by: str | Sequence[str] | None = None,
    *,
    strata: str | Sequence[str] | None = None,
    fpc: bool = False,
    method: str = "adjusted_wald",
    level: float = 0.95,
) -> WeightedNps:
    """Return the weighted NPS of every cell with a design-based interval.

    Parameters
    ----------
    data
        `ScoreCounts` by the weights' keys and those of `by`, or anything `npsstats.count` takes.
    weights
        From `post_stratify`, `rake` or `response_propensity`, or a data frame of keys and a
        column `weight` (taken as fixed). Their scale does not matter.
    by
        Key or keys of the cells; None takes all answers as one.
    strata
        Keys of the strata within which the sample was drawn, where it was; the numbers drawn
        were then fixed beforehand. With them, `calibrators` of the weights are left out.
    fpc
        The population is the finite one the weights know: shrink the variance by the share of it
        that answered. Needs the population's size. Post-stratified answers are taken to have
        come at one rate, as in R's `survey`; where rates differ much between post-strata, give
        these as `strata`. (Post-strata of fewer than five answers always bring each its own.)
    method
        Limits: "adjusted_wald", "tango" (score) or "wald" (estimate ± t · standard error).
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    WeightedNps
        `frame` with the cell's labels, n, n_effective (Kish), nps (unweighted), estimate,
        std_error, lower, upper (points), level, design_effect (of the variance, against as many
        equal answers).

    Raises
    ------
    InputError
        If answers have labels without a weight, or keys are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = pd.DataFrame({"channel": ["email", "sms"]})
    >>> counts = nps.ScoreCounts([[4] + [0] * 9 + [36], [10] + [0] * 9 + [10]], cells)
    >>> weights = nps.post_stratify(counts, {"email": 500, "sms": 500}, by="channel")
    >>> nps.weighted_nps(counts, weights).frame[["n", "nps", "estimate", "std_error"]].round(2)
        n    nps  estimate  std_error
    0  60  53.33      40.0      12.25
    """
    checks.one_of("method", method, _METHODS)
    level = checks.fraction("level", level)
    keys = [by] if isinstance(by, str) else list(by or ())
    drawn = [strata] if isinstance(strata, str) else list(strata or ())
    wanted = list(weights.keys) if isinstance(weights, Weights) else []
    counts = _with_keys(data, [*keys, *drawn, *wanted], weights)
    weights = as_weights(weights, counts)
    row = weights.rows(counts.cells)
    weight = weights.frame["weight"].to_numpy(float)[row]
    sums = counts.categories.astype(float)
    moments = Moments(counts.n.astype(float), sums[:, 2] - sums[:, 0], sums[:, 2] + sums[:, 0])
    design = Design(weights, row, counts.cells, drawn, moments.n, fpc=fpc)
    cells, code = _cells(counts, keys)
    found = [_one(moments, weight, sums, code == cell, design) for cell in range(len(cells))]
    numbers = pd.DataFrame(found)
    limits = limits_of(
        numbers[["detractors", "passives", "promoters"]].to_numpy(float),
        numbers["std_error"].to_numpy(float),
        numbers["n_effective"].to_numpy(float),
        numbers["df"].to_numpy(float),
        method,
        level,
    )
    n = numbers["n"].to_numpy(float)
    raw = np.full(len(n), np.nan)
    np.divide(100 * numbers["net"].to_numpy(float), n, out=raw, where=n > 0)
    frame = cells.assign(
        n=n.astype(np.int64),
        n_effective=numbers["n_effective"],
        nps=raw,
        estimate=100 * numbers["estimate"],
        std_error=100 * numbers["std_error"],
        lower=100 * limits.lower,
        upper=100 * limits.upper,
        level=level,
        design_effect=numbers["design_effect"],
    )
    options = {"by": keys, "strata": drawn, "fpc": fpc, "method": method, "level": level}
    name = f"{weights.provenance.method}, linearized standard error"
    return WeightedNps(
        frame,
        (*_doubts(frame), *design.doubts(), *weights.diagnostics),
        Provenance(name, options, counts.fingerprint),
    )


def _with_keys(data: Any, keys: list[str], weights: Any) -> ScoreCounts:
    if isinstance(data, ScoreCounts):
        absent = [key for key in dict.fromkeys(keys) if key not in data.keys]
        if absent:
            raise InputError(
                f"The answers are counted by {', '.join(data.keys)}; count them by "
                f"{', '.join(absent)} too."
            )
        return data
    if isinstance(weights, pd.DataFrame):
        keys = [*keys, *(key for key in weights.columns if key != "weight")]
    return as_counts(data, list(dict.fromkeys(keys)))


def _cells(counts: ScoreCounts, keys: list[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    if not keys:
        return pd.DataFrame({"cell": ["all"]}), np.zeros(len(counts), dtype=np.intp)
    labels = counts.cells[keys]
    code = labels.astype(str).groupby(keys, sort=False).ngroup().to_numpy()
    firsts = np.unique(code, return_index=True)[1]
    return labels.iloc[firsts].reset_index(drop=True), np.asarray(code, dtype=np.intp)


def _one(
    moments: Moments, weight: Floats, sums: Floats, inside: NDArray[np.bool_], design: Design
) -> dict[str, float]:
    """Return the numbers of one cell, shares (not points)."""
    n = np.where(inside, moments.n, 0.0)
    total = float((weight * n).sum())
    out = {
        "n": float(n.sum()),
        "n_effective": float(kish(np.array(total), np.array((weight**2 * n).sum()))),
        "net": float(moments.first[inside].sum()),
    }
    if total <= 0:
        nothing = ("detractors", "passives", "promoters", "estimate", "std_error", "design_effect")
        return out | dict.fromkeys(nothing, np.nan) | {"df": 0.0}
    mean, u = domain_mean(moments, weight, inside)
    variance, df = design.variance(u, inside)
    shares = (weight[:, None] * sums)[inside].sum(axis=0) / total
    spread = shares[0] + shares[2] - mean**2
    effect = variance * out["n"] / spread if spread > 0 else np.nan
    out |= dict(zip(("detractors", "passives", "promoters"), shares.tolist(), strict=True))
    return out | {
        "estimate": mean,
        "std_error": float(np.sqrt(variance)),
        "design_effect": effect,
        "df": float(df),
    }


def limits_of(
    shares: Floats, std_error: Floats, kish_n: Floats, df: Floats, method: str, level: float
) -> Shares:
    """Return limits of NPS from weighted shares and the standard error of their difference.

    Parameters
    ----------
    shares
        (cells, 3) detractors, passives, promoters; NaN where there is nothing.
    std_error
        (cells,) of the net share.
    kish_n
        (cells,) effective answers, which stand in where the shares show no spread.
    df
        (cells,) degrees of freedom of the standard error.
    method, level
        As for `weighted_nps`.
    """
    net = shares[:, 2] - shares[:, 0]
    spread = np.maximum(shares[:, 2] + shares[:, 0] - net**2, 0.0)
    t = special.stdtrit(np.maximum(df, 1.0), (1 + level) / 2)
    if method == "wald":
        lower, upper = net - t * std_error, net + t * std_error
        return Shares(net, std_error, np.clip(lower, -1, 1), np.clip(upper, -1, 1))
    worth = kish_n.copy()
    np.divide(spread, std_error**2, out=worth, where=(spread > 0) & (std_error > 0))
    counts = shares * worth[:, None]
    usable = np.isfinite(counts).all(axis=1) & (worth > 0)
    lower, upper = np.full(len(net), np.nan), np.full(len(net), np.nan)
    if usable.any():
        limits_at = tango_limits if method == "tango" else adjusted_wald_limits
        limits = limits_at(counts[usable], t[usable])
        lower[usable], upper[usable] = np.clip(limits.lower, -1, 1), np.clip(limits.upper, -1, 1)
    return Shares(net, std_error, lower, upper)


def _doubts(frame: pd.DataFrame) -> list[Said]:
    doubts: list[Said] = []
    nothing = int(frame["estimate"].isna().sum())
    if nothing:
        doubts.append(
            said_many(
                "{n} cell has no answer with a weight, and so no weighted NPS.",
                "{n} cells have no answer with a weight, and so no weighted NPS.",
                nothing,
            )
        )
    few = int((frame["n_effective"].between(0, _FEW, inclusive="right")).sum())
    if few:
        doubts.append(
            said_many(
                "{n} cell is worth ten answers or fewer: read the interval, not the estimate.",
                "{n} cells are worth ten answers or fewer: read the interval, not the estimate.",
                few,
            )
        )
    return doubts
