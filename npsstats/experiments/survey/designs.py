"""Design effects where whole clusters were assigned: customers who are asked again and again.

References
----------
Kish, L. (1965). Survey Sampling, section 8.2 (design effect).
Cochran, W. G. (1977). Sampling Techniques, 3rd ed., section 6.4 (variance of a ratio), 9A.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.checks import InputError

if TYPE_CHECKING:
    from npsstats.aggregates.arms import ArmMoments

__all__ = ["design_effects"]


def design_effects(totals: ArmMoments) -> dict[str, tuple[float, float]]:
    """Return by how much clusters inflate the variance of response and of NPS, by arm.

    Parameters
    ----------
    totals
        Moments over clusters, by arm, of `asked`, `answered`, `net` (promoters less detractors)
        and `spread` (promoters and detractors).

    Returns
    -------
    dict
        Arm → the two design effects, at least 1.

    Raises
    ------
    InputError
        If an arm has fewer than two clusters.

    Examples
    --------
    >>> from npsstats.aggregates.arms import ArmMoments
    >>> rows = {"asked": [2.0, 2, 2, 2], "answered": [2.0, 0, 2, 0]}
    >>> rows |= {"net": [2.0, 0, -2, 0], "spread": [2.0, 0, 2, 0]}
    >>> totals = ArmMoments.from_values(rows, {"arm": ["a"] * 4})
    >>> [round(x, 2) for x in design_effects(totals)["a"]]
    [2.67, 2.67]
    """
    found = {}
    for arm in totals.arms:
        part = totals.only(arm=arm)
        clusters = int(part.n.sum())
        if clusters < 2:
            raise InputError(
                f"Arm {arm!r} has {clusters} cluster: nothing tells how clusters differ. Assign "
                "several to each arm."
            )
        asked, answered, net, spread = (
            float(part.column(name)[0]) for name in ("asked", "answered", "net", "spread")
        )

        def variance(above: str, below: str, ratio: float, part: ArmMoments = part) -> float:
            """Return the variance over clusters of above − ratio · below."""
            own = part.variance(above)[0] + ratio**2 * part.variance(below)[0]
            return float(own - 2 * ratio * part.covariance(above, below)[0])

        rate, mean = answered / asked, net / answered if answered else np.nan
        simple = rate * (1 - rate) * asked  # variance of a cluster's total, were units alone
        response = variance("answered", "asked", rate) / simple if simple > 0 else 1.0
        of_one = (spread / answered - mean**2) * answered if answered else np.nan
        score = variance("net", "answered", mean) / of_one if of_one > 0 else 1.0
        found[arm] = (max(response, 1.0), max(score, 1.0))
    return found
