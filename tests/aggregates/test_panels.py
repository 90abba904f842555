"""A panel counted in the database, against pandas; and what it must not make of holes."""

import ibis
import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.keyed_hash import hashed
from npsstats.aggregates.panel_building import store_panel
from npsstats.aggregates.panels import StorePanel
from npsstats.checks import InputError
from npsstats.data.frames import to_arrow


def _read(frame, table, **options):
    return nps.read(frame, table=table, quiet=True, **options)


@pytest.fixture(scope="module")
def network():
    return nps.simulate(stores=9, months=13, responses=3000, seed=11)


@pytest.fixture(scope="module")
def panel(network):
    return store_panel(
        _read(network.purchases, "purchases"),
        _read(network.responses, "responses", segments=["welcome"]),
        _read(network.stores, "stores"),
        scales=("csat", "welcome"),
        measures=("sales", "visits", "price", "customers"),
    )


def _pivot(frame, panel, how, column):
    month = pd.to_datetime(frame["date"]).dt.strftime("%Y-%m")
    grid = frame.assign(month=month).pivot_table(column, "store_id", "month", aggfunc=how)
    return grid.reindex(index=list(panel.stores), columns=list(panel.periods)).to_numpy(float)


def test_sales_visits_and_customers_are_what_pandas_adds_up(network, panel):
    bought = network.purchases
    open_all = panel.controls["open"] == 1
    for name, how, column in (
        ("sales", "sum", "amount"),
        ("visits", "size", "amount"),
        ("customers", "nunique", "customer_id"),
        ("price", "mean", "amount"),
    ):
        want = _pivot(bought, panel, how, column)
        got = panel.measures[name]
        np.testing.assert_allclose(got[open_all], want[open_all], rtol=1e-12, err_msg=name)
        assert np.isnan(got[panel.controls["open"] == 0]).all()
    assert (panel.controls["open"] < 1).any()


def test_scores_and_scales_are_what_pandas_makes_of_the_answers(network, panel):
    answers = network.responses
    points = answers.assign(
        points=np.where(answers["score"] > 8, 100.0, np.where(answers["score"] < 7, -100.0, 0.0))
    )
    for frame, column, moments in (
        (points, "points", panel.score),
        (answers, "csat", panel.scale("csat")),
        (
            answers.assign(welcome=answers["welcome"].astype(float)),
            "welcome",
            panel.scale("welcome"),
        ),
    ):
        count = np.nan_to_num(_pivot(frame, panel, "count", column))
        np.testing.assert_array_equal(moments.n, count)
        np.testing.assert_allclose(moments.mean, _pivot(frame, panel, "mean", column), rtol=1e-12)
        some = count > 1
        want = _pivot(frame, panel, "var", column)
        np.testing.assert_allclose(moments.variance[some], want[some], rtol=1e-9, atol=1e-9)
        assert np.isnan(moments.variance[~some]).all()
    np.testing.assert_array_equal(panel.half_n.sum(axis=0), panel.n)


def test_all_answers_of_a_customer_fall_into_one_half(network, panel):
    answers = network.responses
    half = [hashed(f"halves of a panel|{customer}") % 2 for customer in answers["customer_id"]]
    for which in (0, 1):
        own = answers[np.array(half) == which]
        count = np.nan_to_num(_pivot(own, panel, "size", "score"))
        np.testing.assert_array_equal(panel.half_n[which], count)


def test_frames_and_files_give_the_same_panel(network, panel, tmp_path):
    for name in ("purchases", "responses", "stores"):
        getattr(network, name).to_parquet(tmp_path / f"{name}.parquet", index=False)
    again = store_panel(
        tmp_path / "purchases.parquet",
        tmp_path / "responses.parquet",
        tmp_path / "stores.parquet",
        scales=("csat", "welcome"),
        measures=("sales", "visits", "price", "customers"),
    )
    assert again.fingerprint == panel.fingerprint
    assert again.attributes == panel.attributes


def test_quarters_are_the_sums_of_months(network, panel):
    parts = (
        _read(network.purchases, "purchases"),
        _read(network.responses, "responses", segments=["welcome"]),
        _read(network.stores, "stores"),
    )
    counted = store_panel(*parts, period="quarter", scales=("csat",))
    added = panel.coarser("quarter")
    assert added.periods == counted.periods  # 13 months: the quarter of the first is incomplete
    np.testing.assert_array_equal(added.categories, counted.categories)
    whole = counted.whole
    for name in ("sales", "visits", "price"):
        np.testing.assert_allclose(
            added.measures[name][whole], counted.measures[name][whole], rtol=1e-12
        )
    for name in ("open", "works", "age"):
        np.testing.assert_allclose(added.controls[name], counted.controls[name], atol=1e-12)
    np.testing.assert_allclose(added.scale("csat").sums, counted.scale("csat").sums, rtol=1e-12)
    assert "customers" not in added.measures
    assert "incomplete, left out: 2024-Q4" in added.notes


def _rows(frame):
    """Return rows as a table that was judged before."""
    dates = frame.columns.intersection(["date", "opened"])
    frame = frame.assign(**{name: pd.to_datetime(frame[name]) for name in dates})
    return ibis.memtable(to_arrow(frame))


def _sales(days, store="a", amount=10.0):
    return pd.DataFrame({"customer_id": 1, "date": days, "amount": amount, "store_id": store})


def _days(first, last):
    return pd.date_range(first, last).repeat(3)


def _answers(store="a"):
    return pd.DataFrame({"score": [9, 2], "date": "2025-02-03", "store_id": store})


def test_a_month_covered_in_part_is_no_fall_of_two_thirds():
    sales = _rows(_sales(_days("2025-01-01", "2025-05-10")))
    panel = store_panel(sales, _rows(_answers()))
    assert panel.periods == ("2025-01", "2025-02", "2025-03", "2025-04")
    assert "covered in part, left out: 2025-05 (without its last 21 days)" in panel.notes
    np.testing.assert_allclose(
        np.exp(panel.log_growth("sales")[0, 1:]), [28 / 31, 31 / 28, 30 / 31]
    )


def test_a_store_that_opens_within_a_month_does_not_grow_from_it():
    old, new = (
        _sales(_days("2025-01-01", "2025-04-30")),
        _sales(_days("2025-02-15", "2025-04-30"), "b"),
    )
    sales = _rows(pd.concat([old, new]))
    panel = store_panel(sales, _rows(_answers()))
    assert panel.controls["open"][1].round(3).tolist() == [0.0, 0.5, 1.0, 1.0]
    assert np.isfinite(panel.log_growth("visits")).tolist() == [
        [False, True, True, True],
        [False, False, False, True],
    ]
    assert any("opening of 1 and closing of 0 stores" in note for note in panel.notes)
    told = pd.DataFrame({"store_id": ["a", "b"], "opened": ["2010-01-01", "2025-02-15"]})
    again = store_panel(sales, _rows(_answers()), _rows(told))
    np.testing.assert_allclose(again.controls["open"], panel.controls["open"])
    assert again.controls["age"][:, 3].round(2).tolist() == [15.25, 0.12]


def test_a_month_without_sales_in_a_busy_store_is_a_hole():
    sales = pd.concat(
        [_sales(_days("2025-01-01", "2025-02-28")), _sales(_days("2025-04-01", "2025-05-31"))]
    )
    panel = store_panel(_rows(sales), _rows(_answers()))
    assert np.isnan(panel.measures["sales"][0, 2])
    assert np.isfinite(panel.log_growth("sales")[0]).tolist() == [False, True, False, False, True]
    assert np.isfinite(panel.log_growth("sales", over=2)[0]).tolist() == [False] * 3 + [True, False]
    assert np.isnan(panel.coarser("quarter").measures["sales"]).all()
    assert "1 store-periods hold no purchase" in " ".join(panel.notes)


def test_a_quiet_store_may_sell_nothing():
    busy = _sales(_days("2025-01-01", "2025-03-31"))
    quiet = _sales(["2025-01-10", "2025-03-20"], "b")
    panel = store_panel(_rows(pd.concat([busy, quiet])), _rows(_answers()))
    assert panel.measures["visits"][1].tolist() == [1, 0, 1]
    assert np.isnan(panel.log_growth("visits")[1]).all()


def test_returns_lower_sales_and_are_no_visit():
    sales = _sales(_days("2025-01-01", "2025-02-28"))
    back = _sales(["2025-01-15"], amount=-25.5)
    panel = store_panel(_rows(pd.concat([sales, back])), _rows(_answers()))
    assert panel.measures["visits"][0, 0] == 93
    assert panel.measures["sales"][0, 0] == 904.5


def test_prices_are_those_of_articles_where_articles_are_known():
    sales = _sales(_days("2025-01-01", "2025-02-28"), amount=12.0).assign(items=4)
    panel = store_panel(_rows(sales), _rows(_answers()))
    assert panel.measures["price"].tolist() == [[3.0, 3.0]]


def test_answers_without_an_id_are_split_by_a_coin_and_it_is_said():
    sales = _rows(_sales(_days("2025-01-01", "2025-02-28")))
    many = pd.DataFrame({"score": [9, 8, 3] * 200, "date": "2025-02-03", "store_id": "a"})
    panel = store_panel(sales, _rows(many))
    assert panel.categories[0, 1].sum(axis=0).tolist() == [200, 200, 200]
    assert abs(panel.half_n[0, 0, 1] - 300) < 60
    assert any("neither customer nor number" in note for note in panel.notes)


def test_rows_without_a_place_are_left_out_and_counted():
    sales = pd.concat([_sales(_days("2025-01-01", "2025-02-28")), _sales(["2025-01-05"], None)])
    late = pd.concat([_answers(), _answers().assign(date="2025-03-04")])
    table = _rows(sales)
    panel = store_panel(table, _rows(late))
    assert "1 purchases name no store and are left out" in panel.notes
    assert "2 answers lie outside the periods of the panel and are left out" in panel.notes
    assert panel.n.sum() == 2


def test_a_date_of_long_ago_makes_no_panel_of_decades():
    sales = _sales(_days("2025-01-01", "2025-05-31"))
    far = pd.concat([sales, _sales(["1990-03-04", "1990-03-05", "2099-12-24"])])
    panel = store_panel(_rows(far), _rows(_answers()))
    assert panel.periods == store_panel(_rows(sales), _rows(_answers())).periods
    assert panel.controls["open"].tolist() == [[1.0] * 5]
    assert (
        "purchases far from all others, in months that hold next to nothing, are left out: "
        "2 from 1990-03-04 to 1990-03-05, 1 from 2099-12-24 to 2099-12-24"
    ) in panel.notes
    slow = pd.concat([_sales(_days("2024-11-01", "2024-12-31"), "b").iloc[::20], sales])
    assert store_panel(_rows(slow), _rows(_answers())).periods[0] == "2024-11"


def test_rows_without_an_amount_or_a_date_are_counted():
    sales = _sales(_days("2025-01-01", "2025-02-28"))
    whole = store_panel(_rows(sales), _rows(_answers()))
    for bad in (np.nan, np.inf):
        odd = pd.concat([sales, _sales(["2025-01-05", "2025-02-07"], amount=bad), _sales([None])])
        judged = pd.concat([_answers(), _answers().assign(date=None)])
        panel = store_panel(_rows(odd), _rows(judged))
        assert "2 purchases have no amount that is a number and are left out" in panel.notes
        assert "1 purchases have no date and are left out" in panel.notes
        assert "2 answers have no date and are left out" in panel.notes
        np.testing.assert_array_equal(panel.measures["sales"], whole.measures["sales"])
        np.testing.assert_array_equal(panel.measures["visits"], whole.measures["visits"])
        np.testing.assert_array_equal(panel.n, whole.n)


def test_keys_that_do_not_meet_are_said_and_refused():
    days = _days("2025-01-01", "2025-02-28")
    sales = pd.concat([_sales(days, "1"), _sales(days, "2")])
    with pytest.raises(InputError, match="reads '1', '2' among the purchases and '001' among the"):
        store_panel(_rows(sales), _rows(_answers("001")))
    judged = _rows(pd.concat([_answers("1"), _answers("7"), _answers("8")]))
    panel = store_panel(_rows(sales), judged)
    assert "1 stores sell without an answer, 2 are judged without sales" in panel.notes


def test_a_store_that_comes_twice_is_refused_unless_it_is_the_same():
    sales = _rows(_sales(_days("2025-01-01", "2025-02-28")))
    once = pd.DataFrame({"store_id": ["a", "b"], "region": ["N", "S"], "opened": "2010-01-01"})
    twice = pd.concat([once, once.head(1)])
    panel = store_panel(sales, _rows(_answers()), _rows(twice))
    assert panel.attributes["region"] == ("N",)
    with pytest.raises(InputError, match="Store 'a' comes twice in the stores' table, with diff"):
        store_panel(sales, _rows(_answers()), _rows(twice.assign(region=["N", "S", "W"])))
    panel = store_panel(sales, _rows(_answers()), _rows(once.tail(1)))
    assert "1 of 1 stores are not in the stores' table" in panel.notes


def test_stores_that_are_numbers_come_in_the_order_of_numbers():
    sales = pd.concat([_sales(_days("2025-01-01", "2025-02-28"), store) for store in (10, 9, 2)])
    panel = store_panel(_rows(sales), _rows(_answers(2)))
    assert panel.stores == ("2", "9", "10")
    assert panel.take(["10", "2"]).stores == ("10", "2")
    np.testing.assert_array_equal(panel.take(panel.n.sum(axis=1) > 0).n, [[0, 2]])
    with pytest.raises(InputError, match="There is no store '3' in the panel"):
        panel.take(["3"])


def test_a_panel_of_answers_alone(network):
    panel = store_panel(None, _read(network.responses, "responses"))
    assert panel.measures == {}
    assert panel.n.sum() > 2500


def test_the_fingerprint_sees_every_number(panel):
    other = panel.categories.copy()
    other[0, 0, 0, 0] += 1
    from dataclasses import replace

    assert replace(panel, categories=other).fingerprint != panel.fingerprint
    assert replace(panel, notes=()).fingerprint == panel.fingerprint


def test_what_cannot_be_a_panel_is_refused_in_words():
    sales = _sales(_days("2025-01-01", "2025-02-28"))
    good = _rows(_answers())
    with pytest.raises(InputError, match="No quarter is covered throughout"):
        store_panel(_rows(sales), good, period="quarter")
    old = pd.concat([sales, _sales(_days("1950-01-01", "1950-02-28"))])
    with pytest.raises(InputError, match="The dates run from 1950-01-01"):
        store_panel(_rows(old), good)
    with pytest.raises(InputError, match="A panel needs `csat` among the answers"):
        store_panel(_rows(sales), good, scales=["csat"])
    with pytest.raises(InputError, match="`measures` must be one of"):
        store_panel(_rows(sales), good, measures=["margin"])
    panel = store_panel(_rows(sales), good)
    with pytest.raises(InputError, match="A month does not nest in a week"):
        panel.coarser("week")
    with pytest.raises(InputError, match="`measure` must be one of"):
        panel.log_growth("margin")
    with pytest.raises(InputError, match="`periods` must be consecutive"):
        StorePanel(("a",), ("2025-01", "2025-03"), "month", np.zeros((1, 2, 2, 3), int))
    with pytest.raises(InputError, match="`categories` must have the shape"):
        StorePanel(("a",), ("2025-01",), "month", np.zeros((1, 2, 2, 3), int))
