"""Store effects by quadrature against PyMC, and PyMC's own model of 0/1 outcomes."""

import numpy as np
import pytest
from scipy import special

from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.experiments.clusters import clustered_bayes
from npsstats.experiments.clusters.hierarchical import Summaries, posterior
from npsstats.experiments.clusters.rows import summaries
from npsstats.experiments.clusters.table import cluster_table

ARMS = np.array(["ignored", "called"])
KEYS = {"control": "ignored", "cluster": "store"}


def simulated(design, seed=3, binary=False):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(8, 70, 12)
    store = np.repeat(np.arange(12), sizes)
    arm = (store % 2) if design == "cluster" else rng.integers(0, 2, len(store))
    level, effect = rng.normal(0, 0.6, 12), rng.normal(0.5, 0.4, 12)
    mean = level[store] + arm * effect[store]
    y = rng.random(len(store)) < special.expit(mean) if binary else rng.normal(40 + 9 * mean, 9)
    return ArmMoments.from_values({"y": y}, {"arm": ARMS[arm], "store": store})


@pytest.mark.twin
@pytest.mark.parametrize("design", ["cluster", "within"])
def test_quadrature_agrees_with_the_twin(design):
    made = simulated(design)
    theirs = clustered_bayes(made, "y", design=design, unit="EUR", draws=6000, seed=1, **KEYS)
    assert theirs.diagnostics == ()  # the chains mixed
    drawn = theirs.draws["posterior"]["effect"].to_numpy().ravel()
    table = cluster_table(made, "y", ("ignored", "called"), cluster="store", stratum=None)
    law = posterior(summaries(table, paired=design == "within"))
    # 6,000 draws of NUTS are worth 2,000 or more
    error = drawn.std() / np.sqrt(2000)
    assert law.mean[0] == pytest.approx(drawn.mean(), abs=4 * error)
    assert law.sd[0] == pytest.approx(drawn.std(), rel=0.08)
    for q in (0.025, 0.975):
        assert (drawn < law.quantile(q)[0]).mean() == pytest.approx(q, abs=0.012), q
    assert theirs.effect.probability == pytest.approx(law.above()[0], abs=0.03)


@pytest.mark.twin
def test_shares_of_stores():
    made = simulated("cluster", binary=True)
    found = clustered_bayes(made, "y", kind="binary", draws=2000, seed=2, **KEYS)
    assert found.diagnostics == ()
    table = cluster_table(made, "y", ("ignored", "called"), cluster="store", stratum=None)
    normal = posterior(summaries(table, paired=False))
    # two laws of the stores, one story
    assert found.effect.estimate == pytest.approx(normal.mean[0], abs=0.5 * normal.sd[0])
    assert found.effect.std_error == pytest.approx(normal.sd[0], rel=0.3)
    assert -1 < found.effect.lower < found.effect.upper < 1
    assert found.frame["quantity"].tolist() == ["effect", "between_sd"]


def test_the_lattice_is_fine_enough():
    """Against a plain, much finer double sum over s and σ."""
    rng = np.random.default_rng(1)
    ratio = 1 / rng.integers(5, 50, 9).astype(float)
    value, group = rng.normal(0, 1.0, 9), np.arange(9) % 2
    given = Summaries(value, ratio, group, 150.0, 140.0)
    scale = 0.5 * np.sqrt(150 / 140)
    s = (np.arange(4000) + 0.5) * 5 * scale / 4000
    sigma = np.linspace(0.7, 1.5, 161)
    v = s[:, None, None] ** 2 + ratio * sigma[:, None] ** 2
    logs = -141 * np.log(sigma) - 75 / sigma**2 - (s[:, None] / scale) ** 2 / 2
    means, variances = [], []
    for g in (0, 1):
        w = 1 / v[..., group == g]
        mean = (w * value[group == g]).sum(axis=-1) / w.sum(axis=-1)
        logs = logs + 0.5 * (np.log(w).sum(axis=-1) - np.log(w.sum(axis=-1)))
        logs = logs - 0.5 * (w * (value[group == g] - mean[..., None]) ** 2).sum(axis=-1)
        means.append(mean)
        variances.append(1 / w.sum(axis=-1))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    apart = means[1] - means[0]
    expected = (weights * apart).sum()
    square = (weights * (sum(variances) + (apart - expected) ** 2)).sum()
    law = posterior(given)
    assert law.mean[0] == pytest.approx(expected, abs=1e-4)
    assert law.sd[0] == pytest.approx(np.sqrt(square), rel=1e-3)


@pytest.mark.parametrize("stores", [400, 3])
def test_many_stores_or_hardly_differing(stores):
    """The lattice follows a spread that is known well, and one that is nothing."""
    rng = np.random.default_rng(5)
    ratio = np.full(2 * stores, 0.02)
    value = rng.normal(0, np.sqrt(0.02) if stores == 3 else 0.3, 2 * stores)
    law = posterior(Summaries(value, ratio, np.arange(2 * stores) % 2, 5e4, 5e4))
    assert np.isfinite(law.sd[0])
    if stores == 400:
        variance = np.array([value[g::2].var(ddof=1) / stores for g in (0, 1)]).sum()
        assert law.sd[0] == pytest.approx(np.sqrt(variance), rel=0.03)
    assert law.quantile(0.025)[0] < value[1::2].mean() - value[::2].mean() < law.quantile(0.975)[0]


def test_what_cannot_be_sampled():
    rng = np.random.default_rng(1)
    three = ArmMoments.from_values(
        {"y": rng.standard_normal(30)},
        {"arm": ARMS[np.repeat([0, 1, 1], 10)], "store": np.repeat([0, 1, 2], 10)},
    )
    with pytest.raises(InputError, match="Cannot tell: by 'store' the control arm has 1"):
        clustered_bayes(three, "y", **KEYS)
    with pytest.raises(InputError, match="Cannot tell for others"):
        clustered_bayes(three, "y", design="within", **KEYS)
    with pytest.raises(InputError, match="`y` is not 0 or 1"):
        clustered_bayes(three, "y", kind="binary", **KEYS)
