"""A plan is read, or refused with the line and the remedy."""

# ruff: noqa: E501 - a fault a line reads best

from pathlib import Path

import pytest

from npsstats.checks import InputError
from npsstats.experiments.spec import load_plan, parse_plan

PLAN = """\
name = "calls"
hypothesis = "Calls bring customers back."
received = "reached"

[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }

[outcomes.bought]
kind = "binary"
role = "primary"

[outcomes.spent]
kind = "amount"
table = "purchases"
column = "amount"
window = 60

[covariates.before]
table = "purchases"
window = 90

[subgroups.tier]
column = "before"
cuts = [2, 4]
"""


def test_a_plan_says_what_it_says():
    plan = parse_plan(PLAN)
    assert plan.primary == "bought"
    assert plan.arms.treatments == ("called",)
    assert plan.outcomes["spent"].window == 60
    assert plan.subgroups["tier"].cuts == (2.0, 4.0)
    assert plan.level == 0.95


def test_paths_are_relative_to_the_plans_folder(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(PLAN + '[data]\nunits = "units.csv"\nnetwork = "network.toml"\n')
    plan = load_plan(file)
    assert plan.data is not None
    assert Path(plan.data.units) == tmp_path.resolve() / "units.csv"
    assert plan.data.network == tmp_path.resolve() / "network.toml"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('control = "ignored"', 'control = "control"', 6, "'control' is not among the arms"),
        ("ignored = 0.5", "ignored = 0.4", 7, "add up to 0.9, not 1"),
        ("ignored = 0.5, ", "", 7, "at least two arms"),
        ("called = 0.5", "called = 0.4, holdout = 0.1", 7, "a holdout is no arm"),
        ('kind = "binary"', 'kind = "binry"', 10, "'binary', 'amount', 'score' or 'duration'"),
        ('role = "primary"', 'role = "secondary"', 9, "0 have: the decision rests on one"),
        ('role = "primary"', 'rolle = "primary"', 11, "did you mean `role`?"),
        ("window = 60", "", 13, "need a `window` in days"),
        ("window = 60", "window = 0", 17, "greater than or equal to 1"),
        ('kind = "amount"', 'kind = "amount"\nper = "bought"', 15, "not an outcome that is an"),
        ('kind = "amount"', 'kind = "amount"\nrole = "guardrail"', 13, "needs a `margin`"),
        ("cuts = [2, 4]", "cuts = [4, 2]", 25, "cuts must ascend"),
        ('column = "before"', 'column = "spending"', 25, "declare it in [covariates]"),
        ("[subgroups.tier]", "[subgroups.reached]\n[subgroups.tier]", 23, "came after assignment"),
        ("[subgroups.tier]", "[subgroups.bought]\n[subgroups.tier]", 23, "is an outcome"),
        ("[covariates.before]", "[covariates.bought]\n[covariates.before]", 19, "is an outcome"),
        ('name = "calls"', 'name = "calls"\nclustered = true', 2, "whole clusters need `cluster`"),
        ("[subgroups.tier]", '[assignment]\nkey = "k"\nstrata = ["reached"]\n[subgroups.tier]', 25, "came after"),
        ("[subgroups.tier]", '[data]\nunits = "u"\ncolumns = {pre = "bought"}\n[subgroups.pre]\n[subgroups.tier]', 26, "is an outcome"),
        ("[subgroups.tier]", "[subgroups.before]", 23, "a covariate has this name"),
        ("window = 90", "", 19, "need a `window` in days"),
        ("[subgroups.tier]", "[decision]\ncost = 1\n[subgroups.tier]", 23, "`decision.contribution` is needed"),
        ("[subgroups.tier]", "[decision]\ncontribution = 1\nrope = [1, 0]\n[subgroups.tier]", 25, "is no range"),
        ("[subgroups.tier]", "[looks]\ndates = [2025-02-01, 2025-01-01]\n[subgroups.tier]", 24, "must ascend"),
        ("[subgroups.tier]", '[decision]\ncontribution = 1\noutcome = "waited"\n[outcomes.waited]\nkind = "duration"\ntable = "purchases"\nwindow = 9\n[subgroups.tier]', 23, "has no value in money"),
        ('kind = "binary"', 'knd = "binary"', 10, "did you mean `kind`?"),
        ("[subgroups.tier]", '[decision]\ncontribution = 1\noutcome = "x"\n[subgroups.tier]', 25, "not among"),
        ("[outcomes.bought]", '[outcomes.arm]\nkind = "score"\n[outcomes.bought]', 9, "of ours"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_its_rule(old, new, line, words):
    assert old in PLAN
    with pytest.raises(InputError) as error:
        parse_plan(PLAN.replace(old, new, 1))
    assert f"line {line}:" in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize("key", ["among", "where", "filter"])
def test_picking_units_by_what_came_after_is_refused(key):
    with pytest.raises(InputError, match=r"Name it in `received` and read the complier effect"):
        parse_plan(PLAN.replace('kind = "binary"', f'kind = "binary"\n{key} = "reached"'))


def test_what_is_needed_comes_with_an_example():
    with pytest.raises(InputError, match=r"`hypothesis` is needed. For example:\nhypothesis = "):
        parse_plan(PLAN.replace("hypothesis", "# hypothesis"))


def test_no_file_and_no_toml_are_said(tmp_path):
    with pytest.raises(InputError, match="There is no plan"):
        load_plan(tmp_path / "plan.toml")
    with pytest.raises(InputError, match="is not TOML"):
        parse_plan("name = calls")
