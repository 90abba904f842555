"""Absorbing effects in closed form equals a regression on all their dummies."""

import numpy as np
import pytest

from npsstats.linkage.within import within


@pytest.fixture
def panel():
    rng = np.random.default_rng(7)
    used = rng.random((30, 12)) < 0.6
    used[4] = False
    used[5] = False
    used[5, 3] = True  # a single row says nothing within its store
    weights = rng.uniform(0.5, 2, 30)
    controls = rng.normal(size=(3, 30, 12))
    controls[2] = controls[0] - 2 * controls[1]  # adds nothing
    return used, weights, list(controls), rng.normal(size=(30, 12))


def residual_maker(used, weights, controls):
    rows = np.argwhere(used)
    dummies = np.zeros((len(rows), sum(used.shape) + len(controls)))
    for place, (store, period) in enumerate(rows):
        dummies[place, store] = dummies[place, used.shape[0] + period] = 1
        dummies[place, sum(used.shape) :] = [control[store, period] for control in controls]
    root = np.sqrt(weights[rows[:, 0]])
    scaled = dummies * root[:, None]
    return rows, root, np.eye(len(rows)) - scaled @ np.linalg.pinv(scaled, rcond=1e-10), dummies


def test_residuals_and_entries_are_those_of_the_dummies(panel):
    used, weights, controls, values = panel
    effects = within(used, controls, weights)
    rows, root, maker, dummies = residual_maker(effects.used, weights, controls)
    expected = maker @ (root * values[effects.used]) / root
    np.testing.assert_allclose(effects.residual(values)[effects.used], expected, atol=1e-12)
    assert effects.kept == (0, 1)
    assert effects.absorbed == np.linalg.matrix_rank(dummies)
    assert not effects.used[5].any()
    place = {tuple(row): number for number, row in enumerate(rows)}
    for apart in (0, 1, -2):
        entries = effects.entries(apart)
        for (store, period), number in place.items():
            other = place.get((store, period + apart))
            wanted = 0.0 if other is None else maker[number, other]
            assert entries[store, period] == pytest.approx(wanted, abs=1e-12)


def test_a_panel_in_two_parts_loses_one_more_period():
    used = np.zeros((6, 6), dtype=bool)
    used[:3, :3] = used[3:, 3:] = True
    assert within(used).absorbed == 6 + 6 - 2
