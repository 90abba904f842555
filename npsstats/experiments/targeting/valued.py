"""Rows and curves of values: money a customer, against nobody and against chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.checks import InputError
from npsstats.experiments.targeting.rules import called

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.heterogeneity.cells import EffectCells
    from npsstats.experiments.targeting.rules import Learnt
    from npsstats.experiments.targeting.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = [
    "AUTOC",
    "CHANCE",
    "CURVE",
    "EVERYBODY",
    "QINI",
    "RULE",
    "RULE_BY_CHANCE",
    "Money",
    "design_shares",
    "value_curve",
    "value_rows",
]

RULE = "the rule, against calling nobody"
EVERYBODY = "everybody, against calling nobody"
CHANCE = "as many at random, against calling nobody"
RULE_BY_CHANCE = "the rule, against as many at random"
QINI, AUTOC = "Qini", "AUTOC"

CURVE = np.linspace(0, 1, 21)
"""Capacities of the curve, as shares of the customers."""

_BAND_DRAWS = 4000
_NOTHING = 1e-12


@dataclass(frozen=True)
class Money:
    """What a rule is made for: arms (control, treatment), capacity as a share, and prices."""

    arms: tuple[str, str]
    outcome: str
    capacity: float
    eligible: float | None
    contribution: float
    cost: float

    def net(self, effect: Floats) -> Floats:
        """Return the net gain of a call."""
        return self.contribution * effect - self.cost


def design_shares(cells: EffectCells, share: float | str | None) -> Floats:
    """Return the share of calls by design, (cells,).

    Raises
    ------
    InputError
        If it is not between 0 and 1, or the key within which it differs is not there.
    """
    n = cells.n.astype(float)
    if share is None:
        return np.full(len(n), n[:, 1].sum() / n.sum())
    if not isinstance(share, str):
        return np.full(len(n), checks.fraction("share", share))
    checks.one_of("share", share, [str(key) for key in cells.labels.columns])
    codes = pd.factorize(cells.labels[share])[0]
    total = np.bincount(codes, n.sum(axis=1))
    found = np.bincount(codes, n[:, 1]) / total
    if ((found <= 0) | (found >= 1)).any():
        raise InputError(
            f"A label of `{share}` has one arm only: there is no share of calls to weight by. "
            "Leave its customers out, or merge labels."
        )
    return np.asarray(found[codes])


def value_rows(
    scores: Scores,
    rules: Floats,
    ranks: Floats,
    money: Money,
    level: float,
    ratios: tuple[Floats, Floats] | None = None,
) -> pd.DataFrame:
    """Return a row an estimand; `rules` is (folds, cells), `ranks` (2, folds, cells).

    `ratios` are those of `variance_ratios`, where rules were learnt on the other folds.
    """
    units = scores.n.sum(axis=2)
    calls = float((rules * units).sum() / units.sum())
    of_fold = (rules * units).sum(axis=1) / units.sum(axis=1)
    flat = np.ones_like(rules)
    against_nobody = np.stack([rules, flat, flat * of_fold[:, None]])
    value, covariance = scores.worth(against_nobody)
    over, over_covariance = scores.worth(np.concatenate([rules[None], ranks]), against_chance=True)
    estimate = np.concatenate([value, over])
    variance = np.concatenate([np.diag(covariance), np.diag(over_covariance)])
    if ratios is not None:
        variance *= np.concatenate([[ratios[0][0], 1.0, 1.0], ratios[1][:3]])
    error = np.sqrt(np.maximum(variance, 0.0))
    some = error > _NOTHING
    z = np.divide(estimate, error, out=np.full(len(error), np.nan), where=some)
    reach = special.ndtri((1 + level) / 2) * error
    called_share = np.array([calls, 1.0, calls, calls, np.nan, np.nan])
    each = np.divide(estimate, called_share, out=np.full(6, np.nan), where=called_share > 0)
    return pd.DataFrame(
        {
            "estimand": [RULE, EVERYBODY, CHANCE, RULE_BY_CHANCE, QINI, AUTOC],
            "calls": called_share,
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - reach,
            "upper": estimate + reach,
            "level": level,
            "p_value": np.where(some, 2 * special.ndtr(-np.abs(z)), np.nan),
            "probability": np.where(some, special.ndtr(z), 0.5),
            "per_call": each,
            "a_month": estimate * (money.eligible or np.nan),
        }
    )


def value_curve(
    scores: Scores,
    learnt: Sequence[Learnt],
    money: Money,
    level: float,
    seed: int,
    ratios: tuple[Floats, Floats],
) -> pd.DataFrame:
    """Return the value of calling 0, 5, … 100 % of the customers, the best first."""
    rules = np.stack([called(money.net(o.effect), o.share, CURVE) for o in learnt], axis=1)
    value, covariance = scores.worth(rules)
    over, over_covariance = scores.worth(rules, against_chance=True)
    error = np.sqrt(np.maximum(ratios[0][3:] * np.diag(covariance), 0.0))
    z = float(special.ndtri((1 + level) / 2))
    wide = _band(covariance, error, level, seed)
    return pd.DataFrame(
        {
            "capacity": CURVE,
            "estimate": value,
            "std_error": error,
            "lower": value - z * error,
            "upper": value + z * error,
            "band_lower": value - wide * error,
            "band_upper": value + wide * error,
            "random": CURVE * value[-1],
            "gain": over,
            "gain_std_error": np.sqrt(np.maximum(ratios[1][3:] * np.diag(over_covariance), 0.0)),
        }
    )


def _band(covariance: Floats, error: Floats, level: float, seed: int) -> float:
    """Return the multiple of the errors that holds a whole curve, by the law of its maximum."""
    some = error > _NOTHING
    if not some.any():
        return float(special.ndtri((1 + level) / 2))
    alone = np.sqrt(np.diag(covariance)[some])
    scaled = covariance[np.ix_(some, some)] / np.outer(alone, alone)
    values, vectors = np.linalg.eigh(scaled)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = np.random.default_rng(seed).normal(size=(_BAND_DRAWS, len(values))) @ root.T
    return float(np.quantile(np.abs(drawn).max(axis=1), level))
