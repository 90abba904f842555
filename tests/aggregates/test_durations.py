"""Durations counted in the database, from values and from dates."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.durations import REASONS, DurationCounts
from npsstats.aggregates.spells import count_durations, duration_expression, first_day
from npsstats.checks import InputError
from npsstats.data.frames import to_arrow


def made(n=500, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "arm": rng.choice(["call", "none"], n),
            "store": rng.integers(0, 12, n),
            "days": rng.integers(0, 40, n),
            "event": rng.integers(0, 2, n),
        }
    )


def same(a, b):
    return a.fingerprint == b.fingerprint


def test_the_database_counts_what_the_rows_hold():
    rows = made()
    counted = count_durations(ibis.memtable(to_arrow(rows)), by=["arm", "store"])
    direct = DurationCounts.from_values(rows["days"], rows["event"], rows[["arm", "store"]])
    assert same(counted, direct)
    cell = counted.only(arm="call", store=3)
    mine = rows[(rows["arm"] == "call") & (rows["store"] == 3)]
    for place, day in enumerate(cell.time):
        on_day = mine[mine["days"] == day]
        assert cell.events[0, place] == on_day["event"].sum()
        assert cell.censored[0, place] == (1 - on_day["event"]).sum()
        assert cell.at_risk[0, place] == (mine["days"] >= day).sum()


def test_a_frame_is_counted_as_a_table_is():
    rows = made()
    assert same(count_durations(rows), count_durations(ibis.memtable(to_arrow(rows))))


def test_counts_add_and_are_grouped():
    rows = made()
    keys = ["arm", "store"]
    whole = count_durations(rows, by=keys)
    parts = [count_durations(part, by=keys) for part in (rows[:100], rows[100:350], rows[350:])]
    assert same(parts[0] + parts[1] + parts[2], whole)
    assert same(whole.by("arm"), count_durations(rows, by="arm"))
    assert whole.by().n.tolist() == [500]
    # stores are sorted as numbers
    assert whole.by("store").cells["store"].tolist() == list(range(12))
    assert whole.arms == ["call", "none"]


def test_an_event_comes_before_censoring_on_the_same_day():
    counts = DurationCounts.from_values([5, 5], [1, 0], {"arm": ["a", "a"]})
    assert counts.at_risk.tolist() == [[2]]
    assert (counts.events.tolist(), counts.censored.tolist()) == ([[1]], [[1]])


def test_looking_no_further_than_a_day_censors_there():
    rows = made()
    cut = count_durations(rows).until(20)
    by_hand = rows.assign(
        event=np.where(rows["days"] > 20, 0, rows["event"]), days=rows["days"].clip(upper=20)
    )
    assert same(cut, count_durations(by_hand))
    assert same(count_durations(rows, window=20), cut)
    assert cut.time[-1] == 20
    assert (cut.n == count_durations(rows).n).all()


def test_bins_end_on_their_last_day():
    rows = made()
    weekly = count_durations(rows, bin=7)
    assert set(weekly.time) <= {6, 13, 20, 27, 34, 41}
    assert weekly.events.sum() == rows["event"].sum()
    assert same(
        weekly, DurationCounts.from_values(rows["days"], rows["event"], rows[["arm"]], bin=7)
    )
    with pytest.raises(InputError, match="count both with the same `bin`"):
        _ = weekly + count_durations(rows)


def test_units_that_cannot_be_used_are_counted_with_their_reason():
    rows = pd.DataFrame(
        {
            "arm": ["a", "a", "a", "a", "b", "b"],
            "days": [3.0, -2.0, None, 2.5, 4.0, 7.0],
            "event": [1, 1, 0, 0, 2, 0],
        }
    )
    counts = count_durations(rows)
    rejected = dict(zip(REASONS, counts.rejected.T.tolist(), strict=True))
    assert rejected == {
        "no duration": [1, 0],
        "negative duration": [1, 0],
        "not a whole number of days": [1, 0],
        "event not 0 or 1": [0, 1],
    }
    assert counts.n.tolist() == [1, 1]
    assert same(counts, DurationCounts.from_values(rows["days"], rows["event"], rows[["arm"]]))
    assert (counts + counts).rejected.sum() == 8


def test_nothing_usable_is_said_with_its_reasons():
    rows = pd.DataFrame({"arm": ["a", "b"], "days": [-1, -2], "event": [0, 1]})
    with pytest.raises(InputError, match="2 negative duration"):
        count_durations(rows)
    with pytest.raises(InputError, match="the table has no rows"):
        count_durations(made()[:0])


def test_units_without_an_arm_are_kept_apart():
    rows = pd.DataFrame({"arm": ["a", None, "b"], "days": [3, 5, 6], "event": [1, 0, 1]})
    counts = count_durations(rows)
    assert counts.arms == ["a", "b"]
    assert counts.n.sum() == 3


def test_what_cannot_be_counted_is_said():
    rows = made()
    with pytest.raises(InputError, match="no column 'shop'"):
        count_durations(rows, by=["arm", "shop"])
    with pytest.raises(InputError, match="duration_expression"):
        count_durations(rows.assign(days="9"))
    with pytest.raises(InputError, match="different ones"):
        count_durations(rows, by=["arm", "arm"])
    with pytest.raises(InputError, match="one of 'call', 'none'"):
        count_durations(rows).only(arm="x")


def spells(rows, end="2025-06-30", **options):
    schema = {"bought": "date", "assigned": "date"}
    table = ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)
    days, event = duration_expression(table.bought, table.assigned, end, **options)
    found = table.select(days=days, event=event).to_pyarrow().to_pylist()
    return [(row["days"], row["event"]) for row in found]


START = date(2025, 6, 1)


@pytest.mark.parametrize("end", ["2025-06-30", date(2025, 6, 30)])
def test_dates_become_durations(end):
    rows = [
        (date(2025, 6, 9), START),  # bought on day 8
        (None, START),  # seen for 29 days, nothing
        (date(2025, 6, 30), START),  # on the last day that was seen
        (date(2025, 7, 1), START),  # after it: not seen
        (None, date(2025, 6, 30)),  # assigned on the last day
        (None, date(2025, 7, 4)),  # and after it
    ]
    assert spells(rows, end) == [(8, 1), (29, 0), (29, 1), (29, 0), (0, 0), (-4, 0)]


def test_the_window_closes_on_its_last_day():
    rows = [(date(2025, 6, 11), START), (date(2025, 6, 12), START), (None, START)]
    assert spells(rows, window=10) == [(10, 1), (10, 0), (10, 0)]
    # assigned 5 days before the end: censored there, whatever the window
    assert spells([(None, date(2025, 6, 25))], window=10) == [(5, 0)]


def test_the_day_of_assignment_counts_only_when_asked():
    rows = [(START, START), (date(2025, 5, 30), START)]
    assert spells(rows) == [(-1, 1), (-3, 1)]
    assert spells(rows, same_day=True) == [(0, 1), (-2, 1)]
    assert (first_day(), first_day(same_day=True)) == (1, 0)
