"""Series of trade: nothing over a hole, and sums of all that was sold."""

import numpy as np
import pandas as pd
import pytest
from grids import score_of

from npsstats.aggregates.panels import StorePanel
from npsstats.checks import InputError
from npsstats.forecasting.measure_series import measure_series


def _panel(sales, **options):
    sales = np.asarray(sales, dtype=float)
    periods = [f"2025-{month:02d}" for month in range(1, sales.shape[1] + 1)]
    return StorePanel(
        tuple("ABCDEFGH"[: len(sales)]),
        tuple(periods),
        "month",
        np.zeros((*sales.shape, 2, 3), dtype=int),
        totals={"sales": sales, "visits": sales / 10, **options.pop("totals", {})},
        **options,
    )


def test_a_store_that_was_not_open_throughout_is_not_known():
    is_open = np.array([[1, 1, 1], [0, 0.4, 1], [1, 1, 0]], dtype=float)
    sales = [[100, 110, 120], [np.nan, 20, 50], [30, 0, np.nan]]
    series = measure_series(_panel(sales, controls={"open": is_open}), "sales", by="store_id")
    expected = np.log([[100, 110, 120], [np.nan, np.nan, 50], [30, np.nan, np.nan]])
    np.testing.assert_allclose(score_of(series), expected)
    assert series.opens.tolist() == [0, 1, 0]
    assert series.closes.tolist() == [np.inf, np.inf, 2]
    assert series.unit == "log"


def test_the_network_sells_what_its_stores_sell_opened_in_part_or_not():
    is_open = np.array([[1, 1, 1], [0, 0.4, 1], [1, 1, 0]], dtype=float)
    sales = [[100, 110, 120], [np.nan, 20, 50], [30, 0, np.nan]]
    series = measure_series(_panel(sales, controls={"open": is_open}), "sales")
    np.testing.assert_allclose(np.exp(score_of(series)), [[130, 130, 170]])


def test_a_hole_is_filled_in_where_small_and_not_known_where_large():
    sales = np.full((3, 4), [[1000.0], [30.0], [400.0]])
    sales[1, 1], sales[2, 2] = np.nan, np.nan
    series = measure_series(_panel(sales), "sales")
    np.testing.assert_allclose(np.exp(score_of(series)), [[1430, 1430, np.nan, 1430]])
    assert any("1 sums were scaled up" in note for note in series.notes)
    assert any("1 sums are not known" in note for note in series.notes)


def test_regions_and_stores_stand_one_after_another():
    panel = _panel([[1, 2], [3, 4], [5, 6]], attributes={"region": ("S", "N", "S")})
    series = measure_series(panel, "sales", levels=["network", "region", ["region", "store_id"]])
    assert series.names == ("all", "N", "S", "N · B", "S · A", "S · C")
    wanted = [[9, 12], [3, 4], [6, 8], [3, 4], [1, 2], [5, 6]]
    np.testing.assert_allclose(np.exp(score_of(series)), wanted)
    assert list(series.by_level()) == ["network", "region", "region · store_id"]


def test_a_price_of_the_network_is_what_all_paid_for_all():
    panel = _panel([[100, 200], [900, 0]], totals={"visits": np.array([[10.0, 10], [30, 20]])})
    series = measure_series(panel, "price")
    np.testing.assert_allclose(np.exp(score_of(series)), [[25, 200 / 30]])


def test_what_is_not_there_is_refused():
    panel = _panel([[1, 2]])
    with pytest.raises(InputError, match="`measure` must be one of"):
        measure_series(panel, "margin")
    with pytest.raises(InputError, match="`by` must be one of"):
        measure_series(panel, "sales", by="region")
    with pytest.raises(InputError, match="Nothing is known of 'sales'"):
        measure_series(_panel([[0, 0]]), "sales")


def test_real_stores_add_up(shared_data):
    frame = pd.read_csv(shared_data / "walmart_45stores" / "Walmart_Store_sales.csv")
    day = pd.to_datetime(frame["Date"], dayfirst=True)
    week = day.dt.strftime("%G-W%V")
    grid = frame.assign(week=week).pivot_table("Weekly_Sales", "Store", "week").sort_index()
    panel = StorePanel(
        tuple(map(str, grid.index)),
        tuple(grid.columns),
        "week",
        np.zeros((*grid.shape, 2, 3), dtype=int),
        totals={"sales": grid.to_numpy()},
    )
    series = measure_series(panel, "sales", levels=["network", "store_id"])
    totals = np.exp(score_of(series))
    np.testing.assert_allclose(totals[0], totals[1:].sum(axis=0))
    assert totals[0].sum() == pytest.approx(frame["Weekly_Sales"].sum())


def test_what_is_no_panel_is_refused():
    with pytest.raises(InputError, match="`panel` must be a panel of stores, got DataFrame"):
        measure_series(pd.DataFrame(), "sales")
