"""Intervals for one share: Wilson's score interval, and Jeffreys'.

References
----------
Wilson (1927). Probable inference, the law of succession, and statistical inference. JASA 22(158).
Brown, Cai & DasGupta (2001). Interval estimation for a binomial proportion. Statistical Science
16(2), 101–133.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.estimation.neighbours.shares import JEFFREYS
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["ShareInterval", "jeffreys", "wilson"]


@dataclass(frozen=True, repr=False)
class ShareInterval(Result):
    """A share with its interval, between 0 and 1, a row a sample."""

    title: ClassVar[str] = "Share, with its interval"

    @override
    def headline(self) -> str:
        if len(self.frame) != 1:
            return f"{len(self.frame)} samples"
        row = self.frame.iloc[0]
        return (
            f"{100 * row.estimate:.1f}%, {100 * row.level:g}% interval {100 * row.lower:.1f} to "
            f"{100 * row.upper:.1f}%, from {int(row.n):,}"
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame[["n", "yes"]].copy()
        for name in ("estimate", "lower", "upper"):
            shown[f"{name} %"] = 100 * self.frame[name]
        return shown


def wilson(yes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> ShareInterval:
    """Return shares with Wilson's score interval, the shares that a score test does not reject.

    Parameters
    ----------
    yes, n
        How many of how many: whole numbers, or (samples,) of them.
    level
        Confidence level, between 0 and 1.

    Returns
    -------
    ShareInterval
        `frame` with n, yes, estimate, std_error (Wald's), lower, upper (shares, 0 to 1), level.

    Raises
    ------
    InputError
        If there are more of them than there are, none at all, or a number is not whole.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.wilson(17, 20).frame[["estimate", "lower", "upper"]].round(3)
       estimate  lower  upper
    0      0.85   0.64  0.948
    """
    return _interval(_wilson, "score interval (Wilson 1927)", yes, n, level)


def jeffreys(yes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> ShareInterval:
    """Return shares with the equal-tailed interval of Jeffreys' posterior, Beta(yes + ½, no + ½).

    Parameters, returns and errors are those of `wilson`. As Brown, Cai & DasGupta advise, the
    lower limit is 0 where there is no yes, and the upper 1 where there is no no.

    Examples
    --------
    >>> import npsstats as nps
    >>> nps.jeffreys([17, 20], [20, 20]).frame[["estimate", "lower", "upper"]].round(3)
       estimate  lower  upper
    0      0.85  0.651  0.956
    1      1.00  0.883  1.000
    """
    return _interval(_jeffreys, "Jeffreys' interval (Brown, Cai & DasGupta 2001)", yes, n, level)


def _interval(method: Any, name: str, yes: ArrayLike, n: ArrayLike, level: float) -> ShareInterval:
    level = checks.fraction("level", level)
    some, all_ = np.broadcast_arrays(_whole("yes", yes), _whole("n", n))
    if (all_ < 1).any() or (some > all_).any():
        raise checks.InputError(
            "`n` must be at least 1, and `yes` at most `n`, in every sample: a share of nothing "
            f"is none. Got yes={yes!r}, n={n!r}."
        )
    lower, upper = method(some, all_, level)
    share = some / all_
    frame = pd.DataFrame(
        {
            "n": all_.astype(np.int64),
            "yes": some.astype(np.int64),
            "estimate": share,
            "std_error": np.sqrt(share * (1 - share) / all_),
            "lower": lower,
            "upper": upper,
            "level": level,
        }
    )
    data = np.stack([some, all_]).astype("<i8").tobytes()
    fingerprint = sha256(data).hexdigest()[:16]
    return ShareInterval(frame, (), Provenance(name, {"level": level}, fingerprint))


def _wilson(yes: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    z = special.ndtri((1 + level) / 2)
    centre = (yes + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(yes * (n - yes) / n + z**2 / 4) / (n + z**2)
    # at the ends the limits are 0 and 1, which rounding misses
    lower = np.where(yes == 0, 0.0, centre - half)
    return lower, np.where(yes == n, 1.0, centre + half)


def _jeffreys(yes: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    a, b, tail = yes + JEFFREYS, n - yes + JEFFREYS, (1 - level) / 2
    lower = np.where(yes == 0, 0.0, special.betaincinv(a, b, tail))
    return lower, np.where(yes == n, 1.0, special.betaincinv(a, b, 1 - tail))


def _whole(name: str, given: ArrayLike) -> Floats:
    array = np.atleast_1d(np.asarray(given))
    whole = array.ndim == 1 and array.dtype.kind in "iuf" and array.size > 0
    if not whole or not (np.isfinite(array) & (array % 1 == 0) & (array >= 0)).all():
        raise checks.InputError(
            f"`{name}` must be a whole number, or several, none negative, got {given!r}."
        )
    return array.astype(float)
