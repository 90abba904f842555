"""When stores move along one scale, the pooled model says that it is not theirs."""

import numpy as np
import pytest

from npsstats.estimation.misfit import sd_by_moments, too_alike


def test_moments_by_hand():
    array = np.array([[2.0, 2, 6], [6, 2, 2], [3, 3, 4]])
    scores = [np.repeat([-1, 0, 1], row.astype(int)) for row in array]
    within = sum(((s - s.mean()) ** 2).sum() for s in scores) / 27
    means = np.array([s.mean() for s in scores])
    between = (10 * ((means - means.mean()) ** 2).sum() - 2 * within) / (30 - 10)
    assert sd_by_moments(array) == pytest.approx(100 * np.sqrt(between))


def test_moments_recover_the_truth():
    rng = np.random.default_rng(0)
    shares = rng.dirichlet([8, 14, 22], 4000)
    array = np.array(
        [rng.multinomial(n, row) for n, row in zip(rng.integers(2, 60, 4000), shares, strict=True)]
    )
    truth = 100 * (shares[:, 2] - shares[:, 0]).std()
    assert sd_by_moments(array.astype(float)) == pytest.approx(truth, rel=0.05)


@pytest.mark.parametrize("array", [np.zeros((3, 3)), np.array([[0.0, 1, 0]]), np.zeros((0, 3))])
def test_nothing_to_learn_from(array):
    assert np.isnan(sd_by_moments(array))
    assert too_alike(array, 10.0) is None


def test_unanimous_cells_do_not_differ():
    assert sd_by_moments(np.tile([0.0, 0, 9], (30, 1))) == 0
    assert too_alike(np.tile([0.0, 0, 9], (30, 1)), 1.0) is None
