"""A store's NPS in the hazard: the noise of few answers is corrected, or the slope refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError
from npsstats.linkage.churn.corrected_score import corrected_score
from npsstats.linkage.churn.noisy_store import store_score_hazard
from npsstats.linkage.churn.store_scores import noise_left, store_grid

SLOPE = -0.08


def network(seed, answers, stores=120, months=12, level_sd=1.1):
    """Return cells and answers; the hazard depends on the true NPS of the month before."""
    rng = np.random.default_rng(seed)
    true = 2 + rng.normal(0, level_sd, (stores, 1)) + rng.normal(0, 0.5, (stores, months))
    promoters = np.clip((0.7 + true / 10) / 2, 0.02, 0.68)
    true = 10 * (2 * promoters - 0.7)
    shares = np.stack([0.7 - promoters, np.full_like(promoters, 0.3), promoters], axis=2)
    n = rng.poisson(answers, stores * months)
    labels = [f"2025-{m:02d}" for m in range(1, months + 1)]
    names = [f"S{i:03d}" for i in range(stores)]
    rate = np.exp(-3 + rng.normal(0, 0.2, (stores, 1)) + SLOPE * (true[:, :-1] - 2))
    frame = pd.DataFrame(
        {
            "store_id": np.repeat(names, months - 1),
            "period": np.tile(labels[1:], stores),
            "at_risk": 300,
            "events": rng.binomial(300, rate).ravel(),
        }
    )
    counts = np.zeros((stores * months, 11), dtype=int)
    counts[:, [3, 8, 10]] = rng.multinomial(n, shares.reshape(-1, 3))
    cells = pd.DataFrame({"store_id": np.repeat(names, months), "month": np.tile(labels, stores)})
    return HazardCells.from_frame(frame, ["store_id", "period"]), ScoreCounts(counts, cells)


@pytest.mark.parametrize(("effects", "answers"), [(False, 40), (True, 400)])
def test_the_corrected_slope_is_covered_where_the_naive_is_not(effects, answers):
    found = []
    for seed in range(20):
        result = store_score_hazard(*network(seed, answers), pool=1, store_effects=effects)
        each = result.frame.set_index("method")
        row = each.loc["corrected"]
        found.append((row["estimate"], each.loc["naive", "estimate"], row["lower"], row["upper"]))
    ours, naive, lower, upper = np.array(found).T
    spread = ours.std() / np.sqrt(len(ours))
    assert abs(ours.mean() - SLOPE) < 4 * spread
    assert naive.mean() > SLOPE + 4 * spread
    assert ((lower < SLOPE) & (upper > SLOPE)).mean() >= 0.85


def test_noisy_scores_are_refused_in_words():
    result = store_score_hazard(*network(1, 8, level_sd=0.2), pool=1)
    assert (
        result.frame.set_index("method").loc["corrected", "estimate"]
        != result.frame["estimate"].iloc[0]
    )
    assert np.isnan(result.frame["estimate"].iloc[0])
    assert "The slope is not identified" in result.diagnostics[0]
    assert "Pool more periods" in result.diagnostics[0]
    assert "not identified" in result.headline()


def test_without_noise_the_fit_is_a_poisson_regression():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    x, n = rng.normal(0, 1, (30, 6)), rng.integers(50, 200, (30, 6)).astype(float)
    y = rng.poisson(n * np.exp(-2 - 0.2 * x + rng.normal(0, 0.3, (30, 1)))).astype(float)
    store, time = np.indices(x.shape)
    for effects in (False, True):
        columns = [x.ravel(), *((time == t).ravel() for t in range(int(effects), 6))]
        columns += [(store == s).ravel() for s in range(30)] if effects else []
        model = sm.GLM(
            y.ravel(),
            np.stack(columns, axis=1).astype(float),
            offset=np.log(n.ravel()),
            family=sm.families.Poisson(),
        )
        fit = model.fit(
            tol=1e-12,
            cov_type="cluster",
            cov_kwds={"groups": store.ravel(), "use_correction": False},
        )
        ours = corrected_score(n, y, x, np.zeros_like(x), store_effects=effects)
        assert ours.slope == pytest.approx(fit.params[0], abs=1e-8)
        assert ours.error == pytest.approx(fit.bse[0] * np.sqrt(30 / 29), rel=1e-6)


def test_more_noise_than_signal_has_no_root():
    rng = np.random.default_rng(6)
    n = np.full((40, 6), 100.0)
    y, w = rng.poisson(5, n.shape).astype(float), rng.normal(0, 1, n.shape)
    assert corrected_score(n, y, w, np.full(n.shape, 4.0), store_effects=False) is None


def test_scores_are_those_of_the_periods_before():
    cells, scores = network(2, 30, stores=12, months=6)
    grid = store_grid(cells, scores, lag=1, pool=2)
    categories = scores.categories.reshape(12, 6, 3)
    both = categories[:, 1] + categories[:, 2]  # before the fourth month
    size = both.sum(axis=1)
    np.testing.assert_allclose(grid["score"][:, 3], 10 * (both[:, 2] - both[:, 0]) / size)
    p, d = both[:, 2] / size, both[:, 0] / size
    np.testing.assert_allclose(grid["v"][:, 3], 100 * (p + d - (p - d) ** 2) / (size - 1))
    assert (grid["n"][:, :2] == 0).all()  # two months of answers are not there yet
    assert (grid["n"][:, 2:] > 0).all()


def test_a_month_without_answers_keeps_its_place():
    cells, scores = network(2, 30, stores=12, months=6)
    rows = scores.cells["month"] != "2025-03"
    holed = ScoreCounts(scores.counts[rows], scores.cells[rows].reset_index(drop=True))
    kept = cells.where(np.array(cells.levels["period"])[cells.code("period")] != "2025-03")
    grid = store_grid(kept, holed, lag=1, pool=1)
    assert grid["n"].shape[1] == 6
    assert (grid["n"][:, 3] == 0).all()  # April's score would be March's


def test_overlapping_pools_leave_less_noise():
    rng = np.random.default_rng(7)
    drawn = rng.normal(size=(8_000, 26))
    pooled = np.stack([drawn[:, t : t + 3].mean(axis=1) for t in range(24)], axis=1)
    left = pooled - pooled.mean(axis=1, keepdims=True)
    wanted = noise_left(np.ones((1, 24), dtype=bool), 3)[0, 0]
    assert left.var() / pooled.var() == pytest.approx(wanted, abs=0.02)


def test_what_does_not_fit_together_is_refused():
    cells, scores = network(2, 30, stores=12, months=6)
    with pytest.raises(InputError, match="counted by store and period"):
        store_score_hazard(cells, scores.by("store_id"))
    with pytest.raises(InputError, match="no 'store_id'"):
        store_score_hazard(cells.by("period"), scores)
    quarters = scores.cells.assign(month="2025-Q" + (scores.cells.index % 3 + 1).astype(str))
    first = ~quarters.duplicated()
    other = ScoreCounts(scores.counts[first], quarters[first].reset_index(drop=True))
    with pytest.raises(InputError, match="must be of one kind"):
        store_score_hazard(cells, other)
    few, told = network(2, 30, stores=6, months=6)
    with pytest.raises(InputError, match="Only 6 stores"):
        store_score_hazard(few, told)


def test_stores_that_do_not_meet_are_named_and_the_question_is_said():
    cells, scores = network(2, 60, stores=14, months=6)
    strange = scores.cells.assign(store_id="shop " + scores.cells["store_id"])
    with pytest.raises(InputError, match=r"No store of the scores \('shop S000', …\) is among"):
        store_score_hazard(cells, ScoreCounts(scores.counts, strange))
    some = (scores.cells["store_id"] > "S001").to_numpy()
    fewer = ScoreCounts(scores.counts[some], scores.cells[some].reset_index(drop=True))
    result = store_score_hazard(cells, fewer, pool=1, store_effects=False, least=0.01)
    assert any("2 stores have customers at risk but no scores" in t for t in result.diagnostics)
    assert result.headline().startswith("Between stores (and months), where the NPS is 10 points")
    assert any("Between stores the slope is confounded" in text for text in result.diagnostics)
