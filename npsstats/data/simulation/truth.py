"""The truth of a simulated network: what an analysis of its tables should find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.data.simulation import population
from npsstats.data.simulation.calendar import SALES_SEASON
from npsstats.data.simulation.columns import labelled
from npsstats.data.simulation.consequences import callback_effects, category_outcomes
from npsstats.data.simulation.scale import cutpoints
from npsstats.data.simulation.survey import response_intercept

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.engine import History
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["SimulationTruth", "truth_of"]


@dataclass(frozen=True, eq=False)
class SimulationTruth:
    """What is true of a simulated network, and how each number was computed.

    NPS is in points, effects on the latent scale in logits, shares and probabilities in [0, 1].
    *Expected* means: over the noise of answering and answering at all, given what was lived at the
    visits that took place. No drawn answer enters an expected number.

    Attributes
    ----------
    parameters
        The `NetworkTruth` that was simulated.
    nps, nps_answered, selection_bias, response_rate
        Expected, of the whole network: NPS of all visits in reference conditions (those of
        `score_shares`, own country's style); NPS of those who answer, as they were asked; what
        being asked and answering alone add (respondents minus all visits, both in reference
        conditions); share of the invitations that are answered.
    cutpoints
        The ten cutpoints of the cumulative logit: exact.
    retest
        Correlation of two scores of a customer and what detractors score next with nothing done:
        by quadrature (`simulation.population.retest`).
    stores
        A row a store. `quality` (region included), `spread`, `effort`: as drawn. `nps`,
        `nps_comparable` (in the style of the country with effect 0), `nps_asked` (all asked, as
        asked), `nps_answered` (those who answer, as asked, begging included),
        `selection_bias`, `response_rate`: expected. `nps_persons`: over all persons, whether
        they visit or not, mean of the months: closed form. `employee_nps`: true, not as polled.
        `gamed`: begs for tens.
    months
        A row a month: the same expected numbers, number of visits, factor of season on the visits,
        price index (1 in the first month).
    store_months
        A row a store and month in which it is open: `nps` over all persons (closed form; what
        growth depends on), `log_level` of trade (its differences are growth), whether works.
    position, delay, channel, reminder, fatigue
        A row an arm: response rate, NPS of all asked and of those who answer, were everybody put in
        this arm (`simulation.population.arm_effects`), by incident or journey where it matters.
    callback
        A row a stratum (`all`, `super`, `moderate`) and window (days) over the detractors whose
        window ends within the period: their number `n`, chance of being reached if called
        (`reach`), probabilities of a visit if ignored (`control`) and if called (`treatment`),
        `itt` (their difference), `cace` (effect on those whom a call reaches). Closed form for
        each detractor given the state at assignment, then averaged; the parameters hold the
        ratios of the visit rates.
    categories
        A row a category of score: probability of a visit within the windows and of leaving at
        the month's end, without a call. Closed form for each answer, averaged over up to 200,000.
    customers
        A row a customer: store, account, day joined, last day as a customer (missing: still
        one, or the store closed: censored), own visit rate, mood, whether a call reached.
    verbatims
        A row a verbatim: theme, tone, and whether kind words stand on a low score.
    themes
        Share of each theme among the verbatims of a category: exact.
    gamed
        `response_id` of the answers turned into tens.
    """

    parameters: NetworkTruth
    nps: float
    nps_answered: float
    selection_bias: float
    response_rate: float
    cutpoints: Array
    retest: dict[str, float]
    stores: pd.DataFrame
    months: pd.DataFrame
    store_months: pd.DataFrame
    position: pd.DataFrame
    delay: pd.DataFrame
    channel: pd.DataFrame
    reminder: pd.DataFrame
    fatigue: pd.DataFrame
    callback: pd.DataFrame
    categories: pd.DataFrame
    customers: pd.DataFrame
    verbatims: pd.DataFrame
    themes: pd.DataFrame
    gamed: Array

    def __repr__(self) -> str:
        return (
            f"SimulationTruth: NPS {self.nps:.1f}, of those who answer {self.nps_answered:.1f}, "
            f"of which selection {self.selection_bias:+.1f}; "
            f"{100 * self.response_rate:.1f} % of the invitations are answered"
        )


def truth_of(
    history: History, store_ids: pd.Index, verbatims: pd.DataFrame, themes: pd.DataFrame
) -> SimulationTruth:
    """Return the truth of what happened; `verbatims` and `themes` come as they were written."""
    stores, months, whole = _expected(history, store_ids)
    arms = population.arm_effects(history, response_intercept(history.truth))
    return SimulationTruth(
        parameters=history.truth,
        nps=float(whole["nps"].iloc[0]),
        nps_answered=float(whole["nps_answered"].iloc[0]),
        selection_bias=float(whole["selection_bias"].iloc[0]),
        response_rate=float(whole["response_rate"].iloc[0]),
        cutpoints=cutpoints(history.truth),
        retest=population.retest(history.truth),
        stores=stores,
        months=months,
        store_months=_store_months(history, store_ids),
        position=arms["position"],
        delay=arms["delay"],
        channel=arms["channel"],
        reminder=arms["reminder"],
        fatigue=arms["fatigue"],
        callback=callback_effects(history),
        categories=category_outcomes(history),
        customers=_customers(history, store_ids),
        verbatims=verbatims,
        themes=themes,
        gamed=1 + np.flatnonzero(history.answers.gamed),
    )


def _expected(
    history: History, store_ids: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return expected NPS and response of stores, of months, and of all."""
    stores, calendar, sums = history.stores, history.calendar, _sums(history)
    is_open = history.factor > 0
    per_store = _means(sums.sum(axis=2))
    per_store.insert(0, "store_id", store_ids)
    per_store["nps_persons"] = (stores.nps * is_open).sum(axis=1) / is_open.sum(axis=1)
    for name in ("quality", "spread", "effort", "employee_nps", "gamed"):
        per_store[name] = getattr(stores, name)
    per_month = _means(sums.sum(axis=1))
    per_month.insert(0, "month", calendar.labels)
    per_month["sales_season"] = SALES_SEASON[calendar.season]
    per_month["price_index"] = prices(history.truth, calendar.months)
    return per_store, per_month, _means(sums.sum(axis=(1, 2))[:, None])


def _sums(history: History) -> Array:
    """Return (8, S, T) sums over visits (first three) and invitations; see `_means`."""
    visits, asked = history.visits, history.invitations
    shape = history.factor.shape
    every, comparable = population.visit_nps(history)
    as_asked = population.asked_nps(history, asked)
    chance = population.chance_of_answer(history)
    here = visits.store * shape[1] + visits.month
    there = asked.store * shape[1] + asked.month
    columns = (
        (here, None),
        (here, every),
        (here, comparable),
        (there, None),
        (there, as_asked),
        (there, chance),
        (there, chance * population.told_nps(history, asked, as_asked)),
        (there, chance * every[asked.row]),
    )
    cells = shape[0] * shape[1]
    return np.array([np.bincount(cell, weights, cells).reshape(shape) for cell, weights in columns])


def _means(sums: Array) -> pd.DataFrame:
    """Return expected numbers from sums (8, rows)."""
    visits, nps, comparable, asked, as_asked, answers, answered, selected = sums
    mean = population.mean_of
    return pd.DataFrame(
        {
            "nps": mean(nps, visits),
            "nps_comparable": mean(comparable, visits),
            "nps_asked": mean(as_asked, asked),
            "nps_answered": mean(answered, answers),
            "selection_bias": mean(selected, answers) - mean(nps, visits),
            "response_rate": mean(answers, asked),
            "visits": visits.astype(int),
        }
    )


def prices(truth: NetworkTruth, months: int) -> Array:
    """Return the price index of each month, 1 in the first."""
    return np.asarray(np.exp(truth.inflation / 12 * np.arange(months)))


def _store_months(history: History, store_ids: pd.Index) -> pd.DataFrame:
    """Return what growth is made of, where a store is open."""
    stores, calendar = history.stores, history.calendar
    month = np.arange(calendar.months)
    works = (month >= stores.works[:, :1]) & (month < stores.works[:, 1:])
    frame = pd.DataFrame(
        {
            "store_id": np.repeat(store_ids, len(month)),
            "month": np.tile(calendar.labels, len(stores)),
            "nps": stores.nps.ravel(),
            "log_level": np.log(stores.level).ravel(),
            "works": works.ravel(),
        }
    )
    return frame[(history.factor > 0).ravel()].reset_index(drop=True)


def _customers(history: History, store_ids: pd.Index) -> pd.DataFrame:
    """Return the customers with what no retailer sees."""
    people, calendar = history.customers, history.calendar
    here = slice(0, people.n)
    left = calendar.date(np.where(people.left[here] < 0, -200_000, people.left[here]))
    account = people.account[here].astype("float64")
    account[account < 0] = np.nan
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, people.n + 1),
            "store_id": labelled(people.store[here], store_ids),
            "account_id": account + 1,
            "joined": calendar.date(people.joined[here]),
            "left": left,
            "visit_rate": people.frailty[here] * history.truth.purchase_rate,
            "mood": people.mood[here],
            "reached": people.call[here] > -1000,
        },
        copy=False,
    )
