"""Customers who answer more than once: variances mislead, halves do not, and it is said."""

import numpy as np
import pytest
from networks import draw, panel_of, score_of

from npsstats.linkage.corrected import corrected_moments, dependent
from npsstats.linkage.growth import growth
from npsstats.linkage.reliability import reliability


def twice(categories):
    """Return the panel where every answer is given twice by the same customer."""
    return 2 * categories


def test_answers_given_twice_are_seen_and_the_correction_is_withheld():
    _, categories, grown = draw(100, np.random.default_rng(1), stores=150, periods=24, slope=0.3)
    score = score_of(twice(categories)).shifted(1)
    assert dependent(grown, score)
    panel = panel_of(twice(categories), grown)
    found = growth(panel, horizon=1)
    rows = found.frame[found.frame["estimator"] == "within"].groupby("reading").first()
    assert np.isnan(rows.loc["corrected", "estimate"])
    assert rows.loc["split-half", "lower"] < 0.3 < rows.loc["split-half", "upper"]
    assert "not independent" in found.diagnostics[0]
    assert f"{rows.loc['split-half', 'estimate']:.2g} % more" in found.headline()
    told = reliability(panel)
    assert "not independent" in told.diagnostics[0]
    assert told.frame["estimate"].iloc[0] == pytest.approx(
        reliability(panel_of(categories, grown)).frame["estimate"].iloc[0], abs=0.08
    )


def test_independent_answers_are_rarely_called_dependent():
    called = 0
    for seed in range(40):
        _, categories, grown = draw(60, np.random.default_rng([seed, 4]), stores=60, periods=12)
        called += dependent(grown, score_of(categories).shifted(1))
    assert called <= 3  # of 40 at 1 %: more has probability 1e-3


def test_one_answer_a_cell_tells_nothing():
    rng = np.random.default_rng(0)
    categories = np.zeros((30, 24, 2, 3), dtype=int)
    for store in range(30):
        for month in range(24):
            categories[store, month, rng.integers(2), rng.integers(3)] = 1
    grown = rng.normal(size=(30, 24))
    found = reliability(panel_of(categories, grown))
    assert found.frame.loc[:1, "estimate"].isna().all()  # of months; quarters have several
    assert np.isnan(corrected_moments(grown, score_of(categories)).slope(0.95).estimate)


def test_answers_that_agree_are_not_exact_in_the_joint_model():
    score = score_of(np.array([[[[0, 0, 3], [0, 0, 4]], [[1, 1, 2], [2, 0, 1]]]]))
    assert (score.noise()[0, 0], score.pooled_noise()[0, 0] > 50) == (0, True)


def test_scores_that_never_move_are_said_to_be_still():
    categories = np.zeros((12, 18, 2, 3), dtype=int)
    categories[..., 2] = 20
    found = reliability(panel_of(categories, np.zeros((12, 18))))
    assert "no store's score moves" in found.headline()
    assert not found.frame["identified"].fillna(False).any()
