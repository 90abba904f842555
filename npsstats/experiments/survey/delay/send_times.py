"""Days of the week and hours of sending, each against the others at its own arms and journeys.

When a questionnaire leaves follows from when the customer came and from the delay, so an evening
holds other delays than a morning. Each day (band of hours) is therefore compared with the other
ones within arms and journeys: a Mantel–Haenszel difference.

References
----------
Greenland, S. & Robins, J. M. (1985). Estimation of a common effect parameter from sparse follow-up
data. Biometrics 41(1), 55–68 (the weighted difference; its variance here is that of drawing from
the stratum without replacement, under no difference).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats.checks import InputError
from npsstats.estimation.limits import normal_quantile
from npsstats.experiments.contrasts import LEAST_P
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.experiments.survey.asked import Asked

    Floats = NDArray[np.float64]

__all__ = ["SendTimes", "excess", "send_times"]

_BANDS = (0, 8, 11, 14, 17, 20, 24)
_DAYS = (
    said("Mon"), said("Tue"), said("Wed"), said("Thu"), said("Fri"), said("Sat"), said("Sun"),
)  # fmt: skip
_SAME = 0.01
_NAMED = {
    "response": said("response"),
    "NPS": said("NPS"),
    "weekday": said("weekday"),
    "hours": said("hours"),
}


@dataclass(frozen=True, repr=False)
class SendTimes(Result):
    """Response and NPS by weekday and by hours of sending, less those of the other ones.

    `frame`: key ("weekday", "hours"), value, quantity ("response", a share; "NPS", points), unit,
    observed, estimate (the difference within arms and journeys), std_error, lower, upper, level, n
    (invitations; answers, for NPS), p_value (of the key and quantity: no value differs).
    """

    title: ClassVar[str] = "By day and hour of sending"

    @override
    def shown(self) -> pd.DataFrame:
        scale = np.where(self.frame["unit"] == "share", 100, 1)
        names = ("observed", "estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: scale * self.frame[name] for name in names})


def send_times(asked: Asked) -> SendTimes:
    """Return how response and score differ by day and hour of sending.

    These are associations, unless the hour itself was drawn by lot: customers of a Saturday
    evening are not those of a Tuesday morning.

    Raises
    ------
    InputError
        If the plan names no moment of sending.
    """
    if not asked.there("sent_weekday"):
        raise InputError("the plan names no moment of sending: [survey] sent = …")
    journey = (asked.survey.journey,) if asked.survey.journey else ()
    counts = asked.counts("sent_weekday", "sent_hour", *journey)
    assert counts.scores is not None  # noqa: S101 - counted with scores
    cells = counts.cells
    strata = cells[["arm", *journey]].astype(str).agg("|".join, axis=1)
    table = pd.DataFrame(
        {
            "stratum": strata.groupby(strata).ngroup(),
            "weekday": cells["sent_weekday"].astype(int),
            "hours": np.searchsorted(_BANDS, cells["sent_hour"].astype(int), side="right") - 1,
            "invited": counts.invited,
            "answered": counts.answered,
            "net": counts.scores.promoters - counts.scores.detractors,
            "square": counts.scores.promoters + counts.scores.detractors,
        }
    )
    rows = []
    for key in ("weekday", "hours"):
        part = table.groupby(["stratum", key], as_index=False).sum()
        rows += _rows(part, key, asked.plan.level)
    doubt = said(
        "When a questionnaire leaves follows from when the customer came and from the delay: by "
        "day and hour these are associations."
    )
    frame = pd.DataFrame(rows)
    made = Provenance(
        "difference from the other days and hours, within arms and journeys",
        {"bands": list(_BANDS), "strata": ["arm", *journey]},
        counts.fingerprint,
    )
    return SendTimes(frame, (doubt, *_told(frame)), made)


def _rows(part: pd.DataFrame, key: str, level: float) -> list[dict[str, Any]]:
    rows = []
    z = normal_quantile(level)
    for quantity, unit, count, total, square, scale in (
        ("response", "share", "invited", "answered", "answered", 1.0),
        ("NPS", "points", "answered", "net", "square", 100.0),
    ):
        values = np.sort(part[key].unique())
        shape = (int(part["stratum"].max()) + 1, len(values))
        cells = [np.zeros(shape) for _ in range(3)]
        at = (part["stratum"].to_numpy(), np.searchsorted(values, part[key]))
        for cell, name in zip(cells, (count, total, square), strict=True):
            cell[at] = part[name]
        found, error, p_value = excess(*cells)
        n = cells[0].sum(axis=0)
        observed = cells[1].sum(axis=0) / np.maximum(n, 1)
        for place, value in enumerate(values):
            label = (
                str(_DAYS[value]) if key == "weekday" else f"{_BANDS[value]}–{_BANDS[value + 1]} h"
            )
            gap, spread = scale * found[place], scale * error[place]
            rows.append(
                {
                    "key": key,
                    "value": label,
                    "quantity": quantity,
                    "unit": unit,
                    "observed": scale * observed[place],
                    "estimate": gap,
                    "std_error": spread,
                    "lower": gap - z * spread,
                    "upper": gap + z * spread,
                    "level": level,
                    "n": int(n[place]),
                    "p_value": p_value,
                }
            )
    return rows


def excess(n: Floats, total: Floats, square: Floats) -> tuple[Floats, Floats, float]:
    """Return each column's mean less that of the other columns, within strata.

    Parameters
    ----------
    n, total, square
        Units, sum and sum of squares of their values, by stratum and column; (strata, columns).

    Returns
    -------
    tuple
        Differences and standard errors, (columns,), and the p-value of none being different, by
        the quadratic form of all of them.
    """
    whole = np.maximum(n.sum(axis=1, keepdims=True), 1)
    mean = total.sum(axis=1, keepdims=True) / whole
    variance = square.sum(axis=1, keepdims=True) / whole - mean**2
    gap = (total - n * mean).sum(axis=0)
    # given the strata's sums, columns are drawn from them without replacement
    share = n / whole
    # a column less all of them is its difference from the others, times their share
    heads = np.maximum((n * (1 - share)).sum(axis=0), 1e-9)
    spread = np.diag((variance * n).sum(axis=0)) - (variance * n).T @ share
    spread *= whole.sum() / max(whole.sum() - len(whole), 1)
    form = gap @ np.linalg.pinv(spread, hermitian=True) @ gap
    free = np.linalg.matrix_rank(spread, hermitian=True)
    p_value = max(float(special.chdtrc(free, form)), LEAST_P) if free else np.nan
    return gap / heads, np.sqrt(np.maximum(np.diag(spread), 0)) / heads, p_value


def _told(frame: pd.DataFrame) -> list[Said]:
    """Return what differs by more than chance."""
    lines = []
    for (key, quantity), rows in frame.groupby(["key", "quantity"], sort=False):
        if not rows["p_value"].iloc[0] < _SAME:
            continue
        row: Any = rows.iloc[int(rows["estimate"].abs().to_numpy().argmax())]
        day = {str(each): each for each in _DAYS}
        share = row.unit == "share"
        lines.append(
            said(
                "{quantity} differs by {key} of sending (p {p:.2g}), most at {value}: {gap:+.1f} "
                "{unit}.",
                quantity=_NAMED[str(quantity)],
                key=_NAMED[str(key)],
                p=row.p_value,
                value=day.get(row.value, row.value),
                gap=(100 if share else 1) * row.estimate,
                unit=said("points of percentage") if share else said("points"),
            )
        )
    return lines
