"""Memos and pictures of the linkage: every type has both, and no sentence says too much."""

import re
from dataclasses import replace
from functools import cache

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
from specimens_linkage import LONG, QUOTE, SPECIMENS

from npsstats.grades import GRADES, misused
from npsstats.linkage import claims as claims_module
from npsstats.reporting.kinds import brief
from npsstats.reporting.kinds.linkage import BRIEFS, DRAWINGS
from npsstats.reporting.kinds.linkage.rows import Row, Scale, number, side, telling
from npsstats.reporting.memos.brief import Evidence, evidence
from npsstats.reporting.standing import Standing

NAMES = [
    LONG,
    LONG[:19],
    LONG[-12:],
    "checkout",
    "log(checkout)",
    "churn reason",
    "days",
    "margin=",
]
NOT_IDENTIFIED = ["growth, not identified", "worth, not identified", "store hazard, too noisy"]


@cache
def made(name):
    return SPECIMENS[name]()


def test_every_type_of_the_linkage_has_a_memo_and_a_picture_and_a_specimen():
    kinds = results_of("linkage")
    assert set(BRIEFS) == set(DRAWINGS) == kinds
    assert {type(made(name)) for name in SPECIMENS} == kinds


@pytest.mark.parametrize("name", SPECIMENS)
def test_words_come_from_the_numbers_of_the_table(name):
    result = made(name)
    also = []
    if isinstance(result, claims_module.ClaimsResult):
        verdicts = result.frame["verdict"]
        also = [str(n) for n in range(len(verdicts) + 1)]
    check_words(result, names=NAMES, also=also)


@pytest.mark.parametrize("name", SPECIMENS)
def test_no_sentence_uses_a_word_that_its_grade_does_not_permit(name):
    result = made(name)
    for look in LOOKS.values():
        said = brief(result, look)
        named = {evidence(look.language, kind): kind.value for kind in Evidence}
        grade = named[said.grade]
        grade = grade if grade in GRADES else "cross-section"
        for text in texts_of(said):
            if text != said.grade:
                assert misused(text, grade) == (), text


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_memo_is_one_page(name):
    check_page(made(name))


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_picture_holds_all_that_it_draws(name, tmp_path):
    check_picture(made(name), tmp_path)


@pytest.mark.parametrize("name", ["growth", "verbatims"])
def test_markdown_and_html_hold_the_memo(name, tmp_path):
    check_formats(made(name), tmp_path)


@pytest.mark.parametrize("name", NOT_IDENTIFIED)
def test_what_is_not_identified_is_said_so_and_has_no_number(name):
    for code, look in LOOKS.items():
        said = brief(made(name), look)
        start = {"en": "Cannot tell", "fr": "On ne peut pas conclure"}[code]
        assert said.answer.startswith(start)
        assert not re.search(r"\d", said.answer + said.reason)
        word = {"en": "not identified", "fr": "non identifié"}[code]
        assert any(word in row for row in said.numbers.rows)


def test_a_joint_model_that_only_has_its_prior_tells_no_slope():
    said = brief(replace(made("joint"), contraction=0.2), LOOKS["en"])
    assert said.answer == "Cannot tell"
    assert "not identified" in said.numbers.rows[0]
    assert not re.search(r"\d", said.reason)


def test_verbatims_are_never_quoted_and_small_themes_are_not_shown():
    for look in LOOKS.values():
        said = brief(made("verbatims"), look)
        text = " ".join(texts_of(said))
        assert QUOTE not in text
        assert "Parking" not in text  # two verbatims name it
        assert all(int(re.sub(r"\D", "", row[1])) >= 5 for row in said.numbers.rows)


def test_customers_at_risk_are_counted_and_never_named(tmp_path):
    from npsstats.reporting.plot import plot

    for name in ("at risk", "at risk, few"):
        text = " ".join(texts_of(brief(made(name), LOOKS["en"])))
        drawn = plot(made(name)).svg()
        for told in (text, drawn):
            assert "Dupont" not in told
            assert "Secret" not in told
    said = brief(made("at risk, few"), LOOKS["en"])
    assert said.answer == "Cannot tell"
    assert all("not told" in row for row in said.numbers.rows)


def test_no_driver_is_ranked_where_together_they_foretell_nothing():
    said = brief(made("importance of nothing"), LOOKS["en"])
    assert said.answer == "Cannot tell"
    assert "Do not rank" in said.steps[0]


def test_no_question_is_chosen_where_none_foretells_anything():
    said = brief(made("predictors of nothing"), LOOKS["en"])
    assert said.answer == "Cannot tell"
    assert "Do not choose" in said.steps[0]


NUMBERS = st.floats(-50, 50)


@given(NUMBERS, NUMBERS, st.sampled_from([0, 1, 2]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_side_agrees_with_the_interval_as_printed(one, other, decimals, ratio):
    low, high = sorted((one, other))
    scale = Scale(null=1.0 if ratio else 0.0, decimals=decimals, ratio=ratio)
    where = side(Row("", (low + high) / 2, low, high), scale)
    printed = [
        float(number(LOOKS["en"].language, end, scale).replace("−", "-")) for end in (low, high)
    ]
    if where is Standing.ABOVE:
        assert printed[0] > scale.null
    elif where is Standing.BELOW:
        assert printed[1] < scale.null
    else:
        assert printed[0] <= scale.null <= printed[1]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=200), st.integers(1, 24))
@settings(max_examples=30, deadline=None)
def test_a_page_keeps_the_row_that_it_is_about_and_the_order(pairs, most):
    rows = [
        Row(str(place), (a + b) / 2, min(a, b), max(a, b)) for place, (a, b) in enumerate(pairs)
    ]
    rows[-1] = replace(rows[-1], strong=True)
    kept = telling(rows, Scale(), most)
    assert rows[-1] in kept
    assert len(kept) == min(most, len(rows))
    assert [rows.index(row) for row in kept] == sorted(rows.index(row) for row in kept)


def test_a_hundred_labels_and_open_intervals_stay_on_the_page(tmp_path):
    result = made("hazard")
    row = result.frame.iloc[0]
    rows = [{**row, "label": f"{LONG} {place}", "term": "store"} for place in range(200)]
    many = pd.DataFrame(rows)
    many.loc[3, ["ratio_lower", "ratio_upper"]] = [0.0, np.inf]
    many.loc[4, ["ratio", "ratio_lower", "ratio_upper"]] = np.nan
    check_page(replace(result, frame=many))
    check_picture(replace(result, frame=many), tmp_path)


def test_arviz_takes_the_draws_as_they_are():
    import arviz

    summary = arviz.summary(made("worth").draws, ci_prob=0.95)
    assert len(summary) == len(made("worth").frame)
