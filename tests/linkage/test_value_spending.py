"""Spending by category at equal prior spend and store: against statsmodels, and known truth."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from npsstats.aggregates.customer_value import CATEGORIES, CustomerValue
from npsstats.aggregates.scores import NONE
from npsstats.linkage.value import worth
from npsstats.linkage.worth.sampling import normal
from npsstats.linkage.worth.spending import spending, standardized


def rows(seed: int, n: int = 4000, stores: int = 25) -> pd.DataFrame:
    """Customers whose category goes with prior spend; being a promoter adds 10, a passive 4."""
    rng = np.random.default_rng(seed)
    store = rng.integers(stores, size=n)
    tier = rng.integers(4, size=n)
    mood = 0.5 * tier + rng.normal(size=n) + 0.5 * rng.normal(size=stores)[store]
    category = np.digitize(mood, [0.2, 1.2])
    spent = 20 + 15 * tier + 5 * rng.normal(size=stores)[store] + rng.gamma(1, 20, n)
    spent = spent + np.array([0, 4, 10])[category]
    return pd.DataFrame({"store": store, "tier": tier, "category": category, "spent": spent})


def summed(frame: pd.DataFrame) -> pd.DataFrame:
    grouped = frame.assign(squares=frame["spent"] ** 2).groupby(["category", "tier", "store"])
    return grouped.agg(
        n=("spent", "size"), total=("spent", "sum"), squares=("squares", "sum")
    ).reset_index()


def value_of(frame: pd.DataFrame) -> CustomerValue:
    cells = summed(frame).rename(columns={"store": "store_id"})
    cells["category"] = [CATEGORIES[code] for code in cells["category"]]
    cells["prior"], cells["bought"] = 10.0 * cells["n"] * (1 + cells["tier"]), cells["n"]
    days = date(2024, 1, 1), date(2025, 12, 31)
    return CustomerValue(cells, 180, 365, "amount", 4, len(frame), 0, *days)


def influence(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Standardized levels and each row's influence, by brute force on the rows."""
    dummies = [pd.get_dummies(frame[name], dtype=float) for name in ("category", "tier", "store")]
    x = np.column_stack([dummies[0].iloc[:, 1:], dummies[1].iloc[:, 1:], dummies[2]])
    fit = sm.OLS(frame["spent"].to_numpy(), x).fit()
    n = len(frame)
    mix = x[:, :2].mean(axis=0)
    beta = fit.params[:2]
    picks = np.array([[0, 0], [1, 0], [0, 1]], dtype=float)
    mean = frame["spent"].mean()
    levels = mean + (picks - mix) @ beta
    turned = np.linalg.inv(x.T @ x)[:2] @ (x * fit.resid[:, None]).T  # (2, n)
    drift = frame["spent"].to_numpy() - mean - (x[:, :2] - mix) @ beta
    return levels, (drift / n)[:, None] + turned.T @ (picks - mix).T


@pytest.mark.parametrize("clustered", [True, False])
def test_the_cells_give_what_the_rows_give(clustered: bool) -> None:
    frame = rows(1)
    levels, each = influence(frame)
    if clustered:
        summed_up = pd.DataFrame(each).groupby(frame["store"]).sum().to_numpy()
        expected = summed_up.T @ summed_up * 25 / 24
    else:
        expected = each.T @ each
    cells = summed(frame)
    codes = [cells[name].to_numpy() for name in ("category", "tier", "store")]
    sums = tuple(cells[name].to_numpy(dtype=float) for name in ("n", "total", "squares"))
    found, covariance = standardized(*codes, sums, codes[2] if clustered else None)
    np.testing.assert_allclose(found, levels, rtol=1e-10)
    np.testing.assert_allclose(covariance, expected, rtol=1e-8, atol=1e-10)


def test_differences_are_the_regressions_with_its_robust_errors() -> None:
    frame = rows(2)
    dummies = [pd.get_dummies(frame[name], dtype=float) for name in ("category", "tier", "store")]
    x = np.column_stack([dummies[0].iloc[:, 1:], dummies[1].iloc[:, 1:], dummies[2]])
    fit = sm.OLS(frame["spent"].to_numpy(), x).fit(cov_type="HC0")
    cells = summed(frame)
    codes = [cells[name].to_numpy() for name in ("category", "tier", "store")]
    sums = tuple(cells[name].to_numpy(dtype=float) for name in ("n", "total", "squares"))
    found, covariance = standardized(*codes, sums, None)
    for place in (1, 2):
        apart = covariance[place, place] + covariance[0, 0] - 2 * covariance[0, place]
        assert found[place] - found[0] == pytest.approx(fit.params[place - 1], rel=1e-9)
        assert np.sqrt(apart) == pytest.approx(fit.bse[place - 1], rel=1e-8)


def test_equal_prior_spend_finds_the_truth_where_raw_means_do_not() -> None:
    raw, adjusted, inside = [], [], []
    for seed in range(60):
        found = spending(value_of(rows(seed, n=1500)))
        raw.append(found.raw[2] - found.raw[0])
        adjusted.append(found.adjusted[2] - found.adjusted[0])
        covariance = found.adjusted_covariance
        error = np.sqrt(covariance[0, 0] + covariance[2, 2] - 2 * covariance[0, 2])
        inside.append(abs(adjusted[-1] - 10) < 2.06 * error)
    assert np.mean(raw) > 20  # promoters were better customers already
    assert np.mean(adjusted) == pytest.approx(10, abs=0.5)
    assert np.mean(inside) >= 0.88  # 60 networks of 25 stores


def test_a_category_that_nobody_chose_is_unknown() -> None:
    frame = rows(3)
    found = spending(value_of(frame[frame["category"] > 0]))
    assert np.isnan(found.raw[0])
    assert np.isnan(found.adjusted[0])
    assert np.isnan(found.raw_covariance[0]).all()
    assert np.isfinite(found.adjusted[1:]).all()
    assert found.n.tolist()[0] == 0


def test_without_overlap_nothing_is_known_at_equal_prior_spend() -> None:
    frame = rows(3)
    apart = frame[(frame["category"] == 2) == (frame["tier"] == 3)]
    found = spending(value_of(apart))
    assert np.isfinite(found.raw).all()
    assert np.isnan(found.adjusted).all()
    assert not found.overlap
    value = worth(customers=value_of(apart))
    assert any("no overlap" in text for text in value.diagnostics)
    assert not value.row("a recovered detractor", basis="equal recorded prior spend and store"
                         ).identified  # fmt: skip


def test_few_stores_are_not_identified_and_no_store_is_no_cluster() -> None:
    few = spending(value_of(rows(3, stores=7)))
    assert few.few
    assert np.isnan(few.raw).all()
    assert (
        worth(customers=value_of(rows(3, stores=7)))
        .headline()
        .startswith("Nothing here has a value that is identified. Only 7 stores")
    )
    eight = spending(value_of(rows(3, stores=8)))
    assert (eight.few, eight.df) == (False, 7)
    alone = spending(value_of(rows(3, stores=1).assign(store=NONE)))
    assert (alone.few, alone.stores, alone.df) == (False, 0, 4000 - 3)


def test_draws_of_few_clusters_are_students() -> None:
    rng = np.random.default_rng(0)
    drawn = normal(rng, np.array([1.0, np.nan]), np.diag([4.0, 1.0]), 200_000, 7)
    limits = np.quantile(drawn[:, 0], [0.025, 0.975])
    np.testing.assert_allclose(limits, 1 + 2 * stats.t.ppf([0.025, 0.975], 7), rtol=0.02)
    assert np.isnan(drawn[:, 1]).all()
