"""Trimming and worst-case bounds against other implementations, and limits that hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from npsstats.experiments.selection import Answers, _critical, trimming_bounds, worst_case_bounds

HERE = Path(__file__).parents[1] / "golden"
PEOPLE = pd.read_csv(HERE / "bounds_people.csv")
TRIMMED = pd.read_csv(HERE / "bounds_trimmed.csv", comment="#").set_index("case")
SHARP = pd.read_csv(HERE / "bounds_sharp.csv", comment="#").set_index("case")
NET = (-100.0, 0.0, 100.0)


def of_people(case):
    rows = PEOPLE[PEOPLE["case"] == case]
    values = np.unique(rows["y"])
    arms = []
    for arm in (1, 0):
        own = rows[rows["treated"] == arm]
        counts = np.zeros(len(values))
        np.add.at(counts, np.searchsorted(values, own["y"]), 1)
        arms.append(Answers(counts, int(own["assigned"].iloc[0])))
    return values, *arms


def of_counts(case):
    row = SHARP.loc[case]
    return [
        Answers(row[[f"{arm}_{k}" for k in range(3)]].to_numpy(float), int(row[f"n_{name}"]))
        for arm, name in (("t", "treated"), ("c", "control"))
    ]


@pytest.mark.parametrize("case", TRIMMED.index)
def test_trimming_agrees_with_a_package_on_people(case):
    bounds = trimming_bounds(*of_people(case))
    golden = TRIMMED.loc[case]
    assert (bounds.low, bounds.high) == pytest.approx((golden["low"], golden["high"]))


@pytest.mark.parametrize("case", TRIMMED.index)
def test_errors_of_replicates_are_those_of_lees_formula(case):
    bounds = trimming_bounds(*of_people(case), level=0.9)
    golden = TRIMMED.loc[case]
    # far apart, each limit is one-sided: 1.2816 errors out
    z = special.ndtri(0.9)
    assert (bounds.low - bounds.lower) / z == pytest.approx(golden["se_low"], rel=0.08)
    assert (bounds.upper - bounds.high) / z == pytest.approx(golden["se_high"], rel=0.08)


@pytest.mark.parametrize("case", SHARP.index)
def test_bounds_are_the_ends_over_every_joint_law(case):
    """With ties at every cut: no trimming rule, but linear programs over principal strata."""
    golden = SHARP.loc[case]
    trimmed = trimming_bounds(NET, *of_counts(case))
    assert (trimmed.low, trimmed.high) == pytest.approx((golden["lee_low"], golden["lee_high"]))
    worst = worst_case_bounds(NET, *of_counts(case))
    assert (worst.low, worst.high) == pytest.approx((golden["worst_low"], golden["worst_high"]))


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize("width", [0.0, 0.3, 1.0, 50.0])
def test_the_critical_value_lies_between_one_sided_and_two_sided(width, level):
    found = _critical(width, 0.5, level)
    other = optimize.root_scalar(
        lambda c: special.ndtr(c + width / 0.5) - special.ndtr(-c) - level, bracket=(0, 10)
    ).root
    assert found == pytest.approx(other)
    one, two = special.ndtri(level), special.ndtri((1 + level) / 2)
    assert one - 1e-9 <= found <= two + 1e-9
    if not width:
        assert found == pytest.approx(two)
    if width == 50:
        assert found == pytest.approx(one)


def test_answers_that_all_agree_are_not_known_without_error():
    bounds = trimming_bounds(
        NET, Answers(np.array([0.0, 0, 3]), 10), Answers(np.array([0.0, 3, 0]), 10)
    )
    assert (bounds.low, bounds.high) == (100, 100)
    assert bounds.lower < 50
    assert bounds.upper > 120


@pytest.mark.parametrize(
    ("rates", "least"), [((0.3, 0.3), 0.95), ((0.33, 0.3), 0.92), ((0.5, 0.3), 0.91)]
)
def test_limits_hold_either_end_however_close_the_rates(rates, least):
    """The truth may be either bound: each is held, also where replicates change the trimmed arm."""
    law, n, rng = np.array([0.2, 0.3, 0.5]), 400, np.random.default_rng(3)
    truth = trimming_bounds(NET, *(Answers(law * p * 1e9, 10**9) for p in rates))
    held = np.zeros(2)
    turns = 250
    for _ in range(turns):
        arms = [
            Answers(rng.multinomial(n, np.append(law * p, 1 - p))[:3].astype(float), n)
            for p in rates
        ]
        found = trimming_bounds(NET, *arms)
        held += [found.lower <= truth.low + 1e-6, found.upper >= truth.high - 1e-6]
    assert (held / turns >= least).all()
