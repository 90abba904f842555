"""Rules for whom to call: against rows, statsmodels, known truth, and the ways to fool oneself."""

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.heterogeneity.subgroups import PRIOR_SHARE
from npsstats.experiments.targeting import rank_customers, value_of, whom_to_call
from npsstats.experiments.targeting.dependence import variance_ratios
from npsstats.experiments.targeting.folds import fold_cells
from npsstats.experiments.targeting.rules import called, learn, mean_ranks
from npsstats.experiments.targeting.scoring import Outcomes, scores_of
from npsstats.experiments.targeting.valued import (
    AUTOC,
    CHANCE,
    CURVE,
    EVERYBODY,
    QINI,
    RULE,
    RULE_BY_CHANCE,
    Money,
    value_rows,
)

ARMS = ("ignored", "called")
SHARES = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
EFFECT = np.array([0.0, 0.02, 0.05, 0.10, 0.16])
BASE = np.array([0.35, 0.25, 0.3, 0.2, 0.3])
MONEY = Money(ARMS, "bought", 0.3, None, 30.0, 1.0)


def drawn(n, seed, effect=EFFECT, folds=5, split=0.5):
    """Return moments of `bought` by arm, fold and tier, drawn cell by cell."""
    rng = np.random.default_rng(seed)
    size = rng.multinomial(n, np.tile(SHARES / folds, folds)).reshape(folds, -1)
    treated = rng.binomial(size, split)
    counts = np.stack([size - treated, treated])  # arms, folds, cells
    rate = np.stack([BASE, BASE + effect])[:, None, :]
    mean = rng.binomial(counts, rate) / np.maximum(counts, 1)
    arm, fold, tier = (part.ravel() for part in np.indices(counts.shape))
    cells = pd.DataFrame({"arm": np.array(ARMS)[arm], "fold": fold, "tier": tier})
    flat, total = mean.ravel(), counts.ravel()
    scatter = (total * flat * (1 - flat))[:, None, None]
    none = np.zeros(len(cells), dtype=np.int64)
    return ArmMoments(cells.astype(object), ("bought",), total, flat[:, None], scatter, none)


def rows(n, seed, money=False):
    rng = np.random.default_rng(seed)
    tier, kind = rng.choice(5, n, p=SHARES), rng.choice(["super", "moderate"], n)
    fold, treated = rng.integers(0, 4, n), rng.random(n) < 0.4
    value = (rng.random(n) < BASE[tier] + EFFECT[tier] * treated).astype(float)
    if money:
        value *= rng.gamma(2, 20, n)
    arm = np.where(treated, "called", "ignored")
    return pd.DataFrame({"arm": arm, "fold": fold, "tier": tier, "kind": kind, "value": value})


def moments_of(frame):
    keys = frame[["arm", "fold", "tier", "kind"]]
    return ArmMoments.from_values({"value": frame["value"]}, keys)


def decide(moments, **options):
    options = {"control": "ignored", "capacity": 0.3, "contribution": 30.0, "cost": 1.0} | options
    return whom_to_call(moments, "bought", **options)


@pytest.mark.parametrize("money", [False, True])
def test_values_are_those_of_the_rows(money):
    frame = rows(5000, 1, money=money)
    moments = moments_of(frame)
    policy = whom_to_call(
        moments, "value", control="ignored", capacity=0.35, contribution=20, cost=0.5, seed=3
    )
    table = fold_cells(moments, "value", ARMS, ["tier", "kind"], "fold")
    whole = table.merged()
    scale = PRIOR_SHARE * whole.scale
    final = learn(whole, scale, seed=3, nodes=2048)
    ratios = variance_ratios(table, whole, final, policy.money, CURVE, 3)
    place = pd.MultiIndex.from_frame(table.labels)
    cell = place.get_indexer(pd.MultiIndex.from_frame(frame[["tier", "kind"]].astype(object)))
    a, y, e = (
        (frame["arm"] == "called").to_numpy(),
        frame["value"],
        (frame["arm"] == "called").mean(),
    )
    gain, rule, autoc = np.empty(5000), np.empty(5000), np.empty(5000)
    for k in range(4):
        one = learn(table.merged(k), scale, seed=3, nodes=512)
        here = (frame["fold"] == k).to_numpy()
        m0, tau = one.control[cell], one.effect[cell]
        score = tau + a * (y - m0 - tau) / e - ~a * (y - m0) / (1 - e)
        gain[here] = (20 * score - 0.5)[here]
        net = 20 * one.effect - 0.5
        rule[here] = called(net, one.share, np.array([0.35]), least=0.0)[0][cell][here]
        autoc[here] = mean_ranks(net, one.share)[1][cell][here]
    parts = [np.flatnonzero(frame["fold"] == k) for k in range(4)]

    def worth(psi):
        apart = sum(((psi[p] - psi[p].mean()) ** 2).sum() for p in parts)
        return psi.mean(), np.sqrt(apart) / 5000

    def centred(weight):
        out = np.empty(5000)
        for p in parts:
            out[p] = (weight[p] - weight[p].mean()) * (gain[p] - gain[p].mean())
        return out

    expected = {
        RULE: rule * gain,
        EVERYBODY: gain,
        RULE_BY_CHANCE: centred(rule),
        AUTOC: centred(autoc),
    }
    for estimand, psi in expected.items():
        row = policy.row(estimand)
        value, error = worth(psi)
        assert row["estimate"] == pytest.approx(value, rel=1e-9), estimand
        place = {RULE: (0, 0), RULE_BY_CHANCE: (1, 0), AUTOC: (1, 2)}.get(estimand)
        ratio = 1 if place is None else ratios[place[0]][place[1]]
        assert row["std_error"] == pytest.approx(error * np.sqrt(ratio), rel=1e-9), estimand


def test_everybodys_value_is_the_aipw_of_statsmodels():
    import statsmodels.api as sm
    from statsmodels.treatment.treatment_effects import TreatmentEffect

    frame = rows(4000, 2)
    treated = (frame["arm"] == "called").astype(float)
    dummies = sm.add_constant(pd.get_dummies(frame["tier"], drop_first=True, dtype=float))
    chosen = sm.Logit(treated, np.ones(len(frame))).fit(disp=False)
    referee = TreatmentEffect(sm.OLS(frame["value"], dummies), treated, results_select=chosen)
    expected = referee.aipw(return_results=False)[0]
    table = fold_cells(moments_of(frame), "value", ARMS, ["tier"], None)
    mean = table.mean[0]
    own = Outcomes(mean[:, 1] - mean[:, 0], mean[:, 0])
    share = np.full(5, treated.mean())
    value, _ = scores_of(table, [own], share, 1.0, 0.0).worth(np.ones((1, 1, 5)))
    assert value[0] == pytest.approx(expected, rel=1e-7)


def fast(moments, split=0.5):
    """Return the frame of values, with the true ones of the very rules that were judged."""
    table = fold_cells(moments, "bought", ARMS, ["tier"], "fold")
    scale = PRIOR_SHARE * table.merged().scale
    learnt = [learn(table.merged(k), scale, seed=0, nodes=128) for k in range(len(table.folds))]
    rules = np.stack(
        [called(MONEY.net(o.effect), o.share, np.array([0.3]), least=0.0)[0] for o in learnt]
    )
    ranks = np.stack([mean_ranks(MONEY.net(o.effect), o.share) for o in learnt], axis=1)
    models = [Outcomes(one.effect, one.control) for one in learnt]
    scores = scores_of(table, models, np.full(5, split), 30.0, 1.0)
    whole = table.merged()
    final = learn(whole, scale, seed=0, nodes=128)
    ratios = variance_ratios(table, whole, final, MONEY, np.array([0.3]), 0)
    frame = value_rows(scores, rules, ranks, MONEY, 0.95, ratios).set_index("estimand")
    return frame, rules, table.n.sum(axis=(1, 2)) / table.n.sum()


def test_folds_owe_each_other_little_where_the_choice_is_clear():
    clear = decide(drawn(400_000, 2), cost=0.0)
    assert clear.row(RULE_BY_CHANCE)["probability"] > 0.999
    ratios = {}
    for name, effect, n in (("clear", EFFECT, 400_000), ("none", np.full(5, 0.06), 4000)):
        table = fold_cells(drawn(n, 2, effect=effect), "bought", ARMS, ["tier"], "fold")
        whole = table.merged()
        final = learn(whole, PRIOR_SHARE * whole.scale, seed=0, nodes=128)
        ratios[name] = variance_ratios(table, whole, final, MONEY, np.array([0.3, 1.0]), 0)
    assert ratios["clear"][0] == pytest.approx(1, abs=0.1)
    assert ratios["none"][1][3] > 1.5
    assert ratios["none"][0][4] == pytest.approx(1, abs=0.1)  # all are called: nothing is learnt


def truths(rules, folds, effect=EFFECT):
    gain = 30 * effect - 1
    rule = folds @ (rules * SHARES * gain).sum(axis=1)
    chance = folds @ ((rules @ SHARES) * (SHARES @ gain))
    return {RULE: rule, RULE_BY_CHANCE: rule - chance, EVERYBODY: SHARES @ gain, CHANCE: chance}


def test_values_are_unbiased_and_their_intervals_cover():
    held, errors = {}, {}
    for seed in range(100):
        frame, rules, folds = fast(drawn(4000, seed))
        for estimand, truth in truths(rules, folds).items():
            row = frame.loc[estimand]
            held.setdefault(estimand, []).append(row["lower"] <= truth <= row["upper"])
            errors.setdefault(estimand, []).append((row["estimate"] - truth) / row["std_error"])
    for estimand, error in errors.items():
        assert abs(np.mean(error)) < 3.3 / np.sqrt(100), estimand
        assert 0.90 < np.mean(held[estimand]) < 0.99, estimand


def test_a_rule_judged_by_those_who_taught_it_looks_better_than_it_is():
    flattered, honest = [], []
    for seed in range(60):
        moments = drawn(1500, seed, effect=np.full(5, 0.05))
        frame, rules, folds = fast(moments)
        honest.append(
            frame.loc[RULE_BY_CHANCE, "estimate"]
            - truths(rules, folds, np.full(5, 0.05))[RULE_BY_CHANCE]
        )
        table = fold_cells(moments, "bought", ARMS, ["tier"], "fold").merged()
        gain = 30 * table.difference - 1
        rule = called(gain, table.share, np.array([0.3]))[0]
        flattered.append(rule * table.share @ (gain - table.share @ gain))
    assert np.mean(flattered) > 0.2  # truth: no rule is worth anything over chance
    assert abs(np.mean(honest)) < 3.3 * np.std(honest) / np.sqrt(60)


def test_where_nobody_gains_more_no_rule_is_found():
    found = 0
    for seed in range(50):
        frame, _, _ = fast(drawn(4000, seed, effect=np.full(5, 0.06)))
        found += frame.loc[RULE_BY_CHANCE, "lower"] > 0
    assert found <= 6  # 2.5 % of 50 is 1.25
    policy = decide(drawn(4000, 0, effect=np.full(5, 0.06)), declared=["tier"])
    assert "No rule beats calling at random" in policy.diagnostics[0]
    assert "no rule was shown to beat" in policy.headline()


def test_the_order_and_the_capacity():
    policy = decide(drawn(200_000, 5), declared=["tier"])
    cells = policy.cells
    assert cells["tier"].tolist() == [4, 3, 2, 1, 0]
    assert cells["rank"].tolist() == [1, 2, 3, 4, 5]
    assert cells["expected"].is_monotonic_decreasing
    assert cells["expected"].to_numpy() == pytest.approx(30 * cells["effect"] - 1)
    assert cells["expected"].to_numpy() == pytest.approx(30 * EFFECT[::-1] - 1, abs=0.5)
    assert cells["called"].tolist() == pytest.approx([1, 1, 0.25, 0, 0], abs=0.03)
    assert cells["called"] @ cells["share"] == pytest.approx(0.3, abs=1e-9)
    assert cells["reached"].iloc[-1] == pytest.approx(0.3, abs=1e-9)
    assert policy.row(RULE)["calls"] == pytest.approx(0.3, abs=0.01)
    assert policy.row(RULE_BY_CHANCE)["probability"] > 0.999
    assert policy.diagnostics == ()
    assert "call tier 4 first" in policy.headline()
    assert "tier" in repr(policy)


def test_the_curve_holds_the_rows():
    policy = decide(drawn(20_000, 6), capacity=0.3, cost=0.0)
    curve = policy.curve.set_index("capacity")
    assert curve.loc[0.0, ["estimate", "std_error", "gain"]].tolist() == [0, 0, 0]
    assert curve.loc[1.0, "estimate"] == pytest.approx(policy.row(EVERYBODY)["estimate"])
    assert curve.loc[1.0, "gain"] == pytest.approx(0, abs=1e-12)
    at = np.isclose(curve.index, 0.3)
    assert curve["estimate"][at].iloc[0] == pytest.approx(policy.row(RULE)["estimate"])
    assert (curve["band_upper"] >= curve["upper"]).all()
    fine = np.trapezoid(curve["gain"], curve.index)
    assert policy.row(QINI)["estimate"] == pytest.approx(fine, rel=0.02)


def test_cells_that_do_not_pay_are_not_called():
    policy = decide(drawn(100_000, 7), capacity=1.0)
    assert policy.cells.set_index("tier")["called"][0] == 0
    assert any(
        "could be: in the others a call is expected to cost more" in d for d in policy.diagnostics
    )
    none = decide(drawn(20_000, 7), cost=100.0)
    assert none.cells["called"].sum() == 0
    assert none.row(RULE)["estimate"] == 0
    assert none.row(RULE_BY_CHANCE)["probability"] == 0.5
    assert np.isnan(none.row(RULE_BY_CHANCE)["p_value"])
    assert any("the rule calls nobody" in doubt for doubt in none.diagnostics)
    everyone = decide(drawn(20_000, 7, effect=EFFECT + 0.1), capacity=1.0)
    assert everyone.row(RULE)["estimate"] == pytest.approx(everyone.row(EVERYBODY)["estimate"])
    assert any("Nobody is chosen" in doubt for doubt in everyone.diagnostics)


def test_calls_a_month():
    moments = drawn(20_000, 8)
    share = decide(moments, capacity=0.25)
    month = decide(moments, capacity=500, eligible=2000)
    assert month.row(RULE)["estimate"] == share.row(RULE)["estimate"]
    assert month.row(RULE)["a_month"] == pytest.approx(2000 * share.row(RULE)["estimate"])
    assert np.isnan(share.row(RULE)["a_month"])
    per_call = share.row(RULE)["estimate"] / share.row(RULE)["calls"]
    assert share.row(RULE)["per_call"] == pytest.approx(per_call)


def test_shares_that_differ_by_design_are_weighed():
    split = np.array([0.2, 0.5, 0.8, 0.5, 0.5])
    estimates = []
    for seed in range(25):
        moments = drawn(20_000, seed, split=split)
        policy = decide(moments, share="tier")
        estimates.append(policy.row(EVERYBODY)["estimate"])
        if not seed:
            assert "shared out unlike" in decide(moments).diagnostics[0]
            assert not any("shared out unlike" in doubt for doubt in policy.diagnostics)
    truth = SHARES @ (30 * EFFECT - 1)
    assert abs(np.mean(estimates) - truth) < 3.3 * np.std(estimates) / np.sqrt(25)


def test_customers_are_ranked():
    frame = rows(40_000, 9)
    policy = whom_to_call(moments_of(frame), "value", control="ignored", capacity=0.3)
    customers = pd.DataFrame(
        {"id": list("abcde"), "tier": [0, 4, 2, 9, 4], "kind": ["super"] * 4 + ["moderate"]}
    )
    ranked = rank_customers(policy, customers)
    assert set(ranked["id"][:2]) == {"b", "e"}
    assert ranked["expected"].is_monotonic_decreasing
    strange = ranked.set_index("id").loc["d"]
    assert not strange["seen"]
    ends = policy.cells["expected"]
    assert ends.min() < strange["expected"] < ends.max()
    assert ranked["id"].iloc[-1] == "a"
    twice = rank_customers(policy, pd.concat([customers, customers]))
    assert twice["rank"].tolist()[:4] == [1, 1, 3, 3]
    with pytest.raises(InputError, match="`key` must be one of"):
        rank_customers(policy, customers.drop(columns="tier"))


def test_a_rule_is_worth_the_same_among_others():
    taught = drawn(60_000, 10)
    policy = decide(taught)
    held = []
    for seed in range(11, 51):
        found = value_of(policy, drawn(8_000, seed).by("arm", "tier"))
        rule = policy.cells.sort_values("tier")["called"].to_numpy()
        truth = rule * SHARES @ (30 * EFFECT - 1)
        row = found.frame.iloc[0]
        held.append((row["estimate"] - truth) / row["std_error"])
    assert abs(np.mean(held)) < 0.6
    assert np.std(held) == pytest.approx(1, abs=0.4)
    dear = value_of(policy, drawn(8_000, 11).by("arm", "tier"), cost=100.0)
    assert dear.frame["calls"].iloc[0] == 0
    assert "a customer against calling nobody" in repr(dear)
    with pytest.raises(InputError, match="These customers taught the policy"):
        value_of(policy, taught)
    strange = drawn(500, 1)
    cells = strange.cells.replace({"tier": {4: 7}})
    other = ArmMoments(
        cells, strange.names, strange.n, strange.mean, strange.scatter, strange.missing
    )
    with pytest.raises(InputError, match="knows no cell '7'"):
        value_of(policy, other)


def test_thin_cells_break_nothing():
    policy = decide(drawn(120, 3))
    assert np.isfinite(policy.frame["estimate"]).all()
    assert np.isfinite(policy.cells[["expected", "expected_lower", "expected_upper"]]).all(
        axis=None
    )
    zero = decide(drawn(2000, 3, effect=-BASE))  # no event at all among the called
    assert (zero.cells["effect"] < 0).all()
    assert zero.row(EVERYBODY)["std_error"] > 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"capacity": 1.2}, "must be a share above 0 and at most 1, got 1.2"),
        ({"capacity": 0}, "must be a share above 0"),
        ({"capacity": 5, "eligible": 0}, "must be above 0, got 5 and 0"),
        ({"cost": -1.0}, "`cost` must be a number from 0"),
        ({"contribution": 0.0}, "`contribution` must not be 0"),
        ({"fold": "part"}, "`fold` must be one of"),
        ({"keys": ["fold"]}, "`by` must be one of 'tier', got 'fold'"),
        ({"declared": []}, "`tier` is not among the baseline keys"),
        ({"share": 1.5}, "`share` must be between 0 and 1"),
        ({"share": "store"}, "`share` must be one of 'tier'"),
        ({"prior_sd": 0.0}, "`prior_sd` must be above 0"),
        ({"treatment": "mailed"}, "`treatment` must be one of 'called'"),
    ],
)
def test_errors_say_what_to_do(options, text):
    with pytest.raises(InputError, match=text):
        decide(drawn(2000, 1), **options)


def test_one_cell_or_too_many_are_refused():
    one = drawn(2000, 1)
    cells = one.cells.assign(tier="all")
    parts = (one.n, one.mean, one.scatter, one.missing)
    with pytest.raises(InputError, match="one cell only"):
        decide(ArmMoments(cells, one.names, *parts))
    cells = pd.concat([one.cells.assign(tier=store) for store in range(130)], ignore_index=True)
    many = ArmMoments(cells, one.names, *(np.concatenate([part] * 130) for part in parts))
    with pytest.raises(InputError, match="130 labels and 130 cells; a rule takes at most"):
        decide(many)


def test_less_of_an_outcome_can_be_worth_money():
    policy = decide(drawn(50_000, 4), contribution=-30.0, cost=0.0)  # churn, say
    assert policy.cells["tier"].iloc[-1] == 4
    assert policy.cells.set_index("tier").loc[4, "probability"] < 0.001
    ends = policy.cells[["expected_lower", "expected", "expected_upper"]].to_numpy()
    assert (np.diff(ends, axis=1) > 0).all()


def test_folds_that_cannot_judge_are_refused():
    with pytest.raises(InputError, match="has one fold only"):
        decide(drawn(2000, 1, folds=1))
    moments = drawn(2000, 1)
    kept = [
        not (a == "called" and f == 2)
        for a, f in zip(*moments.cells[["arm", "fold"]].to_numpy().T, strict=True)
    ]
    place = np.flatnonzero(kept)
    odd = ArmMoments(
        moments.cells.iloc[place].reset_index(drop=True),
        moments.names,
        *(part[place] for part in (moments.n, moments.mean, moments.scatter, moments.missing)),
    )
    with pytest.raises(InputError, match="Fold '2' of `fold` lacks an arm"):
        decide(odd)
