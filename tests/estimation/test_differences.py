"""Differences of two NPS against R, and their signs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "differences.csv", comment="#")
KINDS = ("detractors", "passives", "promoters")
FIRST = GOLDEN[[f"first_{kind}" for kind in KINDS]].to_numpy()
SECOND = GOLDEN[[f"second_{kind}" for kind in KINDS]].to_numpy()
METHODS = ("adjusted_wald", "wald", "tango", "bayes")


def test_the_published_pair():
    wald = nps.difference([8, 13, 15], [12, 7, 7], method="wald").frame.iloc[0]
    assert wald["estimate"] / 100 == pytest.approx(0.386752, abs=6e-7)
    assert wald["std_error"] / 100 == pytest.approx(0.208281, abs=6e-7)
    adjusted = nps.difference([8, 13, 15], [12, 7, 7], method="adjusted_wald").frame.iloc[0]
    assert adjusted["estimate"] / 100 == pytest.approx(0.351901, abs=6e-7)
    assert adjusted["std_error"] / 100 == pytest.approx(0.196551, abs=6e-7)
    assert adjusted["p_value"] == pytest.approx(0.0734, abs=6e-5)
    assert adjusted["lower"] / 100 == pytest.approx(-0.03333, abs=6e-6)
    assert adjusted["upper"] / 100 == pytest.approx(0.73713, abs=6e-6)
    assert adjusted["p_first_greater"] == pytest.approx(0.9615, abs=6e-5)


@pytest.mark.parametrize("method", ["adjusted_wald", "tango"])
def test_agrees_with_r(method):
    frame = nps.difference(FIRST, SECOND, method=method).frame
    for part in ("lower", "upper"):
        golden = GOLDEN[f"{method}_{part}"].to_numpy()
        assert (frame[part] / 100).to_numpy() == pytest.approx(golden, abs=3e-6), part
    assert frame["p_value"].to_numpy() == pytest.approx(
        GOLDEN[f"{method}_p_value"].to_numpy(), abs=1e-5
    )
    assert frame["p_first_greater"].to_numpy() == pytest.approx(GOLDEN["p_first_greater"], abs=3e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_sign_is_kept(method):
    there = nps.difference(FIRST, SECOND, method=method).frame
    back = nps.difference(SECOND, FIRST, method=method).frame
    assert there["estimate"].to_numpy() == pytest.approx(-back["estimate"].to_numpy(), abs=1e-9)
    assert there["lower"].to_numpy() == pytest.approx(-back["upper"].to_numpy(), abs=1e-3)
    total = there["p_first_greater"] + back["p_first_greater"]
    assert total.to_numpy() == pytest.approx(1, abs=3e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_interval_leaves_zero_out_just_when_p_is_small(method):
    frame = nps.difference(FIRST, SECOND, method=method).frame
    if method == "bayes":
        apart = (frame["p_first_greater"] < 0.025) | (frame["p_first_greater"] > 0.975)
        assert frame["p_value"].isna().all()
    else:
        apart = frame["p_value"].fillna(0) < 0.05  # unanimous samples have a Wald se of 0
    assert ((frame["lower"] > 0) | (frame["upper"] < 0)).tolist() == apart.tolist()


def test_bayes_agrees_with_draws():
    first, second = np.array([2, 0, 9]), np.array([12, 7, 7])
    row = nps.difference(first, second, method="bayes").frame.iloc[0]
    rng = np.random.default_rng(5)
    a, b = (rng.dirichlet(x + 1, 1_000_000) for x in (first, second))
    apart = 100 * ((a[:, 2] - a[:, 0]) - (b[:, 2] - b[:, 0]))
    assert row["estimate"] == pytest.approx(apart.mean(), abs=0.15)
    assert row["std_error"] == pytest.approx(apart.std(), abs=0.1)
    assert row["lower"] == pytest.approx(np.quantile(apart, 0.025), abs=0.3)
    assert row["upper"] == pytest.approx(np.quantile(apart, 0.975), abs=0.3)


def test_unanimous_samples():
    row = nps.difference([0, 0, 5], [0, 0, 7], method="tango").frame.iloc[0]
    assert row["lower"] < 0 < row["upper"]
    assert row["p_value"] == pytest.approx(1)
    assert np.isnan(nps.difference([0, 0, 5], [0, 0, 7], method="wald").frame["p_value"].iloc[0])


def test_errors_and_words():
    with pytest.raises(nps.InputError, match="`first` has 2 cells and `second` has 1"):
        nps.difference([[1, 2, 3], [4, 5, 6]], [1, 2, 3])
    with pytest.raises(nps.InputError, match="`method` must be one of 'adjusted_wald'"):
        nps.difference([1, 2, 3], [1, 2, 3], method="student")
    with pytest.raises(nps.InputError, match="has no answers"):
        nps.difference([1, 2, 3], [0, 0, 0])
    assert "P(first > second) = " in str(nps.difference([1, 2, 3], [3, 2, 1]))
