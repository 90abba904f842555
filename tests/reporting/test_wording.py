"""Sentences follow from numbers, and cannot contradict them."""

import re
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from npsstats.reporting.language import Language
from npsstats.reporting.leadership import data_wording, store_wording, wording
from npsstats.reporting.leadership.facts import Movement, Quality, Segment
from npsstats.reporting.standing import Standing

ENGLISH, FRENCH = Language("en"), Language("fr")
points = st.floats(-200, 200).map(lambda x: round(x, 3))


def numbers(text):
    """Return the numbers of an English text, signs kept."""
    plain = text.replace("−", "-").replace("\N{NO-BREAK SPACE}", " ")
    return [float(x.replace(",", "")) for x in re.findall(r"[-+]?\d[\d,]*\.\d+", plain)]


def moving(lower, estimate, upper):
    return Movement("2025-02", "2025-03", 140, 150, estimate, lower, upper)


@pytest.mark.parametrize(
    ("interval", "english", "french"),
    [
        ((0.2, 1.5, 2.8), "rose slightly, by 1.5 points", "a légèrement progressé, de 1,5 point "),
        ((1.0, 3.1, 5.2), "rose by 3.1 points", "a progressé de 3,1 points "),
        ((2.0, 7.0, 12.0), "rose strongly, by 7.0 points", "a fortement progressé, de 7,0 points"),
        ((-2.8, -1.5, -0.2), "fell slightly, by 1.5 points", "a légèrement reculé, de 1,5 point "),
        ((-5.2, -3.1, -1.0), "fell by 3.1 points", "a reculé de 3,1 points "),
        ((-9.0, -7.0, -5.0), "fell strongly, by 7.0 points", "a fortement reculé, de 7,0 points"),
        ((-2.0, 1.2, 4.4), "cannot be told: a move of +1.2 points", "un écart de +1,2 point est"),
        ((-1.5, -0.2, 1.1), "hardly moved: −0.2 points", "n’a guère bougé : −0,2 point "),
    ],
)
def test_a_change_is_said_with_direction_size_and_certainty(interval, english, french):
    movement = moving(*interval)
    assert english in wording.moved(ENGLISH, movement, 0.95)
    narrow = wording.moved(FRENCH, movement, 0.95).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert french in narrow
    assert "février 2025 et mars 2025" in narrow


@given(points, st.floats(0, 100), st.floats(0, 100))
def test_a_change_never_contradicts_the_interval_that_it_prints(estimate, below, above):
    text = wording.moved(ENGLISH, moving(estimate - below, estimate, estimate + above), 0.95)
    size, lower, upper = numbers(text)
    if " rose" in text and "cannot" not in text:
        assert lower > 0
        assert size >= 0
    elif " fell" in text and "cannot" not in text:
        assert upper < 0
    else:
        assert lower <= 0 <= upper


@pytest.mark.parametrize(
    ("probability", "english"),
    [
        (0.9999, "almost certainly above the target of 30 (probability: more than 99.9%)"),
        (0.99, "almost certainly above"),
        (0.96, "very probably above"),
        (0.85, "probably above"),
        (0.62, "cannot be told from these responses (probability: 62%)"),
        (0.5, "cannot be told"),
        (0.3, "cannot be told"),
        (0.15, "probably below the target of 30 (probability: 85%)"),
        (0.04, "very probably below"),
        (0.001, "almost certainly below"),
    ],
)
def test_the_target_in_words(probability, english):
    assert english in wording.against_target(ENGLISH, probability, 30)


@given(st.floats(0, 1))
def test_a_side_is_named_only_when_it_is_likely(probability):
    text = wording.against_target(ENGLISH, probability, 30)
    assert ("cannot be told" in text) == (0.2 < round(probability, 4) < 0.8)
    if "probably above" in text or "certainly above" in text:
        assert probability > 0.79


def test_a_target_with_decimals_keeps_them():
    assert "32.5" in wording.against_target(ENGLISH, 0.9, 32.5)
    assert "32,5" in wording.against_target(FRENCH, 0.9, 32.5)


@pytest.mark.parametrize(("n", "warned"), [(1, True), (29, True), (30, False)])
def test_few_responses_are_said(n, warned):
    assert (wording.few(ENGLISH, n) is not None) == warned


def test_one_response_is_said_in_the_singular():
    assert wording.few(ENGLISH, 1) == (
        "This rests on 1 response only: read the interval, not the score."
    )
    assert "1 seule réponse" in wording.few(FRENCH, 1)


def test_an_observed_score_outside_its_interval_is_explained(make_facts):
    tens = make_facts(stores=0, scores=[0] * 10 + [7]).overall
    assert tens.upper < 100
    assert "The observed score lies outside" in wording.credible(ENGLISH, tens, 0.95)
    plenty = make_facts(stores=0).overall
    assert "edge" not in wording.credible(ENGLISH, plenty, 0.95)


def segment(within, mix, rows=(), p_reversal=0.1):
    columns = ["label", "n_before", "n_after", "within", "mix", "lower", "upper"]
    columns += ["own_change", "p_rise", "standout"]
    return Segment("channel", within, mix, pd.DataFrame(rows, columns=columns), p_reversal)


def test_a_change_of_who_answered_is_not_called_satisfaction():
    rising = moving(1.0, 3.0, 5.0)
    assert "who answered" in wording.parts(ENGLISH, rising, segment(0.5, 2.5))
    assert "who answered" not in wording.parts(ENGLISH, rising, segment(2.5, 0.5))


def test_the_parts_of_an_uncertain_change_are_not_explained():
    uncertain = moving(-1.0, 3.0, 5.0)
    assert wording.parts(ENGLISH, uncertain, segment(0.5, 2.5)) is None
    assert "not established" in wording.unestablished(ENGLISH, uncertain)
    assert wording.unestablished(ENGLISH, moving(1.0, 3.0, 5.0)) is None


def test_groups_stand_out_only_when_their_own_score_surely_moved():
    rows = [
        ("web", 9, 9, 2.0, 0.5, 0.3, 4.0, 4.1, 0.97, True),
        ("store", 9, 9, -5.0, 0.0, -9.0, -1.0, -8.0, 0.01, True),
        ("sms", 9, 9, 3.0, 3.0, 0.1, 12.0, 1.0, 0.7, False),
    ]
    text = wording.standout(ENGLISH, segment(0.0, 3.5, rows))
    assert "surest first: store (−8.0) and web (+4.1)." in text
    # the chances add up to 0.04, which is too low where nothing moves: it is not claimed
    assert text.endswith("it can still happen, above all where no score truly moved.")
    assert "0.04" not in text
    assert "sms" not in text
    alone = wording.standout(ENGLISH, segment(3.0, 3.0, rows[2:]))
    assert alone.startswith("No group stands out")
    assert "is that of one group taken alone" in alone  # its interval is from 0.1 to 12.0
    wide = [("sms", 9, 9, 3.0, 3.0, 0.04, 12.0, 1.0, 0.7, False)]
    assert "taken alone" not in wording.standout(ENGLISH, segment(3.0, 3.0, wide))


def test_a_move_the_other_way_inside_the_groups_is_said_when_it_is_probable():
    rising = moving(1.0, 3.0, 5.0)
    assert "the other way" in wording.reversal(ENGLISH, rising, segment(-2.0, 5.0, (), 0.95))
    assert wording.reversal(ENGLISH, rising, segment(-2.0, 5.0, (), 0.6)) is None
    assert wording.reversal(ENGLISH, rising, segment(2.0, 1.0, (), 0.95)) is None
    assert wording.reversal(ENGLISH, moving(-1.0, 3.0, 5.0), segment(-2.0, 5.0, (), 0.9)) is None


def test_rejected_rows_are_said_and_many_are_warned_of():
    def said(accepted, rejected):
        return data_wording.accepted(ENGLISH, Quality("f.csv", accepted, rejected, {}))

    assert said(100, 0) == "All 100 rows were accepted."
    assert said(1, 0) == "All 1 row was accepted."
    assert said(1234, 10) == "Rows accepted: 1,234; rejected: 10 (0.8%)."
    assert "before you trust" in said(95, 5)


def test_a_scale_without_zero_is_wondered_about(make_facts):
    facts = make_facts(stores=0, scores=[0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 200])
    assert data_wording.scale_doubt(ENGLISH, facts)
    assert not data_wording.scale_doubt(ENGLISH, replace(facts, scale=(1, 10)))
    assert not data_wording.scale_doubt(ENGLISH, make_facts(stores=0, scores=[0] * 10 + [9]))


def test_an_unfinished_period_is_said():
    assert data_wording.unfinished(ENGLISH, "2025-03", date(2025, 3, 31)) is None
    assert data_wording.unfinished(ENGLISH, "2025-03", date(2025, 3, 20)) == (
        "March 2025 is counted up to 20 March 2025: it may not be complete."
    )
    assert data_wording.unfinished(ENGLISH, "wave 3", date(2025, 3, 20)) is None


def test_what_is_left_out_is_said(make_facts):
    said = data_wording.left_out(ENGLISH, make_facts())
    assert said == (
        "Not in this report: what customers write (no text is given); what NPS is worth and which "
        "customers are at risk (no purchase is given); the integrity of the answers (too few "
        "stores or answers to compare); experiments (none is given)."
    )
    bare = data_wording.left_out(ENGLISH, make_facts(stores=0, months=0, quality=False))
    assert bare.startswith(
        "Not in this report: what moved the score (no date is given); the ranking of stores "
        "(no store is given);"
    )
    assert bare.endswith("the quality of the rows (counts were given).")
    lone = data_wording.left_out(ENGLISH, make_facts(stores=1, months=1, names=["Lyon"]))
    assert "one period only" in lone
    assert "one only: Lyon" in lone


def test_groups_of_few_are_not_named(make_facts):
    told = make_facts().segments[0]
    assert "e-mail" in wording.standout(ENGLISH, told)
    few = replace(told, frame=told.frame.assign(n_after=4))
    assert "No group stands out" in wording.standout(ENGLISH, few)


def test_standings_count_every_store_once(make_facts):
    for target in (None, 30.0):
        facts = make_facts(stores=80, target=target)
        text = store_wording.standings(ENGLISH, facts)
        counts = [int(x) for x in re.findall(r"(\d+) (?:surely|where)", text)]
        assert sum(counts) == len(facts.stores)
        for side, count in zip((Standing.ABOVE, Standing.BELOW), counts, strict=False):
            assert count == len(facts.listed(side))


def test_expected_mistakes_are_the_sum_of_the_chances(make_facts):
    facts = make_facts(stores=400, target=25.0)
    for side in (Standing.ABOVE, Standing.BELOW):
        listed = facts.listed(side)
        wrong = (1 - listed["p_above"]) if side is Standing.ABOVE else listed["p_above"]
        (said,) = numbers(store_wording.false_flags(ENGLISH, facts, side))
        assert said == pytest.approx(wrong.sum(), abs=0.051)
        assert said < 0.03 * len(listed)


def test_nobody_is_listed_in_words(make_facts):
    facts = make_facts(stores=5, target=30.0)
    facts = replace(facts, stores=facts.stores.assign(standing="unknown"))
    assert store_wording.false_flags(ENGLISH, facts, Standing.ABOVE) is None
    assert store_wording.nobody(ENGLISH, facts) == "No store is surely above or below the target."
    without = replace(facts, target=None)
    assert store_wording.nobody(ENGLISH, without, Standing.BELOW) == (
        "No store is surely below the network's NPS.".replace("'", "’")
    )


def test_of_equal_raw_scores_none_would_come_first(make_facts):
    facts = make_facts(stores=5)
    level = replace(facts, stores=facts.stores.assign(nps=100.0))
    assert store_wording.hasty_champion(ENGLISH, level) is None


def test_parts_are_set_apart_as_each_language_does():
    assert ENGLISH.series(["a, b", "c"]) == "a, b; c"
    assert FRENCH.series(["a, b", "c"]) == "a, b\N{NARROW NO-BREAK SPACE}; c"


def test_the_hasty_champion_is_the_best_raw_score(make_facts):
    facts = make_facts(stores=80)
    text = store_wording.hasty_champion(ENGLISH, facts)
    best = facts.stores.loc[facts.stores["nps"].idxmax()]
    assert facts.stores["store"].iloc[0] != best["store"]
    assert best["store"] in text
    assert numbers(text)[0] == pytest.approx(best["nps"], abs=0.051)


def test_no_champion_when_the_first_is_first_by_both(make_facts):
    facts = make_facts(stores=12)
    top = facts.stores["store"].iloc[0]
    stores = facts.stores.assign(nps=facts.stores["estimate"])
    assert store_wording.hasty_champion(ENGLISH, replace(facts, stores=stores)) is None
    assert top in store_wording.rank_spread(ENGLISH, facts)


def test_the_most_frequent_answers_are_named():
    assert wording.distribution(ENGLISH, {9: 0, 10: 3}).endswith("the most frequent is 10")
    assert wording.distribution(ENGLISH, {1: 2, 5: 0, 11: 2}).endswith("are 1 and 11")


@pytest.mark.parametrize(
    ("scale", "answers"), [((0, 10), range(11)), ((1, 10), range(1, 11)), ((1, 11), range(1, 12))]
)
def test_answers_are_named_as_they_were_asked(make_facts, scale, answers):
    facts = make_facts(stores=0, scores=[0, *range(1, 11)], scale=scale)
    assert list(facts.answers) == list(answers)
    assert sum(facts.answers.values()) == facts.overall.n
    assert facts.answers[scale[1]] == 10
