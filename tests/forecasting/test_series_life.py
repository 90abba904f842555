"""Openings, closings, silences, and a change of questionnaire."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from grids import score_of

import npsstats as nps
from npsstats.checks import InputError
from npsstats.experiments.survey.crossing.bridge import bridge
from npsstats.forecasting.series_life import lives
from npsstats.forecasting.series_of import score_series

MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
SHARES = np.array([0.03, 0.01, 0.02, 0.02, 0.02, 0.06, 0.06, 0.13, 0.2, 0.2, 0.25])


def _network(rng, rates):
    """Return counts by month and store; `rates` (stores, months) answers to expect."""
    stores = [f"S{place}" for place in range(len(rates))]
    cells = [(month, store) for month in MONTHS for store in stores]
    sizes = rng.poisson(np.asarray(rates, dtype=float).T.ravel())
    array = np.array([rng.multinomial(size, SHARES) for size in sizes])
    return nps.ScoreCounts(array, pd.DataFrame(cells, columns=["month", "store_id"]))


def test_a_store_that_falls_silent_while_the_others_go_on_has_ended():
    rates = np.full((20, 24), 30.0)
    rates[3, 18:] = 0
    rates[7, :5] = 0
    series = score_series(_network(np.random.default_rng(1), rates), by="store_id")
    at = series.names.index("S3")
    assert np.flatnonzero(series.ended).tolist() == [at]
    assert series.closes[at] == 18
    assert series.opens[series.names.index("S7")] == 5
    assert not series.alive(3)[at].any()
    assert series.alive(3).sum() == 19 * 3
    said = [note for note in series.notes if "fell silent" in note]
    assert said
    assert "S3 from 2025-07" in said[0]


def test_what_has_ended_was_not_known_to_end_before():
    rates = np.full((20, 24), 30.0)
    rates[3, 18:] = 0
    series = score_series(_network(np.random.default_rng(1), rates), by="store_id")
    assert not series.until(17).ended.any()
    assert series.until(18).ended.sum() == 1


def test_the_silence_of_all_ends_none():
    rates = np.full((20, 24), 30.0)
    rates[:, 10:16] = 0
    counts = _network(np.random.default_rng(2), rates)
    assert not score_series(counts, by="store_id").ended.any()
    assert not score_series(counts, by="store_id", through="2025-04").ended.any()


@pytest.mark.parametrize("shape", [np.inf, 1.5])
def test_few_answers_or_bursts_must_be_missed_for_long(shape):
    rng = np.random.default_rng(3)
    names = [str(place) for place in range(300)]
    wrong, found = 0, 0
    for _ in range(30):
        rates = rng.lognormal(1.0, 0.8, (300, 1)) * np.ones(24)
        if np.isfinite(shape):
            rates = rng.gamma(shape, rates / shape)
        n = rng.poisson(rates).astype(float)
        wrong += bool(np.isfinite(lives(n, names, MONTHS, "month").closes).any())
        loudest = int(n.sum(axis=1).argmax())
        n[loudest, 16:] = 0
        found += lives(n, names, MONTHS, "month").closes[loudest] == 16
    # one network in a hundred, all of whose stores go on, should lose one
    assert wrong <= 2
    assert found >= 28


def _stores(**columns):
    return nps.read(pd.DataFrame(columns), table="stores", quiet=True)


def test_the_stores_table_is_believed():
    rates = np.full((5, 24), 25.0)
    rates[1, 12:] = 0
    rates[2, 18:] = 0
    counts = _network(np.random.default_rng(4), rates)
    stores = _stores(
        store_id=["S0", "S1", "S2", "S3", "S4", "S5", "S6"],
        opened=["2020-01-01"] * 4 + ["2024-03-15", "2026-02-10", "2015-01-01"],
        closed=[None, "2024-12-31", None, "2026-03-31", None, None, "2019-01-01"],
    )
    series = score_series(counts, by="store_id", stores=stores)
    assert series.names == ("S0", "S1", "S2", "S3", "S4", "S5")
    assert series.ended.tolist() == [False, True, False, False, False, False]
    assert series.closes[[1, 3]].tolist() == [12, 27]
    assert series.opens.tolist() == [0, 0, 0, 0, 2, 25]
    np.testing.assert_array_equal(series.alive(4)[3], [True, True, True, False])
    np.testing.assert_array_equal(series.alive(4)[5], [False, True, True, True])
    said = " ".join(series.notes)
    assert "1 stores of the stores' table have no answer yet" in said
    assert "1 stores that closed before 2024-01 left out" in said
    assert "S2 from 2025-07), though the stores' table does not say that they closed" in said
    assert "answers of 1 series come in periods before its opening; they are kept" in said


def test_a_change_without_a_bridge_cuts_the_series_there():
    counts = _network(np.random.default_rng(5), np.full((2, 24), 20.0))
    series = score_series(counts, changed="2025-01")
    assert series.periods[0] == "2025-01"
    before = counts.n[counts.cells["month"] < "2025-01"].sum()
    assert any(f"({before:,} answers left out)" in note for note in series.notes)
    assert not series.bridged.any()
    assert score_series(counts, changed="2024-01").shape == (1, 24)


@pytest.fixture(scope="module")
def crossing():
    rng = np.random.default_rng(6)
    new = SHARES + np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.07, 0, -0.07])
    arms = [rng.multinomial(2500, shares) for shares in (SHARES, new)]
    over = nps.ScoreCounts(arms, pd.DataFrame({"arm": ["last", "first"]}))
    return bridge(over, old="last", new="first", draws=2000)


def test_bridged_values_are_those_of_the_bridge(crossing):
    counts = _network(np.random.default_rng(7), np.full((3, 24), 400.0))
    series = score_series(counts, changed="2025-01", bridge=crossing)
    led = crossing.apply(counts, changed="2025-01", by="month")
    np.testing.assert_allclose(score_of(series)[0], led.frame["estimate"], atol=0.4)
    own = np.sqrt(series.noise[0] + series.shift_sd[0] ** 2 * series.bridged)
    np.testing.assert_allclose(own, led.frame["std_error"], rtol=0.12)
    assert series.n.sum() == counts.n.sum()
    np.testing.assert_array_equal(series.bridged, [label < "2025-01" for label in MONTHS])
    np.testing.assert_allclose(score_of(series.until(15)), score_of(series)[:, :15])
    raw = score_series(counts)
    np.testing.assert_array_equal(score_of(series)[:, 12:], score_of(raw)[:, 12:])


def test_the_error_of_the_map_is_common_to_all_bridged_periods(crossing):
    counts = _network(np.random.default_rng(8), np.full((3, 24), 400.0))
    series = score_series(counts, changed="2025-01", bridge=crossing)
    joint = crossing.apply(counts, changed="2025-01", by="month").joint[:, :12]
    covariance = np.cov(joint.T)
    between = covariance[np.triu_indices(12, 1)].mean()
    assert series.shift_sd[0] ** 2 == pytest.approx(between, rel=0.15)


def test_stores_are_bridged_each_by_its_own_answers(crossing):
    counts = _network(np.random.default_rng(9), np.full((40, 24), 15.0))
    raw = score_series(counts, by="store_id")
    series = score_series(
        counts, levels=["network", "store_id"], changed="2025-01", bridge=crossing
    )
    moved = score_of(series.by_level()["store_id"]) - score_of(raw)
    network = score_of(series)[0] - score_of(score_series(counts))[0]
    assert np.nanmean(moved[:, :12]) == pytest.approx(network[:12].mean(), abs=0.7)
    assert np.nanmax(np.abs(moved[:, 12:])) == 0
    assert (np.abs(score_of(series)[series.seen]) <= 100).all()
    assert series.shift_sd.min() > 0


def test_stores_that_deviate_from_the_map_are_less_sure():
    rng = np.random.default_rng(11)
    new = SHARES + np.array([0, 0, 0, 0, 0, 0, 0, 0, 0.07, 0, -0.07])
    arms, cells = [], []
    for place in range(12):
        tilt = np.array([0.08, 0, 0, 0, 0, 0, 0, 0, 0, 0, -0.08]) * rng.normal(0, 0.7)
        arms += [rng.multinomial(900, SHARES), rng.multinomial(900, np.abs(new + tilt))]
        cells += [("last", f"S{place}"), ("first", f"S{place}")]
    labels = pd.DataFrame(cells, columns=["arm", "store_id"])
    over = nps.ScoreCounts(np.array(arms), labels)
    deviating = bridge(over, old="last", new="first", strata="store_id", draws=1500)
    counts = _network(np.random.default_rng(12), np.full((12, 24), 60.0))
    levels = ["network", "store_id"]
    series = score_series(counts, levels=levels, changed="2025-01", bridge=deviating)
    # the network averages over the deviations of its stores, a store does not
    assert np.median(series.shift_sd[1:]) > 1.1 * series.shift_sd[0]
    alone = score_series(counts, changed="2025-01", bridge=deviating)
    np.testing.assert_allclose(score_of(alone)[0], score_of(series)[0], atol=0.2)


def test_what_is_no_bridge_is_refused(crossing):
    counts = _network(np.random.default_rng(10), np.full((2, 24), 20.0))
    with pytest.raises(InputError, match=r"must be a result of npsstats\.bridge"):
        score_series(counts, changed="2025-01", bridge=3)
    poor = SimpleNamespace(
        apply=lambda *_, **__: SimpleNamespace(frame=pd.DataFrame({"n": [1]})), strata=None
    )
    with pytest.raises(InputError, match="lacks shift, std_error"):
        score_series(counts, changed="2025-01", bridge=poor)
    table = pd.DataFrame({"month": MONTHS, "detractors": 1.0, "passives": 2.0, "promoters": 3.0})
    with pytest.raises(InputError, match="has categories only"):
        score_series(table, changed="2025-01", bridge=crossing)
