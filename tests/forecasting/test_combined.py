from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy import optimize

from npsstats.checks import InputError
from npsstats.forecasting.combined import Combined, candidates, pooled_weights
from npsstats.forecasting.discounted import DiscountedDirichlet
from npsstats.forecasting.models import DEFAULT, MODELS, model
from npsstats.forecasting.naive import LastValue, SeasonalNaive
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.series import Series


@dataclass(frozen=True)
class Guess:
    """A model that says the same of every period: normal about a mean."""

    mean: float
    sd: float = 1.0
    name: str = "guess"

    def fit(self, series):
        return FittedGuess(self, series)


@dataclass(frozen=True, eq=False)
class FittedGuess:
    model: Guess
    series: Series

    def update(self, series):
        return replace(self, series=series)

    def predict(self, horizon, *, draws=1000, seed=0):
        z = np.random.default_rng(seed).standard_normal((self.series.shape[0], draws, horizon))
        return Predictive.of(self.model.mean + self.model.sd * z, self.series)


@dataclass(frozen=True)
class Refusing:
    """A model that wants more periods than it is given."""

    least: int
    name: str = "refusing"

    def fit(self, series):
        if series.shape[1] < self.least:
            raise InputError(f"`series` must hold {self.least} periods.")
        return FittedGuess(Guess(0.0), series)


def measure(values):
    values = np.asarray(values, dtype=float)
    return Series.of_measure(values, ["2022-01", label(values.shape[1])], unit="log", scale=1.0)


def answers(table):
    return Series.of_counts(table, ["2022-01", label(np.shape(table)[1])])


def label(length):
    return f"{2022 + (length - 1) // 12}-{(length - 1) % 12 + 1:02d}"


def test_weights_are_the_optimum_of_the_pooled_log_score():
    logs = np.random.default_rng(1).normal(-3, 1, (60, 4))
    logs[:, 1] += 0.3

    def fall(free, prior, per):
        weight = np.exp(free - np.logaddexp.reduce(free))
        pooled = np.log(np.exp(logs) @ weight).sum() / per
        return -pooled - prior * np.log(np.maximum(weight, 1e-300)).sum()

    for prior, per in ((0.5, 1.0), (2.0, 6.0)):
        found = pooled_weights(logs, per_outcome=per, prior=prior)
        peer = optimize.minimize(fall, np.zeros(4), args=(prior, per), tol=1e-12).x
        np.testing.assert_allclose(found, np.exp(peer - np.logaddexp.reduce(peer)), atol=2e-5)
        assert np.isclose(found.sum(), 1)


def test_weights_of_two_models_are_those_of_a_fine_grid():
    logs = np.log([[0.2, 0.9], [0.7, 0.1], [0.5, 0.2], [0.3, 0.35]])
    grid = np.linspace(0, 1, 100_001)[1:-1]
    best = grid[np.log(np.exp(logs) @ np.stack([grid, 1 - grid])).sum(axis=0).argmax()]
    np.testing.assert_allclose(pooled_weights(logs), [best, 1 - best], atol=2e-5)


def test_few_outcomes_throw_no_model_out_and_none_gives_equal_weights():
    logs = np.array([[-1.0, -9.0, -9.0]])
    assert pooled_weights(logs, prior=2.0).min() > 0.25
    assert pooled_weights(np.tile(logs, (500, 1)), prior=2.0)[0] > 0.97
    np.testing.assert_allclose(pooled_weights(np.empty((0, 4))), 0.25)
    # a density that no computer can hold is still a comparison
    assert pooled_weights(logs * 1000, prior=0.0)[0] > 0.999


def test_truth_gets_nearly_all_weight_with_much_data():
    rng = np.random.default_rng(2)
    series = measure(rng.normal(3, 1, (60, 40)))
    rivals = [Guess(3.0, name="truth"), Guess(4.5, name="too high"), Guess(3.0, 4.0, name="unsure")]
    fitted = Combined(rivals, horizon=3).fit(series)
    weights = fitted.weights.set_index("model")
    assert weights.weight["truth"] > 0.95
    assert weights.log_score.idxmax() == "truth"
    # E log N(y; 3, 1) = −log √(2πe), the kernel's width aside
    assert np.isclose(weights.log_score["truth"], -1.419, rtol=0, atol=0.03)
    assert not fitted.diagnostics


def test_draws_are_shared_out_in_proportion_and_keep_together():
    series = measure(np.random.default_rng(0).normal(0, 1, (3, 12)))
    rivals = [Guess(0.0, 0.1, name="low"), Guess(50.0, 0.1, name="high")]
    fitted = replace(Combined(rivals).fit(series), weight=np.array([0.3, 0.7]))
    predictive = fitted.predict(4, draws=101, seed=3)
    high = predictive.draws > 25
    assert predictive.draws.shape == (3, 101, 4)
    assert high[0, :, 0].sum() == 71  # the larger remainder is rounded up
    assert (high == high[:1, :, :1]).all()  # one draw comes from one model throughout
    assert high[0, :10, 0].any()  # shuffled, not one model after the other
    assert not high[0, :10, 0].all()
    np.testing.assert_array_equal(predictive.draws, fitted.predict(4, draws=101, seed=3).draws)


def test_models_see_nothing_of_what_they_are_weighed_by():
    table = np.random.default_rng(3).poisson([10, 8, 20], (30, 24, 3))
    series = answers(table)
    seen = []

    @dataclass(frozen=True)
    class Spy:
        inner: LastValue
        name: str = "spy"

        def fit(self, given):
            seen.append(("fit", given.shape[1]))
            return SpyFitted(self.inner.fit(given))

    @dataclass(frozen=True)
    class SpyFitted:
        inner: object

        def update(self, given):
            seen.append(("update", given.shape[1]))
            return SpyFitted(self.inner.update(given))

        def predict(self, horizon, **options):
            seen.append(("predict", self.inner.series.shape[1] + horizon))
            return self.inner.predict(horizon, **options)

    Combined([Spy(LastValue()), SeasonalNaive()], horizon=4).fit(series)
    assert seen[0] == ("fit", 24)  # for the forecast itself
    assert seen[1] == ("fit", 16)
    origins = [length for kind, length in seen if kind == "update"]
    assert origins[0] == 16
    assert origins == sorted(set(origins))
    assert 4 <= len(origins) <= 8
    assert origins[-1] == 23
    foreseen = [length for kind, length in seen if kind == "predict"]
    assert foreseen == [min(origin + 4, 24) for origin in origins]


def test_what_comes_later_changes_no_fit_before():
    table = np.random.default_rng(5).poisson([10, 8, 20], (25, 20, 3))
    other = table.copy()
    other[:, 15:, 0] += 50
    one, two = (Combined(horizon=3).fit(answers(t).until(15)) for t in (table, other))
    np.testing.assert_array_equal(one.weight, two.weight)
    np.testing.assert_array_equal(one.predict(2, draws=200).draws, two.predict(2, draws=200).draws)
    later = one.update(answers(other))
    np.testing.assert_array_equal(later.weight, one.weight)
    assert later.predict(1).mean.mean() < one.predict(1).mean.mean() - 5


def network(seed, stores=40, length=36, n=40):
    """Stores with a lasting level, a wandering deviation and a season in common."""
    rng = np.random.default_rng(seed)
    level = rng.normal(35, 10, (stores, 1))
    away = np.zeros((stores, length))
    for t in range(1, length):
        away[:, t] = 0.9 * away[:, t - 1] + rng.normal(0, 2, stores)
    true = np.clip(level + away + 3 * np.sin(2 * np.pi * np.arange(length) / 12), -60, 75) / 100
    shares = np.stack([0.4 - true / 2, np.full(true.shape, 0.2), 0.4 + true / 2], axis=-1)
    shares = np.clip(shares, 0.01, 1)
    return rng.multinomial(n, shares / shares.sum(axis=-1, keepdims=True))


def test_combination_beats_its_worst_member_and_is_near_its_best():
    table = network(7)
    series, past = answers(table), answers(table[:, :30])
    values, noise = series.values[:, 30:], series.noise[:, 30:]
    fitted = Combined().fit(past)
    own = {
        name: np.nanmean(member.predict(6).log_density(values, noise))
        for name, member in fitted.members.items()
    }
    pooled = np.nanmean(fitted.predict(6).log_density(values, noise))
    assert set(own) == {"hierarchical", "discounted Dirichlet"}
    assert pooled > min(own.values())
    assert pooled > max(own.values()) - 0.03


def test_thousands_of_series_are_weighed_on_some_of_them(monkeypatch):
    table = network(9, stores=120, length=18)
    rivals = [LastValue(), SeasonalNaive(), DiscountedDirichlet()]
    everything = Combined(rivals).fit(answers(table))
    monkeypatch.setattr("npsstats.forecasting.combined._VALIDATED", 60)
    some = Combined(rivals).fit(answers(table))
    assert some.weights.outcomes.max() <= everything.weights.outcomes.max() / 2 + 1
    np.testing.assert_allclose(some.weight, everything.weight, atol=0.15)
    assert some.predict(2, draws=50).draws.shape == (120, 50, 2)
    monkeypatch.setattr("npsstats.forecasting.combined._AT_ONCE", 5000)
    np.testing.assert_allclose(Combined(rivals).fit(answers(table)).weight, some.weight)


def test_model_that_cannot_be_fitted_drops_out_with_the_reason():
    series = measure(np.random.default_rng(0).normal(0, 1, (2, 12)))
    fitted = Combined([Guess(0.0), Refusing(30), DiscountedDirichlet()]).fit(series)
    assert fitted.weights.model.tolist() == ["guess"]
    assert any("'refusing' takes no part" in said for said in fitted.diagnostics)
    assert any("it has no shares" in said for said in fitted.diagnostics)
    # enough periods for the forecast, too few at the first origin
    late = Combined([Guess(0.0), Refusing(12)]).fit(series)
    assert list(late.members) == ["guess"]
    assert "must hold 12 periods" in late.diagnostics[0]
    with pytest.raises(InputError, match="No model of the combination can be fitted"):
        Combined([Refusing(30)]).fit(series)


@pytest.mark.parametrize("length", [1, 2])
def test_too_short_to_validate_leaves_the_prior_and_says_so(length):
    series = answers(np.full((30, length, 3), 5))
    fitted = Combined().fit(series)
    assert any("Nothing could be validated" in said for said in fitted.diagnostics)
    np.testing.assert_allclose(fitted.weight, [5 / 6, 1 / 6])
    assert np.isfinite(fitted.predict(3, draws=100).draws).all()


def test_gaps_new_stores_and_constants_have_an_answer():
    table = network(4, stores=25, length=20)
    table[0] = 0  # nothing at all
    table[1, 1:] = 0  # one observation
    table[2, :19] = 0  # a new store
    table[3] = [0, 0, 9]  # always 100
    table[4, 6:12] = 0
    fitted = Combined().fit(answers(table))
    predictive = fitted.predict(6, draws=300)
    assert np.isfinite(predictive.draws).all()
    assert np.abs(predictive.draws).max() <= 100
    assert predictive.sd[0].mean() > predictive.sd[4].mean()
    assert (predictive.mean[3] > 60).all()


def test_nothing_observed_at_all_is_as_wide_as_the_scale():
    fitted = Combined().fit(answers(np.zeros((2, 6, 3))))
    assert "hierarchical" not in fitted.members
    assert any("no observed value" in said for said in fitted.diagnostics)
    assert any("Nothing could be validated" in said for said in fitted.diagnostics)
    predictive = fitted.predict(3, draws=400)
    assert np.isfinite(predictive.draws).all()
    assert predictive.sd.min() > 15


def test_last_periods_without_answers_leave_nothing_to_weigh():
    table = np.full((2, 12, 3), 5.0)
    table[:, 3:] = 0
    fitted = Combined([LastValue(), DiscountedDirichlet()]).fit(answers(table))
    np.testing.assert_allclose(fitted.weight, [3 / 4, 1 / 4])
    assert "Nothing could be validated" in fitted.diagnostics[0]


def test_candidates_suit_the_series():
    few = [m.name for m in candidates(answers(np.ones((2, 3, 3))))]
    many = [m.name for m in candidates(answers(np.ones((30, 3, 3))))]
    sales = [m.name for m in candidates(measure(np.ones((30, 3))))]
    assert many == ["hierarchical", "discounted Dirichlet"]
    assert few == [*many, "local level", "local trend"]
    polls = [m.name for m in candidates(answers(np.full((2, 3, 3), 700.0)))]
    assert polls == [*few, "last value"]
    assert sales == many[:1]


def test_refusals_name_the_remedy():
    with pytest.raises(InputError, match="`models` must be one or more models of different names"):
        Combined([LastValue(), LastValue()])
    with pytest.raises(InputError, match="`horizon` must be a whole number of at least 1, got 0"):
        Combined(horizon=0)
    with pytest.raises(InputError, match="`prior` must be a number from 0 to inf, got -1"):
        Combined(prior=-1)


def test_models_go_by_their_names():
    assert set(MODELS) == {
        "last value",
        "seasonal naive",
        "local level",
        "local trend",
        "discounted Dirichlet",
        "hierarchical",
        "combined",
    }
    assert all(made.name == name for name, made in MODELS.items())
    assert model(DEFAULT) == Combined()
    with pytest.raises(InputError, match="must be one of 'last value', 'seasonal naive', 'local"):
        model("arima")
