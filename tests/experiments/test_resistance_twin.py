"""The reminder's posterior against PyMC: slow, general, and none of our arithmetic."""

import numpy as np
import pytest
from scipy import special

from npsstats.experiments.survey.silent.resistance_fit import SHAPES, Survey
from npsstats.experiments.survey.silent.resistance_profile import PRIOR_SD, draw, profile

X = SHAPES["linear"][:, 0]
NET = np.repeat([-100.0, 0.0, 100.0], [7, 2, 2])
LAW = np.array([3, 1, 1, 2, 2, 7, 6, 14, 25, 15, 24.0]) / 100
ASKED = 1500


def counted(seed, delta):
    chance = special.expit(-0.8 + 1.5 * X + delta * np.array([[0.0], [1.0]]))
    cell = LAW * chance
    law = np.column_stack([cell, 1 - cell.sum(axis=1)])
    return np.random.default_rng(seed).multinomial(ASKED, law)


def twin(counts):
    """Return draws of β, of the NPS of all asked and of the gap."""
    import nutpie
    import pymc as pm
    from pytensor import tensor as pt

    from npsstats.estimation.nuts import worst_r_hat

    with pm.Model() as model:
        share = pm.Dirichlet("share", np.full(11, 1 / 11))
        level, delta = pm.Flat("level", initval=-0.4), pm.Flat("delta", initval=0.5)
        beta = pm.Normal("beta", 0.0, PRIOR_SD)
        place = level + beta * (X - 0.25)  # about where most scores are
        cell = pt.stack([share * pm.math.sigmoid(place), share * pm.math.sigmoid(place + delta)])
        silent = 1 - cell.sum(axis=1, keepdims=True)
        pm.Multinomial("seen", n=ASKED, p=pt.concatenate([cell, silent], axis=1), observed=counts)
        asked = pm.Deterministic("asked", pt.dot(share, NET))
        both = cell.sum(axis=0)
        pm.Deterministic("gap", pt.dot(both, NET) / both.sum() - asked)
    # a, β and the shares lie on a ridge, which a diagonal metric climbs too slowly
    found = nutpie.sample(
        nutpie.compile_pymc_model(model),
        chains=4,
        tune=1500,
        draws=3000,
        cores=1,
        seed=1,
        adaptation="low_rank",
        progress_bar=False,
    )
    assert worst_r_hat(found, ["beta", "asked", "gap"]) < 1.1
    posterior = found["posterior"]
    return [posterior[name].to_numpy().ravel() for name in ("beta", "asked", "gap")]


@pytest.mark.twin
@pytest.mark.parametrize(("delta", "near", "tail"), [(0.35, 0.15, 0.5), (1.2, 0.1, 0.2)])
def test_draws_are_those_of_pymc(delta, near, tail):
    """Where the reminder tells little Laplace's tails are the wider ones; where it tells, equal."""
    counts = counted(3, delta)
    survey = Survey(counts[None, :, :11].astype(float), np.full((1, 2), float(ASKED)))
    made = profile(survey, SHAPES["linear"], 0.95)
    beta, values = draw(made, 40_000, np.random.default_rng(0))
    ours = beta[:, 0], values[:, 0], values[:, 1]
    for own, other in zip(ours, twin(counts), strict=True):
        spread = other.std()
        assert own.mean() == pytest.approx(other.mean(), abs=near * spread)
        assert own.std() == pytest.approx(spread, rel=near)
        ends = [0.025, 0.5, 0.975]
        assert np.quantile(own, ends) == pytest.approx(np.quantile(other, ends), abs=tail * spread)
