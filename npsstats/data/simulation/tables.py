"""The five tables, as a retailer's database would give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from npsstats.data.simulation import survey
from npsstats.data.simulation.answers import closed_questions, completion, incident_odds
from npsstats.data.simulation.columns import labelled
from npsstats.data.simulation.stores import FORMATS
from npsstats.data.simulation.truth import prices

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.engine import History

__all__ = ["callbacks_table", "invitations_table", "purchases_table", "responses_table"]
__all__ += ["store_ids", "stores_table"]

_NAMES = (
    ("Mont", "Val", "Bel", "Roche", "Font", "Clair", "Grand", "Haute", "Vieux", "Pré"),
    ("aubrin", "lieu", "mesnil", "serre", "vigne", "combe", "fresne", "bourg", "marque", "dore"),
    ("", "-sur-Aune", "-en-Loisy", "-les-Saules", "-le-Haut", "-sous-Bréval", "-Saint-Orme"),
)
_BUSINESS_AMOUNT = 4.0  # how many times more a business buys at a time


def store_ids(n: int) -> pd.Index:
    """Return the stores' identifiers: S001 and so on."""
    width = max(3, len(str(n)))
    return pd.Index([f"S{number:0{width}d}" for number in range(1, n + 1)], name="store_id")


def _number(values: Array, missing: Array) -> pd.Series:
    """Return whole numbers that may be missing."""
    return pd.Series(values).astype("Int64" if values.itemsize > 2 else "Int16").mask(missing)


def stores_table(history: History, ids: pd.Index, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row a store, with what a head office knows of it."""
    stores, calendar, n = history.stores, history.calendar, len(ids)
    names = [a + b + c for c in _NAMES[2] for a in _NAMES[0] for b in _NAMES[1]]
    order = rng.permutation(max(n, len(names)))[:n].tolist()
    again = ["", *(f" {number}" for number in range(2, 2 + n // len(names)))]
    places = [names[i % len(names)] + again[i // len(names)] for i in order]
    starts = np.append(calendar.starts, 10**6)
    never = -200_000
    opened = np.where(stores.opens > 0, starts[stores.opens], -rng.integers(400, 9000, n))
    closed = np.where(stores.closes < calendar.months, starts[stores.closes] - 1, never)
    works = np.where(stores.works < calendar.months, starts[stores.works], never)
    works[:, 1] = np.where(works[:, 0] > never, np.minimum(works[:, 1], calendar.end), never)
    polled = stores.employee_nps + rng.standard_normal(n) * 85 / np.sqrt(0.7 * stores.staff)
    return pd.DataFrame(
        {
            "store_id": ids,
            "name": places,
            "region": labelled(stores.region, stores.regions),
            "country": labelled(stores.country, stores.countries),
            "format": labelled(stores.format, FORMATS),
            "opened": calendar.date(opened),
            "closed": calendar.date(closed),
            "works_from": calendar.date(works[:, 0]),
            "works_to": calendar.date(works[:, 1] - (works[:, 1] > never)),
            "employees": stores.staff,
            "employee_nps": np.clip(polled, -100, 100).round(1),
        }
    )


def purchases_table(history: History, ids: pd.Index, rng: np.random.Generator) -> pd.DataFrame:
    """Return a row a visit."""
    truth, visits, people = history.truth, history.visits, history.customers
    n = len(visits)
    level = np.log(list(truth.journey_amounts.values())) - truth.amount_sd**2 / 2
    log_amount = level.astype(np.float32)[visits.journey]
    log_amount += np.log(prices(truth, history.calendar.months)).astype(np.float32)[visits.month]
    log_amount += np.float32(truth.amount_sd) * rng.standard_normal(n, dtype=np.float32)
    log_amount[people.account[visits.customer] >= 0] += np.float32(np.log(_BUSINESS_AMOUNT))
    amount = np.maximum(np.exp(log_amount).astype(np.float64), 0.5).round(2)
    online = np.array([name == "delivery" for name in truth.journey_shares])
    return pd.DataFrame(
        {
            "purchase_id": np.arange(1, n + 1),
            "customer_id": visits.customer.astype(np.int64) + 1,
            "store_id": labelled(visits.store, ids),
            "date": history.calendar.date(visits.day),
            "journey": labelled(visits.journey, list(truth.journey_shares)),
            "channel": labelled(online[visits.journey].astype(np.int8), ["store", "web"]),
            "amount": amount,
        },
        copy=False,
    )


def _arms(history: History, who: survey.Invitations) -> dict[str, pd.Categorical[str] | pd.Series]:
    """Return the columns that invitations and responses share."""
    truth, stores = history.truth, history.stores
    cold = who.delay == survey.RELATIONAL
    hours = np.append(np.array(truth.delay_hours), 0).astype(np.int16)[who.delay]
    return {
        "channel": labelled(who.channel, list(truth.channel_shares)),
        "kind": labelled(cold.astype(np.int8), ["transactional", "relational"]),
        "country": labelled(stores.country[who.store], stores.countries),
        "journey": labelled(who.journey, list(truth.journey_shares)),
        "question_position": labelled(who.position, list(truth.position_shares)),
        "delay_hours": _number(hours, cold),
    }


def invitations_table(
    history: History, ids: pd.Index, told: Array, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a row an invitation, answered or not; `told` are the incidents of those answered."""
    who, answers, calendar = history.invitations, history.answers, history.calendar
    n = len(who)
    response = np.zeros(n, dtype=np.int64)
    response[answers.invitation] = np.arange(1, len(answers) + 1)
    sent = calendar.origin.astype("datetime64[s]") + who.sent.astype("timedelta64[m]")
    return pd.DataFrame(
        {
            "invitation_id": np.arange(1, n + 1),
            "purchase_id": who.row + 1,
            "response_id": _number(response, response == 0),
            "customer_id": who.customer.astype(np.int64) + 1,
            "store_id": labelled(who.store, ids),
            "date": calendar.date((who.sent // 1440).astype(np.int32)),
            "sent": sent,
            **_arms(history, who),
            "reminder": who.reminder,
            "past_invitations": who.asked,
            "days_since_last": _number(who.since.astype(np.int16), who.asked == 0),
            "answered": response > 0,
            "incident": _incidents(history, told, rng),
        },
        copy=False,
    )


def _incidents(history: History, told: Array, rng: np.random.Generator) -> Array:
    """Return whether something went wrong at each visit: a fact, told in an answer or not."""
    odds = incident_odds(history.truth, history.invitations.experience)
    incident = np.asarray(rng.random(len(odds), dtype=np.float32) < expit(odds))
    incident[history.answers.invitation] = told
    return incident


def responses_table(
    history: History, ids: pd.Index, text: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a row an answer."""
    answers, calendar = history.answers, history.calendar
    who = history.invitations.take(answers.invitation)
    completed = completion(history, rng)
    asked = closed_questions(history, completed, rng)
    incident = asked.pop("incident")
    account = history.customers.account[who.customer].astype(np.int64)
    return pd.DataFrame(
        {
            "response_id": np.arange(1, len(answers) + 1),
            "invitation_id": answers.invitation + 1,
            "customer_id": who.customer.astype(np.int64) + 1,
            "account_id": _number(account + 1, account < 0),
            "store_id": labelled(who.store, ids),
            "date": calendar.date((answers.answered // 1440).astype(np.int32)),
            "region": labelled(history.stores.region[who.store], history.stores.regions),
            **_arms(history, who),
            "score": answers.score,
            "completed": completed,
            "hours_to_answer": ((answers.answered - who.sent) / 60).round(2),
            **{name: _number(rating, rating == 0) for name, rating in asked.items()},
            "incident": incident,
            "verbatim": text,
        },
        copy=False,
    )


def callbacks_table(history: History, ids: pd.Index) -> pd.DataFrame:
    """Return a row a detractor of the call-back trial."""
    trial, calendar = history.trial, history.calendar
    called = trial.day + np.where(trial.called, trial.wait, -200_000)
    late = called >= calendar.end  # the call is still to come when the extract is taken
    reached = pd.Series(trial.reached & ~late).astype("boolean").mask(~trial.called)
    called = np.where(late, -200_000, called)
    return pd.DataFrame(
        {
            "callback_id": np.arange(1, len(trial) + 1),
            "response_id": trial.response.astype(np.int64) + 1,
            "customer_id": trial.customer.astype(np.int64) + 1,
            "store_id": labelled(trial.store, ids),
            "date": calendar.date(trial.day),
            "score": history.answers.score[trial.response],
            "stratum": labelled(trial.low.astype(np.int8), ["moderate", "super"]),
            "arm": labelled(trial.called.astype(np.int8), ["ignored", "called"]),
            "reached": reached,
            "called_date": calendar.date(called),
            "days_to_call": _number(trial.wait.astype(np.int16), called < 0),
        },
        copy=False,
    )
