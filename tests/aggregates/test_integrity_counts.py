"""What the signs of gaming are read from, counted in the database: against counts by hand."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.integrity import count_integrity

LONG = "Vraiment un accueil formidable"


@pytest.fixture
def answers():
    return pd.DataFrame(
        {
            "response_id": [1, 2, 3, 4, 5, 6, 6, 7, 8],
            "store_id": ["A", "A", "A", "B", "B", "B", "B", None, "B"],
            "customer_id": [10, 10, 11, 12, 13, 12, 12, 14, 15],
            "date": ["2025-03-03"] * 3 + ["2025-03-04"] * 5 + ["2025-03-06"],
            "score": [10, 9, 10, 3, 10, 8, 8, 10, 10],
            "csat": [5, 5, 4, 1, None, 4, 4, 5, 5],
            "channel": ["sms"] * 9,
            "verbatim": [
                *(LONG, f"{LONG} !", LONG.upper()),
                *("Bien", "Bien", f"{LONG}.", f"{LONG}.", LONG, LONG.lower()),
            ],
        }
    )


def test_counts_by_hand(answers):
    counts = count_integrity(answers)
    assert counts.stores == ("A", "B")
    assert counts.closed == ("csat",)
    assert counts.strata == ("channel",)
    rows = counts.answers.set_index(["store", "csat"])[["n", "promoters", "tens"]]
    assert rows.loc[(0, "5.0")].tolist() == [2, 2, 1]
    assert rows.loc[(0, "4.0")].tolist() == [1, 1, 1]
    assert rows.loc[(1, "")].tolist() == [1, 1, 1]
    # the row without a store is rejected or left out, the second 6 is a duplicate
    assert rows["n"].sum() == 7
    days = counts.days.set_index(["store", "day"])["n"]
    first = np.datetime64("2025-03-03").astype(int)
    assert days.to_dict() == {(0, first): 3, (1, first + 1): 3, (1, first + 3): 1}


def test_repeats_by_hand(answers):
    repeats = count_integrity(answers).repeats
    by = {name: frame.set_index("store") for name, frame in repeats.items()}
    # customer 10 twice in A, customer 12 twice in B (the resent row does not count)
    assert by["customers"]["extra"].tolist() == [1, 1]
    assert by["rows"]["extra"].tolist() == [0, 1]
    # in A customers 10 and 11 wrote the same words; in B 12 and 15 did; "Bien" is too short
    assert by["texts"]["extra"].tolist() == [1, 1]
    assert by["texts"]["chances"].tolist() == [1, 1]


def test_invitations_by_hand(answers):
    sent = pd.DataFrame(
        {
            "date": ["2025-03-01"] * 5,
            "customer_id": [1, 2, 3, 4, 5],
            "store_id": ["A", "A", "B", "B", "C"],
            "channel": ["sms", "sms", "email", "sms", "sms"],
            "past_invitations": [0, 9, 3, 1, 0],
            "answered": [True, False, None, True, True],
        }
    )
    found = count_integrity(answers, sent).invitations
    # C has no answers: nothing is begged for there
    assert set(found["store"]) == {0, 1}
    assert found["n"].sum() == 4
    assert found["answered"].sum() == 2
    assert set(found["past_invitations"]) == {"0", "1", "3"}


def test_what_cannot_be_counted_is_said():
    counts = count_integrity(pd.DataFrame({"store_id": [1, 1, 10, 2], "score": [9, 9, 10, 0]}))
    assert set(counts.absent) == {
        "tens_given_closed",
        "bursts",
        "repeated_customers",
        "repeated_texts",
        "repeated_rows",
        "response_rate",
    }
    assert counts.answers["n"].tolist() == [2, 1, 1]
    assert counts.days is None


def test_a_text_is_no_closed_question(answers):
    many = pd.concat([answers] * 3).assign(response_id=range(27), word=[f"w{i}" for i in range(27)])
    with pytest.raises(nps.InputError, match="no answers to a closed question"):
        count_integrity(many, closed=["word"])
