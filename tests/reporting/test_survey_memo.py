"""The memo of a survey experiment is one page, and its words are those of its numbers."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pypdf
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from survey_made import DELAYS, POSITIONS, THREE, made

import npsstats as nps
from npsstats.experiments.survey.purposes import CANNOT_TELL
from npsstats.reporting.brand import Brand
from npsstats.reporting.kinds import brief
from npsstats.reporting.language import Language
from npsstats.reporting.style import Look, canvas, text_width
from npsstats.reporting.survey.brief import chart
from npsstats.reporting.survey.doubts import survey_doubts
from npsstats.reporting.survey.labels import fitted, labels_of
from npsstats.reporting.survey.names import cost, delay_name, delay_tick, purposes
from npsstats.reporting.survey.next import survey_next, times_as_many
from npsstats.reporting.survey.table import arm_table
from npsstats.reporting.survey.verdict import (
    apart,
    judged,
    serving,
    verdict_rows,
    verdict_title,
    why,
)

ENGLISH, FRENCH = Language("en"), Language("fr")
TIMING = ("response", "precision", "communication")


def text_of(path):
    pages = pypdf.PdfReader(path).pages
    said = " ".join(" ".join(page.extract_text() for page in pages).split())
    return len(pages), said.replace("\N{NARROW NO-BREAK SPACE}", " ")


@pytest.fixture(scope="module")
def position():
    return made(pending=300, quality=True)


@pytest.fixture(scope="module")
def timing():
    return made(DELAYS, "24", purposes=TIMING, delay=True, late_delivery=True)


@pytest.fixture(scope="module")
def failed():
    return made(sizes={"first": 30_000, "before_last": 20_000, "last": 20_000})


def judging(result, **rows):
    """Return a result whose verdicts are these: purpose → arm → (estimate, P(best), loss).

    The loss that does not matter is 1, and the spread of a value 0.5.
    """
    sure, made_of = result.plan.survey.sure, []
    for purpose, arms in rows.items():
        best = min(arms, key=lambda arm: arms[arm][2])
        kept = next(iter(arms))
        chosen = None
        if arms[best][1] >= sure:
            chosen = best
        elif arms[kept][2] <= 1:
            chosen = kept
        elif arms[best][2] <= 1:
            chosen = best
        made_of += [
            {
                "purpose": purpose, "option": arm, "unit": "points", "estimate": value,
                "std_error": 0.5, "lower": value - 1, "upper": value + 1, "level": 0.95,
                "p_best": p, "expected_loss": loss, "tolerance": 1.0, "chosen": arm == chosen,
                "verdict": chosen or CANNOT_TELL,
            }
            for arm, (value, p, loss) in arms.items()
        ]  # fmt: skip
    frame = pd.DataFrame(made_of)
    part = replace(result.parts["verdicts"], frame=frame)
    return replace(result, parts={**result.parts, "verdicts": part})


def arms(first, control, last):
    return {"before_last": control, "first": first, "last": last}


WINS, LOSES = (9.0, 0.99, 0.0), (1.0, 0.005, 8.0)
FIRST = arms(WINS, LOSES, LOSES)
LAST = arms(LOSES, LOSES, WINS)
ANY = arms((5.0, 0.3, 0.4), (5.1, 0.4, 0.3), (5.0, 0.3, 0.4))
UNTOLD = arms((6.0, 0.6, 1.5), (4.0, 0.1, 4.0), (5.5, 0.3, 2.0))


@pytest.mark.parametrize(
    ("chosen", "title", "one"),
    [
        ({"communication": FIRST, "prediction": LAST},
         "No one way of asking is shown to serve every purpose", None),
        ({"communication": FIRST, "prediction": FIRST},
         "“first” will do for every purpose", "first"),
        ({"communication": FIRST, "representativeness": ANY},
         "“first” will do for every purpose", "first"),
        ({"communication": FIRST, "prediction": UNTOLD},
         "“first” for communication; the rest cannot be told yet", "first"),
        ({"representativeness": ANY, "prediction": UNTOLD},
         "Any of them will do for representativeness; the rest cannot be told yet", "before_last"),
        ({"representativeness": ANY},
         "Any of them will do: none is shown to cost more than matters", "before_last"),
        ({"prediction": LAST}, "Take “last”", "last"),
        ({"communication": UNTOLD, "prediction": UNTOLD},
         "Cannot tell yet: go on with the experiment", None),
    ],
)  # fmt: skip
def test_the_title_is_what_the_verdicts_allow(position, chosen, title, one):
    result = judging(position, **chosen)
    assert verdict_title(ENGLISH, result) == title
    assert serving(result, judged(result)) == one


def test_an_arm_that_costs_too_little_to_matter_serves_a_purpose_too(position):
    little = arms((5.0, 0.2, 0.9), (4.0, 0.05, 2.0), (5.9, 0.75, 0.2))
    result = judging(position, communication=FIRST, prediction=little)
    assert verdict_title(ENGLISH, result) == "“first” will do for every purpose"
    assert why(ENGLISH, result).endswith("For prediction “first” would cost too little to matter.")
    row = verdict_rows(ENGLISH, result)[1][1]
    assert row["cells"][1] == "last (little to lose)"


def test_rows_say_who_wins_who_leads_and_what_it_costs(position):
    rows = verdict_rows(
        ENGLISH, judging(position, communication=FIRST, representativeness=ANY, prediction=UNTOLD)
    )[1]
    assert [row["cells"][1:] for row in rows] == [
        ["first", "99.0%", "less than 0.01 points"],
        ["before_last (any would do)", "40%", "0.30 points"],
        ["cannot tell yet (first leads)", "60%", "1.5 points"],
    ]
    assert [row["told"] for row in rows] == [True, True, False]


def test_real_verdicts_are_told_as_they_are(position):
    part = position.parts["verdicts"]
    for one, row in zip(judged(position), verdict_rows(ENGLISH, position)[1], strict=True):
        own = part.of(one.purpose).set_index("option").loc[one.arm]
        assert part.chosen[one.purpose] == (one.arm if one.told else None)
        if one.told or one.pending:
            assert row["cells"][2] == ENGLISH.probability(own["p_best"])
        assert ("cannot tell" in row["cells"][1]) is one.pending


def test_who_was_not_heard_is_no_question_of_more_answers(position):
    result = judging(position, communication=FIRST, representativeness=UNTOLD)
    assert verdict_title(ENGLISH, result) == "“first” for communication"
    row = verdict_rows(ENGLISH, result)[1][1]
    assert row["cells"][1:] == ["none is shown to be nearer", "–", "–"]
    steps = " ".join(survey_next(ENGLISH, result))
    assert "that it speaks for all who were asked is not shown" in steps
    assert "Go on" not in steps


def test_each_outcome_that_is_foretold_has_its_line(position):
    frame = position.parts["verdicts"].of("prediction")
    both = pd.concat([frame, frame.assign(purpose="prediction of bought")], ignore_index=True)
    part = replace(position.parts["verdicts"], frame=both)
    result = replace(position, parts={**position.parts, "verdicts": part})
    lines = [row["cells"][0] for row in verdict_rows(ENGLISH, result)[1]]
    assert lines == ["Prediction: what customers do next", "Prediction: bought again"]


def test_next_steps_take_each_arm_for_its_purposes_and_bridge_the_series(position):
    result = judging(position, communication=FIRST, representativeness=ANY, prediction=LAST)
    steps = survey_next(ENGLISH, result)
    assert "Take “first” for communication and “last” for prediction;" in steps[0]
    assert apart(judged(result)) == {"first": ["communication"], "last": ["prediction"]}
    assert "npsstats bridge" in steps[1]
    shown = {row[0]: float(row[4].split()[0]) for row in arm_table(ENGLISH, result)[1]}
    jump = ENGLISH.number(shown["first"] - shown["before_last"], signed=True)
    assert f"moves by {jump} with" in steps[1]  # what the table's own numbers give


def test_no_bridge_where_nothing_changes(position):
    stays = arms(LOSES, WINS, LOSES)
    steps = survey_next(ENGLISH, judging(position, communication=stays, prediction=stays))
    assert steps == [
        "Take “before_last”, and keep a tenth, drawn by lot, on the other ways, to go on checking."
    ]


def test_what_cannot_be_told_says_how_many_more(position):
    result = judging(position, communication=FIRST, prediction=UNTOLD)
    steps = survey_next(ENGLISH, result)
    assert steps[0].startswith("Take “first” only where the score is for communication")
    asked = position.parts["survey"].of("response")["n"].sum()
    said = re.search(r"some ([\d,]+) for prediction \(invitations in all; there are ([\d,]+)\)",
                     steps[-1])  # fmt: skip
    more, now = (int(number.replace(",", "")) for number in said.groups())
    assert now == asked
    assert now < more < 100 * now
    close = arms((5.0, 0.4, 1.01), (5.0, 0.3, 1.02), (5.0, 0.3, 1.02))
    part = judging(position, prediction=close)
    frame = part.parts["verdicts"].frame.assign(tolerance=1e-3)
    hopeless = replace(part, parts={**part.parts, "verdicts": replace(
        part.parts["verdicts"], frame=frame)})  # fmt: skip
    assert survey_next(ENGLISH, hopeless)[-1].startswith("A hundred times as many invitations")


@pytest.mark.parametrize(
    ("gaps", "errors", "times"),
    [([1.0], [1.0], 2.8), ([1.0, 1.0], [1.0, 1.0], 3.9), ([0.0], [1.0], None), ([5.0], [1.0], 1.1)],
)
def test_how_many_times_as_many(gaps, errors, times):
    # 1.645² and 1.960² are 2.71 and 3.84: rounded up to a tenth
    found = times_as_many(np.array(gaps), np.array(errors), sure=0.95, tolerance=0.0)
    assert found == times


def test_a_failed_ratio_gives_neither_verdict_nor_score_nor_lot(failed, position, tmp_path):
    for words, no in ((ENGLISH, "No verdict"), (FRENCH, "Pas de verdict")):
        look = Look(words, **Brand().palette)
        page, trusted = brief(failed, look), brief(position, look)
        assert page.answer == no
        assert page.tables() == []
        assert page.charts[0].alt != trusted.charts[0].alt
        told = " ".join([page.subtitle, *page.doubts, *page.numbers.head])
        for word in ("NPS", "assigned by lot", "tirage au sort"):
            assert word not in told
        assert [row[2] for row in page.numbers.rows] == [
            words.number(70_000 / 3, 1) for _ in POSITIONS
        ]
        for arm in POSITIONS:
            assert not any(f"Take “{arm}”" in step for step in page.steps)
    pages, text = text_of(nps.memo(failed, tmp_path))
    assert pages == 1
    for said in ("Chance does not do that", "mend it, and start anew", "not of the sizes"):
        assert said in text


def test_weak_evidence_cannot_tell(tmp_path):
    same = dict.fromkeys(POSITIONS, (0.2, (0.25, 0.25, 0.5)))
    result = made(same, n=400, purposes=("communication", "prediction"), incident_gap=0.0)
    assert not any(one.told for one in judged(result))
    _, text = text_of(nps.memo(result, tmp_path))
    assert "Cannot tell yet: go on with the experiment" in text
    assert "Go on: were the differences" in text
    assert "will do" not in text
    assert "npsstats bridge" not in text


def test_doubts_are_of_their_numbers(position):
    said = survey_doubts(ENGLISH, position)
    whole = " ".join(said)
    survey = position.parts["survey"]
    response = survey.of("response")["estimate"]
    low, high = (ENGLISH.percent(response[arm], 1) for arm in ("last", "first"))
    assert f"{low} answer in “last”, {high} in “first”" in whole
    assert "(journey and incident), and nothing of why" in whole
    worst = survey.of("NPS of all asked, worst case").loc["first"]
    ends = [ENGLISH.number(worst[end], 0) for end in ("lower", "upper")]
    assert f"would be {ends[0]}, or {ends[1]}." in whole
    assert "900 of 60,900 invitations are too recent" in whole
    assert 4 <= len(said) <= 7
    alike = made(dict.fromkeys(POSITIONS, (0.2, (0.25, 0.25, 0.5))), n=2000)
    assert "answer in" not in survey_doubts(ENGLISH, alike)[0]


def test_an_exploratory_plan_says_so_everywhere(tmp_path):
    result = made(n=2000, status="exploratory")
    assert "not pinned" in survey_doubts(ENGLISH, result)[0]
    assert survey_next(ENGLISH, result)[-1].startswith("Register the plan")
    _, text = text_of(nps.memo(result, tmp_path))
    assert text.count("Exploratory: the plan was not registered") == 2


@pytest.mark.parametrize(("lower", "upper", "told"), [(0.5, 2.0, True), (-0.5, 2.0, False)])
def test_factors_that_do_not_add_up_are_named(position, lower, upper, told):
    row = {"effect": "interaction", "level_of": "first · 2", "lower": lower, "upper": upper}
    part = replace(position.parts["sample ratio"], frame=pd.DataFrame([row]))
    said = survey_doubts(ENGLISH, replace(position, parts={**position.parts, "factors": part}))
    assert any("add up (“first · 2”)" in each for each in said) is told


def test_journeys_that_one_delay_does_not_suit_are_named_with_their_cost(timing):
    rows = dict(zip(TIMING, verdict_rows(ENGLISH, timing)[1], strict=True))
    frame = timing.parts["best delay"].frame.set_index(["purpose", "group"])
    own = frame.loc[("response", "delivery")]
    assert own["delay_hours"] == 168.0  # as simulated
    points = cost(ENGLISH, own["loss_of_common"], "share")
    common = delay_name(ENGLISH, timing, frame.loc[("response", "all"), "delay_hours"])
    expected = f"By journey – delivery: 7 days ({common} would cost it {points})."
    assert rows["response"]["note"] == expected
    assert "shop" not in rows["response"]["note"]
    assert rows["communication"]["note"] == ""
    steps = " ".join(survey_next(ENGLISH, timing))
    assert f"would cost “delivery” {points} for response." in steps
    untold = frame.reset_index()
    untold.loc[untold["group"] == "delivery", "verdict"] = CANNOT_TELL
    part = replace(timing.parts["best delay"], frame=untold)
    note = verdict_rows(ENGLISH, replace(timing, parts={**timing.parts, "best delay": part}))[1]
    assert "delivery: cannot tell yet between" in note[0]["note"]


def test_a_journey_that_loses_too_little_is_not_named():
    result = made(DELAYS, "24", n=4000, purposes=("response",), delay=True)
    assert verdict_rows(ENGLISH, result)[1][0]["note"] == ""


def test_the_table_has_a_row_an_arm_in_the_plans_order(position):
    head, rows = arm_table(ENGLISH, position)
    assert [row[0] for row in rows] == list(POSITIONS)
    assert len({len(head), *(len(row) for row in rows)}) == 1
    survey = position.parts["survey"]
    score = survey.of("NPS of those who answer").loc["last"]
    assert rows[2][4].startswith(ENGLISH.number(score["estimate"]))
    assert rows[2][5] == ENGLISH.number(survey.of("NPS weighted to all asked").loc["last"].estimate)
    assert head[-1] == "concordance with “bought again”"


@pytest.mark.parametrize(
    ("loss", "unit", "english", "french"),
    [
        (0.0, "points", "less than 0.01 points", "moins de 0,01 point"),
        (0.123, "points", "0.12 points", "0,12 point"),
        (2.34, "points", "2.3 points", "2,3 points"),
        (0.0814, "share", "8.1 percentage points", "8,1 points de pourcentage"),
        (0.00004, "concordance", "less than 0.0001 of concordance",
         "moins de 0,0001 de concordance"),
        (0.0123, "concordance", "0.0123 of concordance", "0,0123 de concordance"),
    ],
)  # fmt: skip
def test_costs_have_their_units(loss, unit, english, french):
    assert cost(ENGLISH, loss, unit) == english
    assert cost(FRENCH, loss, unit) == french


def test_delays_are_said_in_hours_and_days(position):
    assert [delay_name(ENGLISH, position, hours) for hours in (1, 2, 24, 72)] == [
        "1 hour", "2 hours", "24 hours", "3 days",
    ]  # fmt: skip
    assert [delay_tick(FRENCH, hours) for hours in (2, 24, 168)] == ["2 h", "1 j", "7 j"]
    assert [delay_name(FRENCH, position, hours) for hours in (1.5, 60)] == [
        "1,5 heure",
        "2,5 jours",
    ]


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("which", ["position", "timing"])
def test_one_page_and_the_same_bytes_twice(request, which, lang, tmp_path):
    result = request.getfixturevalue(which)
    first = nps.memo(result, tmp_path / "a.pdf", lang=lang)
    pages, text = text_of(first)
    assert pages == 1
    assert "#1, *really*" in text
    assert ("Que faire ensuite" if lang == "fr" else "What to do next") in text
    assert first.read_bytes() == nps.memo(result, tmp_path / "b.pdf", lang=lang).read_bytes()


ENGLISH_WORDS = re.compile(
    r"\b(the|answers?|asked|first of|would|cannot|told|those|best|cost|every|journey|delivery|"
    r"shop|again|share|margin|weighted|and|of)\b"
)


@pytest.mark.parametrize("which", ["position", "timing"])
def test_french_has_no_english_left(request, which, tmp_path):
    result = request.getfixturevalue(which)
    plan = result.plan.model_copy(update={"hypothesis": "?"})
    _, text = text_of(nps.memo(replace(result, plan=plan), tmp_path, lang="fr"))
    text = re.sub(r"before_last|npsstats \w+|asked (?=\d|first|2)", "", text)
    assert not ENGLISH_WORDS.findall(text.removeprefix("asked"))


LONG = {
    f"{place} of a questionnaire that was sent by {way}": (0.2 + 0.01 * i, (0.2, 0.2, 0.6))
    for i, (place, way) in enumerate(
        (place, way) for place in ("Top", "Middle", "End") for way in ("e-mail", "message")
    )
}
FACTORS = {
    f"{place} · {hours}": (0.25 - 0.01 * i, (0.2, 0.2, 0.6))
    for i, (place, hours) in enumerate((p, h) for p in ("first", "last") for h in ("2", "24", "72"))
}


@pytest.mark.parametrize("which", [LONG, FACTORS], ids=["long names", "two factors"])
def test_six_arms_stay_on_a_page_with_their_picture(which, tmp_path):
    result = made(which, next(iter(which)), n=1000, quality=True)
    for words in (ENGLISH, FRENCH):
        look = Look(words, **Brand().palette)
        drawn = chart(result, look)
        svg = drawn.figure.svg()
        assert svg == chart(result, look).figure.svg()
        assert "nan" not in svg.lower()
        assert drawn.alt.endswith(drawn.caption)
        if which is FACTORS:
            assert all(arm in svg for arm in FACTORS)
    pages, text = text_of(nps.memo(result, tmp_path))
    assert pages == 1
    assert "Share of those asked who answer" in text  # the picture is on it


def test_names_that_begin_alike_stay_apart():
    with canvas(160, 50) as figure:
        short, _, one = labels_of(["first", "last"], 30.0, figure)
        found, size, two = labels_of(list(LONG), 30.0, figure)
        assert short == ["first", "last"]
        assert len(set(found)) == len(LONG)
        assert two > one
        assert all(text_width([name], size, figure) <= 30.0 for name in found)
        assert fitted("Questionnaire", 8.0, 7.0, figure).endswith("…")


@pytest.mark.parametrize("which", ["position", "timing"])
def test_pictures_hold_their_labels(request, which, look):
    svg = chart(request.getfixturevalue(which), look).figure.svg()
    width = float(re.search(r'width="([\d.]+)pt"', svg)[1])
    height = float(re.search(r'height="([\d.]+)pt"', svg)[1])
    assert width / 72 * 25.4 == pytest.approx(166.0)
    for x, y in re.findall(r"translate\(([\d.-]+) ([\d.-]+)\)", svg):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height


def test_the_legend_of_best_delays_has_the_colours_of_their_marks(timing, look):
    picture = chart(timing, look).figure
    marks = {
        to_hex(each.get_facecolor()[0])
        for axes in picture.axes
        for each in axes.collections
        if isinstance(each, PathCollection)
    }
    legend = {
        to_hex(each.get_color())
        for each in picture.legends[0].get_lines()
        if each.get_marker() == "D"
    }
    assert marks
    assert marks == legend


def test_a_curve_says_that_it_is_fitted(timing):
    assert chart(timing, Look(ENGLISH, **Brand().palette)).caption.startswith("On the fitted curve")
    assert timing.parts["best delay"].headline().startswith("On the fitted curve.")


def test_the_caption_is_of_the_tables_numbers(position):
    said = chart(position, Look(ENGLISH, **Brand().palette)).caption
    rows = {row[0]: row for row in arm_table(ENGLISH, position)[1]}
    for arm in ("first", "last"):
        assert rows[arm][2] in said
        assert rows[arm][4].split()[0] in said


def test_purposes_of_the_plan_have_their_line(position):
    assert [one.purpose for one in judged(position)] == list(THREE)


def test_notes_of_verdicts_stand_beside_their_purpose_where_there_is_no_page(timing, tmp_path):
    text = nps.memo(timing, tmp_path / "memo.md", lang="fr").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| Réponse")]
    assert len(rows) == 1
    assert "le plus de réponses. Par parcours – livraison" in rows[0]
    assert len(rows[0].split(" | ")) == 4


def test_all_that_is_foretold_is_one_purpose_in_a_sentence(position):
    survey = position.plan.survey.model_copy(update={"validity": ("bought", "answered")})
    both = replace(position, plan=position.plan.model_copy(update={"survey": survey}))
    names = ["communication", "prediction of bought", "prediction of answered"]
    assert purposes(ENGLISH, both, names) == "communication and prediction"
    assert purposes(FRENCH, both, names) == "la communication et la prédiction"
    assert purposes(FRENCH, both, names[:2]) == "la communication et la prédiction (rachat)"
