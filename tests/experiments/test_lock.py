"""A lock proves what was planned before data were seen."""

import pytest

from npsstats.checks import InputError
from npsstats.experiments.lock import register, registration
from npsstats.experiments.spec import load_plan, parse_plan

from test_spec import PLAN  # isort: skip


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "plan.toml"
    file.write_text(PLAN + '[data]\nunits = "units.csv"\n')
    return file


def test_without_a_lock_an_analysis_is_exploratory(path):
    state = registration(load_plan(path), path)
    assert state.status == "exploratory"
    assert "not registered" in state.sentence()
    assert registration(parse_plan(PLAN), None).status == "exploratory"


def test_a_registered_plan_is_recognized(path):
    lock = register(path)
    assert lock.name == "plan.lock"
    state = registration(load_plan(path), path)
    assert state.status == "registered"
    assert state.hash in lock.read_text()
    assert state.time in lock.read_text()
    assert "unchanged since" in state.sentence()


def test_a_lock_written_after_the_data_says_so(path):
    from datetime import date

    register(path)
    state = registration(load_plan(path), path)
    assert state.against(None) == state.against(date(2999, 1, 1)) == state
    late = state.against(date(2020, 1, 1))
    assert late.status == "registered"
    assert "not that the plan came first" in late.sentence()


def test_comments_order_and_places_are_no_change(path):
    register(path)
    text = path.read_text().replace("units.csv", "elsewhere/units.csv")
    head, tail = text.split("[outcomes.bought]")
    first, second = tail.split("[outcomes.spent]")
    spent, rest = second.split("[covariates.before]")
    path.write_text(
        f"# a remark\n{head}[outcomes.spent]{spent}[outcomes.bought]{first}"
        f"[covariates.before]{rest}"
    )
    assert registration(load_plan(path), path).status == "registered"


def test_every_change_is_listed(path):
    register(path)
    text = path.read_text().replace("window = 60", "window = 90").replace("cuts = [2, 4]", "")
    path.write_text(text + "[outcomes.more]\nkind = 'binary'\n")
    state = registration(load_plan(path), path)
    assert state.status == "changed"
    said = state.sentence()
    assert "outcomes.spent.window was 60, is 90" in said
    assert "outcomes.more was added" in said
    assert "subgroups.tier.cuts was taken out (it was [2.0, 4.0])" in said
    assert len(state.changes) == 3


def test_registering_twice_is_refused_and_registering_anew_is_remembered(path):
    register(path)
    with pytest.raises(InputError, match="is registered already"):
        register(path)
    path.write_text(path.read_text().replace("window = 60", "window = 90"))
    with pytest.raises(InputError, match=r"window was 60, is 90.*--again"):
        register(path)
    register(path, again=True)
    state = registration(load_plan(path), path)
    assert state.status == "changed"
    assert "registered anew" in state.sentence()


def test_a_lock_that_was_tampered_with_is_refused(path):
    lock = register(path)
    lock.write_text(lock.read_text().replace('"window": 60', '"window": 90'))
    path.write_text(path.read_text().replace("window = 60", "window = 90"))
    with pytest.raises(InputError, match="not as `npsstats register` wrote it"):
        registration(load_plan(path), path)


def test_quotes_in_a_plan_survive_the_lock(path):
    path.write_text(path.read_text().replace("Calls bring customers back.", "It's '''so''' é"))
    register(path)
    assert registration(load_plan(path), path).status == "registered"
