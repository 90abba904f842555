"""Every result of experiments has a memo and a picture that say what its numbers say."""

import re
from dataclasses import replace
from functools import cache
from html import unescape

import numpy as np
import pandas as pd
import pypdf
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
from specimens_experiments import CONTROL, LONG, NAMES, SPECIMENS, TREATED, experiment

import npsstats as nps
from npsstats.experiments.effects import Effect, Effects
from npsstats.reporting.kinds import brief, drawing
from npsstats.reporting.kinds.experiments import BRIEFS, DRAWINGS
from npsstats.reporting.kinds.experiments.readings import POINTS, RATIO, Reading, scale_of
from npsstats.reporting.standing import Standing
from npsstats.results import Provenance
from npsstats.said import said


@cache
def made(name):
    return SPECIMENS[name]()


def kinds():
    return {
        kind
        for kind in results_of("experiments")
        if not re.search(r"experiments\.(survey|adaptive)\.", kind.__module__)
    }


def test_every_kind_has_a_memo_a_picture_and_a_specimen():
    for kind in kinds():
        assert any(base in BRIEFS for base in kind.__mro__), kind
        assert any(base in DRAWINGS for base in kind.__mro__), kind
    assert kinds() <= {type(made(name)) for name in SPECIMENS}


@pytest.mark.parametrize("name", SPECIMENS)
def test_the_words_hold(name):
    result = made(name)
    also = ()
    if isinstance(result, nps.ExperimentResult) and result.decision is not None:
        # a plan's reason is on its money: the table is on its outcomes
        also = [brief(result, look).reason for look in LOOKS.values()]
    check_words(result, names=NAMES, also=also)


# Pages come out of one template and most pictures out of one drawing, which have tests of their
# own: in full those that fill them, by rows, columns, letters or doubts, or that are drawn apart.
PAGES = [
    "exclusion, nothing", "subgroups, many", "sample ratio, strata", "sequential ratio, failed",
    "missing, uneven", "looks, one of two", "discoveries, no order", "experiment, times",
]  # fmt: skip
PICTURES = [
    "curves", "policy", "subgroups, many", "design, several", "sample ratio, strata",
    "sequential ratio, failed", "looks, one of two", "experiment, sizes", "principal strata",
]  # fmt: skip
ONE_EACH = list({name.split(",")[0]: name for name in SPECIMENS}.values())


@pytest.mark.parametrize("name", PAGES)
def test_the_memo_is_a_page(name):
    check_page(made(name))


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_whole(name, tmp_path):
    check_picture(made(name), tmp_path)


@pytest.mark.parametrize("name", ONE_EACH)
def test_every_kind_is_drawn_to_the_width_of_a_page(name):
    width, height = drawing(made(name), LOOKS["fr"]).get_size_inches() * 25.4
    assert round(width) == 166
    assert height < 260


@pytest.mark.parametrize("name", ["looks", "sample ratio, failed"])
def test_memos_have_every_format(name, tmp_path):
    check_formats(made(name), tmp_path)


# what must hold --------------------------------------------------------------------------------


def read(path):
    """Return the words of a memo, whatever its format."""
    if path.suffix == ".pdf":
        text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    else:
        text = unescape(
            re.sub(r"<svg.*?</svg>|<[^>]+>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        )
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


@pytest.mark.parametrize(
    ("name", "lang", "said", "unsaid"),
    [
        ("experiment, nothing", "en", ["Cannot tell yet"], ["Adopt it"]),
        ("experiment, nothing", "fr", ["On ne peut pas encore conclure"], ["À adopter"]),
        ("experiment, changed", "en",
         ["Exploratory: the plan was changed", "decision.cost was 0.5, is 0.9"], []),
        ("experiment, changed", "fr",
         ["Exploratoire : le plan a été modifié", "decision.cost valait 0.5, vaut 0.9"], []),
        ("experiment, sizes", "en",
         ["No decision", "not of the sizes", "not as planned", "Evidence: none"],
         ["Adopt it", "is worth", "settles nothing", "by lot"]),
        ("experiment, sizes", "fr", ["Pas de décision", "taille"], ["À adopter", "vaut +"]),
        ("shares, nothing", "en", ["Cannot tell"], ["Higher with", "Lower with"]),
        ("shares, nothing", "fr", ["On ne peut pas conclure"], ["Plus haut avec", "Plus bas avec"]),
        ("sample ratio, failed", "en", ["No decision"], ["as planned, within chance"]),
        ("sample ratio, failed", "fr", ["Pas de décision"], ["au hasard près"]),
        ("decision, sizes", "en", ["No decision", "Not to be trusted", "Evidence: none"],
         ["is worth", "randomized"]),
        ("decision, sizes", "fr", ["Pas de décision"], ["vaut +"]),
    ],
)  # fmt: skip
def test_weak_changed_and_broken_evidence_is_said_in_every_format(
    name, lang, said, unsaid, tmp_path
):
    # the three formats print the same words, so that a page each for a case of each is enough
    pages = ("pdf", "html") if (name, lang) in _PAGED else ()
    for suffix in ("md", *pages):
        text = read(nps.memo(made(name), tmp_path / f"memo.{suffix}", lang=lang))
        for each in said:
            assert each in text
        for each in unsaid:
            assert each not in text


_PAGED = {
    ("experiment, nothing", "fr"),
    ("experiment, changed", "en"),
    ("experiment, sizes", "en"),
    ("decision, sizes", "fr"),
}


@pytest.mark.parametrize("name", ["experiment", "experiment, sizes", "experiment, times"])
def test_an_analysed_plan_always_has_a_chart(name):
    for look in LOOKS.values():
        assert brief(made(name), look).charts


def test_failed_sizes_are_drawn_in_place_of_effects():
    said = drawing(made("experiment, sizes"), LOOKS["en"]).axes[0].get_xlabel()
    assert said.startswith("Share minus planned share")


def test_a_plan_without_groups_or_curves_draws_every_outcome():
    texts = [text.get_text() for text in drawing(experiment(), LOOKS["en"]).axes[0].texts]
    assert {"bought again", "panier (EUR)"} <= set(texts)


# rules -----------------------------------------------------------------------------------------

ENDS = st.floats(-1, 1).map(lambda x: round(x, 5))


def effects(lower, upper, unit="share", name="rachat"):
    row = Effect(
        outcome=name, arm=TREATED, estimand="risk difference", method="Newcombe", unit=unit,
        estimate=(lower + upper) / 2, std_error=0.1, lower=lower, upper=upper, p_value=0.04,
        n_control=100, n_treatment=100,
    )  # fmt: skip
    return Effects.of([row], (), Provenance("test", {}, "0"))


def printed(text):
    low, high = re.findall(r"([+\N{MINUS SIGN}]?[\d.]+) to ([+\N{MINUS SIGN}]?[\d.]+)", text)[-1]
    return tuple(float(end.replace("\N{MINUS SIGN}", "-")) for end in (low, high))


@settings(max_examples=15, deadline=None)  # each writes a whole memo
@given(ENDS, ENDS, st.sampled_from(["share", "EUR", "days", "points"]))
def test_the_direction_is_that_of_the_printed_interval(one, two, unit):
    said = brief(effects(min(one, two), max(one, two), unit), LOOKS["en"])
    low, high = printed(said.numbers.rows[0][2])
    assert said.answer.startswith("Higher") is (low > 0)
    assert said.answer.startswith("Lower") is (high < 0)
    assert (said.answer == "Cannot tell") is (low <= 0 <= high)


@given(st.floats(0.2, 3).map(lambda x: round(x, 4)), st.floats(0.2, 3).map(lambda x: round(x, 4)))
def test_a_ratio_is_judged_against_one(one, two):
    reading = Reading("", 1.0, min(one, two), max(one, two), RATIO)
    low, high = printed(reading.interval(LOOKS["en"].language))
    assert (reading.side is Standing.ABOVE) is (low > 1)
    assert (reading.side is Standing.BELOW) is (high < 1)


@pytest.mark.parametrize(
    ("lower", "upper", "side"),
    [
        (-np.inf, np.inf, Standing.UNKNOWN),
        (0.1, np.inf, Standing.ABOVE),
        (-np.inf, -0.1, Standing.BELOW),
        (np.nan, np.nan, Standing.UNKNOWN),
    ],
)
def test_open_and_unknown_intervals_are_written(lower, upper, side):
    reading = Reading("", 0.5, lower, upper, POINTS)
    assert reading.side is side
    assert "nan" not in reading.text(LOOKS["fr"].language)


def test_long_names_and_open_intervals_stay_on_their_page(tmp_path):
    name = (LONG * 2)[:90]
    for ends in ((-np.inf, np.inf), (0.05, np.inf), (np.nan, np.nan)):
        row = effects(-0.1, 0.1, name=name).frame.assign(
            estimate=0.2, lower=ends[0], upper=ends[1], arm=name
        )
        result = Effects(row, (), Provenance("test", {}, "0"))
        check_picture(result, tmp_path)
    check_page(result)


def test_many_effects_are_counted_and_cut_to_a_page():
    frame = effects(0.05, 0.1).frame
    many = [frame.assign(outcome=f"rachat {place}", arm=TREATED) for place in range(200)]
    result = Effects(pd.concat(many, ignore_index=True), (), Provenance("test", {}, "0"))
    said = brief(result, LOOKS["en"])
    assert said.answer == "200 effects are sure, taken one by one"
    assert "10.0 would seem sure by chance" in said.doubts[0]
    assert len(said.numbers.rows) == 12
    check_page(result)


def test_an_empty_table_of_effects_has_a_memo():
    result = Effects.of([], (), Provenance("none", {}, ""))
    assert brief(result, LOOKS["en"]).answer == "Cannot tell"
    check_page(result)


def test_a_comparison_by_what_was_received_is_no_effect():
    said = brief(made("as treated"), LOOKS["en"])
    assert "Not an effect" in said.answer
    assert "association" in said.grade


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("decision", "Adopt it"),
        ("decision, keep", "Leave it"),
        ("decision, open", "Cannot tell yet"),
        ("looks", "Stop: the boundary was crossed"),
        ("looks, one of two", "Stop: the boundary was crossed by “appelé”"),
        ("sequence, one of two", "It may stop for “appelé”"),
        ("looks, goes on", "Cannot tell yet"),
        ("curves, one short", "Cannot tell"),
        ("effect by day, turning", "The difference changes its direction"),
        ("subgroups, few", "Gains more than the average: région Nord"),
        ("subgroups, undeclared", "A lead, not declared before: région Nord"),
        ("design, several", "From 3,544 to 16,782 customers"),
        ("sequence, goes on", "Cannot tell yet"),
        ("missing, uneven", "No decision"),
        ("maturity, uneven", "The arms are not comparable"),
        ("audit, failed", "No decision"),
        ("policy", "Begin with: Nord"),
        ("learnt, one", "Cannot tell"),
        ("discoveries", "1 claim is confirmed"),
        ("discoveries, no order", "1 lead, no confirmed claim"),
        ("regression to the mean", "Cannot tell: a low score rises by itself"),
    ],
)
def test_each_case_has_its_answer(name, answer):
    assert brief(made(name), LOOKS["en"]).answer.startswith(answer)


@pytest.mark.parametrize("name", ["looks, one of two", "sequence, one of two"])
def test_the_reason_is_of_the_arm_that_the_answer_names(name):
    reason = brief(made(name), LOOKS["en"]).reason
    assert "It is that of “appelé”" in reason
    low, high = printed(reason)
    assert low > 0 or high < 0


def test_arms_followed_for_unlike_times_are_compared_on_the_same_day():
    rows = brief(made("curves, one short"), LOOKS["en"]).numbers.rows
    assert {row[1] for row in rows} == {"25"}


def test_groups_of_fewer_than_five_people_are_not_named():
    result = made("subgroups, few")
    said = brief(result, LOOKS["en"])
    assert not any("Lyon" in cell for row in said.numbers.rows for cell in row)
    assert said.doubts[0].startswith("1 group with fewer than 5")
    drawn = drawing(result, LOOKS["en"])
    assert not any("Lyon" in text.get_text() for axes in drawn.axes for text in axes.texts)


def test_what_was_declared_may_be_acted_on_and_a_lead_is_tested():
    assert "Begin with" in brief(made("subgroups, few"), LOOKS["en"]).steps[0]
    assert "Test it" in brief(made("subgroups, undeclared"), LOOKS["en"]).steps[0]


def test_a_small_effect_is_not_printed_as_none():
    rows = brief(made("decision, small"), LOOKS["en"]).numbers.rows
    assert rows[0][1:3] == ["+0.0030", "+0.0020 to +0.0040"]


def test_a_p_value_is_never_printed_as_0():
    said = brief(made("proportionality, turning"), LOOKS["en"])
    assert "p < 0.001" in said.reason
    assert said.numbers.rows[0][-1] == "p < 0.001"


def test_an_audit_counts_customers_and_names_none():
    result = made("audit, failed")
    doubt = brief(result, LOOKS["en"]).doubts[0]
    assert doubt == "16 units were seen in another arm than the plan gives them."
    assert doubt.rstrip(".") in result.diagnostics[0]


def test_a_number_needed_without_an_interval_is_not_told():
    labels = [row[0] for row in brief(made("shares, nothing"), LOOKS["en"]).numbers.rows]
    assert "customers treated for one event more" not in labels
    assert "customers treated for one event more" in [
        row[0] for row in brief(made("shares"), LOOKS["en"]).numbers.rows
    ]


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [("share", 0.015, "+1,5 point"), ("points", -1.96, "−2,0 points"),
     ("days", 0.0, "0,0 jour"), ("days", 2.0, "+2,0 jours")],
)  # fmt: skip
def test_a_unit_is_plural_from_two_on_in_french(unit, value, text):
    assert scale_of(unit).number(LOOKS["fr"].language, value) == text


def test_a_unit_of_the_data_is_written_beside_its_amount():
    assert scale_of("EUR").number(LOOKS["fr"].language, 4.2978) == "+4,30\N{NO-BREAK SPACE}EUR"


def test_arviz_reads_the_draws_of_clusters():
    import arviz as az

    table = az.summary(made("clusters, Bayesian").draws, ci_prob=0.95)
    assert {"effect", "between_sd"} <= set(table.index)


def test_the_check_of_sizes_says_what_failed_with_a_sound_whole():
    counts = {"stratum": ["Nord"] * 2 + ["Sud"] * 2, "arm": [CONTROL, TREATED] * 2}
    table = pd.DataFrame(counts | {"n": [700, 500, 500, 700]})
    result = nps.sample_ratio(table, by="stratum")
    said = brief(result, LOOKS["en"])
    assert said.answer.startswith("No decision")
    assert "a stratum is not" in said.reason


def test_a_doubt_that_begins_with_a_name_of_the_data_keeps_it():
    told = said("{outcome}: its interval is rough", outcome="rachat")
    doubted = replace(made("shares, nothing"), diagnostics=(told, said("its interval is rough")))
    assert brief(doubted, LOOKS["en"]).doubts[:2] == [
        "rachat: its interval is rough.",
        "Its interval is rough.",
    ]
