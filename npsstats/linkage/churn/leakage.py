"""Columns that know the departure: found by how well they foretell it, what is missing, their name.

A covariate recorded after the outcome foretells it too well, or is empty just where nobody left.
Each column alone is judged by its area under the curve, cross-fitted so that a column of many
labels (an identifier, a town) does not look wise by learning names by heart.

References
----------
Kaufman, S., Rosset, S., Perlich, C. & Stitelman, O. (2012). Leakage in data mining. ACM TKDD 6(4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd
from scipy import stats

from npsstats import checks
from npsstats.checks import InputError
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Leakage", "area_under_curve", "leakage"]

_NEARLY = 0.98
_FOLDS = 5
_LABELS, _MANY = 20, 20  # labels that are few; customers at one that are no chance
_TELLING = re.compile(
    r"(?i)(?<![a-zà-ÿ])(churn\w*|cancel\w*|attrit\w*|terminat\w*|closed|left|leav(?:e|es|er|ing)|"
    r"lost|win-?back|r[ée]sili\w*|departures?|departed|d[ée]part|motif de)(?![a-zà-ÿ])"
)
_INNOCENT = re.compile(r"(?i)\b(left|closed) (hand|foot|side)|\bd[ée]partement")
_YES, _NO = ("yes", "y", "true", "1", "oui"), ("no", "n", "false", "0", "non")


@dataclass(frozen=True, repr=False)
class Leakage(Result):
    """How well each column alone foretells the departure, best first; areas from .5 to 1.

    Columns: `column`, `area` (of its values), `area_missing` (of where it is missing),
    `recorded_after` (share of those who left whose value is dated after the departure), `leaks`
    and `reason`. A name alone proves nothing: it has a `reason`, a question, but no leak.
    """

    title: ClassVar[str] = "Columns that know the departure"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that leak."""
        return tuple(self.frame.loc[self.frame["leaks"], "column"])

    @override
    def headline(self) -> str:
        if not self.columns:
            return "No column foretells the departure too well to be true."
        names = ", ".join(self.columns)
        return f"Leave out of any model: {names}."

    @override
    def shown(self) -> pd.DataFrame:
        names = ("area", "area_missing", "recorded_after")
        style = {name: self.frame[name].map("{:.3f}".format) for name in names}
        return self.frame.assign(**style)


def leakage(
    customers: pd.DataFrame,
    event: str,
    columns: Sequence[str] | None = None,
    *,
    recorded: Mapping[str, str] | None = None,
    departed: str | None = None,
    nearly: float = _NEARLY,
) -> Leakage:
    """Return which columns foretell the departure too well to have been known before it.

    Parameters
    ----------
    customers
        A row a customer.
    event
        Column of 1 (left) and 0, or of yes and no.
    columns
        Columns to judge; None judges all others.
    recorded
        Column → the column of the date on which its value was recorded.
    departed
        Column of the date of the departure, where `recorded` is given.
    nearly
        Area under the curve from which a column is held to know.

    Raises
    ------
    InputError
        If a column is not there, or everybody or nobody left.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"left": [0, 1] * 50, "bought": range(100)})
    >>> frame["churn reason"] = ["price" if left else None for left in frame["left"]]
    >>> leakage(frame, "left").headline()
    'Leave out of any model: churn reason.'
    """
    checks.one_of("event", event, list(customers.columns))
    checks.fraction("nearly", nearly)
    gone = _gone(customers[event])
    if not np.isin(gone, (0.0, 1.0)).all() or gone.min() == gone.max():
        raise InputError(
            f"`event`: {event!r} must hold 0 and 1 (or no and yes), and both must occur."
        )
    dates = dict(recorded or {})
    if dates and departed is None:
        raise InputError("`departed`: name the column of the day of departure beside `recorded`.")
    aside = {event, departed, *dates.values()}
    names = [c for c in customers.columns if c not in aside] if columns is None else [*columns]
    rows = []
    for name in names:
        checks.one_of("columns", name, list(customers.columns))
        column = customers[name]
        area = _area(column, gone)
        missing = np.asarray(column.isna().to_numpy(), dtype=np.float64)
        lack = area_under_curve(missing, gone)
        lack = max(lack, 1 - lack)
        late = _late(customers, dates.get(name), departed, gone)
        reason = _reason(area, lack, late, nearly) or _decided(column, gone)
        rows.append((name, area, lack, late, bool(reason), reason or _asked(name)))
    reasons = {row[0]: row[-1] for row in rows}  # a frame keeps no more than their text
    labels = ["column", "area", "area_missing", "recorded_after", "leaks", "reason"]
    frame = pd.DataFrame(rows, columns=labels)
    frame["best"] = frame[["area", "area_missing"]].max(axis=1)
    frame = frame.sort_values(["leaks", "best"], ascending=False, kind="stable")
    frame = frame.drop(columns="best").reset_index(drop=True)
    told: Any = frame.itertuples()
    doubts = [
        said("'{column}' {reason}", column=row.column, reason=reasons[row.column])
        for row in told
        if row.reason
    ]
    digest = sha256(pd.util.hash_pandas_object(customers, index=False).to_numpy().tobytes())
    options = {"event": event, "columns": names, "nearly": nearly}
    provenance = Provenance("leakage by area under the curve", options, digest.hexdigest()[:16])
    return Leakage(frame, tuple(doubts), provenance)


def area_under_curve(score: Floats, gone: Floats) -> float:
    """Return the chance that one who left has a higher score than one who did not; ties half.

    Examples
    --------
    >>> area_under_curve(np.array([1.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0]))
    1.0
    """
    left = np.asarray(gone) > 0
    ranks = stats.rankdata(score)
    n, other = int(left.sum()), int((~left).sum())
    return float((ranks[left].sum() - n * (n + 1) / 2) / (n * other))


def _gone(column: pd.Series) -> Floats:
    """Return the event as 1 and 0, NaN for what is neither."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
    words = column.astype(str).str.strip().str.lower()
    told = words.map({**dict.fromkeys(_YES, 1.0), **dict.fromkeys(_NO, 0.0)})
    return np.asarray(told.to_numpy(dtype=float), dtype=np.float64)


def _area(column: pd.Series, gone: Floats) -> float:
    """Return the area of a column: of its numbers either way, or of its labels' rates."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = np.asarray(column.to_numpy(dtype=float, na_value=np.nan), dtype=float)
        known = np.flatnonzero(~np.isnan(numbers))
        if len(known) < 2 or gone[known].min() == gone[known].max():
            return 0.5
        area = area_under_curve(numbers[known], gone[known])
        return max(area, 1 - area, _area_of_labels(column, gone))
    return _area_of_labels(column, gone)


def _area_of_labels(column: pd.Series, gone: Floats) -> float:
    """Return the area of the rate of each label, learnt in the other folds.

    Compared within each fold: rates learnt elsewhere would differ between folds by chance alone.
    """
    code, labels = pd.factorize(column, use_na_sentinel=False)
    size = len(labels)
    # rows of one outcome are dealt over the folds in turn, so that each has its share
    fold = np.empty(len(gone), dtype=int)
    for value in (0, 1):
        rows = np.flatnonzero(gone == value)
        fold[rows] = np.arange(len(rows)) % _FOLDS
    areas: list[tuple[float, float]] = []
    for out in range(_FOLDS):
        test = fold == out
        if gone[test].min(initial=1) == gone[test].max(initial=0) or not test.any():
            continue
        n = np.bincount(code[~test], minlength=size)
        left = np.bincount(code[~test], gone[~test], size)
        rate = (left + gone[~test].mean()) / (n + 1)
        area = area_under_curve(rate[code[test]], gone[test])
        areas.append((area, float(test.sum())))
    if not areas:
        return 0.5
    values, weights = (np.array(part) for part in zip(*areas, strict=True))
    return float(np.average(values, weights=weights))


def _decided(column: pd.Series, gone: Floats) -> str:
    """Say which labels of a column with few of them decide who leaves."""
    rates = pd.DataFrame({"label": column, "gone": gone}).groupby("label", observed=True)["gone"]
    told = rates.agg(["size", "mean"])
    told = told[told["size"] >= _MANY]
    every, nobody = told.index[told["mean"] == 1], told.index[told["mean"] == 0]
    if len(rates) > _LABELS or not len(every) or not len(nobody):
        return ""
    return said(
        "decides who leaves: all at {every}, nobody at {nobody}. Ask when it was "
        "recorded; leave it out unless before.",
        every=list(map(str, every)),
        nobody=list(map(str, nobody)),
    )


def _late(
    customers: pd.DataFrame, recorded: str | None, departed: str | None, gone: Floats
) -> float:
    """Return the share of those who left whose value is dated after the day they left."""
    if recorded is None or departed is None:
        return float("nan")
    when, left = (pd.to_datetime(customers[name]) for name in (recorded, departed))
    known = (gone > 0) & when.notna().to_numpy() & left.notna().to_numpy()
    return float((when > left)[known].mean()) if known.any() else float("nan")


def _asked(name: Any) -> str:
    """Return the question that a column's name raises, or nothing."""
    words = re.sub(r"[_\W\d]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name)))
    if not _TELLING.search(words) or _INNOCENT.search(words):
        return ""
    return said(
        "is named after a departure. Was it known before? A score or a reason of churn "
        "is made from the outcome; leave such out."
    )


def _reason(area: float, lack: float, late: float, nearly: float) -> str:
    if late > 0:
        return said(
            "was recorded after the departure for {late:.0f}% of those who left. Take the value "
            "known at the start of the period.",
            late=100 * late,
        )
    if lack >= nearly:
        return said(
            "is missing just where nobody left (or left): area {lack:.3f}. It is filled in "
            "when the departure is known; leave it out.",
            lack=lack,
        )
    if area >= nearly:
        return said(
            "foretells the departure nearly perfectly: area {area:.3f}. Ask when it was "
            "recorded; leave it out unless that was before.",
            area=area,
        )
    return ""
