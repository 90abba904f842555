"""Customers: how often they come, what they feel, when they leave."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from npsstats.data.simulation.scale import LOGISTIC_SD, person_variance

if TYPE_CHECKING:
    from npsstats.data.simulation.calendar import Calendar
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.parameters import NetworkTruth
    from npsstats.data.simulation.stores import Stores

__all__ = ["LONG_AGO", "Customers", "churn_probability", "visit_weight"]

_BY_STORE = {"total", "present"}
LONG_AGO = -1_000_000  # a day that never was
_MOST_DAYS = 15 * 365.25  # nobody's membership is older at the start


def visit_weight(truth: NetworkTruth, frailty: Array, u: Array) -> Array:
    """Return how often persons come, up to their store's factor."""
    slope = truth.repurchase_satisfaction / person_variance(truth) ** 0.5
    return np.asarray(frailty * np.exp(slope * u))


def churn_probability(
    truth: NetworkTruth, experience: Array, tenure: Array, called: Array
) -> Array:
    """Return the probability of leaving at a month's end.

    Parameters
    ----------
    truth
        The parameters.
    experience
        Last experience, logits.
    tenure
        Days since the customer joined.
    called
        Whether a call that reached the customer still protects.
    """
    odds = float(logit(truth.churn_rate)) + truth.churn_experience * experience
    odds += (truth.churn_tenure / 365.25) * tenure
    odds[called] += truth.callback_churn
    return np.asarray(expit(odds))


def leaving_odds(truth: NetworkTruth, experience: Array) -> Array:
    """Return the odds of leaving with no tenure and no call."""
    return np.asarray(np.exp(float(logit(truth.churn_rate)) + truth.churn_experience * experience))


@dataclass
class Customers:
    """State of every customer; the position is the customer's number. Arrays have room to spare.

    Attributes
    ----------
    n
        How many there are.
    store, account
        Code of the only store where the customer buys; business account or −1.
    joined, left
        Day of joining (negative: before the period); last day as a customer, −1 for none.
    frailty, mood
        Own visit rate (mean 1); lasting mood (standard normal).
    first_u
        Deviation (see `scale`) of the visit that made the customer join.
    weight, odds, experience, last_visit
        Visit weight, odds of leaving as a newcomer (both 0 once gone), experience (logits) and
        day of the last visit.
    asked, last_sent
        Past solicitations; day of the last.
    enrolled, call
        Whether in the call-back trial; day of a call that reached, or `LONG_AGO`.
    """

    n: int
    accounts: int
    store: Array
    account: Array
    joined: Array
    left: Array
    frailty: Array
    mood: Array
    first_u: Array
    weight: Array
    odds: Array
    experience: Array
    last_visit: Array
    asked: Array
    last_sent: Array
    enrolled: Array
    call: Array

    total: Array  # (S,) present visit weight of each store
    present: Array  # (S,) customers of each store

    @classmethod
    def room_for(cls, capacity: int, stores: int) -> Customers:
        """Return no customers of so many stores, and room for `capacity`."""
        kinds = {
            "store": np.int32,
            "account": np.int32,
            "joined": np.int32,
            "left": np.int32,
            "last_visit": np.int32,
            "last_sent": np.int32,
            "call": np.int32,
            "asked": np.int16,
            "enrolled": np.bool_,
        }
        arrays: dict[str, Array] = {
            item.name: np.zeros(capacity, dtype=kinds.get(item.name, np.float32))
            for item in fields(cls)
            if item.name not in {"n", "accounts", *_BY_STORE}
        }
        arrays["total"], arrays["present"] = np.zeros(stores), np.zeros(stores, dtype=int)
        return cls(n=0, accounts=0, **arrays)

    def _grow(self, needed: int) -> None:
        """Make room for `needed` customers."""
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in _BY_STORE or not isinstance(value, np.ndarray):
                continue
            if len(value) < needed:
                larger = np.zeros(needed + needed // 4, dtype=value.dtype)
                larger[: self.n] = value[: self.n]
                setattr(self, item.name, larger)

    def add(
        self,
        truth: NetworkTruth,
        stores: Stores,
        per_store: Array,
        *,
        month: int,
        first_day: int,
        rng: np.random.Generator,
    ) -> None:
        """Let `per_store` customers (S,) join; those of the first month have a past.

        A store opens with moods like those of the whole network.
        """
        n = int(per_store.sum())
        if n == 0:
            return
        self._grow(self.n + n)
        new = slice(self.n, self.n + n)
        store = np.repeat(np.arange(len(per_store), dtype=np.int32), per_store)
        account, mood = self._moods(truth, store, rng)
        # Where the hazard of leaving is exp(−c·mood), newcomers with moods around −c settle into
        # a steady state of moods around 0: those who stay like it here.
        lasting = -truth.churn_experience * LOGISTIC_SD * truth.mood_share**0.5
        settled = stores.opens[store] == month
        mood -= np.where(settled, np.float32(0), np.float32(lasting))
        past = np.zeros(n, dtype=np.float32)
        if month == 0:
            stay = 30.4 / truth.churn_rate * np.exp(np.float32(lasting) * mood)
            past = np.minimum(stay * rng.standard_exponential(n), _MOST_DAYS)
        u = np.sqrt(truth.mood_share) * mood
        u = u + np.sqrt(truth.visit_share) * rng.standard_normal(n, dtype=np.float32)
        self.store[new], self.account[new] = store, account
        self.mood[new], self.first_u[new] = mood, u
        self.joined[new] = first_day - past.astype(np.int32)
        self.left[new] = -1
        shape = truth.purchase_shape
        self.frailty[new] = rng.standard_gamma(shape, n, dtype=np.float32) / shape
        self.weight[new] = visit_weight(truth, self.frailty[new], u)
        self.experience[new] = stores.path[store, month] + LOGISTIC_SD * stores.spread[store] * u
        self.odds[new] = leaving_odds(truth, self.experience[new])
        self.total += np.bincount(store, weights=self.weight[new], minlength=len(stores))
        self.present += per_store
        self.last_visit[new] = self.last_sent[new] = self.call[new] = LONG_AGO
        self.n += n

    def _moods(
        self, truth: NetworkTruth, store: Array, rng: np.random.Generator
    ) -> tuple[Array, Array]:
        """Return account numbers (−1 for none) and moods, part of which an account shares."""
        n = len(store)
        mood = rng.standard_normal(n, dtype=np.float32)
        account = np.full(n, -1, dtype=np.int32)
        business = np.flatnonzero(rng.random(n, dtype=np.float32) < truth.business_share)
        if len(business):
            place = np.arange(len(business))
            start = np.flatnonzero(np.diff(store[business], prepend=-1))
            place -= np.repeat(start, np.diff(np.append(start, len(business))))
            new = np.cumsum(place % truth.account_size == 0) - 1  # never across two stores
            common = rng.standard_normal(new[-1] + 1, dtype=np.float32)
            mood[business] *= np.sqrt(1 - truth.account_mood)
            mood[business] += np.sqrt(truth.account_mood) * common[new]
            account[business] = self.accounts + new
            self.accounts += int(new[-1]) + 1
        return account, mood

    def remember(self, truth: NetworkTruth, who: Array, day: Array, u: Array, e: Array) -> None:
        """Let visits sorted by customer and day replace the last ones."""
        last = np.flatnonzero(np.diff(who, append=-1))
        last = last[day[last] >= self.last_visit[who[last]]]
        who = who[last]
        self.last_visit[who], self.experience[who] = day[last], e[last]
        self.odds[who] = leaving_odds(truth, e[last])
        weight = visit_weight(truth, self.frailty[who], u[last])
        self._weigh(who, weight)
        self.weight[who] = weight

    def _weigh(self, who: Array, weight: Array) -> None:
        """Let the stores' totals follow from old to new weights."""
        change = weight - self.weight[who]
        self.total += np.bincount(self.store[who], weights=change, minlength=len(self.total))

    def leave(
        self,
        truth: NetworkTruth,
        stores: Stores,
        calendar: Calendar,
        month: int,
        rng: np.random.Generator,
    ) -> None:
        """Let customers leave at the end of `month`, and all those of a store that closes.

        Few leave: candidates are drawn with odds that bound the chance, and only they are
        looked at closely.
        """
        last_day = int(calendar.starts[month + 1]) - 1
        longest = (_MOST_DAYS + last_day) / 365.25
        bound = float(np.exp(max(0, truth.churn_tenure * longest) + max(0, truth.callback_churn)))
        draw = rng.random(self.n, dtype=np.float32)
        who = np.flatnonzero(draw < self.odds[: self.n] * np.float32(bound))
        since = last_day - self.call[who]
        protected = (since >= 0) & (since < truth.callback_days)
        tenure = (last_day - self.joined[who]).astype(np.float32)
        chance = churn_probability(truth, self.experience[who], tenure, protected)
        candidate = np.minimum(self.odds[who] * bound, 1)
        self._remove(who[rng.random(len(who)) * candidate < chance], last_day)
        if month + 1 < calendar.months:
            for store in np.flatnonzero(stores.closes == month + 1):
                self._remove(np.flatnonzero((self.store == store) & (self.weight > 0)), -1)

    def _remove(self, who: Array, last_day: int) -> None:
        """Let customers be gone; −1 as last day where it is the store that left."""
        self.left[who] = last_day
        self._weigh(who, np.zeros(len(who)))
        self.present -= np.bincount(self.store[who], minlength=len(self.present))
        self.weight[who] = self.odds[who] = 0
