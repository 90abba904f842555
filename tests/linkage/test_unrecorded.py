"""Robustness values and E-values of the linkages as they were fitted."""

from types import SimpleNamespace

import pandas as pd
import pytest

from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.checks import InputError
from npsstats.linkage.churn.hazard import hazard
from npsstats.linkage.e_values import e_value
from npsstats.linkage.robustness import robustness_value
from npsstats.linkage.unrecorded import e_value_of, sensitivity_of


def growth(error: float = 0.02) -> SimpleNamespace:
    row = {"estimator": "within", "errors": "cluster", "n": 1000, "stores": 50, "periods": 20}
    rows = [
        row | {"term": "score", "reading": "naive", "estimate": 0.06, "std_error": error},
        row | {"term": "works", "reading": "naive", "estimate": 1.0, "std_error": 0.1},
        row | {"term": "score", "reading": "corrected", "estimate": 0.6, "std_error": 0.2},
    ]
    return SimpleNamespace(frame=pd.DataFrame(rows).assign(level=0.95), errors="cluster")


def test_growth_is_judged_on_what_was_observed() -> None:
    found = sensitivity_of(growth())
    assert found.robustness == pytest.approx(robustness_value(3.0, 1000 - 50 - 19 - 1 - 1))
    assert found.grade == "within-store lagged"
    assert "NPS as observed (the naive score)" in found.headline()
    assert any("the value is then a lower bound" in text for text in found.diagnostics)
    with pytest.raises(InputError, match="no slope within stores"):
        sensitivity_of(growth(float("nan")))


def test_rare_is_told_by_the_end_of_follow_up() -> None:
    """A hazard of 1 % a month is rare in a year, and is not by the end of four."""
    rows = pd.DataFrame(
        [
            {"period": f"{month:02}", "category": name, "at_risk": 2000, "events": left}
            for month in range(48)
            for name, left in (("detractor", 24), ("promoter", 12))
        ]
    )
    fit = hazard(HazardCells.from_frame(rows, ["period", "category"]), cluster=None)
    row = fit.frame[fit.frame["label"] == "detractor"].iloc[0]
    numbers = (row["ratio"], row["ratio_lower"], row["ratio_upper"])
    common = e_value(*map(float, numbers), measure="hazard ratio", rare=False)
    assert e_value_of(fit, "detractor").e_value == pytest.approx(common.e_value)


@pytest.mark.parametrize(("events", "rare"), [((80, 40), True), ((800, 400), False)])
def test_a_hazard_ratio_by_how_many_leave(events: tuple[int, int], rare: bool) -> None:
    rows = pd.DataFrame(
        {"category": ["detractor", "promoter"], "at_risk": [9000, 9000], "events": events}
    )
    fit = hazard(HazardCells.from_frame(rows, ["category"]), cluster=None)
    row = fit.frame.iloc[0]
    numbers = (row["ratio"], row["ratio_lower"], row["ratio_upper"])
    expected = e_value(*map(float, numbers), measure="hazard ratio", rare=rare)
    found = e_value_of(fit, "detractor")
    assert found.e_value == pytest.approx(expected.e_value)
    assert found.e_value_limit == pytest.approx(expected.e_value_limit)
    with pytest.raises(InputError, match="'passive' is not identified, or there is no such label"):
        e_value_of(fit, "passive")
