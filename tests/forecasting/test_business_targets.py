"""Targets: probabilities and gains of a known law, what it would take by hand, and words."""

import re

import numpy as np
import pytest
from business_stand_ins import experiment_of, forecast_of
from scipy import stats

from npsstats.checks import InputError
from npsstats.estimation.known import Known
from npsstats.forecasting.business.target_rows import SHOWN, TRUE, gain_needed
from npsstats.forecasting.business.targets import reach
from npsstats.grades import misused

LAW = stats.norm(40, 5)


def ahead(**options):
    return forecast_of(40, 5.0, draws=40_000, **options)


def test_probability_and_gains_are_those_of_the_law():
    found = reach(ahead(), 45, "2026-06")
    assert found.chance[0] == pytest.approx(LAW.sf(45), abs=0.01)
    assert found.row("probability")["estimate"] == found.chance[0]
    for sure in (0.5, 0.8, 0.95):
        gain = found.row("gain needed", sure=sure)["estimate"]
        assert gain == pytest.approx(45 - LAW.ppf(1 - sure), abs=0.15)
        assert (LAW.rvs(100_000, random_state=1) + gain >= 45).mean() == pytest.approx(
            sure, abs=0.01
        )


def test_limits_of_a_gain_are_those_of_finitely_many_draws():
    held = []
    for seed in range(200):
        few = LAW.rvs(400, random_state=seed)
        _, lower, upper = gain_needed(few, 45, 0.8, 0.95)
        held.append(lower <= 45 - LAW.ppf(0.2) <= upper)
    assert 0.9 < np.mean(held) < 0.99


def test_the_score_shown_strays_further_than_the_true_one():
    found = reach(ahead(), 45, "2026-06", n=100)
    sampling = np.sqrt((0.7 - 0.4**2) / 100) * 100
    expected = stats.norm(40, np.hypot(5, sampling)).sf(45 - 0.5)  # in steps of a point
    assert found.chance[1] == pytest.approx(expected, abs=0.015)
    gains = [found.row("gain needed", of, 0.95)["estimate"] for of in (TRUE, SHOWN)]
    assert gains[1] > gains[0] + 3


def test_the_month_of_reaching_is_the_first_of_each_draw():
    found = reach(ahead(), 44, "2026-06")
    row = found.row("first period")
    share = LAW.sf(44)
    there = 1 - (1 - share) ** np.arange(1, 7)
    assert row["estimate"] == 1 + np.searchsorted(there, 0.5)
    assert row["lower"] == 1
    assert np.isinf(row["upper"])


def test_what_would_have_to_be_true_by_hand():
    found = reach(forecast_of(40), 46, "2026-06", effect=Known(30.0, 0.0, 30.0, 30.0))
    assert found.row("detractors turned promoters", sure=0.8)["estimate"] == pytest.approx(3)
    assert found.row("detractors turned passives", sure=0.8)["estimate"] == pytest.approx(6)
    # 15 of 100 are detractors: each called lifts the score of all by 30 × .15 = 4.5
    calls = found.row("coverage of call-backs", sure=0.8)
    assert calls["estimate"] == pytest.approx(6 / 4.5, rel=1e-4)
    assert calls["grade"] == "assumed"


def test_calls_whose_effect_may_be_none_have_no_upper_limit():
    found = reach(forecast_of(40), 42, "2026-06", effect=experiment_of(points=(20, -5, 45)))
    row = found.row("coverage of call-backs", sure=0.5)
    assert np.isinf(row["upper"])
    assert row["lower"] < row["estimate"]
    assert row["grade"] == "randomized"
    assert any("may be nothing" in doubt for doubt in found.diagnostics)
    nought = reach(forecast_of(40), 42, "2026-06", effect=-3)
    assert np.isinf(nought.row("coverage of call-backs", sure=0.5)["estimate"])


def test_out_of_reach_is_said_in_words():
    found = reach(ahead(), 90, "2026-06")
    assert "beyond" in str(found)
    assert not any("inf" in value for value in found.shown()["upper"])
    text = found.headline()
    assert "below 0.1 %" in text
    assert "out of reach as things go" in text
    assert "more than all detractors turned promoters would give" in text
    assert np.isinf(found.row("detractors turned promoters", sure=0.8)["estimate"])


def test_a_target_that_is_there_asks_for_nothing():
    found = reach(ahead(), 20, "2026-06", effect=10)
    assert "points to spare" in found.headline()
    assert found.row("detractors turned promoters", sure=0.95)["estimate"] == 0
    assert found.row("coverage of call-backs", sure=0.95)["estimate"] == 0
    assert found.row("first period")["upper"] == 1


def test_a_target_between_asks_for_a_gain():
    text = reach(ahead(), 45, "2026-06").headline()
    assert re.search(r"To be 80 % sure asks for \+9\.[123] points", text)
    assert not misused(text, "assumed")


def test_no_answers_expected_leaves_the_score_shown_out():
    found = reach(ahead(answers=0.0), 45, "2026-06")
    assert set(found.frame["of"]) == {TRUE}
    assert np.isnan(found.chance[1])
    assert "Say how many are expected" in found.diagnostics[0]
    assert "answers show it" not in found.headline()


def test_small_chances_are_read_as_small():
    found = reach(forecast_of(40, 5.0, draws=1000), 54, "2026-06")
    assert any("read it as small" in doubt for doubt in found.diagnostics)
    row = found.row("probability")
    assert row["lower"] <= LAW.sf(54) <= row["upper"]


def test_what_is_no_target_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"`target` must be a number from -100 to 100, got 130"):
        reach(ahead(), 130, "2026-06")
    with pytest.raises(InputError, match=r"the label of a month, such as 2026-06, got 'avril"):
        reach(ahead(), 45, "avril 2026")
    with pytest.raises(InputError, match=r"got '2027-04'. Forecast further: horizon=16"):
        reach(ahead(), 45, "2027-04")
    with pytest.raises(InputError, match=r"2026-01 to 2026-06, got '2026-12'. .* horizon=12"):
        reach(ahead(), 45, "2026-12")
    with pytest.raises(InputError, match=r"no effect on the next score"):
        reach(ahead(), 45, "2026-06", effect=experiment_of(share=(0.1, 0.05, 0.15)))
    with pytest.raises(InputError, match=r"sample ratio failed"):
        reach(ahead(), 45, "2026-06", effect=experiment_of(points=(9, 5, 15), failed=True))
    with pytest.raises(InputError, match=r"There is no 'gain needed'"):
        reach(ahead(), 45, "2026-06").row("gain needed", sure=0.7)
