"""Memos and pictures of what comes next: every type, both languages, nothing against its table."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from memo_checks import (
    LOOKS,
    check_formats,
    check_page,
    check_picture,
    check_words,
    results_of,
    texts_of,
)
from specimens_forecasting import LONG, SPECIMENS, counts

import npsstats as nps
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.estimation.known import Slope
from npsstats.grades import misused, weakest
from npsstats.reporting.kinds import brief, drawing
from npsstats.reporting.kinds.forecasting import BRIEFS, DRAWINGS
from npsstats.reporting.kinds.forecasting.labels import Scale, picked
from npsstats.reporting.standing import Standing, standing
from npsstats.said import said as said_of

NAMES = [*(LONG.format(i) for i in range(40)), *(f"S{i}" for i in range(10)), "North", "South"]
# what is shortened in its middle is a name as well
SHORT = ["Très grand magasin de la", "annexe 2"]
ENGLISH = LOOKS["en"]
# of every type, the memo that needs the most room on its page
FULLEST = [
    "forecast, many long names", "backtest", "last move, many", "changes, of stores", "alerts",
    "growth", "churn", "scenario, two levers", "target, out of reach",
]  # fmt: skip
# pictures: one of every chart, of much or of nothing
DRAWN = [
    "forecast, many long names", "backtest", "last move, many", "changes, none", "alerts", "growth",
    "scenario, not identified", "target, out of reach",
]  # fmt: skip


def test_every_type_has_a_memo_and_a_picture():
    assert set(BRIEFS) == set(DRAWINGS) == results_of("forecasting")


def test_every_type_has_a_specimen():
    assert {type(make()) for make in SPECIMENS.values()} == results_of("forecasting")


@pytest.mark.parametrize("name", SPECIMENS)
def test_words_rest_on_the_table_in_both_languages(name):
    check_words(SPECIMENS[name](), names=[*NAMES, *SHORT])


@pytest.mark.parametrize("name", FULLEST)
def test_the_memo_is_one_page(name):
    check_page(SPECIMENS[name]())


@pytest.mark.parametrize("name", DRAWN)
def test_the_picture_holds_all_that_is_drawn(name, tmp_path):
    check_picture(SPECIMENS[name](), tmp_path)


def test_other_formats_hold_the_same(tmp_path):
    check_formats(SPECIMENS["alerts"](), tmp_path)


@pytest.mark.parametrize("name", [name for name in SPECIMENS if name.startswith("scenario")])
def test_words_of_a_scenario_are_those_that_its_evidence_permits(name):
    result = SPECIMENS[name]()
    grade = weakest(*result.frame["grade"])
    for look in LOOKS.values():
        said = brief(result, look)
        for text in (said.question, said.answer, said.reason):
            assert not misused(text, grade), text


def test_evidence_is_the_weakest_of_the_rows():
    calls = SPECIMENS["scenario, calls"]()
    assert set(calls.frame["grade"]) == {"randomized", "assumed"}
    assert brief(calls, ENGLISH).grade.startswith("Evidence: assumed")
    called = SPECIMENS["target, out of reach"]()
    assert brief(called, ENGLISH).grade.startswith("Evidence: assumed")
    assert brief(SPECIMENS["target"](), ENGLISH).grade.startswith("Evidence: forecast")


def test_what_is_not_identified_has_no_number_and_no_direction():
    said = brief(SPECIMENS["scenario, not identified"](), ENGLISH)
    assert said.answer.startswith("Cannot tell")
    refused = [row for row in said.numbers.rows if row[0].startswith("Revenue")]
    assert len(refused) == 2
    assert all(row[2:5] == ["cannot be told", "–", "–"] for row in refused)


def test_weak_evidence_cannot_tell():
    for name in ("last move", "backtest, one origin", "scenario, in percent"):
        assert brief(SPECIMENS[name](), ENGLISH).answer == "Cannot tell"
    assert brief(SPECIMENS["changes, none"](), ENGLISH).answer.startswith("No change of level")
    assert brief(SPECIMENS["alerts, none"](), ENGLISH).answer == "No series is out of the ordinary"


def test_a_change_of_the_questionnaire_is_said():
    coming = nps.forecast(counts(months=18), 2, model="hierarchical", draws=200, changed="2024-09")
    doubts = " ".join(brief(coming, LOOKS["fr"]).doubts)
    assert "changement de questionnaire" in doubts


_ENDS = st.tuples(st.floats(-30, 30), st.floats(0, 30)).map(lambda p: (p[0], p[0] + p[1]))


@given(_ENDS)
@settings(max_examples=6, deadline=None)
def test_a_move_has_the_direction_of_its_printed_interval(ends):
    result = SPECIMENS["last move"]()
    frame = result.frame.assign(lower=ends[0], upper=ends[1], estimate=np.mean(ends))
    said = BRIEFS[type(result)](replace(result, frame=frame), ENGLISH)
    expected = {
        Standing.ABOVE: "It rose", Standing.BELOW: "It fell", Standing.UNKNOWN: "Cannot tell",
    }  # fmt: skip
    assert said.answer == expected[standing(*ends)]
    assert ENGLISH.language.interval(*ends, signed=True) in said.reason
    assert ENGLISH.language.interval(*ends, signed=True) == said.numbers.rows[0][-1]


@given(st.floats(0, 1))
@settings(max_examples=6, deadline=None)
def test_a_target_is_likely_or_not_as_its_probability_is_printed(chance):
    result = SPECIMENS["target"]()
    frame = result.frame.copy()
    frame.loc[
        (frame["quantity"] == "probability") & (frame["of"] == "true score"),
        ["estimate", "lower", "upper"],
    ] = chance
    said = BRIEFS[type(result)](replace(result, frame=frame, chance=(chance, 0.5)), ENGLISH)
    printed = ENGLISH.language.probability(chance)
    if said.answer != "Out of reach as things go":
        assert printed in said.answer
    assert printed in said.reason
    assert said.answer.startswith("Likely") == (round(100 * chance) >= 80)
    assert said.answer.startswith("Cannot tell") == (20 < round(100 * chance) < 80)


@given(st.floats(-0.5, 0.5), st.floats(0, 0.5), st.floats(-0.5, 0.5), st.floats(0, 0.5))
@settings(max_examples=6, deadline=None)
def test_a_model_is_praised_only_where_both_printed_intervals_allow_it(one, wide, other, width):
    result = SPECIMENS["backtest"]()
    ends = {"seasonal": (one, wide), "last": (other, width)}
    columns = {}
    for short, (middle, reach) in ends.items():
        names = [f"skill_{short}{end}" for end in ("", "_lower", "_upper")]
        columns |= dict(zip(names, (middle, middle - reach, middle + reach), strict=True))
    least = min(ends.values())
    columns |= {"estimate": least[0], "lower": least[0] - least[1], "upper": least[0] + least[1]}
    frame = result.frame.assign(**columns)
    answer = BRIEFS[type(result)](replace(result, frame=frame), ENGLISH).answer
    lowest = min(round(100 * (middle - reach)) for middle, reach in ends.values())
    if answer.startswith("Yes"):
        assert lowest > 0
    if answer == "No: simply repeating past figures was better":
        assert min(middle + reach for middle, reach in ends.values()) < 0


@given(_ENDS, st.floats(1, 1e7))
@settings(max_examples=6, deadline=None)
def test_a_scenario_has_the_direction_of_its_printed_differences(ends, scale):
    result = SPECIMENS["scenario"]()
    low, high = (scale * end / 30 for end in ends)
    frame = result.frame.copy()
    money = (frame["unit"] == "money") & frame["identified"]
    frame.loc[money, ["estimate", "lower", "upper"]] = [(low + high) / 2, low, high]
    said = BRIEFS[type(result)](replace(result, frame=frame), ENGLISH)
    rows = [row for row in said.numbers.rows if row[0].startswith("Revenue")]
    for row in rows:
        # where both ends are the same, the difference stands alone
        text = row[3] if row[4] == "–" else row[4]
        start, _, end = text.partition("\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}")
        end = end or start
        if said.answer.startswith("More"):
            assert start.startswith("+")
        elif said.answer.startswith("Less"):
            assert end.startswith("\N{MINUS SIGN}")
        else:
            assert not start.startswith("+")
            assert not end.startswith("\N{MINUS SIGN}")


def test_series_are_apart_only_where_their_printed_intervals_are():
    result = SPECIMENS["forecast, three stores"]()
    last = result.frame["period"] == result.periods[-1]
    for upper, apart in ((20.04, False), (19.9, True)):
        frame = result.frame.copy()
        frame.loc[last, ["estimate", "lower", "upper"]] = [
            [10.0, 0.0, upper], [30.0, 20.0, 40.0], [25.0, 5.0, 45.0],
        ]  # fmt: skip
        reason = BRIEFS[type(result)](replace(result, frame=frame), ENGLISH).reason
        assert ("lie apart" in reason) == apart


def test_many_series_show_the_lowest_and_the_highest_and_say_so():
    result = SPECIMENS["forecast, many long names"]()
    said = brief(result, ENGLISH)
    assert len(said.numbers.rows) == 8
    assert "The lowest and the highest are listed." in said.reason
    figure = drawing(result, ENGLISH)
    assert len(figure.axes) == 4
    assert any("Of 30 series" in text.get_text() for text in figure.texts)


def test_a_measure_in_logs_is_told_in_percent():
    scale = Scale(ENGLISH.language, "log")
    assert scale.move(np.log(1.1)) == "+10.0"
    assert scale.of_moves == "%"
    said = brief(SPECIMENS["changes, in logs"](), ENGLISH)
    assert "%" in said.numbers.head[4]


def test_places_are_spread_from_first_to_last():
    assert picked(3, 12) == [0, 1, 2]
    assert picked(24, 4) == [0, 8, 15, 23]


def test_every_picture_is_described():
    kinds = {type(make()): make for make in SPECIMENS.values()}
    for make in kinds.values():
        said = brief(make(), LOOKS["fr"])
        assert [chart.alt for chart in said.charts if chart.alt != said.heading]


def test_draws_of_a_forecast_are_read_by_arviz_as_they_are():
    import arviz as az

    result = SPECIMENS["forecast"]()
    table = az.summary(result.draws, ci_prob=0.95)
    assert np.allclose(table["mean"].astype(float), result.frame["estimate"], atol=0.2)


@pytest.mark.parametrize(
    ("at_risk", "gone", "named"),
    [
        ([1_000, 2_000, 3_000], [125, 150, 200], True),
        ([30, 2_000, 3_000], [6, 300, 400], False),  # the largest share, but not surely
        ([3, 2_000, 3_000], [1, 150, 200], False),  # too few people to be shown
    ],
)
def test_a_group_of_customers_is_named_only_where_it_surely_loses_more(at_risk, gone, named):
    rows = {"category": ["detractor", "passive", "promoter"], "at_risk": at_risk, "events": gone}
    cells = HazardCells.from_frame(pd.DataFrame(rows), ["category"])
    said = brief(nps.project_churn(nps.hazard(cells, cluster=None), cells, 3, draws=200), ENGLISH)
    assert any("Detractors" in step for step in said.steps) == named
    assert any(row[0] == "Detractors" for row in said.numbers.rows) == (at_risk[0] >= 5)
    assert any("fewer than 5 customers" in doubt for doubt in said.doubts) == (at_risk[0] < 5)


def test_the_change_that_is_told_is_the_one_to_look_into():
    result = SPECIMENS["changes, of stores"]()
    common = result.frame[result.frame["reach"] != "own"]
    before = common.assign(period="2024-06", first="2024-06", last="2024-06")
    said = brief(replace(result, frame=pd.concat([before, common])), ENGLISH)
    assert said.answer == "The level fell in May 2025"
    assert "The level had changed before" in said.reason
    assert "May 2025" in said.steps[0]


def test_the_surest_of_many_single_changes_is_in_the_table():
    result = SPECIMENS["changes, of stores"]()
    own = pd.concat([result.frame[result.frame["reach"] == "own"]] * 4, ignore_index=True)
    own = own.assign(probability=np.linspace(0.6, 0.97, len(own)))
    said = brief(replace(result, frame=own), ENGLISH)
    assert "97%" in said.reason
    assert said.numbers.rows[0][3] == "97%"
    assert "The surest changes are listed." in said.reason


def test_false_alarms_are_counted_in_words_that_agree():
    result = nps.alerts(counts(4, months=6, n=25), by="store_id", draws=100, max_false=2)
    assert "2 fausses alertes attendues" in brief(result, LOOKS["fr"]).question


def test_levers_are_told_apart_and_what_is_not_identified_is_not_drawn():
    said = brief(SPECIMENS["scenario, two levers"](), ENGLISH)
    assert said.answer == "Score: fewer customers lost go with it"
    assert "Calls: Contribution" in said.reason
    assert not brief(SPECIMENS["scenario, not identified"](), ENGLISH).charts


def test_why_a_slope_is_not_identified_is_said_in_french():
    why = said_of("{n} stores and their answers are too few for a slope within stores.", n=3)
    row = {"estimator": "within", "reading": "corrected", "errors": "cluster", "n": 9,
           "estimate": np.nan, "std_error": np.nan, "lower": -np.inf, "upper": np.inf,
           "level": 0.95}  # fmt: skip
    known = said_of("The slope is not identified.")
    growth = SimpleNamespace(frame=pd.DataFrame([row]), diagnostics=(why, known), scale="nps",
                             errors="cluster", period="month", lag=1)  # fmt: skip
    result = nps.scenario(SPECIMENS["forecast"](), change=5, slope=Slope.of(growth))
    assert "La pente n’est pas identifiée." in brief(result, LOOKS["fr"]).doubts[0]


def test_sums_are_not_spoken_of_as_scores():
    said = brief(SPECIMENS["last move, in logs"](), ENGLISH)
    assert said.question == "Did the level really change?"
    assert said.reason.startswith("Shown: \N{MINUS SIGN}2.8%, counted in full.")
    assert "verbatims" not in " ".join(said.steps)


@pytest.mark.parametrize(
    ("beyond", "text"), [(0, ""), (1, ""), (9, "Chance alone would put fewer of them beyond it.")]
)
def test_moves_are_set_against_chance_where_there_are_enough(beyond, text):
    result = SPECIMENS["last move, many" if beyond > 1 else "last move, a fall"]()
    frame = result.frame.assign(move=0.0)
    frame.loc[: beyond - 1, "move"] = 150.0
    reason = BRIEFS[type(result)](replace(result, frame=frame), ENGLISH).reason
    assert ("Chance alone" in reason) == bool(text)
    assert text in reason


def test_periods_in_doubts_are_written_in_french():
    doubts = " ".join(brief(SPECIMENS["forecast"](), LOOKS["fr"]).doubts)
    assert "juin 2025" in doubts
    assert "2025-06" not in doubts


def test_names_are_said_as_they_are():
    texts = texts_of(brief(SPECIMENS["last move, many"](), LOOKS["fr"]))
    assert any(LONG.format(0)[:40] in text for text in texts)
