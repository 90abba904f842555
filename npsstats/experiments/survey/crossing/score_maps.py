r"""Maps from the scores one questionnaire gets to the NPS another one would get.

Both are fitted to two arms' shares of the eleven scores, F before and G after (cumulative):

- *equipercentile*: the answers of an old score k hold the percentiles F(k−1) … F(k), and become
  what holds these percentiles in the new arm. An old score is thereby worth, in points of the new
  NPS, the mean of −100, 0 and +100 over its percentiles,

      v(k) = [W(F(k)) − W(F(k−1))] / [F(k) − F(k−1)],
      W(u) = −100 min(u, G(6)) + 100 max(u − G(8), 0),

  and the NPS elsewhere is Σ p(k) v(k): a line in the shares, so that what holds in every store
  holds in their sum, and few answers bring no bias;
- *cumulative*: at each of the ten cuts the log-odds of a score at or below it move by what they
  move by in the experiment, δ(k) = logit G(k) − logit F(k).

Both give the new arm's NPS where the old shares are the old arm's. Draws come first in every shape.

References
----------
Kolen, M. J. & Brennan, R. L. (2014). Test Equating, Scaling, and Linking, 3rd ed., chapter 2.
McCullagh, P. (1980). Regression models for ordinal data. JRSS B 42(2), 109–142.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.special import expit, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Cumulative", "Equipercentile", "ScoreMap", "net", "spread_prior", "transition"]

_DETRACTOR, _PASSIVE = 6, 8
_POINTS = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])
_TINY = 1e-13  # a share below this is nobody's: the score is worth what its place is worth
_FAR = 36.0  # log-odds at which a share is 0 or 1 to the last bit
_LITTLE = 0.1  # answers a score that nobody gave still gets, when a half is shared out


class ScoreMap(Protocol):
    """A map, as draws of it."""

    def of(self, shares: Floats) -> Floats:
        """Return NPS (points) the new way; one draw of the shares a draw, (draws, 11)."""

    def at(self, shares: Floats) -> Floats:
        """Return NPS (points) the new way at known shares (cells, 11): (draws, cells)."""

    def influence(self, shares: Floats) -> Floats:
        """Return what an answer of each score moves that NPS by, at shares (cells, 11): same."""


@dataclass(frozen=True)
class Equipercentile:
    """What each old score is worth: (draws, 11) points of the new NPS."""

    values: Floats

    @classmethod
    def between(cls, old: Floats, new: Floats) -> Equipercentile:
        """Return the map from shares `old` to shares `new`, both (draws, 11).

        Examples
        --------
        >>> old = np.array([[0, 0, 0, 0, 0, 0, 0.4, 0.2, 0.1, 0.2, 0.1]])
        >>> new = np.array([[0, 0, 0, 0, 0, 0, 0.3, 0.2, 0.1, 0.3, 0.1]])
        >>> Equipercentile.between(old, new).values.round(1)[0, 6:].tolist()
        [-75.0, 0.0, 100.0, 100.0, 100.0]
        """
        above = np.cumsum(old, axis=1)
        below = above - old
        after = np.cumsum(new, axis=1)
        low, high = after[:, [_DETRACTOR]], after[:, [_PASSIVE]]

        def worth(u: Floats) -> Floats:
            return np.asarray(100.0 * (np.maximum(u - high, 0.0) - np.minimum(u, low)))

        place = 100.0 * (above > high) - 100.0 * (above <= low)
        values = np.array(place)
        np.divide(worth(above) - worth(below), old, out=values, where=old > _TINY)
        return cls(np.clip(values, -100.0, 100.0))

    def of(self, shares: Floats) -> Floats:
        """Return NPS (points), a draw of the shares each."""
        return np.asarray((self.values * shares).sum(axis=1))

    def at(self, shares: Floats) -> Floats:
        """Return NPS (points) at known shares."""
        return np.asarray(self.values @ shares.T)

    def influence(self, shares: Floats) -> Floats:
        """Return the mean worth of a score, whatever the shares."""
        return np.broadcast_to(self.values.mean(axis=0), shares.shape)


@dataclass(frozen=True)
class Cumulative:
    """Shifts of the log-odds of a score at or below each of the ten cuts: (draws, 10)."""

    shifts: Floats

    @classmethod
    def between(cls, old: Floats, new: Floats) -> Cumulative:
        """Return the map from shares `old` to shares `new`, both (draws, 11)."""
        return cls(_log_odds(new) - _log_odds(old))

    def of(self, shares: Floats) -> Floats:
        """Return NPS (points), a draw of the shares each."""
        return _net_of(expit(_log_odds(shares) + self.shifts))

    def at(self, shares: Floats) -> Floats:
        """Return NPS (points) at known shares."""
        return _net_of(expit(_log_odds(shares) + self.shifts[:, None, :]))

    def influence(self, shares: Floats) -> Floats:
        """Return the derivative of the NPS by the shares."""
        before = np.clip(np.cumsum(shares, axis=1)[:, [_DETRACTOR, _PASSIVE]], 1e-9, 1 - 1e-9)
        after = expit(logit(before) + self.shifts.mean(axis=0)[[_DETRACTOR, _PASSIVE]])
        slope = after * (1 - after) / (before * (1 - before))
        score = np.arange(shares.shape[1])
        return np.asarray(
            -100.0 * (slope[:, :1] * (score <= _DETRACTOR) + slope[:, 1:] * (score <= _PASSIVE))
        )


def net(shares: Floats) -> Floats:
    """Return NPS (points) of shares, (…, 11)."""
    return np.asarray(shares @ _POINTS)


def transition(old: Floats, new: Floats) -> Floats:
    """Return which share of each old score becomes each new one, equipercentile.

    Parameters
    ----------
    old, new
        Shares of the scores, (11,).

    Returns
    -------
    (11, 11) shares, a row an old score; rows add up to 1, or to 0 where nobody gave the score.

    Examples
    --------
    >>> old = np.array([0, 0, 0, 0, 0, 0, 0.4, 0.2, 0.1, 0.2, 0.1])
    >>> new = np.array([0, 0, 0, 0, 0, 0, 0.3, 0.2, 0.1, 0.3, 0.1])
    >>> transition(old, new)[6, 6:8].round(2).tolist()
    [0.75, 0.25]
    """
    before, after = np.cumsum(old), np.cumsum(new)
    top = np.minimum(before[:, None], after)
    bottom = np.maximum((before - old)[:, None], after - new)
    shared = np.maximum(top - bottom, 0.0)
    total = shared.sum(axis=1, keepdims=True)
    parts = np.zeros_like(shared)
    np.divide(shared, total, out=parts, where=old[:, None] > _TINY)
    return np.asarray(parts)


def spread_prior(counts: Floats) -> Floats:
    """Return half an answer a category, shared out over its scores as `counts` are, (11,).

    Summed over the scores of a category it is Jeffreys' prior, that of `npsstats.estimate`.

    Examples
    --------
    >>> prior = spread_prior(np.array([0, 0, 0, 0, 0, 1, 1, 1, 3, 2, 2]))
    >>> prior[7:].round(2).tolist(), float(prior.sum())
    ([0.13, 0.37, 0.25, 0.25], 1.5)
    """
    some = np.asarray(counts, dtype=float) + _LITTLE
    starts = [0, _DETRACTOR + 1, _PASSIVE + 1]
    total = np.repeat(np.add.reduceat(some, starts), [7, 2, 2])
    return np.asarray(0.5 * some / total)


def _log_odds(shares: Floats) -> Floats:
    """Return the log-odds of a score at or below each cut, finite, (…, 10)."""
    below = np.cumsum(shares, axis=-1)[..., :-1]
    above = np.cumsum(shares[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    with np.errstate(divide="ignore"):
        odds = np.log(below) - np.log(above)
    return np.asarray(np.clip(odds, -_FAR, _FAR))


def _net_of(below: Floats) -> Floats:
    """Return NPS (points) of cumulative shares, whose order the shifts may have upset."""
    low, high = below[..., _DETRACTOR], below[..., _PASSIVE]
    return np.asarray(100.0 * (1.0 - np.maximum(low, high) - low))
