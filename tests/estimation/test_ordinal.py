"""The multilevel cumulative logit against R's clmm, brute integration, and its own promises."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

import npsstats as nps
from npsstats.estimation.ordinal.cells import Cells, log_probabilities
from npsstats.estimation.ordinal.design import lay_out
from npsstats.estimation.ordinal.likelihood import Marginal
from npsstats.estimation.ordinal.posterior import maximize, start

GOLDEN = Path(__file__).parents[1] / "golden"
THRESHOLDS = np.array([-4, -3.6, -3.2, -2.8, -2.5, -1.9, -1.5, -0.8, 0.1, 0.8])


def simulated(stores=40, seed=0, *, low=3, high=40, spread=0.0, regions=5):
    """Return counts by region, store, channel and kind, and the stores' true locations."""
    rng = np.random.default_rng(seed)
    region = np.arange(stores) % regions
    a = rng.normal(0, 0.3, regions)[region] + rng.normal(0, 0.4, stores)
    lam = rng.normal(0, spread, stores) if spread else np.zeros(stores)
    rows, counts = [], []
    for store in range(stores):
        for channel, b in (("email", 0.0), ("sms", -0.4)):
            for kind, c in (("relational", 0.0), ("transactional", 0.3)):
                bound = (THRESHOLDS - a[store] - b - c) * np.exp(-lam[store])
                share = np.diff(special.expit(bound), prepend=0, append=1)
                counts.append(rng.multinomial(rng.integers(low, high), share))
                rows.append((f"R{region[store]}", f"S{store:02d}", channel, kind))
    keys = ["region", "store_id", "channel", "kind"]
    return nps.ScoreCounts(np.array(counts), pd.DataFrame(rows, columns=keys)), a, lam


@pytest.fixture(scope="module")
def golden():
    counts = pd.read_csv(GOLDEN / "ordinal_counts.csv")
    keys = ["store_id", "region", "channel", "kind"]
    table = counts.pivot_table(index=keys, columns="score", values="n", fill_value=0)
    table = table.reindex(columns=range(11), fill_value=0).reset_index()
    cells = nps.ScoreCounts(table[list(range(11))].to_numpy(dtype=int), table[keys])
    told = pd.read_csv(GOLDEN / "ordinal.csv")
    return cells, told.set_index(["case", "name"])["value"]


@pytest.mark.parametrize(
    ("case", "formula", "names"),
    [
        (
            "covariates, 25 nodes",
            "~ channel + kind",
            {"channel[T.sms]": "channelsms", "kind[T.transactional]": "kindtransactional"},
        ),
        ("no covariates, 25 nodes", None, {}),
        (
            "interaction, 25 nodes",
            "~ channel * kind",
            {
                "channel[T.sms]": "channelsms",
                "kind[T.transactional]": "kindtransactional",
                "channel[T.sms]:kind[T.transactional]": "channelsms:kindtransactional",
            },
        ),
    ],
)
def test_maximum_likelihood_is_that_of_clmm(golden, case, formula, names):
    counts, told = golden
    layout = lay_out(counts, formula, ["store_id"], spread=False)
    mode = maximize(Marginal(layout.cells), layout.prior._replace(on=False))
    assert mode.settled
    assert mode.value == pytest.approx(told[case, "loglik"], abs=1e-5)
    par = layout.cells.unpack(mode.p)
    assert par.store_sd == pytest.approx(told[case, "sd(store)"], abs=2e-4)
    for name, beta in zip(layout.names, par.beta, strict=True):
        assert beta == pytest.approx(told[case, names[name]], abs=2e-4)
    # clmm's thresholds are at the reference levels, ours at the mean answer
    shift = layout._centre @ par.beta
    for k, threshold in enumerate(par.thresholds):
        assert threshold + shift == pytest.approx(told[case, f"{k}|{k + 1}"], abs=3e-4)


def test_two_levels_come_near_the_laplace_of_clmm(golden):
    counts, told = golden
    layout = lay_out(counts, "~ channel + kind", ["region", "store_id"], spread=False)
    mode = maximize(Marginal(layout.cells), layout.prior._replace(on=False))
    par = layout.cells.unpack(mode.p)
    case = "two levels, Laplace"
    assert mode.value == pytest.approx(told[case, "loglik"], abs=0.1)
    assert par.store_sd == pytest.approx(told[case, "sd(store)"], abs=0.01)
    assert par.region_sd == pytest.approx(told[case, "sd(area)"], abs=0.02)
    assert par.beta == pytest.approx(
        [told[case, "channelsms"], told[case, "kindtransactional"]], abs=0.003
    )


def _one_cell(counts, par, a, lam):
    table = log_probabilities(par.thresholds, np.array([a]), np.array([lam]))[0]
    return counts @ table[:, 0, 0]


@pytest.mark.parametrize("answers", [[0, 0, 3], [1, 2, 0], [30, 50, 400], [0, 0, 0]])
def test_one_store_is_the_integral(answers):
    cells = Cells(
        np.array([answers], dtype=float),
        np.zeros(1, dtype=int),
        np.zeros(1, dtype=int),
        np.zeros((1, 0)),
        np.zeros(1, dtype=int),
    )
    p = np.array([-1.2, np.log(1.1), np.log(0.7)])
    par = cells.unpack(p)

    def density(a):
        return np.exp(
            _one_cell(cells.counts[0], par, a, 0.0) - top + stats.norm.logpdf(a, 0, par.store_sd)
        )

    top = max(_one_cell(cells.counts[0], par, a, 0.0) for a in np.linspace(-5, 5, 1001))
    value = integrate.quad(density, -6, 6, limit=500, epsabs=1e-13, epsrel=1e-12)[0]
    assert Marginal(cells).value(p) == pytest.approx(np.log(value) + top, abs=1e-7)


def test_a_region_of_two_stores_with_spread_is_the_integral():
    cells = Cells(
        np.array([[2.0, 1, 4], [5, 0, 6]]),
        np.array([0, 1]),
        np.zeros(2, dtype=int),
        np.zeros((1, 0)),
        np.zeros(2, dtype=int),
        regions=True,
        spread=True,
    )
    p = np.array([-1.0, np.log(1.1), np.log(0.6), np.log(0.4), np.log(0.3)])
    par = cells.unpack(p)
    z, w = np.polynomial.hermite_e.hermegauss(60)
    w = w / w.sum()
    a, lam = par.store_sd * z, par.spread_sd * z
    total = 0.0
    for v, weight in zip(par.region_sd * z, w, strict=True):
        each = []
        for counts in cells.counts:
            table = log_probabilities(par.thresholds, a + v, lam)[0]
            each.append(w @ np.exp(np.tensordot(counts, table, 1)) @ w)
        total += weight * np.prod(each)
    assert Marginal(cells).value(p) == pytest.approx(np.log(total), abs=1e-6)


@pytest.mark.parametrize("regions", [False, True])
@pytest.mark.parametrize("spread", [False, True])
def test_gradient_is_that_of_the_value(regions, spread):
    counts, _, _ = simulated(12)
    levels = ["region", "store_id"] if regions else ["store_id"]
    layout = lay_out(counts, "~ channel + kind", levels, spread=spread)
    marginal, prior = Marginal(layout.cells), layout.prior
    p = start(layout.cells) + 0.05
    _, slope = marginal(p)
    _, pull = prior(layout.cells, p)
    step = 1e-5
    for i, one in enumerate(np.eye(len(p)) * step):
        rise = (marginal.value(p + one) - marginal.value(p - one)) / (2 * step)
        assert slope[i] == pytest.approx(rise, abs=2e-5)
        rise = (prior(layout.cells, p + one)[0] - prior(layout.cells, p - one)[0]) / (2 * step)
        assert pull[i] == pytest.approx(rise, abs=1e-6)


@pytest.mark.parametrize(("low", "high"), [(1, 3), (500, 900)])
def test_half_the_step_changes_nothing(low, high):
    counts, _, _ = simulated(30, low=low, high=high)
    cells = lay_out(counts, "~ channel", ["region", "store_id"], spread=False).cells
    p = start(cells)
    assert Marginal(cells, 1.0).value(p) == pytest.approx(Marginal(cells, 0.5).value(p), abs=1e-6)


def test_nodes_follow_a_search_that_jumps():
    counts, _, _ = simulated(20)
    cells = lay_out(counts, None, ["region", "store_id"], spread=False).cells
    marginal = Marginal(cells)
    near, far = start(cells), start(cells)
    far[-2:] = np.log([1e-4, 3.0])
    fresh = Marginal(cells).value(far), Marginal(cells).value(near)
    assert marginal.value(near) == pytest.approx(fresh[1], abs=1e-6)
    # so near to one store a region that nodes cannot be closer: the limit, to a thousandth
    assert marginal.value(far) == pytest.approx(fresh[0], abs=1e-3)
    assert marginal.value(near) == pytest.approx(fresh[1], abs=1e-6)


def test_truth_is_recovered():
    counts, a, _ = simulated(150, seed=3, low=30, high=90)
    result = nps.estimate(counts, model="ordinal", formula="~ channel + kind")
    effects = result.coefficients
    for term, truth in (("channel[T.sms]", -0.4), ("kind[T.transactional]", 0.3)):
        assert abs(effects.loc[term, "estimate"] - truth) < 4 * effects.loc[term, "std_error"]
    located = result.draws["posterior"]["nps"].mean(("chain", "draw"))
    assert stats.spearmanr(located, a).statistic > 0.9


def test_same_seed_same_answer_and_rows_may_come_in_any_order():
    counts, _, _ = simulated(12)
    order = np.random.default_rng(1).permutation(len(counts))
    asked = {"model": "ordinal", "formula": "~ channel", "target": 20.0}
    one, again = nps.estimate(counts, **asked), nps.estimate(counts, **asked)
    pd.testing.assert_frame_equal(one.frame, again.frame)
    other = nps.estimate(counts.take(order), **asked).frame.set_index("store_id")
    apart = other.loc[one.frame["store_id"], "estimate"].to_numpy() - one.frame["estimate"]
    assert np.abs(apart).max() < 1.0


def test_shape_of_the_result_is_that_of_pooled():
    counts, _, _ = simulated(8)
    pooled = nps.estimate(counts, target=10)
    ordinal = nps.estimate(
        counts, model="ordinal", formula="~ kind", levels=["region", "store_id"], target=10
    )
    assert list(ordinal.frame.columns) == list(pooled.frame.columns)
    assert list(ordinal.frame["n"]) == list(pooled.frame["n"])
    frame = ordinal.frame
    assert frame["expected_rank"].sum() == pytest.approx(8 * 9 / 2)
    assert (frame["lower"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["upper"]).all()
    assert frame["shrinkage"].between(0, 1).all()
    assert {"sd(store_id)", "sd(region)"} <= set(ordinal.coefficients.index)
    assert len(nps.flag(ordinal, target=0).frame) >= 0
    assert "nps" in ordinal.draws["posterior"]


def test_spread_tells_two_stores_with_one_nps_apart():
    rng = np.random.default_rng(5)
    counts, _, _ = simulated(30, seed=6, low=20, high=60, spread=0.4)
    even = rng.multinomial(400, np.diff(special.expit(THRESHOLDS * 1.8), prepend=0, append=1))
    rows = pd.DataFrame([("R0", "even", "email", "relational")], columns=counts.keys)
    counts = counts + nps.ScoreCounts(even[None], rows)
    narrow = [0, 0, 0, 0, 0, 0, 0, 200, 200, 0, 0]
    wide = [60, 20, 20, 20, 15, 35, 30, 0, 0, 60, 140]
    assert sum(wide[9:]) == sum(wide[:7])  # both have an NPS of 0
    more = pd.DataFrame(
        [("R0", name, "email", "relational") for name in ("narrow", "wide")], columns=counts.keys
    )
    counts = counts + nps.ScoreCounts([narrow, wide], more)
    asked = {"by": "store_id", "model": "ordinal", "spread": True, "method": "laplace"}
    asked["across_kinds"] = True  # what kinds do is not the question here
    result = nps.estimate(counts, draws=400, **asked)
    found = result.stores.set_index("store_id")
    assert found.loc["even", "spread_upper"] < 1  # the truth is 1/1.8 of the network's
    assert found.loc["even", "spread_lower"] < 1 / 1.8 * 1.2
    assert found.loc["narrow", "spread_upper"] < found.loc["wide", "spread_lower"]
    assert found.loc["wide", "p_wider"] > 0.99
    assert "sd(spread of store_id)" in result.coefficients.index


def _row(**scores):
    return [scores.get(f"s{score}", 0) for score in range(11)]


@pytest.mark.parametrize(
    "rows",
    [
        [_row(s8=1)],
        [_row(s9=1)],
        [_row(s8=10, s9=5, s2=3)],
        [_row(s10=10), _row(s10=40)],
        [_row(s0=10), _row(s0=40)],
        [_row(s0=10, s10=5), _row(s0=40, s9=8), _row(s10=5)],
        [_row(), _row(s9=4, s3=2), _row(s7=5, s9=3)],
        [_row(), _row()],
        [_row(s10=400_000, s7=3000, s0=20_000), _row(s0=50, s9=1)],
    ],
    ids=["passive", "promoter", "cell", "tens", "zeros", "no passives", "empty", "none", "large"],
)
def test_survives(rows):
    frame = nps.estimate(nps.ScoreCounts(rows), model="ordinal", method="laplace").frame
    assert np.isfinite(frame[["estimate", "std_error", "lower", "upper"]]).all(axis=None)
    assert (frame["lower"] >= -100).all()
    assert (frame["upper"] <= 100).all()
    assert (frame["lower"] < frame["upper"]).all()


def test_a_covariate_with_one_value_is_left_out_and_said():
    counts, _, _ = simulated(4)
    result = nps.estimate(counts.where("kind", "relational"), model="ordinal", formula="~ kind")
    assert "kind has one value only" in result.diagnostics[0]
    assert not any("kind" in term for term in result.coefficients.index)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"formula": "~ channel +"}, "`formula` cannot be read"),
        ({"formula": "score ~ channel"}, "must have no left side"),
        ({"formula": "~ weather"}, "`formula` names 'weather', which is not among"),
        ({"levels": ["regon", "store_id"]}, "`levels` names 'regon'"),
        ({"formula": "~ store_id"}, "lowest level already"),
        ({"levels": ["a", "b", "c"]}, "`levels` must name"),
        ({"levels": ["channel", "store_id"]}, "lies in several values of channel"),
        ({"by": "channel", "levels": ["store_id"]}, "must hold the lowest level"),
        ({"standardize": "network"}, "needs variables in the formula"),
        ({"formula": "~ channel", "standardize": {"channel": {"fax": 1.0}}}, "no value 'fax'"),
        ({"formula": "~ channel", "standardize": {"kind": {"x": 1.0}}}, "Add it to the formula"),
        (
            {"formula": "~ channel", "standardize": {"channel": {"sms": 0.5, "email": 0.4}}},
            "add up to 1",
        ),
        ({"formula": "~ channel", "standardize": 3}, "must be 'network'"),
        ({"method": "guess"}, "`method` must be one of"),
        ({"pooling": "none"}, "`pooling` belongs to the pooled model"),
    ],
)
def test_errors_say_the_remedy(asked, said):
    counts, _, _ = simulated(3)
    with pytest.raises(nps.InputError, match=said):
        nps.estimate(
            counts, **{"model": "ordinal", "by": "store_id", "across_kinds": True, **asked}
        )


def test_arguments_of_the_ordinal_model_are_not_ignored_by_the_other():
    counts, _, _ = simulated(3)
    with pytest.raises(nps.InputError, match="belongs to the ordinal model"):
        nps.estimate(counts, formula="~ channel")


def test_standardizing_to_one_channel_takes_its_effect_out():
    counts, _, _ = simulated(20, low=20, high=40)
    asked = {"model": "ordinal", "formula": "~ channel + kind"}
    email, sms = (
        nps.estimate(counts, standardize={"channel": {name: 1.0}}, **asked).frame["estimate"]
        for name in ("email", "sms")
    )
    assert (email - sms).between(10, 25).all()  # −0.4 on the logit scale
    mixed = nps.estimate(counts, standardize={"channel": {"email": 0.5, "sms": 0.5}}, **asked)
    middle = ((email + sms) / 2).to_numpy()
    assert mixed.frame["estimate"].to_numpy() == pytest.approx(middle, abs=0.5)


def test_a_standardized_store_does_not_depend_on_its_own_mix():
    # two stores alike, one asked by e-mail and the other by text message
    counts, _, _ = simulated(40, seed=8, low=40, high=60)
    share = {
        "email": np.diff(special.expit(THRESHOLDS), prepend=0, append=1),
        "sms": np.diff(special.expit(THRESHOLDS + 0.4), prepend=0, append=1),
    }
    rows = [("R0", f"only {name}", name, "relational") for name in share]
    more = np.array([np.round(2000 * values) for values in share.values()], dtype=int)
    counts = counts + nps.ScoreCounts(more, pd.DataFrame(rows, columns=counts.keys))
    asked = {"model": "ordinal", "formula": "~ channel + kind"}
    raw = nps.estimate(counts, **asked).frame.set_index("store_id")["estimate"]
    fair = nps.estimate(counts, standardize="network", **asked).frame.set_index("store_id")
    assert raw["only email"] - raw["only sms"] > 10
    assert abs(fair.loc["only email", "estimate"] - fair.loc["only sms", "estimate"]) < 4


def test_a_benchmark_and_flags_take_draws_as_they_take_exact_laws():
    counts, _, _ = simulated(10)
    result = nps.estimate(counts, model="ordinal", formula="~ channel + kind")
    for asked in ({"benchmark": 20, "std_error": 3}, {"benchmark": [10, 20, 30]}):
        found = nps.against(result, **asked).frame
        assert found["p_above"].between(0, 1, inclusive="neither").all()
        middle = found["estimate"] + found["benchmark"] - result.frame["estimate"]
        assert np.abs(middle).max() < 1
    exact = nps.against(result, 20).frame["p_above"].to_numpy()
    assert exact == pytest.approx(result.net.sf(0.2), abs=1e-9)


def test_a_number_is_worth_the_same_in_any_unit():
    counts, _, _ = simulated(20, low=20, high=30)
    keys = counts.cells
    effects = []
    for unit in (1.0, 0.01):
        hours = np.where(keys["channel"] == "sms", unit, 0.0)
        timed = nps.ScoreCounts(counts.counts, keys.drop(columns="channel").assign(hours=hours))
        asked = {"model": "ordinal", "formula": "~ hours", "draws": 400, "across_kinds": True}
        effects.append(nps.estimate(timed, **asked).coefficients.loc["hours", "estimate"] * unit)
    assert effects[0] == pytest.approx(effects[1], abs=0.03)


def test_free_text_is_no_covariate():
    texts = pd.DataFrame({"store_id": ["A"] * 150, "verbatim": [f"text {i}" for i in range(150)]})
    counts = nps.ScoreCounts(np.ones((150, 11), dtype=int), texts)
    with pytest.raises(nps.InputError, match="has 150 values"):
        nps.estimate(counts, model="ordinal", formula="~ verbatim")
