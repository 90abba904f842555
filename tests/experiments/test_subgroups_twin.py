"""The quadrature of subgroup effects against the same model in PyMC."""

import numpy as np
import pytest

from npsstats.experiments.heterogeneity.additive import fit_additive

pytestmark = pytest.mark.twin

EFFECT = np.array([31, 95, 12, 68, 121, -22, 55, 40, 17, 133, -8, 71]) / 1000
VARIANCE = np.array([4, 9, 2, 7, 11, 5, 3, 8, 6, 10, 2, 4]) / 1e4
CODES = [np.repeat(np.arange(3), 4), np.tile(np.arange(4), 3)]
SCALE = 0.05


@pytest.mark.parametrize("keys", [0, 2])
def test_agrees_with_pymc(keys):
    import pymc as pm

    with pm.Model():
        total = pm.Flat("mu")
        names = [f"tau{k}" for k in range(keys + 1)]
        tau = [pm.HalfStudentT(name, nu=4, sigma=SCALE) for name in names]
        total += tau[0] * pm.Normal("own", size=12)
        for k in range(keys):
            size = int(CODES[k].max()) + 1
            total += tau[k + 1] * pm.Normal(f"u{k}", size=size)[CODES[k]]
        theta = pm.Deterministic("theta", total)
        pm.Normal("y", theta, np.sqrt(VARIANCE), observed=EFFECT)
        drawn = pm.sample(
            tune=1500,
            draws=2500,
            chains=4,
            cores=2,
            random_seed=3,
            target_accept=0.97,
            nuts_sampler="nutpie",
            progressbar=False,
        )
    theta = drawn["posterior"]["theta"].to_numpy().reshape(-1, 12)
    taus = np.column_stack([drawn["posterior"][name].to_numpy().ravel() for name in names])
    fit = fit_additive(EFFECT, VARIANCE, CODES[:keys], [3, 4][:keys], scale=SCALE)
    cells = fit.cells()
    assert cells.mean == pytest.approx(theta.mean(axis=0), abs=0.0015)
    assert cells.sd == pytest.approx(theta.std(axis=0), rel=0.05)
    assert cells.above() == pytest.approx((theta > 0).mean(axis=0), abs=0.012)
    assert cells.quantile(0.025) == pytest.approx(np.quantile(theta, 0.025, axis=0), abs=0.004)
    assert fit.spreads.weights @ fit.spreads.tau == pytest.approx(taus.mean(axis=0), rel=0.06)
    share = np.full(12, 1 / 12)
    more = fit.of_cells(np.eye(12) - share).above()
    average = theta @ share
    assert more == pytest.approx((theta > average[:, None]).mean(axis=0), abs=0.015)
