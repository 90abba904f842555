"""Principal strata in PyMC: the referee of the weighted draws, and what runs where they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from npsstats.estimation.nuts import sample, worst_r_hat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["nuts_strata"]


def nuts_strata(
    counts: NDArray[np.int64], draws: int, seed: int
) -> tuple[dict[str, Floats], float]:
    """Return draws of the strata, each (draws,), and the largest R-hat.

    `counts` is (2, 2, 2): arm (control, treatment) × received × outcome.
    """
    import pymc as pm

    control, treated = counts
    one_sided = control[1].sum() == 0
    with pm.Model() as made:
        share = pm.Dirichlet("share", np.ones(2 if one_sided else 3))  # complier, never, always
        p = pm.Uniform("p", 0, 1, shape=3 if one_sided else 4)  # control, treated, never, always
        complier, never = share[0], share[1]
        pm.Binomial("not received", treated.sum(), never, observed=treated[0].sum())
        pm.Binomial("never-takers", treated[0].sum(), p[2], observed=treated[0, 1])
        without = (complier * p[0] + never * p[2]) / (complier + never)
        pm.Binomial("without", control[0].sum(), without, observed=control[0, 1])
        with_ = p[1]
        if not one_sided:
            always = share[2]
            pm.Binomial("received anyway", control.sum(), always, observed=control[1].sum())
            pm.Binomial("always-takers", control[1].sum(), p[3], observed=control[1, 1])
            with_ = (complier * p[1] + always * p[3]) / (complier + always)
        pm.Binomial("with", treated[1].sum(), with_, observed=treated[1, 1])
    found = sample(made, draws, seed)
    worst = worst_r_hat(found, ["share", "p"])
    shares = found["posterior"]["share"].to_numpy().reshape(-1, 2 if one_sided else 3)
    chances = found["posterior"]["p"].to_numpy().reshape(-1, 3 if one_sided else 4)
    none = np.full(len(shares), np.nan)
    values = {
        "share_complier": shares[:, 0],
        "share_never": shares[:, 1],
        "share_always": np.zeros(len(shares)) if one_sided else shares[:, 2],
        "p_complier_control": chances[:, 0],
        "p_complier_treated": chances[:, 1],
        "p_never": chances[:, 2],
        "p_always": none if one_sided else chances[:, 3],
    }
    values["cace"] = values["p_complier_treated"] - values["p_complier_control"]
    return values, worst
