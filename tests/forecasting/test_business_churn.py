"""Customers to come: arithmetic by hand, the law of the counts, moves, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.forecasting.business.churn_moves import aged, counted
from npsstats.forecasting.business.churn_projection import project_churn
from npsstats.grades import misused
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.churn.held_out import held_out


def cells_of(rows, keys):
    return HazardCells.from_frame(pd.DataFrame(rows), keys)


def two(scale=1):
    return cells_of(
        {
            "category": ["detractor", "promoter"],
            "at_risk": [10_000 * scale, 20_000 * scale],
            "events": [800 * scale, 600 * scale],
        },
        ["category"],
    )


def test_expected_losses_are_those_of_the_hazards():
    cells = two(100)
    found = project_churn(hazard(cells, cluster=None), cells, 3, draws=400)
    for label, n, rate in (("detractor", 1e6, 0.08), ("promoter", 2e6, 0.03)):
        for ahead in (1, 2, 3):
            row = found.row("lost", label, ahead)
            assert row["estimate"] == pytest.approx(n * (1 - rate) ** (ahead - 1) * rate, rel=0.004)
    kept = found.row("kept")
    assert kept["estimate"] == pytest.approx(1e6 * 0.92**3 + 2e6 * 0.97**3, rel=1e-3)
    lost = found.row("lost so far")["estimate"]
    assert lost + kept["estimate"] == pytest.approx(3e6, rel=1e-12)


def test_the_interval_holds_parameter_and_binomial_uncertainty():
    fit = hazard(two(), cluster=None)
    few = cells_of({"category": ["detractor"], "at_risk": [500], "events": [0]}, ["category"])
    found = project_churn(fit, few, 1, draws=20_000, seed=3)
    # the beta-binomial of what was fitted, nearly: 800 of 10,000
    law = stats.betabinom(500, 800, 9_200)
    row = found.row("lost", "detractor", 1)
    assert row["estimate"] == pytest.approx(law.mean(), rel=0.01)
    assert row["std_error"] == pytest.approx(law.std(), rel=0.03)
    assert row["std_error"] > 1.01 * stats.binom(500, 0.08).std()


def test_intervals_cover_what_comes():
    rng = np.random.default_rng(5)
    inside = []
    for seed in range(50):
        events = rng.binomial([400, 600], [0.1, 0.04])
        rows = {"category": ["detractor", "promoter"], "at_risk": [400, 600], "events": events}
        cells = cells_of(rows, ["category"])
        found = project_churn(
            hazard(cells, cluster=None), cells, 2, draws=400, level=0.8, seed=seed
        )
        stays = rng.binomial([400, 600], np.array([0.9, 0.96]) ** 2).sum()
        row = found.row("lost so far")
        inside.append(row["lower"] <= 1000 - stays <= row["upper"])
    assert 0.68 < np.mean(inside) < 0.93


def test_what_moves_whole_periods_is_in_the_spread():
    periods = [f"2025-{month:02d}" for month in range(1, 13)]
    events = [200, 600] * 6
    rows = {"period": periods, "at_risk": [10_000] * 12, "events": events}
    cells = cells_of(rows, ["period"])
    found = project_churn(hazard(cells), cells.only(period="2025-12"), 1, draws=4000)
    row = found.row("lost")
    assert row["period"] == "2026-01"
    assert row["estimate"] == pytest.approx(400, rel=0.05)
    assert row["std_error"] == pytest.approx(200, rel=0.1)


def states(money=(100.0, 200.0, 300.0), scores=("detractor", "detractor", "promoter")):
    levels = {"category": ("detractor", "promoter")}
    codes = np.array([[levels["category"].index(name)] for name in scores], dtype=np.int32)
    ones = np.ones(len(scores), dtype=np.int64)
    return SimpleNamespace(
        cells=HazardCells(levels, codes, ones, ones - 1),
        frame=pd.DataFrame({"money": money}),
        until=pd.Timestamp("2026-11-30").date(),
        period="month",
    )


def test_money_at_risk_by_hand():
    fit = hazard(two(), cluster=None)
    found = project_churn(fit, states(), 2, draws=20_000)
    assert found.periods == ("2026-12", "2027-01")
    first = found.row("revenue at risk", "all", 1)
    assert first["estimate"] == pytest.approx(0.08 * 300 + 0.03 * 300, rel=0.06)
    # three customers with a fate each
    variance = 0.08 * 0.92 * (100**2 + 200**2) + 0.03 * 0.97 * 300**2
    assert first["std_error"] == pytest.approx(np.sqrt(variance), rel=0.06)
    assert "of revenue a year" in found.headline()


def test_without_money_nothing_is_said_of_it():
    found = project_churn(hazard(two(), cluster=None), two(), 1, draws=200)
    assert np.isnan(found.row("revenue at risk")["estimate"])
    assert "revenue" not in found.headline()


def test_moves_change_the_state_of_those_who_stay():
    cells = two(50)
    fit = hazard(cells, cluster=None)
    table = pd.DataFrame(
        [[3e6, 1e6], [0, 1e6]],
        index=["detractor", "promoter"],
        columns=["detractor", "promoter"],
    )
    found = project_churn(fit, cells, 2, moves={"category": table}, draws=300)
    start = {"detractor": 500_000.0, "promoter": 1e6}
    stay = {"detractor": start["detractor"] * 0.92, "promoter": start["promoter"] * 0.97}
    after = found.row("customers", "detractor", 2)["estimate"]
    assert after == pytest.approx(0.75 * stay["detractor"], rel=2e-3)
    grown = found.row("customers", "promoter", 2)["estimate"]
    assert grown == pytest.approx(stay["promoter"] + 0.25 * stay["detractor"], rel=2e-3)
    assert any("as those counted did" in doubt for doubt in found.diagnostics)


def test_few_moves_are_uncertain_ones():
    names = ("a", "b")
    move = counted("state", pd.DataFrame([[3, 1], [0, 0]], index=names, columns=names), names)
    shares = move.draw(20_000, np.random.default_rng(1))
    assert shares[:, 0, 1].mean() == pytest.approx(0.25, abs=0.01)
    assert shares[:, 0, 1].std() == pytest.approx(stats.beta(1, 3).std(), rel=0.03)
    assert (shares[:, 1] == [0, 1]).all()


def test_moving_neither_makes_nor_loses_customers_or_money():
    rng = np.random.default_rng(2)
    n = rng.integers(0, 30, (50, 2, 3, 4))
    money = n * 7.0
    names = ("a", "b", "c")
    table = pd.DataFrame(rng.integers(1, 9, (3, 3)), index=names, columns=names)
    move = counted("state", table, names)
    after, worth = move.apply(move.draw(50, rng), n, money, rng)
    assert (after.sum(axis=2) == n.sum(axis=2)).all()
    assert np.allclose(worth, after * 7.0)


def test_tenure_ages_unless_told():
    rows = {"tenure": ["0-2", "3-5", "6+"], "at_risk": [300_000] * 3, "events": [30_000, 6_000, 0]}
    rows["events"][2] = 3_000
    cells = cells_of(rows, ["tenure"])
    fit = hazard(cells, cluster=None)
    found = project_churn(fit, cells, 2, by="tenure", draws=200)
    assert found.row("customers", "0-2", 2)["estimate"] == pytest.approx(180_000, rel=0.005)
    still = project_churn(fit, cells, 2, by="tenure", ageing=(), draws=200)
    assert still.row("customers", "0-2", 2)["estimate"] == pytest.approx(270_000, rel=0.005)
    assert any("keep today's tenure" in doubt for doubt in still.diagnostics)


def test_bands_of_one_period_move_on_whole():
    assert aged("age", ("never answered", "0", "1-2", "3+")).table[1].tolist() == [0, 0, 1, 0]


def test_tenure_beyond_what_was_fitted_is_the_last_band():
    fitted = cells_of(
        {"tenure": ["0-2", "3-5"], "at_risk": [1000, 1000], "events": [100, 20]}, ["tenure"]
    )
    today = cells_of(
        {"tenure": ["0-2", "3-5", "6+"], "at_risk": [10, 10, 1000], "events": [0, 0, 0]}, ["tenure"]
    )
    found = project_churn(hazard(fitted, cluster=None), today, 1, draws=400)
    assert found.row("lost")["estimate"] == pytest.approx(1 + 0.2 + 20, rel=0.1)
    assert "taken as 3-5" in found.diagnostics[0]


def rows_over_time(rng, gap):
    rows = []
    for month in range(1, 9):
        for name, rate in (("detractor", 0.06 + gap), ("promoter", 0.06)):
            for store in range(8):
                n = 1500
                rows.append((f"2025-{month:02d}", name, f"S{store}", n, rng.binomial(n, rate)))
    names = ["period", "category", "store_id", "at_risk", "events"]
    return HazardCells.from_frame(pd.DataFrame(rows, columns=names), names[:3])


@pytest.mark.parametrize(("gap", "said"), [(0.04, ("yes",)), (0.0, ("no", "cannot be told"))])
def test_a_held_out_comparison_says_whether_the_score_helps(gap, said):
    cells = rows_over_time(np.random.default_rng(4), gap)
    judged = held_out(cells, "2025-06", ["category"], baseline=())
    fit = hazard(cells, ["category"])
    found = project_churn(fit, cells.only(period="2025-08"), 2, helps=judged, draws=200)
    assert found.helps in said
    assert "last score" in found.headline()
    assert not misused(found.headline(), "cross-section")
    assert (found.frame["grade"] == "cross-section").all()


def test_what_cannot_be_projected_is_refused_with_the_remedy():
    cells = two()
    fit = hazard(cells, cluster=None)
    with pytest.raises(InputError, match=r"`hazard` must be a fitted hazard, got dict"):
        project_churn({}, cells)
    with pytest.raises(InputError, match=r"`states` must be the customers of today, got list"):
        project_churn(fit, [])
    other = cells_of({"kind": ["a"], "at_risk": [3], "events": [0]}, ["kind"])
    with pytest.raises(InputError, match=r"do not tell category"):
        project_churn(fit, other)
    many = rows_over_time(np.random.default_rng(4), 0.0)
    with pytest.raises(InputError, match=r"cells.only\(period='2025-08'\)"):
        project_churn(fit, many)
    with pytest.raises(InputError, match=r"are no bands of periods"):
        project_churn(fit, cells, ageing=["category"])
    strange = pd.DataFrame([[1]], index=["neutral"], columns=["neutral"])
    with pytest.raises(InputError, match=r"'neutral' is no label of 'category'"):
        project_churn(fit, cells, moves={"category": strange})
    with pytest.raises(InputError, match=r"`helps` must be a held-out comparison"):
        project_churn(fit, cells, helps=3)
    names = ["detractor", "promoter"]
    table = pd.DataFrame(np.eye(2), index=names, columns=names)
    with pytest.raises(InputError, match=r"has counts of moves already"):
        project_churn(fit, cells, moves={"category": table}, ageing=["category"])
