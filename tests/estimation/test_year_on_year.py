"""Year on year: the right periods, the same days, and words where there is none."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.periods import place_in_period, year_before


def daily(first, last, per_day=4, seed=0, stores=1, shift=None):
    """Return answers of every day, promoters more likely in the shifted year."""
    rng = np.random.default_rng(seed)
    days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    rows = []
    for day in days:
        better = 0.0 if shift is None else shift.get(day.year, 0.0)
        p = np.array([0.25 - better, 0.3, 0.45 + better])
        for store in range(stores):
            score = rng.choice([3, 8, 10], size=per_day, p=p)
            rows += [(day, store, value) for value in score]
    return pd.DataFrame(rows, columns=["date", "store_id", "score"])


@pytest.mark.parametrize(
    ("label", "before"),
    [
        ("2025", "2024"),
        ("2025-Q1", "2024-Q1"),
        ("2024-02", "2023-02"),
        ("2025-W07", "2024-W07"),
        ("2020-W53", None),  # 2019 had 52
        ("2021-W53", "2020-W53"),
    ],
)
def test_the_period_a_year_before(label, before):
    assert year_before(label) == before


def test_a_leap_year_does_not_shift_what_is_compared():
    assert place_in_period(date(2024, 3, 1), "year") == place_in_period(date(2023, 3, 1), "year")


def test_one_cell_is_the_exact_difference():
    counts = nps.ScoreCounts(
        [[8, *[0] * 7, 13, 0, 15], [12, *[0] * 7, 7, 0, 7]],
        pd.DataFrame({"quarter": ["2025-Q2", "2024-Q2"]}),
    )
    row = nps.year_on_year(counts, "quarter").frame.iloc[0]
    rng = np.random.default_rng(0)
    a, b = (rng.dirichlet(np.array(x) + 0.5, 400_000) for x in ((8, 13, 15), (12, 7, 7)))
    apart = 100 * (a[:, 2] - a[:, 0] - b[:, 2] + b[:, 0])
    assert (row["period"], row["before"]) == ("2025-Q2", "2024-Q2")
    assert row["estimate"] == pytest.approx(apart.mean(), abs=0.2)
    assert row["lower"] == pytest.approx(np.quantile(apart, 0.025), abs=0.4)
    assert row["p_increase"] == pytest.approx((apart > 0).mean(), abs=0.003)


def test_an_unfinished_month_is_held_against_the_same_days():
    answers = daily(date(2024, 2, 1), date(2025, 3, 12))
    found = nps.year_on_year(answers, "month")
    frame = found.frame.set_index("period")
    assert list(frame.index) == ["2025-02", "2025-03"]
    assert frame["n_before"].tolist() == [29 * 4, 12 * 4]
    assert frame["n_after"].tolist() == [28 * 4, 12 * 4]
    assert frame["same_days"].tolist() == [False, True]
    said = " ".join(found.diagnostics)
    assert "2025-03 or 2024-03 is not complete" in said
    assert "2024-02 to 2025-01: answers begin in 2024-02" in said
    counts = nps.count(answers, ["date"])
    assert nps.year_on_year(counts).frame["n_before"].tolist() == [116, 48]


def test_a_first_period_that_begins_late_is_cut_too():
    found = nps.year_on_year(daily(date(2024, 3, 20), date(2025, 3, 31)))
    row = found.frame.iloc[-1]
    assert (row["n_before"], row["n_after"]) == (48, 48)


def test_counts_by_period_say_that_they_cannot_tell():
    counts = nps.count(daily(date(2024, 3, 1), date(2025, 3, 5)), "month")
    found = nps.year_on_year(counts)
    assert found.frame["n_before"].tolist() == [124]
    assert "do not say whether the last one, 2025-03, is complete" in " ".join(found.diagnostics)


def test_short_periods_are_said_in_words():
    found = nps.year_on_year(daily(date(2024, 3, 1), date(2025, 3, 3)))
    assert found.diagnostics[0].startswith("Month 2024-03 has 12 answers on 3 days: its NPS is")
    assert "most of any change is chance" in found.diagnostics[0]


def test_weeks_without_a_counterpart_and_gaps():
    days = pd.date_range("2019-12-01", "2021-01-10").date
    rows = pd.DataFrame({"date": days, "score": 9})
    rows = rows[[day.isocalendar()[:2] != (2020, 2) for day in rows["date"]]]
    found = nps.year_on_year(rows, "week")
    assert "2020-W53" not in set(found.frame["period"])
    said = " ".join(found.diagnostics)
    assert "2020-W53 has no counterpart: the year before has 52 ISO weeks." in said
    gap = pd.DataFrame({"month": ["2024-01", "2024-03", "2025-01", "2025-02", "2025-03"]})
    found = nps.year_on_year(nps.ScoreCounts([[3] * 11] * 5, gap))
    assert found.frame["period"].tolist() == ["2025-01", "2025-03"]
    assert "2024-02 has no answers: 2025-02 is not compared." in found.diagnostics


def test_cells_are_pooled_and_hold_their_level():
    """Thirty stores whose true changes vary: coverage of the pooled intervals, and their width."""
    rng = np.random.default_rng(4)
    held = 0.0
    for turn in range(30):
        moved = 0.04 + 0.04 * rng.standard_normal(30)
        first = np.tile([0.25, 0.30, 0.45], (30, 1))
        second = first + moved[:, None] * [-1, 0, 1]
        array = np.zeros((60, 11), int)
        array[:, [3, 8, 10]] = [rng.multinomial(40, share) for share in (*first, *second)]
        cells = pd.DataFrame(
            {"month": ["2024-05"] * 30 + ["2025-05"] * 30, "store_id": [*range(30)] * 2}
        )
        counts = nps.ScoreCounts(array, cells)
        frame = nps.year_on_year(counts, by="store_id").frame
        true = 200 * moved
        held += ((frame["lower"] <= true) & (true <= frame["upper"])).mean()
        if turn == 0:
            alone = nps.year_on_year(counts, by="store_id", pooling="none").frame
            wide = (alone["upper"] - alone["lower"]).mean()
            narrow = (frame["upper"] - frame["lower"]).mean()
    assert 0.92 < held / 30 < 0.985
    assert narrow < 0.8 * wide


def test_cells_seen_once_and_headlines():
    answers = daily(date(2024, 3, 1), date(2025, 3, 31), per_day=2, stores=3)
    answers = answers[~((answers["store_id"] == 2) & (answers["date"] < date(2025, 1, 1)))]
    found = nps.year_on_year(answers, by="store_id")
    assert found.frame["n_before"].tolist()[-1] == 0
    assert np.isfinite(found.frame[["estimate", "lower", "upper"]]).all(axis=None)
    assert "of 3 cells" in str(found)
    assert "P(increase)" in nps.year_on_year(answers).headline()


def test_year_on_year_says_what_it_lacks():
    with pytest.raises(nps.InputError, match="No month with answers has a counterpart"):
        nps.year_on_year(daily(date(2025, 1, 1), date(2025, 3, 1)))
    bad = nps.ScoreCounts([[1] * 11] * 2, pd.DataFrame({"month": ["Jan", "Feb"]}))
    with pytest.raises(nps.InputError, match="'Jan' is no label of a month"):
        nps.year_on_year(bad)
    with pytest.raises(nps.InputError, match="`period` must be one of"):
        nps.year_on_year(bad, "decade")
