"""What an adaptive allocation seeks, as the posterior of each arm's value.

Response is a share with a Beta posterior (Jeffreys' prior), whose probabilities are by quadrature.
NPS and precision have draws: the shares of detractors, passives and promoters are Dirichlet under
a uniform prior, independent of the answer rate.

The precision of an arm is the margin that 1,000 invitations would buy: with r of them answered and
s² the variance of one answer's −100, 0 or +100, that is z s / √(1000 r). Lower is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from npsstats.checks import InputError
from npsstats.estimation.dirichlet import PRIOR as UNIFORM
from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.adaptive.best import best_of_betas, log_behind
from npsstats.experiments.binary.betas import PRIOR as JEFFREYS
from npsstats.experiments.survey.choice import CHOICE_COLUMNS, choose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.invitations import InvitationCounts

    Floats = NDArray[np.float64]

__all__ = ["OBJECTIVES", "Standing", "standing"]

OBJECTIVES = {
    "response": "share who answer",
    "nps": "NPS of those who answer",
    "precision": "margin of the NPS per 1,000 invitations",
}

_DRAWS = 20_000
_FEW = 20  # draws: a probability met less often is taken from the normal law


class Standing(NamedTuple):
    """How the arms stand: a frame with `CHOICE_COLUMNS`, and log P(best), shape (arms,)."""

    frame: pd.DataFrame
    log_p: Floats


def standing(counts: InvitationCounts, of: str, level: float, seed: int) -> Standing:
    """Return how the arms stand.

    Parameters
    ----------
    counts
        A cell an arm.
    of
        One of `OBJECTIVES`.
    level
        Of the intervals, and of the margin.
    seed
        Of the draws; response has none.

    Raises
    ------
    InputError
        If NPS or precision is asked of counts without scores.
    """
    arms = counts.cells["arm"].astype(str).to_list()
    a = counts.answered.astype(float) + JEFFREYS[0]
    b = (counts.invited - counts.answered).astype(float) + JEFFREYS[1]
    if of == "response":
        return _response(a, b, arms, level)
    if counts.scores is None:
        raise InputError(
            f"`of`={of!r} needs the scores of the answers. Count the invitations with "
            "`responses`, or allocate by response."
        )
    rng = np.random.default_rng(seed)
    added = counts.scores.categories + UNIFORM
    shares = np.stack([rng.dirichlet(row, _DRAWS) for row in added], axis=1)
    net = shares[..., 2] - shares[..., 0]
    if of == "nps":
        return _drawn(100 * net, arms, of, "points", level)
    rate = rng.beta(a, b, (_DRAWS, len(arms)))
    variance = shares[..., 2] + shares[..., 0] - net**2
    margin = 100 * normal_quantile(level) * np.sqrt(variance / (1000 * rate))
    return _drawn(margin, arms, of, "points", level)


def _response(a: Floats, b: Floats, arms: list[str], level: float) -> Standing:
    found = best_of_betas(a, b)
    tail = (1 - level) / 2
    mean = a / (a + b)
    frame = pd.DataFrame(
        {
            "purpose": "response",
            "option": arms,
            "unit": "share",
            "estimate": mean,
            "std_error": np.sqrt(mean * (1 - mean) / (a + b + 1)),
            "lower": special.betaincinv(a, b, tail),
            "upper": special.betainccinv(a, b, tail),
            "level": level,
            "p_best": np.exp(found.log_p),
            "expected_loss": np.maximum(found.highest - mean, 0.0),
        },
        columns=list(CHOICE_COLUMNS),
    )
    return Standing(frame, found.log_p)


def _drawn(values: Floats, arms: list[str], of: str, unit: str, level: float) -> Standing:
    lower_is_better = of == "precision"
    frame = choose(
        values,
        arms,
        purpose=of,
        unit=unit,
        better="lower" if lower_is_better else "higher",
        level=level,
    )
    # on the logarithm a margin, which is a ratio, is closer to normal
    log_p = _log_best(-np.log(values) if lower_is_better else values)
    return Standing(frame.assign(p_best=np.exp(log_p)), log_p)


def _log_best(values: Floats) -> Floats:
    """Return log P(highest) from draws that are independent between arms, (arms,).

    Every draw of an arm meets all draws of the others: the mean of the product of their
    distribution functions, which is smoother than counting who is highest in each row.
    """
    draws, arms = values.shape
    ordered = np.sort(values, axis=0)
    log_p = np.empty(arms)
    for arm in range(arms):
        below = np.ones(draws)
        for other in range(arms):
            if other != arm:
                # half a draw more at either end: as many as there are cannot tell never from rarely
                ranks = np.searchsorted(ordered[:, other], values[:, arm])
                below *= (ranks + 0.5) / (draws + 1)
        log_p[arm] = np.log(below.mean())
    rare = log_p < np.log(_FEW / draws)
    log_p[rare] = log_behind(values.mean(axis=0), values.std(axis=0))[rare]
    return np.asarray(log_p - special.logsumexp(log_p))
