"""What is known, before answers are collected, of how much they will vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.aggregates.scores import ScoreCounts
from npsstats.estimation.categories import Categories
from npsstats.estimation.limits import ADDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["TYPICAL", "Known", "known"]

TYPICAL = 0.67
"""Variance of an answer unless told: as many detractors as passives and promoters (2/3)."""


@dataclass(frozen=True)
class Known:
    """Variance of an answer and, where it is known, the score itself; one entry a group.

    Attributes
    ----------
    variance
        In shares², above 0 to 1.
    shares
        Detractors, passives and promoters, or None.
    fingerprint
        Of the counts it comes from; "none" where there are none.
    assumed
        The variance is `TYPICAL` because nothing was said.
    """

    variance: tuple[float, ...]
    shares: tuple[tuple[float, float, float], ...] | None
    fingerprint: str = "none"
    assumed: bool = False

    def expected(self) -> float:
        """Return the score, or the difference first − second, a share; NaN where not known."""
        if self.shares is None:
            return float("nan")
        net = [promoters - detractors for detractors, _, promoters in self.shares]
        return net[0] - (net[1] if len(net) == 2 else 0.0)


def known(variance: Any, shares: Any, counts: Any, *, groups: int) -> Known:
    """Return what one of the three arguments says; see `npsstats.margin` for them."""
    given = [
        name
        for name, value in (("variance", variance), ("shares", shares), ("counts", counts))
        if value is not None
    ]
    if len(given) > 1:
        raise checks.InputError(
            f"{' and '.join(f'`{name}`' for name in given)} say the same thing twice: give one."
        )
    if counts is not None:
        return _from_counts(counts, groups)
    if shares is not None:
        return _from_shares(shares, groups)
    if variance is None:
        return Known((TYPICAL,) * groups, None, assumed=True)
    values = tuple(variance) if isinstance(variance, tuple | list) else (variance,) * groups
    if len(values) != groups:
        raise checks.InputError(
            f"`variance` must be one number{' or a pair' if groups == 2 else ''}, got {variance!r}."
        )
    for value in values:
        checks.number("variance", value, low=0, high=1)
        if not value:
            raise checks.InputError(
                "`variance` must be above 0: with all answers the same there is nothing to plan. "
                "The worst case is 1, a usual one .67."
            )
    return Known(tuple(map(float, values)), None)


def _from_counts(counts: Any, groups: int) -> Known:
    categories = Categories(counts)
    _one_each("counts", len(categories.array), groups, isinstance(counts, ScoreCounts))
    array = categories.array + ADDED
    return _moments(array / array.sum(axis=1, keepdims=True), categories.fingerprint)


def _from_shares(shares: Any, groups: int) -> Known:
    try:
        array = np.atleast_2d(np.asarray(shares, dtype=float))
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    usable = array.ndim == 2 and array.shape[1] == 3 and (array >= 0).all()
    if not usable or not np.allclose(array.sum(axis=1), 1, atol=1e-6):
        raise checks.InputError(
            "`shares` must be detractors, passives and promoters that add up to 1, such as "
            f"(0.15, 0.30, 0.55), got {shares!r}. For answers, use `counts`."
        )
    _one_each("shares", len(array), groups, counted=False)
    found = _moments(array, "none")
    if min(found.variance) < 1e-12:
        raise checks.InputError(
            f"`shares` {shares!r} leave nothing to vary: all answers are the same. Give `counts`, "
            "whose uncertainty is then added, or a `variance`."
        )
    return found


def _moments(shares: Floats, fingerprint: str) -> Known:
    net = shares[:, 2] - shares[:, 0]
    variance = shares[:, 2] + shares[:, 0] - net**2
    triples = tuple((float(d), float(s), float(p)) for d, s, p in shares)
    return Known(tuple(map(float, variance)), triples, fingerprint)


def _one_each(name: str, got: int, groups: int, counted: bool) -> None:
    if got == groups:
        return
    remedy = "Add them up first: counts.sum()." if counted and groups == 1 else ""
    remedy = remedy or ("A difference takes two." if groups == 2 else "Give one row.")
    raise checks.InputError(
        f"`{name}` must be of {'one cell' if groups == 1 else 'two groups'}, got {got}. {remedy}"
    )
