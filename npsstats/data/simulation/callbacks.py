"""Call-backs randomized among detractors, and what they truly change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from npsstats.data.simulation.columns import Array, Columns
from npsstats.data.simulation.customers import churn_probability, visit_weight
from npsstats.data.simulation.journeys import Calls

if TYPE_CHECKING:
    from npsstats.data.simulation.calendar import Calendar
    from npsstats.data.simulation.customers import Customers
    from npsstats.data.simulation.journeys import Visits
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["Callbacks", "CustomerState", "enrol", "repurchase", "states"]

_DAYS_TO_CALL = np.array([0.35, 0.35, 0.15, 0.10, 0.05])  # 0 … 4 days after assignment
_DAY_BITS = 20


@dataclass
class Callbacks(Columns):
    """Detractors of the trial, one row a customer; `day` is the day of assignment.

    `reachable` is the probability of being reached if called, `wait` the days that the call
    takes or would take.
    """

    response: Array
    customer: Array
    store: Array
    day: Array
    low: Array
    called: Array
    reached: Array
    reachable: Array
    wait: Array

    def calls(self, truth: NetworkTruth) -> Calls:
        """Return the calls that reached their customer."""
        done = self.take(self.reached)
        ratio = np.where(done.low, truth.callback_rate_super, truth.callback_rate_moderate)
        return Calls(customer=done.customer, day=done.day + done.wait, ratio=ratio)


def enrol(
    truth: NetworkTruth,
    customers: Customers,
    answers: tuple[Array, Array, Array],
    *,
    first_response: int,
    end: int,
    rng: np.random.Generator,
) -> Callbacks:
    """Randomize the detractors not yet in the trial; `answers` is who, minute, score.

    Assignment takes place on the morning after the answer. Whether a call would reach depends on
    how often the customer comes, so that comparing the reached with the others is biased.
    """
    who, answered, score = answers
    day = (answered // 1440 + 1).astype(np.int32)
    new = np.flatnonzero((score <= 6) & ~customers.enrolled[who] & (day < end))
    customer, n = who[new], len(new)
    odds = logit(truth.reach_rate) + truth.reach_loyalty * np.log(customers.frailty[customer])
    reachable = expit(odds)
    called = rng.random(n) < truth.called_share
    trial = Callbacks(
        response=first_response + new,
        customer=customer,
        store=customers.store[customer],
        day=day[new],
        low=score[new] <= truth.super_cut,
        called=called,
        reached=called & (rng.random(n) < reachable),
        reachable=reachable,
        wait=rng.choice(len(_DAYS_TO_CALL), n, p=_DAYS_TO_CALL).astype(np.int32),
    )
    customers.enrolled[customer] = True
    done = trial.take(trial.reached)
    customers.call[done.customer] = done.day + done.wait
    return trial


@dataclass
class CustomerState(Columns):
    """What decides the next visit of a customer from a given day on.

    `now` and `later` are the visit weights until the end of the month and after it;
    `experience` is that of the last visit.
    """

    customer: Array
    store: Array
    day: Array
    joined: Array
    now: Array
    later: Array
    experience: Array


def states(
    truth: NetworkTruth,
    customers: Customers,
    visits: Visits,
    calendar: Calendar,
    who: tuple[Array, Array],
) -> CustomerState:
    """Return the state of customers on days; `who` is customers and days, after a visit each."""
    customer, day = who
    chosen = np.zeros(customers.n, dtype=bool)
    chosen[customer] = True
    near = np.flatnonzero(chosen[visits.customer])
    key = (visits.customer[near].astype(np.int64) << _DAY_BITS) | visits.day[near]
    order = np.argsort(key)
    key, near = key[order], near[order]
    base = customer.astype(np.int64) << _DAY_BITS
    last = near[np.searchsorted(key, base | day, side="right") - 1]
    month_start = calendar.starts[calendar.month(day)]
    before = np.searchsorted(key, base | month_start, side="left") - 1
    had = (before >= 0) & (key[before] >> _DAY_BITS == customer)
    u_before = np.where(had, visits.u[near[before]], customers.first_u[customer])
    left = customers.left[customer]
    frailty = customers.frailty[customer] * ((left < 0) | (left >= day))  # some answer and are gone
    return CustomerState(
        customer=customer,
        store=customers.store[customer],
        day=day,
        joined=customers.joined[customer],
        now=visit_weight(truth, frailty, u_before),
        later=visit_weight(truth, frailty, visits.u[last]),
        experience=visits.experience[last],
    )


def repurchase(
    truth: NetworkTruth,
    state: CustomerState,
    factor: Array,
    calendar: Calendar,
    *,
    window: int,
    call: tuple[Array, Array] | None = None,
) -> Array:
    """Return the probability of a visit in the `window` days after `state.day`.

    Exact under the simulation: visits are Poisson with a rate that changes with the month and with
    a call, customers may leave at each month's end, and nothing else changes before the next
    visit. The window must end within the period.

    Parameters
    ----------
    truth, state, factor, calendar
        The parameters, the states (n,), the stores' factors (S, T) and the calendar.
    window
        Days.
    call
        For customers reached: days of the calls (n,) and ratios of the rate (n,).
    """
    month = calendar.month(state.day)
    after = state.day + window + 1
    silent = np.ones(len(state))
    for step in reversed(range(window // 28 + 2)):
        number = month + step
        inside = number < calendar.months
        number = np.minimum(number, calendar.months - 1)
        first, stop = calendar.starts[number], calendar.starts[number + 1]
        rate = (state.now if step == 0 else state.later) * factor[state.store, number] * inside
        low = np.maximum(state.day + 1, first)
        silence = rate * _elapsed(calendar, low, np.minimum(after, stop))
        protected: Array = np.zeros(len(state), dtype=bool)
        if call is not None:
            called, ratio = call
            begins = np.maximum(called + 1, first)
            ends = np.minimum(called + 1 + truth.callback_days, np.minimum(after, stop))
            silence = silence + rate * (ratio - 1) * _elapsed(calendar, begins, ends)
            protected = (stop - 1 >= called) & (stop - 1 < called + truth.callback_days)
        tenure = (stop - 1 - state.joined).astype(float)
        leaves = churn_probability(truth, state.experience, tenure, protected)
        silent = np.exp(-silence) * (leaves + (1 - leaves) * silent)
    return 1 - silent


def _elapsed(calendar: Calendar, low: Array, high: Array) -> Array:
    """Return the time between days on the clock, 0 where they are the wrong way round."""
    high = np.clip(np.maximum(high, low), 0, calendar.end)
    return np.asarray(calendar.clock[high] - calendar.clock[np.clip(low, 0, calendar.end)])
