import importlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.forecasting.backtest import backtest
from npsstats.forecasting.backtest_folds import Plan, scored
from npsstats.forecasting.naive import LastValue, SeasonalNaive
from npsstats.forecasting.predictive import Predictive
from npsstats.forecasting.scoring import covered, crps, pit
from npsstats.forecasting.series import Series
from npsstats.grades import ASSUMED, misused

ROOT = Path(__file__).resolve().parents[2]
NAIVE = [LastValue(), SeasonalNaive()]


def labels(months):
    return ["2020-01", str(pd.Period("2020-01", "M") + months - 1)]


def walk(rng, series=3, months=36, sd=4.0, n=40):
    """Return a series and its truth: random walks seen through n answers."""
    truth = 20 + np.cumsum(rng.normal(0, sd, (series, months)), axis=1)
    truth = np.clip(truth, -60, 60)
    shares = np.stack([0.35 - truth / 200, np.full_like(truth, 0.3), 0.35 + truth / 200], axis=-1)
    answers = rng.poisson(n, truth.shape)
    return Series.of_counts(rng.multinomial(answers, shares), labels(months)), truth


@dataclass(frozen=True)
class Oracle:
    """Knows the truth of what is to come and says it with some error of its own."""

    truth: np.ndarray
    sd: float = 0.0
    bias: float = 0.0
    name: ClassVar[str] = "oracle"
    series: Series | None = None

    def fit(self, series):
        return replace(self, series=series)

    update = fit

    def predict(self, horizon, *, draws=1000, seed=0):
        start = self.series.shape[1]
        centre = self.truth[:, None, start : start + horizon] + self.bias
        rng = np.random.default_rng(seed)
        error = self.sd * rng.standard_normal((len(centre), draws, horizon))
        return Predictive.of(centre + error, self.series)


@dataclass(frozen=True)
class Refusing:
    name: ClassVar[str] = "refusing"

    def fit(self, series):
        raise InputError("`series` is too short for this.")


def test_nothing_after_an_origin_is_seen():
    """A future that turns out otherwise changes no forecast made before it."""
    rng = np.random.default_rng(1)
    series, _ = walk(rng)
    other = series.categories.copy()
    other[:, 30:] = other[:, 30:, ::-1] * 3
    changed = Series.of_counts(other, labels(36))
    said = []

    @dataclass(frozen=True)
    class Watching(LastValue):
        name: ClassVar[str] = "watching"

        def fit(self, known):
            said[-1].append(known.fingerprint)
            return super().fit(known)

    scores = []
    for each in (series, changed):
        said.append([])
        scores.append(backtest(each, [Watching()], horizon=3, origins=[24, 27, 30]))
    assert said[0] == said[1]
    assert len(set(said[0])) == 3
    first, second = (found.by_origin.query("origin < '2022-06'") for found in scores)
    pd.testing.assert_frame_equal(first, second)
    # what is scored by the changed months does change
    assert scores[0].frame["crps"][0] != scores[1].frame["crps"][0]


def test_one_fold_is_scored_as_by_hand():
    rng = np.random.default_rng(2)
    series, _ = walk(rng, series=2, months=20)
    found = backtest(series, [LastValue()], horizon=2, origins=[18], draws=500, seed=7)
    said = LastValue().fit(series.until(18)).predict(2, draws=500, seed=7 + 18)
    shown = said.observed(series.n[:, 18:], np.random.default_rng([7, 18])).draws
    came = series.values[:, 18:]  # noqa: PD011 - a grid of ours
    score = crps(shown, came)
    row = found.frame.iloc[0]
    assert row.crps == pytest.approx(score.mean(), rel=1e-12)
    held = covered(pit(shown, came.astype(np.float32)), 0.8)
    assert row.coverage_80 == pytest.approx(held.mean(), rel=1e-12)
    low, high = np.quantile(shown, [0.1, 0.9], axis=1)
    assert row.sharpness == pytest.approx((high - low).mean(), rel=1e-5)
    density = said.log_density(came, series.noise[:, 18:])
    assert row.log_score == pytest.approx(-density.mean(), rel=1e-12)
    assert row.bias == pytest.approx((said.mean - came).mean(), rel=1e-12)
    ahead = found.by_horizon.query("model == 'last value'")
    np.testing.assert_allclose(ahead["crps"], score.mean(axis=0), rtol=1e-12)
    assert ahead["n"].tolist() == [2, 2]


def test_sampling_error_of_the_target_does_not_count_against_who_knows_the_truth():
    series, truth = walk(np.random.default_rng(3), series=40, months=30, n=12)
    found = backtest(series, [Oracle(truth)], horizon=6, origins=15, truth=truth, draws=400)
    row = found.frame.iloc[0]
    assert row.verdict == "beats both naive forecasts"
    assert row.lower > 0
    assert row.latent_crps == pytest.approx(0, abs=1e-5)
    size = np.sqrt(40 * 15)  # the targets; each is foreseen from six origins
    for level in (50, 80, 95):
        share = level / 100
        assert row[f"coverage_{level}"] == pytest.approx(
            share, abs=4 * np.sqrt(share * (1 - share)) / size
        )
    assert not [text for text in found.diagnostics if "oracle" in text]
    held = found.calibration.query("model == 'oracle'")
    assert (held["coverage"] - held["level"]).abs().max() < 0.04


def test_scores_of_few_answers_equal_the_draws_that_they_equal():
    """Thirds are rounded in single precision, and would else lie beside the draws, not among."""
    series, truth = walk(np.random.default_rng(18), series=20, months=12, n=6)
    said = scored(series, Oracle(truth), Plan((10,), 2, 1, 400, 0))
    # of 6 answers half a dozen scores are likely: each holds a tenth of the draws or so
    assert np.nanmean(said.shown.rank.upper - said.shown.rank.lower) > 0.08


def test_intervals_that_do_not_hold_are_said_not_to():
    series, truth = walk(np.random.default_rng(4), series=40, months=30, n=400)
    wide = backtest(series, [Oracle(truth, sd=30)], horizon=2, origins=15, draws=200)
    assert any("50% intervals of oracle" in t and "too wide" in t for t in wide.diagnostics)
    off = backtest(series, [Oracle(truth, bias=15)], horizon=2, origins=15, draws=300)
    assert any("95% intervals of oracle" in t and "too narrow" in t for t in off.diagnostics)
    assert off.frame["bias"][0] == pytest.approx(15, abs=0.5)


@pytest.mark.parametrize("sd", [0.0, 30.0])
def test_few_origins_tell_nothing_of_coverage(sd):
    """All of ten intervals hold, or all of four targets: chance gives that."""
    for seed in range(4):
        series, truth = walk(np.random.default_rng(seed), series=1, months=12, n=400)
        found = backtest(series, [Oracle(truth, sd=sd)], horizon=4, origins=8, draws=200)
        assert found.frame["n"][0] == 10
        assert not [text for text in found.diagnostics if "intervals of oracle hold" in text]


def test_a_model_that_does_not_beat_the_naive_is_said_not_to():
    series, truth = walk(np.random.default_rng(5), n=500)
    found = backtest(series, [Oracle(truth, bias=60)], horizon=4, origins=18, draws=300)
    row = found.frame.iloc[0]
    assert row.estimate < 0
    assert row.verdict == "worse than the seasonal naive and the last value"
    assert "does not beat the seasonal naive nor the last value" in found.diagnostics[0]
    said = found.headline()
    low, high = (f"{-100 * limit:.0f} % more" for limit in (row.upper, row.lower))
    assert f"{-100 * row.estimate:.0f} % more than the" in said
    assert f"(95% interval {low} to {high})" in said
    assert not misused(found.headline() + " ".join(found.diagnostics), ASSUMED)


def test_a_copy_of_the_last_value_is_not_said_to_beat_it():
    @dataclass(frozen=True)
    class Copy(LastValue):
        name: ClassVar[str] = "copy"

    series, _ = walk(np.random.default_rng(6))
    row = backtest(series, [Copy()], horizon=3, origins=20).frame.iloc[0]
    assert row.skill_last == 0
    assert row.verdict.startswith("does not beat")
    assert row.verdict.endswith("the last value")


def test_between_estimations_models_are_conditioned_on_what_is_known():
    fits = []

    @dataclass(frozen=True)
    class Counting(LastValue):
        name: ClassVar[str] = "counting"

        def fit(self, series):
            fits.append(series.shape[1])
            return super().fit(series)

    series, _ = walk(np.random.default_rng(7))
    found = backtest(series, [Counting()], horizon=2, origins=20, every=4, refit=3)
    assert fits == [20, 32]
    assert found.provenance.options["origins"] == [20, 24, 28, 32]
    # the last value is the last one known, not the last one at the estimation
    each = backtest(series, [Counting()], horizon=2, origins=20, every=4)
    assert found.frame["bias"][0] == pytest.approx(each.frame["bias"][0], abs=0.5)


def test_a_series_that_has_not_begun_is_not_forecast():
    series, _ = walk(np.random.default_rng(8), series=2, months=24)
    later = series.categories.copy()
    later[1, :20] = 0
    opened = Series.of_counts(later, labels(24))
    found = backtest(opened, NAIVE, horizon=2, origins=[18, 20, 22])
    # two of the first series at each origin, two of the second at the last alone
    assert found.frame["n"].tolist() == [8, 8]


def test_missing_and_empty_targets_are_not_scored():
    series, _ = walk(np.random.default_rng(9), series=2, months=24)
    holes = series.categories.copy()
    holes[0, 21] = 0
    found = backtest(Series.of_counts(holes, labels(24)), NAIVE, horizon=2, origins=[20])
    assert found.frame["n"].tolist() == [3, 3]
    assert np.isfinite(found.frame["crps"]).all()
    assert found.frame["lower"].isna().all()
    assert "how sure a skill is cannot be told" in found.diagnostics[-1]


def test_nothing_observed_after_any_origin_is_an_error():
    series, _ = walk(np.random.default_rng(10), series=1, months=24)
    empty = series.categories.copy()
    empty[:, 20:] = 0
    with pytest.raises(InputError, match="nothing to judge a forecast by"):
        backtest(Series.of_counts(empty, labels(24)), NAIVE, origins=[20, 22])


def test_constant_series_and_measures():
    constant = Series.of_counts(np.full((1, 30, 3), [0, 0, 8.0]), labels(30))
    found = backtest(constant, NAIVE, horizon=3, origins=24)
    assert np.isfinite(found.frame[["crps", "wis", "log_score"]]).all(axis=None)
    rng = np.random.default_rng(11)
    season = np.tile(rng.normal(0, 0.3, 12), 4)
    sales = Series.of_measure(3 + season + rng.normal(0, 0.02, (5, 48)), labels(48))
    found = backtest(sales, ["seasonal naive"], horizon=6, origins=30, every=3)
    row = found.frame.iloc[0]
    assert row.model == "seasonal naive"
    assert row.skill_last > 0.5
    assert found.shown()["crps"][0] == pytest.approx(100 * row.crps)
    assert "%" in found.headline()
    assert "Back-test" in repr(found)


def test_the_sampling_error_of_a_measure_is_in_what_is_to_be_observed():
    rng = np.random.default_rng(12)
    truth = np.full((60, 20), 1.0)
    values = truth + rng.normal(0, 0.5, truth.shape)
    noisy = Series.of_measure(values, labels(20), noise=np.full(truth.shape, 0.25))
    row = backtest(noisy, [Oracle(truth)], horizon=2, origins=10, draws=200).frame.iloc[0]
    assert row.coverage_80 == pytest.approx(0.8, abs=0.05)


def test_a_model_that_cannot_be_fitted_is_left_out_with_its_reason():
    series, _ = walk(np.random.default_rng(13))
    found = backtest(series, [Refusing()], horizon=2, origins=[20, 25, 30])
    assert found.frame["model"].tolist() == ["seasonal naive", "last value"]
    assert found.diagnostics[0] == (
        "refusing was left out: at 2021-08: `series` is too short for this."
    )
    assert found.headline().startswith("seasonal naive: CRPS")


def test_the_same_seed_gives_the_same_numbers():
    series, _ = walk(np.random.default_rng(14))
    first, again = (backtest(series, NAIVE, horizon=2, origins=30, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first.frame, again.frame)
    other = backtest(series, NAIVE, horizon=2, origins=30, seed=4)
    assert (first.frame["crps"] != other.frame["crps"]).all()


def test_origins_unless_told_leave_two_years_or_half():
    series, _ = walk(np.random.default_rng(15), series=1)
    found = backtest(series, NAIVE, horizon=1, draws=50)
    assert found.provenance.options["origins"] == list(range(24, 36))
    short = backtest(series.until(2), NAIVE, draws=50)
    assert short.provenance.options["origins"] == [1]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"origins": [36]}, "lie between 1 and 35"),
        ({"origins": [5, 5]}, "must rise"),
        ({"origins": []}, "got none"),
        ({"horizon": 0}, "`horizon` must be a whole number"),
        ({"refit": 0}, "`refit` must be"),
        ({"models": "last value"}, "must be a list"),
        ({"models": ["no such"]}, "`model` must be one of"),
        ({"models": [LastValue(), LastValue()]}, "different names"),
        ({"truth": np.zeros((1, 36))}, "`truth` must have the shape"),
    ],
)
def test_errors_say_the_remedy(options, text):
    series, _ = walk(np.random.default_rng(16))
    with pytest.raises(InputError, match=text):
        backtest(series, **({"models": NAIVE} | options))


def test_one_period_cannot_be_tested():
    series, _ = walk(np.random.default_rng(17))
    with pytest.raises(InputError, match="2 periods at least"):
        backtest(series.until(1), NAIVE)


def test_on_real_polls_a_local_level_beats_the_seasonal_naive(shared_data, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    study = importlib.import_module("forecasting_data").polls(shared_data)[0]
    found = backtest(study.series, ["local level"], origins=range(48, 131, 12), refit=8, draws=400)
    row = found.frame.iloc[0]
    assert row.skill_seasonal > 0
    assert row.n > 70


def test_a_back_test_fits_a_terminal_without_verdicts_in_the_table():
    series, _ = walk(np.random.default_rng(6))
    found = backtest(series, NAIVE, horizon=3, origins=20)
    lines = str(found).splitlines()
    table = lines[lines.index("") + 1 :][: len(found.frame) + 1]
    assert "skill_last" in table[0]
    assert max(map(len, table)) <= 110
    assert "a reference" not in str(found)
