"""The pooled model in PyMC, sampled by nutpie: slow, general, and none of our arithmetic.

μ ~ Dirichlet(1, 1, 1), log κ ~ Logistic(log 50, 1), counts ~ DirichletMultinomial(n, κμ); a
store's shares are then Dirichlet(counts + κμ). Counts are data of a fixed shape, padded with
stores that have no answers, so that every case of one size shares one compilation.
"""

import numpy as np
import nutpie
import pymc as pm

CHAINS, TUNE, DRAWS = 4, 600, 1500


class Twin:
    """The compiled model for up to `stores` stores."""

    def __init__(self, stores):
        self.stores = stores
        with pm.Model() as model:
            counts = pm.Data("counts", np.zeros((stores, 3)))
            mean = pm.Dirichlet("mean", np.ones(3))
            log_kappa = pm.Logistic("log_kappa", np.log(50.0), 1.0)
            pm.DirichletMultinomial(
                "answers", n=counts.sum(axis=1), a=pm.math.exp(log_kappa) * mean, observed=counts
            )
        self.compiled = nutpie.compile_pymc_model(model)

    def sample(self, counts, seed=1):
        """Return (chains, draws) log κ and (chains, draws, stores) NPS as a share."""
        padded = np.zeros((self.stores, 3))
        padded[: len(counts)] = counts
        drawn = nutpie.sample(
            self.compiled.with_data(counts=padded),
            chains=CHAINS,
            tune=TUNE,
            draws=DRAWS,
            cores=1,
            seed=seed,
            progress_bar=False,
        )["posterior"]
        log_kappa = drawn["log_kappa"].to_numpy()
        prior = np.exp(log_kappa)[..., None] * drawn["mean"].to_numpy()
        gamma = np.random.default_rng(seed).standard_gamma(
            np.asarray(counts, float) + prior[:, :, None]
        )
        return log_kappa, (gamma[..., 2] - gamma[..., 0]) / gamma.sum(axis=-1)
