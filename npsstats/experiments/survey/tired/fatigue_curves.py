"""Response and score by past solicitations, standardized; and what to doubt of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.estimation.answering.grouped_logit import grouped_logit
from npsstats.experiments.survey.delay.standardized_curve import numbers
from npsstats.experiments.survey.delay.three_logits import CHUNK, likelihood_ratio, shares
from npsstats.experiments.survey.tired.tiredness import categories, design, fades
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.delay.three_logits import ThreeLogits
    from npsstats.experiments.survey.tired.fatigue_reading import PastCells
    from npsstats.experiments.survey.tired.quarantine_rule import Sent

    Floats = NDArray[np.float64]

__all__ = ["MORE", "changes", "curves_of", "doubts_of"]

MORE = "one more solicitation"
_DAYS = (1.0, 7.0, 14.0, 30.0, 60.0, 90.0, 180.0, 365.0)
_RECENT = 30.0
_LACK = 0.01
_LEAST_P = 1e-6
_HELD = 7.0  # no gap shorter than these days: a rule is in force
_THIN = 100.0  # answers of those asked before
_UNITS = {"response": "share", "nps": "points"}
_CURVES = {
    "responses": said("responses"),
    "detractors": said("detractors"),
    "promoters": said("promoters"),
}
_RISES = {
    "response": said(
        "Response rises with past solicitations, which chance decided: of fatigue there is no sign "
        "in it."
    ),
    "nps": said(
        "NPS rises with past solicitations, which chance decided: of fatigue there is no sign in "
        "it."
    ),
}
# of the answers in all, as docs/tables/timing.md has it
_NARROW = said(
    "The limits of a rule are too narrow: in simulated years in which nothing but solicitations "
    "moved response, 95% limits held the answers lived through in 0.69 of the readings where "
    "customers come unalike, in 0.79 where alike (docs/tables/timing.md)."
)


def changes(coefficients: Floats, sent: Sent, level: float) -> pd.DataFrame:
    """Return a row a change and quantity: points of percentage of response, points of NPS."""
    faded = fades(sent.recency, sent.since)
    below = np.where(sent.past < sent.most, sent.invited, 0.0)
    asked = ~np.isnan(sent.since)
    recent = recent_days(sent.since)
    more = _means(coefficients, _rows(sent, sent.past + 1, faded), below)
    as_is = _means(coefficients, _rows(sent, sent.past, faded), below)
    before = np.where(asked, sent.invited, 0.0)
    at = fades(sent.recency, np.full(len(sent.past), recent))
    lately = _means(coefficients, _rows(sent, sent.past, at), before)
    long_ago = _means(coefficients, _rows(sent, sent.past, np.zeros_like(at)), before)
    days = f"asked {recent:g} days ago, not long ago"
    rows = []
    for change, new, old in ((MORE, more, as_is), (days, lately, long_ago)):
        moved = np.stack([100.0 * (new[0] - old[0]), new[1] - old[1]])
        units = ["points of percentage", "points"]
        part = pd.DataFrame({"change": change, "quantity": list(_UNITS), "unit": units})
        rows.append(part.assign(**numbers(moved, level)))
    return pd.concat(rows, ignore_index=True)


def recent_days(since: Floats) -> float:
    """Return 30 days, or the nearest to it that was seen."""
    return float(np.clip(_RECENT, np.nanmin(since), np.nanmax(since)))


def curves_of(
    coefficients: Floats, sent: Sent, level: float, *, names: tuple[str, str]
) -> pd.DataFrame:
    """Return curves by number (all sent, long ago) and by days since the last (those asked)."""
    capped = np.unique(np.minimum(sent.past, sent.most))
    none = fades(sent.recency, np.full(len(sent.past), np.nan))
    before = np.where(np.isnan(sent.since), 0.0, sent.invited)
    found: list[tuple[str, float, Floats]] = []
    for number in capped:
        rows = _rows(sent, np.full(len(sent.past), number), none)
        found.append((names[0], float(number), _means(coefficients, rows, sent.invited)))
    low, high = np.nanmin(sent.since), np.nanmax(sent.since)
    for days in _DAYS:
        if low <= days <= high:
            at = fades(sent.recency, np.full(len(sent.past), days))
            rows = _rows(sent, sent.past, at)
            found.append((names[1], days, _means(coefficients, rows, before)))
    parts = [
        pd.DataFrame(
            {"factor": name, "value": value, "quantity": list(_UNITS), "unit": _UNITS.values()}
        ).assign(**numbers(means, level))
        for name, value, means in found
    ]
    return pd.concat(parts, ignore_index=True)


def _rows(sent: Sent, past: Floats, faded: Floats) -> Floats:
    return design(past, faded, sent.others, sent.most)


def _means(coefficients: Floats, x: Floats, weight: Floats) -> Floats:
    """Return mean response (share) and NPS (points), (2, draws)."""
    # rows that are alike are reckoned once
    unique, back = np.unique(x, axis=0, return_inverse=True)
    share = np.bincount(back.ravel(), weight, len(unique)) / weight.sum()
    total = np.zeros((2, coefficients.shape[1]))
    for start in range(0, len(unique), CHUNK):
        part = slice(start, start + CHUNK)
        one = shares(coefficients, unique[part])
        net = 100.0 * (one.promoter - one.detractor)
        total += np.stack([one.response @ share[part], net @ share[part]])
    return total


def doubts_of(
    cells: PastCells,
    sent: Sent,
    fits: ThreeLogits,
    frame: pd.DataFrame,
    days: Sequence[int],
    *,
    randomized: bool,
) -> list[Said]:
    """Return what to doubt, most serious first; `days` are the rules'."""
    lines = []
    if not randomized:
        lines.append(
            said(
                "Solicitations were not randomized: all this is association. Those asked often "
                "are the customers who come often, and they may answer and score otherwise for "
                "that; adjusting helps only for what is known of them."
            )
        )
    lines += _rising(frame, randomized=randomized)
    if days[-1] > 0:
        lines.append(_NARROW)
    if fits.held:
        lines.append(
            said(
                "In some cells everybody or nobody answered, or nobody was a detractor or a "
                "promoter: a normal prior (sd 2.5 log-odds) holds the estimates there."
            )
        )
    told = cells.asked.categories.sum(axis=1)
    if (few := told[~np.isnan(cells.since)].sum()) < _THIN:
        lines.append(
            said("Only {n:,.0f} answers are of customers asked before: intervals are rough.", n=few)
        )
    if lack := _lack(cells, sent, fits):
        name, p = lack
        lines.append(
            said(
                "A straight line on the log-odds does not describe how {quantity} go with the "
                "number of past solicitations (p {p:.2g}): the change a solicitation is a mean.",
                quantity=_CURVES[name],
                p=max(p, _LEAST_P),
            )
        )
    lines.append(
        said(
            "The last solicitation fades as {recency}, chosen among several: intervals do not hold "
            "that choice. A customer's several invitations count as independent.",
            recency=sent.recency.words,
        )
    )
    if (first := float(np.nanmin(cells.since))) >= _HELD:
        lines.append(
            said(
                "Nobody was asked again within {days:g} days. What a rule holds back today is not "
                "in the counts; some of it would go out under a longer one, and less stay unsent.",
                days=first,
            )
        )
    if cells.left_out:
        lines.append(
            said(
                "{n:,} invitations were left out: it is not known how often, or when, they were "
                "asked before.",
                n=cells.left_out,
            )
        )
    return lines


def _rising(frame: pd.DataFrame, *, randomized: bool) -> list[Said]:
    """Return what to think of a response, or a score, that rises with past solicitations."""
    more = frame[(frame["change"] == MORE) & (frame["estimate"] > 0)]
    rising = set(more["quantity"])
    if randomized:
        names = [name for name in _UNITS if name in rising]
        return [_RISES[name] for name in names]
    lines = []
    if "response" in rising:
        lines.append(
            said(
                "Response rises with past solicitations: that is who is asked rather than fatigue, "
                "and nothing is won back by asking less."
            )
        )
    if "nps" in rising:
        lines.append(
            said(
                "NPS rises with past solicitations: that is who is asked rather than fatigue. In "
                "simulated networks it is read to rise where every solicitation lowers it "
                "(docs/tables/timing.md)."
            )
        )
    return lines


def _lack(cells: PastCells, sent: Sent, fits: ThreeLogits) -> tuple[str, float] | None:
    """Return the quantity that a category a number describes far better, and its p."""
    x = design(sent.past, fades(sent.recency, sent.since), sent.others, sent.most)
    wide = np.hstack([x, categories(sent.past, sent.most)])
    found = {}
    for name, narrow, (n, k) in zip(_CURVES, fits, cells.asked.trials, strict=True):
        full = grouped_logit(wide, n, k, None)
        if narrow.prior_sd is None and full.prior_sd is None:
            found[name] = likelihood_ratio(full, narrow, n, k)
    clear = {name: p for name, p in found.items() if 3 * p < _LACK}
    return min(clear.items(), key=lambda item: item[1]) if clear else None
