"""Memos and pictures of the linkage: every type has both, and no sentence says too much."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
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
from npsstats.reporting.memos.brief import Evidence, evidence
from npsstats.reporting.plot import plot

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
LONGER = ("fr",)  # what fits in French fits in English
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
    check_page(made(name), LONGER)


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_picture_holds_all_that_it_draws(name, tmp_path):
    check_picture(made(name), tmp_path, LONGER)


@pytest.mark.parametrize("name", ["growth", "verbatims"])
def test_markdown_and_html_hold_the_memo_and_english_fits_too(name, tmp_path):
    check_page(made(name), ("en",))
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


def test_one_sure_row_of_twenty_is_put_down_to_luck_and_the_same_row_alone_is_not():
    result = made("regression")
    one = dict(result.frame.iloc[1], term="checkout", estimate=0.10, lower=0.01, upper=0.19)
    rest = [dict(one, term=f"q{n}", estimate=0.0, lower=-0.09, upper=0.09) for n in range(19)]
    alone = brief(replace(result, frame=pd.DataFrame([one])), LOOKS["en"])
    assert alone.answer == "The score is higher with more of it: checkout"
    among = replace(result, frame=pd.DataFrame([one, *rest]))
    said = brief(among, LOOKS["en"])
    assert said.answer == "Cannot tell"
    assert "which luck can do" in said.reason
    check_words(among, names=[*NAMES, *(row["term"] for row in rest)])


def test_the_driver_of_the_memo_is_that_of_the_result_and_no_blank():
    result = made("drivers")
    first, second = result.frame.iloc[0], result.frame.iloc[1]
    blank = dict(first, term="welcome blank", estimate=-80.0, lower=-81.0, upper=-79.0)
    steep = dict(second, estimate=60.0, lower=59.0, upper=61.0, spread=0.01)
    mixed = replace(result, frame=pd.DataFrame([blank, first, steep]))
    assert mixed.headline().startswith("welcome tells")
    said = brief(mixed, LOOKS["en"])
    assert said.answer.endswith(": welcome")
    assert [row[0] for row in said.numbers.rows] == ["welcome: no answer", "welcome", "checkout"]


def test_a_question_that_may_do_as_well_as_the_best_is_named():
    result = made("predictors")
    assert "is not shown" not in brief(result, LOOKS["en"]).reason
    close = result.frame.assign(estimate=[86.7, 80.0], lower=[64.4, 60.0], upper=[109.1, 100.0])
    pairs = result.pairs.assign(lower=-20.0, upper=30.0)
    said = brief(replace(result, frame=close, pairs=pairs), LOOKS["en"])
    assert said.reason.endswith("That it foretells better than others is not shown: ease (CES).")


def test_the_share_that_is_real_is_that_of_the_period_to_use_with_its_interval():
    result = made("reliability")
    yearly = result.frame.assign(identified=result.frame["period"] == "year")
    said = brief(replace(result, frame=yearly), LOOKS["en"])
    row = next(row for row in said.numbers.rows if row[0] == "Of a store, by year")
    assert (
        f"By year, {row[2]}% of a store’s movement is real (95% interval {row[3]})" in said.reason
    )


def growth_with(estimator, lower, upper, **changes):
    """Return growth whose slopes of one kind are others."""
    result = made("growth")
    frame = result.frame.copy()
    chosen = frame["estimator"] == estimator
    frame.loc[chosen, ["estimate", "lower", "upper"]] = [(lower + upper) / 2, lower, upper]
    return replace(result, frame=frame, **changes)


def test_no_growth_follows_a_score_that_goes_as_well_with_the_growth_before_it():
    for lower, upper in ((0.10, 0.20), (-0.20, -0.10)):
        failed = growth_with("placebo lead", lower, upper)
        said = brief(failed, LOOKS["en"])
        assert said.answer.startswith("Cannot tell")
        assert "The check fails" in said.reason
        assert "the score first" not in said.grade
        check_words(failed)
    assert "The check fails" not in brief(made("growth"), LOOKS["en"]).reason


def test_what_goes_together_in_one_period_does_not_follow():
    said = brief(replace(made("growth"), lag=0), LOOKS["en"])
    assert "follow" not in said.answer + said.reason
    assert "the score first" not in said.grade


def curves_with(**ends):
    result = made("survival")
    frame = result.frame.copy()
    last = frame["time"] == frame["time"].max()
    for name, (estimate, lower, upper, people) in ends.items():
        here = frame["curve"] == name
        frame.loc[here & last, ["estimate", "lower", "upper"]] = [estimate, lower, upper]
        frame.loc[here, "at_risk"] = people
    return replace(result, frame=frame)


def test_fewest_are_still_there_only_where_they_are_surely_fewer_than_all_others():
    near = curves_with(detractor=(0.50, 0.45, 0.55, 90), passive=(0.51, 0.46, 0.56, 90))
    assert brief(near, LOOKS["en"]).answer.startswith("Fewer are still there: Detractors, against")
    far = curves_with(detractor=(0.30, 0.25, 0.35, 90), passive=(0.51, 0.46, 0.56, 90))
    assert brief(far, LOOKS["en"]).answer == "Fewest are still there: Detractors"


def test_groups_of_fewer_than_five_customers_have_no_curve_and_no_row(tmp_path):
    few = curves_with(passive=(0.6, 0.2, 0.9, 4))
    said = brief(few, LOOKS["en"])
    assert [row[0] for row in said.numbers.rows] == ["Detractors", "Promoters"]
    assert said.doubts[0] == "1 group of fewer than 5 customers is not shown."
    assert "Passives" not in plot(few).svg()
    hazards = made("hazard")
    small = replace(hazards, frame=hazards.frame.assign(n=[4, 900]))
    assert [row[0] for row in brief(small, LOOKS["en"]).numbers.rows] == ["Passives"]
    none = curves_with(**dict.fromkeys(("detractor", "passive", "promoter"), (0.6, 0.2, 0.9, 4)))
    nobody = replace(hazards, frame=hazards.frame.assign(n=3))
    for empty in (none, nobody):
        assert brief(empty, LOOKS["en"]).answer == "Cannot tell"
        check_words(empty)
        check_picture(empty, tmp_path, LONGER)


@pytest.mark.parametrize(
    ("name", "key", "label"),
    [
        ("verbatims", "waiting", "Attente et caisse"),
        ("drivers", "welcome", "Accueil"),
        ("priorities", "checkout", "caisses"),
        ("hazard, few", "detractor", "détracteurs"),
        ("hazard, separated", "detractor", "détracteurs"),
    ],
)
def test_doubts_call_things_as_the_table_does(name, key, label):
    doubts = " ".join(brief(made(name), LOOKS["fr"]).doubts)
    assert key not in doubts.lower().split(" · ")[0]
    assert label in doubts


def test_the_column_that_tells_most_may_tell_it_by_being_missing():
    result = made("leakage, none")
    more = replace(result, frame=result.frame.assign(area_missing=0.61))
    assert "61%" in brief(more, LOOKS["en"]).reason


def test_a_small_sum_is_judged_by_the_decimals_that_it_is_printed_with():
    result = made("worth")
    numbers = {"estimate": 0.06, "lower": 0.04, "upper": 0.08}
    said = brief(replace(result, frame=result.frame.assign(**numbers)), LOOKS["en"])
    assert "+0.04 to +0.08" in " ".join(said.numbers.rows[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert said.answer.endswith("it goes with more money")


def test_what_is_not_there_is_not_counted_in_an_answer_on_claims():
    assert brief(made("claims"), LOOKS["en"]).answer == "1 claim holds here"
    assert brief(made("claims on growth"), LOOKS["en"]).answer == "1 claim does not hold here"


def test_a_hundred_labels_and_open_intervals_stay_on_the_page(tmp_path):
    result = made("hazard")
    row = result.frame.iloc[0]
    rows = [{**row, "label": f"{LONG} {place}", "term": "store"} for place in range(200)]
    many = pd.DataFrame(rows)
    many.loc[3, ["ratio_lower", "ratio_upper"]] = [0.0, np.inf]
    many.loc[4, ["ratio", "ratio_lower", "ratio_upper"]] = np.nan
    check_page(replace(result, frame=many), LONGER)
    check_picture(replace(result, frame=many), tmp_path, LONGER)


def test_arviz_takes_the_draws_as_they_are():
    import arviz

    summary = arviz.summary(made("worth").draws, ci_prob=0.95)
    assert len(summary) == len(made("worth").frame)
