"""Boundaries against rpact, crossing against multivariate normal probabilities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from npsstats.checks import InputError
from npsstats.experiments.sequential.futility import futility
from npsstats.experiments.sequential.spending import (
    SPENDINGS,
    boundaries,
    crossing,
    drift,
    spent,
)

GOLDEN = Path(__file__).parents[1] / "golden"
BOUNDS = pd.read_csv(GOLDEN / "sequential.csv", comment="#")
CROSSED = pd.read_csv(GOLDEN / "sequential_crossing.csv", comment="#")
PLANS = [
    pytest.param(part, id="-".join(map(str, key)))
    for key, part in BOUNDS.groupby(["looks", "spending", "shape", "sides"])
]
GIVEN_UP = [
    pytest.param(part, id="-".join(map(str, key)))
    for key, part in BOUNDS[BOUNDS["futility_drift"].notna()].groupby(
        ["looks", "spending", "shape"]
    )
]
FIFTHS = np.arange(1, 6) / 5


def shape_of(plan):
    return plan["shape"].iloc[0] or None


@pytest.mark.parametrize("plan", PLANS)
def test_bounds_agree_with_rpact(plan):
    first = plan.iloc[0]
    mine = boundaries(
        plan["fraction"],
        float(first["alpha"]),
        first["spending"],
        int(first["sides"]),
        shape=shape_of(plan),
    )
    golden = plan["bound"].to_numpy()
    # far out rpact solves for a probability of 1e-10 at best, and its grid ends at 6 to 8
    assert special.ndtr(-mine) == pytest.approx(special.ndtr(-golden), abs=2e-6)
    seen = mine < 4
    assert (golden[~seen] > 4).all()
    # and is coarse for many looks on one side: ours does not move when its grid is refined
    coarse = first["looks"] == "twenty" and first["sides"] == 1
    assert mine[seen] == pytest.approx(golden[seen], abs=2e-4 if coarse else 5e-6)


@pytest.mark.parametrize("plan", PLANS[::3])
def test_drifts_agree_with_rpact(plan):
    one_sided = plan["sides"].iloc[0] == 1
    lower = np.full(len(plan), -np.inf) if one_sided else None
    mine = drift(plan["bound"], plan["fraction"], 0.8, lower=lower)
    assert mine == pytest.approx(plan["drift"].iloc[0], abs=1e-4)


@pytest.mark.parametrize("plan", GIVEN_UP)
def test_futility_agrees_with_rpact(plan):
    found = futility(
        plan["bound"], plan["fraction"], 0.8, plan["spending"].iloc[0], shape=shape_of(plan)
    )
    assert found.drift == pytest.approx(plan["futility_drift"].iloc[0], abs=1e-4)
    golden = plan["futility"].to_numpy()[:-1]
    seen = golden > -5.5  # rpact ends at -6
    assert found.bounds[:-1][seen] == pytest.approx(golden[seen], abs=1e-4)
    assert found.bounds[-1] == pytest.approx(plan["bound"].iloc[-1], abs=1e-6)


@pytest.mark.parametrize("case", CROSSED["case"].unique())
def test_crossing_agrees_with_the_multivariate_normal(case):
    plan = CROSSED[CROSSED["case"] == case]
    found = crossing(
        plan["upper_bound"], plan["fraction"], plan["drift"].iloc[0], lower=plan["lower_bound"]
    )
    assert found.upper == pytest.approx(plan["upper"].to_numpy(), abs=2e-8)
    assert found.lower == pytest.approx(plan["lower"].to_numpy(), abs=2e-8)


def test_the_published_table():
    """Lan & DeMets: five equal looks, two sides, 5 %."""
    assert boundaries(FIFTHS) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)
    pocock = boundaries(FIFTHS, spending="pocock")
    assert pocock == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4)


@pytest.mark.parametrize("spending", SPENDINGS)
@pytest.mark.parametrize("sides", [1, 2])
def test_sixty_daily_looks_spend_the_error_and_no_more(spending, sides):
    fractions = np.arange(1, 61) / 60
    bounds = boundaries(fractions, 0.05, spending, sides)
    lower = None if sides == 2 else np.full(60, -np.inf)
    found = crossing(bounds, fractions, lower=lower)
    assert np.cumsum(found.upper + found.lower) == pytest.approx(
        spent(fractions, 0.05, spending, sides), abs=1e-11
    )
    assert found.upper.sum() * sides == pytest.approx(0.05, abs=1e-11)


def test_one_look_is_the_ordinary_test():
    assert boundaries([1.0])[0] == pytest.approx(1.959963985, abs=1e-8)
    assert boundaries([1.0], sides=1)[0] == pytest.approx(1.644853627, abs=1e-8)
    assert drift(boundaries([1.0]), [1.0], 0.8) == pytest.approx(1.959964 + 0.841621, abs=1e-5)


def test_a_drift_changes_the_walk_as_simulation_says():
    fractions = np.array([0.1, 0.35, 0.5, 1.2])
    bounds = boundaries(fractions, spending="pocock")
    rng = np.random.default_rng(3)
    steps = np.diff(fractions, prepend=0)
    path = np.cumsum(rng.normal(2 * steps, np.sqrt(steps), (400_000, 4)), axis=1)
    out = np.abs(path / np.sqrt(fractions)) >= bounds
    first = np.where(out.any(axis=1), out.argmax(axis=1), -1)
    found = crossing(bounds, fractions, 2.0)
    for k in range(4):
        assert found.upper[k] + found.lower[k] == pytest.approx((first == k).mean(), abs=3e-3)
    assert found.expected == pytest.approx(fractions[first].mean(), abs=3e-3)


def test_an_experiment_that_ends_short_spends_what_is_left():
    fractions = [0.3, 0.6]
    short = boundaries(fractions)
    closed = boundaries(fractions, spending_time=[0.3, 1])
    assert closed[0] == short[0]
    assert closed[1] < short[1]
    assert 2 * crossing(closed, fractions).upper.sum() == pytest.approx(0.05, abs=1e-10)


def test_running_over_spends_nothing_more():
    fractions = [0.5, 1.0, 1.3]
    bounds = boundaries(fractions)
    assert bounds[:2] == pytest.approx(boundaries([0.5, 1.0]))
    assert np.isinf(bounds[2])


def test_what_cannot_be_a_plan_is_refused():
    for wrong in ([], [0, 1], [0.5, 0.5], [0.5, 0.5001], [0.5, 0.4], [np.nan]):
        with pytest.raises(InputError, match="fractions"):
            boundaries(wrong)
    with pytest.raises(InputError, match="`alpha` must be between 0 and 1"):
        boundaries([1.0], 5)
    with pytest.raises(InputError, match="`spending` must be one of 'obrien_fleming'"):
        boundaries([1.0], spending="haybittle")
    with pytest.raises(InputError, match="`sides` must be 1 or 2"):
        boundaries([1.0], sides=3)
    with pytest.raises(InputError, match="each of the 2 looks"):
        crossing([2.0], [0.5, 1])
    with pytest.raises(InputError, match="must not exceed"):
        crossing([2.0], [1.0], lower=[2.5])
    with pytest.raises(InputError, match="without any effect"):
        drift([2.0], [1.0], 0.01)
    with pytest.raises(InputError, match="never fall"):
        boundaries([0.5, 1], spending_time=[0.5, 0.4])
