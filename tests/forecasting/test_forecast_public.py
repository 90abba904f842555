"""The public forecast: what its rows say, and what it refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.scores import ScoreCounts
from npsstats.checks import InputError
from npsstats.forecasting.discounted import DiscountedDirichlet
from npsstats.forecasting.forecast import forecast
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.series import Series


@pytest.fixture(scope="module")
def series():
    answers = np.random.default_rng(1).multinomial(40, [0.2, 0.3, 0.5], (3, 14))
    return Series.of_counts(answers, ["2024-01", "2025-02"], ["A", "B", "C"])


@pytest.fixture(scope="module")
def counts():
    """Two stores of which the one with the lower scores has most answers."""
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    cells = pd.DataFrame({"month": np.repeat(months, 2), "store_id": ["A", "B"] * 12})
    scores = np.tile([[90] + [0] * 7 + [0, 0, 30], [2] + [0] * 7 + [8, 10, 20]], (12, 1))
    return ScoreCounts(scores, cells)


def test_where_a_store_is_shut_no_answers_come_even_if_a_number_is_told(series):
    closing = replace(series, closes=np.array([np.inf, 15.0, 14.0]))
    told = forecast(closing, 3, model=LastValue(), answers=50, draws=200)
    assert told.frame["n"].tolist() == [50, 50, 50, 50, 0, 0]
    assert told.frame["shown_lower"].isna().tolist() == [False] * 4 + [True] * 2
    assert told.frame["estimate"].notna().all()
    assert any("1 series is not open in all periods to come" in said for said in told.diagnostics)
    assert any("1 series has ended and is not forecast." in said for said in told.diagnostics)
    always = forecast(series, 3, model=LastValue(), answers=50, draws=200)
    assert not any("not open" in said for said in always.diagnostics)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"by": "region"}, "`by` does nothing"),
        ({"levels": ["network"]}, "`levels` does nothing"),
        ({"through": "2024-05"}, "`through` does nothing"),
        ({"changed": "2024-05"}, "`changed` does nothing"),
        ({"across_kinds": True}, "`across_kinds` does nothing"),
        ({"period": "week"}, "`period` does nothing"),
        ({"seed": -1}, "`seed` must be a whole number"),
        ({"seed": "x"}, "`seed` must be a whole number"),
        ({"model": LastValue}, r"such as LastValue\(\), got LastValue"),
        ({"model": 3}, "got int"),
        ({"answers": np.nan}, "`answers` must be a number"),
        ({"level": 95}, "`level` must be between 0 and 1"),
        ({"draws": 10}, "`draws` must be a whole number of at least 100"),
    ],
)
def test_what_would_do_nothing_or_is_none_is_refused(series, given, said):
    with pytest.raises(InputError, match=said):
        forecast(series, **{"model": "last value", **given})


def test_levels_say_what_they_come_to(counts):
    found = forecast(counts, 2, levels=["network", "store_id"], model="last value", draws=400)
    last = found.frame[found.frame["horizon"] == 2]
    stores = last[last["level"] == 0.95].iloc[1:]
    together = np.average(stores["estimate"], weights=stores["n"])
    [said] = [said for said in found.diagnostics if said.startswith("Each level")]
    assert f"network {last['estimate'].iloc[0]:+.1f}, store_id {together:+.1f}" in said
    assert abs(together - stores["estimate"].mean()) > 10
    alone = forecast(counts, 2, by="store_id", model="last value", draws=400)
    assert not any(said.startswith("Each level") for said in alone.diagnostics)
    assert alone.provenance.options["by"] == "store_id"


@pytest.mark.parametrize("model", ["last value", "discounted Dirichlet", "hierarchical"])
def test_the_order_of_the_stores_changes_nothing(series, model):
    other = [2, 0, 1]
    first = forecast(series, 2, model=model, draws=4000)
    second = forecast(series.take(other), 2, model=model, draws=4000)
    error = first.predictive.sd[other] / np.sqrt(4000)
    assert (np.abs(first.predictive.mean[other] - second.predictive.mean) < 7 * error).all()
    np.testing.assert_allclose(first.predictive.sd[other], second.predictive.sd, rtol=0.15)


@pytest.mark.parametrize("given", [{"horizon": 0}, {"horizon": 1.5}, {"horizon": 1, "draws": 0}])
def test_a_fitted_model_refuses_what_is_no_number_of_periods_or_draws(series, given):
    for model in (Hierarchical(), DiscountedDirichlet(), LastValue()):
        with pytest.raises(InputError, match="must be a whole number of at least 1"):
            model.fit(series.until(4)).predict(**given)


@pytest.mark.parametrize("given", [{"last": 0}, {"last": -1}, {"draws": 0}])
def test_a_past_of_no_periods_is_refused(series, given):
    with pytest.raises(InputError, match="must be a whole number of at least 1"):
        Hierarchical().fit(series.until(4)).latent(**given)


def test_print_shows_each_series_once():
    rng = np.random.default_rng(0)
    series = Series.of_counts(
        rng.multinomial(30, [0.2, 0.3, 0.5], (3, 14)), ["2024-01", "2025-02"], ["a", "b", "c"]
    )
    coming = forecast(series, horizon=3, model="last value")
    assert coming.shown()["period"].tolist() == ["2025-05"] * 3
    alone = forecast(series.take([0]), horizon=3, model="last value")
    assert alone.shown()["period"].tolist() == ["2025-03", "2025-04", "2025-05"]


def test_a_headline_of_several_series_is_of_all_of_them():
    rng = np.random.default_rng(0)
    shares = [[0.2, 0.3, 0.5], [0.6, 0.3, 0.1], [0.1, 0.3, 0.6]]
    counts = np.stack([rng.multinomial(300, each, 14) for each in shares])
    series = Series.of_counts(counts, ["2024-01", "2025-02"], ["a", "b", "c"])
    said = forecast(series, horizon=3, model="last value").headline()
    assert said.startswith("2025-05: 3 series from -")
    assert said.index("(b) to +") < said.index("(c) points, median +")


def test_a_frame_without_columns_is_refused_in_words():
    with pytest.raises(InputError, match="has no columns at all"):
        forecast(pd.DataFrame())
