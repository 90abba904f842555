"""Units that are invitations: their answers, their customer's purchases, what follows an answer."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.answer_hours import AnswerHours, count_answer_hours
from npsstats.aggregates.enrolment import days_of_sending, sent_in_every_arm
from npsstats.aggregates.experiment import UnitAggregates
from npsstats.aggregates.units import Measured, unit_table
from npsstats.checks import InputError

UNTIL = date(2025, 6, 30)


@pytest.fixture(scope="module")
def tables():
    sent = pd.DataFrame(
        {
            "invitation_id": [1, 2, 3, 4, 5],
            "customer_id": [10, 10, 20, 30, 40],
            "date": ["2025-03-10", "2025-05-01", "2025-03-10", "2025-03-10", "2025-06-25"],
            "sent": [
                "2025-03-10 09:30",
                "2025-05-01 12:00",
                "2025-03-10 23:00",
                "2025-03-10 08:00",
                "2025-06-25 08:00",
            ],
            "delay_hours": [24, 2, 2, 24, 2],
            "arm": ["late", "soon", "soon", "late", "soon"],
        }
    )
    came = pd.DataFrame(
        {
            "invitation_id": [1, 2, 5],
            "customer_id": [10, 10, 40],
            "date": ["2025-03-10", "2025-05-20", "2025-06-26"],
            "score": [9, 3, 10],
            "store_id": ["S"] * 3,
            "completed": [True, False, True],
            "hours_to_answer": [1.5, 460.0, 20.0],
        }
    )
    bought = pd.DataFrame(
        [
            (10, "2025-03-10", 1.0),  # the day of the answer is not after it
            (10, "2025-03-25", 1.0),
            (20, "2025-03-11", 1.0),
            (10, "2025-05-15", 1.0),  # after the second invitation, before its answer
        ],
        columns=["customer_id", "date", "amount"],
    )
    asked = nps.read(sent, table="invitations", quiet=True)
    told = nps.read(came, table="responses", beside=asked, quiet=True)
    purchases = nps.read(bought, table="purchases", beside=asked, quiet=True)
    return asked.accepted, {"purchases": purchases.accepted, "responses": told.accepted}


MEASURED = (
    Measured("answered", "any", "responses", window=14),
    Measured("full", "any", "responses", "completed", window=60),
    Measured("score", "first", "responses", "score", window=60),
    Measured("bought", "any", "purchases", window=30),
    Measured("later", "any", "purchases", window=30, after="answer"),
    Measured("silent", "any", "purchases", window=30, after="answer", absent=True),
    Measured("hours", "first", "responses", "hours_to_answer"),
)


def made(tables, **options):
    units, events = tables
    options = {
        "keys": {"arm": "arm", "assigned": "date", "id": "invitation_id"},
        "key": "invitation_id",
        "customer": "customer_id",
        "until": UNTIL,
        **options,
    }
    frame = unit_table(units, events, MEASURED, **options).to_pyarrow().to_pandas()
    return frame.set_index("id").sort_index()


def column(frame, name):
    return [None if np.isnan(value) else value for value in frame[name].astype(float)]


def test_an_answer_belongs_to_its_invitation_and_may_come_the_same_day(tables):
    frame = made(tables)
    # the second answer came after two weeks; the fifth invitation's window is open
    assert column(frame, "answered") == [1, 0, 0, 0, None]
    assert column(frame, "score") == [9, 3, None, None, None]


def test_a_column_says_which_answers_count(tables):
    assert column(made(tables), "full") == [1, 0, 0, 0, None]


def test_purchases_are_the_customers_and_count_from_the_day_after(tables):
    # invitations 1 and 2 are one customer's; each has a window of its own
    assert column(made(tables), "bought") == [1, 1, 1, 0, None]


def test_a_window_after_the_answer_begins_with_it_and_is_known_of_answerers_only(tables):
    frame = made(tables)
    assert column(frame, "later") == [1, 0, None, None, None]
    assert column(frame, "silent") == [0, 1, None, None, None]


def test_a_delay_drawn_at_the_experience_puts_assignment_before_sending(tables):
    keys = {"arm": "arm", "assigned": "sent", "id": "invitation_id", "delay_hours": "delay_hours"}
    frame = made(tables, keys=keys, lag="delay_hours", moments=("sent", "delay_hours"))
    days = pd.to_datetime(frame["assigned"]).dt.strftime("%m-%d").tolist()
    assert days == ["03-09", "05-01", "03-10", "03-09", "06-25"]
    assert frame["sent_hour"].tolist() == [9, 12, 23, 8, 8]
    assert frame["hour"].tolist() == [9, 10, 21, 8, 6]
    # 10 March 2025 was a Monday
    assert frame["sent_weekday"].tolist() == [0, 3, 0, 0, 2]
    assert frame["weekday"].tolist() == [6, 3, 0, 6, 2]


def test_units_that_some_arm_would_not_hold_leave_every_arm(tables):
    units, events = tables
    keys = {"arm": "arm", "assigned": "sent", "delay_hours": "delay_hours"}
    table = unit_table(
        units,
        events,
        MEASURED[:1],
        keys=keys,
        key="invitation_id",
        customer="customer_id",
        until=UNTIL,
        lag="delay_hours",
    )
    first, last = days_of_sending(units, "sent")
    assert (first, last) == (date(2025, 3, 10), date(2025, 6, 25))
    # sent a day later, the last would be after 25 June; sent at once, two were before 10 March
    kept, left = sent_in_every_arm(table, "delay_hours", first, last)
    assert left == (2, 1)
    assert kept.count().to_pyarrow().as_py() == 2


def test_answers_are_counted_beside_those_who_gave_none(tables):
    units, events = tables
    keys = {"arm": "arm", "assigned": "date"}
    table = unit_table(
        units, events, MEASURED, keys=keys, key="invitation_id", customer="customer_id", until=UNTIL
    )
    aggregates = UnitAggregates(table, windowed=frozenset({"answered", "score"}))
    counts = aggregates.answers("score")
    assert counts.frame.set_index("arm")[["invited", "answered"]].to_dict("index") == {
        "late": {"invited": 2, "answered": 1},
        "soon": {"invited": 2, "answered": 1},  # the fifth has not been followed for 60 days
    }
    assert counts.scores.by("arm").counts.sum() == 2
    by_later = aggregates.scores("score", "later")
    assert by_later.cells["later"].tolist() == ["1.0", "0.0"]


def test_hours_are_counted_for_as_long_as_they_were_seen(tables):
    units, events = tables
    keys = {"arm": "arm", "assigned": "date"}
    table = unit_table(
        units, events, MEASURED, keys=keys, key="invitation_id", customer="customer_id", until=UNTIL
    )
    hours = count_answer_hours(table, "hours", "assigned", UNTIL)
    place = list(hours.ends).index(24)
    assert hours.asked.tolist() == [2, 3]
    assert hours.by("late", place) == (1, 2)
    assert hours.by("soon", place) == (1, 3)
    longest = len(hours.ends) - 1
    assert hours.by("soon", longest) == (1, 2)  # of 30 days only those sent so long ago


def test_hours_that_cannot_have_been_counted_are_refused():
    with pytest.raises(
        InputError, match=r"shape \(1, 3, 3\), none negative, got shape \(1, 2, 2\)"
    ):
        AnswerHours(("a",), np.array([1.0, 2.0]), np.zeros((1, 2, 2), dtype=np.int64))


def test_labels_can_be_changed_and_equal_ones_add_up():
    cells = pd.DataFrame({"arm": ["a", "a", "b"], "day": [1, 2, 3]})
    counts = nps.InvitationCounts(
        cells,
        np.array([5, 6, 7]),
        np.array([1, 2, 3]),
        nps.ScoreCounts(np.eye(3, 11, dtype=int) * [[1], [2], [3]], cells),
    )
    found = counts.relabelled(day=["early", "early", "late"])
    assert found.frame["invited"].tolist() == [11, 7]
    assert found.scores.counts[0].tolist()[:3] == [1, 2, 0]
