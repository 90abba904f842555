"""The design of experiments, held against other implementations and its own inverses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from npsstats.checks import InputError
from npsstats.experiments.power.assurance import Prior
from npsstats.experiments.power.design import design
from npsstats.experiments.power.durations import RestrictedMean
from npsstats.experiments.power.exact import score_power
from npsstats.experiments.power.several_arms import alpha_each

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "power.csv", comment="#")
GOLDEN = GOLDEN.set_index(["case", "quantity"])["value"]


def golden(case, quantity):
    return GOLDEN[case, quantity]


def one(*arguments, **given):
    return design(*arguments, **given).frame.iloc[0]


# shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("baseline", "treated", "n"), [(0.30, 0.33, 3760), (0.30, 0.40, 354), (0.064, 0.100, 908)]
)
def test_the_published_sizes_for_two_shares(baseline, treated, n):
    row = one(baseline=baseline, effect=treated - baseline)
    assert (row["n_per_arm"], row["n_total"]) == (n, 2 * n)
    assert row["power"] >= 0.8
    fewer = one(baseline=baseline, effect=treated - baseline, n_per_arm=n - 1)
    assert fewer["power"] < 0.8


@pytest.mark.parametrize("power", [0.6, 0.8, 0.95])
@pytest.mark.parametrize("baseline", [0.05, 0.4])
def test_two_shares_agree_with_statsmodels(baseline, power):
    from statsmodels.stats.power import normal_sample_size_one_tail

    treated = baseline + 0.04
    sd = np.sqrt(baseline * (1 - baseline) + treated * (1 - treated))
    n = normal_sample_size_one_tail(0.04, power, 0.025, std_null=sd, std_alternative=sd)
    assert one(baseline=baseline, effect=0.04, power=power)["n_per_arm"] == np.ceil(n)


@pytest.mark.parametrize(("case", "effect"), [("pooled_30_33", 0.03), ("pooled_30_40", 0.10)])
def test_pooling_the_variance_would_change_little(case, effect):
    n = one(baseline=0.30, effect=effect)["n_per_arm"]
    assert n == pytest.approx(golden(case, "n_per_arm"), rel=0.01)


def test_the_exact_power_is_that_of_all_tables():
    assert score_power(0.2, 0.45, 40, 60, 0.025) == pytest.approx(
        golden("exact_40_60", "power"), abs=1e-8
    )
    assert score_power(0.5, 0.55, 50, 45, 0.05, margin=0.15) == pytest.approx(
        golden("exact_not_worse", "power"), abs=1e-8
    )
    # the same seen from the other outcome: fewer leave where more stay
    assert score_power(0.5, 0.45, 50, 45, 0.05, sign=-1, margin=0.15) == pytest.approx(
        golden("exact_not_worse", "power"), abs=1e-8
    )
    assert np.isnan(score_power(0.5, 0.6, 10**8, 10**8, 0.025))


def test_where_events_are_few_the_exact_power_is_told():
    result = design(baseline=0.004, effect=0.036, n_per_arm=200)
    row = result.frame.iloc[0]
    assert abs(row["power_exact"] - row["power"]) > 0.02
    assert "Only 0.8 events are expected" in result.diagnostics[0]
    assert any("believe that one" in doubt for doubt in result.diagnostics)


# means ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [0.2, 0.5, 1.0])
def test_amounts_agree_with_the_noncentral_t(delta):
    row = one("amount", sd=1, effect=delta)
    assert row["n_per_arm"] == np.ceil(golden(f"t_{delta:g}", "n_per_arm"))
    given = one("amount", sd=1, effect=delta, n_per_arm=50)
    assert given["power"] == pytest.approx(golden(f"t_{delta:g}", "power_50"), abs=1e-7)


def test_other_questions_about_amounts():
    row = one("amount", sd=1.5, effect=0.3, power=0.9, alternative="larger")
    assert row["n_per_arm"] == np.ceil(golden("t_one_sided", "n_per_arm"))
    assert row["sides"] == 1
    row = one("amount", sd=7, n_per_arm=120)
    assert row["effect"] == pytest.approx(golden("t_detectable", "effect"), rel=2e-5)
    row = one("amount", sd=1, effect=0.4, ratio=2)
    assert row["n_per_arm"] == np.ceil(golden("t_ratio_2", "n_control"))
    assert row["n_treatment"] == 2 * row["n_per_arm"]
    row = one("amount", sd=1, margin=0.3, power=0.9)
    assert row["n_per_arm"] == np.ceil(golden("t_not_worse", "n_per_arm"))
    assert (
        one("amount", baseline=40, cv=1.5, effect=4)["n_per_arm"]
        == (one("amount", baseline=40, sd=60, effect=4)["n_per_arm"])
    )


def test_covariates_take_their_share_of_n():
    bare = one("amount", sd=60, effect=2)["n_per_arm"]
    assert one("amount", sd=60, effect=2, r_squared=0.36)["n_per_arm"] == pytest.approx(
        0.64 * bare, rel=1e-3
    )


def test_a_score_has_the_variance_of_the_margin():
    import npsstats as nps

    row = one("nps", effect=5)
    assert row["n_per_arm"] == nps.sample_size(gap=5, difference=True).frame["n"].iloc[0]
    pilot = one("nps", effect=5, counts=[15, 30, 55])
    assert pilot["n_per_arm"] < row["n_per_arm"] < one("nps", effect=5, variance=1)["n_per_arm"]
    assert (
        one("nps", effect=5, sd=100)["n_per_arm"] == (one("nps", effect=5, variance=1)["n_per_arm"])
    )
    # a score of 90 leaves little to vary
    assert one("nps", baseline=90, effect=5)["n_per_arm"] < row["n_per_arm"] / 2


# durations ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ratio", [0.7, 1.2, 1.5])
def test_durations_agree_with_rpact(ratio):
    row = one("duration", baseline=0.3, effect=ratio, censoring=0.1)
    assert row["n_per_arm"] == np.ceil(golden(f"survival_{ratio:g}", "n_per_arm"))
    assert row["events_control"] + row["events_treatment"] == pytest.approx(
        golden(f"survival_{ratio:g}", "events"), rel=3e-3
    )


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_restricted_mean_varies_as_kaplan_meier_says(share):
    outcome = RestrictedMean(share, 90, censoring=0.2)
    assert outcome.mean == pytest.approx(golden(f"restricted_{share:g}", "mean"), rel=3e-3)
    assert outcome.spread() == pytest.approx(golden(f"restricted_{share:g}", "sd"), rel=5e-3)


@pytest.mark.parametrize("mean", [1e-3, 1.0, 45.0, 80.0, 89.98, 89.999, 89.99999])
def test_a_hazard_is_found_from_its_restricted_mean(mean):
    outcome = RestrictedMean(0.3, 90)
    hazard = outcome._hazard_of(np.array(mean))
    lost = 90 - outcome._mean(hazard)
    assert lost == pytest.approx(90 - mean, rel=1e-6)


# what a trial adds ----------------------------------------------------------------------------


@pytest.mark.parametrize("treatments", [2, 3, 5])
@pytest.mark.parametrize("ratio", [1, 0.5])
def test_several_arms_are_tested_as_dunnett_says(treatments, ratio):
    alpha = alpha_each(0.05, treatments, ratio, 2, "dunnett")
    z = -special.ndtri(alpha / 2)
    assert z == pytest.approx(golden(f"dunnett_{treatments}_{ratio:g}", "z"), abs=2e-4)
    assert 0.05 / treatments < alpha < 0.05
    assert 0.05 / treatments < alpha_each(0.05, treatments, ratio, 1, "dunnett") < 0.05
    assert alpha_each(0.05, treatments, ratio, 2, "bonferroni") == 0.05 / treatments


def test_more_arms_take_more_units_each():
    two, three = (one(baseline=0.3, effect=0.03, arms=arms) for arms in (2, 3))
    assert three["n_per_arm"] > two["n_per_arm"]
    assert three["n_total"] == 3 * three["n_per_arm"]
    assert "tested at 0.027" in " ".join(design(baseline=0.3, effect=0.03, arms=3).diagnostics)


@pytest.mark.parametrize(("spending", "name"), [("obrien_fleming", "asOF"), ("pocock", "asP")])
@pytest.mark.parametrize("looks", [2, 3, 5])
def test_looks_cost_what_rpact_says(spending, name, looks):
    row = one(
        baseline=0.3,
        effect=0.03,
        looks=looks,
        spending=spending,
        alternative="larger",
        alpha=0.025,
    )
    assert row["inflation"] == pytest.approx(golden(f"{name}_{looks}", "inflation"), abs=2e-5)
    alone = one(baseline=0.3, effect=0.03, alternative="larger", alpha=0.025)
    assert row["n_per_arm"] == pytest.approx(alone["n_per_arm"] * row["inflation"], abs=1.5)
    assert row["n_expected"] == pytest.approx(
        golden(f"{name}_{looks}", "expected") * alone["n_total"], rel=1e-3
    )


def test_looks_may_be_fractions_and_two_sided():
    equal = one(baseline=0.3, effect=0.03, looks=[0.25, 0.5, 0.75, 1])
    assert equal["n_per_arm"] == one(baseline=0.3, effect=0.03, looks=4)["n_per_arm"]
    assert one(baseline=0.3, effect=0.03, looks=1)["n_per_arm"] == 3760
    with pytest.raises(InputError, match="`looks` must end at 1"):
        design(baseline=0.3, effect=0.03, looks=[0.2, 0.9])
    with pytest.raises(InputError, match="`looks` must be 100 at most"):
        design(baseline=0.3, effect=0.03, looks=500)


def test_reach_dilutes_the_effect():
    full = one(baseline=0.3, effect=0.03)
    half = one(baseline=0.3, effect=0.06, reach=0.5)
    assert half["n_per_arm"] == full["n_per_arm"]
    assert half["effect_assigned"] == pytest.approx(0.03)
    hazard = one("duration", baseline=0.3, effect=1.4, reach=0.5)
    # half of them at 1 - .7^1.4 and half at .3
    share = 0.5 * (1 - 0.7**1.4) + 0.5 * 0.3
    ratio = np.log1p(-share) / np.log(0.7)
    assert hazard["effect_assigned"] == pytest.approx(ratio)
    direct = one("duration", baseline=0.3, effect=float(ratio))
    assert hazard["n_per_arm"] == direct["n_per_arm"]


def test_whole_clusters_multiply_n_by_their_design_effect():
    row = one(baseline=0.3, effect=0.03, icc=0.02, cluster_size=40, cluster_cv=0.5)
    effect = 1 + ((0.25 + 1) * 40 - 1) * 0.02
    assert row["design_effect"] == pytest.approx(effect)
    k = row["clusters_per_arm"]
    assert k == int(k)
    assert row["freedom"] == 2 * k - 2

    def power(many):  # by t with as many degrees of freedom
        se = np.sqrt((0.21 + 0.33 * 0.67) * effect / (40 * many))
        df = 2 * many - 2
        return stats.nct.sf(stats.t.isf(0.025, df), df, 0.03 / se)

    assert power(k) == pytest.approx(row["power"], abs=1e-6)
    assert power(k - 1) < 0.8 <= power(k)


def test_a_fixed_number_of_clusters_sets_their_size():
    row = one(baseline=0.3, effect=0.05, icc=0.02, clusters=120)
    assert row["clusters_per_arm"] == 60
    assert row["cluster_size"] == pytest.approx(row["n_per_arm"] / 60)
    assert row["power"] >= 0.8
    known = one(baseline=0.3, effect=0.05, icc=0.02, clusters=120, cluster_size=row["cluster_size"])
    assert known["power"] == pytest.approx(row["power"])
    with pytest.raises(InputError, match=r"No number of units .* leave it at 70% at most"):
        design(baseline=0.3, effect=0.03, icc=0.02, clusters=120)
    assert not design(baseline=0.3, n_per_arm=400, icc=0.02, clusters=4).frame.isna()["effect"][0]


def test_units_within_clusters_save_what_lies_between():
    row = one(baseline=0.3, effect=0.03, icc=0.1, randomized="units")
    assert row["n_per_arm"] == np.ceil(0.9 * 3759.6 - 0.5)
    assert row["design_effect"] == 0.9


def test_three_clusters_are_too_few_to_be_sure_of_anything():
    result = design(baseline=0.3, n_per_arm=3000, effect=0.05, icc=0.02, clusters=6)
    assert "Only 3 clusters an arm" in result.diagnostics[0]
    assert "4 degrees of freedom" in result.diagnostics[0]
    assert result.frame["power"][0] < 0.3
    with pytest.raises(InputError, match=r"fewer than two: .* Take at least 4"):
        design(baseline=0.3, effect=0.05, icc=0.02, clusters=3)


def test_how_long_it_takes():
    row = one(baseline=0.3, effect=0.03, per_month=1880, window_days=91)
    assert row["months"] == pytest.approx(4 + 91 / 365.25 * 12)
    assert row["weeks"] == pytest.approx(row["months"] * 365.25 / 84)
    back = one(baseline=0.3, effect=0.03, weeks=row["weeks"], per_month=1880, window_days=91)
    assert back["n_per_arm"] == 3760
    with pytest.raises(InputError, match="over before the first outcome is known"):
        design(baseline=0.3, weeks=12, per_month=1000, window_days=90)
    with pytest.raises(InputError, match="`weeks` needs `per_month`"):
        design(baseline=0.3, weeks=12)
    never = design(baseline=0.3, effect=0.03, per_month=0)
    assert "never ends" in " ".join(never.diagnostics)
    assert "over so long a time" in " ".join(
        design(baseline=0.3, effect=0.03, per_month=200).diagnostics
    )


# assurance ------------------------------------------------------------------------------------


def test_assurance_agrees_with_its_closed_form():
    """O'Hagan, Stevens & Campbell 2005: known variance, one normal prior."""
    row = one("nps", effect=8, n_per_arm=400, prior_mean=6, prior_sd=5, variance=0.6)
    se = 100 * np.sqrt(2 * 0.6 / 400)
    total = np.hypot(se, 5)
    assert row["assurance"] == pytest.approx(stats.norm.sf((1.959964 * se - 6) / total), abs=1e-6)
    assert row["probability_adopt"] == pytest.approx(
        stats.norm.sf((1.644854 * se - 6) / total), abs=1e-6
    )
    paying = one(
        "nps",
        effect=8,
        n_per_arm=400,
        prior_mean=6,
        prior_sd=5,
        variance=0.6,
        worthwhile=4,
        adopt_probability=0.9,
    )
    assert paying["probability_adopt"] == pytest.approx(
        stats.norm.sf((1.281552 * se - 2) / total), abs=1e-6
    )


def test_assurance_is_the_power_where_the_effect_is_nearly_sure():
    row = one(baseline=0.3, effect=0.03, prior_sd=1e-6)
    assert row["assurance"] == pytest.approx(row["power"], abs=1e-4)


def test_assurance_of_less_is_that_of_more_turned_round():
    less = one("nps", effect=-8, n_per_arm=400, prior_sd=5)
    more = one("nps", effect=8, n_per_arm=400, prior_sd=5)
    assert less["assurance"] == pytest.approx(more["assurance"], abs=1e-9)
    assert less["probability_adopt"] == pytest.approx(more["probability_adopt"], abs=1e-9)
    slower = one("duration", baseline=0.3, effect=1 / 1.3, n_per_arm=500, prior_sd=0.1)
    faster = one("duration", baseline=0.3, effect=1.3, n_per_arm=500, prior_sd=0.1)
    assert 0.3 < slower["assurance"] < faster["assurance"] < 0.9
    spent = one("amount", sd=60, effect=3, n_per_arm=4000, prior_sd=2)
    se = 60 * np.sqrt(2 / 4000)
    assert spent["assurance"] == pytest.approx(
        stats.norm.sf((1.96 * se - 3) / np.hypot(se, 2)), abs=1e-4
    )


def test_a_prior_on_what_cannot_be_is_said():
    result = design(baseline=0.05, effect=0.03, prior_sd=0.1)
    assert "effects that there cannot be" in " ".join(result.diagnostics)
    assert Prior(0.0, 1.0).outside((-1.96, 1.96)) == pytest.approx(0.05, abs=1e-4)
    assert Prior(1.0, 0.1, ratio=True).outside((0.0, np.inf)) == 0
    hopeful = design(baseline=0.3, effect=0.03, prior_mean=0.01, prior_sd=0.01)
    assert "over what is believed" in " ".join(hopeful.diagnostics)


# the edges ------------------------------------------------------------------------------------


def test_the_edges_hold():
    least = one(baseline=0.5, effect=0.499)
    assert 2 <= least["n_per_arm"] < 10
    assert least["power_exact"] < least["power"]
    huge = one(baseline=0.3, effect=1e-5)
    assert huge["n_per_arm"] == pytest.approx(3.3e10, rel=0.01)
    assert np.isnan(huge["power_exact"])
    rare = one(baseline=1e-6, effect=1e-6)
    assert rare["n_per_arm"] > 1e7
    two = one("amount", sd=1, effect=0.1, n_per_arm=2)
    assert 0.025 < two["power"] < 0.05
    sure = one("amount", sd=1, effect=500.0, n_per_arm=2)
    assert sure["power"] == 1
    assert one("amount", sd=1, effect=50.0, n_per_arm=10_000)["power"] == 1
    assert one("nps", effect=50, n_per_arm=10**6, looks=3)["power"] == pytest.approx(1)
    assert one("duration", baseline=0.999, effect=2)["n_per_arm"] > 10
    assert one("duration", baseline=0.001, effect=2)["events_treatment"] > 10
    assert one(baseline=0.3, effect=0.05, ratio=1.1, n_per_arm=10)["n_treatment"] == 11
    frame = design(baseline=pd.Series([0.2, 0.3]), effect=np.array([0.03, 0.05])).frame
    assert len(frame) == 4


# inverses -------------------------------------------------------------------------------------

QUESTIONS = [
    ("proportion", {"baseline": 0.3}, 0.04),
    ("proportion", {"baseline": 0.3, "alternative": "smaller"}, -0.04),
    ("proportion", {"baseline": 0.3, "reach": 0.7, "ratio": 0.5, "arms": 3}, 0.05),
    ("proportion", {"baseline": 0.3, "looks": 3, "spending": "pocock"}, 0.05),
    ("nps", {}, 6.0),
    ("amount", {"sd": 60, "r_squared": 0.2}, 5.0),
    ("amount", {"sd": 60, "icc": 0.05, "cluster_size": 30}, 8.0),
    ("duration", {"baseline": 0.3, "censoring": 0.1}, 1.25),
    ("duration", {"baseline": 0.3, "reach": 0.6, "alternative": "smaller"}, 0.6),
    ("restricted_mean", {"baseline": 0.3, "window_days": 90}, 2.5),
]


@pytest.mark.parametrize(("kind", "given", "effect"), QUESTIONS)
def test_each_of_three_is_solved_from_the_other_two(kind, given, effect):
    n = one(kind, effect=effect, power=0.9, **given)["n_per_arm"]
    there = one(kind, effect=effect, n_per_arm=n, **given)
    assert there["power"] == pytest.approx(0.9, abs=0.01)
    assert there["power"] >= 0.9
    back = one(kind, n_per_arm=n, power=float(there["power"]), **given)
    assert back["effect"] == pytest.approx(effect, rel=1e-5)


def test_several_questions_are_asked_at_once():
    frame = design(baseline=[0.2, 0.3], effect=[0.03, 0.05], power=[0.8, 0.9]).frame
    assert len(frame) == 8
    assert (frame.groupby(["baseline", "effect"])["n_per_arm"].diff().dropna() > 0).all()
    curve = design(baseline=0.3, n_per_arm=[100, 1000, 10_000]).frame["effect"]
    assert (np.diff(curve) < 0).all()


# non-inferiority ------------------------------------------------------------------------------


def test_not_worse_is_one_side_of_an_interval():
    row = one(baseline=0.3, margin=0.03)
    assert row["effect"] == 0
    z = special.ndtri(0.975) + special.ndtri(0.8)
    assert row["n_per_arm"] == np.ceil(z**2 * 2 * 0.21 / 0.03**2)
    better = one(baseline=0.3, margin=0.03, effect=0.01)
    worse = one(baseline=0.3, margin=0.03, effect=-0.01)
    assert better["n_per_arm"] < row["n_per_arm"] < worse["n_per_arm"]
    lower = one(baseline=0.3, margin=0.03, effect=0.01, alternative="smaller", alpha=0.025)
    assert lower["n_per_arm"] > row["n_per_arm"]
    hazard = one("duration", baseline=0.3, margin=0.9)
    mirrored = one("duration", baseline=0.3, margin=1 / 0.9, alternative="smaller", alpha=0.025)
    assert hazard["n_per_arm"] == mirrored["n_per_arm"]
    assert hazard["effect"] == 1


# what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "`baseline` is needed"),
        ({"baseline": 0.3}, "Give `effect` to ask for n"),
        ({"baseline": 0.3, "effect": 0}, "`effect` is 0, which is none"),
        ({"baseline": 0.97, "effect": 0.05}, "gives a share of 1.02"),
        ({"baseline": 0.02, "effect": -0.05}, "gives a share of -0.03"),
        ({"baseline": 0.3, "effect": 3}, "For 3 percentage points, write 0.03"),
        ({"baseline": 30, "effect": 3}, "For 30 %, write baseline=0.30"),
        ({"baseline": 0.4, "effect": -0.05, "alternative": "larger"}, "the wrong side"),
        ({"baseline": 0.4, "effect": 0.05, "alternative": "smaller"}, "the wrong side"),
        ({"baseline": 0.4, "effect": 0.05, "alternative": "greater"}, "`alternative` must be one"),
        ({"baseline": 0.3, "effect": 0.03, "n_per_arm": 50, "power": 0.8}, "is the answer"),
        ({"baseline": 0.3, "effect": 0.03, "power": 0.04}, "`power` must be above alpha"),
        ({"baseline": 0.3, "effect": 0.03, "power": 80}, "`power` must be between 0 and 1"),
        ({"baseline": 0.3, "n_per_arm": 1}, "`n_per_arm` must be a whole number of at least 2"),
        ({"baseline": 0.3, "n_per_arm": 50, "weeks": 8}, "both say how many units there are"),
        ({"baseline": 0.97, "n_per_arm": 20}, "No effect on baseline=0.97 is found"),
        ({"kind": "duration", "baseline": 0.3, "reach": 0.2, "n_per_arm": 20}, "however large"),
        ({"baseline": 0.3, "effect": 0.03, "sd": 2}, "`sd` says nothing about kind='proportion'"),
        ({"baseline": 0.3, "effect": 0.03, "censoring": 0.1}, "`censoring` says nothing about"),
        ({"baseline": 0.3, "effect": 0.03, "reach": 0}, "`reach` must be a share above 0"),
        ({"baseline": 0.3, "effect": 0.03, "r_squared": 1}, "`r_squared` must be a share from 0"),
        ({"baseline": 0.3, "effect": 0.03, "cluster_size": 20}, "`icc` is needed beside clusters"),
        ({"baseline": 0.3, "effect": 0.03, "icc": 0.02}, "Whole clusters need `cluster_size`"),
        ({"baseline": 0.3, "margin": 3}, "For 3 percentage points, write 0.03"),
        ({"baseline": 0.3, "margin": 0}, "`margin` must be above 0"),
        ({"baseline": 0.3, "margin": 0.02, "effect": -0.05}, "already beyond the `margin`"),
        ({"baseline": 0.3, "effect": 0.03, "prior_mean": 0.02}, "`prior_sd` is needed beside"),
        ({"baseline": 0.3, "n_per_arm": 500, "prior_sd": 0.02}, "`prior_mean` is needed where"),
        ({"kind": "amount", "effect": 3}, "either `sd`"),
        ({"kind": "amount", "effect": 3, "cv": 2}, "`cv` is of the mean"),
        ({"kind": "amount", "effect": 3, "sd": 0}, "`sd` must be above 0"),
        ({"kind": "nps", "effect": 5, "baseline": 97}, "takes the treated mean out of -100 to 100"),
        ({"kind": "nps", "effect": 5, "baseline": 50, "variance": 0.9}, "between 0.25 and 0.75"),
        ({"kind": "duration", "baseline": 0.3, "effect": 1}, "`effect` is 1, which is none"),
        ({"kind": "duration", "baseline": 0.3, "effect": -0.2}, "hazard ratio above 0"),
        ({"kind": "duration", "baseline": 0.3, "margin": 1.2}, "Write margin=0.9"),
        ({"kind": "restricted_mean", "baseline": 0.3, "effect": -3}, "needs `window_days`"),
        (
            {"kind": "restricted_mean", "baseline": 0.3, "effect": 30, "window_days": 90},
            "must be between -75.7 and 14.3",
        ),
        ({"kind": "share", "effect": 5}, "`kind` must be one of"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_remedy(given, said):
    with pytest.raises(InputError) as refused:
        design(**given)
    assert said in str(refused.value)


# what is said ---------------------------------------------------------------------------------


def test_the_doubts_say_what_matters():
    wishful = design(baseline=0.3, effect=0.10)
    assert "33% of the baseline" in wishful.diagnostics[0]
    assert "the power would be 30%" in wishful.diagnostics[0]
    weak = design(baseline=0.3, effect=0.03, n_per_arm=300)
    assert "overstate it 3.1 times" in " ".join(weak.diagnostics)
    few = design("nps", n_per_arm=100)
    assert "smaller effects will mostly go unseen" in few.diagnostics[0]
    assert "assumed to be 0.67" in few.diagnostics[-1]
    tails = design("amount", baseline=10, sd=80, effect=1)
    assert "8.0 times the mean" in " ".join(tails.diagnostics)
    reach = design(baseline=0.3, effect=0.05, reach=0.5)
    assert "about 4.0 times" in " ".join(reach.diagnostics)
    stores = design(baseline=0.3, effect=0.03, icc=0.02, cluster_size=40)
    assert "one by one within clusters" in " ".join(stores.diagnostics)
    unpaid = design(baseline=0.3, effect=0.03, worthwhile=0.05)
    assert "An effect of 0.03 does not pay" in unpaid.diagnostics[0]
    assert not design(baseline=0.3, effect=0.03, worthwhile=0.02).diagnostics
    assert not design(baseline=0.3, effect=-0.03, worthwhile=-0.02).diagnostics
    assert "does not pay" in design(baseline=0.3, effect=-0.03, worthwhile=-0.04).diagnostics[0]
    assert not design(baseline=0.3, effect=0.03).diagnostics


def test_overstatement_is_that_of_a_simulation():
    from npsstats.experiments.power.doubts import exaggeration

    z = np.random.default_rng(1).normal(1.2, 1, 400_000)
    assert exaggeration(1.2, 1.96) == pytest.approx(z[z > 1.96].mean() / 1.2, rel=5e-3)


def test_a_design_reads_as_a_sentence():
    result = design(baseline=0.3, effect=0.03, per_month=1880, window_days=91)
    assert result.headline() == (
        "3,760 units an arm (7,520 in all, 30 weeks) find 0.3 → 0.33 with a power of 80.0%."
    )
    assert "3760" in repr(result)
    assert "nan" not in repr(result).lower()
    assert "controls and" in design("nps", effect=5, ratio=2).headline()
    assert "no worse than the margin (3)" in design("nps", margin=3).headline()
