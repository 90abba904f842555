"""Every result of a survey or adaptive experiment has a memo and a picture, true to its numbers."""

import re

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
from specimens_survey import ARMS, LONG, SPECIMENS
from survey_made import counted

import npsstats as nps
from npsstats.experiments.survey.crossing.bridged_change import BridgedChange
from npsstats.reporting.kinds import brief
from npsstats.reporting.kinds.experiments import BRIEFS, DRAWINGS
from npsstats.reporting.language import shown
from npsstats.results import Provenance

NAMES = (
    "before_last", "first", "last", "incident", "journey", "position", "delay", "old", "new",
    "shop", "delivery", "store", *ARMS, *LONG,
)  # fmt: skip


EACH = [name for name in SPECIMENS if "," not in name]
"""A specimen of every type; the rest are those that tell nothing."""


@pytest.fixture(params=list(SPECIMENS))
def specimen(request):
    return SPECIMENS[request.param]()


def test_every_type_has_a_specimen_a_memo_and_a_picture():
    floors = results_of("experiments.survey") | results_of("experiments.adaptive")
    assert floors <= set(BRIEFS)
    assert floors <= set(DRAWINGS)
    assert {type(made()) for made in SPECIMENS.values()} == floors


def test_words_are_those_of_the_table_and_french_calls_an_arm_a_group(specimen):
    french = check_words(specimen, names=NAMES)
    for text in texts_of(french):
        assert not re.search(r"\bbras\b", text, re.IGNORECASE), text
        assert not re.search(r"(?:^|\W)'\w", text), f"English quotes: {text}"


@pytest.mark.parametrize("name", [*EACH, "arms, long names"])
def test_a_memo_is_a_page_and_its_picture_holds_its_labels(name, tmp_path):
    result = SPECIMENS[name]()
    codes = LOOKS if name.startswith("arms") else ["fr"]  # French has the longer texts
    check_page(result, codes)
    check_picture(result, tmp_path, codes)


@pytest.mark.parametrize("name", ["verdicts"])
def test_other_formats_say_the_same(name, tmp_path):
    check_formats(SPECIMENS[name](), tmp_path)


@pytest.mark.parametrize(
    "name",
    ["arms, alike", "validity, alike", "verdicts, alike", "best delay, alike", "send times, even",
     "resistance, nobody moved", "bridge, alike", "allocation, close", "sequences, close",
     "sequences, few", "sequences, not as planned", "allocation, moved", "resistance, reversed",
     "resistance, uneven"],
)  # fmt: skip
def test_weak_evidence_cannot_tell(name):
    assert brief(SPECIMENS[name](), LOOKS["en"]).answer.startswith("Cannot tell")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("arms", "Asked “first”, customers score higher"),
        ("factors, crossed", "What was varied does not add up: read the arms one by one"),
        ("send times", "Response goes with the day or hour of sending"),
        ("resistance", "Those who answered flatter the score"),
        ("fatigue", "Customers asked more often answer less"),
        ("allocation", "“1 day” is the best: stop dealing out"),
        ("sequences", "“1 day” is ahead of all others"),
        ("answer times", "Wait 7 days or longer before reading the scores"),
        ("best delay", "Send after 2 hours; the best lies between 2 hours and 24 hours"),
        ("best delays", "Send after 2 hours, but not in every journey"),
        ("fatigue, lower scores", "Customers asked more often score lower"),
        ("bridge, strata", "The new way of asking makes a higher score"),
    ],
)
def test_strong_evidence_is_told(name, answer):
    assert brief(SPECIMENS[name](), LOOKS["en"]).answer == answer


def test_a_score_that_rises_and_falls_along_the_delay_is_not_said_to_fall():
    said = brief(SPECIMENS["delay curve, both ways"](), LOOKS["en"])
    assert said.answer == "The score moves with the delay, but not all the way in one direction"


def test_nobody_is_told_to_stop_where_the_response_itself_moved():
    result = SPECIMENS["allocation, moved"]()
    said = brief(result, LOOKS["en"])
    assert result.frame["p_best"].max() > 0.95
    assert "stop" not in said.answer
    assert "within batches" in said.steps[0]
    assert not any("another batch buys little" in doubt for doubt in said.doubts)


def test_no_number_is_shown_where_none_can_be_trusted():
    unplanned = brief(SPECIMENS["sequences, not as planned"](), LOOKS["en"])
    assert {row[3] for row in unplanned.numbers.rows} == {"–"}
    for name in ("resistance, reversed", "resistance, uneven"):
        said = brief(SPECIMENS[name](), LOOKS["en"])
        assert all("those who answered" in row[0] for row in said.numbers.rows)
        assert not said.charts
        assert "randomized" not in said.grade
    assert not unplanned.charts


def test_a_rate_that_moved_has_no_interval():
    said = brief(SPECIMENS["sequences, moved"](), LOOKS["en"])
    assert {row[2] for row in said.numbers.rows} == {"–"}
    assert {row[-1] for row in said.numbers.rows} == {"its rate is not constant"}


def test_the_arm_that_the_others_are_held_against_stands_in_the_table():
    said = brief(SPECIMENS["sequences"](), LOOKS["en"])
    assert said.numbers.rows[-1][:3] == [
        "1 day",
        "1,200",
        "24.0 (19.3\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}29.1)",
    ]


def test_a_doubt_does_not_deny_the_interval_beside_it():
    result = SPECIMENS["sequences, few"]()
    assert any("nothing is said yet" in doubt for doubt in result.diagnostics)
    assert not any("nothing is said yet" in doubt for doubt in brief(result, LOOKS["en"]).doubts)


def test_delays_that_chance_did_not_draw_are_not_to_be_introduced():
    said = brief(SPECIMENS["best delay, observed"](), LOOKS["en"])
    assert said.steps == ["Draw delays by lot before the delay is changed: this is a lead."]


def test_the_spread_between_strata_has_its_place_on_the_page():
    said = brief(SPECIMENS["bridge, strata"](), LOOKS["en"])
    assert said.numbers.rows[1][0] == "spread between strata"
    assert len(said.numbers.rows) == 12


def test_what_chance_did_not_decide_is_an_association():
    for name in ("fatigue", "send times", "delay curve, observed"):
        assert "association" in brief(SPECIMENS[name](), LOOKS["en"]).grade
    for name in ("fatigue, randomized", "delay curve"):
        assert "randomized" in brief(SPECIMENS[name](), LOOKS["en"]).grade


@settings(max_examples=20, deadline=None)
@given(st.floats(-60, 60), st.floats(0.001, 40))
def test_a_change_has_the_direction_of_its_printed_interval(estimate, half):
    lower, upper = estimate - half, estimate + half
    row = {
        "first": "a", "second": "b", "n_first": 90, "n_second": 80, "naive": 1.0,
        "estimate": estimate, "std_error": half / 2, "lower": lower, "upper": upper,
        "level": 0.95, "p_increase": 0.5,
    }  # fmt: skip
    made = BridgedChange(pd.DataFrame([row]), (), Provenance("made", {}, "0123456789abcdef"))
    said = brief(made, LOOKS["en"]).answer
    assert ("rose" in said) is (shown(lower) > 0)
    assert ("fell" in said) is (shown(upper) < 0)
    assert ("Cannot tell" in said) is (shown(lower) <= 0 <= shown(upper))


def test_what_is_told_of_many_arms_stands_in_the_table(tmp_path):
    laws = {f"façon {i:02d}": (0.1 + 0.006 * i, (0.3 - 0.012 * i, 0.3, 0.4 + 0.012 * i))
            for i in range(20)}  # fmt: skip
    invited, _ = counted(laws, 3000)
    arms = nps.survey_arms(invited, control="façon 00", known=["journey"], draws=200)
    for result in (arms, nps.allocate(invited.by("arm"))):
        check_words(result, names=laws)
        check_picture(result, tmp_path, ["en"])
        said = brief(result, LOOKS["en"])
        assert len(said.numbers.rows) == 12
        assert any(f"“{row[0]}”" in said.reason for row in said.numbers.rows)
