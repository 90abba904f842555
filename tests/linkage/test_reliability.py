"""How much of a score's movement is real, against truths that are known."""

import numpy as np
import pytest
from networks import draw, panel_of, score_of

from npsstats.aggregates.panels import StorePanel
from npsstats.checks import InputError
from npsstats.linkage.corrected import NoisyScore, corrected_moments
from npsstats.linkage.reliability import between_reliability, reliability
from npsstats.linkage.within import within


def test_within_and_between_are_those_of_the_true_scores():
    shares, between, inside = [], [], []
    for seed in range(12):
        truth, categories, growth = draw(60, np.random.default_rng([seed, 60]), stores=120)
        frame = reliability(panel_of(categories, growth)).frame.set_index(["period", "part"])
        score = score_of(categories)
        effects = within(score.n > 0)
        seen = (effects.residual(score.mean) ** 2).sum()
        real = (effects.residual(truth) ** 2).sum()
        row = frame.loc[("month", "within")]
        shares.append(row["estimate"] - real / seen)
        inside.append(row["true_sd"] ** 2 - real / effects.entries().sum())
        level = np.var(truth.mean(axis=1), ddof=1)
        between.append(frame.loc[("month", "between"), "true_sd"] ** 2 - level)
        assert frame.loc[("quarter", "within"), "estimate"] > row["estimate"]
    for errors in (shares, inside, between):
        assert np.mean(errors) == pytest.approx(0, abs=4 * np.std(errors) / np.sqrt(len(errors)))


def test_the_report_says_what_can_be_done():
    _, categories, growth = draw(200, np.random.default_rng(1))
    found = reliability(panel_of(categories, growth))
    assert found.recommended == "month"
    assert "35 % is real" in found.headline() or "36 % is real" in found.headline()
    _, categories, growth = draw(6, np.random.default_rng(1), stores=60)
    found = reliability(panel_of(categories, growth))
    assert found.recommended is None
    assert "No period here is long enough" in found.headline()
    assert any("not identified" in doubt for doubt in found.diagnostics)


def test_the_answers_needed_are_enough():
    _, categories, growth = draw(20, np.random.default_rng(2), stores=150)
    row = reliability(panel_of(categories, growth)).frame.iloc[0]
    assert not row["identified"]
    strengths = []
    for seed in range(6):  # of equal stores, as the formula takes them; with room to spare
        rng = np.random.default_rng([seed, 9])
        _, categories, growth = draw(1.5 * row["answers_needed"], rng, stores=150)
        strengths.append(reliability(panel_of(categories, growth)).frame["strength"].iloc[0])
    assert np.median(strengths) > 5


@pytest.mark.parametrize("answers", [20, 60])
def test_shrunken_scores_do_not_mend_the_slope(answers):
    """Empirical-Bayes scores plugged into fixed effects stay attenuated; ours do not."""
    shrunken, corrected = [], []
    for seed in range(12):
        _, categories, growth = draw(answers, np.random.default_rng([seed, answers]))
        score = score_of(categories).shifted(1)
        seen = score.n > 0
        noise = score.noise()
        spread = np.var(score.mean[seen]) - noise[seen].mean()
        weight = spread / (spread + noise)
        centre = score.mean[seen].mean()
        plugged = NoisyScore(
            score.n, centre + weight * (np.where(seen, score.mean, 0) - centre), score.variance
        )
        shrunken.append(corrected_moments(growth, plugged).naive().slope(0.95).estimate)
        corrected.append(corrected_moments(growth, score).slope(0.95).estimate)
    assert np.mean(shrunken) < 0.04  # of a true 0.10
    assert np.median(corrected) > 2 * np.mean(shrunken)


def test_without_answers_nothing_is_said():
    panel = panel_of(np.zeros((5, 12, 2, 3), dtype=int), np.zeros((5, 12)))
    found = reliability(panel)
    assert found.frame["estimate"].isna().all()
    assert "nothing can be said" in found.headline()
    small = StorePanel(("A",), ("2025-01",), "month", np.zeros((1, 1, 2, 3), dtype=int))
    with pytest.raises(InputError, match="at least three stores and two periods; the panel has 1"):
        reliability(small)


def test_between_without_noise_is_one():
    categories = np.zeros((4, 6, 2, 3), dtype=int)
    for store, promoters in enumerate((100, 70, 40, 20)):
        categories[store, :, :, 2] = promoters * 10**6
        categories[store, :, :, 0] = (100 - promoters) * 10**6
    row = between_reliability(score_of(categories), 0.95)
    assert row["estimate"] == pytest.approx(1, abs=1e-6)
