"""The fingerprint of sums does not depend on the order in which they were added."""

import numpy as np
import pytest

import npsstats as nps
from npsstats.aggregates.steady import steady


@pytest.mark.parametrize("decimals", [2, 4])
def test_sums_of_amounts_keep_their_bytes_in_any_order(decimals):
    rng = np.random.default_rng(1)
    amounts = rng.integers(1, 10**6, (500, 300)) / 10**decimals
    orders = (amounts, amounts[:, ::-1], rng.permuted(amounts, axis=1))
    sums = [order.cumsum(axis=1)[:, -1] for order in orders]
    assert any((sums[0] != other).any() for other in sums[1:])
    assert len({steady(each) for each in sums}) == 1


def test_what_differs_in_the_ninth_digit_and_what_is_not_known_is_told_apart():
    base = np.array([1234.5678, -0.001, 0.0])
    assert steady(base) != steady(base * (1 + 1e-8))
    assert steady(base) != steady(-base)
    kinds = {steady([value]) for value in (0.0, np.nan, np.inf, -np.inf, 1.0)}
    assert len(kinds) == 5
    assert steady([-0.0]) == steady([0.0])


def test_what_customers_spend_has_one_fingerprint_however_often_it_is_counted():
    network = nps.simulate(stores=20, months=24, responses=4000, seed=2)
    found = {nps.customer_value(network.responses, network.purchases).fingerprint for _ in range(4)}
    assert len(found) == 1
