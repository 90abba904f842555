"""Disattenuated correlations against known truth, a Bayesian twin, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.aggregates.questionnaire_stores import pair_moments
from npsstats.checks import InputError
from npsstats.linkage.correlations import correlations
from npsstats.linkage.disattenuated import (
    Pair,
    accelerated,
    bootstrapped,
    correlation_weights,
    disattenuated,
    true_moments,
)


def noisy_pair(rng, *, stores=200, true=0.5, shared=0.6, groups=1, n=(5, 60)):
    """Return a pair of means of true sd 1 and 2 whose errors correlate by `shared`."""
    first, second = rng.normal(size=(2, stores))
    x, y = first, 2 * (true * first + np.sqrt(1 - true**2) * second)
    size = rng.integers(*n, stores).astype(float)
    one, two = rng.normal(size=(2, stores))
    vx, vy = 15 / size, 40 / size
    group = rng.integers(0, groups, stores)
    shift = 5.0 * group
    return Pair(
        x + shift + np.sqrt(vx) * one,
        y - shift + np.sqrt(vy) * (shared * one + np.sqrt(1 - shared**2) * two),
        vx,
        vy,
        shared * np.sqrt(vx * vy),
        group,
    ), size


@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("weighted", [False, True])
def test_moments_are_unbiased(groups, weighted):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        pair, size = noisy_pair(rng, groups=groups)
        weight = correlation_weights(pair, size, size) if weighted else np.ones(len(size))
        told = true_moments(pair, weight[None, :])
        found.append([told.xx[0], told.yy[0], told.xy[0]])
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(len(found))
    assert (np.abs(mean - [1.0, 4.0, 1.0]) < 3.5 * error).all()


def test_weights_make_it_surer():
    rng = np.random.default_rng(2)
    found = []
    for _ in range(150):
        pair, size = noisy_pair(rng, n=(3, 200))
        weight = correlation_weights(pair, size, size)
        both = true_moments(pair, np.stack([np.ones(len(size)), weight]))
        found.append(both.correlation)
    even, weighted = np.nanstd(found, axis=0)
    assert weighted < even


def test_repeated_stores_are_as_so_many_stores():
    rng = np.random.default_rng(3)
    pair, size = noisy_pair(rng, stores=30, groups=2)
    weight = correlation_weights(pair, size, size)
    drawn = bootstrapped(pair, weight, 5, np.random.default_rng(4))
    # by hand: the same draws, each store as often as it came
    again = np.random.default_rng(4)
    times = np.zeros((5, 30), dtype=int)
    for k in range(2):
        place = np.flatnonzero(pair.group == k)
        times[:, place] = again.multinomial(len(place), np.full(len(place), 1 / len(place)), 5)
    for b in range(5):
        rows = np.repeat(np.arange(30), times[b])
        copied = Pair(*(part[rows] for part in pair))
        told = true_moments(copied, weight[rows][None, :])
        assert told.xy[0] == pytest.approx(drawn.xy[b])
        assert told.xx[0] == pytest.approx(drawn.xx[b])


def test_errors_of_the_same_people_are_taken_off():
    rng = np.random.default_rng(5)
    pair, size = noisy_pair(rng, stores=4000, true=0.0, shared=0.9)
    found = disattenuated(pair, size, size, 0.95, 300, rng)
    assert found.observed > 0.2
    assert found.lower < 0 < found.upper
    assert found.estimate == pytest.approx(0.0, abs=0.06)


def test_nothing_true_is_not_identified():
    rng = np.random.default_rng(6)
    size = np.full(40, 10.0)
    pair = Pair(
        *(rng.normal(size=(2, 40))), np.ones(40), np.ones(40), np.zeros(40), np.zeros(40, int)
    )
    found = disattenuated(pair, size, size, 0.95, 300, rng)
    assert not found.identified
    assert np.isnan(found.estimate)
    assert (found.lower, found.upper) == (-1.0, 1.0)


def test_limits_hold_the_truth_also_with_few_stores():
    held = 0
    for seed in range(100):
        rng = np.random.default_rng([seed, 8])
        pair, size = noisy_pair(rng, stores=12, true=0.8, n=(40, 200))
        found = disattenuated(pair, size, size, 0.95, 250, rng)
        assert found.lower <= found.estimate <= found.upper or not found.identified
        held += found.lower <= 0.8 <= found.upper
    assert held >= 88  # of 100 at 95 %: fewer has probability 0.004, percentiles hold 86


def test_the_shifted_percentiles_are_those_of_scipy():
    from scipy import stats

    sample = np.random.default_rng(9).lognormal(size=30)
    known = stats.bootstrap(
        (sample,), np.std, n_resamples=1500, method="BCa", rng=np.random.default_rng(1)
    )
    without = np.array([np.std(np.delete(sample, place)) for place in range(30)])
    mine = accelerated(np.std(sample), known.bootstrap_distribution, without, 0.95)
    np.testing.assert_allclose(mine, known.confidence_interval, rtol=1e-6)


def test_a_correlation_beyond_one_is_held_there_and_said():
    rows = made_up(40, 25)
    rows["ces"] = rows["score"] + np.random.default_rng(1).integers(-2, 3, len(rows))
    patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    found = correlations(patterns, questions=["ces"])
    row = found.frame.iloc[0]
    assert -1 <= row["lower"] <= row["estimate"] <= row["upper"] <= 1
    assert row["beyond"] == any("beyond 1" in said for said in found.diagnostics)


def test_stores_alone_in_their_groups_and_scores_that_never_vary_give_words_and_no_warning():
    rows = made_up()
    patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    alone = pd.DataFrame({"store_id": range(40), "employees": 10, "employee_nps": 5.0})
    alone["town"] = alone["store_id"].astype(str)
    with pytest.raises(InputError, match="each of the 40 stores is alone in its group"):
        correlations(patterns, alone, questions=["ces"], within="town")
    alone["town"] = ["one"] * 2 + alone["town"].tolist()[2:]
    found = correlations(patterns, alone, questions=["ces"], within="town", draws=200)
    assert not found.frame["identified"].any()
    same = AnswerPatterns.of(rows.assign(score=10), ["score", "ces"], cluster="store_id")
    found = correlations(same, questions=["ces"], draws=200)
    assert found.frame["reliability_first"].tolist() == [0.0]
    assert "hardly differ by more than chance" in found.diagnostics[0]


@pytest.fixture(scope="module")
def network():
    return nps.simulate(150, 12, 24_000, seed=3)


def test_against_the_simulated_truth(network):
    intake = nps.read(network.responses, quiet=True)
    found = correlations(intake, network.stores, employees_answering=0.7, within="country")
    told = found.frame.set_index("second")
    true = network.truth.stores
    apart = true[["nps_answered", "effort", "employee_nps"]]
    apart = apart - apart.groupby(network.stores["country"].to_numpy()).transform("mean")
    real = apart.corr().loc["nps_answered"]
    # effort as answered also moves with the store's months, as NPS does
    assert -0.05 < told.loc["ces", "estimate"] - real["effort"] < 0.2
    assert told.loc["employee_nps", "lower"] < real["employee_nps"]
    assert real["employee_nps"] < told.loc["employee_nps", "upper"]
    assert (told["estimate"] > told["observed"]).all()
    assert told.loc["csat", "estimate"] > 0.8
    fewer = correlations(intake, network.stores, questions=[], employees_answering=0.3)
    whole = correlations(intake, network.stores, questions=[])
    assert fewer.frame["estimate"][0] > whole.frame["estimate"][0]
    assert any("100% of them were taken" in text for text in whole.diagnostics)
    assert "employee_nps +0." in whole.headline()


def made_up(stores=40, each=25, seed=1, true=True):
    rng = np.random.default_rng(seed)
    store = np.repeat(np.arange(stores), each)
    good = rng.normal(size=stores)[store] * true
    rows = pd.DataFrame({"store_id": store})
    luck = rng.normal(size=len(store))
    rows["score"] = np.clip(np.round(7.6 + 1.2 * good + 2 * luck), 0, 10)
    rows["ces"] = np.clip(np.round(4.6 + 0.6 * good + luck + rng.normal(size=len(store))), 1, 7)
    return rows


@pytest.mark.twin
def test_agrees_with_the_twin():
    """Bivariate normal store means with known sampling covariances, true correlation uniform."""
    import nutpie
    import pymc as pm

    rows = made_up(60, 30)
    patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    found = correlations(patterns, questions=["ces"], draws=2000).frame.iloc[0]
    both = pair_moments(patterns, "nps", "ces")
    # a store's own sampling variance goes with its mean: the twin takes the network's
    mean = both[["vx", "vy", "cxy"]].mean()
    scale_x, scale_y = both["x"].std(), both["y"].std()
    x = (both["x"] - both["x"].mean()).to_numpy() / scale_x
    y = (both["y"] - both["y"].mean()).to_numpy() / scale_y
    with pm.Model() as model:
        center = pm.Normal("center", 0, 1, shape=2)
        sd = pm.HalfNormal("sd", 1, shape=2)
        r = pm.Uniform("r", -1, 1)
        a = sd[0] ** 2 + mean["vx"] / scale_x**2
        b = sd[1] ** 2 + mean["vy"] / scale_y**2
        c = r * sd[0] * sd[1] + mean["cxy"] / (scale_x * scale_y)
        dx, dy = x - center[0], y - center[1]
        whole = a * b - c**2
        log = -0.5 * (pm.math.log(whole) + (b * dx**2 - 2 * c * dx * dy + a * dy**2) / whole)
        pm.Potential("stores", log.sum())
    drawn = nutpie.sample(
        nutpie.compile_pymc_model(model), chains=2, tune=600, draws=1000, cores=1, seed=1,
        progress_bar=False,
    )["posterior"]["r"].to_numpy()  # fmt: skip
    assert found["estimate"] == pytest.approx(np.median(drawn), abs=0.06)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found["lower"] == pytest.approx(low, abs=0.1)
    assert found["upper"] == pytest.approx(high, abs=0.06)


def test_doubts_are_said():
    rows = made_up(12, 8, seed=4, true=False)
    patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    found = correlations(patterns, questions=["ces"])
    assert not found.frame["identified"].any()
    assert "not identified" in found.diagnostics[0]
    assert "not identified once noise is taken off" in found.headline()
    assert any(text.startswith("12 stores are few") for text in found.diagnostics)


def test_same_seed_same_answer():
    patterns = AnswerPatterns.of(made_up(), ["score", "ces"], cluster="store_id")
    first, second = (correlations(patterns, questions=["ces"], seed=2) for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, second.frame)


def test_refusals():
    rows = made_up()
    patterns = AnswerPatterns.of(rows, ["score", "ces"], cluster="store_id")
    few = AnswerPatterns.of(rows[rows["store_id"] < 9], ["score", "ces"], cluster="store_id")
    with pytest.raises(InputError, match="Only 9 stores have two answers"):
        correlations(few, questions=["ces"])
    with pytest.raises(InputError, match="need patterns counted by store"):
        correlations(AnswerPatterns.of(rows, ["score", "ces"]), questions=["ces"])
    with pytest.raises(InputError, match="`questions` must be one of 'score', 'ces'"):
        correlations(patterns, questions=["csat"])
    with pytest.raises(InputError, match="`within` is a column of the stores"):
        correlations(patterns, questions=["ces"], within="country")
    with pytest.raises(InputError, match="nothing to correlate"):
        correlations(patterns, questions=[])
    with pytest.raises(InputError, match="`employees_answering` must be a number"):
        correlations(patterns, questions=["ces"], employees_answering=0)
    stores = pd.DataFrame({"store_id": range(40), "employees": 10})
    with pytest.raises(InputError, match="no column 'employee_nps'"):
        correlations(patterns, stores, questions=["ces"])
