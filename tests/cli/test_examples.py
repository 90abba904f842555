"""The examples of every command's help run as they stand."""

import re
import shlex
from pathlib import Path
from shutil import copyfile

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.cli import program

ROOT = Path(__file__).resolve().parents[2]
ELSEWHERE = ("completion", "demo", "report", "simulate")  # long, or run by other tests
ONE = {  # of commands that take long, the one example that is run
    **dict.fromkeys(("backtest", "check", "forecast", "nonresponse", "scenario", "worth"), 0),
    "analyze": -1,
}
PLAN = """
name = "letter"
hypothesis = "A letter brings customers back."
unit = "customer_id"
[arms]
control = "none"
shares = { none = 0.5, letter = 0.5 }
[assignment]
key = "letter 2025"
[data]
units = "units.csv"
[outcomes.bought]
kind = "binary"
role = "primary"
"""


def examples(name):
    text = (program.commands[name].epilog or "").replace("\\\n", " ")
    lines = [
        re.sub(r" +", " ", re.split(r"(?<=\S) {6,}(?!-)", line)[0]) for line in text.splitlines()
    ]
    return [line.strip() for line in lines if line.strip().startswith("npsstats ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder that holds what the examples name."""
    place = tmp_path_factory.mktemp("examples")
    network = nps.simulate(10, 19, 2500, seed=4)
    network.write(place, format="csv")
    sent = network.responses.rename(
        columns={"score": "note", "store_id": "magasin", "date": "jour", "channel": "canal"}
    ).rename(columns={"region": "Region", "csat": "Satisfaction", "invitation_id": "envoi"})
    sent = sent[sent["question_position"] != "first"]
    sent = sent.assign(Compte=sent["account_id"], CA=100)
    first = ["note", "jour", "canal", "magasin", "Region", "Satisfaction", "envoi", "Compte", "CA"]
    sent[[*first, "customer_id", "question_position"]].to_csv(place / "answers.csv", index=False)
    copyfile(place / "invitations.csv", place / "sent.csv")
    copyfile(place / "purchases.csv", place / "receipts.csv")
    pd.DataFrame({"note": [9, 3, 8] * 9, "equipe": ["A", "B", "B"] * 9}).to_csv(
        place / "staff.csv", index=False
    )
    pd.DataFrame({"channel": ["sms", "email", "app"], "population": [12, 30, 9]}).to_csv(
        place / "population.csv", index=False
    )
    (place / "waves.csv").write_text("arm,invited,answered\n2 hours,500,120\n1 day,500,131\n")
    (place / "plan.toml").write_text(PLAN)
    units = pd.DataFrame({"customer_id": range(600), "arm": ["none", "letter"] * 300})
    units["bought"] = np.random.default_rng(1).integers(0, 2, 600)
    units.to_csv(place / "units.csv", index=False)
    units[["customer_id"]].to_csv(place / "customers.csv", index=False)
    (place / "empty").mkdir()
    copyfile(place / "answers.csv", place / "empty" / "answers.csv")
    for study in ("callback", "question_position"):
        (place / "experiments" / study).mkdir(parents=True)
        plan = Path("experiments") / study / "plan.toml"
        copyfile(ROOT / plan, place / plan)
        (place / "experiments" / study / "network").symlink_to(place)
    return place


@pytest.mark.parametrize("name", [each for each in program.commands if each not in ELSEWHERE])
def test_the_examples_of_the_help_run(run, folder, monkeypatch, name):
    monkeypatch.chdir(folder / "empty" if name == "init" else folder)
    if name == "assign":
        run("assign", "plan.toml", "customers.csv", "--out", "calls.csv")
    lines = examples(name)
    for line in [lines[ONE[name]]] if name in ONE else lines:
        done = run(*shlex.split(line)[1:])
        assert done.returncode == 0, (line, done.stderr)
        assert done.stdout
