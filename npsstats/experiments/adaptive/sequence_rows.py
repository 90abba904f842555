"""The rows of `arm_sequences`: each reading of the batches, an arm or a pair of arms at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.estimation.limits import normal_quantile, wald_limits
from npsstats.experiments.adaptive.exact import (
    Band,
    difference_band,
    net_band,
    running,
    share_band,
)
from npsstats.experiments.adaptive.projected import expected_level, projected_band
from npsstats.experiments.adaptive.within import LEAST, Moments, within_batches
from npsstats.experiments.binary.differences import wilson_limits
from npsstats.experiments.sequential.batches import MOST, Batches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.adaptive.batched import Batched

    Counts = NDArray[np.int64]
    Floats = NDArray[np.float64]

__all__ = ["CONSTANT", "EXACT", "ODDS", "WITHIN", "Asked", "arm_rows", "pair_rows"]

CONSTANT = "exact, constant rates"
WITHIN = "within batches, asymptotic"
EXACT = "within batches, exact"
ODDS = "within batches, exact given totals"


class Asked(NamedTuple):
    """What is wanted: the level of a family of sequences, its α for each, the planned end."""

    level: float
    alpha_arm: float
    alpha_pair: float
    planned: float


def arm_rows(data: Batched, asked: Asked) -> list[pd.DataFrame]:
    """Return the response of every arm, and its NPS where there are scores; constant rates."""
    invited, answered = (
        part.cumsum(axis=0).astype(float) for part in (data.invited, data.answered)
    )
    band = running(share_band(answered, invited, asked.alpha_arm))
    share = _over(answered, invited)
    error = np.sqrt(share * (1 - share) * _over(1.0, invited))
    plain = _wilson(answered, invited, asked.level)
    rows = _by_arm(data, "response", "share", (share, error), band, plain)
    if data.categories is not None:
        counts = data.categories.cumsum(axis=0).astype(float)
        band = running(net_band(counts, asked.alpha_arm))
        plain, net, error = _wald(counts, asked.level)
        rows += _by_arm(
            data, "NPS", "points", (100 * net, 100 * error), _times(band), _times(plain)
        )
    return rows


def pair_rows(data: Batched, treated: int, control: int, asked: Asked) -> list[pd.DataFrame]:
    """Return every reading of treated − control; the arms by their places."""
    labels = {"arm": data.arms[treated], "against": data.arms[control]}
    sent, came = (part.cumsum(axis=0).astype(float) for part in (data.invited, data.answered))
    (n1, x1), (n0, x0) = ((sent[:, arm], came[:, arm]) for arm in (treated, control))
    band = running(difference_band((x1, n1), (x0, n0), asked.alpha_pair))
    p1, p0 = _over(x1, n1), _over(x0, n0)
    gap = p1 - p0
    error = np.sqrt(p1 * (1 - p1) * _over(1.0, n1) + p0 * (1 - p0) * _over(1.0, n0))
    head = labels | {"estimand": "response difference", "unit": "share"}
    rows = [
        _frame(data, head | {"method": CONSTANT}, (gap, error), band, asked.level, n1, sign=0.0)
    ]
    silent = sent - came
    seen = np.minimum(came, silent)[:, [treated, control]].min(axis=1)
    moments = [_response(data, arm) for arm in (treated, control)]
    asymptotic = _within(data, head, moments, seen, asked, n1)
    rows.append(_projected(data, head, treated, control, asked, asymptotic))
    rows.append(asymptotic)
    if odds := _odds(data, labels, treated, control, asked):
        rows += odds
    if data.categories is not None:
        rows += _net(data, labels, treated, control, asked)
    return rows


def _response(data: Batched, arm: int) -> Moments:
    n, x = data.invited[:, arm].astype(float), data.answered[:, arm]
    mean = _over(x, n)
    return Moments(n, mean, n * mean * (1 - mean) * _over(1.0, n - 1))


def _scores(data: Batched, arm: int) -> Moments:
    counts = np.asarray(data.categories)[:, arm].astype(float)
    n = counts.sum(axis=-1)
    net, both = _over(counts[:, 2] - counts[:, 0], n), _over(counts[:, 2] + counts[:, 0], n)
    return Moments(n, net, n * (both - net**2) * _over(1.0, n - 1))


def _within(
    data: Batched,
    head: dict[str, Any],
    moments: list[Moments],
    seen: Counts,
    asked: Asked,
    n: Counts | Floats,
    scale: float = 1.0,
) -> pd.DataFrame:
    path = within_batches(
        *moments,
        planned=asked.planned / len(data.arms) / 2,
        alpha=asked.alpha_pair,
        begun=seen >= LEAST,
    )
    most = 1.0 if head["unit"] == "share" else 2.0  # what a difference of two can be at most
    band = Band(np.clip(path.lower, -most, most), np.clip(path.upper, -most, most))
    both = scale * path.estimate, scale * path.std_error
    head = head | {"method": WITHIN}
    return _frame(data, head, both, _times(band, scale), asked.level, n, sign=0.0)


def _projected(
    data: Batched,
    head: dict[str, Any],
    treated: int,
    control: int,
    asked: Asked,
    asymptotic: pd.DataFrame,
) -> pd.DataFrame:
    pair = (treated, control)
    sent, came = data.invited.astype(float), data.answered.astype(float)
    band = projected_band(
        (came[:, treated], came[:, control]),
        (sent[:, treated], sent[:, control]),
        expected_level(came, sent, pair),
        planned=asked.planned / len(data.arms) / 2,
        alpha=asked.alpha_pair,
    )
    both = asymptotic["estimate"].to_numpy(), asymptotic["std_error"].to_numpy()
    n = asymptotic["n"].to_numpy()
    return _frame(data, head | {"method": EXACT}, both, running(band), asked.level, n, sign=0.0)


def _net(
    data: Batched, labels: dict[str, str], treated: int, control: int, asked: Asked
) -> list[pd.DataFrame]:
    moments = [_scores(data, arm) for arm in (treated, control)]
    kinds = np.asarray(data.categories)[:, [treated, control]].cumsum(axis=0)
    # answers of another kind than the most frequent one: the spread rests on them
    seen = (kinds.sum(axis=-1) - kinds.max(axis=-1)).min(axis=1)
    head = labels | {"estimand": "NPS difference", "unit": "points"}
    answering = max(float(data.answered[0].sum()), 1.0) / max(float(data.invited[0].sum()), 1.0)
    fewer = asked._replace(planned=asked.planned * answering)
    n = kinds.sum(axis=-1)[:, 0]
    return [_within(data, head, moments, seen, fewer, n, 100.0)]


def _odds(
    data: Batched, labels: dict[str, str], treated: int, control: int, asked: Asked
) -> list[pd.DataFrame]:
    pair = [control, treated]
    events, units = data.answered[:, pair], data.invited[:, pair]
    if events.sum(axis=1).max() > MOST:
        return []
    found = Batches(events, units, 2 * asked.planned / len(data.arms)).read(asked.alpha_pair)
    band = Band(np.array([one.lower for one in found]), np.array([one.upper for one in found]))
    estimate = np.array([one.estimate for one in found])
    head = labels | {"estimand": "odds ratio", "unit": "ratio", "method": ODDS}
    both = estimate, np.full(len(found), np.nan)
    frame = _frame(data, head, both, running(band), asked.level, units[:, 1].cumsum(), sign=1.0)
    return [frame.assign(naive_lower=np.nan, naive_upper=np.nan)]


def _by_arm(
    data: Batched, estimand: str, unit: str, both: tuple[Floats, Floats], band: Band, plain: Band
) -> list[pd.DataFrame]:
    best = np.nanmax(np.where(np.isnan(band.lower), -np.inf, band.lower), axis=1)
    out = np.where(band.upper < best[:, None], "ruled out", "can be best").astype(object)
    out[np.isnan(band.lower)] = "contradicted"
    n = data.invited if estimand == "response" else data.answered
    return [
        pd.DataFrame(
            {
                "look": np.arange(1, len(data.batches) + 1),
                "batch": data.batches,
                "arm": name,
                "against": "",
                "estimand": estimand,
                "method": CONSTANT,
                "unit": unit,
                "estimate": both[0][:, arm],
                "std_error": both[1][:, arm],
                "lower": band.lower[:, arm],
                "upper": band.upper[:, arm],
                "naive_lower": plain.lower[:, arm],
                "naive_upper": plain.upper[:, arm],
                "n": n.cumsum(axis=0)[:, arm],
                "decision": out[:, arm],
            }
        )
        for arm, name in enumerate(data.arms)
    ]


def _frame(
    data: Batched,
    head: dict[str, Any],
    both: tuple[Floats, Floats],
    band: Band,
    level: float,
    n: Counts | Floats,
    *,
    sign: float,
) -> pd.DataFrame:
    """Return a row a batch; `sign` is the value of no difference."""
    apart = (band.lower > sign) | (band.upper < sign)
    decision = np.where(apart, "differs", "open").astype(object)
    decision[np.isnan(band.lower)] = "contradicted"
    half = normal_quantile(level) * both[1]
    return pd.DataFrame(
        {
            "look": np.arange(1, len(data.batches) + 1),
            "batch": data.batches,
            **head,
            "estimate": both[0],
            "std_error": both[1],
            "lower": band.lower,
            "upper": band.upper,
            "naive_lower": both[0] - half,
            "naive_upper": both[0] + half,
            "n": n.astype(np.int64),
            "decision": decision,
        }
    )


def _over(a: Any, b: Any) -> Floats:
    """Return a / b, NaN-free: 0 where there is nothing to divide by."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.asarray(np.divide(a, b, out=np.zeros(b.shape), where=b > 0))


def _times(band: Band, scale: float = 100.0) -> Band:
    return Band(scale * band.lower, scale * band.upper)


def _wilson(answered: Floats, invited: Floats, level: float) -> Band:
    n = np.maximum(invited, 1.0)
    limits = wilson_limits(answered.ravel(), n.ravel(), level)
    ends = (end.reshape(invited.shape) for end in limits)
    return Band(*(np.where(invited > 0, end, np.nan) for end in ends))


def _wald(counts: Floats, level: float) -> tuple[Band, Floats, Floats]:
    flat = counts.reshape(-1, 3)
    some = flat.sum(axis=1) > 0
    found = np.full((4, len(flat)), np.nan)
    found[:, some] = wald_limits(flat[some], normal_quantile(level))
    net, error, lower, upper = (part.reshape(counts.shape[:-1]) for part in found)
    return Band(lower, upper), net, error
