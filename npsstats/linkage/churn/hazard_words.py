"""What to doubt of a hazard."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from npsstats.aggregates.scores import NONE
from npsstats.linkage.churn.concordance import concordance
from npsstats.linkage.churn.separation import (
    deciding_levels,
    separated_levels,
    words_of,
    words_of_deciding,
)
from npsstats.said import PeriodLabel, Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.hazard_cells import HazardCells
    from npsstats.linkage.churn.design import Scheme

__all__ = [
    "LEAST_CHECKED",
    "TOO_MANY_BACK",
    "doubts_of_hazard",
    "doubts_of_periods",
    "doubts_of_silence",
]

_KNOWS = 0.98  # area under the curve from which a covariate is held to know the outcome
_FEW_EVENTS = 10
_BY_CONSTRUCTION = "recency"
NEVER = "never answered"
_PARTLY = {
    "score_age": said(
        "The age of the score foretells partly by construction: answers follow purchases, so a "
        "fresh answer marks a customer who has just bought. Read it as a sign of activity too."
    ),
    "answers": said(
        "The number of answers foretells partly by construction: who buys often is asked often, "
        "so many answers mark a frequent customer. Hold the frequency of purchases equal beside "
        "it."
    ),
}
LEAST_CHECKED = 20
"""Departures that can be checked, below which their share says nothing."""
DILUTED, TOO_MANY_BACK = 0.10, 0.30
"""Share of those that came back, from which a hazard is doubted, and from which it is not told."""
_PEAK, _SURE = 2.0, 4.0  # times the median hazard, and standard errors above it


def doubts_of_hazard(
    rows: HazardCells,
    scheme: Scheme,
    keep: NDArray[np.bool_],
    apart: NDArray[np.bool_],
    frame: pd.DataFrame,
    said_of_fit: Sequence[Said],
    base: set[str],
    *,
    settled: bool,
) -> list[Said]:
    """Return the sentences, most serious first; arguments are the parts of the fit.

    `said_of_fit`: sentences on references and clusters, which have their place among the others.
    """
    notes = []
    keys = [key for key in scheme.keys if key not in base]
    deciding = {key: deciding_levels(rows, key) for key in keys}
    notes += [words_of_deciding(k, levels, rows) for k, levels in deciding.items() if levels]
    perfect = separated_levels(rows, keys)
    notes += [words_of(k, levels, rows) for k, levels in perfect.items() if not deciding[k]]
    alone = np.zeros(len(rows), dtype=bool)
    for key, levels in deciding.items():
        alone |= np.isin(rows.code(key), [rows.levels[key].index(label) for label in levels])
    # periods in which nobody left are no news
    for key, levels in separated_levels(rows.where(~alone), scheme.keys).items():
        alone |= np.isin(rows.code(key), [rows.levels[key].index(label) for label in levels])
    mixed = apart & ~alone
    if mixed.any() and perfect:
        notes.append(
            said(
                "Of the others, {n:,} person-periods are foretold perfectly by the "
                "covariates together, and are set apart too.",
                n=int(rows.at_risk[mixed].sum()),
            )
        )
    elif mixed.any():
        notes.append(
            said(
                "Covariates together foretell {n:,} person-periods perfectly (no single "
                "one does); these are set apart. Merge labels that have few departures, or "
                "leave out an interaction.",
                n=int(rows.at_risk[mixed].sum()),
            )
        )
    if not settled:
        notes.append(said("The fit did not settle: its numbers are not to be used."))
    if _BY_CONSTRUCTION in keys and "purchase" in rows.churn:
        notes.append(
            said(
                "The time since the last purchase foretells by construction: a departure told by "
                "silence is dated right after a purchase, so nobody leaves who has been silent "
                "for long. Leave it out."
            )
        )
    notes += [text for key, text in _PARTLY.items() if key in keys]
    if NEVER in {label for key in keys for label in scheme.used[key]} and "purchase" in rows.churn:
        notes.append(
            said(
                "Who has '{never}' is partly who has bought little so far: as a departure by "
                "silence is told from purchases too, part of that contrast is no effect of "
                "answering.",
                never=NEVER,
            )
        )
    notes += _knowing(rows, [key for key in keys if not deciding[key]])
    told_of = [key for key, levels in deciding.items() if levels]
    columns = scheme.design(rows).columns
    lost = [column.name for column, kept in zip(columns, keep, strict=True) if not kept]
    told = [
        name for name in lost if name.split("=")[0].split(":")[0] not in {*perfect, *base, *told_of}
    ]
    if told:
        notes.append(
            said(
                "{told} cannot be told apart from the terms before: not estimated. Leave out "
                "one of the terms that say the same.",
                told=told,
            )
        )
    notes += said_of_fit
    few = frame[(frame["events"] < _FEW_EVENTS) & (frame["events"] > 0)]
    if len(few):
        names = [
            said("{term} {label} ({events})", term=row.term, label=row.label, events=row.events)
            for row in few.itertuples()
        ]
        notes.append(
            said(
                "Fewer than {few_events} departures at {names}: its interval is rough.",
                few_events=_FEW_EVENTS,
                names=names,
            )
        )
    return notes


def _knowing(rows: HazardCells, keys: list[str]) -> list[Said]:
    """Say which covariates, or their missing labels, foretell nearly perfectly."""
    notes = []
    n, y = rows.at_risk.astype(float), rows.events.astype(float)
    always = np.zeros(len(rows), dtype=np.intp)
    for key in keys:
        code, labels = rows.code(key), rows.levels[key]
        size = np.bincount(code, n, len(labels))
        rate = np.bincount(code, y, len(labels)) / np.maximum(size, 1)
        area = concordance(rate[code], n, y, always, None)[0]
        if area >= _KNOWS:
            notes.append(
                said(
                    "'{key}' foretells nearly perfectly (area under the curve {area:.3f}). Ask "
                    "whether it was recorded after the departure, and leave it out if so.",
                    key=key,
                    area=area,
                )
            )
        elif NONE in labels:
            missing = (code == labels.index(NONE)).astype(float)
            lack = concordance(missing, n, y, always, None)[0]
            if max(lack, 1 - lack) >= _KNOWS:
                notes.append(
                    said(
                        "Where '{key}' is missing foretells nearly perfectly: it is filled in "
                        "when the outcome is known. Leave it out.",
                        key=key,
                    )
                )
    return notes


def doubts_of_silence(cells: HazardCells) -> list[Said]:
    """Say what share of the departures later purchases show to be none."""
    checked, back = cells.came_back
    if checked >= LEAST_CHECKED and back > DILUTED * checked:
        share = back / checked
        told = said(
            "The hazard is at least {times:.2f} times too high: of the departures that can be "
            "checked, {share:.0f}% came back. Ratios are diluted towards 1 by it too. Define "
            "churn by the rhythm of purchases, or by a longer silence.",
            times=1 / max(1 - share, 1e-9),
            share=100 * share,
        )
        return [told]
    return []


def doubts_of_periods(cells: HazardCells) -> list[Said]:
    """Say in which months of the calendar far more left than in others."""
    notes = []
    if re.match(r"\d{4}(-|$)", cells.levels.get("period", ("",))[0]):
        each = cells.by("period")
        rate = each.events / each.at_risk
        usual = float(np.median(rate))
        error = np.sqrt(np.maximum(usual, 1e-12) / each.at_risk)
        odd = np.flatnonzero((rate > _PEAK * usual) & (rate > usual + _SURE * error))
        if len(odd) and len(each) > 2:
            names = [
                said(
                    "{period} ({rate:.1f}%)",
                    period=PeriodLabel(each.levels["period"][each.codes[i, 0]]),
                    rate=100 * rate[i],
                )
                for i in odd
            ]
            notes.append(
                said(
                    "Far more leave than in the median period ({usual:.1f}%) in {names}. Ask "
                    "whether purchases are missing after it: gaps in the data look like "
                    "departures.",
                    usual=100 * usual,
                    names=names,
                )
            )
    return notes
