"""Sample ratios: against R, against their authors' package day by day, alarms at their rate."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.balance.ratio_test import SMALLEST, holm, p_text, ratio_test
from npsstats.experiments.balance.sample_ratio import sample_ratio
from npsstats.experiments.balance.sequential_ratio import (
    log_bayes_factors,
    sequential_sample_ratio,
)

GOLDEN_FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(GOLDEN_FOLDER / "balance.csv", comment="#").set_index(["case", "what"])
PATHS = pd.read_csv(GOLDEN_FOLDER / "sequential_ratio.csv", comment="#")

CASES = {
    "hillstrom": ([21307, 21387, 21306], [1 / 3] * 3, "chi-square"),
    "unequal": ([812, 95, 130], [0.8, 0.1, 0.1], "chi-square"),
    "two tiny": ([2, 9], [0.5, 0.5], "exact multinomial"),
    "two unequal": ([9, 21], [0.15, 0.85], "exact multinomial"),
    "three tiny": ([1, 4, 9], [1 / 3] * 3, "exact multinomial"),
    "three unequal": ([20, 0, 4], [0.5, 0.3, 0.2], "exact multinomial"),
    "four": ([0, 2, 3, 9], [0.25] * 4, "exact multinomial"),
}


def golden(case, what):
    return float(GOLDEN.loc[(case, what), "value"])


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_r(case):
    counts, shares, method = CASES[case]
    test = ratio_test(np.array(counts), np.array(shares))
    assert test.method == method
    assert test.p_value == pytest.approx(golden(case, "p_value"), rel=1e-9)


def test_hillstrom_is_as_planned(shared_data):
    found = pd.read_csv(next((shared_data / "hillstrom").glob("*.csv*")))
    counts = found["segment"].value_counts().to_dict()
    result = sample_ratio(
        counts, {"Mens E-Mail": 1 / 3, "Womens E-Mail": 1 / 3, "No E-Mail": 1 / 3}
    )
    assert result.p_value == pytest.approx(0.903693, abs=5e-7)
    assert not result.failed
    assert not result.diagnostics
    assert "p = .904, as planned, within chance" in result.headline()


def test_a_mismatch_says_what_it_means():
    result = sample_ratio({"control": 10_000, "called": 9_400}, threshold=0.001)
    assert result.failed
    assert "MISMATCH" in result.headline()
    assert "Something other than chance decided who is in the data" in result.diagnostics[0]
    assert "no decision is taken" in result.diagnostics[0]
    assert not sample_ratio({"control": 10_000, "called": 9_400}, threshold=1e-6).failed
    small = sample_ratio({"control": 515, "called": 485})
    assert not small.failed
    assert small.frame["expected"].to_list() == [500, 500]


def test_no_p_value_is_zero():
    result = sample_ratio({"control": 10_000_000, "called": 9_000_000})
    assert result.p_value == SMALLEST
    assert "p < 1e-300" in result.headline()


def test_strata_that_cancel_out_are_found():
    table = pd.DataFrame(
        {
            "tier": ["gold", "gold", "silver", "silver", None, None],
            "arm": ["control", "called"] * 3,
            "n": [600, 400, 400, 600, 30, 28],
        }
    )
    result = sample_ratio(table, by=["tier"])
    assert result.p_value > 0.9
    assert result.failed
    assert "in 2 of 3 strata (gold, silver)" in result.diagnostics[0]
    assert "Something other than chance" in result.diagnostics[0]
    rows = result.frame.drop_duplicates("stratum").set_index("stratum")
    assert rows.loc["gold", "p_adjusted"] == pytest.approx(3 * rows.loc["gold", "p_value"])
    assert rows.loc["(none)", "p_adjusted"] == pytest.approx(rows.loc["(none)", "p_value"])
    calm = sample_ratio(table.assign(n=[500, 505, 300, 310, 9, 8]), by="tier")
    assert not calm.failed
    assert "None of 3 strata" in calm.diagnostics[0]


def test_moments_are_counted_with_their_missing_and_by_cluster():
    rng = np.random.default_rng(1)
    bought = np.where(rng.random(400) < 0.2, np.nan, 1.0)
    keys = {"arm": ["a", "b"] * 200, "store": [number // 2 % 20 for number in range(400)]}
    keys["arm"] = ["a" if store < 13 else "b" for store in keys["store"]]
    moments = ArmMoments.from_values({"bought": bought}, keys)
    units = sample_ratio(moments)
    assert units.frame["n"].to_list() == [260, 140]
    assert units.failed
    stores = sample_ratio(moments, cluster="store")
    assert stores.frame["n"].to_list() == [13, 7]
    assert stores.p_value == pytest.approx(0.263176, abs=1e-6)  # binomial, 13 of 20


def test_an_arm_without_units_counts():
    result = sample_ratio({"control": 12}, {"control": 0.5, "called": 0.5})
    assert result.p_value == pytest.approx(2 * 0.5**12)
    assert any("No unit is in called" in doubt for doubt in result.diagnostics)


@pytest.mark.parametrize(
    ("counts", "shares", "said"),
    [
        ({"a": 1, "b": -1}, None, "whole numbers"),
        ({"a": 1.5, "b": 1}, None, "whole numbers"),
        ({"a": float("nan"), "b": 1}, None, "whole numbers"),
        ({"a": "x", "b": 1}, None, "whole numbers"),
        ({"a": 0, "b": 0}, None, "holds no units"),
        ({"a": 3}, None, "All units are in 'a'"),
        ({"a": 3, "c": 2}, {"a": 0.5, "b": 0.5}, "Arm 'c' has units but no planned share"),
        ({"a": 3, "b": 2}, {"a": 0.5, "b": 0.6}, "must add up to 1, got 1.1"),
        ([3, 4], None, "`counts` must give the units of each arm"),
        (pd.DataFrame({"arm": ["a"]}), None, "`counts` has no 'n'"),
    ],
)
def test_counts_that_cannot_be_tested_are_refused(counts, shares, said):
    with pytest.raises(InputError, match=said):
        sample_ratio(counts, shares)


def test_false_alarms_come_at_their_rate():
    rng = np.random.default_rng(8)
    for counts, shares in (
        (rng.multinomial(2000, [0.5, 0.5], size=4000), np.array([0.5, 0.5])),
        (rng.multinomial(900, [0.6, 0.3, 0.1], size=4000), np.array([0.6, 0.3, 0.1])),
    ):
        p = np.array([ratio_test(row, shares).p_value for row in counts])
        assert (p < 0.05).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.05 * 0.95 / 4000))
    tiny = rng.multinomial(15, [0.5, 0.3, 0.2], size=1500)
    p = np.array([ratio_test(row, np.array([0.5, 0.3, 0.2])).p_value for row in tiny])
    assert 0.005 < (p < 0.05).mean() < 0.065  # exact: never above its level but for chance


def test_holm_by_hand():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([np.nan, 0.5])).tolist() == pytest.approx([np.nan, 0.5], nan_ok=True)
    assert holm(np.array([])).tolist() == []
    assert [p_text(1.0), p_text(0.05), p_text(1e-310)] == ["p = 1.000", "p = .050", "p < 1e-300"]


@pytest.mark.parametrize("case", PATHS["case"].unique())
def test_the_sequential_test_agrees_with_its_authors_package(case):
    path = PATHS[PATHS["case"] == case].dropna(axis=1)
    arms = [name for name in path if name[0] == "n"]
    shares = path[[f"share{name[1:]}" for name in arms]].iloc[0].to_numpy()
    logs = log_bayes_factors(path[arms].cumsum(), shares, path["concentration"].iloc[0])
    assert logs == pytest.approx(path["log_bayes_factor"].to_numpy(), abs=1e-6)
    daily = path.melt("day", arms, "arm", "n")
    result = sequential_sample_ratio(
        daily,
        dict(zip(arms, shares, strict=True)),
        concentration=path["concentration"].iloc[0],
    )
    assert result.frame["p_value"].to_numpy() == pytest.approx(path["p_value"].to_numpy(), rel=1e-5)


def test_a_mismatch_is_dated_and_stays():
    days = pd.DataFrame({"day": np.repeat(np.arange(1, 31), 2), "arm": ["a", "b"] * 30, "n": 300})
    calm = sequential_sample_ratio(days)
    assert (calm.p_value, calm.failed, calm.since) == (1.0, False, None)
    days.loc[(days["day"] > 10) & (days["arm"] == "b"), "n"] = 220
    days.loc[days["day"] > 20, "n"] = [220, 300] * 10
    result = sequential_sample_ratio(days)
    assert result.failed
    assert 11 <= int(result.since) <= 16
    p = result.frame["p_value"].to_numpy()
    assert (np.diff(p) <= 0).all()
    assert result.frame["log10_bayes_factor"].iloc[-1] < result.frame["log10_bayes_factor"].max()
    assert f"since {result.since}" in result.diagnostics[0]
    assert "no decision is taken" in result.diagnostics[0]
    shuffled = sequential_sample_ratio(days.sample(frac=1, random_state=2))
    assert shuffled.since == result.since


def test_few_units_far_off_are_found_as_well_as_many_little_off():
    shares = np.array([0.5, 0.5])
    few, many = np.array([400, 100]), np.array([503_000, 497_000])
    for counts in (few, many):
        averaged = log_bayes_factors(counts, shares, [10, 100, 1_000, 10_000, 100_000])
        assert averaged > np.log(1000)
    assert log_bayes_factors(few, shares, 10_000) < np.log(1000)


def test_strata_are_followed_with_bonferroni():
    rows = [
        {"day": day, "arm": arm, "tier": tier, "n": n}
        for day in range(12)
        for tier, sizes in {"gold": (60, 30), "silver": (30, 60), "bronze": (40, 40)}.items()
        for arm, n in zip("ab", sizes, strict=True)
    ]
    result = sequential_sample_ratio(pd.DataFrame(rows), by=["tier"])
    assert result.p_value == pytest.approx(1.0)
    assert result.failed
    assert {doubt.split(" since")[0] for doubt in result.diagnostics[:-1]} == {
        "Sample-ratio mismatch in gold",
        "Sample-ratio mismatch in silver",
    }
    alone = sequential_sample_ratio(pd.DataFrame(rows).query("tier == 'gold'"))
    last = result.frame[result.frame["stratum"] == "gold"]["p_value"].iloc[-1]
    assert last == pytest.approx(3 * alone.p_value)


def test_sequential_input_that_cannot_be_used_is_refused():
    days = pd.DataFrame({"day": [1, None], "arm": ["a", "b"], "n": [1, 2]})
    with pytest.raises(InputError, match="units without a day"):
        sequential_sample_ratio(days)
    with pytest.raises(InputError, match="`concentration` must be numbers above 0"):
        sequential_sample_ratio(days.dropna(), {"a": 0.5, "b": 0.5}, concentration=0)
    with pytest.raises(InputError, match="`counts` has no 'date'"):
        sequential_sample_ratio(days, day="date")


def test_a_look_a_day_stays_under_the_level():
    """400 experiments of 60 days, α = .05: at most .05 fail ever; chi-square a day fails often."""
    rng = np.random.default_rng(12)
    shares = np.array([0.5, 0.5])
    so_far = rng.multinomial(60, shares, size=(400, 60)).cumsum(axis=1)
    logs = log_bayes_factors(so_far, shares, [10, 100, 1_000, 10_000, 100_000])
    ever = (logs.max(axis=1) >= np.log(1 / 0.05)).mean()
    assert ever <= 0.05
    chi2 = ((so_far[..., 0] - so_far[..., 1]) ** 2 / so_far.sum(axis=-1)).max(axis=1)
    assert (chi2 > 3.841).mean() > 0.2
