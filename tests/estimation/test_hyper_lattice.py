"""The posterior of the network's parameters against a dense grid that shares no code with it."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from npsstats.estimation.hyper_lattice import Target, explore
from npsstats.estimation.pooled import hyperposterior

_spec = importlib.util.spec_from_file_location("brute", Path(__file__).with_name("brute.py"))
brute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(brute)

NETWORKS = {
    "no answers": [[0, 0, 0]],
    "one cell": [[3, 5, 12]],
    "one answer": [[0, 1, 0]],
    "two cells": [[2, 5, 13], [7, 4, 1]],
    "five cells": [[3, 5, 12], [8, 1, 2], [0, 0, 4], [1, 9, 30], [0, 0, 0]],
    "five unlike cells": [[20, 0, 1], [0, 0, 25], [2, 30, 1], [9, 9, 9], [0, 0, 0]],
    "identical cells": [[3, 6, 11]] * 20,
}


@pytest.fixture(scope="module", params=NETWORKS)
def pair(request):
    """Return counts, our hyperposterior and a dense grid."""
    counts = np.array(NETWORKS[request.param], float)
    return counts, hyperposterior(counts), brute.Grid.of(counts)


def test_the_evidence(pair):
    _, found, grid = pair
    assert found.line.log_evidence == pytest.approx(grid.log_evidence, abs=1e-4)


def test_mean_and_sd_of_every_cell(pair):
    counts, found, grid = pair
    cells = np.concatenate([counts, [[0, 0, 0], [1, 0, 0], [0, 0, 40]]])
    mean, sd = found.cells(cells).moments()
    slow = np.array([grid.moments(cell) for cell in cells])
    assert np.abs(mean - slow[:, 0]).max() < 1e-4
    assert np.abs(sd / slow[:, 1] - 1).max() < 1e-3


def test_concentration_and_mean_shares(pair):
    _, found, grid = pair
    line = found.line
    assert line.weights.sum() == pytest.approx(1)
    assert line.weights @ line.mean_shares == pytest.approx(grid.weights @ grid.shares, abs=1e-4)
    # κ as a share of κ + 50: its own scale has no mean
    kappa = np.exp(line.tau)
    theirs = grid.weights @ (grid.kappa / (grid.kappa + 50))
    assert line.weights @ (kappa / (kappa + 50)) == pytest.approx(theirs, abs=1e-4)


def test_both_ways_of_summing_the_likelihood_agree():
    """Counts by their steps (many cells) and by their distinct values (few large ones)."""
    few = np.array([[40.0, 90, 170], [3, 1, 9], [0, 0, 0]])
    filler = np.array([[i, i, i] for i in range(1, 200)], float)
    points = np.array([[3.0, -0.5, 0.4], [9.0, -1.0, 0.9], [-4.0, 0.1, 0.2]])
    apart, together = Target(few, 50.0), Target(np.concatenate([few, filler]), 50.0)
    assert [part.by_steps for part in apart.categories] == [False, False, False]
    assert [part.by_steps for part in together.categories] == [True, True, True]
    rest = Target(filler, 50.0)
    prior = Target(np.zeros((1, 3)), 50.0)
    parts = apart.value(points) + rest.value(points) - prior.value(points)
    assert together.value(points) == pytest.approx(parts, rel=1e-10)


def test_newton_reaches_the_mode_of_the_mean_shares():
    rng = np.random.default_rng(3)
    target = Target(rng.multinomial(30, [0.1, 0.3, 0.6], 12).astype(float), 50.0)
    tau = np.array([-2.0, 2.0, 4.0, 9.0])
    mode, axes, _ = target.ridge(tau)
    here = target.value(np.column_stack([tau, mode]))
    for axis in range(2):
        for sign in (-1, 1):
            away = target.value(np.column_stack([tau, mode + sign * 0.1 * axes[:, :, axis]]))
            # one posterior sd along an axis costs ½; a tenth of it a hundredth of that
            assert (here - away) == pytest.approx(np.full(4, 0.005), rel=0.25)


def test_cost_does_not_grow_with_repeated_cells_and_the_answer_is_the_same_in_any_order():
    rng = np.random.default_rng(4)
    counts = rng.multinomial(25, [0.2, 0.3, 0.5], 40).astype(float)
    one, other = (explore(Target(x, 50.0), 0.6) for x in (counts, counts[rng.permutation(40)]))
    assert one.tau == pytest.approx(other.tau)
    assert one.weights == pytest.approx(other.weights)
    assert len(Target(np.tile(counts, (50, 1)), 50.0).total.at) == len(
        Target(counts, 50.0).total.at
    )
