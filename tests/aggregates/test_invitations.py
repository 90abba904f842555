"""Invitations and weights counted inside the database."""

import ibis
import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.weighted_scores import count_weighted


def sent(**columns):
    table = pd.DataFrame(
        {
            "date": ["2025-01-30", "2025-01-31", "2025-02-01", "2025-02-14", "2025-03-02"],
            "customer_id": [1, 2, 3, 4, 5],
            "invitation_id": [11, 12, 13, 14, 15],
            "channel": ["sms", "email", None, "email", "sms"],
            "past_invitations": [0, 1, 2, 7, None],
        }
    ).assign(**columns)
    return nps.read(table, table="invitations", quiet=True)


def came(beside, **columns):
    table = pd.DataFrame({"score": [10, 3, 8], "invitation_id": [11, 13, 14]}).assign(**columns)
    return nps.read(table, beside=beside, quiet=True)


def test_answers_are_joined_to_what_is_known_of_the_invitation():
    asked = sent()
    counts = nps.count_invitations(asked, "channel", responses=came(asked))
    assert counts.frame.to_dict("list") == {
        "channel": ["(none)", "email", "sms"],
        "invited": [1, 2, 2],
        "answered": [1, 1, 1],
        "rate": [1, 0.5, 0.5],
    }
    assert counts.scores.nps.tolist() == [-100, 0, 100]
    assert counts.scores.keys == ["channel"]


def test_periods_and_bins_are_keys():
    asked = sent(answered=[True, False, True, True, False])
    months = nps.count_invitations(asked, "month")
    assert months.cells["month"].tolist() == ["2025-01", "2025-02", "2025-03"]
    assert months.answered.tolist() == [1, 2, 0]
    bins = nps.count_invitations(asked, "past_invitations", bins={"past_invitations": [1, 3]})
    found = dict(zip(bins.cells["past_invitations"], bins.invited, strict=True))
    assert found == {"under 1": 1, "1 to under 3": 2, "3 and more": 1, "(none)": 1}


def test_who_answered_may_be_said_in_three_ways():
    flagged = nps.count_invitations(sent(answered=[1, 0, 1, 1, 0]), "month")
    numbered = nps.count_invitations(sent(response_id=["a", None, "b", "c", None]), "month")
    asked = sent()
    joined = nps.count_invitations(asked, "month", responses=came(asked))
    for counts in (numbered, joined):
        assert counts.answered.tolist() == flagged.answered.tolist()
    frames = nps.count_invitations(
        sent(response_id=["a", None, "b", "c", None]).accepted.drop("invitation_id"), "month"
    )
    assert frames.answered.tolist() == flagged.answered.tolist()


def test_counts_add_and_collapse():
    asked = sent(answered=[True, False, True, True, False])
    fine = nps.count_invitations(asked, ["month", "channel"])
    assert fine.by("month").frame.equals(nps.count_invitations(asked, "month").frame)
    assert (fine + fine).by("channel").invited.tolist() == [4, 4, 2]
    assert fine.by().frame["invited"].tolist() == [5]
    assert "3 answers to 5 invitations (60.0 %)" in repr(fine)
    with pytest.raises(nps.InputError, match="cannot be added"):
        fine + fine.by("month")


def test_what_cannot_be_counted_is_refused():
    asked = sent()
    with pytest.raises(nps.InputError, match="do not say who answered"):
        nps.count_invitations(asked, "month")
    with pytest.raises(nps.InputError, match="there is no 'region' among"):
        nps.count_invitations(asked, "region")
    with pytest.raises(nps.InputError, match="This needs invitations"):
        nps.count_invitations(came(asked), "month")
    with pytest.raises(nps.InputError, match="1 answers repeat the invitation of another one"):
        nps.count_invitations(asked, "month", responses=came(asked, invitation_id=[11, 11, 14]))
    lost = nps.read(pd.DataFrame({"score": [9], "customer_id": [1]}), beside=asked, quiet=True)
    with pytest.raises(nps.InputError, match="no column in common"):
        nps.count_invitations(asked, "month", responses=lost)
    with pytest.raises(nps.InputError, match="different databases"):
        nps.count_invitations(
            asked,
            "month",
            responses=nps.read(pd.DataFrame({"score": [9], "invitation_id": [11]}), quiet=True),
        )
    for bins, text in (
        ({"past_invitations": [3, 1]}, "ascending"),
        ({"channel": [1]}, "not a number"),
        ({"delay_hours": [1]}, "`bins` must be one of"),
    ):
        with pytest.raises(nps.InputError, match=text):
            nps.count_invitations(sent(answered=True), ["past_invitations", "channel"], bins=bins)


def test_weights_are_added_up_by_cell_and_score(tmp_path):
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "score": rng.integers(0, 11, 500),
            "store_id": rng.choice(["A", "B", "C"], 500).tolist(),
            "w": rng.gamma(2, 1, 500),
        }
    )
    con = ibis.duckdb.connect()
    rows.to_parquet(tmp_path / "rows.parquet")
    sums = count_weighted(con.read_parquet(tmp_path / "rows.parquet"), "store_id", "w")
    for row, store in enumerate(sums.counts.labels):
        part = rows[rows["store_id"] == store]
        total = np.bincount(part["score"], part["w"], minlength=11)
        squares = np.bincount(part["score"], part["w"] ** 2, minlength=11)
        assert sums.total[row] == pytest.approx(total)
        assert sums.squares[row] == pytest.approx(squares)
        assert sums.counts.n[row] == len(part)
    assert sums.largest == pytest.approx(rows["w"].max())
