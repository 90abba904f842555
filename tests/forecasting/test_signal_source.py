"""Signal and noise asked of data instead of series, and of what is no data."""

import numpy as np
import pandas as pd
import pytest
from signal_paths import LocalLevel, counts_of, months

import npsstats as nps
from npsstats.checks import InputError
from npsstats.forecasting.hierarchical import Hierarchical
from npsstats.forecasting.naive import LastValue
from npsstats.forecasting.signal.alerts import alerts
from npsstats.forecasting.signal.change_points import change_points
from npsstats.forecasting.signal.last_move import last_move

LEVELS = ["network", "store_id"]


@pytest.fixture(scope="module")
def table():
    """A frame of answers by store and month; store S1 fell in the last."""
    true = np.full((6, 26), 30.0)
    true[0, -1] = -60.0
    answers = counts_of(true, 80, np.random.default_rng(3))
    labels = pd.period_range("2023-01", periods=26, freq="M").astype(str)
    cells = pd.MultiIndex.from_product([[f"S{store}" for store in range(1, 7)], labels])
    frame = pd.DataFrame(answers.reshape(-1, 3), columns=["detractors", "passives", "promoters"])
    return frame.assign(store_id=cells.get_level_values(0), month=cells.get_level_values(1))


@pytest.mark.parametrize(
    "asked", [last_move, alerts, change_points], ids=lambda asked: asked.__name__
)
def test_data_give_what_their_series_give(asked, table):
    options = {} if asked is change_points else {"model": LocalLevel()}
    series = nps.score_series(table, by="store_id")
    found = asked(table, by="store_id", through="2025-02", **options)
    pd.testing.assert_frame_equal(found.frame, asked(series, **options).frame)
    assert found.keys == ("store_id",)


def test_a_model_may_be_named(table):
    series = nps.score_series(table, by="store_id")
    found = alerts(series, model="last value", draws=200)
    assert found.frame["store_id"][found.frame["alert"]].tolist() == ["S1"]
    assert found.frame.equals(alerts(series, model=LastValue(), draws=200).frame)
    assert found.provenance.options["model"] == "last value"


def test_the_moves_of_each_grouping_are_those_of_its_own_series(table):
    series = nps.score_series(table, levels=LEVELS)
    both = last_move(table, levels=LEVELS, model=LocalLevel()).frame
    parts = [last_move(part, model=LocalLevel()).frame for part in series.by_level().values()]
    pd.testing.assert_frame_equal(both, pd.concat(parts, ignore_index=True))
    pooled = last_move(series, draws=200).frame["std_error"]
    alone = last_move(series.by_level()["network"], draws=200).frame["std_error"]
    assert pooled.iloc[0] == alone.iloc[0]


@pytest.mark.parametrize("asked", [alerts, change_points], ids=lambda asked: asked.__name__)
def test_the_same_answers_in_two_groupings_are_refused(asked, table):
    with pytest.raises(InputError, match=r"by network and by store_id: .* Ask of one at a time"):
        asked(table, levels=LEVELS)


@pytest.mark.parametrize(
    "asked", [last_move, alerts, change_points], ids=lambda asked: asked.__name__
)
@pytest.mark.parametrize("data", [None, 5, [1, 2], pd.DataFrame({"a": [1]})])
def test_what_is_no_data_is_refused_in_words(asked, data):
    with pytest.raises(InputError):
        asked(data)


@pytest.mark.parametrize(
    "asked", [last_move, alerts, change_points], ids=lambda asked: asked.__name__
)
def test_options_of_data_are_not_dropped_in_silence(asked, table):
    series = months(np.full((2, 14, 3), 9))
    with pytest.raises(InputError, match="`by` says how series are made, and `data` are series"):
        asked(series, by="store_id")
    with pytest.raises(InputError, match="'regions' is no option"):
        asked(table, regions=2)


def test_rules_for_the_same_choice_are_refused():
    series = months(np.full((2, 14, 3), 9))
    with pytest.raises(InputError, match="`sure` and `max_false_share` are rules for the same"):
        change_points(series, sure=0.9, max_false_share=0.1)
    with pytest.raises(InputError, match="`fitted` stands instead of `model`"):
        last_move(series, fitted=LocalLevel().fit(series), model=LocalLevel())


@pytest.mark.parametrize("asked", [last_move, alerts], ids=lambda asked: asked.__name__)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": -1}, "`seed` must be a whole number"),
        ({"seed": None}, "`seed` must be a whole number"),
        ({"model": 5}, "`model` must be a model's name or a model with `fit`.*got int"),
        ({"model": Hierarchical}, "`model` must be .*got Hierarchical"),
        ({"model": "best"}, "`model` must be one of"),
    ],
)
def test_models_and_seeds_are_checked(asked, options, words):
    with pytest.raises(InputError, match=words):
        asked(months(np.full((2, 14, 3), 9)), **options)


def test_a_posterior_of_other_series_is_refused():
    series = months(np.full((3, 14, 3), 9))
    for other in (series.until(10), series.take([0, 1])):
        with pytest.raises(InputError, match=r"`fitted` knows .* Fit it to these"):
            last_move(series, fitted=LocalLevel().fit(other))
    with pytest.raises(InputError, match="FittedNaive says nothing of the past"):
        last_move(series, model=LastValue())
