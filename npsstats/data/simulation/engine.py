"""The months of the network, one after the other: visits, survey, call-backs, departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from npsstats.data.simulation import survey
from npsstats.data.simulation.calendar import Calendar
from npsstats.data.simulation.callbacks import Callbacks, enrol
from npsstats.data.simulation.customers import Customers
from npsstats.data.simulation.journeys import Calls, Visits, base_visits, extra_visits, live
from npsstats.data.simulation.stores import Stores, build_stores

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.parameters import NetworkTruth

__all__ = ["History", "run"]

_INVITED = 0.7  # share of the visits out of quarantine that are asked about, roughly
_PILOT = 20_000


@dataclass
class History:
    """Everything that happened, as arrays; `factor` (S, T) turns weights into visit rates.

    `answers.invitation` and `trial.response` are places in `invitations` and `answers`;
    `odds` are the log-odds of answering each invitation, before any reminder.
    """

    truth: NetworkTruth
    calendar: Calendar
    stores: Stores
    customers: Customers
    visits: Visits
    invitations: survey.Invitations
    odds: Array
    answers: survey.Responses
    trial: Callbacks
    factor: Array


def run(
    truth: NetworkTruth, stores: int, months: int, responses: int, rng: np.random.Generator
) -> History:
    """Run the network for some months and about so many responses."""
    calendar = Calendar.of(truth, months)
    return _Network(
        truth, build_stores(truth, stores, calendar, rng), calendar, responses, rng
    ).run()


class _Network:
    """The state that months hand on to each other."""

    def __init__(
        self,
        truth: NetworkTruth,
        stores: Stores,
        calendar: Calendar,
        responses: int,
        rng: np.random.Generator,
    ) -> None:
        self.truth, self.stores, self.calendar, self.rng = truth, stores, calendar, rng
        # quarantine and fatigue cost answers: more visits are needed
        lost = 1 + truth.purchase_rate * truth.quarantine_days / 30 + calendar.months / 300
        wanted = responses / truth.response_rate / _INVITED * lost
        per_size = wanted / float(
            (stores.size[:, None] * stores.visits).sum() * truth.purchase_rate
        )
        self.base = np.maximum(np.round(stores.size * per_size), 1)  # customers of each store
        self.expected = self.base[:, None] * stores.visits * truth.purchase_rate
        in_time = np.ones(calendar.months)
        in_time[-2:] = (0.93, 0.75)[-calendar.months :]  # questionnaires that come back too late
        share = np.cumsum(self.expected.sum(axis=0) * in_time)
        self.plan = responses * share / share[-1]  # answers by the end of each month
        self.planned = 0.0
        self.intercept = survey.response_intercept(truth)
        self.customers = Customers.room_for(
            int(self.base.sum() * (1.2 + 0.02 * len(share))), len(stores)
        )
        self.factor = np.zeros_like(self.expected)
        self.visits: list[Visits] = []
        self.invitations: list[survey.Invitations] = []
        self.odds: list[Array] = []
        self.answers: list[survey.Responses] = []
        self.trial: list[Callbacks] = []
        self.calls: list[Calls] = []
        self.late: list[Visits] = []  # visits added by calls too late for their month's survey
        self.rows = {"visits": 0, "invitations": 0, "answers": 0}

    def run(self) -> History:
        """Live through all months."""
        for month in range(self.calendar.months):
            self._month(month)
        return History(
            self.truth,
            self.calendar,
            self.stores,
            self.customers,
            Visits.join(self.visits),
            survey.Invitations.join(self.invitations),
            np.concatenate(self.odds),
            survey.Responses.join(self.answers),
            Callbacks.join(self.trial),
            self.factor,
        )

    def _month(self, month: int) -> None:
        truth, customers, calendar, rng = self.truth, self.customers, self.calendar, self.rng
        self._welcome(month)
        factor = self.factor[:, month]
        who, day = base_visits(customers, factor, month, calendar, rng)
        if self.calls:
            calls = self.calls = [Calls.join(self.calls)]
            calls[0] = calls[0].take(calls[0].day + truth.callback_days >= calendar.starts[month])
            more = extra_visits(
                truth, customers, calls[0], factor, month=month, calendar=calendar, rng=rng
            )
            who, day = np.concatenate([who, more[0]]), np.concatenate([day, more[1]])
        visits = self._live(who, day, month)
        new = self._survey(visits, month)
        self.calls.append(new)
        who, day = extra_visits(
            truth, customers, new, factor, month=month, calendar=calendar, rng=rng
        )
        added = self._live(who, day, month)
        self.late = [added]
        for lived in (visits, added):
            customers.remember(truth, lived.customer, lived.day, lived.u, lived.experience)
        customers.leave(truth, self.stores, calendar, month, rng)

    def _welcome(self, month: int) -> None:
        """Let customers join in the place of those who left.

        Each store keeps its number of customers: growth is how often they come. Were it new
        customers, stores that grow would have fewer of the survivors who like it there, and a
        second way from growth to NPS would spoil the known slope.
        """
        customers, stores = self.customers, self.stores
        is_open = (stores.opens <= month) & (month < stores.closes)
        joining = np.maximum(self.base * is_open - customers.present, 0).astype(int)
        first = int(self.calendar.starts[month])
        customers.add(self.truth, stores, joining, month=month, first_day=first, rng=self.rng)
        # a store's visits follow its trade; customers only share them out
        self.factor[:, month] = np.divide(
            self.expected[:, month], customers.total, out=np.zeros(len(stores)), where=is_open
        )

    def _live(self, who: Array, day: Array, month: int) -> Visits:
        visits = live(
            self.truth,
            self.customers,
            self.stores,
            (who, day, month),
            first_row=self.rows["visits"],
            rng=self.rng,
        )
        self.rows["visits"] += len(visits)
        self.visits.append(visits)
        return visits

    def _survey(self, visits: Visits, month: int) -> Calls:
        """Ask about visits, draw the answers, and call detractors back."""
        truth, stores, customers, rng = self.truth, self.stores, self.customers, self.rng
        end = self.calendar.end
        if self.late and len(self.late[0]):
            visits = Visits.join([*self.late, visits])
            visits = visits.take(np.argsort(visits.customer, kind="stable"))
        asked, odds = self._ask(self._choose(visits, month))
        kept = asked.sent < end * 1440  # the others leave after the extract
        asked, odds = asked.take(kept), odds[kept]
        self.planned += survey.expected_answers(truth, asked, odds, end)
        customers.asked[asked.customer] += 1
        customers.last_sent[asked.customer] = asked.sent // 1440
        answers = survey.answer(truth, stores, asked, odds, rng)
        answers = answers.take(answers.answered < end * 1440)
        who = asked.customer[answers.invitation]
        trial = enrol(
            truth,
            customers,
            (who, answers.answered, answers.score),
            first_response=self.rows["answers"],
            end=end,
            rng=rng,
        )
        answers.invitation += self.rows["invitations"]
        self.rows["invitations"] += len(asked)
        self.rows["answers"] += len(answers)
        self.invitations.append(asked)
        self.odds.append(odds)
        self.answers.append(answers)
        self.trial.append(trial)
        return trial.calls(truth)

    def _ask(self, visits: Visits) -> tuple[survey.Invitations, Array]:
        middle = (self.calendar.months - 1) / 2
        asked = survey.invite(
            self.truth, self.stores, self.customers, visits, middle=middle, rng=self.rng
        )
        return asked, survey.propensity(self.truth, asked, self.intercept)

    def _choose(self, visits: Visits, month: int) -> Visits:
        """Choose as many visits as the plan needs, after a pilot of what they would answer."""
        rows = survey.eligible(self.truth, self.customers, visits)
        few = self.rng.choice(rows, _PILOT) if len(rows) > _PILOT else rows
        pilot, odds = self._ask(visits.take(few))
        gain = survey.expected_answers(self.truth, pilot, odds, self.calendar.end)
        gain *= len(rows) / max(len(few), 1)
        share = (self.plan[month] - self.planned) / gain if gain > 0 else 1.0
        return visits.take(rows[self.rng.random(len(rows), dtype=np.float32) < share])
