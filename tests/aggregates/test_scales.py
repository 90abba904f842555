"""Counts on a scale of any length: made in the database, added, and what users mistype."""

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import npsstats as nps
from npsstats.aggregates.rates import count_answered, count_completed, count_rating

ROWS = pd.DataFrame(
    {
        "score": [9, 10, 3, 7, 0],
        "store_id": [2, 10, 2, 10, 10],
        "date": ["2025-01-31", "2025-02-01", "2025-02-28", "2025-04-01", "2025-12-31"],
        "csat": [5, 4, None, 1, 4],
        "ces": [7, 7, 1, 2, None],
        "completed": [True, True, False, True, None],
        "channel": ["sms", "email", None, "sms", "email"],
    }
)


@pytest.fixture(scope="module")
def intake():
    return nps.read(ROWS, segments=["channel"], quiet=True)


def test_counts_by_store_leave_blanks_out_and_say_so(intake):
    counts = count_rating(intake, "store_id", "csat", (1, 5))
    assert counts.cells["store_id"].astype(str).tolist() == ["2", "10"]
    assert counts.counts.tolist() == [[0, 0, 0, 0, 1], [1, 0, 0, 2, 0]]
    assert counts.blank == 1
    assert counts.n.tolist() == [1, 3]


def test_a_cell_whose_answers_are_all_blank_is_there_with_none():
    rows = ROWS.assign(csat=[None, 4, None, 1, 4])
    counts = count_rating(nps.read(rows, quiet=True), "store_id", "csat", (1, 5))
    assert counts.n.tolist() == [0, 3]
    assert np.isnan(counts.mean[0])


def test_keys_may_be_periods_or_missing(intake):
    counts = count_rating(intake, "quarter", "ces", (1, 7))
    assert counts.cells["quarter"].tolist() == ["2025-Q1", "2025-Q2", "2025-Q4"]
    assert counts.n.tolist() == [3, 1, 0]
    by = count_rating(intake, ["channel", "store_id"], "ces", (1, 7))
    assert by.cells["channel"].tolist() == ["email", "sms", "sms", "(none)"]
    assert by.n.tolist() == [1, 1, 1, 1]


def test_counts_agree_with_pandas(intake):
    counts = count_rating(intake, "channel", "ces", (1, 7))
    kept = ROWS.dropna(subset=["ces", "channel"])
    plain = pd.crosstab(kept["channel"], kept["ces"].astype(int))
    for label, row in zip(counts.cells["channel"], counts.counts, strict=True):
        for value in range(1, 8):
            expected = plain.loc[label].get(value, 0) if label in plain.index else None
            assert expected is None or row[value - 1] == expected


def test_flags_are_no_and_yes(intake):
    counts = count_completed(intake, None)
    assert counts.counts.tolist() == [[1, 3]]
    assert counts.blank == 1


def test_invitations_are_answered_by_their_flag_or_their_response():
    rows = pd.DataFrame(
        {
            "date": ["2025-01-01"] * 4,
            "customer_id": [1, 2, 3, 4],
            "store_id": ["a", "a", "b", "b"],
            "response_id": ["r1", None, None, "r4"],
        }
    )
    counts = count_answered(nps.read(rows, table="invitations", quiet=True), "store_id")
    assert counts.counts.tolist() == [[1, 1], [1, 1]]
    flagged = rows.assign(answered=[True, True, False, False])
    counts = count_answered(nps.read(flagged, table="invitations", quiet=True), "store_id")
    assert counts.counts.tolist() == [[0, 2], [2, 0]]
    with pytest.raises(nps.InputError, match="This takes invitations, and the intake holds resp"):
        count_answered(nps.read(ROWS, quiet=True), None)
    bare = nps.read(rows.drop(columns="response_id"), table="invitations", quiet=True)
    with pytest.raises(nps.InputError, match="`answered` or `response_id`"):
        count_answered(bare, None)


def test_a_source_is_read_and_a_frame_without_scores_is_taken_as_it_is(tmp_path, capsys):
    path = tmp_path / "answers.csv"
    ROWS.to_csv(path, index=False)
    counts = count_rating(str(path), "channel", "csat", (1, 5))
    assert counts.n.sum() == 4
    assert "5 of 5 responses accepted" in capsys.readouterr().err
    bare = ROWS.drop(columns="score")
    assert count_rating(bare, "store_id", "csat", (1, 5)).n.tolist() == [1, 3]
    table = ibis.memtable(pa.Table.from_pandas(bare))
    assert count_rating(table, "store_id", "csat", (1, 5)).blank == 1
    # "store_id" is only a default
    assert len(count_rating(bare[["csat"]], "store_id", "csat", (1, 5))) == 1


def test_counts_add_and_collapse():
    a = nps.ScaleCounts([[1, 2], [3, 4]], ["x", "y"], (0, 1), blank=1)
    b = nps.ScaleCounts([[5, 6]], ["y"], (0, 1), blank=2)
    both = a + b
    assert both.counts.tolist() == [[1, 2], [8, 10]]
    assert both.blank == 3
    assert (a + b).sum() == (b + a).sum()
    assert both.by("cell") == both
    assert both.by().counts.tolist() == [[9, 12]]
    assert both.top(1).tolist() == [2, 10]
    assert both.top(-1).tolist() == [1, 8]
    assert a != b
    assert "18 answers" not in repr(a)
    assert "10 answers from 0 to 1 in 2 cells" in repr(a)
    with pytest.raises(nps.InputError, match="keys and scales must be the same"):
        a + nps.ScaleCounts([1, 2, 3], scale=(0, 2))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda i: count_rating(i, None, "csat", (1, 4)), r"got 5 \(1 answers are off.*\(1, 5\)"),
        (lambda i: count_rating(i, None, "effort", (1, 4)), "There is no column 'effort' among"),
        (lambda i: count_rating(i, "region", "csat", (1, 5)), "`by`: there is no 'region'"),
        (lambda i: count_rating(i, ["year", "year"], "csat", (1, 5)), "names a key twice"),
        (lambda i: count_rating(i, None, "csat", (5, 1)), r"such as \(1, 5\), got \(5, 1\)"),
        (lambda i: count_rating(i, None, "csat", 5), "`scale` must be the lowest and the highest"),
        (lambda i: nps.ScaleCounts([1, 2, 3]), r"shape \(cells, 5\)"),
        (lambda i: nps.ScaleCounts([1, -2], scale=(0, 1)), "none of them negative"),
        (lambda i: nps.ScaleCounts([1, 0.5], scale=(0, 1)), "whole numbers"),
        (lambda i: nps.ScaleCounts([[1, 0]] * 2, ["a", "a"], (0, 1)), "'a' comes twice"),
        (
            lambda i: count_rating(nps.ScaleCounts([1, 2], scale=(0, 1)), None, "csat", (1, 5)),
            r"on the scale \(0, 1\), not on \(1, 5\)",
        ),
    ],
)
def test_bad_input_is_said(intake, call, said):
    with pytest.raises(nps.InputError, match=said):
        call(intake)


def test_half_points_are_not_on_the_scale():
    with pytest.raises(nps.InputError, match=r"whole number from 1 to 5, got 4\.5"):
        count_rating(pd.DataFrame({"csat": [1, 4.5]}), None, "csat", (1, 5))
