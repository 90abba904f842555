"""What simulated experiments are judged by: a value a replication, an arm or a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.experiments.adaptive.trial import first_sure
from npsstats.experiments.binary.differences import wilson_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.adaptive.trial import Trials

    Floats = NDArray[np.float64]

__all__ = ["by_arm", "by_batch", "measures"]

_LEVEL = 0.95
_TIE = 1e-12  # shares: an arm as good as the best is right too


def measures(trials: Trials, course: Floats, sure: float) -> dict[str, tuple[str, Floats]]:
    """Return measure → (unit, value of each replication).

    Parameters
    ----------
    trials
        The experiments.
    course
        True rates, shape (batches, arms); they differ between arms by the same in every batch.
    sure
        P(best) at which one might stop.
    """
    short = course[0].max() - course[0]
    chosen = trials.leads[:, -1]
    first = first_sure(trials, sure)
    reached = first < trials.leads.shape[1]
    stop = np.minimum(first, trials.leads.shape[1] - 1)
    at_stop = np.take_along_axis(trials.leads, stop[:, None], axis=1)[:, 0]
    sent = trials.invited.sum(axis=2).cumsum(axis=1)
    return {
        "right arm chosen": ("share", (short[chosen] <= _TIE).astype(float)),
        "shortfall of the arm chosen": ("share", short[chosen]),
        "answers lost": ("answers", trials.invited.sum(axis=1) @ short),
        "sure of an arm": ("share", reached.astype(float)),
        "sure of a wrong arm": ("share", (reached & (short[at_stop] > _TIE)).astype(float)),
        "invitations until sure": (
            "invitations",
            np.take_along_axis(sent, stop[:, None], axis=1)[:, 0].astype(float),
        ),
    }


def by_arm(trials: Trials, course: Floats, names: Sequence[str], design: str) -> pd.DataFrame:
    """Return a row an arm: its share, the bias of its plain mean, and how plain intervals hold."""
    invited, answered = trials.invited.cumsum(axis=1), trials.answered.cumsum(axis=1)
    so_far = course.cumsum(axis=0) / np.arange(1, len(course) + 1)[:, None]
    inside = _inside(answered, invited, so_far)
    total = invited[:, -1].sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        error = answered[:, -1] / invited[:, -1] - so_far[-1]
    return pd.DataFrame(
        {
            "design": design,
            "arm": list(names),
            "rate": so_far[-1],
            "share": (invited[:, -1] / total).mean(axis=0),
            "bias": np.nanmean(error, axis=0),
            "bias_error": np.nanstd(error, axis=0, ddof=1) / np.sqrt(len(error)),
            "covers": inside[:, -1].mean(axis=0),
            "covers_always": inside.all(axis=1).mean(axis=0),
        }
    )


def by_batch(trials: Trials, course: Floats, design: str) -> pd.DataFrame:
    """Return a row a batch: invitations so far, how often the right arm leads, mean P(best)."""
    right = (course[0].max() - course[0]) <= _TIE
    return pd.DataFrame(
        {
            "design": design,
            "batch": np.arange(1, len(course) + 1),
            "invitations": trials.invited.sum(axis=2).cumsum(axis=1)[0],
            "right": right[trials.leads].mean(axis=0),
            "p_best": trials.p_best.mean(axis=0),
        }
    )


def _inside(answered: NDArray[np.int64], invited: NDArray[np.int64], rate: Floats) -> Floats:
    """Return whether plain intervals hold the rate, as invited so far, (replications, batches, …).

    Where nobody was invited yet the interval is everything.
    """
    limits = wilson_limits(
        answered.ravel().astype(float), np.maximum(invited, 1).ravel().astype(float), _LEVEL
    )
    lower, upper = (limit.reshape(invited.shape) for limit in limits)
    return np.asarray((invited == 0) | ((lower <= rate) & (rate <= upper)))
