"""Low scores with kind words, and high scores with complaints.

Kind words on a low score are often a scale taken the wrong way round; a complaint on a high score
is a reason to lose a promoter. The reading of the tone is a modest one, so that both lists hold
texts that a person would not call so: look at some before acting, or before quoting the rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.linkage.themes.prevalence import share_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["HIGH_COMPLAINT", "LOW_KIND", "mismatch_rates", "mismatched"]

LOW_KIND = "low score, kind words"
HIGH_COMPLAINT = "high score, complaint"


def mismatched(score: Ints, kind: Ints, ill: Ints) -> tuple[Bools, Bools]:
    """Return which verbatims are kind on a low score, and which complain on a high one.

    Parameters
    ----------
    score
        0 to 10, (verbatims,).
    kind, ill
        Kind and ill words of each, (verbatims,). Words of both sorts are no mismatch.

    Examples
    --------
    >>> low, high = mismatched(np.array([2, 10, 3]), np.array([1, 0, 1]), np.array([0, 2, 1]))
    >>> low.tolist(), high.tolist()
    ([True, False, False], [False, True, False])
    """
    low = (score <= 6) & (kind > 0) & (ill == 0)
    high = (score >= 9) & (ill > 0) & (kind == 0)
    return low, high


def mismatch_rates(
    score: Ints, low: Bools, high: Bools, store: Ints | None = None, *, level: float = 0.95
) -> pd.DataFrame:
    """Return the share of detractors who write kindly, and of promoters who complain.

    Returns
    -------
    pandas.DataFrame
        mismatch, n (verbatims of the category), yes, estimate, std_error, lower, upper (shares),
        level, n_effective.
    """
    rows = []
    for name, found, inside in (
        (LOW_KIND, low, score <= 6),
        (HIGH_COMPLAINT, high, score >= 9),
    ):
        frame = share_rows(
            found[inside][:, np.newaxis], None if store is None else store[inside], level
        )
        frame.insert(0, "mismatch", name)
        rows.append(frame)
    return pd.concat(rows, ignore_index=True)
