"""Subgroups shrunk together: against metafor, brute force, known truth, and the traps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.effects import COLUMNS
from npsstats.experiments.heterogeneity import subgroups
from npsstats.experiments.heterogeneity.additive import fit_additive
from npsstats.experiments.heterogeneity.cells import effect_cells
from npsstats.experiments.heterogeneity.interaction import given_the_others, holm, of_one_key
from npsstats.experiments.heterogeneity.mixture import NormalMixture

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "subgroups.csv", comment="#")
EFFECT = np.array([31, 95, 12, 68, 121, -22, 55, 40, 17, 133, -8, 71]) / 1000
VARIANCE = np.array([4, 9, 2, 7, 11, 5, 3, 8, 6, 10, 2, 4]) / 1e4
CODES = [np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)]


def trial(n, rates, seed=0, share=0.5):
    """Return moments of `bought` by arm and tier: tier → (rate ignored, rate called)."""
    rng = np.random.default_rng(seed)
    tier = rng.choice(list(rates), n)
    called = rng.random(n) < share
    rate = np.array([rates[t][int(c)] for t, c in zip(tier, called, strict=True)])
    bought = (rng.random(n) < rate).astype(float)
    arm = np.where(called, "called", "ignored")
    return ArmMoments.from_values({"bought": bought}, {"arm": arm, "tier": tier})


def counted(table):
    """Return moments from (tier, arm) → (events, n)."""
    values, arms, tiers = [], [], []
    for (tier, arm), (events, n) in table.items():
        values += [1.0] * events + [0.0] * (n - events)
        arms += [arm] * n
        tiers += [tier] * n
    return ArmMoments.from_values({"bought": values}, {"arm": arms, "tier": tiers})


def read(moments, **options):
    options = {"control": "ignored", "by": ["tier"], "declared": ["tier"]} | options
    return subgroups(moments, "bought", **options)


@pytest.mark.parametrize("row", range(5))
def test_interaction_tests_agree_with_metafor(row):
    golden = GOLDEN.iloc[row]
    pooled = [np.array([np.average(EFFECT[c == g], weights=1 / VARIANCE[c == g])
                        for g in range(c.max() + 1)]) for c in CODES]  # fmt: skip
    summed = [np.array([1 / (1 / VARIANCE[c == g]).sum() for g in range(c.max() + 1)])
              for c in CODES]  # fmt: skip
    found = [
        lambda: of_one_key(EFFECT, VARIANCE),
        lambda: of_one_key(pooled[0], summed[0]),
        lambda: of_one_key(pooled[1], summed[1]),
        lambda: given_the_others(EFFECT, VARIANCE, CODES, 0),
        lambda: given_the_others(EFFECT, VARIANCE, CODES, 1),
    ][row]()
    assert found.q == pytest.approx(golden["q"], rel=1e-9)
    assert found.df == golden["df"]
    assert found.p_value == pytest.approx(golden["p_value"], rel=1e-7)
    if not np.isnan(golden["i_squared"]):
        assert found.i_squared == pytest.approx(golden["i_squared"], rel=1e-7)


def test_holm():
    assert holm(np.array([0.04, 0.01, np.nan, 0.03])).tolist() == pytest.approx(
        [0.06, 0.03, np.nan, 0.06], nan_ok=True
    )


def test_one_key_agrees_with_an_integral_over_tau():
    tau = np.linspace(1e-6, 1.5, 40_001)
    prior = stats.t(4, scale=0.05).pdf(tau)
    total = VARIANCE + tau[:, None] ** 2
    precision = (1 / total).sum(axis=1)
    mu = (EFFECT / total).sum(axis=1) / precision
    log = -0.5 * (np.log(total).sum(axis=1) + np.log(precision))
    log -= 0.5 * ((EFFECT - mu[:, None]) ** 2 / total).sum(axis=1)
    weight = prior * np.exp(log - log.max())
    weight /= weight.sum()
    keep = VARIANCE / total
    mean = weight @ (keep * mu[:, None] + (1 - keep) * EFFECT)
    fit = fit_additive(EFFECT, VARIANCE, scale=0.05)
    assert fit.cells().mean == pytest.approx(mean, abs=4e-5)
    spread = weight @ ((1 - keep) * VARIANCE + keep**2 / precision[:, None])
    spread += weight @ (keep * mu[:, None] + (1 - keep) * EFFECT) ** 2 - mean**2
    assert fit.cells().sd == pytest.approx(np.sqrt(spread), rel=1e-3)


def test_two_keys_agree_with_importance_sampling_from_the_prior():
    rng = np.random.default_rng(1)
    scale, size = 0.05, 40_000
    tau = scale * np.abs(rng.standard_t(4, (size, 3)))
    full = np.hstack([np.ones((12, 1))] + [(c[:, None] == np.unique(c)) * 1.0 for c in CODES])
    mean, log = np.empty((size, 12)), np.empty(size)
    flat = 10.0  # sd of μ: as good as flat
    for i, (own, first, second) in enumerate(tau**2):
        signal = full @ np.diag([flat**2] + [first] * 3 + [second] * 4) @ full.T
        signal[np.diag_indices(12)] += own
        total = signal + np.diag(VARIANCE)
        solved = np.linalg.solve(total, EFFECT)
        mean[i] = signal @ solved
        log[i] = -0.5 * (np.linalg.slogdet(total)[1] + EFFECT @ solved)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    fit = fit_additive(EFFECT, VARIANCE, CODES, [3, 4], scale=scale)
    assert fit.spreads.effective > 500
    assert fit.cells().mean == pytest.approx(weight @ mean, abs=6e-4)
    assert fit.spreads.weights @ fit.spreads.tau == pytest.approx(weight @ tau, rel=0.04)


def test_contrasts_of_cells_and_of_levels_are_those_of_draws():
    fit = fit_additive(EFFECT, VARIANCE, CODES, [3, 4], scale=0.05)
    cells, each = fit.cells(), fit.of_cells(np.eye(12))
    assert each.mean == pytest.approx(cells.mean, abs=1e-12)
    assert each.sd == pytest.approx(cells.sd, abs=1e-12)
    rng = np.random.default_rng(2)
    node = rng.choice(len(fit.spreads.weights), 20_000, p=fit.spreads.weights)
    root = np.linalg.cholesky(fit.covariance + 1e-14 * np.eye(8))
    drawn = fit.centre[node] + np.einsum("nij,nj->ni", root[node], rng.normal(size=(20_000, 8)))
    levels = fit.of_levels(np.array([[1.0, 1, -0.5, -0.5, 0, 0, 0, 0]]))
    values = drawn[:, 0] + drawn[:, 1] - 0.5 * drawn[:, 2] - 0.5 * drawn[:, 3]
    assert levels.sd[0] == pytest.approx(values.std(), rel=0.03)
    assert levels.above()[0] == pytest.approx((values > 0).mean(), abs=0.01)


def test_mixture_quantiles_and_tails():
    mixture = NormalMixture(
        np.array([[0.0], [3.0]]), np.array([[1.0], [2.0]]), np.array([0.3, 0.7])
    )
    for probability in (0.025, 0.5, 0.975):
        at = mixture.quantile(probability)
        assert mixture.above(float(at[0]))[0] == pytest.approx(1 - probability, abs=1e-9)
    known = NormalMixture(np.array([[0.0, 1.0]]), np.zeros((1, 2)), np.ones(1))
    assert known.above().tolist() == [0.5, 1.0]


def test_directions():
    moments = trial(4000, {"gold": (0.2, 0.5), "new": (0.3, 0.1)})
    frame = read(moments).frame.set_index("subgroup")
    assert frame.loc["gold", "probability"] > 0.999
    assert frame.loc["gold", "p_more"] > 0.999
    assert frame.loc["new", "probability"] < 0.001
    assert frame.loc["new", "p_more"] < 0.001
    back = read(moments, control="called").frame.set_index("subgroup")
    assert back["estimate"].to_numpy() == pytest.approx(-frame["estimate"].to_numpy(), abs=1e-9)
    assert back["probability"].to_numpy() == pytest.approx(1 - frame["probability"].to_numpy())


def test_shrunken_estimates_lie_between_raw_and_average():
    result = read(trial(3000, {"a": (0.3, 0.3), "b": (0.3, 0.36), "c": (0.3, 0.5)}))
    frame = result.frame
    assert (frame["std_error"] < 1.1 * frame["raw_std_error"]).all()
    average = frame["share"] @ frame["estimate"]
    assert ((frame["raw"] - frame["estimate"]) * (frame["raw"] - average) > -1e-6).all()
    assert result.overall.estimate == pytest.approx(frame["share"] @ frame["raw"], abs=0.01)


def test_zero_events_are_not_certainty():
    moments = counted(
        {
            ("gold", "ignored"): (60, 600),
            ("gold", "called"): (90, 600),
            ("new", "ignored"): (0, 12),
            ("new", "called"): (0, 12),
            ("lost", "ignored"): (0, 30),
            ("lost", "called"): (4, 30),
        }
    )
    cells = effect_cells(moments, "bought", ("ignored", "called"), ["tier"])
    assert (cells.variance > 0).all()
    result = read(moments)
    frame = result.frame.set_index("subgroup")
    assert frame.loc["new", "raw"] == 0
    assert frame.loc["new", "raw_std_error"] > 0.08
    assert frame.loc["new", "shrinkage"] > frame.loc["gold", "shrinkage"]
    assert 0.02 < frame.loc["new", "estimate"] < 0.06
    assert 0 < frame.loc["new", "raw_p_value"] <= 1
    assert any("fewer than 5 events to expect" in doubt for doubt in result.diagnostics)


@pytest.mark.parametrize("events", [0, 12])
def test_no_or_all_events_everywhere(events):
    table = {(t, a): (events, 12) for t in ("x", "y", "z") for a in ("ignored", "called")}
    frame = read(counted(table)).frame
    assert (frame["estimate"].abs() < 1e-9).all()
    assert frame["probability"].to_numpy() == pytest.approx(0.5)
    assert ((frame["lower"] < 0) & (frame["upper"] > 0)).all()


def test_an_empty_arm_has_the_average_and_the_spread():
    moments = counted(
        {
            ("gold", "ignored"): (60, 200),
            ("gold", "called"): (90, 200),
            ("new", "ignored"): (50, 200),
            ("new", "called"): (70, 200),
            ("lost", "ignored"): (2, 9),
        }
    )
    result = read(moments)
    frame = result.frame.set_index("subgroup")
    assert np.isnan(frame.loc["lost", "raw"])
    assert frame.loc["lost", "shrinkage"] == pytest.approx(1)
    assert frame.loc["lost", "std_error"] > frame["std_error"].drop("lost").max()
    assert any("lost lacks an arm" in doubt for doubt in result.diagnostics)
    assert any("two subgroups with both arms" in doubt for doubt in result.diagnostics)


def test_two_subgroups_depend_on_the_prior_and_it_is_said():
    moments = trial(1500, {"super": (0.2, 0.22), "moderate": (0.3, 0.4)}, seed=4)
    result = read(moments)
    sentence = next(doubt for doubt in result.diagnostics if "mostly the prior's" in doubt)

    def gap(scale):
        estimate = read(moments, prior_sd=scale).frame["estimate"]
        return estimate[1] - estimate[0]

    base = result.provenance.options["prior_sd"]
    gaps = [abs(gap(base * by)) for by in (0.5, 1, 2)]
    assert gaps[0] < gaps[1] < gaps[2]
    assert f"{gap(base):+.3g} shrunken" in sentence
    assert abs(gap(100.0)) == pytest.approx(abs(np.subtract(*result.frame["raw"])), rel=0.15)


def test_what_happened_after_assignment_is_refused():
    moments = trial(500, {"gold": (0.2, 0.3), "new": (0.2, 0.3)})
    with pytest.raises(InputError, match="`tier` is not among the baseline keys") as error:
        read(moments, declared=["format"])
    assert "What happens after assignment cannot define subgroups" in str(error.value)
    undeclared = read(moments, declared=None)
    assert undeclared.diagnostics[0].startswith("No subgroup was declared")


def test_a_key_that_assignment_moved_is_seen():
    moments = counted(
        {
            ("reached", "ignored"): (5, 40),
            ("reached", "called"): (150, 500),
            ("not reached", "ignored"): (160, 560),
            ("not reached", "called"): (20, 100),
        }
    )
    assert "formed after assignment or the assignment failed" in read(moments).diagnostics[0]


def test_stores_that_were_assigned_whole_are_no_subgroups():
    moments = counted({("a", "ignored"): (3, 9), ("b", "called"): (4, 9)})
    with pytest.raises(InputError, match="stores cannot be subgroups"):
        read(moments)


def test_one_subgroup_and_one_unit():
    one = read(counted({("a", "ignored"): (3, 9), ("a", "called"): (5, 9)}))
    assert one.frame["estimate"][0] == pytest.approx(2 / 9)
    assert np.isnan(one.keys["p_value"][0])
    assert "one subgroup only" in one.diagnostics[0]
    tiny = read(counted({("a", "ignored"): (0, 1), ("a", "called"): (1, 1)}))
    assert tiny.frame["lower"][0] < 0 < tiny.frame["upper"][0]


def test_amounts_with_one_unit_a_cell():
    rng = np.random.default_rng(3)
    values = {"spend": rng.gamma(2, 20, 402)}
    keys = {"arm": ["ignored", "called"] * 201, "tier": ["a", "a", "b", "b"] * 100 + ["c", "c"]}
    result = subgroups(
        ArmMoments.from_values(values, keys), "spend", control="ignored", by=["tier"]
    )
    row = result.frame.set_index("subgroup").loc["c"]
    assert result.overall.estimand == "mean difference"
    assert row["raw_std_error"] == pytest.approx(np.sqrt(2) * values["spend"].std(), rel=0.1)
    assert row["shrinkage"] > 0.95


def test_several_keys_and_their_shapes():
    rng = np.random.default_rng(5)
    n = 6000
    tier, kind = rng.choice(["gold", "new"], n), rng.choice(["super", "moderate"], n, p=[0.3, 0.7])
    store = rng.integers(0, 80, n)
    called = rng.integers(0, 2, n)
    bought = rng.random(n) < 0.3 + 0.15 * called * (tier == "gold")
    moments = ArmMoments.from_values(
        {"bought": bought.astype(float)},
        {"arm": np.where(called, "called", "ignored"), "tier": tier, "kind": kind, "store": store},
    )
    both = read(moments, by=["tier", "kind"], declared=["tier", "kind", "store"])
    assert len(both.frame) == 8
    tests = both.keys.set_index(["reading", "key"])
    assert tests.loc[("keys together", "tier"), "p_value"] < 1e-6
    assert tests.loc[("keys together", "kind"), "p_value"] > 0.05
    assert tests.loc[("each key alone", "tier"), "p_holm"] < 1e-6
    together = both.frame[both.frame["reading"] == "keys together"]
    adjusted = together.set_index("subgroup")["estimate"]
    assert adjusted["gold"] == pytest.approx(0.15, abs=0.05)
    assert abs(adjusted["new"]) < 0.04
    effects = both.as_effects()
    assert list(effects.frame.columns) == list(COLUMNS)
    assert len(effects.frame) == 12
    assert "bought [tier=gold]" in set(effects.frame["outcome"])
    assert "gold" in repr(both)
    many = read(moments, by=["tier", "store"], declared=["tier", "store"])
    assert len(many.frame) == 82
    assert any("too many subgroups to be read together" in doubt for doubt in many.diagnostics)


def test_the_null_is_not_found_out():
    surest, tests = [], []
    for seed in range(40):
        rates = dict.fromkeys("abcdef", (0.3, 0.34))
        result = read(trial(3000, rates, seed))
        tests.append(result.keys["p_value"][0])
        odds = result.frame["p_more"]
        surest.append(float(np.maximum(odds, 1 - odds).max()))
    assert stats.kstest(tests, "uniform").pvalue > 0.001
    assert np.mean(np.array(surest) > 0.975) < 0.06  # six subgroups a trial, read together


def test_intervals_cover_the_subgroups_truth():
    rng = np.random.default_rng(8)
    held, raw, shrunken = [], [], []
    for seed in range(60):
        truth = dict(zip("abcdefgh", rng.normal(0.06, 0.03, 8), strict=True))
        frame = read(trial(4000, {k: (0.3, 0.3 + e) for k, e in truth.items()}, seed)).frame
        true = frame["subgroup"].map(truth)
        held += ((frame["lower"] <= true) & (true <= frame["upper"])).tolist()
        raw += ((frame["raw"] - true) ** 2).tolist()
        shrunken += ((frame["estimate"] - true) ** 2).tolist()
    assert 0.93 < np.mean(held) < 0.97
    assert np.mean(shrunken) < 0.6 * np.mean(raw)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"by": []}, "at least one key"),
        ({"by": ["colour"]}, "`by` must be one of 'tier', got 'colour'"),
        ({"by": ["arm"]}, "got 'arm'"),
        ({"control": "other"}, "`control` must be one of"),
        ({"treatment": "ignored"}, "`treatment` must be one of 'called', got 'ignored'"),
        ({"prior_sd": 0.0}, "`prior_sd` must be above 0"),
        ({"level": 95}, "between 0 and 1"),
    ],
)
def test_errors_say_what_to_do(options, text):
    with pytest.raises(InputError, match=text):
        read(trial(200, {"gold": (0.2, 0.3), "new": (0.2, 0.3)}), **options)


def test_tiers_of_a_number_are_in_its_order():
    rates = dict.fromkeys(["2 to under 10", "10 and more", "under 2"], (0.3, 0.4))
    result = read(trial(600, rates))
    found = list(result.frame["subgroup"].drop_duplicates())
    assert found == ["under 2", "2 to under 10", "10 and more"]
