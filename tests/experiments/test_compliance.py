"""Reach, the complier effect and its intervals against R, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.compliance import (
    AS_TREATED,
    CACE,
    as_treated,
    compliance,
    exclusion_sensitivity,
    reach_rates,
    refuse_conditioning,
)
from npsstats.experiments.compliance.stages import anderson_rubin, plain_stages, wald

FOLDER = Path(__file__).parents[1] / "golden"
UNITS = pd.read_csv(FOLDER / "compliance_units.csv", comment="#")
GOLDEN = pd.read_csv(FOLDER / "compliance.csv", comment="#").set_index("case")
CASES = list(UNITS["case"].unique())
ARMS = np.array(["ignored", "called"])


def moments(frame, outcome="y", covariates=("x",)):
    values = {outcome: frame[outcome], "d": frame["d"]} | {name: frame[name] for name in covariates}
    return ArmMoments.from_values(values, {"arm": ARMS[frame["z"]]})


def found(case, **options):
    frame = UNITS[UNITS["case"] == case]
    unit = "share" if "binary" in case else "EUR"
    return compliance(
        moments(frame), "y", received="d", control="ignored", covariates=["x"], unit=unit, **options
    )


@pytest.mark.parametrize("case", CASES)
def test_agrees_with_ivreg_and_sandwich(case):
    result, golden = found(case), GOLDEN.loc[case]
    assert result.row("first stage")["estimate"] == pytest.approx(golden["first_stage"], rel=1e-10)
    itt = result.row("intention to treat")
    assert itt["estimate"] == pytest.approx(golden["itt"], rel=1e-10)
    assert itt["p_value"] == pytest.approx(golden["itt_p"], rel=1e-8)
    plain = result.row(CACE, "2SLS, delta method")
    assert plain["estimate"] == pytest.approx(golden["cace"], rel=1e-9)
    assert plain["std_error"] == pytest.approx(golden["hc2"], rel=1e-9)
    made = moments(UNITS[UNITS["case"] == case], covariates=())
    stages = plain_stages(made.only(arm="called"), made.only(arm="ignored"))
    # HC0 divides by n where HC2 divides by n − 1
    lesser = stages.arms * (stages.df / (stages.df + 1))[:, None, None]
    _, variance, _ = replace(stages, arms=lesser).along([1.0, -plain["estimate"]])
    assert np.sqrt(variance) / abs(stages.delta[1]) == pytest.approx(golden["hc0"], rel=1e-9)
    adjusted = result.row(CACE, "2SLS, delta method, adjusted for x")
    assert adjusted["estimate"] == pytest.approx(golden["adjusted"], rel=1e-9)
    assert adjusted["std_error"] == pytest.approx(golden["adjusted_se"], rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_anderson_rubin_is_the_inverted_welch_test(case):
    result, golden = found(case), GOLDEN.loc[case]
    kept, row = result.kept["called"], result.row(CACE, "Anderson–Rubin")
    assert (row["lower"], row["upper"]) == (kept.lower, kept.upper)
    roots = golden[["root_low", "root_high"]].to_numpy()
    if golden["p_at_infinity"] < 0.05:
        assert kept.shape == "interval"
        assert [kept.lower, kept.upper] == pytest.approx(roots, rel=1e-6)
        return
    assert (kept.lower, kept.upper) == (-np.inf, np.inf)
    if np.isnan(roots).any():
        assert kept.shape == "line"
        assert "whole line" in result.diagnostics[0]
    else:
        assert kept.shape == "rays"
        assert list(kept.gap) == pytest.approx(roots, rel=1e-6)
        assert "two rays" in result.diagnostics[0]


def test_all_shapes_are_among_the_cases():
    assert {found(case).kept["called"].shape for case in CASES} == {"interval", "rays", "line"}


def test_the_debate(shared_data):
    path = shared_data / "rct_encouragement_foxdebate" / "FoxDebate.csv"
    if not path.is_file():
        pytest.skip("FoxDebate.csv is not here")
    fox = pd.read_csv(path).rename(columns={"watchpro": "d", "conditn": "z", "partyid": "x"})
    everyone = ArmMoments.from_values({"d": fox["d"]}, {"arm": ARMS[fox["z"]]})
    for outcome, published in (("infopro", 0.2380046), ("support", -0.0122866)):
        some = moments(fox.dropna(subset=[outcome]), outcome)
        result = compliance(
            some, outcome, received="d", control="ignored", assigned=everyone, unit="scale"
        )
        golden = GOLDEN.loc[outcome]
        assert result.row("first stage")["estimate"] == pytest.approx(0.40738, abs=5e-6)
        row = result.row(CACE, "Anderson–Rubin, first stage of all assigned")
        assert row["estimate"] == pytest.approx(published, abs=5e-8)
        # R's is the sandwich of n, ours that of n − 1
        assert row["std_error"] == pytest.approx(golden["cace_all_se"], rel=0.004)
        assert row["std_error"] > golden["cace_all_se"]
        complete = result.row(CACE, "2SLS, delta method, complete cases")
        assert complete["estimate"] == pytest.approx(golden["cace"], rel=1e-9)
        assert complete["std_error"] == pytest.approx(golden["hc2"], rel=1e-9)
        ends = result.row(CACE, "Anderson–Rubin, complete cases")[["lower", "upper"]]
        assert ends.tolist() == pytest.approx(golden[["root_low", "root_high"]].tolist(), rel=1e-6)
        assert f"'{outcome}' is missing for {507 - len(fox[outcome].dropna())}" in str(result)
        assert "two-sided" in str(result)


def test_as_treated_is_labelled_and_agrees_with_r():
    frame = UNITS[UNITS["case"] == "two-sided amount"]
    result = as_treated(moments(frame), "y", received="d", unit="EUR")
    golden = GOLDEN.loc["two-sided amount"]
    row = result.frame.iloc[0]
    assert row["estimate"] == pytest.approx(golden["as_treated"], rel=1e-9)
    assert row["std_error"] == pytest.approx(golden["as_treated_se"], rel=1e-9)
    assert row["estimand"] == AS_TREATED == "as treated: not randomized, biased"
    assert np.isnan(row["p_value"])
    assert "not randomized" in result.diagnostics[0]


def test_conditioning_on_reached_is_refused():
    frame = UNITS[UNITS["case"] == "two-sided amount"]
    by_reached = ArmMoments.from_values(
        {"y": frame["y"], "d": frame["d"]}, {"arm": ARMS[frame["z"]], "d": frame["d"]}
    )
    remedy = "came after assignment.*received='d' instead.*CACE"
    with pytest.raises(InputError, match=f"`by` asks for 'd'.*{remedy}"):
        compliance(by_reached, "y", received="d", control="ignored")
    with pytest.raises(InputError, match=f"`covariates` asks for 'd'.*{remedy}"):
        compliance(moments(frame), "y", received="d", control="ignored", covariates=["d"])
    with pytest.raises(InputError, match=f"`filter` asks for 'd'.*{remedy}"):
        refuse_conditioning(["store", "d"], "d", "filter")
    refuse_conditioning(["store", "d"], None)


def simple(called, ignored):
    """Return moments of arms given as lists of (received, outcome, how many)."""
    rows = [
        (arm, d, y)
        for arm, cells in (("called", called), ("ignored", ignored))
        for d, y, size in cells
        for _ in range(size)
    ]
    arm, d, y = zip(*rows, strict=True)
    return ArmMoments.from_values({"y": y, "d": d}, {"arm": arm})


def test_words_of_noncompliance():
    def said(called, ignored):
        made = simple(called, ignored)
        return " ".join(compliance(made, "y", received="d", control="ignored").diagnostics)

    mixed = [(1, 1, 40), (1, 0, 30), (0, 1, 10), (0, 0, 20)]
    nobody = [(0, 1, 30), (0, 0, 70)]
    assert "one-sided" in said(mixed, nobody)
    assert "two-sided" in said(mixed, [(1, 1, 5), *nobody])
    everybody = [(1, 1, 40), (1, 0, 60)]
    assert "is the effect of assignment" in said(everybody, nobody)
    assert "Everybody assigned to the treatment" in said(everybody, [(1, 1, 5), *nobody])
    assert "swapped" in said([(0, 1, 50), (0, 0, 50)], mixed)
    assert "first stage is weak (F = " in said([(1, 1, 6), (0, 0, 60), (0, 1, 34)], nobody)
    assert "take" in said(mixed, nobody)


def test_full_compliance_is_the_effect_of_assignment():
    made = simple([(1, 1, 40), (1, 0, 60)], [(0, 1, 25), (0, 0, 75)])
    result = compliance(made, "y", received="d", control="ignored")
    itt, cace = result.row("intention to treat"), result.row(CACE)
    for name in ("estimate", "std_error", "lower", "upper", "p_value"):
        assert cace[name] == pytest.approx(itt[name], rel=1e-9)


def test_the_sign_follows_the_arms():
    frame = UNITS[UNITS["case"] == "two-sided amount"]
    flipped = frame.assign(y=-frame["y"])
    one = compliance(moments(frame), "y", received="d", control="ignored", unit="EUR")
    two = compliance(moments(flipped), "y", received="d", control="ignored", unit="EUR")
    for method in ("Anderson–Rubin", "2SLS, delta method"):
        here, there = one.row(CACE, method), two.row(CACE, method)
        assert here["lower"] == pytest.approx(-there["upper"], rel=1e-9)
    bayes = [result.frame.iloc[-1]["probability"] for result in (one, two)]
    assert bayes[0] > 0.99
    assert bayes[1] < 0.01


def test_edges_say_that_they_cannot_tell():
    silent = simple([(1, 0, 30), (0, 0, 20)], [(0, 0, 50)])
    result = compliance(silent, "y", received="d", control="ignored")
    row = result.row(CACE)
    assert np.isnan(row[["std_error", "lower", "upper", "p_value"]].astype(float)).all()
    assert "cannot be told" in result.diagnostics[0]
    bayes = result.frame.iloc[-1]
    assert bayes["lower"] < 0 < bayes["upper"]

    unreached = simple([(0, 1, 30), (0, 0, 20)], [(0, 1, 10), (0, 0, 40)])
    result = compliance(unreached, "y", received="d", control="ignored")
    row = result.row(CACE)
    assert np.isnan(row["estimate"])
    assert (row["lower"], row["upper"]) == (-np.inf, np.inf)
    assert "not defined" in result.diagnostics[0]

    with pytest.raises(InputError, match="'called' has 1 unit"):
        compliance(simple([(1, 1, 1)], [(0, 0, 5)]), "y", received="d", control="ignored")
    with pytest.raises(InputError, match="`d` is not 0 or 1"):
        compliance(simple([(2, 1, 4)], [(0, 0, 5)]), "y", received="d", control="ignored")
    with pytest.raises(InputError, match="same for all 50 units"):
        as_treated(simple([(0, 1, 20)], [(0, 0, 30)]), "y", received="d")


def test_three_arms_each_against_control():
    frame = pd.concat([UNITS[UNITS["case"] == "two-sided amount"]] * 2)
    arm = np.where(frame["z"] == 0, "ignored", np.where(np.arange(len(frame)) < 201, "a", "b"))
    made = ArmMoments.from_values({"y": frame["y"], "d": frame["d"]}, {"arm": arm})
    result = compliance(made, "y", received="d", control="ignored", unit="EUR")
    assert list(result.kept) == ["a", "b"]
    assert set(result.frame["arm"]) == {"a", "b"}
    assert result.diagnostics[0].startswith("a: ")


def test_reach_rates():
    made = simple([(1, 1, 30), (0, 1, 10)], [(0, 0, 50)])
    frame = reach_rates(made, "d").frame.set_index("arm")
    assert frame.loc["called", "estimate"] == 0.75
    expected = stats.binomtest(30, 40).proportion_ci(method="wilson")
    assert frame.loc["called", ["lower", "upper"]].tolist() == pytest.approx(list(expected))
    assert frame.loc["ignored", "lower"] == 0
    assert frame.loc["ignored", "upper"] > 0.05


def test_anderson_rubin_holds_its_level_where_2sls_does_not():
    """A weak first stage and an outcome that goes with reach: the classic failure."""
    rng = np.random.default_rng(11)
    truth, runs, held, usual = 1.0, 500, 0, 0
    z = np.repeat([0, 1], 60)
    for _ in range(runs):
        liking = rng.standard_normal(120)
        d = (liking + 0.15 * z > 0.3).astype(float)
        y = truth * d + 2 * liking + 0.3 * rng.standard_normal(120)
        made = ArmMoments.from_values({"y": y, "d": d}, {"arm": ARMS[z]})
        stages = plain_stages(made.only(arm="called"), made.only(arm="ignored"))
        kept = anderson_rubin(stages, 0.95)
        inside = kept.lower <= truth <= kept.upper
        held += inside and not (kept.shape == "rays" and kept.gap[0] < truth < kept.gap[1])
        _, _, lower, upper, _ = wald(stages, 0.95)
        usual += lower <= truth <= upper
    assert abs(held / runs - 0.95) < 3 * np.sqrt(0.95 * 0.05 / runs)
    assert usual / runs < 0.9


def test_direct_effects_that_would_explain_it():
    made = simple([(1, 1, 40), (1, 0, 20), (0, 1, 5), (0, 0, 35)], [(0, 1, 20), (0, 0, 80)])
    result = exclusion_sensitivity(made, "y", received="d", control="ignored")
    frame = result.frame
    assert frame["estimate"].iloc[0] == pytest.approx(0.25 / 0.6)
    assert frame["estimate"].iloc[-1] == pytest.approx(0, abs=1e-12)
    assert frame["on_never_takers"].iloc[-1] == pytest.approx(0.25 / 0.4)
    assert result.explains_all == pytest.approx(0.25)
    assert "by +62.5 points of percentage" in result.diagnostics[0]  # as its memo's table
    at_limit = exclusion_sensitivity(
        made, "y", received="d", control="ignored", direct=[result.explains_limit]
    )
    assert at_limit.frame["lower"].iloc[0] == pytest.approx(0, abs=1e-6)
    weak = simple([(1, 1, 13), (1, 0, 47), (0, 0, 40)], [(0, 1, 12), (0, 0, 88)])
    assert exclusion_sensitivity(weak, "y", received="d", control="ignored").explains_limit == 0
