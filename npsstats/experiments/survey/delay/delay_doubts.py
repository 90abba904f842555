"""What to doubt of a curve of the delay, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.estimation.answering.grouped_logit import grouped_logit
from npsstats.experiments.survey.delay.log_delay import categories, design
from npsstats.experiments.survey.delay.three_logits import likelihood_ratio
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.delay.delay_reading import DelayCells
    from npsstats.experiments.survey.delay.three_logits import ThreeLogits

    Floats = NDArray[np.float64]

__all__ = ["Fitted", "lack_of_fit", "said_of"]

_LACK = 0.01  # p, times three: below it the curve is said not to hold
_STRAIGHT = 0.01
_LEAST_P = 1e-6  # no smaller p is said
_FEW = 10.0  # events a coefficient, under which normal draws are rough
_OF_SENDING = ("weekday", "hour")
_QUANTITIES = ("response", "detractors", "promoters")
_NAMED = {
    "response": said("response"),
    "detractors": said("detractors"),
    "promoters": said("promoters"),
}


class Fitted(NamedTuple):
    """Designs of the cells, and the fits: the curve, and a straight line on log2 of the delay."""

    x: Floats
    curve: ThreeLogits
    straight: ThreeLogits
    others: Floats


def lack_of_fit(cells: DelayCells, fitted: Fitted) -> dict[str, float]:
    """Return p of the curve against a category a delay (or a tenth of all sent), by quantity.

    NaN where the curve already passes through every delay, or a prior holds a fit.
    """
    asked = cells.asked
    steps = categories(cells.delays, asked.invited)
    wide = np.hstack(
        [fitted.x, design(steps, cells.group, len(cells.groups), fitted.others)[:, 1:]]
    )
    # categories of delay nest the curve where they are arms, and widen it where they are bins
    found = {}
    for name, narrow, (n, k) in zip(_QUANTITIES, fitted.curve, asked.trials, strict=True):
        full = grouped_logit(wide, n, k, None)
        held = narrow.prior_sd is not None or full.prior_sd is not None
        found[name] = np.nan if held else likelihood_ratio(full, narrow, n, k)
    return found


def straight_line(cells: DelayCells, fitted: Fitted) -> float:
    """Return p of one slope a doubling against the curve, of scores; NaN where untold."""
    found = []
    for place in (1, 2):
        curve, line = fitted.curve[place], fitted.straight[place]
        if curve.prior_sd is None and line.prior_sd is None:
            found.append(likelihood_ratio(curve, line, *cells.asked.trials[place]))
    known = [p for p in found if p == p]  # noqa: PLR0124 NaN
    return min(1.0, 2 * min(known)) if known else np.nan


def said_of(
    cells: DelayCells,
    fitted: Fitted,
    *,
    adjust: Sequence[str],
    randomized: bool,
    lower_df: tuple[int, int] | None,
    between: bool,
    selective: tuple[float, float] | None,
) -> list[Said]:
    """Return the doubts, most serious first.

    Parameters
    ----------
    cells, fitted
        What was read and fitted.
    adjust
        The covariates' names.
    randomized
        Whether chance set the delays.
    lower_df
        Degrees of freedom asked for and borne, where they differ.
    between
        Whether the grid has delays at which nothing was sent although the delays are arms.
    selective
        The lowest and the highest response rate, where they clearly differ.
    """
    lines = []
    if not randomized:
        lines.append(
            said(
                "The delays were not randomized: every difference between them is an association. "
                "Who is sent to late may differ in ways that no key here holds."
            )
        )
    if fitted.curve.held:
        lines.append(
            said(
                "In some cells everybody or nobody answered, or nobody was a detractor or a "
                "promoter: a normal prior (sd 2.5 log-odds) holds the curve there, and its band is "
                "rough."
            )
        )
    elif (thin := _events(fitted, cells)) < _FEW:
        lines.append(
            said(
                "There are {thin:.0f} events to each coefficient of the thinnest of the three "
                "curves: bands from normal draws are rough. Ask for fewer degrees of freedom, or "
                "fewer groups.",
                thin=thin,
            )
        )
    lack = {name: p for name, p in lack_of_fit(cells, fitted).items() if 3 * p < _LACK}
    if lack:
        worst = min(lack, key=lack.__getitem__)
        lines.append(
            said(
                "The curve of {quantity} does not pass where its delays do (p {p:.2g}): ask for "
                "more degrees of freedom, or read the delays as arms.",
                quantity=_NAMED[worst],
                p=max(lack[worst], _LEAST_P),
            )
        )
    if (p := straight_line(cells, fitted)) < _STRAIGHT:
        lines.append(
            said(
                "One number a doubling does not describe the drift of the score (p {p:.2g}): read "
                "the curve.",
                p=max(p, _LEAST_P),
            )
        )
    if selective is not None:
        low, high = (100 * value for value in selective)
        lines.append(
            said(
                "Who answers changes with the delay ({low:.1f}% to {high:.1f}% do): part of the "
                "drift of the score may be who is left to answer, and not what they remember.",
                low=low,
                high=high,
            )
        )
    if lower_df is not None:
        lines.append(
            said(
                "{asked} degrees of freedom were asked for; the delays bear {borne}.",
                asked=lower_df[0],
                borne=lower_df[1],
            )
        )
    if between:
        lines.append(
            said("Between the delays that were sent, the curve is drawn through and not observed.")
        )
    lines += [
        said(
            "'{key}' must be that of the visit: that of sending follows from the delay, and "
            "holding it fixed would hide part of what the delay does.",
            key=key,
        )
        for key in adjust
        if key in _OF_SENDING
    ]
    silent = 1 - cells.asked.answered.sum() / cells.asked.invited.sum()
    lines.append(
        said(
            "{silent:.0f}% of those sent did not answer: the score takes them to think as those "
            "of their kind who did.",
            silent=100 * silent,
        )
    )
    if cells.left_out:
        lines.append(said("{n:,} invitations without a delay were left out.", n=cells.left_out))
    return lines


def _events(fitted: Fitted, cells: DelayCells) -> float:
    """Return the least number of events (or of the others) to a coefficient."""
    each = [
        min(k.sum(), (n - k).sum()) / max(one.rank, 1)
        for one, (n, k) in zip(fitted.curve, cells.asked.trials, strict=True)
    ]
    return float(min(each))
