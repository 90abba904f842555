"""The NPS of an arm weighted to all who were asked, with the error of post-stratification.

References
----------
Holt, D. & Smith, T. M. F. (1979). Post stratification. JRSS A 142(1), 33–46 (equation 3: the
variance given how many answered in each stratum).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.arms.strata import ArmStrata

    Floats = NDArray[np.float64]

__all__ = ["weighted_means"]


def weighted_means(strata: ArmStrata, designs: Floats | None = None) -> tuple[Floats, Floats]:
    """Return NPS (points) weighted to the mix of all asked and its standard error, (arms,) each.

    Parameters
    ----------
    strata
        The counts; every arm has answers in every stratum.
    designs
        Design effects of the scores by arm, (arms,).
    """
    n = np.maximum(strata.answered, 1)
    mean = (strata.told[..., 2] - strata.told[..., 0]) / n
    # a stratum of few answers, all alike, still varies: one answer like the arm's others is added
    arm = strata.told.sum(axis=1) / strata.answered.sum(axis=1)[:, None]
    shares = (strata.told + arm[:, None, :]) / (n + 1)[..., None]
    net = shares[..., 2] - shares[..., 0]
    variance = (shares[..., 2] + shares[..., 0] - net**2) / n
    if designs is not None:
        variance = variance * designs[:, None]
    error = np.sqrt((strata.mix**2 * variance).sum(axis=1))
    return 100 * (mean * strata.mix).sum(axis=1), 100 * error
