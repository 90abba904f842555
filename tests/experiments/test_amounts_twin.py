"""The closed-form posteriors of amounts against the same models in PyMC."""

import numpy as np
import pytest

from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.amounts import amount


@pytest.mark.twin
def test_the_posterior_agrees_with_pymc():
    import pymc as pm

    rng = np.random.default_rng(6)
    arms = np.array(["called"] * 9 + ["ignored"] * 7)
    before = rng.gamma(2, 20, 16)
    spend = 10 + 0.5 * before + 8 * (arms == "called") + rng.normal(0, 6, 16)
    moments = ArmMoments.from_values({"spend": spend, "before": before}, {"arm": arms})
    row = amount(moments, "spend", control="ignored").row(
        "mean difference", "Behrens–Fisher posterior"
    )
    with pm.Model():
        means = {}
        for arm in ("called", "ignored"):
            mean, log_sd = pm.Flat(f"mean {arm}"), pm.Flat(f"log sd {arm}")
            pm.Normal(f"spend {arm}", mean, pm.math.exp(log_sd), observed=spend[arms == arm])
            means[arm] = mean
        pm.Deterministic("effect", means["called"] - means["ignored"])
        drawn = pm.sample(
            tune=1000,
            draws=4000,
            chains=2,
            cores=2,
            random_seed=4,
            progressbar=False,
            initvals={f"log sd {arm}": 2.0 for arm in means},
        )
    effect = drawn.posterior["effect"].to_numpy().ravel()
    error = effect.std() / np.sqrt(2000)  # of draws that depend on each other
    assert row["estimate"] == pytest.approx(effect.mean(), abs=4 * error)
    assert row["std_error"] == pytest.approx(effect.std(), rel=0.1)
    for part, share in (("lower", 0.025), ("upper", 0.975)):
        assert row[part] == pytest.approx(np.quantile(effect, share), abs=12 * error)
    assert row["probability"] == pytest.approx((effect > 0).mean(), abs=0.02)
