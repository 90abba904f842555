"""A unit's outcomes are what its events in the window come to, and unknown while it is open."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.enrolment import in_two_arms, last_day
from npsstats.aggregates.experiment import UnitAggregates
from npsstats.aggregates.units import Measured, unit_table
from npsstats.checks import InputError
from npsstats.data.tables import Column, Table

KEYS = {"arm": "arm", "assigned": "date", "received": "reached", "stratum": "stratum"}
UNTIL = date(2025, 6, 30)


@pytest.fixture(scope="module")
def tables():
    units = pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 4, 5, 6],
            "date": ["2025-03-10"] * 4 + ["2025-06-20", "2025-07-05"],
            "arm": ["called", "ignored", "called", "ignored", "called", "ignored"],
            "reached": [True, None, False, None, True, None],
            "stratum": ["super", "super", "moderate", "moderate", "super", "super"],
        }
    )
    purchases = pd.DataFrame(
        [
            (1, "2025-03-10", 5.0),  # the day of assignment is in no window
            (1, "2025-04-09", 7.0),  # day 30: still inside
            (2, "2025-04-10", 11.0),  # day 31: outside
            (3, "2025-03-11", 13.0),
            (3, "2025-03-12", -4.0),
            (3, "2025-02-01", 17.0),  # before
            (5, "2025-06-25", 19.0),  # inside a window that is not over
            (9, "2025-03-12", 23.0),  # nobody's
        ],
        columns=["customer_id", "date", "amount"],
    )
    sent = nps.read(units, table="callbacks", quiet=True)
    bought = nps.read(purchases, table="purchases", beside=sent, quiet=True)
    return sent.accepted, {"purchases": bought.accepted}


def _made(tables, *measured, **options):
    units, events = tables
    options = {"keys": KEYS, "until": UNTIL, **options}
    table = unit_table(units, events, measured, **options)
    return table.to_pyarrow().to_pandas()


def _column(frame, name):
    return [None if np.isnan(value) else value for value in frame[name].astype(float)]


def test_an_open_window_is_unknown_and_not_a_no(tables):
    frame = _made(tables, Measured("again", "any", "purchases", window=30), primary="again")
    # 5 has bought already and still is not known; 6 was assigned after the end
    assert _column(frame, "again") == [1, 0, 1, 0, None, None]
    assert frame["mature"].tolist() == [1, 1, 1, 1, 0, 0]


def test_the_window_begins_the_day_after_and_ends_on_its_last_day(tables):
    frame = _made(
        tables,
        Measured("spent", "sum", "purchases", "amount", window=30),
        Measured("visits", "count", "purchases", window=31),
        Measured("before", "sum", "purchases", "amount", window=60, before=True),
        Measured("recent", "count", "purchases", window=30, before=True),
    )
    assert _column(frame, "spent") == [7, 0, 9, 0, None, None]
    assert _column(frame, "visits") == [1, 1, 2, 0, None, None]
    assert _column(frame, "before") == [0, 0, 17, 0, 0, 0]
    assert _column(frame, "recent") == [0, 0, 0, 0, 0, 0]


def test_durations_are_censored_where_follow_up_ends(tables):
    frame = _made(tables, Measured("wait", "days", "purchases", window=30), primary="wait")
    assert frame["wait event"].tolist()[:5] == [1, 1, 1, 0, 1]
    assert frame["wait days"].tolist()[:5] == [30, 31, 1, 112, 5]
    assert frame["wait days"].tolist()[5] < 0  # assigned after the end: rejected when counted
    counts = UnitAggregates(_table(tables), ()).durations("wait")
    assert counts.n.sum() == 5


def _table(tables):
    units, events = tables
    return unit_table(
        units, events, [Measured("wait", "days", "purchases", window=30)], keys=KEYS, until=UNTIL
    )


def test_nobody_noted_as_reached_is_not_reached(tables):
    frame = _made(tables, Measured("again", "any", "purchases", window=30))
    assert frame["received"].tolist() == [1, 0, 0, 0, 1, 0]


def test_who_has_not_been_followed_is_no_silent_customer(tables):
    measured = Measured("next", "first", "purchases", "amount", window=30)
    frame = _made(tables, measured)
    assert _column(frame, "next") == [7, None, 13, None, None, None]
    assert frame["next followed"].tolist() == [1, 1, 1, 1, 0, 0]
    units, events = tables
    table = unit_table(units, events, [measured], keys=KEYS, until=UNTIL)
    assert UnitAggregates(table).followed("next") == {"called": 2, "ignored": 2}
    assert UnitAggregates(table).followed("other") == {"called": 3, "ignored": 3}


def test_units_in_two_arms_are_counted():
    units = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2, 3],
            "date": ["2025-03-10"] * 5,
            "arm": ["called", "ignored", "called", "called", "ignored"],
        }
    )
    unit = Table(
        "callbacks",
        "unit",
        "customer_id",
        (
            Column("customer_id", "id", "", "customer", required=True, filled=True),
            Column("arm", "text", "", "arm", required=True, filled=True),
        ),
    )
    intake = nps.read(units, table=unit, quiet=True)
    assert in_two_arms(intake.accepted, intake.rejected, "customer_id") == 1


def test_looks_see_what_was_known_on_their_day(tables):
    frame = _made(
        tables,
        Measured("again", "any", "purchases", window=30),
        primary="again",
        looks=[date(2025, 4, 8), date(2025, 4, 9), date(2025, 6, 30)],
    )
    assert frame["look"].tolist() == [1, 1, 1, 1, 3, 3]


def test_tiers_and_folds(tables):
    frame = _made(
        tables,
        Measured("before", "sum", "purchases", "amount", window=60, before=True),
        tiers={"tier": ("before", [10.0])},
        folds="calls fold",
    )
    assert frame["tier"].tolist() == ["under 10", "under 10", "10 and more", *["under 10"] * 3]
    from npsstats.aggregates.keyed_hash import hashed

    assert frame["fold"].tolist() == [hashed(f"calls fold|{unit}") % 5 for unit in range(1, 7)]


def test_the_last_day_is_that_of_the_table_that_ends_first(tables):
    _, events = tables
    early = events["purchases"].filter(events["purchases"]["date"] < date(2025, 4, 1))
    assert last_day(events) == date(2025, 6, 25)
    assert last_day({**events, "early": early}) == date(2025, 3, 12)


def test_what_is_not_there_is_named(tables):
    with pytest.raises(InputError, match="no column 'region' among the units'"):
        _made(tables, keys={**KEYS, "region": "region"})
    with pytest.raises(InputError, match="events have no column 'items'"):
        _made(tables, Measured("n", "sum", "purchases", "items", window=30))
    with pytest.raises(InputError, match="need the day of assignment"):
        _made(tables, Measured("n", "any", "purchases", window=30), until=None)


def test_a_network_gives_what_pandas_gives():
    network = nps.simulate(6, 8, 1500, seed=3)
    sent = nps.read(network.callbacks, table="callbacks", quiet=True)
    bought = nps.read(network.purchases, table="purchases", beside=sent, quiet=True)
    until = last_day({"purchases": bought.accepted})
    table = unit_table(
        sent.accepted,
        {"purchases": bought.accepted},
        [
            Measured("again", "any", "purchases", window=60),
            Measured("spent", "sum", "purchases", "amount", window=60),
        ],
        keys={"arm": "arm", "assigned": "date", "unit": "customer_id"},
        until=until,
        primary="again",
    )
    made = table.order_by("unit").to_pyarrow().to_pandas().set_index("unit")
    pairs = network.callbacks.merge(network.purchases, on="customer_id", suffixes=("", "_bought"))
    gap = (pairs["date_bought"] - pairs["date"]).dt.days
    inside = pairs[(gap > 0) & (gap <= 60)].groupby("customer_id")["amount"].agg(["size", "sum"])
    known = network.callbacks.set_index("customer_id")["date"] + pd.Timedelta(days=60)
    mature = known[known <= pd.Timestamp(until)].index
    assert set(made.index[made["mature"] == 1]) == set(mature)
    inside = inside.reindex(mature, fill_value=0)
    np.testing.assert_array_equal(made.loc[mature, "again"], (inside["size"] > 0).astype(float))
    np.testing.assert_allclose(made.loc[mature, "spent"], inside["sum"])
    assert made.loc[~made.index.isin(mature), ["again", "spent"]].isna().all(axis=None)
