"""Many experiments at once, batch by batch, allocated by top-two Thompson sampling or equally."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import stats

from npsstats.experiments.adaptive.best import NEAR, best_of_betas
from npsstats.experiments.adaptive.top_two import dealt, top_two
from npsstats.experiments.binary.betas import PRIOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["Plan", "Trials", "first_sure", "run"]

_AT_ONCE = (
    2_000_000  # numbers in an array of the quadrature, which has some 30 × arms² a replication
)


class Plan(NamedTuple):
    """What is simulated.

    Attributes
    ----------
    rates
        True answer rates, shape (batches, arms).
    per_batch
        Invitations in each batch.
    leader, minimum
        As in `allocate`; None as the leader deals out equally.
    """

    rates: Floats
    per_batch: int
    leader: float | None
    minimum: float


class Trials(NamedTuple):
    """What came of it.

    Attributes
    ----------
    invited, answered
        New in each batch, shape (replications, batches, arms).
    p_best
        Probability of the arm that leads after each batch, shape (replications, batches).
    leads
        Which arm that is, shape (replications, batches).
    """

    invited: Counts
    answered: Counts
    p_best: Floats
    leads: NDArray[np.intp]


def run(plan: Plan, chances: Floats) -> Trials:
    """Return the experiments that uniform chances (replications, batches, arms) decide.

    An arm's answers are the quantile of its binomial law at its chance: two plans with the same
    chances see arms that are lucky in the same batches.
    """
    arms = plan.rates.shape[1]
    size = max(1, _AT_ONCE // (30 * arms**2))
    parts = [_run(plan, chances[at : at + size]) for at in range(0, len(chances), size)]
    return Trials(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _run(plan: Plan, chances: Floats) -> Trials:
    replications, batches, arms = chances.shape
    invited, answered = np.zeros((2, replications, batches, arms), dtype=np.int64)
    p_best, leads = np.zeros((replications, batches)), np.zeros((replications, batches), np.intp)
    share = np.full((replications, arms), 1 / arms)
    total = np.zeros((2, replications, arms))
    for batch in range(batches):
        sent = dealt(share, plan.per_batch)
        if plan.leader is None:
            # what does not divide goes to each arm in turn
            sent = np.roll(sent, batch * (plan.per_batch % arms), axis=1)
        came = _binomial(chances[:, batch], sent, plan.rates[batch])
        invited[:, batch], answered[:, batch] = sent, came
        total += came, sent - came
        log_p = best_of_betas(total[0] + PRIOR[0], total[1] + PRIOR[1], NEAR).log_p
        leads[:, batch] = log_p.argmax(axis=1)
        p_best[:, batch] = np.exp(log_p.max(axis=1))
        if plan.leader is not None:
            share = top_two(log_p, plan.leader, plan.minimum)
    return Trials(invited, answered, p_best, leads)


def _binomial(chance: Floats, n: Counts, rate: Floats) -> Counts:
    """Return the binomial quantile at each chance."""
    found = np.zeros(n.shape, dtype=np.int64)
    rates = np.broadcast_to(rate, n.shape)
    some = n > 0
    found[some] = stats.binom.ppf(chance[some], n[some], rates[some])
    return found


def first_sure(trials: Trials, sure: float) -> NDArray[np.intp]:
    """Return the batch, from 0, after which P(best) is first that high; `batches` if never."""
    reached = trials.p_best >= sure
    return np.where(reached.any(axis=1), reached.argmax(axis=1), reached.shape[1])
