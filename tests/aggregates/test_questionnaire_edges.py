"""Refunds, tills that stop, answers without a store, counts that are none."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
from npsstats.aggregates.questionnaire_outcomes import BOUGHT, answers_and_purchases
from npsstats.checks import InputError


def bought_again(bought, window=30):
    said = pd.DataFrame({"score": [9, 2, 8, 7], "customer_id": [1, 2, 3, 4], "date": "2025-01-10"})
    said = nps.read(said.assign(store_id=["A", "A", "B", "C"]), quiet=True)
    columns = ["customer_id", "amount", "store_id", "date"]
    paid = pd.DataFrame(bought, columns=columns[: len(bought[0])])
    if "date" not in paid:
        paid = paid.rename(columns={"store_id": "date"})
    paid = nps.read(paid, table="purchases", beside=said, quiet=True)
    found, early = answers_and_purchases(said, paid, ["score"], window=window)
    assert early == found.left_out == 4 - found.total
    return found.frame.set_index("score")[BOUGHT].to_dict()


def test_refunds_are_no_purchases_and_a_silent_till_no_desertion():
    bought = [
        (1, 20.0, "A", "2025-01-20"),
        (2, -20.0, "A", "2025-01-21"),  # a refund
        (2, 0.0, "A", "2025-01-22"),
        (9, 5.0, "A", "2025-03-01"),
        (9, 5.0, "B", "2025-01-25"),  # B's feed ends before the window of its answer
        (3, -5.0, "B", "2025-03-01"),
        (4, 5.0, "A", "2025-03-01"),  # and nothing is known of C
    ]
    assert bought_again(bought) == {9.0: 1.0, 2.0: 0.0}


def test_without_stores_the_table_has_one_last_day():
    bought = [(1, 20.0, "2025-01-20"), (9, 5.0, "2025-03-01")]
    assert bought_again(bought) == {9.0: 1.0, 2.0: 0.0, 8.0: 0.0, 7.0: 0.0}


def test_nobody_buys():
    with pytest.raises(InputError, match="No purchase has an amount above 0"):
        bought_again([(1, -20.0, "A", "2025-01-20")])


def test_an_answer_without_a_store_is_a_cluster_of_its_own():
    rows = pd.DataFrame({"score": [9, 9, 9, 3], "branch": [None, None, "A", "A"]})
    found = AnswerPatterns.of(rows, ["score"], cluster="branch")
    assert found.frame["branch"].tolist() == ["(none) 1", "(none) 2", "A", "A"]
    assert found.n.tolist() == [1, 1, 1, 1]
    intake = nps.read(rows, segments=["branch"], quiet=True)
    other = answer_patterns(intake, ["score"], cluster="branch")
    pd.testing.assert_frame_equal(found.frame, other.frame)


@pytest.mark.parametrize("wrong", [0.5, np.nan, -3, np.inf])
def test_counts_that_are_none(wrong):
    rows = pd.DataFrame({"score": [9, 3], "n": [2, wrong]})
    with pytest.raises(InputError, match=r"`n` says how many .* got .* in 1 rows"):
        AnswerPatterns.of(rows, ["score"])
    found = AnswerPatterns.of(rows.assign(n=[2, 0]), ["score"])
    assert found.frame["score"].tolist() == [9.0]
