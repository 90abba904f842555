"""Wilson's and Jeffreys' intervals against R and statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

import npsstats as nps

GOLDEN = pd.read_csv(Path(__file__).parents[1] / "golden" / "shares.csv", comment="#")


@pytest.mark.parametrize("name", ["wilson", "jeffreys"])
def test_agrees_with_r(name):
    frame = getattr(nps, name)(GOLDEN["yes"], GOLDEN["n"]).frame
    for end in ("lower", "upper"):
        assert frame[end].to_numpy() == pytest.approx(GOLDEN[f"{name}_{end}"].to_numpy(), abs=1e-9)


@pytest.mark.parametrize(("name", "theirs"), [("wilson", "wilson"), ("jeffreys", "jeffreys")])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_agrees_with_statsmodels(name, theirs, level):
    yes, n = np.array([1, 5, 9, 300, 999]), np.array([10, 10, 10, 1000, 1000])
    frame = getattr(nps, name)(yes, n, level=level).frame
    lower, upper = proportion_confint(yes, n, 1 - level, theirs)
    assert frame["lower"].to_numpy() == pytest.approx(lower, abs=1e-10)
    assert frame["upper"].to_numpy() == pytest.approx(upper, abs=1e-10)


def test_the_ends_of_the_scale_are_reached_and_never_left():
    for method in (nps.wilson, nps.jeffreys):
        frame = method([0, 7, 0, 1], [7, 7, 1, 1]).frame
        assert frame["lower"].tolist()[0] == frame["lower"].tolist()[2] == 0
        assert frame["upper"].tolist()[1] == frame["upper"].tolist()[3] == 1
        assert (frame["lower"] < frame["upper"]).all()
    assert "85.0%, 95% interval 64.0 to 94.8%, from 20" in str(nps.wilson(17, 20))
    assert "2 samples" in str(nps.wilson([1, 2], 5))


@pytest.mark.parametrize(
    ("yes", "n", "said"),
    [
        (3, 2, "`yes` at most `n`"),
        (0, 0, "`n` must be at least 1"),
        (-1, 2, "`yes` must be a whole number"),
        (1.5, 2, "`yes` must be a whole number"),
        ("a", 2, "`yes` must be a whole number"),
        ([], 2, "`yes` must be a whole number"),
    ],
)
def test_bad_arguments_are_said(yes, n, said):
    with pytest.raises(nps.InputError, match=said):
        nps.wilson(yes, n)
