"""What a quarantine costs and saves, to 1,000 invitations as they are sent now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from npsstats.experiments.survey.delay.three_logits import CHUNK
from npsstats.experiments.survey.tired.quarantine import kept
from npsstats.experiments.survey.tired.tiredness import design, fades

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.experiments.survey.tired.tiredness import Recency

    Floats = NDArray[np.float64]

__all__ = ["Sent", "money_draws", "rule", "rules"]

_UNITS = {
    "not_sent": "invitations",
    "answers_lost": "answers",
    "response_kept": "share",
    "answers_won_back": "answers",
    "answers": "answers",
    "invitations_per_answer": "invitations",
    "money": "money",
}
_PER = 1000.0


class Sent(NamedTuple):
    """All that was sent: cells with covariates, how the last one fades, and the cap."""

    past: Floats
    since: Floats
    invited: Floats
    others: Floats
    recency: Recency
    most: int


def rule(
    coefficients: Floats,
    cells: Sent,
    days: Sequence[int],
    money: tuple[float, float] | None,
    *,
    causal: bool,
) -> dict[int, dict[str, Floats]]:
    """Return every quantity of each rule by draws, (2, 1 + draws): at the worst, and as modelled.

    At the worst nothing is won back, because the others only seem less tired, and less than
    nothing is not believed of an association. Where solicitations were randomized both rows are
    as modelled, below nothing too: cut off at 0, draws about no fatigue would all be gains.

    Parameters
    ----------
    coefficients
        (1 + draws, p), of who answers.
    cells
        What was sent.
    days
        The rules'.
    money
        What an invitation costs and what an answer is worth, or None.
    causal
        Whether chance decided who was solicited.
    """
    weight = _PER * cells.invited / cells.invited.sum()
    left = [
        kept(cells.past, cells.since, cells.invited, one, cells.recency, cells.most) for one in days
    ]
    going = np.stack([weight * one.sent for one in left], axis=1)
    now = design(cells.past, fades(cells.recency, cells.since), cells.others, cells.most)
    every = _answers(coefficients, now, np.column_stack([weight, going]))
    found = {}
    for place, (one, what) in enumerate(zip(days, left, strict=True)):
        staying, sent = every[1 + place], float(going[:, place].sum())
        won = np.zeros_like(staying)
        if sent < weight.sum():
            then = design(what.past, what.faded, cells.others, cells.most)
            rested = _answers(coefficients, then, going[:, [place]])[0]
            won = rested - staying if causal else np.maximum(rested - staying, 0.0)
        ends = np.stack([won if causal else np.zeros_like(won), won])
        found[one] = _quantities(every[0], staying, ends, _PER - sent, money)
    return found


def _quantities(
    all_now: Floats,
    staying: Floats,
    won: Floats,
    unsent: float,
    money: tuple[float, float] | None,
) -> dict[str, Floats]:
    """Return the quantities of a rule: answers now, those that stay, and those won back (2, …)."""
    both, lost, sent = np.ones_like(won), all_now - staying, _PER - unsent
    found = {
        "not_sent": unsent * both,
        "answers_lost": lost * both,
        "response_kept": staying / sent * both,
        "answers_won_back": won,
        "answers": staying + won,
        "invitations_per_answer": sent / (staying + won),
    }
    if money is not None:
        cost, value = money
        found["money"] = cost * unsent + value * (won - lost)
    return found


def _answers(coefficients: Floats, x: Floats, weights: Floats) -> Floats:
    """Return expected answers to (cells, k) invitations, (k, draws)."""
    total = np.zeros((len(coefficients), weights.shape[1]))
    for start in range(0, len(x), CHUNK):
        part = slice(start, start + CHUNK)
        total += special.expit(coefficients @ x[part].T) @ weights[part]
    return total.T


def rules(found: dict[int, dict[str, Floats]], level: float) -> pd.DataFrame:
    """Return a row a rule and quantity; limits span what is modelled and the worst."""
    tail = (1 - level) / 2
    rows = []
    for days, quantities in found.items():
        for name, ends in quantities.items():
            low, high = np.sort(np.quantile(ends[:, 1:], [tail, 1 - tail], axis=1).ravel())[[0, -1]]
            rows.append((days, name, _UNITS[name], float(ends[1, 0]), float(low), float(high)))
    columns = ["quarantine_days", "quantity", "unit", "estimate", "lower", "upper"]
    return pd.DataFrame(rows, columns=columns).assign(level=level)


def money_draws(found: dict[int, dict[str, Floats]]) -> tuple[Floats, Sequence[str]]:
    """Return money as modelled, (draws, rules), and the rules' names."""
    values = np.stack([quantities["money"][1, 1:] for quantities in found.values()], axis=1)
    return values, [f"{days} days" for days in found]
