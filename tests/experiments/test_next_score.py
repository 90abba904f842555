"""The next score: answering is the outcome; bounds against people sorted by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats import InputError
from npsstats.experiments.scores import next_score
from npsstats.experiments.selection import Answers, trimming_bounds, worst_case_bounds

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "scores.csv", comment="#").set_index("case")
ARMS = pd.read_csv(HERE / "scores_arms.csv").set_index(["case", "arm"])
NET = (-100.0, 0.0, 100.0)


def counts(*rows):
    cells = pd.DataFrame({"arm": ["called", "ignored"][: len(rows)]})
    return nps.ScoreCounts(np.array(rows, dtype=int), cells)


def of(case):
    both = counts(*(ARMS.loc[(case, arm)] for arm in ("called", "ignored")))
    assigned = {arm: int(GOLDEN.loc[case, f"n_{arm}"]) for arm in ("called", "ignored")}
    return both, assigned


@pytest.mark.parametrize("case", GOLDEN.index)
def test_trimming_agrees_with_people_sorted_by_hand(case):
    both, assigned = of(case)
    effects = next_score(both, assigned, control="ignored")
    row = effects.row("NPS difference", "Lee bounds, monotone response")
    assert row["lower"] == pytest.approx(GOLDEN.loc[case, "lee_low"])
    assert row["upper"] == pytest.approx(GOLDEN.loc[case, "lee_high"])
    assert np.isnan(row["estimate"])
    wider = effects.row("NPS difference", "Lee bounds, monotone response, with sampling error")
    assert wider["lower"] < row["lower"] <= row["upper"] < wider["upper"]
    worst = effects.row("NPS difference", "worst-case bounds of all assigned")
    assert worst["lower"] < row["lower"]
    assert row["upper"] < worst["upper"]
    width = [200 * (1 - both.where("arm", arm).n[0] / n) for arm, n in assigned.items()]
    assert worst["upper"] - worst["lower"] == pytest.approx(sum(width))


def test_the_randomized_comparison_comes_first():
    effects = next_score(*of("shift"), control="ignored")
    first = effects.frame.iloc[0]
    assert first["estimand"] == "response difference"
    assert first["estimate"] == pytest.approx(120 / 200 - 106 / 400)
    assert (first["n_treatment"], first["n_control"]) == (200, 400)
    scores = effects.frame[effects.frame["estimand"] == "NPS difference"]
    told = scores["estimate"].notna()
    assert scores["method"][told].str.contains("not a randomized comparison").all()
    assert any("who answers is an outcome here" in text for text in effects.diagnostics)
    assert any("hold 0" in text for text in effects.diagnostics)


def test_an_arm_that_nobody_answered_in():
    both, assigned = of("shift")
    effects = next_score(both.where("arm", "called"), assigned, control="ignored")
    assert effects.frame["estimand"].unique().tolist() == ["response difference"]
    assert any("Nobody answered" in text for text in effects.diagnostics)


def test_everybody_answers_and_nothing_is_left_to_bound():
    both = counts(*(ARMS.loc[("few", arm)] for arm in ("called", "ignored")))
    effects = next_score(both, {"called": 11, "ignored": 8}, control="ignored")
    bounds = effects.frame[
        effects.frame["method"].isin(
            ["Lee bounds, monotone response", "worst-case bounds of all assigned"]
        )
    ]
    plain = effects.row("NPS difference")["estimate"]
    assert bounds[["lower", "upper"]].to_numpy().ravel() == pytest.approx(plain)


def test_trimming_mirrors_when_arms_change_places():
    one, two = Answers(np.array([5.0, 10, 30]), 100), Answers(np.array([10.0, 10, 5]), 100)
    there, back = trimming_bounds(NET, one, two), trimming_bounds(NET, two, one)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_bounds_hold_the_effect_on_those_who_answer_in_either_arm():
    """Treatment makes the unhappy answer too: the plain difference misleads, bounds hold."""
    rng = np.random.default_rng(12)
    held = plain = worst_held = 0
    law, truth, all_truth = np.array([0.3, 0.3, 0.4]), 20.0, 20.0
    for _ in range(200):
        # 60 % always answer; treatment raises promoters from .4 to .5, takes from detractors
        always = rng.multinomial(240, law - [0.1, 0, -0.1]), rng.multinomial(240, law)
        roused = rng.multinomial(80, [0.9, 0.05, 0.05])
        one = Answers((always[0] + roused).astype(float), 400)
        two = Answers(always[1].astype(float), 400)
        bounds = trimming_bounds(NET, one, two)
        held += bounds.lower < truth < bounds.upper
        worst = worst_case_bounds(NET, one, two)
        worst_held += worst.lower < all_truth < worst.upper
        values = np.array(NET)
        plain += one.counts @ values / one.counts.sum() > two.counts @ values / two.counts.sum()
    assert held >= 188
    assert worst_held == 200
    assert plain < 100  # most of the time the sign itself is wrong


def test_errors_say_the_remedy():
    both, _ = of("shift")
    with pytest.raises(InputError, match="Arm 'ignored' has answers but is not in `assigned`"):
        next_score(both, {"called": 200}, control="called")
    with pytest.raises(InputError, match="Arm 'called' has 120 answers of 100 assigned"):
        next_score(both, {"called": 100, "ignored": 400}, control="ignored")
    with pytest.raises(InputError, match="`values` must ascend"):
        trimming_bounds([1, 0], Answers(np.ones(2), 4), Answers(np.ones(2), 4))
    with pytest.raises(InputError, match="`control`: 0 of 4 assigned answered"):
        trimming_bounds([0, 1], Answers(np.ones(2), 4), Answers(np.zeros(2), 4))
