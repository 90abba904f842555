"""How weighted answers came to be in the sample, and which variance a total of them then has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.checks import InputError
from npsstats.estimation.answering.linearized import (
    Moments,
    design_variance,
    fitting,
    leverage,
    response_variance,
    thin_variance,
)
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.answering.weights import Weights

    Floats = NDArray[np.float64]

__all__ = ["Design"]

_UNEVEN = 0.1  # rates of answer this far apart are worth a word
_PULL = 0.2  # leverage of an answer in a post-stratum of five


class Design:
    """How the answers came to be in the sample, and the variance of a total under it."""

    def __init__(
        self,
        weights: Weights,
        row: NDArray[np.intp],
        cells: pd.DataFrame,
        drawn: list[str],
        n: Floats,
        *,
        fpc: bool,
    ) -> None:
        self.weights, self.row = weights, row
        self.weight = weights.frame["weight"].to_numpy(float)[row]
        self.stratum: NDArray[np.intp] | None = None
        if drawn:
            groups = cells[drawn].astype(str).groupby(drawn, sort=False)
            self.stratum = np.asarray(groups.ngroup(), dtype=np.intp)
        calibrators = weights.calibrators[row]
        self.fitted = None if drawn else fitting(calibrators, n)
        self.sampled = _sampled(weights, row, n, self.stratum) if fpc else None
        self.pull = leverage(calibrators, n)
        # one stratum of all answers is no post-stratification, however few they are
        grouped = bool((calibrators != calibrators[:1]).any())
        self.thin = grouped and not drawn and bool((self.pull[n > 0] > _PULL + 1e-9).any())
        self.own = np.zeros(len(n))
        if fpc and not drawn and calibrators.ndim == 1:
            code = calibrators.astype(np.intp)
            self.own = _sampled(weights, row, n, code)[code]
        self.uneven = bool(self.own.any()) and float(np.ptp(self.own[n > 0])) > _UNEVEN

    def doubts(self) -> list[Said]:
        """Return what to doubt of the standard errors."""
        if self.weights.response is not None and self.sampled is None:
            return []
        if self.thin:
            text = said(
                "Weights rest on groups of fewer than five answers: the standard error is "
                "corrected for them (and larger than that of R's survey), but uncertain itself. "
                "Merge groups that are alike."
            )
            return [text]
        if self.uneven:
            rates = self.own[self.own > 0]
            text = said(
                "Groups answered at rates from {least:.0f}% to {most:.0f}%, but the correction for "
                "a finite population shrinks the variance by the rate of all together (as R's "
                "survey does): give the groups as strata to have each shrunk by its own.",
                least=100 * rates.min(),
                most=100 * rates.max(),
            )
            return [text]
        return []

    def variance(self, u: Moments, inside: NDArray[np.bool_]) -> tuple[float, float]:
        """Return the variance of Σ w·u over the cells inside, and its degrees of freedom."""
        response = self.weights.response
        if response is not None and self.stratum is None and self.sampled is None:
            weight = self.weights.frame["weight"].to_numpy(float)
            return response_variance(u, self.row, weight, response), int(u.n.sum()) - 1
        if self.thin and self.fitted is not None:
            return thin_variance(
                u, self.weight, inside, fitted=self.fitted, pull=self.pull, left=1 - self.own
            )
        return design_variance(
            u, self.weight, fitted=self.fitted, stratum=self.stratum, sampled=self.sampled
        )


def _sampled(
    weights: Weights, row: NDArray[np.intp], n: Floats, stratum: NDArray[np.intp] | None
) -> Floats:
    """Return the share of each design stratum's population that answered."""
    frame = weights.frame
    if "population" not in frame or frame["population"].isna().any() or not _sizes(frame):
        raise InputError(
            "`fpc` needs the size of the population, which these weights do not know. Give "
            "post_stratify numbers of people instead of shares, or leave fpc=False."
        )
    stratum = np.zeros(len(row), dtype=np.intp) if stratum is None else stratum
    # a weights' stratum that is split over several cells is counted once
    pairs = pd.DataFrame({"stratum": stratum, "row": row}).drop_duplicates()
    size = np.bincount(pairs["stratum"], frame["population"].to_numpy(float)[pairs["row"]])
    return np.asarray(np.minimum(np.bincount(stratum, n) / np.maximum(size, 1), 1.0))


def _sizes(frame: pd.DataFrame) -> bool:
    return bool((frame["population"] >= frame["n"]).all())
