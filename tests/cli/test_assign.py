"""`npsstats assign` as a user meets it."""

from types import SimpleNamespace

import click
import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.cli.assign import assign as command
from npsstats.experiments.assignment.assign import assign

PLAN = """
name = "callback"
hypothesis = "Calls bring detractors back."
unit = "customer_id"
cluster = "store"
[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }
[assignment]
key = "callback-2026"
strata = ["tier"]
method = "blocked"
holdout = 0.1
holdout_key = "holdout-2026"
[outcomes.bought]
kind = "binary"
role = "primary"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    customers = pd.DataFrame(
        {
            "customer_id": [f"{number:04d}" for number in range(400)],
            "tier": ["gold", "silver"] * 200,
            "store": [number // 20 for number in range(400)],
        }
    )
    customers.to_csv(tmp_path / "customers.csv", index=False)
    return tmp_path


@pytest.fixture
def run(monkeypatch, capsys, folder):
    """Call the command as the program does: bad input is an error that it prints."""
    monkeypatch.chdir(folder)

    def call(*arguments):
        capsys.readouterr()
        code, error = 0, ""
        try:
            command.main(list(map(str, arguments)), prog_name="assign", standalone_mode=False)
        except SystemExit as stop:
            code = stop.code
        except InputError as problem:
            code, error = 2, str(problem)
        except click.ClickException as problem:
            code, error = 2, problem.format_message()
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err + error)

    return call


def test_arms_are_written_as_the_plan_says_and_pass_their_audit(run, folder):
    done = run("plan.toml", "customers.csv", "--out", "new folder/arms.csv")
    assert done.returncode == 0, done.stderr
    assert "400 units by `customer_id`" in done.stdout
    assert "400 units written to" in done.stderr
    text = {"customer_id": str}
    arms = pd.read_csv(folder / "new folder" / "arms.csv", dtype=text)
    direct = assign(
        folder / "customers.csv",
        key="callback-2026",
        shares={"ignored": 0.5, "called": 0.5},
        strata="tier",
        method="blocked",
        holdout=0.1,
        holdout_key="holdout-2026",
    )
    assert arms["arm"].to_list() == direct.frame["arm"].to_list()
    assert "store" not in arms  # a cluster of the analysis, that was not assigned as a whole
    audit = run("plan.toml", "customers.csv", "--audit", "new folder/arms.csv")
    assert audit.returncode == 0, audit.stdout
    assert "400 of 400 units are in the arm" in audit.stdout


def test_an_audit_that_fails_says_so_with_its_exit_code(run, folder):
    run("plan.toml", "customers.csv", "--out", "arms.csv")
    arms = pd.read_csv(folder / "arms.csv", dtype=str)
    arms["arm"] = arms["arm"].replace("ignored", "called")
    arms.rename(columns={"arm": "group"}).to_csv(folder / "seen.csv", index=False)
    audit = run("plan.toml", "customers.csv", "--audit", "seen.csv", "--arm", "group")
    assert audit.returncode == 3
    assert "NOT AS PLANNED" in audit.stdout
    assert "planned 'ignored'" in audit.stdout


def test_whole_clusters_by_tiers_of_size(run, folder):
    plan = PLAN.replace('cluster = "store"', 'cluster = "store"\nclustered = true')
    plan = plan.replace('strata = ["tier"]\n', "")
    (folder / "plan.toml").write_text(plan, encoding="utf-8")
    done = run("plan.toml", "customers.csv", "--out", "arms.parquet", "--size-tiers", 2)
    assert done.returncode == 0, done.stderr
    arms = pd.read_parquet(folder / "arms.parquet")
    assert len(arms[["store", "arm"]].drop_duplicates()) == 20
    assert set(arms["size_tier"]) == {"1", "2"}


def test_rejected_rows_go_beside(run, folder):
    with (folder / "customers.csv").open("a", encoding="utf-8") as stream:
        stream.write(",gold,3\n0001,silver,0\n")
    done = run("plan.toml", "customers.csv", "--out", "arms.csv")
    assert done.returncode == 0, done.stderr
    assert "2 rejected rows written to" in done.stderr
    rejected = pd.read_csv(folder / "arms.rejected.csv")
    assert rejected["reason"].to_list() == ["customer_id missing", "duplicate customer_id"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan.toml", "customers.csv"], "Give one of --out FILE.csv"),
        (["plan.toml", "customers.csv", "--out", "a.csv", "--audit", "b.csv"], "Give one of"),
        (["plan.toml", "nobody.csv", "--out", "a.csv"], "There is no file 'nobody.csv'"),
        (["plan.toml", "customers.csv", "--out", "arms.xls"], ".csv or .parquet"),
        (["plan.toml", "customers.csv", "--out", "customers.csv"], "is the source itself"),
        (["plan.toml", "customers.csv", "--audit", "customers.csv"], "has no column 'arm'"),
        (["plans.toml", "customers.csv", "--out", "a.csv"], "There is no plan"),
        (["plan.toml", "customers.csv", "--out", "a.csv", "--size-tiers", 2], "cluster="),
        (["plan.toml"], "Missing argument"),
    ],
)
def test_bad_input_is_one_clear_error(run, arguments, said):
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('unit = "customer_id"\n', "", "names no unit to assign"),
        ('holdout_key = "holdout-2026"\n', "", "A holdout needs a key of its own"),
        (PLAN[PLAN.index("[assignment]") : PLAN.index("[outcomes")], "", "has no [assignment]"),
    ],
)
def test_a_plan_that_does_not_say_how_is_refused(run, folder, old, new, said):
    (folder / "plan.toml").write_text(PLAN.replace(old, new), encoding="utf-8")
    done = run("plan.toml", "customers.csv", "--out", "arms.csv")
    assert done.returncode == 2
    assert said in done.stderr
    assert not (folder / "arms.csv").exists()
