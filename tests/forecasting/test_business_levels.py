"""What stores have besides the network: parts of moves that last, and intervals that cover."""

import numpy as np
import pytest

from npsstats.forecasting.business.own_levels import OwnLevel
from npsstats.forecasting.series import Series


def walks(rng, lasting, passing, periods=40, stores=300):
    level = rng.normal(0, lasting, (stores, periods)).cumsum(axis=1)
    return level + rng.normal(0, passing, (stores, periods))


def series_of(values):
    years, months = divmod(values.shape[1] - 1, 12)
    return Series.of_measure(values, ["2022-01", f"{2022 + years}-{months + 1:02d}"])


@pytest.mark.parametrize(("lasting", "passing"), [(0.03, 0.0), (0.02, 0.06), (0.01, 0.1)])
def test_parts_are_told_apart_and_intervals_cover(lasting, passing):
    values = walks(np.random.default_rng(1), lasting, passing)
    fitted = OwnLevel().fit(series_of(values[:, :34]))
    assert np.sqrt(fitted.passing.mean()) == pytest.approx(passing, abs=0.015)
    drawn = fitted.predict(6, draws=400).draws
    lower, upper = np.quantile(drawn, [0.1, 0.9], axis=1)
    inside = (lower <= values[:, 34:]) & (values[:, 34:] <= upper)
    assert inside.mean() == pytest.approx(0.8, abs=0.05)


def test_each_store_has_its_own_scale():
    rng = np.random.default_rng(2)
    values = walks(rng, 0.02, 0.05) * np.repeat([1.0, 4.0], 150)[:, None]
    fitted = OwnLevel().fit(series_of(values))
    assert fitted.passing[150:].mean() / fitted.passing[:150].mean() == pytest.approx(16, rel=0.4)


def test_holes_and_single_values_are_borne():
    values = np.full((3, 12), np.nan)
    values[0, ::2], values[1, 5] = 1.0, 2.0
    drawn = OwnLevel().fit(series_of(values)).predict(2, draws=200).draws
    assert np.isfinite(drawn).all()
    assert drawn[0].mean() == pytest.approx(1, abs=0.1)
