"""Journeys: visits as Poisson processes, and what was lived there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.data.simulation.columns import Array, Columns
from npsstats.data.simulation.scale import LOGISTIC_SD
from npsstats.data.simulation.stores import draw_levels

if TYPE_CHECKING:
    from npsstats.data.simulation.calendar import Calendar
    from npsstats.data.simulation.customers import Customers
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.data.simulation.stores import Stores

__all__ = ["Calls", "Visits", "base_visits", "extra_visits", "live"]

_DAY_BITS = 20


@dataclass
class Visits(Columns):
    """Visits, each a purchase; `row` is the place in the table of purchases."""

    row: Array
    customer: Array
    store: Array
    day: Array
    month: Array
    journey: Array
    u: Array
    experience: Array


@dataclass
class Calls(Columns):
    """Calls that reached their customer: day of the call, ratio of the visit rate after it."""

    customer: Array
    day: Array
    ratio: Array


def base_visits(
    customers: Customers,
    factor: Array,
    month: int,
    calendar: Calendar,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Draw a month's visits: who, and on what day.

    The expected visits of a customer are the weight times the `factor` (S,) of the store. One
    Poisson draw gives their sum, sorted uniforms share them out: the same law as a draw for
    every customer, for the price of the visits only.
    """
    here = slice(0, customers.n)
    rate = customers.weight[here] * factor.astype(np.float32)[customers.store[here]]
    reach = np.cumsum(rate, dtype=np.float64)
    n = rng.poisson(reach[-1])
    who = np.searchsorted(reach, np.sort(rng.random(n)) * reach[-1], side="right")
    who = np.minimum(who, customers.n - 1).astype(np.int32)
    return who, calendar.draw_days(month, n, rng)


def extra_visits(
    truth: NetworkTruth,
    customers: Customers,
    calls: Calls,
    factor: Array,
    *,
    month: int,
    calendar: Calendar,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Draw the month's visits that calls have added: who, and on what day.

    A Poisson process of rate r·λ is one of rate λ and another of rate (r−1)·λ: the visits that
    would have been are left as they are, and a call adds to them.
    """
    start = np.clip(calls.day + 1, calendar.starts[month], calendar.starts[month + 1])
    stop = calls.day + 1 + truth.callback_days
    stop = np.clip(stop, calendar.starts[month], calendar.starts[month + 1])
    low, high = calendar.clock[start], calendar.clock[stop]
    who = calls.customer
    rate = customers.weight[who] * factor[customers.store[who]] * (calls.ratio - 1) * (high - low)
    number = rng.poisson(rate)
    who, low, high = (np.repeat(values, number) for values in (who, low, high))
    return who, calendar.day(low + (high - low) * rng.random(len(who)))


def live(
    truth: NetworkTruth,
    customers: Customers,
    stores: Stores,
    where: tuple[Array, Array, int],
    *,
    first_row: int,
    rng: np.random.Generator,
) -> Visits:
    """Return the visits with what was lived there; `where` is who, on what day, the month."""
    who, day, month = where
    n = len(who)
    key = np.sort((who.astype(np.int64) << _DAY_BITS) | day)  # one sort by customer, then day
    who = (key >> _DAY_BITS).astype(np.int32)
    day = (key & ((1 << _DAY_BITS) - 1)).astype(np.int32)
    store = customers.store[who]
    journey = draw_levels(truth.journey_shares, n, rng)
    u = np.float32(np.sqrt(truth.mood_share)) * customers.mood[who]
    u += np.float32(np.sqrt(truth.visit_share)) * rng.standard_normal(n, dtype=np.float32)
    effects = np.array(list(truth.journey_effects.values()), dtype=np.float32)
    place = stores.path[:, month].astype(np.float32)[store] + effects[journey]
    experience = place + (LOGISTIC_SD * stores.spread).astype(np.float32)[store] * u
    return Visits(
        row=np.arange(first_row, first_row + n, dtype=np.int32),
        customer=who,
        store=store,
        day=day,
        month=np.full(n, month, dtype=np.int16),
        journey=journey,
        u=u,
        experience=experience,
    )
