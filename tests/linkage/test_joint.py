"""The joint Bayesian model and the correction by moments say the same of the same data."""

import numpy as np
import pytest
from networks import draw, panel_of

from npsstats.checks import InputError
from npsstats.linkage.corrected import NoisyScore, corrected_moments, signal_weights
from npsstats.linkage.joint import joint_slope


@pytest.mark.twin
def test_both_find_the_slope():
    _, categories, growth = draw(200, np.random.default_rng(4), stores=40, periods=18, slope=0.3)
    panel = panel_of(categories, growth)
    joint = joint_slope(panel, draws=1200)
    observed = 100 * panel.log_growth("sales")
    score = NoisyScore.of(panel.score).shifted(1)
    weights = signal_weights(observed, score)
    moments = corrected_moments(observed, score, weights=weights).slope(0.95)
    row = joint.frame.iloc[0]
    # one likelihood, two estimators: they differ by less than either is unsure
    assert row["estimate"] == pytest.approx(moments.estimate, abs=0.6 * moments.std_error)
    assert row["std_error"] == pytest.approx(moments.std_error, rel=0.35)
    assert joint.contraction > 0.9
    assert "posterior" in joint.draws.children


def test_too_little_is_refused_before_sampling():
    panel = panel_of(np.zeros((5, 12, 2, 3), dtype=int), np.zeros((5, 12)))
    with pytest.raises(InputError, match="three stores and three periods"):
        joint_slope(panel)
