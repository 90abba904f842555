"""Predictors and a later outcome as rows dealt to folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError, one_of
from npsstats.linkage.driving.foretelling import Rows
from npsstats.linkage.driving.held_out import deal, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Placed", "Read", "dealt", "design_of", "read_rows"]

_LEAST = 30  # answers of the rarer outcome, or of all


class Read(NamedTuple):
    """Rows without blanks, the column of their clusters, all answers there were, a fingerprint.

    `left_out`: answers that whoever counted had to leave out.
    """

    frame: pd.DataFrame
    cluster: str | None
    total: int
    fingerprint: str
    left_out: int


class Placed(NamedTuple):
    """Rows dealt to folds, and the row of the frame that each comes from."""

    rows: Rows
    place: NDArray[np.intp]


def read_rows(data: Any, outcome: str, names: Sequence[str], cluster: str | None) -> Read:
    """Return the rows that leave neither outcome nor predictor blank.

    Raises
    ------
    InputError
        If a question is not there, a predictor is constant or the outcome itself, or there are
        too few answers.
    """
    _refuse_data(data, names)
    derived = "nps" in names and "nps" not in (
        data.questions if isinstance(data, AnswerPatterns) else data.columns
    )
    asked = [name for name in names if not (derived and name == "nps")]
    if derived and "score" not in asked:
        asked.append("score")
    if not isinstance(data, AnswerPatterns):
        data = AnswerPatterns.of(data, [*asked, outcome], cluster=cluster)
    for name in (*asked, outcome):
        one_of("predictors", name, data.questions)
    if outcome not in data.numeric:
        raise InputError(
            f"`outcome` must be a question of 0 and 1, or a number; {outcome!r} is not."
        )
    kept = data.take(data.frame[[*asked, outcome]].notna().all(axis=1).to_numpy())
    frame = kept.frame.copy()
    if derived:
        score = frame["score"]
        category = np.select([score <= 6, score <= 8], ["detractor", "passive"], "promoter")
        frame["nps"] = pd.Series(category, index=frame.index).astype(object)
    y, n = frame[outcome].to_numpy(float), frame["n"].to_numpy(float)
    rare = n.sum()
    if np.isin(y, (0.0, 1.0)).all():
        rare = min(float(n @ y), float(n @ (1 - y)))
    if rare < _LEAST or np.ptp(y) == 0:
        raise InputError(
            f"{outcome!r} has {int(rare):,} answers of its rarer kind where no predictor is blank, "
            f"and needs {_LEAST}. Take a longer period or another window."
        )
    _refuse_infinite(kept, (*asked, outcome))
    for name in names:
        _refuse(name, frame[name], y, n, outcome)
    return Read(frame, data.cluster, data.total, data.fingerprint, data.left_out)


def _refuse_data(data: Any, names: Sequence[str]) -> None:
    if not isinstance(data, AnswerPatterns | pd.DataFrame):
        raise InputError(
            "`data` must be patterns with the outcome among the questions, such as "
            f"answers_and_purchases(responses, purchases, {[*names]!r}) makes, or a data frame; "
            f"got {type(data).__name__}."
        )


def _refuse_infinite(patterns: AnswerPatterns, names: Sequence[str]) -> None:
    for name in names:
        if name in patterns.numeric and not np.isfinite(patterns.frame[name]).all():
            raise InputError(f"{name!r} has infinite answers. Make them blank, or leave it out.")


def _refuse(name: str, value: pd.Series, y: Floats, n: Floats, outcome: str) -> None:
    """Refuse a predictor that is constant or the outcome itself."""
    if value.nunique() < 2:
        raise InputError(
            f"{name!r} has the same answer {value.iloc[0]!r} everywhere and foretells nothing. "
            "Leave it out."
        )
    code = pd.factorize(value)[0]
    mean = float(n @ y / n.sum())
    told = float(n @ ((np.bincount(code, n * y) / np.bincount(code, n))[code] - mean) ** 2)
    if value.nunique() <= 25 and told > 0.99 * float(n @ (y - mean) ** 2):
        raise InputError(f"{name!r} is {outcome!r} over again, not a forecast of it. Leave it out.")


def dealt(read: Read, outcome: str, folds: int, rng: np.random.Generator) -> Placed:
    """Deal clusters, or single answers where there are none, to folds."""
    y = read.frame[outcome].to_numpy(float)
    n = read.frame["n"].to_numpy(float)
    if read.cluster is None:
        folds = min(folds, int(n.sum()))
        parts = split(read.frame["n"].to_numpy(np.int64), folds, rng)
        fold, place = np.nonzero(parts)
        times = parts[fold, place].astype(float)
        return Placed(Rows(y[place], times, np.arange(len(place)), fold, times), place)
    unit, labels = pd.factorize(read.frame[read.cluster], sort=True)
    if len(labels) < 2:
        raise InputError(
            f"All answers are in one cluster of {read.cluster!r}: none can be held out. Take "
            "cluster=None."
        )
    fold = deal(np.bincount(unit, n), min(folds, len(labels)), rng)
    times = np.ones(len(labels))
    return Placed(Rows(y, n, unit, fold[unit], times), np.arange(len(y)))


def design_of(value: pd.Series, *, steps: bool) -> Floats:
    """Return the columns of one predictor, (rows, p): itself, or one a level but the first."""
    if value.dtype.kind == "f" and not steps:
        return value.to_numpy(float)[:, None]
    code, levels = pd.factorize(value, sort=True)
    return np.asarray(code[:, None] == np.arange(1, len(levels)), dtype=float)
