"""What follows an answer: re-purchase, churn, and what a call changes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats.data.simulation.callbacks import repurchase, states
from npsstats.data.simulation.customers import churn_probability
from npsstats.data.simulation.population import mean_of

if TYPE_CHECKING:
    from npsstats.data.simulation.engine import History

__all__ = ["WINDOWS", "callback_effects", "category_outcomes"]

WINDOWS = (60, 90)  # days
_SAMPLE = 200_000
_CATEGORIES = ("detractor", "passive", "promoter")


def callback_effects(history: History) -> pd.DataFrame:
    """Return what calls change, over the detractors that are followed to the end."""
    truth, calendar = history.truth, history.calendar
    rows: list[dict[str, Any]] = []
    for window in WINDOWS:
        trial = history.trial.take(history.trial.day + window < calendar.end)
        if len(trial) == 0:
            continue
        state = states(
            truth, history.customers, history.visits, calendar, (trial.customer, trial.day)
        )
        ratio = np.where(trial.low, truth.callback_rate_super, truth.callback_rate_moderate)
        call = (trial.day + trial.wait, ratio)
        ignored = repurchase(truth, state, history.factor, calendar, window=window)
        reached = repurchase(truth, state, history.factor, calendar, window=window, call=call)
        strata = {
            "all": np.ones(len(trial), dtype=bool),
            "super": trial.low,
            "moderate": ~trial.low,
        }
        for name, rows_in in strata.items():
            n, reach = int(rows_in.sum()), trial.reachable[rows_in]
            effect = (reach * (reached - ignored)[rows_in]).sum() / max(n, 1)
            control = ignored[rows_in].sum() / max(n, 1)
            rows.append(
                {
                    "stratum": name,
                    "window": window,
                    "n": n,
                    "reach": reach.sum() / max(n, 1),
                    "control": control,
                    "treatment": control + effect,
                    "itt": effect,
                    "cace": effect * n / reach.sum() if n else np.nan,
                }
            )
    names = ["stratum", "window", "n", "reach", "control", "treatment", "itt", "cace"]
    return pd.DataFrame(rows, columns=names)


def category_outcomes(history: History) -> pd.DataFrame:
    """Return re-purchase and churn by category of the answer, were nobody called.

    Churn is at the first month's end after the answer, of those who are still customers.
    """
    truth, calendar, answers = history.truth, history.calendar, history.answers
    day = (answers.answered // 1440).astype(np.int32)
    mature = np.flatnonzero(day + max(WINDOWS) < calendar.end)
    mature = mature[:: max(1, len(mature) // _SAMPLE)]
    who = history.invitations.customer[answers.invitation[mature]]
    state = states(truth, history.customers, history.visits, calendar, (who, day[mature]))
    score = answers.score[mature]
    category = (score >= 7).astype(np.int8) + (score >= 9)
    frame = pd.DataFrame({"category": _CATEGORIES})
    number = np.bincount(category, minlength=3)
    for window in WINDOWS:
        chance = repurchase(truth, state, history.factor, calendar, window=window)
        total = np.bincount(category, chance, 3)
        frame[f"repurchase_{window}"] = mean_of(total, number)
    month_end = calendar.starts[calendar.month(state.day) + 1] - 1
    tenure = (month_end - state.joined).astype(float)
    leaves = churn_probability(truth, state.experience, tenure, np.zeros(len(state), dtype=bool))
    here = state.later > 0
    stays = np.bincount(category[here], minlength=3)
    frame["churn"] = mean_of(np.bincount(category[here], leaves[here], 3), stays)
    return frame
