"""`npsstats register` and `npsstats analyze` from the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import npsstats as nps
from npsstats.cli.experiment import analyze, register

PLAN = """
name = "calls"
hypothesis = "Calls bring customers back."
[arms]
control = "ignored"
shares = { ignored = 0.5, called = 0.5 }
[data]
units = "units.csv"
[outcomes.bought]
kind = "binary"
role = "primary"
[decision]
contribution = 20
cost = 0.5
"""


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    arm = ["called", "ignored"] * 300
    bought = (rng.random(600) < np.where(np.array(arm) == "called", 0.5, 0.3)).astype(int)
    pd.DataFrame({"arm": arm, "bought": bought}).to_csv(tmp_path / "units.csv", index=False)
    (tmp_path / "plan.toml").write_text(PLAN)
    return tmp_path


def _run(command, *arguments):
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


def test_register_writes_the_lock_once(folder):
    done = _run(register, folder / "plan.toml")
    assert done.output.strip().endswith("plan.lock")
    assert (folder / "plan.lock").is_file()
    with pytest.raises(nps.InputError, match="registered already"):
        _run(register, folder / "plan.toml")


def test_json_is_the_frame(folder):
    done = _run(analyze, folder / "plan.toml", "--json")
    content = json.loads(done.stdout)
    result = nps.analyze(folder / "plan.toml")
    assert len(content["frame"]) == len(result.frame)
    assert content["frame"][0]["estimate"] == pytest.approx(result.frame["estimate"][0])
    assert content["tables"]["verdict"][0]["verdict"] == result.decision.verdict
    assert content["tables"]["registration"][0]["status"] == "exploratory"
    assert set(content["tables"]) > set(result.parts)


def test_brief_says_how_it_was_planned_and_what_to_do(folder):
    _run(register, folder / "plan.toml")
    done = _run(analyze, folder / "plan.toml", "--brief")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Registered on")
    assert "bought +" in lines[1]
    assert len(lines) == 3


def test_files_are_written_where_they_were_asked_for(folder):
    pdf, out, kept = folder / "memo.pdf", folder / "effects.csv", folder / "register.jsonl"
    given = ["--memo", pdf, "--out", out, "--record", kept, "--lang", "fr", "--brief"]
    _run(analyze, folder / "plan.toml", *given)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert list(pd.read_csv(out)["outcome"].unique()) == ["bought"]
    assert len(nps.load_register(kept).current) > 0


def test_other_data_may_be_handed_over(folder):
    units = pd.read_csv(folder / "units.csv")
    units.head(200).to_csv(folder / "fewer.csv", index=False)
    done = _run(analyze, folder / "plan.toml", "--data", folder / "fewer.csv", "--json")
    assert json.loads(done.stdout)["frame"][0]["n_control"] == 100


def test_what_cannot_be_used_is_said(folder):
    with pytest.raises(nps.InputError, match=r"must end in \.csv"):
        _run(analyze, folder / "plan.toml", "--out", "effects.xlsx")
    with pytest.raises(nps.InputError, match="There is no plan"):
        _run(analyze, folder / "no.toml")
