"""The hierarchical model against the same model in PyMC."""

import numpy as np
import pytest

from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.hierarchical.hyper import hypers
from npsstats.forecasting.hierarchical.model import _observed
from npsstats.forecasting.series import Series


def two_stores():
    rng = np.random.default_rng(5)
    net = 0.3 + 0.03 * rng.standard_normal(14).cumsum() + rng.normal(0, 0.1, (2, 1))
    shares = np.stack([(0.7 - net) / 2, np.full_like(net, 0.3), (0.7 + net) / 2], axis=-1)
    return Series.of_counts(rng.multinomial(60, shares), ["2023-01", "2024-02"])


def twin(series):
    """Write the covariance of all values again, from the model's text, and sample the scales."""
    import pymc as pm
    import pytensor.tensor as pt

    unknown = hypers(series, cycle=False)
    seen = _observed(series)
    stores, length = series.shape
    time = np.arange(length, dtype=float)
    lag = np.abs(time[:, None] - time)
    same = (lag % 12 == 0) - 1 / 12
    with pm.Model():
        at = {}
        for hyper in unknown:
            name = hyper.name.replace(" ", "_")
            if hyper.width:
                at[hyper.name] = pm.LogNormal(name, np.log(hyper.centre), hyper.width)
            else:
                at[hyper.name] = pm.HalfStudentT(name, nu=3, sigma=hyper.centre)
        phi = pt.exp(-1 / at["common memory"])
        common = 30.0**2 + at["common level"] ** 2 / (1 - phi**2) * phi**lag
        common += at["common season"] ** 2 * same * pt.exp(-lag / (12 * at["common drift"]))
        common += at["common shock"] ** 2 * np.eye(length)
        own = at["own level"] ** 2 + at["own deviation"] ** 2 * pt.exp(-lag / at["own memory"])
        own += at["own season"] ** 2 * same * np.exp(-lag / (12 * 8.0))
        own += at["own flicker"] ** 2 * np.eye(length)
        whole = pt.tile(common, (stores, stores))
        block = np.kron(np.eye(stores), np.ones((length, length)))
        whole += pt.tile(own, (stores, stores)) * block
        whole += np.diag(seen.noise.ravel())
        pm.MvNormal("values", np.zeros(stores * length), whole, observed=seen.values.ravel())
        trace = pm.sample(
            400, tune=400, chains=2, cores=1, random_seed=3, progressbar=False,
            compute_convergence_checks=False,
        )  # fmt: skip
    return trace.posterior


@pytest.mark.twin
def test_scales_and_memories_agree_with_nuts():
    series = two_stores()
    fitted = Hierarchical(cycle=False).fit(series)
    assert len(set(fitted.posterior.group)) == len(fitted.posterior.points)
    assert fitted.posterior.effective > 50
    found = twin(series)
    weights = fitted.posterior.weights
    logs = np.log(fitted.posterior.points)
    for place, name in enumerate(fitted.posterior.names):
        theirs = np.log(found[name.replace(" ", "_")].to_numpy().ravel())
        ours = float(weights @ logs[:, place])
        assert ours == pytest.approx(theirs.mean(), abs=0.3 * theirs.std()), name
        spread = float(np.sqrt(weights @ (logs[:, place] - ours) ** 2))
        assert spread == pytest.approx(theirs.std(), rel=0.3), name
