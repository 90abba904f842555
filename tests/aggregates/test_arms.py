"""Moments in memory and in the database are those of NumPy, and merge by addition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import npsstats as nps
from npsstats.aggregates.arm_counting import arm_moments
from npsstats.aggregates.arms import ArmMoments
from npsstats.checks import InputError
from npsstats.data.tables import Column, Table

UNITS = Table(
    "units",
    "unit",
    "",
    (
        Column("arm", "text", "arm", "arm", required=True, filled=True),
        Column("store", "text", "store", "store"),
        Column("y", "number", "y", "y"),
        Column("x", "number", "x", "x"),
        Column("z", "number", "z", "z"),
    ),
)


def _rows(n=400, seed=1, at=0.0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "arm": rng.choice(["called", "ignored"], n),
            "store": rng.choice(["Lyon", "Lille", "Nice"], n),
            "y": at + rng.normal(size=n),
            "x": rng.gamma(2.0, size=n),
            "z": rng.integers(0, 2, n).astype(float),
        }
    )


def _table(frame):
    return nps.read(frame, table=UNITS, quiet=True).accepted


def _same(first, second, tolerance=1e-9):
    assert first.names == second.names
    pd.testing.assert_frame_equal(
        first.cells.astype(str), second.cells.astype(str), check_dtype=False
    )
    np.testing.assert_array_equal(first.n, second.n)
    np.testing.assert_array_equal(first.missing, second.missing)
    np.testing.assert_allclose(first.mean, second.mean, atol=tolerance)
    np.testing.assert_allclose(first.scatter, second.scatter, atol=tolerance * 1000)


def test_moments_are_those_of_numpy():
    frame = _rows()
    moments = ArmMoments.from_values(frame[["y", "x", "z"]], frame[["arm"]])
    for place, arm in enumerate(moments.arms):
        part = frame.loc[frame["arm"] == arm, ["y", "x", "z"]].to_numpy()
        np.testing.assert_allclose(moments.mean[place], part.mean(axis=0))
        np.testing.assert_allclose(
            moments.scatter[place] / (moments.n[place] - 1), np.cov(part, rowvar=False)
        )


@given(st.integers(1, 399), st.integers(0, 50))
@settings(max_examples=25, deadline=None)
def test_merging_parts_gives_the_whole(cut, seed):
    frame = _rows(seed=seed)
    names = ["y", "x", "z"]
    parts = [frame.iloc[:cut], frame.iloc[cut:]]
    made = [ArmMoments.from_values(part[names], part[["arm", "store"]]) for part in parts]
    whole = ArmMoments.from_values(frame[names], frame[["arm", "store"]])
    _same(made[0] + made[1], whole)
    _same((made[0] + made[1]).by("arm"), ArmMoments.from_values(frame[names], frame[["arm"]]))


@pytest.mark.parametrize("at", [0.0, 1e8])
def test_the_database_gives_the_same(at):
    frame = _rows(at=at)
    sets = {"all": ("y", "x", "z"), "some": ("z", "y")}
    made = arm_moments(_table(frame), ["arm", "store"], sets)
    for name, variables in sets.items():
        expected = ArmMoments.from_values(frame[list(variables)], frame[["arm", "store"]])
        _same(made[name], expected, tolerance=1e-9 if at == 0 else 1e-6)


def test_nothing_cancels_where_the_first_rows_are_unlike_the_others():
    frame = _rows(n=4000, at=1e9)
    frame.loc[:999, "y"] = 0.0  # what the sums are taken about is seen in the first thousand rows
    frame.loc[1000:, "y"] = 1e9 + (frame.index[1000:] % 7)
    frame = frame.iloc[1000:].reset_index(drop=True)
    early = frame.copy()
    table = _table(pd.concat([_rows(n=1000), early]).reset_index(drop=True))
    table = table.filter(table["y"] > 1e6)
    moments = arm_moments(table, ["arm"], {"y": ("y",)})["y"]
    expected = ArmMoments.from_values(frame[["y"]], frame[["arm"]])
    np.testing.assert_allclose(moments.variance("y"), expected.variance("y"), rtol=1e-6)


def test_missing_outcomes_leave_out_and_missing_covariates_do_not():
    frame = _rows()
    frame.loc[::7, "y"] = np.nan
    frame.loc[::5, "x"] = np.nan
    made = arm_moments(_table(frame), ["arm"], {"y": ("y", "x"), "z": ("z",)}, filled=["x"])
    filled = frame.assign(x=frame["x"].fillna(frame["x"].mean()))
    expected = ArmMoments.from_values(filled[["y", "x"]], frame[["arm"]])
    _same(made["y"], expected)
    assert made["y"].missing.sum() == frame["y"].isna().sum()
    assert made["z"].missing.sum() == 0


def test_an_arm_without_any_outcome_keeps_its_cell():
    frame = _rows()
    frame.loc[frame["arm"] == "called", "y"] = np.nan
    moments = arm_moments(_table(frame), ["arm"], {"y": ("y",)})["y"]
    assert moments.only(arm="called").n.tolist() == [0]
    assert moments.only(arm="called").missing[0] == (frame["arm"] == "called").sum()


def test_events_are_counted_and_amounts_are_not_taken_for_events():
    frame = _rows()
    moments = ArmMoments.from_values(frame[["z", "y"]], frame[["arm"]])
    assert moments.events("z").tolist() == frame.groupby("arm")["z"].sum().astype(int).tolist()
    with pytest.raises(InputError, match='Declare it kind = "amount"'):
        moments.events("y")


def test_what_is_not_there_is_named():
    moments = ArmMoments.from_values({"y": [1.0, 2]}, {"arm": ["a", "b"]})
    with pytest.raises(InputError, match="`variable` must be one of 'y'"):
        moments.column("x")
    with pytest.raises(InputError, match="There is no cell with arm='c'"):
        moments.only(arm="c")
    with pytest.raises(InputError, match="cannot be added"):
        moments + moments.variables()
    with pytest.raises(InputError, match="no column 'q'"):
        arm_moments(_table(_rows()), ["arm"], {"q": ("q",)})
