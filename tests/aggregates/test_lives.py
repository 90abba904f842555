"""Silences that were too short, receipts of one day, stores that close, ends that are plans."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.departures import contract, rhythm, silence
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError
from npsstats.linkage.churn.hazard import hazard


def purchases_of(days, stores=None):
    """Return purchases from customer → days since 2024-01-01."""
    rows = [(who, day) for who, each in days.items() for day in each]
    frame = pd.DataFrame(rows, columns=["customer_id", "day"])
    frame["date"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"], unit="D")
    return frame.assign(amount=10.0, store_id=stores or "A").drop(columns="day")


def counted(frame, churn, **options):
    bought = nps.read(frame, table="purchases", quiet=True)
    return person_periods(bought, churn=churn, covariates=[], tenure=(), **options)


def test_departures_that_came_back_are_counted_and_add():
    frame = purchases_of(
        {
            1: [5, 20, 200, 360],  # flagged after day 20, and back
            2: [5, 30],  # flagged, never back
            3: [5, 90, 170, 250],  # flagged on day 250: not yet twice the silence ago
            4: [5, 60, 130, 200, 270, 340, 365],  # stays
        }
    )
    cells = counted(frame, silence(90))
    assert int(cells.events.sum()) == 3
    assert cells.came_back == (2, 1)
    assert cells.by("period").came_back == (2, 1)
    assert cells.where(np.arange(len(cells))).came_back == (2, 1)
    assert (cells + cells).came_back == (4, 2)
    by_rhythm = counted(frame, rhythm(0.05, per="silence", shape=50.0, rate=2000.0))
    assert by_rhythm.came_back[0] == by_rhythm.events.sum()


def test_a_silence_that_is_too_short_tells_no_hazard():
    away = {i: [5, 20 + i % 9, 200, 300, 380] for i in range(40)}
    lost = {100 + i: [5, 20 + i % 9] for i in range(60)}
    stay = {200 + i: [*range(i % 30, 400, 30)] for i in range(200)}
    fit = hazard(counted(purchases_of({**away, **lost, **stay}), silence(90)), [], cluster=None)
    assert fit.headline() == (
        "The silence is too short to tell a hazard: of the departures that can be checked 40 % "
        "came back. Take rhythm(), or a longer silence."
    )
    assert fit.diagnostics[0].startswith("The hazard is at least 1.67 times too high")
    few = {k: v for k, v in away.items() if k < 10}
    fit = hazard(counted(purchases_of({**few, **lost, **stay}), silence(90)), [], cluster=None)
    assert "at least 1.17 times too high" in fit.diagnostics[0]
    assert "departures in" in fit.headline()


def test_receipts_of_one_day_are_one_visit():
    rng = np.random.default_rng(1)
    days = {i: np.cumsum(1 + rng.poisson(25, 20)).tolist() for i in range(60)}
    once = purchases_of(days)
    lines = pd.concat([once] * 4, ignore_index=True)
    for churn in (rhythm(0.05), silence(60)):
        one, four = counted(once, churn), counted(lines, churn)
        assert one.fingerprint == four.fingerprint


def test_no_month_follows_the_closing_of_the_last_store():
    # once in B, which stays open, then regularly in A, which closes at the end of 2024
    frame = purchases_of({1: [3, *range(40, 360, 30)], 2: [*range(3, 700, 30)]})
    frame["store_id"] = np.where(
        (frame["customer_id"] == 1) & (frame["date"] > "2024-02"), "A", "B"
    )
    shut = pd.DataFrame({"store_id": ["A"], "closed": [pd.Timestamp("2024-12-31")]})
    bought = nps.read(frame, table="purchases", quiet=True)
    shops = nps.read(shut, table="stores", beside=bought, quiet=True)
    cells = person_periods(bought, stores=shops, churn=silence(60), covariates=[], cluster=None)
    alone = frame[frame["customer_id"] == 1]
    wanted = counted(alone, silence(60), cluster=None, until=date(2024, 12, 31))
    late = cells.frame[cells.frame["period"].astype(str) > wanted.levels["period"][-1]]
    assert (late.groupby("period", observed=True)["at_risk"].sum() == 1).all()


def test_a_store_whose_purchases_end_early_is_said():
    frame = purchases_of({1: [*range(3, 100, 20)], 2: [*range(3, 400, 20)]})
    frame["store_id"] = frame["customer_id"].map({1: "A", 2: "B"})
    notes = counted(frame, silence(90)).notes
    assert "Purchases end more than 90 days before the others in the stores A:" in notes[0]


def test_tiers_of_amounts_need_amounts():
    bare = purchases_of({1: [3, 30], 2: [3, 60]}).drop(columns="amount")
    with pytest.raises(InputError, match="amount"):
        person_periods(bare, churn=silence(20), covariates=["monetary"])


def accounts_of(ends):
    starts = pd.date_range("2024-01-10", periods=len(ends), freq="MS")
    return pd.DataFrame({"customer_id": range(len(ends)), "s": starts, "e": ends})


@pytest.mark.parametrize("plan", ["2099-01-01", "9999-12-31"])
def test_an_end_in_the_future_does_not_follow_everybody_there(plan):
    ends = ["2024-05-10", plan, None, "2024-08-20", None, None, None]
    accounts = accounts_of(pd.Series(ends, dtype="object"))
    accounts["e"] = [None if e is None else date.fromisoformat(e) for e in ends]
    cells = person_periods(
        accounts=accounts, churn=contract("s", "e"), covariates=[], cluster=None, tenure=()
    )
    assert cells.levels["period"][-1] <= "2024-08"
    assert any("1 contracts have an end after 2024-08" in text for text in cells.notes)


def test_ends_before_starts_are_left_out_and_said():
    ends = pd.to_datetime(["2023-05-10", None, "2024-05-20", None, None])
    cells = person_periods(
        accounts=accounts_of(ends), churn=contract("s", "e"), covariates=[], cluster=None
    )
    assert cells.customers == 4 - 1  # the last began in the month that is not over
    assert "1 contracts end before they begin and are left out" in cells.notes[0]
    assert cells.notes[0] in hazard(cells, []).diagnostics


def test_events_in_words_are_read():
    told = pd.DataFrame({"t": [1, 3, 3, 2], "left": ["Yes", "No", "yes", "No"]})
    numbers = told.assign(left=[1, 0, 1, 0])
    options = {"churn": contract(tenure="t", event="left"), "covariates": [], "cluster": None}
    read = person_periods(accounts=told, **options)
    assert read.fingerprint == person_periods(accounts=numbers, **options).fingerprint
    with pytest.raises(InputError, match="by 1 and 0 or yes and no; got 'perhaps'"):
        person_periods(accounts=told.assign(left="perhaps"), **options)
