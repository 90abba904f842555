"""What is said against a slope of growth: shared shocks, falling back, weights, still scores."""

import numpy as np
import pytest
from growth_panels import panel_of, panel_with_holes
from networks import draw

from npsstats.checks import InputError
from npsstats.linkage.growth import growth
from npsstats.linkage.growth_words import picked


def test_shared_shocks_are_said_in_short_panels_too():
    said = []
    for shared in (4.0, 0.0):
        _, categories, grown = draw(
            100, np.random.default_rng(7), stores=80, periods=15, shared=shared
        )
        regions = {"region": tuple(f"R{place % 12}" for place in range(80))}
        found = growth(panel_of(categories, grown, attributes=regions), horizon=1)
        assert found.frame.query("errors == 'driscoll-kraay'")["estimate"].isna().all()
        said.append([doubt for doubt in found.diagnostics if "Stores share shocks" in doubt])
    assert (
        "Hand over 20 months or more for errors that hold; 14 months tell that these do not"
        in said[0][0]
    )
    assert said[0][0].endswith("12 regions are known: what stores of a region share is in it.")
    assert said[1] == []


def test_trade_that_falls_back_is_no_growth_one_period_earlier():
    _, categories, grown = draw(
        100, np.random.default_rng([1, 5]), stores=150, periods=18, slope=0, shocks=4.0, pull=-0.2
    )
    found = growth(panel_of(categories, grown), horizon=1)
    row = picked(found.frame, "within", "corrected")
    assert row.p_value < 0.01
    earlier = picked(found.frame, "one period earlier", "corrected")
    assert earlier.lower < 0 < earlier.upper
    doubt = next(said for said in found.diagnostics if "falling back to normal" in said)
    assert doubt.startswith("Sales moved with the score in the score's own month: part of this")
    assert f"Read the slope one month earlier: {earlier.estimate:+.2g}% a point" in doubt
    assert any("(crowding, a promotion) makes a slope" in said for said in found.diagnostics)
    two = growth(panel_of(categories, grown), lag=2, horizon=1)
    assert picked(two.frame, "within", "corrected").estimate == pytest.approx(earlier.estimate)
    assert any("counted from 1 month after the score's" in said for said in two.diagnostics)


def test_growth_that_lasts_is_not_taken_for_trade_falling_back():
    found = growth(panel_with_holes(120), horizon=1)
    earlier = picked(found.frame, "one period earlier", "corrected")
    # of a point 0.6 is still there a month later
    assert earlier.lower < 0.6 * 0.4 < earlier.upper
    assert not any("falling back" in said for said in found.diagnostics)


def test_the_slope_of_stores_that_count_alike_is_told():
    rng = np.random.default_rng(0)
    parts = [
        draw(size, rng, stores=stores, periods=14, slope=slope, moves=12.0, shocks=2.0)
        for size, slope, stores in ((400, 0.5, 120), (12, 0.0, 240))
    ]
    categories, grown = (np.concatenate([part[at] for part in parts]) for at in (1, 2))
    found = growth(panel_of(categories, grown), horizon=1)
    assert any(
        said.startswith("In the corrected slope stores count by their answers; counted alike they")
        and said.endswith("do not have one slope. Tell both.")
        for said in found.diagnostics
    )
    _, categories, grown = parts[0]
    found = growth(panel_of(categories, grown), horizon=1)
    assert any("stores count by their answers; counted" in said for said in found.diagnostics)
    assert not any("Tell both" in said for said in found.diagnostics)


def test_a_score_that_acts_within_its_period_is_among_what_fails_a_placebo():
    truth, categories, grown = draw(100, np.random.default_rng(2), stores=200, periods=16, slope=0)
    grown[:, 1:] += 0.8 * np.diff(truth, axis=1)
    found = growth(panel_of(categories, grown), horizon=1)
    said = next(said for said in found.diagnostics if said.startswith("The placebo fails"))
    assert "goes with this growth too (p < 0.001), so that something else" in said
    assert "or the score acts within its own month" in said


def test_a_score_that_does_not_move_is_refused_in_words():
    _, categories, grown = draw(30, np.random.default_rng(2), stores=40, periods=14)
    best = categories.copy()
    best[..., 2] = categories.sum(axis=3)
    best[..., :2] = 0
    with pytest.raises(InputError, match="The score does not move: NPS of the 40 stores is the sa"):
        growth(panel_of(best, grown), horizon=1)
