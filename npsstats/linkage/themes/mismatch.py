"""Low scores with kind words, and high scores with complaints.

Kind words on a low score are often a scale taken the wrong way round; a complaint on a high score
is a reason to lose a promoter. The reading of the tone is a modest one that nobody has validated on
real texts: both are lists of texts to read, and neither is a rate. Of those on such a list well
under all are what its name says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["HIGH_COMPLAINT", "LOW_KIND", "mismatch_counts", "mismatched"]

LOW_KIND = "low score, kind words"
HIGH_COMPLAINT = "high score, complaint"


def mismatched(score: Ints, kindly: Bools, complaining: Bools) -> tuple[Bools, Bools]:
    """Return which verbatims are kind on a low score, and which complain on a high one.

    Parameters
    ----------
    score
        0 to 10, (verbatims,).
    kindly, complaining
        Whether each is kind throughout, and whether it complains without a kind word,
        (verbatims,); see `npsstats.linkage.themes.matching.Mentions`.

    Examples
    --------
    >>> import numpy as np
    >>> kindly, complaining = np.array([True, False, False]), np.array([False, True, True])
    >>> low, high = mismatched(np.array([2, 10, 3]), kindly, complaining)
    >>> low.tolist(), high.tolist()
    ([True, False, False], [False, True, False])
    """
    return (score <= 6) & kindly, (score >= 9) & complaining


def mismatch_counts(score: Ints, low: Bools, high: Bools) -> pd.DataFrame:
    """Return how many verbatims are on either list.

    Returns
    -------
    pandas.DataFrame
        mismatch, n (verbatims of detractors, or of promoters), listed (of which on the list: texts
        to read, not a number of mistaken answers).
    """
    return pd.DataFrame(
        {
            "mismatch": [LOW_KIND, HIGH_COMPLAINT],
            "n": [int((score <= 6).sum()), int((score >= 9).sum())],
            "listed": [int(low.sum()), int(high.sum())],
        }
    )
