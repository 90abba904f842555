"""Covariates, follow-up and missing outcomes by arm, against R and against randomization itself."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.balance.covariates import covariate_balance
from npsstats.experiments.balance.maturity import maturity
from npsstats.experiments.balance.missing_outcome import missing_outcome
from npsstats.experiments.balance.omnibus import Block, omnibus

GOLDEN_FOLDER = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(GOLDEN_FOLDER / "balance.csv", comment="#").set_index(["case", "what"])
UNITS = pd.read_csv(GOLDEN_FOLDER / "balance_units.csv", comment="#")
COVARIATES = ["age", "member", "visits"]


def golden(case, what):
    return float(GOLDEN.loc[(case, what), "value"])


def moments(units, covariates=COVARIATES, arm="arm", **keys):
    values = {name: units[name] for name in covariates}
    return ArmMoments.from_values(values, {"arm": units[arm], **keys})


def test_standardized_differences_agree_with_matchit():
    result = covariate_balance(moments(UNITS), control="control")
    rows = result.frame.set_index(["arm", "covariate"])
    assert len(rows) == 6
    for arm in ("called", "mailed"):
        for name in COVARIATES:
            row = rows.loc[(arm, name)]
            assert row["smd"] == pytest.approx(golden(arm, f"smd {name}"), rel=1e-9)
            ratio = golden(arm, f"ratio {name}")
            assert row["variance_ratio"] == pytest.approx(ratio, rel=1e-9, nan_ok=True)
            assert row["std_error"] == pytest.approx(np.sqrt(2 / 32))
    assert rows["kind"].to_list() == ["numeric", "binary", "numeric"] * 2
    assert rows.loc[("mailed", "visits"), "large"]


def test_the_joint_test_is_pillais_trace():
    every = covariate_balance(moments(UNITS), control="control")
    assert every.statistic == pytest.approx(golden("joint", "statistic"), rel=1e-9)
    assert every.df == 6
    assert every.p_value == pytest.approx(stats.chi2.sf(every.statistic, 6))
    two = covariate_balance(moments(UNITS), control="control", treatment="called")
    assert two.statistic == pytest.approx(golden("joint called", "statistic"), rel=1e-9)
    assert two.df == 3
    back = covariate_balance(moments(UNITS), control="called", treatment="control")
    assert back.statistic == pytest.approx(two.statistic)
    assert back.frame["smd"].to_numpy() == pytest.approx(-two.frame["smd"].to_numpy())


def test_strata_and_clusters_agree_with_all_their_allocations():
    few = UNITS[UNITS["few"] == 1]
    blocked = covariate_balance(
        moments(few, stratum=few["stratum"]), control="control", strata=["stratum"]
    )
    assert blocked.statistic == pytest.approx(golden("strata", "statistic"), rel=1e-8)
    assert blocked.p_value == pytest.approx(golden("strata", "p_value_chi2"), rel=1e-7)
    stores = moments(UNITS, ["age", "member"], arm="store_arm", store=UNITS["cluster"])
    clustered = covariate_balance(stores, control="control", cluster="store")
    assert clustered.statistic == pytest.approx(golden("clusters", "statistic"), rel=1e-8)
    assert clustered.df == 2
    assert clustered.frame["std_error"].isna().all()
    assert any("12 clusters for 2 degrees" in doubt for doubt in clustered.diagnostics)


def test_the_joint_p_value_is_that_of_permuting_the_arms():
    rng = np.random.default_rng(4)
    n = 240
    units = pd.DataFrame(
        {
            "arm": rng.permutation(np.repeat(["control", "called"], [160, 80])),
            "spend": rng.lognormal(3, 1, n),
            "member": rng.random(n) < 0.15,
            "visits": rng.poisson(2, n),
        }
    )
    names = ["spend", "member", "visits"]
    units["member"] = units["member"].astype(float)
    seen = covariate_balance(moments(units, names), control="control")
    values = units[names].to_numpy()
    scatter = np.cov(values.T) * (n - 1)
    again = []
    for _ in range(2000):
        called = rng.permutation(n) < 80
        total = np.array([values[called].sum(axis=0), values[~called].sum(axis=0)])
        again.append(omnibus([Block(np.array([80.0, 160.0]), total, scatter)]).statistic)
    share = np.mean(np.array(again) >= seen.statistic)
    assert seen.p_value == pytest.approx(share, abs=0.05)
    assert np.mean(stats.chi2.sf(again, 3) < 0.05) == pytest.approx(0.05, abs=0.02)


def test_a_true_imbalance_fails_and_names_the_covariate():
    rng = np.random.default_rng(6)
    arm = np.repeat(["control", "called"], 2000)
    values = {f"x{number}": rng.normal(size=4000) for number in range(20)}
    values["x7"] = values["x7"] + 0.25 * (arm == "called")
    result = covariate_balance(ArmMoments.from_values(values, {"arm": arm}), control="control")
    assert result.failed
    assert "'x7' most" in result.diagnostics[0]
    assert "UNBALANCED" in result.headline()
    values.pop("x7")
    calm = covariate_balance(ArmMoments.from_values(values, {"arm": arm}), control="control")
    assert not calm.failed
    assert calm.df == 19


def test_a_difference_that_chance_seldom_gives_is_not_called_usual():
    rng = np.random.default_rng(6)
    arm = np.repeat(["control", "called"], 200)
    age = np.concatenate([x - x.mean() for x in rng.normal(size=(2, 200))])
    age[200:] += 0.27  # about 2.7 standard errors
    result = covariate_balance(
        ArmMoments.from_values({"age": age}, {"arm": arm}), control="control"
    )
    assert 0.001 < result.p_value < 0.05
    assert not result.failed
    assert "not beyond the threshold of 0.001" in result.headline()
    assert "unlike what chance usually gives" in result.diagnostics[0]
    assert "'age' most" in result.diagnostics[0]
    assert not any("no more than chance" in doubt for doubt in result.diagnostics)
    even = ArmMoments.from_values({"age": np.r_[age[:200], age[:200]]}, {"arm": arm})
    usual = covariate_balance(even, control="control")
    assert "as randomization makes them" in usual.headline()
    assert not usual.diagnostics


def test_small_arms_differ_by_chance_and_it_is_said():
    result = covariate_balance(moments(UNITS), control="control")
    assert not result.failed
    assert any("no more than chance makes" in doubt for doubt in result.diagnostics)


def test_constants_and_copies_are_not_counted_twice():
    units = UNITS.assign(again=2 * UNITS["age"] + 1, same=3.0)
    result = covariate_balance(
        moments(units, ["age", "again", "same", "member"]), control="control", treatment="called"
    )
    plain = covariate_balance(
        moments(units, ["age", "member"]), control="control", treatment="called"
    )
    assert result.statistic == pytest.approx(plain.statistic, rel=1e-6)
    assert result.df == 2
    assert any("4 covariates say 2 different things" in doubt for doubt in result.diagnostics)
    same = result.frame.set_index("covariate").loc["same"]
    assert same["smd"] == 0
    assert not same["large"]
    apart = units.assign(same=(units["arm"] == "called") * 1.0)
    split = covariate_balance(moments(apart, ["same"]), control="control", treatment="called")
    assert np.isnan(split.frame["smd"].iloc[0])
    assert split.frame["large"].iloc[0]
    assert split.failed
    assert "'same' most" in split.diagnostics[0]
    constant = covariate_balance(moments(units, ["same"]), control="control")
    assert np.isnan(constant.p_value)
    assert "no covariate varies" in constant.diagnostics[0]


def test_too_few_units_for_so_many_covariates():
    units = UNITS.iloc[:5]
    result = covariate_balance(moments(units), control="control", treatment="called")
    assert np.isnan(result.p_value)
    assert not result.failed
    assert "4 units are too few for 3 different covariates" in result.diagnostics[0]
    assert "no joint test" in result.headline()
    one = covariate_balance(moments(UNITS.iloc[:2]), control="control")
    assert np.isnan(one.p_value)


def test_covariates_that_are_missing_are_counted():
    units = UNITS.assign(age=UNITS["age"].where(UNITS.index > 9))
    result = covariate_balance(moments(units), COVARIATES[1:], control="control")
    assert result.frame["covariate"].unique().tolist() == ["member", "visits"]
    assert "10 units are left out" in result.diagnostics[-1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"control": "none"}, "`control` must be one of"),
        ({"control": "control", "treatment": "control"}, "`treatment` must be one of"),
        ({"control": "control", "strata": ["tier"]}, "`key` must be one of 'arm', got 'tier'"),
        ({"control": "control", "level": 95}, "`level` must be between"),
        ({"control": "control", "covariates": ["height"]}, "`variable` must be one of"),
        ({"control": "control", "covariates": []}, "no covariates to compare"),
    ],
)
def test_what_cannot_be_compared_is_refused(options, said):
    with pytest.raises(InputError, match=said):
        covariate_balance(moments(UNITS), **options)


def test_an_arm_alone_or_empty_is_refused():
    with pytest.raises(InputError, match="no arm but 'control'"):
        covariate_balance(moments(UNITS[UNITS["arm"] == "control"]), control="control")
    empty = UNITS.assign(age=UNITS["age"].where(UNITS["arm"] != "called"))
    with pytest.raises(InputError, match="Arm 'called' has no unit with every covariate"):
        covariate_balance(moments(empty), control="control")


# ── maturity ──────────────────────────────────────────────────────────────────────────────────


def test_maturity_of_moments_and_of_counts_is_the_same():
    mature = np.r_[np.ones(700), np.zeros(300)]
    arm = np.array(["control", "called"] * 500)
    by_moments = maturity(ArmMoments.from_values({"mature": mature}, {"arm": arm}), window=90)
    by_counts = maturity({"called": (350, 150), "control": (350, 150)}, window=90)
    pd.testing.assert_frame_equal(by_moments.frame, by_counts.frame)
    assert by_moments.p_value == pytest.approx(1.0)
    assert not by_moments.differs
    assert "300 units are not counted as" in by_moments.diagnostics[0]
    assert "censored in" not in by_moments.headline()


def test_arms_that_mature_differently_are_found():
    result = maturity({"control": (900, 100), "called": (700, 300)})
    assert result.differs
    assert result.p_value == pytest.approx(
        stats.chi2_contingency([[900, 700], [100, 300]], correction=False).pvalue
    )
    assert "season differs between arms" in result.diagnostics[0]
    assert "control 90.0%, called 70.0%" in result.diagnostics[0]
    assert len(result.diagnostics) == 2


def test_nobody_and_everybody_mature():
    days = {"first": date(2026, 1, 1), "last": date(2026, 1, 31), "until": date(2026, 2, 15)}
    early = maturity({"control": (0, 40), "called": (0, 41)}, window=90, **days)
    assert np.isnan(early.p_value)
    assert not early.differs
    assert early.all_complete_on == date(2026, 5, 1)
    assert len(early.diagnostics) == 2
    assert early.diagnostics[0].endswith("All windows are over on 2026-05-01.")
    late = maturity({"control": (40, 0), "called": (41, 0)}, window=90)
    assert late.diagnostics == ()
    half = maturity({"control": (40, 0), "called": (0, 41)}, window=90)
    assert half.differs
    assert "No unit of 'called' has a complete window" in half.diagnostics[1]
    odd = maturity({"a": (3, 1), "b": (4, 0)}, window=9, **days)
    assert "Check the dates" in odd.diagnostics[-1]


def test_small_counts_of_follow_up_are_exact():
    result = maturity({"a": (1, 6), "b": (40, 35)}, threshold=0.2)
    assert result.p_value == pytest.approx(stats.fisher_exact([[1, 40], [6, 35]]).pvalue)
    assert result.p_value == pytest.approx(golden("fisher", "p_value"), rel=1e-9)
    three = maturity({"a": (1, 2), "b": (3, 1), "c": (2, 2)})
    assert "rough" in three.diagnostics[-1]


@pytest.mark.parametrize(
    ("counts", "options", "said"),
    [
        ({"a": (1, 2, 3)}, {}, "two numbers"),
        ({"a": 3}, {}, "two numbers"),
        ({"a": (1, -2)}, {}, "whole numbers"),
        ({"a": (0, 0)}, {}, "holds no units"),
        ([1, 2], {}, "must be moments by arm"),
        ({"a": (1, 2)}, {"window": 0}, "`window` must be a whole number of at least 1"),
        (
            {"a": (1, 2)},
            {"first": date(2026, 2, 1), "last": date(2026, 1, 1)},
            "is before `first`",
        ),
        (
            {"a": (1, 2)},
            {"first": date(2026, 2, 1), "until": date(2026, 1, 1)},
            "before the first unit was assigned",
        ),
    ],
)
def test_follow_up_that_cannot_be_read_is_refused(counts, options, said):
    with pytest.raises(InputError, match=said):
        maturity(counts, **options)


def test_maturity_must_be_known_and_yes_or_no():
    arm = ["a", "b", "a"]
    with pytest.raises(InputError, match="1 units do not say"):
        maturity(ArmMoments.from_values({"mature": [1, 0, np.nan]}, {"arm": arm}))
    with pytest.raises(InputError, match="is not 0 or 1"):
        maturity(ArmMoments.from_values({"mature": [1, 0, 3]}, {"arm": arm}))


# ── missing outcomes ──────────────────────────────────────────────────────────────────────────


def lost(units, outcome="member", **keys):
    values = units[outcome].where(units["missing"] == 0)
    return ArmMoments.from_values({outcome: values}, {"arm": units["arm"], **keys})


def test_missing_shares_agree_with_r():
    result = missing_outcome(lost(UNITS), control="control")
    assert result.p_value == pytest.approx(golden("missing", "p_value"), rel=1e-9)
    rows = result.frame.set_index("arm")
    assert rows.index[0] == "control"
    called = golden("missing called", "p_value")
    assert rows.loc["called", "p_value"] == pytest.approx(called, rel=1e-9)
    counted = UNITS.groupby("arm")["missing"].sum()
    assert rows["missing"].to_dict() == counted.to_dict()
    row = rows.loc["called"]
    assert row["lower"] < row["estimate"] < row["upper"]
    assert "Alike shares do not show" in result.diagnostics[0]


def test_bounds_hold_whatever_was_missing():
    """The worst and the best that the missing answers can have been, filled in by hand."""
    row = missing_outcome(lost(UNITS), control="control", treatment="called").frame.iloc[1]
    ends = []
    for fill in ({"control": 1, "called": 0}, {"control": 0, "called": 1}):
        filled = UNITS["member"].where(UNITS["missing"] == 0, UNITS["arm"].map(fill))
        means = filled.groupby(UNITS["arm"]).mean()
        ends.append(means["called"] - means["control"])
    assert [row["bound_lower"], row["bound_upper"]] == pytest.approx(ends)
    amounts = missing_outcome(lost(UNITS, "visits"), control="control").frame
    assert amounts["bound_lower"].isna().all()


def test_outcomes_lost_in_one_arm_are_said():
    units = UNITS.assign(missing=np.where(UNITS["arm"] == "called", UNITS.index % 2, 0))
    result = missing_outcome(lost(units), control="control")
    assert result.differs
    assert "mixes what the treatment did with whom it kept" in result.diagnostics[0]
    assert "DIFFERENT" in result.headline()
    gone = units.assign(missing=(units["arm"] == "called").astype(int))
    assert any(
        "Every outcome of 'called' is missing" in doubt
        for doubt in missing_outcome(lost(gone), control="control").diagnostics
    )


def test_nothing_missing_is_nothing_to_say():
    result = missing_outcome(lost(UNITS.assign(missing=0)), control="control")
    assert np.isnan(result.p_value)
    assert not result.differs
    assert result.diagnostics == ()
    assert result.frame["lower"].isna().all()
    assert result.frame["bound_lower"].iloc[1] == pytest.approx(result.frame["bound_upper"].iloc[1])


def test_stores_that_lose_all_their_answers_are_not_as_many_units():
    """Two of eight stores lose everything: by unit that is overwhelming, by store it is luck."""
    store = np.repeat(np.arange(8), 100)
    arm = np.where(store % 2, "called", "control")
    bought = np.where(np.isin(store, [1, 3]), np.nan, store % 3 == 0)
    found = ArmMoments.from_values({"bought": bought}, {"arm": arm, "store": store})
    by_unit = missing_outcome(found, control="control")
    by_store = missing_outcome(found, control="control", cluster="store")
    assert by_unit.p_value < 1e-20
    assert by_store.p_value > 0.1
    assert by_store.frame["lower"].isna().all()


def test_missing_outcomes_that_cannot_be_compared_are_refused():
    with pytest.raises(InputError, match="`control` must be one of"):
        missing_outcome(lost(UNITS), control="nobody")
    with pytest.raises(InputError, match="no arm but 'control'"):
        missing_outcome(lost(UNITS[UNITS["arm"] == "control"]), control="control")
    with pytest.raises(InputError, match="`outcome` must be one of"):
        missing_outcome(lost(UNITS), "bought", control="control")
