"""Draws of the hazard in each state and period to come, from a fitted hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    type Floats = NDArray[np.float64]

__all__ = ["Rates", "checked_hazard"]

_RECENT = 12
_FAR = 30.0


def checked_hazard(fit: Any) -> Any:
    """Return the fitted hazard if it offers what a projection needs.

    Raises
    ------
    InputError
        If it does not, or has no coefficient that is identified.
    """
    needed = ("scheme", "coefficients", "covariance", "identified", "link", "linear", "foretold")
    if not all(hasattr(fit, name) for name in needed):
        raise InputError(
            f"`hazard` must be a fitted hazard, got {type(fit).__name__}. Write "
            "hazard=npsstats.hazard(cells)."
        )
    if not np.asarray(fit.identified).any():
        raise InputError("`hazard` has no coefficient that is identified: it foretells nobody.")
    return fit


@dataclass(frozen=True, eq=False)
class Rates:
    """Hazards of K states under D draws of the coefficients.

    Attributes
    ----------
    designs
        For each recent period of the fit (or one, where periods have no hazard of their own) the
        design (K, p) and the shares that were set apart (K,), NaN where fitted.
    coefficients
        (D, p) draws.
    link
        "cloglog" or "logit".
    """

    designs: list[tuple[Floats, Floats]]
    coefficients: Floats
    link: str

    @classmethod
    def of(cls, fit: Any, cells: HazardCells, draws: int, rng: np.random.Generator) -> Rates:
        """Draw coefficients, and lay out the states.

        Parameters
        ----------
        fit
            The hazard.
        cells
            A row a state, with the keys of the fit but the period.
        draws, rng
            How many, and their source.
        """
        known = np.asarray(fit.identified)
        middle = np.asarray(fit.coefficients, dtype=float)[known]
        covariance = np.asarray(fit.covariance, dtype=float)[np.ix_(known, known)]
        # a covariance over few clusters is of less than full rank: no Cholesky factor
        values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        z = rng.standard_normal((draws, len(middle)))
        clusters = int(getattr(fit, "clusters", 0))
        if clusters > 1:
            z *= np.sqrt((clusters - 1) / rng.chisquare(clusters - 1, draws))[:, None]
        return cls(_designs(fit, cells), middle + z @ root.T, str(fit.link))

    def each(self, horizon: int, rng: np.random.Generator) -> Iterator[Floats]:
        """Yield the hazards (D, K) of each period to come.

        Where periods have hazards of their own, a period to come is like one of the last twelve,
        drawn anew for each draw: so what moves whole periods is in the spread.
        """
        for _ in range(horizon):
            like = rng.integers(len(self.designs), size=len(self.coefficients))
            found = np.empty((len(like), len(self.designs[0][1])))
            for place, (x, share) in enumerate(self.designs):
                mine = like == place
                if mine.any():
                    rate = _hazard(self.coefficients[mine] @ x.T, self.link)
                    found[mine] = np.where(np.isnan(share), rate, share)
            yield found

    @property
    def middle(self) -> Floats:
        """Hazards averaged over draws and recent periods, (K,)."""
        each = [
            np.where(np.isnan(share), _hazard(self.coefficients @ x.T, self.link), share)
            for x, share in self.designs
        ]
        return np.asarray(np.mean(each, axis=(0, 1)))


def _designs(fit: Any, cells: HazardCells) -> list[tuple[Floats, Floats]]:
    if "period" not in fit.scheme.keys:
        return [(fit.linear(cells)[1], fit.foretold(cells))]
    found = []
    for label in fit.scheme.used["period"][::-1]:
        share = fit.foretold(cells, {"period": label})
        if np.isnan(share).any():  # else nobody left in it, or nobody could
            found.append((fit.linear(cells, {"period": label})[1], share))
        if len(found) == _RECENT:
            break
    if not found:
        raise InputError("`hazard`: no period of the fit has a hazard that is not set apart.")
    return found


def _hazard(eta: Floats, link: str) -> Floats:
    if link == "logit":
        return np.asarray(special.expit(eta))
    return np.asarray(-np.expm1(-np.exp(np.minimum(eta, _FAR))))
