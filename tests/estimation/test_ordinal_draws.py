"""Draws of the ordinal posterior where a sd is next to 0."""

import numpy as np
import pytest

from npsstats.estimation.ordinal.cells import Cells
from npsstats.estimation.ordinal.draws import Mixture, draw_nps


def cells(counts, *, regions=1, spread=False):
    stores = np.arange(len(counts))
    return Cells(
        np.array(counts, dtype=float),
        stores,
        np.zeros_like(stores),
        np.zeros((1, 0)),
        stores % regions,
        regions=regions > 1,
        spread=spread,
    )


@pytest.mark.parametrize("sd", [1e-3, 0.02])
def test_stores_that_hardly_differ_lie_with_their_region(sd):
    net = cells([[2, 3, 9], [4, 1, 3], [0, 0, 12], [5, 6, 7]], regions=2, spread=True)
    p = np.array([-1.0, 0.2, np.log(sd), np.log(1.5), np.log(0.4)])
    stores, none = np.arange(4), np.zeros(0, dtype=int)
    mixture = Mixture(stores, none, np.zeros((1, 0)), np.ones(1), 4, 0, 1, shared=True)
    drawn = draw_nps(net, mixture, np.tile(p, (2, 1)), 1000, np.random.default_rng(0))
    apart = drawn.location - drawn.region[:, stores % 2]
    assert apart.std() == pytest.approx(sd, rel=0.1)
    assert np.isfinite(drawn.nps).all()
