"""What head office knows of each store, as a small frame, and each store's moments of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.aggregates.counting import _fetch
from npsstats.aggregates.invitation_counting import read_table
from npsstats.checks import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.questionnaire import AnswerPatterns

__all__ = ["pair_moments", "store_facts"]


def store_facts(stores: Any, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns of the stores, a row a store, with `store_id` as text.

    Parameters
    ----------
    stores
        An `Intake` of stores, an Ibis table, or anything that `npsstats.read` takes.
    columns
        Canonical columns or segments.

    Raises
    ------
    InputError
        If a column is not there, or a store comes twice.

    Examples
    --------
    >>> rows = pd.DataFrame({"store_id": [1, 2], "employees": [12, 40]})
    >>> store_facts(rows, ["employees"])
      store_id  employees
    0        1         12
    1        2         40
    """
    if isinstance(stores, pd.DataFrame):  # a row a store: small enough to take as it is
        frame = stores
        missing = [name for name in ("store_id", *columns) if name not in stores.columns]
        there = ", ".join(map(str, stores.columns))
    else:
        table, _ = read_table(stores, "stores", columns, None)
        missing = [name for name in ("store_id", *columns) if name not in table.columns]
        there = ", ".join(table.columns)
        if not missing:
            frame = _fetch(table.select("store_id", *columns))
    if missing:
        raise InputError(f"The stores have no column {missing[0]!r} among {there}.")
    frame = frame[["store_id", *columns]].copy()
    frame["store_id"] = frame["store_id"].astype(str)
    again = frame["store_id"][frame["store_id"].duplicated()]
    if len(again):
        raise InputError(f"Store {again.iloc[0]!r} comes twice. Keep one row a store.")
    return frame.reset_index(drop=True)


def pair_moments(patterns: AnswerPatterns, first: str, second: str | None = None) -> pd.DataFrame:
    """Return means of one or two questions by cluster, with what chance adds to them.

    "nps" is the points of `score`: −100, 0, 100.

    Parameters
    ----------
    patterns
        With clusters and both questions.
    first, second
        Questions of numbers, or "nps". Answers that leave either blank are left out.

    Returns
    -------
    pandas.DataFrame
        A row a cluster of two such answers or more: `cluster`, `n`, `x`, `y` (means), `vx`, `vy`
        (their sampling variances, unbiased), `cxy` (sampling covariance); NaN without a second.

    Examples
    --------
    >>> from npsstats.aggregates.questionnaire import AnswerPatterns
    >>> rows = pd.DataFrame({"store_id": "A", "score": [9, 3, 10, 8], "csat": [5, 2, 4, None]})
    >>> patterns = AnswerPatterns.of(rows, ["score", "csat"], cluster="store_id")
    >>> pair_moments(patterns, "nps", "csat").round(2)
      cluster    n      x     y       vx    vy    cxy
    0       A  3.0  33.33  3.67  4444.44  0.78  55.56
    """
    frame = patterns.frame
    x = _points(frame) if first == "nps" else frame[first].to_numpy(float)
    if second is None:
        y = np.zeros(len(frame))
    else:
        y = _points(frame) if second == "nps" else frame[second].to_numpy(float)
    there = np.isfinite(x) & np.isfinite(y)
    x, y, n = x[there], y[there], patterns.n[there].astype(float)
    code, labels = pd.factorize(frame[patterns.cluster][there], sort=True)

    def total(value: Any) -> Any:
        return np.bincount(code, n * value, len(labels))

    size = total(np.ones(len(x)))
    mean_x, mean_y = total(x) / size, total(y) / size
    dx, dy = x - mean_x[code], y - mean_y[code]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1 / (size * (size - 1))
        out = pd.DataFrame(
            {
                "cluster": np.asarray(labels).astype(str),
                "n": size,
                "x": mean_x,
                "y": mean_y,
                "vx": total(dx * dx) * share,
                "vy": total(dy * dy) * share,
                "cxy": total(dx * dy) * share,
            }
        )
    if second is None:
        out[["y", "vy", "cxy"]] = np.nan
    kept: pd.DataFrame = out[size > 1].reset_index(drop=True)
    return kept


def _points(frame: pd.DataFrame) -> Any:
    score = frame["score"].to_numpy(float)
    return np.where(np.isfinite(score), 100.0 * (score >= 9) - 100.0 * (score <= 6), np.nan)
