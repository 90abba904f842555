"""Series of scores from answers, counts and panels: nothing lost, nothing made up."""

import numpy as np
import pandas as pd
import pytest
from grids import score_of

import npsstats as nps
from npsstats.checks import InputError
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.series_of import score_series

SHARES = np.array([0.03, 0.01, 0.02, 0.02, 0.02, 0.06, 0.06, 0.13, 0.2, 0.2, 0.25])


def _answers(rng, size, first="2024-01-01", last="2025-12-31", **columns):
    days = pd.date_range(first, last)
    frame = pd.DataFrame(
        {
            "date": days[rng.integers(0, len(days), size)],
            "score": rng.choice(11, size, p=SHARES),
            "store_id": rng.integers(1, 13, size),
        }
    )
    return frame.assign(**columns)


def _read(frame, table="responses", **options):
    return nps.read(frame, table=table, quiet=True, **options)


def _counts(rows, key="month", **keys):
    """Return counts of (period, detractors, passives, promoters), with further keys."""
    array = np.zeros((len(rows), 11), dtype=int)
    array[:, 3], array[:, 7], array[:, 10] = np.array([row[1:] for row in rows]).T
    return nps.ScoreCounts(array, pd.DataFrame({key: [row[0] for row in rows], **keys}))


@pytest.fixture(scope="module")
def answers():
    frame = _answers(np.random.default_rng(1), 6000)
    return frame.assign(region=np.where(frame["store_id"] < 5, "North", "South"))


@pytest.fixture(scope="module")
def intake(answers):
    return _read(answers, segments=["region"])


def test_every_answer_is_in_the_series_of_each_grouping(answers, intake):
    series = score_series(intake, levels=["network", "region", "store_id", ["region", "store_id"]])
    counts = nps.count(intake, by=["store_id", "month"])
    for part in series.by_level().values():
        assert part.n.sum() == counts.n.sum() == len(answers)
    stores = series.by_level()["store_id"]
    month = answers["date"].dt.strftime("%Y-%m")
    expected = answers.assign(net=np.sign(answers["score"] - 8) * (answers["score"] != 7), m=month)
    expected["net"] = 1.0 * (answers["score"] >= 9) - 1.0 * (answers["score"] <= 6)
    wanted = expected.pivot_table("net", "store_id", "m", aggfunc="mean")
    assert stores.names == tuple(map(str, range(1, 13)))
    np.testing.assert_allclose(score_of(stores), 100 * wanted.to_numpy(), atol=1e-9)


def test_levels_are_the_series_made_one_by_one(intake):
    stacked = score_series(intake, levels=["network", "region", "store_id"]).by_level()
    for level, by in (("network", None), ("region", "region"), ("store_id", "store_id")):
        alone, part = score_series(intake, by=by), stacked[level]
        assert part.names == alone.names
        for name in ("values", "noise", "n", "spread", "polar"):
            np.testing.assert_array_equal(getattr(part, name), getattr(alone, name))
        np.testing.assert_array_equal(part.until(5).noise, alone.until(5).noise)


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
def test_answers_counts_by_day_and_counts_by_period_agree(intake, period):
    whole = score_series(intake, period, by="store_id")
    daily = score_series(nps.count(intake, by=["date", "store_id"]), period, by="store_id")
    counted = nps.count(intake, by=[period, "store_id"])
    coarse = score_series(counted, period, by="store_id", through=whole.periods[-1])
    np.testing.assert_array_equal(score_of(whole), score_of(daily))
    assert coarse.periods[-len(whole.periods) :] == whole.periods
    np.testing.assert_array_equal(score_of(coarse)[:, -len(whole.periods) :], score_of(whole))


def test_a_panel_gives_what_its_answers_give():
    network = nps.simulate(stores=6, months=14, responses=2500, seed=5)
    read = {name: _read(getattr(network, name), name) for name in ("responses", "stores")}
    panel = nps.store_panel(_read(network.purchases, "purchases"), *read.values())
    for options in ({"by": "store_id"}, {"levels": ["network", "region"]}):
        from_panel = score_series(panel, **options)
        direct = score_series(read["responses"], stores=read["stores"], **options)
        assert from_panel.names == direct.names
        both = [label for label in from_panel.periods if label in direct.periods]
        places = [[part.periods.index(label) for label in both] for part in (from_panel, direct)]
        np.testing.assert_array_equal(
            score_of(from_panel)[:, places[0]], score_of(direct)[:, places[1]]
        )
    assert score_series(panel, "quarter").period == "quarter"
    with pytest.raises(InputError, match="`by` must be one of"):
        score_series(panel, by="colour")


def test_a_first_and_a_last_month_covered_in_part_are_left_out_and_said():
    rng = np.random.default_rng(2)
    frame = _answers(rng, 4000, "2025-01-17", "2025-08-12")
    series = score_series(_read(frame))
    assert series.periods == ("2025-02", "2025-03", "2025-04", "2025-05", "2025-06", "2025-07")
    said = " ".join(series.notes)
    assert "2025-01 (from its day 17 only)" in said
    assert "2025-08 (without its last" in said
    lost = len(frame) - int(series.n.sum())
    assert f"{lost:,} answers outside 2025-02 to 2025-07 left out" in said


def test_a_stray_date_makes_no_century_of_gaps():
    frame = _answers(np.random.default_rng(3), 3000)
    frame.loc[0, "date"] = pd.Timestamp("1999-03-04")
    series = score_series(_read(frame))
    assert series.periods[0] == "2024-01"
    assert any("1 from 1999-03-04" in note for note in series.notes)


def test_a_month_without_answers_stays_as_a_gap():
    series = score_series(
        _counts([("2025-01", 1, 2, 7), ("2025-02", 0, 0, 0), ("2025-04", 2, 2, 6)])
    )
    assert series.periods == ("2025-01", "2025-02", "2025-03", "2025-04")
    np.testing.assert_array_equal(score_of(series), [[60, np.nan, np.nan, 40]])
    np.testing.assert_array_equal(series.n, [[10, 0, 0, 10]])


def test_gaps_at_the_ends_of_one_series_stay():
    rows = [("2025-01", 1, 2, 7), ("2025-03", 1, 2, 7), ("2025-02", 2, 2, 6)]
    series = score_series(_counts(rows, store_id=["A", "A", "B"]), by="store_id")
    np.testing.assert_array_equal(series.seen, [[True, False, True], [False, True, False]])


def test_years_of_53_weeks_lose_and_invent_no_week():
    rng = np.random.default_rng(4)
    frame = _answers(rng, 5000, "2020-11-02", "2021-02-07")
    series = score_series(_read(frame), "week")
    assert series.periods[8:11] == ("2020-W53", "2021-W01", "2021-W02")
    assert series.n.sum() == 5000
    assert series.seen.all()


def test_one_observation_is_a_series():
    series = score_series(_counts([("2025-03", 1, 1, 3)]))
    assert series.shape == (1, 1)
    assert score_of(series)[0, 0] == 40
    assert np.isfinite(LastValue().fit(series).predict(3, draws=50).mean).all()


def test_a_series_without_answers_is_allowed_beside_others_but_not_alone():
    rows = [("2025-01", 1, 1, 3), ("2025-02", 1, 1, 3), ("2025-02", 0, 0, 0)]
    series = score_series(_counts(rows, store_id=["A", "A", "B"]), by="store_id")
    assert series.names == ("A", "B")
    assert not series.seen[1].any()
    assert np.isfinite(series.spread).all()
    with pytest.raises(InputError, match="no answer with a date"):
        score_series(_counts([("2025-01", 0, 0, 0), ("2025-02", 0, 0, 0)]))


def test_constant_answers_have_sampling_error_all_the_same():
    series = score_series(_counts([(f"2025-{m:02d}", 0, 0, 12) for m in range(1, 8)]))
    np.testing.assert_array_equal(score_of(series), np.full((1, 7), 100.0))
    assert (series.noise > 0).all()


def test_polls_come_as_shares_times_answers():
    polls = pd.DataFrame(
        {
            "date": ["2025-01-10", "2025-01-20", "2025-03-03"],
            "detractors": [1450.5 * 0.4, 1000 * 0.41, 900 * 0.38],
            "passives": [1450.5 * 0.1, 1000 * 0.09, 900 * 0.12],
            "promoters": [1450.5 * 0.5, 1000 * 0.5, 900 * 0.5],
        }
    )
    series = score_series(polls)
    np.testing.assert_allclose(series.n, [[2450.5, 0, 900]])
    pooled = 100 * (1450.5 * 0.1 + 1000 * 0.09) / 2450.5
    np.testing.assert_allclose(score_of(series)[0, [0, 2]], [pooled, 12.0])
    with pytest.raises(InputError, match="none of them missing or negative"):
        score_series(polls.assign(passives=-1.0))
    with pytest.raises(InputError, match="need a column 'month' or 'date'"):
        score_series(polls.drop(columns="date"))


def test_real_polls_become_a_series(shared_data):
    frame = pd.read_csv(shared_data / "poll_tracking" / "AustralianElectionPolling.csv")
    size = frame["sampleSize"]
    parts = {"promoters": frame["ALP"], "detractors": frame["Lib"]}
    polls = pd.DataFrame({name: share * size / 100 for name, share in parts.items()})
    polls["passives"] = size - polls["promoters"] - polls["detractors"]
    series = score_series(polls.assign(date=frame["endDate"]))
    assert series.n.sum() == pytest.approx(size.sum())
    assert series.shape[1] > 24


def test_the_series_ends_where_it_is_told_to():
    rows = [(f"2025-{m:02d}", m, 1, 20) for m in range(1, 10)]
    series = score_series(_counts(rows), through="2025-06")
    assert series.periods[-1] == "2025-06"
    assert any("ends with 2025-06, as asked (87 later answers left out)" in x for x in series.notes)
    whole = score_series(_counts(rows))
    np.testing.assert_array_equal(series.noise, whole.until(6).noise)
    with pytest.raises(InputError, match="answers begin in 2025-01, after 2024-12"):
        score_series(_counts(rows), through="2024-12")


def test_regions_come_from_the_stores_table_where_the_answers_do_not_have_them(answers):
    stores = pd.DataFrame({"store_id": range(1, 14), "region": ["N"] * 4 + ["S"] * 9})
    series = score_series(
        _read(answers.drop(columns="region")), by="region", stores=_read(stores, "stores")
    )
    assert series.names == ("N", "S")
    assert series.n[0].sum() == (answers["store_id"] <= 4).sum()


def test_kinds_whose_mix_moves_the_score_are_refused_unless_told():
    rows, kinds = [], []
    for month in range(1, 13):
        cold = 20 if month < 7 else 80
        rows += [(f"2025-{month:02d}", cold // 2, 0, cold // 2), (f"2025-{month:02d}", 10, 0, 90)]
        kinds += ["relational", "transactional"]
    counts = _counts(rows, kind=kinds)
    with pytest.raises(InputError, match=r"mix kinds of survey .* by up to"):
        score_series(counts)
    assert score_series(counts, across_kinds=True).n.sum() == counts.n.sum()
    assert score_series(counts, by="kind").names == ("relational", "transactional")
    same = counts.where("kind", "transactional")
    assert score_series(same).n.sum() == same.n.sum()


def test_channels_whose_mix_moves_the_score_are_said():
    rows, channels = [], []
    for month in range(1, 13):
        sms = 20 if month < 7 else 80
        rows += [(f"2025-{month:02d}", sms // 2, 0, sms // 2), (f"2025-{month:02d}", 10, 0, 90)]
        channels += ["sms", "email"]
    series = score_series(_counts(rows, channel=channels))
    assert any("the mix of channels (email, sms) changes" in note for note in series.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": "day"}, "`period` must be one of"),
        ({"by": "store_id", "levels": ["network"]}, "not by both"),
        ({"levels": []}, "`levels` must be such as"),
        ({"levels": ["network", None]}, "names a grouping twice"),
        ({"through": "2025-13"}, "`through` must be the label of a month, got '2025-13'"),
        ({"changed": "2025-Q1"}, "`changed` must be the label of a month"),
        ({"changed": "2026-01"}, "the last period is 2025-04, before 2026-01"),
        ({"bridge": object()}, "needs the first period asked the new way"),
        ({"by": "colour"}, "`by` must be one of"),
        ({"by": "month"}, "`by`: 'month' is what series run over"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(options, message):
    counts = _counts([(f"2025-{m:02d}", 2, 3, 9) for m in range(1, 5)])
    with pytest.raises(InputError, match=message):
        score_series(counts, **options)


def test_labels_that_are_no_period_are_refused():
    with pytest.raises(InputError, match="'March' is no label of a month"):
        score_series(_counts([("March", 1, 1, 1), ("2025-04", 1, 1, 1)]))
    with pytest.raises(InputError, match="'14/03/2025' is no day such as"):
        score_series(_counts([("14/03/2025", 1, 1, 1)], key="date"))
    with pytest.raises(InputError, match="needs the key 'month' or 'date'"):
        score_series(_counts([("a", 1, 1, 1)], key="store_id"))


def test_a_database_is_counted_where_it_is():
    frame = _answers(np.random.default_rng(6), 2000)
    table = _read(frame).accepted
    assert score_series(table).n.sum() == 2000
    assert score_series(frame).n.sum() == 2000
