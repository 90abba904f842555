"""Every estimate has a memo and a picture whose words hold what its numbers say."""

from functools import cache

import arviz as az
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
)
from specimens_estimation import LONG, SPECIMENS

import npsstats as nps
from npsstats.reporting.kinds import brief, drawing
from npsstats.reporting.kinds.estimation import BRIEFS
from npsstats.reporting.kinds.estimation.named import decided, telling, without_few
from npsstats.reporting.kinds.making import p_text
from npsstats.reporting.standing import Standing, standing
from npsstats.said import Said

NAMES = [
    LONG, "Lyon", "Lille", "e-mail", "SMS", "borne", "acheteurs", "autres", "retrait", "caisse",
    "SAV", "caisses", "jardin", "réserve", "channel", "kind", "buyer", "npsstats change",
    "npsstats check", "npsstats plan", "csat", "prior_concentration", "response_id",
    "invitations=...", "counts", "coefficients", "pooling=’none’", "pooling=’partial’",
    "model=’ordinal’", "trim=", "purchases", "ces", "invitations", "customer_id", "account_id",
    "invitation_id", "response_id",
]  # fmt: skip


ALIKE = {
    "benchmark-one", "bounds-channels", "ces", "change-whole", "comparable", "comparison-none",
    "comparison-weak", "completion", "csat", "difference-weak", "estimate-alone", "estimate-one",
    "estimate-segments", "estimate-target", "estimate-weighted", "flags-alone", "flags-likely",
    "integrity-none", "interval", "intervals-channels", "ordinal", "sample-size", "shares",
    "tell-apart-weak", "weighted", "year-on-year",
}  # fmt: skip
LAID_OUT = [name for name in SPECIMENS if name not in ALIKE]
"""Specimens without those whose page and picture are laid out as another's of the same type."""


@cache
def specimen(name):
    return SPECIMENS[name]()


def told(name, code="en"):
    return brief(specimen(name), LOOKS[code])


def test_every_type_of_this_floor_is_shown():
    shown = {type(specimen(name)) for name in SPECIMENS}
    base = {kind for kind in results_of("estimation") if any(kind in s.__mro__[1:] for s in shown)}
    assert results_of("estimation") - base <= shown


@pytest.mark.parametrize("name", SPECIMENS)
def test_words_say_what_the_table_says_in_both_languages(name):
    ends = ("0", "100") if name.startswith("shape") else ()  # of the scale that it explains
    check_words(specimen(name), names=NAMES, also=ends)


def test_every_kind_of_memo_is_laid_out():
    for kind in BRIEFS:
        assert any(isinstance(specimen(name), kind) for name in LAID_OUT), kind


@pytest.mark.parametrize("name", LAID_OUT)
def test_the_memo_is_one_page(name):
    check_page(specimen(name))


@pytest.mark.parametrize("name", LAID_OUT)
def test_the_picture_fits_its_paper(name, tmp_path):
    check_picture(specimen(name), tmp_path)


@pytest.mark.parametrize("name", ["estimate", "change", "flags-none"])
def test_markdown_and_html_hold_the_same(name, tmp_path):
    check_formats(specimen(name), tmp_path)


@pytest.mark.parametrize(
    "name",
    ["difference-weak", "estimate-empty", "flags-none", "comparison-none", "year-on-year",
     "tell-apart-weak"],
)  # fmt: skip
def test_weak_evidence_is_not_a_verdict(name):
    assert told(name).answer == "Cannot tell"
    assert told(name, "fr").answer == "On ne peut pas conclure"


def test_groups_that_differ_although_no_pair_is_told_apart_are_said_to():
    assert told("comparison-weak").answer == "Groups differ; which ones cannot be told"


def test_flags_that_are_only_likely_are_not_called_sure():
    said = told("flags-likely")
    assert "surely" not in " ".join([said.question, said.answer, said.reason, *said.steps])
    assert "a probability of 60.0% or more" in said.reason


def test_nothing_is_said_of_others_where_there_are_none():
    assert "Of the others it cannot be told." in told("estimate").reason
    assert "others" not in told("estimate-target").reason


@pytest.mark.parametrize("name", ["differences-many", "estimate-alone"])
def test_of_many_intervals_that_stand_alone_some_are_wrong_by_chance(name):
    assert any("by chance" in doubt for doubt in told(name).doubts)
    assert not any("by chance" in doubt for doubt in told("estimate").doubts)


def test_a_difference_that_is_estimated_is_told_from_raw_values():
    head = told("tell-apart-weak").numbers.head
    assert head[1:4] == ["First, raw", "Second, raw", "Difference, estimated"]


def test_a_score_with_a_target_says_how_surely_it_is_reached():
    said = told("dirichlet")
    assert said.numbers.head[-1] == "P(above +10.0)"
    assert said.reason.endswith(f"above +10.0 is {said.numbers.rows[0][-1]}.")


def test_odds_are_judged_by_their_hundredths():
    rows = dict(row[:2] for row in told("propensity").numbers.rows)
    assert rows["channel: e-mail"] == "2.02"


def test_a_difference_of_shares_is_in_points():
    assert told("buyers").numbers.rows[2][3] == "+16.7 points"


def test_what_data_lack_is_said_with_what_needs_it_in_both_languages():
    rows = dict(row[:2] for row in told("readiness").numbers.rows)
    assert rows["Lacking: the table purchases"] == "5 jobs"
    assert "who leaves" in told("readiness").steps[0]
    words = LOOKS["fr"].language
    for job in specimen("readiness").abilities:
        assert all(words.retell(said) != said for said in (job.does, *job.lacks))


def test_only_stores_are_visited():
    assert any("Visit" in step for step in told("estimate").steps)
    assert not any("Visit" in step for step in told("estimate-segments").steps)


def test_draws_are_those_that_arviz_reads():
    for name in ("dirichlet", "estimate", "shape-stores", "csat"):
        found = az.summary(specimen(name).draws, ci_prob=0.95)
        assert np.isfinite(found["mean"].astype(float)).all()


@settings(max_examples=7, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=6, max_size=6).filter(lambda n: sum(n[:3]) and sum(n[3:]))
)
def test_the_word_on_a_difference_is_that_of_its_printed_interval(counts):
    found = nps.difference(counts[:3], counts[3:])
    said = brief(found, LOOKS["en"])
    row = found.frame.iloc[0]
    expected = {
        Standing.ABOVE: "The first score is higher",
        Standing.BELOW: "The first score is lower",
        Standing.UNKNOWN: "Cannot tell",
    }
    assert said.answer == expected[standing(row.lower, row.upper)]


@settings(max_examples=5, deadline=None)
@given(st.lists(st.lists(st.integers(0, 30), min_size=11, max_size=11), min_size=2, max_size=8),
       st.sampled_from([None, -50.0, 0.0, 60.0]))  # fmt: skip
def test_the_tally_counts_the_rows_that_say_so(scores, target):
    cells = pd.DataFrame({"store_id": [f"S{place}" for place in range(len(scores))]})
    found = nps.estimate(nps.ScoreCounts(scores, cells), pooling="none", target=target)
    said = brief(found, LOOKS["en"])
    sides = [row[-1] for row in said.numbers.rows[1:]]
    above, below = sides.count("surely above"), sides.count("surely below")
    assert said.numbers.rows[0][-1] == f"{above} above, {below} below"
    expected = f"{above} surely above, {below} surely below" if above + below else "Cannot tell"
    assert said.answer == expected


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=12, max_size=12))
def test_the_word_on_a_change_is_that_of_its_printed_interval(counts):
    rows = np.zeros((4, 11), dtype=int)
    rows[:, [0, 8, 10]] = np.reshape(counts, (4, 3)) + 1
    cells = pd.DataFrame(
        {"month": ["2025-01", "2025-01", "2025-02", "2025-02"], "region": ["N", "S"] * 2}
    )
    found = nps.change(nps.ScoreCounts(rows, cells), by="region")
    said, total = brief(found, LOOKS["en"]), found.frame.iloc[-1]
    expected = {
        Standing.ABOVE: "The score rose",
        Standing.BELOW: "The score fell",
        Standing.UNKNOWN: "Cannot tell",
    }
    assert said.answer == expected[standing(total.lower, total.upper)]


@pytest.mark.parametrize(
    "name",
    [
        "estimate-segments",
        "change",
        "weights",
        "comparison-weak",
        "intervals-channels",
        "intervals-hidden",
    ],
)
def test_a_group_of_people_with_fewer_than_five_answers_is_not_in_the_table(name):
    said = told(name)
    hidden = "SAV" if name == "change" else "borne"
    assert not any(hidden in row[0] for row in said.numbers.rows)
    assert any("fewer than 5 answers" in doubt for doubt in said.doubts)
    assert hidden not in drawing(specimen(name), LOOKS["en"]).svg()


def test_a_store_with_two_answers_is_shown_with_its_interval():
    rows = {row[0]: row for row in told("estimate-empty").numbers.rows}
    assert rows["store 2"][1] == "2"


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12))
def test_only_groups_of_people_are_kept_back(n):
    words = LOOKS["en"].language
    frame = pd.DataFrame({"channel": [str(place) for place in range(len(n))], "n": n})
    shown, said = without_few(words, frame, ["channel"])
    assert not shown["n"].between(1, 4).any()
    assert bool(said) == (len(shown) < len(frame))
    # one group alone, kept back, is what the whole has and the others have not
    assert len(frame) - len(shown) != 1 or len(frame) <= 2
    assert len(without_few(words, frame, ["store_id"])[0]) == len(frame)


def test_of_many_rows_both_ends_are_shown():
    frame = pd.DataFrame({"estimate": np.arange(200.0)})
    shown = telling(frame, 11)["estimate"].tolist()
    assert shown == [199, 198, 197, 196, 195, 194, 4, 3, 2, 1, 0]


@given(st.lists(st.sampled_from(list(Standing)), min_size=1, max_size=40), st.integers(2, 14))
def test_rows_surely_on_a_side_come_before_the_others_and_sides_share_the_room(sides, most):
    frame = pd.DataFrame({"estimate": np.arange(len(sides), dtype=float)})
    shown = [sides[place] for place in decided(frame, sides, most).index]
    above, below, unknown = (
        (shown.count(side), sides.count(side))
        for side in (Standing.ABOVE, Standing.BELOW, Standing.UNKNOWN)
    )
    assert len(shown) == min(most, len(sides))
    if unknown[0] and unknown[0] < unknown[1]:
        assert above[0] + below[0] == above[1] + below[1]
    for one, other in ((above, below), (below, above)):
        if one[0] < one[1]:
            assert one[0] >= most // 2 or one[0] >= most - other[1]


def network_of(*scores):
    cells = pd.DataFrame({"store_id": [f"{LONG} {place}" for place in range(len(scores))]})
    counts = np.zeros((len(scores), 11), dtype=int)
    counts[:, [0, 8, 10]] = scores
    return nps.estimate(nps.ScoreCounts(counts, cells), pooling="none", target=0)


def test_every_row_that_the_answer_counts_is_in_the_table_where_there_is_room():
    said = brief(
        network_of(*[[10, 0, 90]] * 3, *[[9, 80, 11]] * 16, *[[52, 0, 20]] * 6), LOOKS["en"]
    )
    assert said.answer == "3 surely above, 6 surely below"
    assert [row[-1] for row in said.numbers.rows[1:]].count("surely below") == 6
    assert any("all that are surely above or below" in doubt for doubt in said.doubts)


def test_where_there_is_no_room_for_all_that_are_sure_the_page_says_how_many_are_missing():
    said = brief(
        network_of(*[[10, 0, 90]] * 14, *[[9, 80, 11]] * 4, *[[52, 0, 20]] * 8), LOOKS["en"]
    )
    sides = [row[-1] for row in said.numbers.rows[1:]]
    assert (sides.count("surely above"), sides.count("surely below")) == (6, 6)
    assert any("8 more surely above and 2 more surely below" in doubt for doubt in said.doubts)


def test_twelve_stores_are_all_on_the_page():
    found = network_of(*[[5, 20, 30 + 3 * place] for place in range(12)])
    assert len(brief(found, LOOKS["en"]).numbers.rows) == 13
    check_page(found)


def test_ranks_in_a_chart_are_said_to_be_expected_and_one_store_has_none():
    several, one = (network_of(*rows) for rows in ([[5, 20, 30]] * 2, [[5, 20, 30]]))
    assert "Expected rank (bounds)" in drawing(several, LOOKS["en"]).svg()
    assert "ank" not in drawing(one, LOOKS["en"]).svg()


def test_one_answer_gives_its_margin_in_the_singular():
    one = nps.margin(1)
    assert brief(one, LOOKS["en"]).answer.startswith("1 answer gives ±")
    assert "1 answer gives ±" in one.headline()


def test_a_raw_score_beside_an_estimate_is_explained():
    assert "drawn from the raw score" in told("estimate").charts[0].caption


def test_a_p_value_is_never_printed_as_one():
    assert p_text(LOOKS["en"].language, 0.9996) == "p > 0.999"
    assert p_text(LOOKS["en"].language, 0.9984) == "p = 0.998"


def test_two_hundred_stores_with_long_names_fit_their_paper(tmp_path):
    rng = np.random.default_rng(0)
    cells = pd.DataFrame({"store_id": [f"{LONG} {place}" for place in range(200)]})
    found = nps.estimate(nps.ScoreCounts(rng.integers(0, 9, (200, 11)), cells), pooling="none")
    check_words(found, names=NAMES)
    check_picture(found, tmp_path)


def test_words_of_an_analysis_are_kept_with_their_values():
    for name in SPECIMENS:
        for doubt in specimen(name).diagnostics:
            assert isinstance(doubt, Said)
            spoken = LOOKS["fr"].language.retell(doubt)
            assert spoken != doubt, "it has no French"
