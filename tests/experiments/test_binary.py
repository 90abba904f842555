"""Binary outcomes against R and statsmodels, their signs, and arms of one kind."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from npsstats import InputError
from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.binary import binary, covariates, differences, ratios
from npsstats.experiments.binary.betas import BetaPair
from npsstats.experiments.binary.pairs import Pairs
from npsstats.experiments.binary.standardized import separated, standardize

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "binary.csv", comment="#")
CELLS = pd.read_csv(HERE / "binary_cells.csv", comment="#")
STANDARDIZED = pd.read_csv(HERE / "binary_standardized.csv", comment="#").set_index("model")
COUNTS = ["events_treatment", "n_treatment", "events_control", "n_control"]
PAIRS = Pairs(*(GOLDEN[name].to_numpy(float) for name in COUNTS))
LIMITS = {
    "mn": differences.miettinen_nurminen,
    "newcombe": differences.newcombe,
    "mover": ratios.mover_ratio,
    "log": ratios.log_ratio,
    "odds": ratios.odds_score,
}


def moments(*arms, **keys):
    """Return moments of `y` in arms given as (name, events, units)."""
    values = np.concatenate([np.repeat([1.0, 0.0], [x, n - x]) for _, x, n in arms])
    labels = np.repeat([name for name, _, _ in arms], [n for *_, n in arms])
    return ArmMoments.from_values({"y": values}, {"arm": labels} | keys)


def units(cells):
    """Return moments of `bought` from the golden cells, by arm, tier and visits."""
    y = np.concatenate(
        [np.repeat([1.0, 0.0], [r.bought, r.n - r.bought]) for r in cells.itertuples()]
    )
    keys = cells.loc[cells.index.repeat(cells.n), ["treated", "tier", "visits"]]
    keys = keys.reset_index(drop=True).rename(columns={"treated": "arm"})
    keys["arm"] = np.where(keys["arm"] == 1, "called", "ignored")
    return ArmMoments.from_values({"bought": y}, keys)


@pytest.mark.parametrize("name", LIMITS)
def test_limits_agree_with_r(name):
    found = LIMITS[name](PAIRS, 0.95)
    for side, got in (("lower", found.lower), ("upper", found.upper)):
        wanted = GOLDEN[f"{name}_{side}"].to_numpy()
        seen = ~np.isnan(wanted)
        assert seen.sum() >= 9
        assert got[seen] == pytest.approx(wanted[seen], rel=1e-6, abs=1e-7), side


def test_without_its_correction_the_score_interval_is_mees():
    found = differences.miettinen_nurminen(PAIRS, 0.95, corrected=False)
    seen = GOLDEN["mee_lower"].notna().to_numpy()
    assert found.lower[seen] == pytest.approx(GOLDEN["mee_lower"][seen].to_numpy(), abs=2e-5)
    assert found.upper[seen] == pytest.approx(GOLDEN["mee_upper"][seen].to_numpy(), abs=2e-5)
    pearson = differences.score_p_value(PAIRS, corrected=False)
    wanted = GOLDEN["pearson_p"].fillna(1).to_numpy()  # two arms without events: no difference
    assert pearson == pytest.approx(wanted, rel=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")  # statsmodels' own, at an odds ratio of 1
def test_limits_agree_with_statsmodels():
    rng = np.random.default_rng(3)
    n, m = rng.integers(5, 3000, (2, 40))
    pairs = Pairs(*(x.astype(float) for x in (rng.binomial(n, 0.1), n, rng.binomial(m, 0.12), m)))
    pairs = Pairs(*(part[(pairs[0] > 0) & (pairs[2] > 0)] for part in pairs))
    for by, method, compare in (
        (differences.newcombe, "newcomb", "diff"),
        (differences.wald, "wald", "diff"),
        (ratios.log_ratio, "log", "ratio"),
        (ratios.odds_score, "score", "odds-ratio"),
    ):
        wanted = [
            confint_proportions_2indep(*row, method, compare) for row in zip(*pairs, strict=True)
        ]
        assert np.stack(by(pairs, 0.95), axis=1) == pytest.approx(np.array(wanted), rel=1e-8)


def test_the_interval_leaves_out_zero_just_when_p_is_small():
    lower, upper = differences.miettinen_nurminen(PAIRS, 0.95)
    small = differences.score_p_value(PAIRS) < 0.05
    assert ((lower > 0) | (upper < 0)).tolist() == small.tolist()
    low, high = ratios.odds_score(PAIRS, 0.95)
    assert ((low > 1) | (high < 1)).tolist() == small.tolist()


@pytest.mark.parametrize("name", ["mn", "newcombe"])
def test_exchanging_the_arms_turns_a_difference(name):
    back = Pairs(PAIRS[2], PAIRS[3], PAIRS[0], PAIRS[1])
    there, turned = LIMITS[name](PAIRS, 0.9), LIMITS[name](back, 0.9)
    assert there.lower == pytest.approx(-turned.upper, abs=1e-8)


@pytest.mark.parametrize("name", ["mover", "odds"])
def test_exchanging_the_arms_inverts_a_ratio(name):
    back = Pairs(PAIRS[2], PAIRS[3], PAIRS[0], PAIRS[1])
    there, turned = LIMITS[name](PAIRS, 0.9), LIMITS[name](back, 0.9)
    with np.errstate(divide="ignore"):
        assert there.lower == pytest.approx(1 / turned.upper, rel=1e-6)


def test_posteriors_agree_with_r():
    pair = BetaPair.of(PAIRS)
    assert pair.greater() == pytest.approx(GOLDEN["greater"].to_numpy(), abs=1e-7)
    assert pair.ratio_above(1.0) == pytest.approx(GOLDEN["greater"].to_numpy(), abs=1e-7)
    seen = GOLDEN["bayes_lower"].notna().to_numpy()
    apart, ratio = pair.difference_limits(0.95), pair.ratio_limits(0.95)
    for side in ("lower", "upper"):
        wanted = GOLDEN[f"bayes_{side}"].to_numpy()[seen]
        # with three units in an arm the law has a corner that neither quadrature likes
        assert getattr(apart, side)[seen] == pytest.approx(wanted, abs=2e-5)
        wanted = GOLDEN[f"ratio_{side}"].to_numpy()[seen]
        assert getattr(ratio, side)[seen] == pytest.approx(wanted, rel=1e-5)


def test_posteriors_agree_with_draws():
    counts = np.array([(3.0, 40), (10, 10), (0, 12), (400, 9000)]).T
    others = np.array([(9.0, 50), (0, 20), (0, 30), (350, 9000)]).T
    pair = BetaPair.of_counts(*counts, *others, prior=(1, 1))
    rng = np.random.default_rng(8)
    size = (400_000, 4)
    p = rng.beta(counts[0] + 1, counts[1] - counts[0] + 1, size)
    q = rng.beta(others[0] + 1, others[1] - others[0] + 1, size)
    assert pair.greater(0.02) == pytest.approx((p - q > 0.02).mean(axis=0), abs=0.004)
    assert pair.ratio_above(1.5) == pytest.approx((p / q > 1.5).mean(axis=0), abs=0.004)
    assert pair.excess(0.01) == pytest.approx(np.maximum(p - q - 0.01, 0).mean(axis=0), rel=0.02)
    lower, upper = pair.ratio_limits(0.9)
    assert lower == pytest.approx(np.quantile(p / q, 0.05, axis=0), rel=0.02)
    assert upper == pytest.approx(np.quantile(p / q, 0.95, axis=0), rel=0.02)
    mean, sd = pair.log_ratio_moments()
    assert mean == pytest.approx(np.log(p / q).mean(axis=0), abs=0.01)
    assert sd == pytest.approx(np.log(p / q).std(axis=0), rel=0.02)


@pytest.mark.twin
def test_the_posterior_agrees_with_pymc():
    import pymc as pm

    with pm.Model():
        share = pm.Beta("share", 0.5, 0.5, shape=2)
        pm.Binomial("y", n=[60, 45], p=share, observed=[4, 9])
        drawn = (
            pm.sample(1500, tune=500, chains=2, cores=2, random_seed=2, progressbar=False)
            .posterior["share"]
            .to_numpy()
        )
    apart = drawn[..., 0] - drawn[..., 1]
    pair = BetaPair.of_counts(*(np.array([x]) for x in (4.0, 60.0, 9.0, 45.0)))
    assert pair.greater()[0] == pytest.approx((apart > 0).mean(), abs=0.01)
    lower, upper = pair.difference_limits(0.95)
    assert [lower[0], upper[0]] == pytest.approx(np.quantile(apart, [0.025, 0.975]), abs=0.01)


MODELS = {
    "none": ((), (), False),
    "additive": (("tier", "visits"), ("visits",), False),
    "interacted": (("tier", "visits"), ("visits",), True),
    "tier": (("tier",), (), True),
}


@pytest.mark.parametrize("name", MODELS)
def test_standardized_shares_agree_with_r(name):
    names, linear, interaction = MODELS[name]
    cells = covariates.grouped(units(CELLS), "bought", ("ignored", "called"), names, linear)
    found = standardize(cells, interaction=interaction)
    wanted = STANDARDIZED.loc[name]
    assert found.shares == pytest.approx(wanted[["control", "treatment"]].to_numpy(float), abs=1e-8)
    assert found.difference == pytest.approx((wanted.difference, wanted.difference_se), abs=1e-8)
    assert found.log_ratio == pytest.approx((wanted.log_ratio, wanted.log_ratio_se), abs=1e-8)
    # resampled units vary as much as is claimed
    assert found.difference[1] == pytest.approx(wanted.bootstrap_difference_se, rel=0.06)
    assert found.log_ratio[1] == pytest.approx(wanted.bootstrap_log_ratio_se, rel=0.06)


def test_without_covariates_standardizing_is_wald():
    cells = covariates.grouped(units(CELLS), "bought", ("ignored", "called"), (), ())
    frame = binary(units(CELLS), "bought", control="ignored").frame
    wald = frame[frame.method == "Wald"].iloc[0]
    found = standardize(cells, interaction=False).difference
    assert found == pytest.approx((wald.estimate, wald.std_error), rel=1e-9)


def test_with_one_covariate_and_interaction_standardizing_is_post_stratification():
    whole = units(CELLS)
    cells = covariates.grouped(whole, "bought", ("ignored", "called"), ("tier",), ())
    by = whole.by("arm", "tier").frame.pivot_table(
        index="tier", columns="arm", values=["n", "bought"]
    )
    size = by["n"].sum(axis=1) / by["n"].to_numpy().sum()
    apart = ((by["bought"]["called"] - by["bought"]["ignored"]) * size).sum()
    assert standardize(cells, interaction=True).difference[0] == pytest.approx(apart, abs=1e-9)


def test_adjusting_recovers_the_truth_and_is_more_precise():
    rng = np.random.default_rng(3)
    prognosis = np.repeat(np.arange(3), 200)
    share = np.array([0.1, 0.4, 0.8])
    effect = 0.08
    plain, found = [], []
    for _ in range(300):
        treated = rng.permutation(np.tile([0.0, 1.0], 300))
        y = rng.random(600) < share[prognosis] + effect * treated
        values = pd.DataFrame({"t": treated, "x": prognosis, "y": y}).groupby(["t", "x"])["y"]
        table = values.agg(["size", "sum"]).reset_index()
        design = np.stack([table["x"] == 1, table["x"] == 2], axis=1).astype(float)
        numbers = (table["size"].to_numpy(float), table["sum"].to_numpy(float))
        cells = covariates.Grouped(table["t"].to_numpy(), design, *numbers, [], [])
        found.append(standardize(cells, interaction=False).difference)
        plain.append(y[treated == 1].mean() - y[treated == 0].mean())
    estimate, se = np.array(found).T
    assert estimate.mean() == pytest.approx(effect, abs=4 * estimate.std() / np.sqrt(300))
    assert 0.92 <= (np.abs(estimate - effect) < 1.96 * se).mean() <= 0.98
    assert estimate.std() < 0.9 * np.std(plain)
    assert se.mean() == pytest.approx(estimate.std(), rel=0.12)


def test_separation_is_found_where_it_is():
    cells = CELLS.copy()
    cells.loc[(cells.tier == "gold") & (cells.treated == 1), "bought"] = 0
    whole = units(cells)
    grouped = covariates.grouped(whole, "bought", ("ignored", "called"), ("tier",), ())
    assert not separated(grouped, interaction=False).any()
    found = separated(grouped, interaction=True)
    assert np.array(grouped.labels)[found].tolist() == ["called · gold"]
    effects = binary(whole, "bought", control="ignored", covariates=["tier"], interaction=True)
    assert any("separates: in 'called · gold'" in said for said in effects.diagnostics)
    row = effects.row("risk difference", "standardized logistic")
    by = whole.by("arm", "tier").frame.pivot_table(
        index="tier", columns="arm", values=["n", "bought"]
    )
    size = by["n"].sum(axis=1) / by["n"].to_numpy().sum()
    apart = ((by["bought"]["called"] - by["bought"]["ignored"]) * size).sum()
    assert row.estimate == pytest.approx(apart, abs=1e-6)
    assert np.isfinite(row.std_error)
    assert row.std_error > 0


def test_a_level_in_one_arm_only_is_not_made_up():
    cells = CELLS[~((CELLS.tier == "gold") & (CELLS.treated == 0))].reset_index(drop=True)
    told = {"control": "ignored", "covariates": ["tier"]}
    effects = binary(units(cells), "bought", interaction=True, **told)
    assert "standardized logistic" not in set(effects.frame.method)
    assert any("not determined by the data" in said for said in effects.diagnostics)
    assert "standardized logistic" in set(binary(units(cells), "bought", **told).frame.method)


def test_hillstrom(shared_data):
    data = pd.read_csv(shared_data / "hillstrom" / "hillstrom_emails.csv")
    seen = ArmMoments.from_values(
        {"visit": data["visit"], "conversion": data["conversion"]}, {"arm": data["segment"]}
    )
    told = {"control": "No E-Mail", "treatment": "Mens E-Mail", "method": "wald"}
    visit = binary(seen, "visit", **told).frame.iloc[0]
    assert [visit.estimate, visit.lower, visit.upper] == pytest.approx(
        [0.0765896, 0.0699532, 0.083226], abs=5e-7
    )
    conversion = binary(seen, "conversion", **told).frame.iloc[0]
    assert [conversion.estimate, conversion.lower, conversion.upper] == pytest.approx(
        [0.006805, 0.0050001, 0.0086099], abs=5e-7
    )
    assert 0 < visit.p_value < 1e-100


def test_arms_without_events():
    both = binary(moments(("a", 0, 40), ("b", 0, 50)), "y", control="a")
    first = both.frame.iloc[0]
    assert first.method == "Miettinen–Nurminen"
    assert first.lower < 0 < first.upper
    assert first.p_value == 1
    assert np.isnan(both.row("risk ratio", "MOVER-R").estimate)
    assert both.row("risk ratio", "MOVER-R").upper == np.inf
    assert np.isnan(both.row("risk difference", "Wald").p_value)
    assert 0.3 < both.row("risk ratio", "Beta posterior").probability < 0.7
    assert sum("has no events" in said for said in both.diagnostics) == 2
    one = binary(moments(("a", 0, 400), ("b", 30, 400)), "y", control="a")
    ratio = one.row("risk ratio", "MOVER-R")
    assert ratio.estimate == ratio.upper == np.inf
    assert 1 < ratio.lower < np.inf
    assert np.isnan(one.row("risk ratio", "log").lower)
    assert one.row("risk difference", "Beta posterior").probability > 0.999


def test_a_ratio_carries_the_noise_of_the_control():
    small = binary(moments(("a", 30, 100), ("b", 3600, 10_000)), "y", control="a")
    apart = small.frame.iloc[0]
    ratio = small.row("risk ratio", "MOVER-R")
    divided = (apart.upper - apart.lower) / 0.3
    assert ratio.upper - ratio.lower > 1.15 * divided


def test_number_needed():
    sure = binary(moments(("a", 300, 1000), ("b", 400, 1000)), "y", control="a")
    row = sure.row("number needed")
    assert row.estimate == pytest.approx(10)
    first = sure.frame.iloc[0]
    assert [row.lower, row.upper] == pytest.approx([1 / first.upper, 1 / first.lower])
    avoided = binary(moments(("a", 400, 1000), ("b", 300, 1000)), "y", control="a", better="lower")
    assert avoided.row("number needed").estimate == pytest.approx(10)
    unsure = binary(moments(("a", 30, 100), ("b", 35, 100)), "y", control="a")
    assert np.isnan(unsure.row("number needed").lower)
    lower, upper = unsure.frame.iloc[0][["lower", "upper"]]
    words = f"from {1 / upper:.1f} treated for one event gained up to infinity, or from "
    assert any(words in said for said in unsure.diagnostics)
    assert any(f"{-1 / lower:,.0f} treated for one event lost" in s for s in unsure.diagnostics)


def test_several_arms():
    three = moments(("a", 300, 1000), ("b", 352, 1000), ("c", 300, 1000))
    effects = binary(three, "y", control="a")
    assert effects.frame["arm"].drop_duplicates().tolist() == ["b", "c"]
    b, c = (effects.frame[effects.frame.arm == arm].iloc[0] for arm in "bc")
    assert effects.diagnostics[-1].endswith(f"'b' {2 * b.p_value:.3f}, 'c' {c.p_value:.3f}.")
    alone = binary(three, "y", control="a", treatment="b")
    assert alone.frame["lower"].tolist() == pytest.approx(
        effects.frame.loc[effects.frame.arm == "b", "lower"].tolist(), nan_ok=True
    )
    assert alone.frame["arm"].unique().tolist() == ["b"]


def test_what_to_doubt():
    edge = binary(moments(("a", 20, 100), ("b", 33, 100)), "y", control="a", method="wald")
    assert edge.frame["method"].iloc[0] == "Wald"
    far = binary(moments(("a", 1, 8), ("b", 4, 9)), "y", control="a", prior=(20, 20))
    assert any("more than a quarter of their width" in said for said in far.diagnostics)
    split = binary(
        moments(("a", 2, 12), ("b", 7, 12)), "y", control="a", method="wald", prior=(5, 5)
    )
    assert any("the evidence is at the edge" in said for said in split.diagnostics)
    y = np.array([1, 0, np.nan, 1, 0, 1.0] * 4)
    keys = {"arm": ["a", "b"] * 12, "cluster": list("uvw") * 8}
    holes = binary(ArmMoments.from_values({"y": y}, keys), "y", control="a")
    assert "are left out ('a' 33.3%, 'b' 0.0%)" in holes.diagnostics[0]
    assert "independent" in holes.diagnostics[1]


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"control": "z"}, "`control` must be one of 'a', 'b', got 'z'"),
        ({"control": "a", "treatment": "a"}, "are both 'a'"),
        ({"control": "a", "covariates": ["tier"]}, "keys of the cells beside 'arm' \\(none\\)"),
        ({"control": "a", "covariates": ["y"]}, "'y' is measured, not a key"),
        ({"control": "a", "covariates": "tier"}, "must be lists of names"),
        ({"control": "a", "prior": (0, 1)}, "`prior` must be two numbers of at least 0.1"),
        ({"control": "a", "method": "exact"}, "`method` must be one of"),
        ({"control": "a", "level": 95}, "`level` must be between 0 and 1"),
    ],
)
def test_errors(told, text):
    with pytest.raises(InputError, match=text):
        binary(moments(("a", 3, 9), ("b", 4, 9)), "y", **told)


def test_errors_of_the_data():
    with pytest.raises(InputError, match="is the only arm"):
        binary(moments(("a", 3, 9)), "y", control="a")
    none = ArmMoments.from_values({"y": [1, 0, np.nan]}, {"arm": ["a", "a", "b"]})
    with pytest.raises(InputError, match="Arm 'b' has no units with a value of 'y'"):
        binary(none, "y", control="a")
    two = ArmMoments.from_values({"y": [1, 2, 3.0]}, {"arm": ["a", "a", "b"]})
    with pytest.raises(InputError, match="is not 0 or 1"):
        binary(two, "y", control="a")
    text = {"arm": ["a", "a", "b", "b"], "tier": ["x", "1", "1", "2"]}
    words = ArmMoments.from_values({"y": [1, 0, 1, 0]}, text)
    with pytest.raises(InputError, match="its label 'x' is no number"):
        binary(words, "y", control="a", covariates=["tier"], linear=["tier"])
