"""`npsstats design` as a user meets it."""

import json
import re

import pytest

from npsstats.checks import InputError
from npsstats.cli.design import design

PLAN = """
name = "callback"
hypothesis = "Calling detractors back makes more of them buy again."
unit = "customer_id"

[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }

[outcomes.repurchase]
kind = "binary"
role = "primary"
table = "purchases"
window = 91

[design]
baseline = 0.30
effect = 0.03
per_month = 1880
"""


@pytest.fixture
def run(capsys):
    def call(*arguments):
        design.main([*map(str, arguments)], "design", standalone_mode=False)
        return capsys.readouterr()

    return call


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", 0.3, "--effect", 0.03], "3,760 customers an arm (7,520 in all)"),
        (["--baseline", 0.064, "--effect", 0.036], "908 customers an arm"),
        (["--baseline", 0.3, "--n", 1000], "a share of 35.9% in place of 30%"),
        (["--baseline", 0.3, "--effect", 0.03, "--n", 1000], "is found 30% of the time"),
        (["--baseline", 0.3, "--effect", 0.03, "--power", 0.8, "--power", 0.9], "5,034 customers"),
        (
            ["--baseline", 0.25, "--effect", 0.1, "--reach", 0.6],
            "35% in place of 25% among those reached (31% among all who are compared)",
        ),
        (["--kind", "nps", "--effect", 5], "a difference of +5 points is found"),
        (["--kind", "amount", "--sd", 60, "--effect", 4, "--arms", 3], "Each of 2 treatments"),
        (["--kind", "duration", "--baseline", 0.3, "--effect", 1.2], "hazard ratio of 1.20"),
        (["--baseline", 0.3, "--margin", 0.03], "no worse than the margin"),
        (["--baseline", 0.3, "--effect", 0.05, "--icc", 0.02, "--clusters", 120], "60 an arm"),
        (["--baseline", 0.3, "--effect", 0.05, "--icc", 0.02, "--within"], "treating one customer"),
        (["--baseline", 0.3, "--weeks", 30, "--per-month", 800], "after 30 weeks"),
        (["--baseline", 0.3, "--effect", 0.03, "--prior-sd", 0.02], "succeeds with a probability"),
        (["--baseline", 0.3, "--effect", 0.03, "--looks", 3], "Looking 3 times"),
    ],
)
def test_every_question_has_its_answer(run, arguments, said):
    assert said in run(*arguments).out


def test_a_plan_says_what_is_asked(run, plan):
    done = run(plan)
    assert "3,760 customers an arm (7,520 in all)" in done.out
    assert "after 30 weeks" in done.out
    assert "is found 30% of the time" in run(plan, "--n", 1000).out
    assert "1,374 customers an arm" in run(plan, "--effect", 0.05).out


def test_a_plan_of_whole_stores_and_looks(run, plan):
    text = PLAN.replace('unit = "customer_id"', 'unit = "customer_id"\ncluster = "store_id"')
    text = text.replace('cluster = "store_id"', 'cluster = "store_id"\nclustered = true')
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"assigns whole clusters: \[design\] needs `icc`"):
        run(plan)
    text += "icc = 0.02\ncluster_size = 40\nlooks = 3\n"
    plan.write_text(text, encoding="utf-8")
    out = run(plan).out
    assert "Whole stores are assigned" in out
    assert "Looking 3 times" in out


def test_a_plan_knows_what_pays_and_who_is_held_out(run, plan):
    plan.write_text(
        PLAN.replace("[design]", "[decision]\ncontribution = 20\ncost = 0.3\n\n[design]")
        + "prior_sd = 0.02\nreach = 0.5\n",
        encoding="utf-8",
    )
    # .3 a call, 20 a re-purchase, half of them reached
    whole = json.loads(run(plan, "--json").out)
    assert whole["provenance"]["options"]["worthwhile"] == pytest.approx(0.03)
    assert whole["frame"][0]["n_per_arm"] > 4 * 3500
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text + '\n[assignment]\nkey = "a"\nholdout = 0.5\n', encoding="utf-8")
    held = json.loads(run(plan, "--json").out)
    assert held["provenance"]["options"]["per_month"] == 940


def test_less_may_be_better(run, plan):
    text = PLAN.replace("window = 91", 'window = 91\nbetter = "lower"').replace(
        "effect = 0.03", "margin = 0.03"
    )
    plan.write_text(text, encoding="utf-8")
    frame = json.loads(run(plan, "--json").out)["frame"][0]
    assert (frame["sides"], frame["alpha"], frame["n_per_arm"]) == (1, 0.025, 3663)


def test_a_plan_without_a_design_says_what_to_add(run, plan):
    plan.write_text(PLAN.partition("[design]")[0], encoding="utf-8")
    with pytest.raises(InputError, match=r"has no \[design\]. Add one"):
        run(plan)
    with pytest.raises(InputError, match="`--kind` is that of the plan's"):
        run(plan, "--kind", "nps")


def test_in_french_with_its_picture(run, tmp_path):
    picture = tmp_path / "new folder" / "design.svg"
    done = run("--baseline", 0.3, "--effect", 0.1, "--lang", "fr", "--picture", picture)
    plain = re.sub("[\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]", " ", done.out)
    assert "354 clients par groupe (708 en tout) : un taux de 40 % au lieu de 30 %" in plain
    assert "Plan for the smallest" not in plain
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    assert "design.svg written" in done.err


def test_json_has_no_numbers_that_are_none(run):
    whole = json.loads(run("--baseline", 0.3, "--effect", 0.03, "--json").out)
    assert whole["frame"][0]["n_per_arm"] == 3760
    assert whole["frame"][0]["weeks"] is None
    assert whole["provenance"]["method"].startswith("power")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "`baseline` is needed"),
        (["--baseline", 0.3], "Give `effect`"),
        (["--baseline", 0.97, "--effect", 0.05], "share of 1.02"),
        (["--baseline", 0.3, "--effect", 0.03, "--picture", "design.jpg"], ".svg, .pdf or .png"),
        (["nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_input_is_one_clear_error(run, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        run(*arguments)
    assert said in str(refused.value)
