"""When levels changed: the network's, and each store's against the network.

A change is a level begun afresh. Season and sampling error are taken out, drift and flicker are
part of the model, so that neither a slow slide nor a wobble is cut into changes; what is said of a
date is exact given the laws (`segmentation`, `change_law`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Unpack, override

import numpy as np
import pandas as pd
from scipy import special

from npsstats import checks
from npsstats.aggregates.periods import periods_said
from npsstats.estimation.comparison.flags import surest
from npsstats.forecasting.signal.change_dates import Change, found_changes, sizes
from npsstats.forecasting.signal.change_law import Learned, Prior, learn
from npsstats.forecasting.signal.decomposition import common_course, season_of
from npsstats.forecasting.signal.source import Source, one_level, series_from
from npsstats.results import Provenance, Result, interval_text
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.forecasting.series import Series
    from npsstats.said import Said

    type Grid = NDArray[np.float64]

__all__ = ["ChangePoints", "change_points"]

_FEW_SERIES = 5
_SURE = 0.8
_METHOD = "exact Bayesian segmentation with known sampling error (Fearnhead 2006)"
_ALL = "(all)"


@dataclass(frozen=True, repr=False)
class ChangePoints(Result):
    """Changes of level with their dates; sizes in the unit of the series.

    Attributes
    ----------
    keys
        Names of the labels' columns.
    network
        (T,) posterior probability that the network's level changed in each period.
    own
        (S, T) the same of every series against the network; None for a single series.
    expected_false
        Posterior expected number of changes in `frame` that are none.
    unit
        "points" or "log".
    periods
        The T labels.
    """

    title: ClassVar[str] = "Changes of level"
    keys: tuple[str, ...]
    network: Grid
    own: Grid | None
    expected_false: float
    unit: str
    periods: tuple[str, ...]

    @override
    def headline(self) -> str:
        rows = self.frame
        if not len(rows):
            return "No change of level is sure enough to be told from drift, season and chance."
        common = rows[rows["reach"] != "own"]
        said = []
        for _, row in common.iterrows():
            when = row["period"]
            if row["first"] != row["last"]:
                when = f"{row['first']} to {row['last']}"
            size = f"{row.estimate:+.1f} points, {interval_text(row)}"
            if self.unit != "points":
                size = f"{row.estimate:+.3f} in logs"
            whose = "the network's level" if row.reach == "network" else "the level"
            said.append(f"{whose} changed in {when} ({size}; probability {row.probability:.2f})")
        own = rows[rows["reach"] == "own"]
        if len(own):
            series = len(own[list(self.keys)].drop_duplicates())
            changes = "1 change" if len(own) == 1 else f"{len(own):,} changes"
            said.append(f"{changes} of their own in {series:,} series")
        text = "; ".join(said)
        return f"{text[0].upper()}{text[1:]}; {self.expected_false:.1f} expected to be none"

    @override
    def shown(self) -> pd.DataFrame:
        if not len(self.frame):
            return pd.DataFrame({"changes": ["none"]})
        columns = ["reach", "period", "first", "last", "probability", "estimate", "lower", "upper"]
        return self.frame[[*self.keys, *columns]]


def change_points(
    data: Any,
    *,
    sure: float | None = None,
    max_false_share: float | None = None,
    shortest: int = 3,
    level: float = 0.95,
    **source: Unpack[Source],
) -> ChangePoints:
    """Return when levels changed: the network's, and every series' against it.

    Parameters
    ----------
    data
        S series on T periods, a `Series` or anything `npsstats.score_series` takes. Several are a
        network: their common course is searched for changes of its own, and what is left of each
        for changes that are not the network's.
    sure
        Posterior probability that each change listed has at least; 0.8 unless told.
    max_false_share
        Instead of `sure`: as many changes as leave the expected share of false ones at or under
        this, between 0 and 1.
    shortest
        Periods that a level lasts at least, so that one odd period is not two changes. The last
        `shortest` − 1 periods can therefore hold none: `alerts` looks at the last.
    level
        Of the intervals of dates and of sizes.
    **source
        Where `data` are no `Series`: `by`, `period`, `levels`, `stores`, `through`, `changed`,
        `bridge` and `across_kinds`, as for `npsstats.score_series`.

    Returns
    -------
    ChangePoints
        `frame` with a row a change: the series' labels, reach ("network", "own" of a series
        against the network, or "series" where there is one), period (the likeliest first one of
        the new level), first and last (limits of its interval), probability (that a change lies
        there), estimate, std_error, lower, upper (the new level minus the old, both at the
        change), level.

    Raises
    ------
    InputError
        If nothing was observed, the same answers are there in several groupings, `sure` and
        `max_false_share` are both given or an option is out of range.

    Notes
    -----
    Season is the network's: taken from its common course where two years are known. How much
    levels drift, flicker and change is learned, for the common course and for what is left of the
    series apart: by one law for most of them, unless one is better told by its own. Probabilities
    are those of a change against drift as the model has it, a random walk; false alarms under
    other drifts are in docs/tables/signal.md. What a bridge may get wrong is not taken out: a
    change dated where it begins is said to be one in doubt.

    References
    ----------
    Fearnhead (2006). Statistics and Computing 16, 203–213, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from npsstats.forecasting.series import Series
    >>> rng = np.random.default_rng(1)
    >>> shares = np.repeat([[[0.2, 0.3, 0.5]], [[0.35, 0.3, 0.35]]], [14, 10], axis=0)[:, 0]
    >>> answers = [[rng.multinomial(400, share) for share in shares]]
    >>> found = change_points(Series.of_counts(answers, ["2023-01", "2024-12"]))
    >>> found.frame[["period", "first", "last"]]
        period    first     last
    0  2024-03  2024-03  2024-03
    """
    level = checks.fraction("level", level)
    if sure is not None and max_false_share is not None:
        raise checks.InputError(
            "`sure` and `max_false_share` are rules for the same choice. Give one of them."
        )
    sure = _SURE if sure is None else checks.fraction("sure", sure)
    if max_false_share is not None:
        max_false_share = checks.fraction("max_false_share", max_false_share)
    checks.count("shortest", shortest, least=1)
    series = series_from(data, source)
    one_level(series, "the network's course would hold each of them twice")
    if not series.seen.any():
        raise checks.InputError(
            "`series` holds no observed value: there is nothing to find a change in."
        )
    least = sure if max_false_share is None else 0.5
    common, own = _searched(series, least, shortest, level)
    frame = pd.concat([_rows(series, one, level) for one in (common, own) if one is not None])
    if max_false_share is not None and len(frame):
        frame = frame[surest(frame["probability"].to_numpy(), share=max_false_share)]
    rule = {"sure": sure} if max_false_share is None else {"max_false_share": max_false_share}
    return ChangePoints(
        frame.reset_index(drop=True),
        _doubts(series, common, own, shortest),
        Provenance(_METHOD, {**rule, "shortest": shortest, "level": level}, series.fingerprint),
        series.keys,
        common.learned.change[0],
        None if own is None else own.learned.change,
        float((1 - frame["probability"]).sum()),
        series.unit,
        tuple(series.periods),
    )


class _Searched(NamedTuple):
    reach: str
    learned: Learned
    changes: list[Change]
    mean: Grid
    sd: Grid


def _searched(
    series: Series, least: float, shortest: int, level: float
) -> tuple[_Searched, _Searched | None]:
    def search(reach: str, values: Grid, noise: Grid, prior: Prior) -> _Searched:
        learned = learn(values, noise, prior, series.scale, series.season, shortest)
        changes = found_changes(learned, least, level)
        mean, sd = np.zeros((2, 0))
        if changes:
            mean, sd = sizes(values, noise, prior, learned, changes, shortest)
        return _Searched(reach, learned, changes, mean, sd)

    alone = series.shape[0] == 1
    course = common_course(series.values, series.noise, series.scale)
    values, noise = course.common, course.common_noise
    prior = Prior(np.array([np.nanmean(values)]), np.array([series.scale**2 + np.nanvar(values)]))
    season, doubt = season_of(values, noise, series.scale, series.season)
    found = search(
        "series" if alone else "network", (values - season)[None], (noise + doubt)[None], prior
    )
    if season.any() and found.changes:
        # a level that changed is no season: with the change allowed for, the season is told apart
        season, doubt = season_of(
            values, noise, series.scale, series.season, found.learned.change[0]
        )
        found = search(found.reach, (values - season)[None], (noise + doubt)[None], prior)
    if alone:
        return found, None
    return found, search("own", course.left, course.left_noise, _apart(course.left, series.scale))


def _apart(left: Grid, scale: float) -> Prior:
    """Return where levels of single series lie around the network's."""
    n = np.isfinite(left).sum(axis=1)
    mean = np.nansum(left, axis=1) / np.maximum(n, 1)
    known = n > 0
    spread = scale**2 / 4 + (float(np.var(mean[known])) if known.sum() > 1 else 0.0)
    return Prior(np.zeros(len(left)), np.full(len(left), spread))


def _rows(series: Series, found: _Searched, level: float) -> pd.DataFrame:
    reach = special.ndtri((1 + level) / 2) * found.sd
    changes = found.changes
    parts = series.parts or tuple((name,) for name in series.names)
    labels = [(_ALL,) * len(series.keys)] if found.reach == "network" else parts
    frame = pd.DataFrame(
        [labels[change.row] for change in changes], columns=list(series.keys), dtype=object
    )
    return frame.assign(
        reach=found.reach,
        period=_labels(series, [change.date for change in changes]),
        first=_labels(series, [change.first for change in changes]),
        last=_labels(series, [change.last for change in changes]),
        probability=np.array([change.probability for change in changes], dtype=float),
        estimate=found.mean,
        std_error=found.sd,
        lower=found.mean - reach,
        upper=found.mean + reach,
        level=level,
    )


def _labels(series: Series, places: list[int]) -> NDArray[np.object_]:
    """Return the labels of periods, as labels even where there are none."""
    return np.array([series.periods[place] for place in places], dtype=object)


def _doubts(
    series: Series, common: _Searched, own: _Searched | None, shortest: int
) -> tuple[Said, ...]:
    told = []
    stores, length = series.shape
    if length < 2 * shortest:
        told.append(
            said(
                "{periods} cannot hold a change between two levels of at least {least}: none could "
                "be found.",
                periods=periods_said(length, series.period),
                least=shortest,
            )
        )
    covered = int(series.seen.any(axis=0).sum())
    if series.season > 1 and covered < 2 * series.season:
        told.append(
            said(
                "{periods} are less than two years: the season is not taken out, and what comes "
                "back every year may look like a change.",
                periods=periods_said(covered, series.period),
            )
        )
    if own is not None and stores < _FEW_SERIES:
        told.append(
            said(
                "With {n} series a change of one is in the common course too: the network's and a "
                "series' own are hardly told apart.",
                n=stores,
            )
        )
    told += [
        said(
            "A change is dated {period}, where the questionnaire changed: the bridge may be wrong "
            "by {sd:.1f} (sd), which would look so.",
            period=PeriodLabel(series.periods[switch]),
            sd=series.shift_sd.mean(),
        )
        for switch in 1 + np.flatnonzero(np.diff(series.bridged.astype(int)))
        if any(change.first <= switch <= change.last for change in common.changes)
    ]
    whose = (said("The level"), said("Series against the network"))
    unit = said("points") if series.unit == "points" else said("in logs")
    told += [
        said(
            "{whose}: {rate:.2g} changes a year a priori, drift of {drift:.2g} {unit} a year (sd), "
            "flicker of {flicker:.2g} beside the sampling error.",
            whose=who,
            rate=found.learned.rate,
            drift=found.learned.drift,
            unit=unit,
            flicker=found.learned.flicker,
        )
        for found, who in zip((common, own), whose, strict=True)
        if found is not None
    ]
    return (*told, *series.notes)
