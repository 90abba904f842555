"""The effect by days since assignment: a hazard ratio for each stretch of days.

References
----------
Therneau, T. M. & Grambsch, P. M. (2000). Modeling Survival Data, section 6.5 (step functions of
time).
Newcombe, R. G. (1998). Interval estimation for the difference between independent proportions.
Statistics in Medicine 17(8), 873–890 (method 10, for the difference of daily chances).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.experiments.duration.at_window import limits_of_difference
from npsstats.experiments.duration.efron import CoxFit, TiedEvents, fit_cox
from npsstats.experiments.duration.pairs import Pair, other_arms, pair
from npsstats.experiments.duration.robust import freedom, score_variance
from npsstats.experiments.duration.shrink import shrink
from npsstats.experiments.duration.spread import Spread
from npsstats.results import Provenance, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.durations import DurationCounts

__all__ = ["EffectByDay", "effect_by_day"]

_BREAKS = (7, 30)  # a week and a month
_SPREAD = 0.35  # scale of τ: hazard ratios of two stretches rarely differ by more than twice


@dataclass(frozen=True, repr=False)
class EffectByDay(Result):
    """Hazard ratios by stretch of days, a row an arm and stretch.

    `estimate`, `lower` and `upper` are the stretch's own ratio, treatment over control;
    `shrunk` and its limits draw it towards the ratio of the other stretches.
    """

    title: ClassVar[str] = "Effect by days since assignment (hazard ratio)"

    @override
    def headline(self) -> str:
        return " ".join(
            _fading(str(arm), rows) for arm, rows in self.frame.groupby("arm", sort=False)
        )

    @override
    def shown(self) -> pd.DataFrame:
        table = self.frame
        shown = table[["arm", "events_control", "events_treatment"]].copy()
        shown.insert(
            1, "days", [f"{a}–{b}" for a, b in table[["first_day", "last_day"]].to_numpy()]
        )
        for name in ("estimate", "lower", "upper", "shrunk", "shrunk_lower", "shrunk_upper"):
            shown[name] = [f"{value:.2f}" for value in table[name]]
        return shown.assign(probability=table["probability"])


def effect_by_day(
    counts: DurationCounts,
    *,
    control: str,
    treatment: str | None = None,
    window: int,
    breaks: Sequence[int] | None = None,
    cluster: str | None = None,
    strata: str | Sequence[str] = (),
    level: float = 0.95,
) -> EffectByDay:
    """Return the hazard ratio of each stretch of days since assignment.

    Parameters
    ----------
    counts
        By `arm` (and cluster, strata).
    control, treatment
        Arms; None for the treatment takes every other arm.
    window
        Last day that is looked at.
    breaks
        Last day of each stretch but the last: (7, 30) with a window of 60 makes 1–7, 8–30, 31–60.
        None for those of 7 and 30 that lie below the window (and end a bin of days).
        State them in the plan: stretches chosen after a look at the curves find what was seen.
    cluster, strata
        As for `duration`.
    level
        Of all limits.

    Returns
    -------
    EffectByDay
        `frame` with arm, first_day, last_day, at_risk_* and events_* of both arms, hazard_*
        (chance of an event a day), hazard_difference with its limits (treatment − control, units
        taken as independent), estimate (hazard ratio), std_error (of its logarithm), lower, upper
        (profile likelihood; with clusters, robust on the log scale), p_value, shrunk,
        shrunk_lower, shrunk_upper, probability (that the ratio is above 1), level.

    Notes
    -----
    Units still without an event on day 8 are no longer those that chance made alike: a treatment
    that hastens the ready leaves the slow. A later ratio on the other side of 1 may be that.

    Examples
    --------
    >>> from npsstats.aggregates.durations import DurationCounts
    >>> counts = DurationCounts.from_values(
    ...     [1, 1, 2, 9, 9, 4, 5, 6, 7, 9], [1, 1, 1, 0, 1, 1, 1, 1, 1, 0],
    ...     {"arm": ["a"] * 5 + ["b"] * 5},
    ... )
    >>> found = effect_by_day(counts, control="a", window=9, breaks=(4,)).frame
    >>> found[["first_day", "last_day", "events_control", "events_treatment"]]
       first_day  last_day  events_control  events_treatment
    0          1         4               3                 1
    1          5         9               1                 3
    """
    level = checks.fraction("level", level)
    window = checks.count("window", window, least=1)
    if breaks is None:
        breaks = [day for day in _BREAKS if day < window and (day + 1) % counts.bin == 0]
    ends = [checks.count("breaks", int(b), least=1) for b in breaks]
    if ends != sorted(set(ends)) or (ends and ends[-1] >= window):
        raise checks.InputError(
            f"`breaks` must rise and stay under the window of {window} days, got {tuple(breaks)!r}."
        )
    if any((end + 1) % counts.bin for end in ends):
        raise checks.InputError(
            f"`breaks` must be last days of bins of {counts.bin} days, got {tuple(breaks)!r}."
        )
    rows: list[dict[str, Any]] = []
    for arm in other_arms(counts, control, treatment):
        both = pair(counts, control, arm, window, cluster=cluster, strata=strata)
        rows += [{"arm": arm, **row} for row in _stretches(both, [*ends, window], level)]
    options = {
        "control": control,
        "window": window,
        "breaks": tuple(ends),
        "cluster": cluster,
        "strata": strata,
        "level": level,
    }
    made = Provenance("Cox by stretch of days, Efron ties", options, counts.fingerprint)
    return EffectByDay(pd.DataFrame(rows).assign(level=level), (), made)


def _stretches(both: Pair, ends: list[int], level: float) -> list[dict[str, Any]]:
    first = 0 if both.arms[0][:, 0].any() else 1
    rows, logs, errors = [], [], []
    for start, stop in zip([first, *(end + 1 for end in ends[:-1])], ends, strict=True):
        tied = TiedEvents.of(both, start, stop)
        fit = fit_cox(tied)
        ratio = _ratio(fit, both, level)
        logs.append(ratio.pop("log"))
        errors.append(ratio.pop("log_error"))
        rows.append(
            {
                "first_day": start,
                "last_day": stop,
                **_hazards(both, start, stop, level),
                **ratio,
            }
        )
    pulled = shrink(np.array(logs), np.array(errors), scale=_SPREAD, level=level)
    for k, row in enumerate(rows):
        row["shrunk"] = float(np.exp(pulled.mean[k]))
        row["shrunk_lower"] = float(np.exp(pulled.lower[k]))
        row["shrunk_upper"] = float(np.exp(pulled.upper[k]))
        row["probability"] = float(pulled.above[k])
    return rows


def _ratio(fit: CoxFit, both: Pair, level: float) -> dict[str, float]:
    spread = Spread(np.inf if both.cluster is None else freedom(both))
    z = spread.quantile(level)
    error = fit.std_error
    if both.cluster is not None and np.isfinite(error):
        influence = fit.contributions(both).sum(axis=1) / fit.information
        error = float(np.sqrt(score_variance(influence, both)))
        ends = (fit.beta - z * error, fit.beta + z * error)
        p_value = spread.two_sided(fit.beta / error)
    else:
        ends = fit.profile(z)
        p_value = fit.p_value()
    log, log_error = fit.beta, error
    if not np.isfinite(error):
        # one arm without an event: Peto's one step from a ratio of 1 is finite
        information = float(fit.tied.sums(0.0).spread.sum()) if len(fit.tied.day) else 0.0
        log = fit.tied.score(0.0) / information if information > 0 else 0.0
        log_error = information**-0.5 if information > 0 else np.inf
    return {
        "estimate": float(np.exp(fit.beta)),
        "std_error": error,
        "lower": float(np.exp(ends[0])),
        "upper": float(np.exp(ends[1])),
        "p_value": p_value,
        "log": log,
        "log_error": log_error,
    }


def _hazards(both: Pair, start: int, stop: int, level: float) -> dict[str, float | int]:
    from statsmodels.stats.proportion import proportion_confint

    events, at_risk = both.arms
    d = events[:, start : stop + 1].sum(axis=1)
    days = at_risk[:, start : stop + 1].sum(axis=1)
    row: dict[str, float | int] = {}
    for k, name in enumerate(("control", "treatment")):
        row[f"at_risk_{name}"] = int(at_risk[k, start])
        row[f"events_{name}"] = int(d[k])
    if (days <= 0).any():
        names = ("hazard_control", "hazard_treatment", "hazard_difference")
        return row | dict.fromkeys((*names, "hazard_lower", "hazard_upper"), np.nan)
    limits = proportion_confint(d, days, alpha=1 - level, method="wilson")
    chance = d / days
    lower, upper = limits_of_difference(chance, limits, 0.0)
    return row | {
        "hazard_control": float(chance[0]),
        "hazard_treatment": float(chance[1]),
        "hazard_difference": float(chance[1] - chance[0]),
        "hazard_lower": lower,
        "hazard_upper": upper,
    }


def _fading(arm: str, rows: pd.DataFrame) -> str:
    apart = (rows["shrunk_lower"] > 1) | (rows["shrunk_upper"] < 1)
    names = [f"{a}–{b}" for a, b in rows[["first_day", "last_day"]].to_numpy()]
    seen = [name for name, yes in zip(names, apart, strict=True) if yes]
    rest = [name for name, yes in zip(names, apart, strict=True) if not yes]
    if not seen:
        return f"{arm}: no stretch of days shows a ratio apart from 1."
    if not rest:
        return f"{arm}: the ratio is apart from 1 in every stretch of days."
    return f"{arm}: the ratio is apart from 1 in days {', '.join(seen)}; not in {', '.join(rest)}."
