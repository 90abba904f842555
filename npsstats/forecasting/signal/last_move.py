"""What the last move of every series is worth, read twice.

Sampling alone: could so many answers, before and now, show such a move if nothing had moved? And
given everything, all series and all periods: how probable is it that the *true* score moved, in
which direction and by more than matters?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Unpack, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.forecasting.signal.labels import labelled
from npsstats.forecasting.signal.move_words import CHANCE, MORE, UNTOLD, sentence
from npsstats.forecasting.signal.source import Source, model_of, series_from
from npsstats.results import Provenance, Result
from npsstats.said import said, said_many

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["LastMove", "last_move"]

_AGAINST = ("period", "year", "mean")
_METHOD = "two samples of known variance; posterior of the true move"


@dataclass(frozen=True, repr=False)
class LastMove(Result):
    """The last move of every series, in the unit of the series (points, −200…200).

    Attributes
    ----------
    keys
        Names of the labels' columns.
    rope
        Size under which a move does not matter, in the unit.
    unit
        "points" or "log".
    """

    title: ClassVar[str] = "The last move: signal or noise"
    keys: tuple[str, ...]
    rope: float
    unit: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """One a series, in words."""
        return tuple(sentence(row, self.unit) for row in self.frame.to_dict("records"))

    @override
    def headline(self) -> str:
        if len(self.frame) == 1:
            return self.sentences[0]
        rows = self.frame
        more = rows["verdict"] == MORE
        fell = int((more & (rows["p_fall"] > rows["p_rise"])).sum())
        beyond = int((rows["move"].abs() > rows["margin"]).sum())
        untold = int((rows["verdict"] == UNTOLD).sum())
        scores = "1 observed score" if beyond == 1 else f"{beyond:,} observed scores"
        return (
            f"{rows['period'].iloc[0]} against {rows['before'].iloc[0]}: of {len(rows):,} series "
            f"{fell:,} fell and {int(more.sum()) - fell:,} rose by more than chance; "
            f"{int((rows['verdict'] == CHANCE).sum()):,} within what chance gives, {untold:,} "
            f"untold. {scores} changed by more than the margin, where chance alone "
            f"gives {(1 - rows['level'].iloc[0]) * int(rows['p_value'].notna().sum()):,.0f}"
        )

    @override
    def shown(self) -> pd.DataFrame:
        columns = ["n_before", "n", "move", "margin", "p_value", "estimate", "lower", "upper"]
        return self.frame[[*self.keys, *columns, "p_fall", "p_rise", "verdict"]]


def last_move(
    data: Any,
    *,
    against: str = "period",
    rope: float | None = None,
    model: Any = None,
    fitted: Any = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
    **source: Unpack[Source],
) -> LastMove:
    """Return what the last move of every series is worth.

    Parameters
    ----------
    data
        S series, a `Series` or anything `npsstats.score_series` takes; the last period is held
        against what `against` says. Of several groupings of the same answers each is judged by
        itself.
    against
        "period": the one before. "year": the same period a year before, so that the season
        cancels. "mean": the mean of the year before, each period by its answers.
    rope
        Size of a true move under which it does not matter, in the unit of the series: 2 points,
        or a fifth of the scale of a measure, unless told.
    model
        What the posterior comes from: a model, or its name, whose `fit` gives something with
        `latent(draws, seed, last=periods)`; "hierarchical" by default.
    fitted
        Such a model fitted to these series already, instead.
    level
        Of margins and intervals.
    draws, seed
        Of the posterior.
    **source
        Where `data` are no `Series`: `by`, `period`, `levels`, `stores`, `through`, `changed`,
        `bridge` and `across_kinds`, as for `npsstats.score_series`.

    Returns
    -------
    LastMove
        `frame` with a row a series: its labels, period, before, n_before, n, observed_before,
        observed, move (observed minus before), margin (what chance gives if nothing moved), p_value
        (two-sided, of sampling alone), estimate, std_error, lower, upper (of the true move),
        level, p_fall and p_rise (the true score moved so), p_fall_more and p_rise_more (by more
        than `rope`), verdict. The verdict is "more than chance" where the interval of the true
        move leaves zero out; "within what chance gives" where it does not and the observed move is
        within its margin; otherwise "cannot tell".

    Raises
    ------
    InputError
        If there are too few periods, nothing was observed, the model knows nothing of the past,
        `fitted` is of other series, or an option is out of range.

    Notes
    -----
    If nothing moved, both periods' scores have the same mean and a difference of the variance
    v₁ + v₂ that the series knows: p = 2Φ(−|move|/√(v₁ + v₂)); where a bridge lies between them,
    what it may get wrong is added. The posterior is of the true score
    in single periods, so that a month that was truly better and passed counts as a move. With few
    answers what passes is hardly told from sampling, and the default model's intervals of the true
    move can be too short: in simulated networks of 60 stores that flicker by 2 points a month, 95 %
    intervals held 73 % of true moves at n = 60 and 95 % at n = 500
    (docs/tables/signal_moves.csv).

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.forecasting.series import Series
    >>> answers = np.random.default_rng(2).multinomial(140, [0.2, 0.3, 0.5], size=(1, 14))
    >>> found = last_move(Series.of_counts(answers, ["2024-01", "2025-02"]))
    >>> print(found.sentences[0])  # doctest: +ELLIPSIS
    A rise of 2.9 points is within the ±18.7 points that n = 140 and n = 140 give by chance. ...
    >>> found.frame["verdict"].tolist()
    ['within what chance gives']
    """
    checks.one_of("against", against, _AGAINST)
    level = checks.fraction("level", level)
    checks.count("draws", draws, least=100)
    checks.count("seed", seed)
    series = series_from(data, source)
    groups = series.by_level()
    if fitted is not None and (model is not None or len(groups) > 1):
        raise checks.InputError(
            "`fitted` stands instead of `model`, for series of one grouping. Leave one of them "
            "out, or hand over one of series.by_level()."
        )
    least = series.scale / 5 if rope is None else checks.number("rope", rope, low=0)
    back = 1 if against == "period" else series.season
    if series.shape[1] <= back:
        raise checks.InputError(
            f"`series` has {series.shape[1]} periods, and against={against!r} needs at least "
            f"{back + 1}. Hand over a longer series"
            + (" or write against='period'." if back > 1 else ".")
        )
    if not series.seen.any():
        raise checks.InputError(
            "`series` holds no observed value: there is no move to judge. Hand over periods with "
            "answers."
        )
    chosen = model_of(model)
    frames: list[pd.DataFrame] = []
    told: list[Said] = []
    for part in groups.values():
        weight = _weights(part, against, back)
        posterior = chosen.fit(part) if fitted is None else fitted
        moved = _moved(part, posterior, weight, draws, seed)
        frames.append(_frame(part, _observed(part, weight, back), moved, least, level))
        told += getattr(posterior, "diagnostics", ())
    frame = pd.concat(frames, ignore_index=True)
    before = series.periods[-1 - back]
    if against == "mean":
        before = f"{before} to {series.periods[-2]}" if back > 1 else before
    frame.insert(len(series.keys), "period", series.periods[-1])
    frame.insert(len(series.keys) + 1, "before", before)
    options = {"against": against, "rope": least, "level": level}
    return LastMove(
        frame,
        _doubts(series, frame, tuple(dict.fromkeys(told))),
        Provenance(_METHOD, options, series.fingerprint, seed),
        series.keys,
        float(least),
        series.unit,
    )


def _moved(series: Series, posterior: Any, weight: Grid, draws: int, seed: int) -> Grid:
    """Return draws of the true move of every series, (S, draws)."""
    if not hasattr(posterior, "latent"):
        raise checks.InputError(
            f"`model`: {type(posterior).__name__} says nothing of the past, only of what comes. "
            "Take one with `latent`, such as Hierarchical()."
        )
    held = getattr(posterior, "series", series)
    if held.fingerprint != series.fingerprint:
        raise checks.InputError(
            f"`fitted` knows {held.shape[0]} series up to {held.periods[-1]}, and `data` hold "
            f"other ones: {series.shape[0]} up to {series.periods[-1]}. Fit it to these, or write "
            "fitted=fitted.update(series)."
        )
    true = np.asarray(posterior.latent(draws, seed, last=weight.shape[1] + 1))
    past = np.einsum("sdt,st->sd", true[:, :, :-1], weight.astype(true.dtype))
    # as bridged, both: what the bridge got wrong is one error for all
    wrong = np.random.default_rng([seed, 2]).standard_normal(true.shape[1])
    return np.asarray(true[:, :, -1] - past + _bridged(series, weight)[:, None] * wrong)


def _bridged(series: Series, weight: Grid) -> Grid:
    """Return the standard deviation of what a bridge between the two sides may get wrong, (S,)."""
    led = series.bridged[-1 - weight.shape[1] :]
    return np.asarray(series.shift_sd * (weight @ led[:-1] - led[-1]))


class _Observed(NamedTuple):
    """The two sides, (S,) each: values, answers and sampling variance; NaN where none."""

    before: Grid
    after: Grid
    n_before: Grid
    n_after: Grid
    noise: Grid


def _weights(series: Series, against: str, back: int) -> Grid:
    """Return how much each of the last periods but one weighs in what is compared with, (S, back).

    A mean weighs periods by answers, as the score of all of them would; a series without any is
    weighed evenly, which only the posterior then reads.
    """
    weight = np.zeros((series.shape[0], back))
    if against != "mean":
        weight[:, 0] = 1.0
        return weight
    seen = series.seen[:, -1 - back : -1]
    weight = np.where(seen, series.n[:, -1 - back : -1], 0.0)
    if series.categories is None:
        weight = seen.astype(float)
    weight = np.where(weight.sum(axis=1, keepdims=True) > 0, weight, 1.0)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _observed(series: Series, weight: Grid, back: int) -> _Observed:
    past = np.s_[:, -1 - back : -1]
    used = weight > 0
    values = series.values  # noqa: PD011 - no frame
    # a period that weighs nothing may be unknown
    before = np.where(used, weight * values[past], 0.0).sum(axis=1)
    noise = np.where(used, weight**2 * series.noise[past], 0.0).sum(axis=1)
    return _Observed(
        before,
        values[:, -1],
        np.where(used, series.n[past], 0.0).sum(axis=1),
        series.n[:, -1],
        noise + series.noise[:, -1] + _bridged(series, weight) ** 2,
    )


def _frame(series: Series, seen: _Observed, moved: Grid, rope: float, level: float) -> pd.DataFrame:
    move = seen.after - seen.before
    error = np.sqrt(seen.noise)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * special.ndtr(-np.abs(move) / error)
    known = np.isfinite(move)
    lower, upper = np.quantile(moved, [(1 - level) / 2, (1 + level) / 2], axis=1)
    margin = np.where(known, special.ndtri((1 + level) / 2) * error, np.nan)
    sure = (lower > 0) | (upper < 0)
    inside = known & (np.abs(move) <= margin)
    return labelled(series).assign(
        n_before=seen.n_before.astype(np.int64),
        n=seen.n_after.astype(np.int64),
        observed_before=seen.before,
        observed=seen.after,
        move=move,
        margin=margin,
        # counted in full: chance gives no move at all
        p_value=np.where(known & (error > 0), p_value, np.nan),
        estimate=moved.mean(axis=1, dtype=float),
        std_error=moved.std(axis=1, dtype=float),
        lower=lower.astype(float),
        upper=upper.astype(float),
        level=level,
        p_fall=(moved < 0).mean(axis=1),
        p_rise=(moved > 0).mean(axis=1),
        p_fall_more=(moved < -rope).mean(axis=1),
        p_rise_more=(moved > rope).mean(axis=1),
        verdict=np.where(sure, MORE, np.where(inside, CHANCE, UNTOLD)),
    )


def _doubts(series: Series, frame: pd.DataFrame, told: tuple[Said, ...]) -> tuple[Said, ...]:
    found = []
    silent = int(frame["move"].isna().sum())
    if silent:
        found.append(
            said_many(
                "{n:,} series has nothing observed on one of the two sides: only what the others "
                "and the past tell is known of them.",
                "{n:,} series have nothing observed on one of the two sides: only what the others "
                "and the past tell is known of them.",
                silent,
            )
        )
    if series.shape[0] > 1:
        found.append(
            said(
                "Every series is judged by itself: among many, some pass by chance. The command "
                "npsstats alerts keeps false alarms over the whole network at a stated number."
            )
        )
    return (*found, *told, *series.notes)
