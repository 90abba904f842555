"""Survival curves: Kaplan–Meier on grouped person-periods, with Greenwood's errors.

References
----------
Kaplan, E. L. & Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53,
457–481. Greenwood, M. (1926). The natural duration of cancer. HMSO. Kalbfleisch, J. D. & Prentice,
R. L. (2002). The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4 (log-log bounds).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells

    Floats = NDArray[np.float64]

__all__ = ["SurvivalCurves", "kaplan_meier", "log_log_bounds"]

_VARYING = {"category", "score", "answers", "move", "score_age", "frequency", "monetary", "recency"}


@dataclass(frozen=True, repr=False)
class SurvivalCurves(Result):
    """Share still a customer after each period, a row a curve and period; shares from 0 to 1.

    Columns: `curve` (the label), `time` (periods), `at_risk`, `events`, `estimate`, `std_error`,
    `lower`, `upper`, `level`.
    """

    title: ClassVar[str] = "Share still a customer"
    by: str

    def at(self, time: int) -> pd.DataFrame:
        """Return the curves after so many periods: the last step at or before it."""
        checks.count("time", time)
        before = self.frame[self.frame["time"] <= time]
        return before.groupby("curve", sort=False, as_index=False).tail(1).reset_index(drop=True)

    @override
    def headline(self) -> str:
        last = int(self.frame.groupby("curve")["time"].max().min())
        rows: Any = self.at(last).itertuples()
        says = ", ".join(f"{100 * row.estimate:.1f} % ({row.curve})" for row in rows)
        return f"Still customers after {last} periods: {says}."

    @override
    def shown(self) -> pd.DataFrame:
        names = ("estimate", "std_error", "lower", "upper")
        return self.frame.assign(**{name: self.frame[name].map("{:.4f}".format) for name in names})


def kaplan_meier(
    cells: HazardCells, by: str | None = None, *, time: str | None = None, level: float = 0.95
) -> SurvivalCurves:
    """Return the share still a customer after each period since the start.

    Parameters
    ----------
    cells
        With tenure in single periods: `person_periods(..., tenure=range(1, 25))`, or contracts
        told by their tenure.
    by
        A key that does not change over a life; None draws one curve.
    time
        Key that counts periods from the start; `tenure` where its bands are single, else `period`
        where contracts are told by tenure.
    level
        Confidence level; bounds on the log-log scale.

    Raises
    ------
    InputError
        If the key of time has bands of several periods, or `by` changes over a life.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> rows = pd.DataFrame(
    ...     {"tenure": ["0", "1", "2"], "at_risk": [100, 80, 50], "events": [10, 8, 5]}
    ... )
    >>> kaplan_meier(HazardCells.from_frame(rows, ["tenure"])).frame["estimate"].round(3).tolist()
    [0.9, 0.81, 0.729]
    """
    checks.fraction("level", level)
    key, at = _time(cells, time)
    doubts = []
    # tenure counts whole periods before the one at risk in: after it, one more has passed
    passed = int(key == "tenure" and cells.levels.get("period", ("",))[0] != "000")
    last = cells.levels[key][-1]
    if last.endswith("+"):
        cells = cells.where(cells.code(key) < len(cells.levels[key]) - 1)
        if not len(cells):
            raise InputError(f"`time`: all customers are in the open band {last} of {key!r}.")
        doubts.append(
            said(
                "The curve ends before the band {last}, in which periods are together. Count "
                "more single periods for a longer one.",
                last=last,
            )
        )
    if by is not None:
        checks.one_of("by", by, [name for name in cells.keys if name != key])
        if by in _VARYING:
            raise InputError(
                f"`by`: {by!r} changes over a life, so nobody's life is a curve of one label. "
                "Use survival_curves(hazard(...), by=...), which says what a lasting label means."
            )
    grouped = cells.by(*([] if by is None else [by]), key)
    curve = np.zeros(len(grouped), int) if by is None else grouped.code(by).astype(int)
    labels = ("all",) if by is None else grouped.levels[by]
    order = np.lexsort((at[grouped.code(key)], curve))
    frames = []
    for place in np.unique(curve):
        rows = order[curve[order] == place]
        n, gone = grouped.at_risk[rows].astype(float), grouped.events[rows].astype(float)
        estimate, error = _product_limit(n, gone)
        lower, upper = log_log_bounds(estimate, error, level)
        frames.append(
            pd.DataFrame(
                {
                    "curve": labels[place],
                    "time": at[grouped.code(key)][rows] + passed,
                    "at_risk": n.astype(int),
                    "events": gone.astype(int),
                    "estimate": estimate,
                    "std_error": error,
                    "lower": lower,
                    "upper": upper,
                    "level": level,
                }
            )
        )
    frame = pd.concat(frames, ignore_index=True)
    thin = frame[(frame["at_risk"] < 20) & (frame["events"] > 0)]
    if len(thin):
        doubts.append(
            said(
                "From period {period} on a curve rests on fewer than 20 customers.",
                period=int(thin["time"].min()),
            )
        )
    options = {"by": by, "time": key, "level": level, "churn": cells.churn}
    provenance = Provenance("Kaplan–Meier, Greenwood", options, cells.fingerprint)
    return SurvivalCurves(frame, tuple(doubts), provenance, by or "all")


def _time(cells: HazardCells, time: str | None) -> tuple[str, NDArray[np.int64]]:
    """Return the key of time, and the period of each of its labels."""
    for key in [time] if time is not None else ["tenure", "period"]:
        if key is None or key not in cells.levels:
            continue
        labels = cells.levels[key]
        single = [re.fullmatch(r"(\d+)\+?", label) for label in labels]
        if len(labels) > 1 and None not in single:
            return key, np.array([int(match[1]) for match in single if match], dtype=np.int64)
    raise InputError(
        f"`time`: {time or 'neither tenure nor period'} counts single periods from the start. "
        "Count with single periods of tenure: person_periods(..., tenure=range(1, 25))."
    )


def _product_limit(n: Floats, gone: Floats) -> tuple[Floats, Floats]:
    """Return the share that survives each period, and Greenwood's standard error."""
    estimate = np.cumprod(1 - gone / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(gone / (n * (n - gone)))
        error = np.where(estimate > 0, estimate * np.sqrt(spread), 0.0)
    return np.asarray(estimate), np.asarray(error)


def log_log_bounds(estimate: Floats, error: Floats, level: float) -> tuple[Floats, Floats]:
    """Return bounds of a share on the scale log(−log S); they never leave 0 and 1."""
    z = float(stats.norm.ppf(0.5 + level / 2))
    inside = (estimate > 0) & (estimate < 1)
    s = np.where(inside, estimate, 0.5)
    half = z * error / np.abs(s * np.log(s))
    lower, upper = s ** np.exp(half), s ** np.exp(-half)
    return np.where(inside, lower, estimate), np.where(inside, upper, estimate)
