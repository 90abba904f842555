"""A memo is one page, says what its numbers say, and says on every page how it was planned."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pypdf
import pytest

import npsstats as nps
from npsstats.reporting.experiment.doubts import doubts
from npsstats.reporting.experiment.reason import reason, verdict
from npsstats.reporting.experiment.table import numbers
from npsstats.reporting.experiment.wording import next_steps
from npsstats.reporting.language import Language

ENGLISH, FRENCH = Language("en"), Language("fr")

PLAN = """
name = "calls"
hypothesis = "Calls bring customers back — #1, *really*."
{more}
[arms]
control = "ignored"
shares = {{ ignored = 0.5, called = 0.5 }}
[outcomes.bought]
kind = "binary"
role = "primary"
label = {{ fr = "rachat", en = "bought again" }}
[outcomes.spent]
kind = "amount"
unit = "EUR"
[subgroups.region]
[decision]
contribution = 20
cost = {cost}
units_per_year = 1000
minimum_n = 50
"""


def _units(n=2000, effect=0.2, lose=False):
    rng = np.random.default_rng(1)
    arm = rng.permutation(["called", "ignored"] * (n // 2))
    bought = (rng.random(n) < 0.3 + effect * (arm == "called")).astype(int)
    frame = pd.DataFrame(
        {
            "arm": arm,
            "bought": bought,
            "spent": bought * rng.gamma(2, 10, n),
            "region": rng.choice(["Nord", "Sud"], n),
        }
    )
    return frame[(arm == "ignored") | (np.arange(n) % 5 > 0)] if lose else frame


def _text(path):
    pages = pypdf.PdfReader(path).pages
    return len(pages), " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture(scope="module")
def adopted():
    return nps.analyze(nps.parse_plan(PLAN.format(more="", cost=0.5)), _units())


@pytest.mark.parametrize(
    ("lang", "verdict", "status"),
    [
        ("en", "Adopt it", "Exploratory: the plan was not registered"),
        ("fr", "À adopter", "Exploratoire : le plan n’a pas été enregistré"),
    ],
)
def test_one_page_in_either_language(adopted, tmp_path, lang, verdict, status):
    path = nps.memo(adopted, tmp_path, lang=lang)
    assert path.name == f"calls-{lang}.pdf"
    pages, text = _text(path)
    assert pages == 1
    plain = text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert verdict in plain
    assert plain.count(status) == 2  # under the title, and at the foot
    assert "#1, *really*" in plain
    row = adopted.primary()
    assert re.search(rf"\+{100 * row['estimate']:.1f}".replace(".", "[.,]"), plain)


def test_the_same_result_gives_the_same_bytes(adopted, tmp_path):
    first = nps.memo(adopted, tmp_path / "a.pdf").read_bytes()
    assert first == nps.memo(adopted, tmp_path / "b.pdf").read_bytes()


def test_weak_evidence_cannot_tell(tmp_path):
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    result = nps.analyze(plan, _units(200, effect=0.04))
    _, text = _text(nps.memo(result, tmp_path))
    assert "Cannot tell yet" in text
    assert "settles nothing" in text


def test_a_failed_sample_ratio_gives_no_decision(tmp_path):
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    result = nps.analyze(plan, _units(lose=True))
    _, text = _text(nps.memo(result, tmp_path))
    assert "No decision" in text
    assert "Adopt" not in text
    for said in ("not of the sizes that were", "in arms that are not as planned", "Planned share"):
        assert said in text
    for said in ("settles nothing", "assigned by lot", "difference", "95%"):
        assert said not in text.replace("no difference between them can be trusted", "")
    expected = len(_units(lose=True)) / 2
    assert f"({ENGLISH.number(expected, 0 if expected % 1 == 0 else 1)} planned)" in text


def test_a_changed_plan_lists_its_changes(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.format(more="", cost=0.5))
    nps.register(path)
    path.write_text(PLAN.format(more="", cost=0.9))
    _, text = _text(nps.memo(nps.analyze(path, _units()), tmp_path))
    assert "Exploratory: the plan was changed after its registration" in text
    assert "decision.cost was 0.5, is 0.9" in text


def test_many_subgroups_with_long_names_stay_on_a_page(tmp_path):
    units = _units()
    units["region"] = [f"Région numéro {i % 40} au nom interminable et long" for i in range(2000)]
    plan = nps.parse_plan(PLAN.format(more="", cost=0.5))
    pages, text = _text(nps.memo(nps.analyze(plan, units), tmp_path, lang="fr"))
    assert (pages, "Que faire ensuite" in text) == (1, True)


def test_another_language_is_refused(adopted, tmp_path):
    with pytest.raises(nps.InputError, match="`lang` must be one of"):
        nps.memo(adopted, tmp_path, lang="de")


ARMS = ("called", "written")
SEVERAL = (
    PLAN.format(more="", cost=0.5)
    .replace("{ ignored = 0.5, called = 0.5 }", "{ ignored = 2, called = 1, written = 1 }")
    .replace('unit = "EUR"', 'unit = "EUR"\nrole = "guardrail"\nmargin = 3')
)


def _several(lost=0.0, plan=SEVERAL):
    units = _units(4000, effect=0)
    some = np.flatnonzero(units["arm"] == "called")[::2]
    units.loc[some, "arm"] = "written"
    rng = np.random.default_rng(2)
    units.loc[some, "bought"] = (rng.random(len(some)) < 0.6).astype(int)
    units.loc[some, "spent"] -= lost
    return nps.analyze(nps.parse_plan(plan), units)


@pytest.fixture(scope="module")
def best_of_two():
    return _several()


def test_several_arms_have_a_line_each_and_the_decided_one_is_named(best_of_two, tmp_path):
    said = best_of_two.headline()
    assert all(f"{arm} against ignored" in said for arm in ARMS)
    pages, text = _text(nps.memo(best_of_two, tmp_path))
    assert pages == 1
    assert "called and written against ignored" in text
    asked = "(97.5% was asked to adopt)"  # 1 − 0.05 / 2 of either arm
    for said in ("written – Adopt it", "other arms: called (", asked, "luck helped to pick it"):
        assert said in text
    guarded = "spent (EUR) – guardrail, margin 3.00\N{NO-BREAK SPACE}EUR"
    wanted = [f"{name} · {arm}" for name in ("bought again", guarded) for arm in ARMS]
    assert [row[0] for row in numbers(ENGLISH, best_of_two)[1]] == wanted


def test_the_numbers_of_an_arm_are_its_own(best_of_two):
    rows = numbers(ENGLISH, best_of_two)[1]
    effects = [100 * best_of_two.primary(arm)["estimate"] for arm in ARMS]
    said = [f"{ENGLISH.number(effect, 1, signed=True)} points" for effect in effects]
    assert [row[3] for row in rows[:2]] == said


def test_a_veto_is_the_reason():
    result = _several(lost=30.0)
    assert result.decision.reason.startswith("written: The guardrail 'spent' gets worse")
    said = reason(ENGLISH, result)
    assert said.startswith("The guardrail “spent” gets worse by more than its margin of 3.00")
    assert "Treating a customer is worth" in said
    assert "Le garde-fou «\N{NARROW NO-BREAK SPACE}spent" in reason(FRENCH, result)


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("The smaller arm has 40 units and the plan asks for 50 before a decision.", "continue",
         "The smaller arm has 1,000 customers, and the plan asks for 50 before a decision."),
        ("A look before the end: the boundary is not crossed.", "continue",
         "The planned looks have not come to their end"),
        ("'bought' is missing differently by arm: …", "no decision",
         "Outcomes are missing more in one arm than in the other"),
        ("The effect has no standard error: too few clusters (or units) to decide on.",
         "no decision", "The effect has no standard error: there are too few customers"),
        ("The guardrail 'spent' has no standard error: it is not shown to be safe.", "continue",
         "The guardrail “spent” has no standard error"),
        ("Something that is new.", "no decision", "Something that is new."),
    ],
)  # fmt: skip
def test_each_kind_of_reason_is_said(adopted, text, verdict, said):
    parts = {"decision": replace(adopted.decision, reason=text, verdict=verdict)}
    result = replace(adopted, parts={**adopted.parts, **parts})
    assert reason(ENGLISH, result).startswith(said)
    if "new" not in text:
        assert reason(FRENCH, result) != reason(ENGLISH, result)
    assert "Find out how customers got into the arms" not in " ".join(next_steps(ENGLISH, result))


def test_a_plan_of_non_inferiority_says_its_own_probability():
    text = PLAN.format(more="", cost=0).replace('"primary"', '"primary"\nmargin = 0.05')
    result = nps.analyze(nps.parse_plan(text), _units(4000, effect=0))
    said = reason(ENGLISH, result)
    assert said.startswith("The probability that the treatment is not worse by 5.0 points or more")
    assert "(95% was asked)" in said


def test_a_failed_sample_ratio_comes_first_without_a_rule():
    text = PLAN.format(more="", cost=0).split("[decision]", maxsplit=1)[0]
    result = nps.analyze(nps.parse_plan(text), _units(lose=True))
    assert result.headline().startswith("SAMPLE RATIO FAILED")
    assert reason(ENGLISH, result).startswith("The arms are not of the sizes")
    assert next_steps(ENGLISH, result)[0].startswith("Find out how customers got into the arms")


def test_scores_and_durations_have_rows():
    text = PLAN.format(more="", cost=0) + (
        '[outcomes.mark]\nkind = "score"\n'
        '[outcomes.days]\nkind = "duration"\nwindow = 40\nevent = "bought"\n'
    )
    units, rng = _units(), np.random.default_rng(3)
    units["mark"] = rng.integers(0, 11, len(units))
    units["days"] = np.where(units["bought"], rng.integers(1, 40, len(units)), 40)
    result = nps.analyze(nps.parse_plan(text), units)
    rows = {row[0]: row for row in numbers(ENGLISH, result)[1]}
    assert rows["mark (NPS)"][3].endswith(" points")
    days = rows["days (mean time, up to 40 days)"][3]  # who is called comes back sooner
    assert re.fullmatch("\N{MINUS SIGN}[0-9.]+ days", days)


def test_outcomes_missing_by_arm_are_a_doubt():
    units = _units()
    units["bought"] = units["bought"].astype(float)
    units.loc[units.index[(units["arm"] == "called") & (units.index % 4 == 0)], "bought"] = np.nan
    result = nps.analyze(nps.parse_plan(PLAN.format(more="", cost=0.5)), units)
    assert any(
        said.startswith("“bought again” is missing more") for said in doubts(ENGLISH, result)
    )
    assert verdict(ENGLISH, result) == "No decision"
    assert next_steps(ENGLISH, result)[0].startswith("Find the missing outcomes")


@pytest.mark.parametrize(
    ("lower", "upper", "nothing"), [(-0.1, 0.1, True), (0.02, 0.2, False), (-0.3, -0.1, False)]
)
def test_a_share_proves_nothing_only_without_an_excess(adopted, lower, upper, nothing):
    row = {"measure": "better", "whole": True, "null": "control arm", "observed": 0.6}
    row |= {"estimate": 0.5, "excess_lower": lower, "excess_upper": upper}
    part = SimpleNamespace(frame=pd.DataFrame([row]))
    result = replace(adopted, parts={**adopted.parts, "regression to the mean": part})
    said = " ".join(doubts(ENGLISH, result))
    assert ("proves nothing" in said) is nothing
    assert ("against 50% of the others" in said) is not nothing


@pytest.mark.parametrize(
    ("decisions", "p_value", "said"),
    [
        (["continue"], [np.nan], "After look 1 of 2 the boundary is not crossed"),
        (["continue", "stop"], [np.nan, 0.01], "The boundary was crossed at look 2 of 2"),
        (["continue", "end, bound not crossed"], [np.nan, 0.3], "the boundary was not crossed"),
    ],
)
def test_looks_say_whether_the_boundary_was_crossed(adopted, decisions, p_value, said):
    frame = pd.DataFrame({"arm": "called", "decision": decisions, "p_value": p_value})
    part = SimpleNamespace(frame=frame.assign(look=range(1, len(frame) + 1)))
    plan = adopted.plan.model_copy(update={"looks": SimpleNamespace(dates=("a", "b"))})
    result = replace(adopted, plan=plan, parts={**adopted.parts, "looks": part})
    assert any(said in each for each in doubts(ENGLISH, result))


def test_a_capacity_names_the_cells_in_order_and_in_words(adopted):
    gain = pd.DataFrame({"estimand": ["rule against as many at random"], "lower": [0.1]})
    cells = pd.DataFrame({"region": ["Sud", "Nord", "Est"], "called": [1.0, 0.4, 0.0]})
    policy = SimpleNamespace(frame=gain, cells=cells, keys=["region"])
    state = replace(adopted.registration, status="registered", time="2026-01-02T03:04:05+00:00")
    result = replace(adopted, registration=state, parts={**adopted.parts, "policy": policy})
    assert next_steps(ENGLISH, result)[1].endswith(
        "begin with these, in this order: region Sud · region Nord."
    )


@pytest.mark.parametrize(("method", "shown"), [("Anderson–Rubin", 0), ("2SLS, clustered", 1)])
def test_clustered_plans_show_compliers_by_clustered_methods_only(adopted, method, shown):
    row = adopted.primary().to_dict()
    row |= {"estimand": "complier average causal effect", "method": method}
    frame = pd.concat([adopted.frame, pd.DataFrame([row])], ignore_index=True)
    plan = adopted.plan.model_copy(update={"clustered": True})
    rows = numbers(ENGLISH, replace(adopted, frame=frame, plan=plan))[1]
    assert sum("reached" in each[0] for each in rows) == shown


DESIGN = "[design]\nbaseline = 0.3\neffect = 0.04\nn_per_arm = {n}\n"


def _registered(tmp_path, text, units):
    path = tmp_path / "plan.toml"
    path.write_text(text)
    nps.register(path)
    return nps.analyze(path, units)


@pytest.mark.parametrize(
    ("n", "said"),
    [(100, "The planned size was reached (100 customers"), (400, "to the planned 400 customers")],
)
def test_who_cannot_tell_yet_is_not_told_to_look_until_sure(n, said, tmp_path):
    text = PLAN.format(more="", cost=0.5) + DESIGN.format(n=n)
    result = _registered(tmp_path, text, _units(200, effect=0.04))
    steps = " ".join(next_steps(ENGLISH, result))
    assert said in steps
    assert "until the answer is sure enough" not in steps
    assert "looks that were not planned" in steps.lower()
    assert "an effect that just pays takes some" in steps
    assert next_steps(FRENCH, result) != next_steps(ENGLISH, result)
    assert ("go on" in verdict(ENGLISH, result)) == (n == 400)


def test_an_adopted_effect_beyond_the_planned_one_is_doubted(tmp_path):
    text = PLAN.format(more="", cost=0.5) + DESIGN.format(n=900)
    said = " ".join(doubts(ENGLISH, _registered(tmp_path, text, _units())))
    assert "is larger than the +4.0 points that were planned for" in said
    assert "This is one experiment" in said


def test_what_was_not_registered_is_repeated_before_everyone_is_treated(adopted):
    state = replace(adopted.registration, status="changed")
    steps = " ".join(next_steps(ENGLISH, replace(adopted, registration=state)))
    assert "Treat everyone" not in steps
    assert "Before everyone is treated, repeat it" in steps


def test_money_that_is_clear_and_an_effect_that_is_not_do_not_collide():
    result = nps.analyze(nps.parse_plan(PLAN.format(more="", cost=3)), _units(2000, effect=0))
    assert result.decision.verdict == "keep"
    said = " ".join(doubts(ENGLISH, result))
    assert "settles nothing" not in said
    assert "The decision does not rest on that" in said
