"""Series of scores from what a retailer has: answers, counts or a panel of stores.

Periods without answers stay, as gaps; first and last periods that the data cover in part are left
out, for their answers are not those of a period. Nothing else is left out, and nothing in silence.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats import checks
from npsstats.aggregates.period_counts import known_keys
from npsstats.aggregates.periods import PERIODS, is_label, period_said, periods_said
from npsstats.checks import InputError
from npsstats.estimation.comparison.kinds import KIND, mix_effect
from npsstats.forecasting.series import Series
from npsstats.forecasting.series_bridge import led_over
from npsstats.forecasting.series_cells import Cells, grid_of, names_of, parts_of
from npsstats.forecasting.series_labels import LEVELS
from npsstats.forecasting.series_levels import groupings_of
from npsstats.forecasting.series_life import lives
from npsstats.forecasting.series_rows import STORE, Rows, rows_of
from npsstats.forecasting.spoken import of_level
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.forecasting.series_levels import Level
    from npsstats.said import Said

__all__ = ["score_series"]

_CHANNEL = "channel"
_MOVES, _LEAPS = 1.0, 3.0  # points by which mixes move scores that are refused: mean, largest


def score_series(
    data: Any,
    period: str = "month",
    *,
    by: str | Sequence[str] | None = None,
    levels: Sequence[Level] | None = None,
    stores: Any = None,
    through: str | None = None,
    changed: str | None = None,
    bridge: Any = None,
    across_kinds: bool = False,
) -> Series:
    """Return the series of scores of a network, its regions or its stores.

    Parameters
    ----------
    data
        Anything `npsstats.count` takes that has dates; `ScoreCounts` by "date" or by `period`,
        and by the keys of `by`; a `StorePanel`, whose halves are added up; or a frame with the
        columns `detractors, passives, promoters` (numbers of answers, not necessarily whole), a
        "date" or `period`, and the keys.
    period
        "week", "month", "quarter" or "year".
    by
        Key or keys, all of whose cells become series; None for the network as one series.
    levels
        Instead: several groupings of the same answers one after another, such as
        ["network", "region", "store_id"]. "network" stands for all answers, a list for keys
        together. The series have the keys "level" and "cell".
    stores
        The stores' table, as for `npsstats.store_panel`: its openings and closings are taken as
        told, its stores without answers are series too, and it gives "region", "format" and
        "country" where the answers do not have them.
    through
        Label of the last period wanted.
    changed
        First period asked with another questionnaire. Without a bridge the series begin there:
        answers before are on a footing that differs by nobody knows how much, which a model would
        take for a move of the score.
    bridge
        A result of `npsstats.bridge`: the periods before `changed` are led over to the new way of
        asking, and what the map may get wrong is kept in `Series.shift_sd`.
    across_kinds
        Take all answers together even where the mix of kinds of survey changes over time, which is
        otherwise refused unless `by`, or every level, holds "kind".

    Returns
    -------
    Series
        In points (−100…100) on all periods from the first to the last that is covered throughout,
        `notes` saying what was left out and why. `opens` and `closes` come from `stores`, else
        from a silence that is no chance while the others went on: see `series_life`.

    Raises
    ------
    InputError
        If a key or a label is none, no answer is left, or the mix of kinds changes.

    Examples
    --------
    >>> import pandas as pd
    >>> import npsstats as nps
    >>> cells = {"month": ["2025-01", "2025-01", "2025-03"], "region": ["North", "South", "North"]}
    >>> scores = [[0] * 9 + [2, 8], [1] * 11, [1] + [0] * 9 + [3]]
    >>> counts = nps.ScoreCounts(scores, pd.DataFrame(cells))
    >>> series = score_series(counts, levels=["network", "region"])
    >>> series.names, series.periods
    (('all', 'North', 'South'), ('2025-01', '2025-02', '2025-03'))
    >>> series.n.astype(int).tolist()
    [[21, 0, 4], [10, 0, 4], [11, 0, 0]]
    """
    checks.one_of("period", period, PERIODS)
    groupings = groupings_of(by, levels)
    if bridge is not None and changed is None:
        raise InputError(
            '`bridge` needs the first period asked the new way: write changed="2025-03".'
        )
    for name, label in (("through", through), ("changed", changed)):
        if label is not None and not is_label(str(label), period):
            raise InputError(f"`{name}` must be the label of a {period}, got {label!r}.")
    keys = list(dict.fromkeys(key for grouping in groupings for key in grouping))
    for key in keys:
        if key in (*PERIODS, "date"):
            raise InputError(f"`by`: {key!r} is what series run over; choose it with `period`.")
    strata = [*([] if bridge is None else _strata(bridge, data)), *keys]
    rows = rows_of(data, period, list(dict.fromkeys(strata)), stores, (KIND, _CHANNEL))
    rows = _within(rows, through, None if bridge is not None else changed)
    told = () if across_kinds else _unmixed(rows, groupings)
    return _series(rows, groupings, levels is not None, changed, bridge, told)


def _strata(bridge: Any, data: Any) -> list[str]:
    """Return the bridge's key of strata, unless the data are known to lack it."""
    strata, there = getattr(bridge, "strata", None), known_keys(data)
    return [] if strata is None or (there and strata not in there) else [strata]


def _within(rows: Rows, through: str | None, changed: str | None) -> Rows:
    """Return the rows on the periods with answers that are wanted."""
    per_period = np.bincount(
        rows.when[rows.when >= 0], rows.table.sum(axis=1)[rows.when >= 0], len(rows.periods)
    )
    full = np.flatnonzero(per_period)
    if not len(full):
        raise InputError("There is no answer in these periods: a series needs at least one.")
    kept = rows.periods[full[0] : full[-1] + 1]
    if through is not None and through < kept[-1]:
        kept = tuple(label for label in kept if label <= through)
        if not kept:
            raise InputError(
                f"`through`: answers begin in {rows.periods[full[0]]}, after {through}. Name a "
                "later period."
            )
        rows = rows.cut(
            kept,
            lambda gone: said(
                "ends with {through}, as asked ({n:,.0f} later answers left out)",
                through=PeriodLabel(through),
                n=gone,
            ),
        )
    if changed is not None and changed > kept[-1]:
        raise InputError(
            f"`changed`: the last period is {kept[-1]}, before {changed}. Leave it out: all was "
            "asked the old way."
        )
    if changed is not None and changed > kept[0]:
        before = sum(label < changed for label in kept)
        kept = kept[before:]
        past = periods_said(before, rows.period)
        rows = rows.cut(
            kept,
            lambda gone: said(
                "begins with {changed}, when the questionnaire changed: what comes before "
                "({periods}) differs by an unknown amount. Hand over a bridge to keep it "
                "({n:,.0f} answers left out)",
                changed=PeriodLabel(changed),
                periods=past,
                n=gone,
            ),
        )
    return rows if kept == rows.periods else rows.cut(kept)


def _unmixed(rows: Rows, groupings: list[tuple[str, ...]]) -> tuple[Said, ...]:
    """Refuse kinds of survey whose mix moves the score over time; say it of channels, and of less.

    A mix that is the same in every period adds a constant, which no forecast minds.
    """
    found = []
    for key in (KIND, _CHANNEL):
        if rows.mixed is None or key not in rows.mixed.keys:
            continue
        if all(key in grouping for grouping in groupings):
            continue
        inside = rows.mixed.cells[rows.period].astype(str).isin(rows.periods).to_numpy()
        mixed = rows.mixed.take(inside).by(rows.period, key)
        effect = mix_effect(mixed, [rows.period], key)
        if not effect.unlike:
            continue
        if key == KIND and (effect.points >= _MOVES or effect.largest >= _LEAPS):
            raise InputError(
                f"The {rows.period}s mix kinds of survey ({', '.join(effect.kinds)}) in different "
                f"proportions, which alone moves the score by up to {effect.largest:.0f} points: a "
                "forecast would take that for a move of customers. Add 'kind' to `by`, keep the "
                'answers of one kind (counts.where("kind", …)), or write across_kinds=True '
                "(--across-kinds) to take them together all the same."
            )
        found.append(
            said(
                "the mix of {key}s ({kinds}) changes from {period} to {period}, which alone moves "
                "the score by up to {points:.1f} points",
                key=said("kind") if key == KIND else said("channel"),
                kinds=effect.kinds,
                period=period_said(rows.period),
                points=effect.largest,
            )
        )
    return tuple(found)


def _series(
    rows: Rows,
    groupings: list[tuple[str, ...]],
    stacked: bool,
    changed: str | None,
    bridge: Any,
    told: tuple[Said, ...],
) -> Series:
    """Return all groupings of the rows as series, one after another."""
    notes = [*rows.notes, *told]
    labels: list[Cells] = []
    tables, errors, opens, closes = [], [], [], []
    for keys in groupings:
        cells, table = grid_of(rows, keys)
        error = np.zeros(len(table))
        if bridge is not None and changed is not None and changed > rows.periods[0]:
            if rows.counts is None:
                raise InputError(
                    "`bridge` needs answers by score from 0 to 10, `data` has categories only: "
                    "hand over the answers themselves or their counts."
                )
            table, error = led_over(
                bridge, rows.counts, table, cells, rows.period, rows.periods, changed
            )
        grouping = Cells.of(keys, cells)
        spells = None
        if rows.spans is not None and STORE in keys:
            spans = rows.spans.reindex(cells[STORE])
            spells = (spans["opens"].to_numpy(float), spans["closes"].to_numpy(float))
        life = lives(table.sum(axis=2), grouping.names, rows.periods, rows.period, spells)
        notes += [of_level(grouping.level, note) for note in life.notes]
        labels.append(grouping)
        tables.append(table)
        errors.append(error)
        opens.append(life.opens)
        closes.append(life.closes)
    counted = Series.of_counts(
        np.concatenate(tables),
        rows.periods,
        names_of(labels),
        period=rows.period,
        keys=LEVELS if stacked else labels[0].keys or ("series",),
        parts=parts_of(labels, stacked=stacked),
        notes=notes,
    )
    bridged = np.array([bridge is not None and label < str(changed) for label in rows.periods])
    if bridged.any():
        told_so = said(
            "the {periods} before {changed} are led over the change of questionnaire, with an "
            "error in common of {error:.1f} points",
            periods=periods_said(int(bridged.sum()), rows.period),
            changed=PeriodLabel(changed),
            error=np.concatenate(errors)[0],
        )
        counted = replace(counted, notes=(*counted.notes, told_so))
    return replace(
        counted,
        opens=np.concatenate(opens),
        closes=np.concatenate(closes),
        bridged=bridged,
        shift_sd=np.concatenate(errors),
    )
