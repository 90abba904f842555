"""Moments in memory and in the database are those of NumPy, and merge by addition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

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


def _perturbed(moments, rng, by=1e-14):
    """Return the moments with noise in their last digits, as sums in another order have."""
    root = np.sqrt(np.diagonal(moments.scatter, axis1=1, axis2=2))
    size = root[:, :, None] * root[:, None, :]
    noise = rng.uniform(-by, by, size.shape)
    spread = root / np.sqrt(np.maximum(moments.n, 1))[:, None]
    away = rng.uniform(-by, by, spread.shape) * (np.abs(moments.mean) + spread)
    scatter = moments.scatter + size * (noise + noise.transpose(0, 2, 1)) / 2
    return ArmMoments(
        moments.cells, moments.names, moments.n, moments.mean + away, scatter, moments.missing
    )


def test_the_fingerprint_does_not_see_the_last_digits():
    rng = np.random.default_rng(4)
    frame = _rows(n=4000)
    for arm in ("called", "ignored"):  # a mean, and a covariance, of 0 but for rounding
        mask = frame["arm"] == arm
        frame.loc[mask, "y"] -= frame.loc[mask, "y"].mean()
        slope = np.cov(frame.loc[mask, "x"], frame.loc[mask, "y"])
        frame.loc[mask, "x"] -= slope[0, 1] / slope[1, 1] * frame.loc[mask, "y"]
    frame["ten"], frame["tenth"] = 10.0, 0.1
    names = ["y", "x", "z", "ten", "tenth"]
    moments = ArmMoments.from_values(frame[names], frame[["arm", "store"]]).by("arm")
    prints = {_perturbed(moments, rng).fingerprint for _ in range(20)}
    assert prints == {moments.fingerprint}


@pytest.mark.parametrize("part", ["n", "mean", "scatter", "missing"])
def test_the_fingerprint_sees_every_number(part):
    frame = _rows(n=4000)
    moments = ArmMoments.from_values(frame[["y", "x"]], frame[["arm"]])
    seen = {moments.fingerprint}
    whole = getattr(moments, part)
    for place in np.ndindex(whole.shape):
        changed = whole.copy()
        changed[place] += 1 if part in {"n", "missing"} else 1e-6 * abs(changed[place])
        parts = {name: getattr(moments, name) for name in ("n", "mean", "scatter", "missing")}
        seen.add(ArmMoments(moments.cells, moments.names, **(parts | {part: changed})).fingerprint)
    assert len(seen) == 1 + whole.size


def test_a_frame_in_memory_will_do():
    frame = _rows()
    made = arm_moments(frame, "arm", {"y": ["y", "x"]})["y"]
    _same(made, ArmMoments.from_values(frame[["y", "x"]], frame[["arm"]]))


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        (["y"], "`sets` must map names to lists of columns"),
        ({"y": "y"}, "`sets` must map names to lists of columns"),
        ({"y": ["y", "store"]}, "Column 'store' holds string, not numbers"),
    ],
)
def test_what_has_no_moments_is_refused(sets, said):
    with pytest.raises(InputError, match=said):
        arm_moments(_rows(), ["arm"], sets)


def test_squares_beyond_all_numbers_warn_nobody():
    moments = ArmMoments.from_values({"y": [1e200, 3e200]}, {"arm": ["a", "a"]})
    assert np.isinf(moments.variance("y")[0])
    assert len(moments.fingerprint) == 16
