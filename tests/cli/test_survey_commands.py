"""`npsstats bridge` and `npsstats allocate` from the command line."""

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import npsstats as nps
from npsstats.cli.experiment import analyze
from npsstats.cli.survey import allocate, bridge

PLAN = """
name = "position"
unit = "invitation_id"
customer = "customer_id"
hypothesis = "The first place brings more."
[arms]
control = "before_last"
shares = { first = 1, before_last = 1, last = 1 }
[data]
network = "network/network.toml"
units = "invitations"
arm = "question_position"
date = "date"
[outcomes.answered]
kind = "binary"
role = "primary"
table = "responses"
window = 30
[outcomes.score]
kind = "score"
table = "responses"
window = 30
[survey]
purposes = ["communication"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("survey")
    nps.simulate(4, 6, 1500, seed=2).write(path / "network")
    (path / "plan.toml").write_text(PLAN)
    return path


def run(command, *arguments):
    return CliRunner().invoke(command, list(map(str, arguments)), catch_exceptions=False)


def given(folder, *more):
    return (
        folder / "network" / "responses.parquet",
        *("--plan", folder / "plan.toml", "--old", "last", "--new", "first"),
        *("--score", "score", "--date", "date"),
        *more,
    )


def test_a_series_is_continued_from_the_first_period_asked_anew(folder):
    done = run(bridge, *given(folder, "--changed", "2025-10", "--out", folder / "series.csv"))
    assert "Net Promoter Score across a change of questionnaire" in done.output
    assert "answers are left out: by 'question_position'" in done.output
    series = pd.read_csv(folder / "series.csv")
    assert series["bridged"].tolist() == [True] * 3 + [False] * 3
    assert (series["lower"] < series["estimate"]).all()
    answers = pd.read_parquet(folder / "network" / "responses.parquet")
    month = answers["date"].dt.strftime("%Y-%m")
    way = answers["question_position"].astype(str)
    so = ((month < "2025-10") & (way == "last")) | ((month >= "2025-10") & (way == "first"))
    assert series["n"].tolist() == month[so].value_counts().sort_index().tolist()


def test_a_column_can_say_how_each_answer_was_asked(folder):
    answers = pd.read_parquet(folder / "network" / "responses.parquet")
    two = answers[answers["question_position"] != "before_last"]
    two.to_csv(folder / "two.csv", index=False)
    done = run(
        bridge,
        folder / "two.csv",
        *given(folder, "--asked", "question_position", "--out", folder / "both.csv")[1:],
    )
    assert "both" in done.output
    assert pd.read_csv(folder / "both.csv")["asked"].eq("both").all()


def test_a_third_way_of_asking_is_refused(folder):
    with pytest.raises(nps.InputError, match="before_last"):
        run(bridge, *given(folder, "--asked", "question_position"))


def test_how_cells_were_asked_must_be_said_once(folder):
    for more in ((), ("--changed", "2025-10", "--asked", "question_position")):
        with pytest.raises(nps.InputError, match="--changed PERIOD, or --asked COLUMN"):
            run(bridge, *given(folder, *more))


def test_a_plan_that_is_no_survey_makes_no_bridge(folder):
    text = PLAN.replace('[survey]\npurposes = ["communication"]\n', "")
    (folder / "other.toml").write_text(text)
    with pytest.raises(nps.InputError, match="is not of a survey"):
        run(
            bridge,
            folder / "network" / "responses.parquet",
            *("--plan", folder / "other.toml", "--old", "last", "--new", "first"),
            *("--score", "score", "--changed", "2025-10"),
        )


def test_analyze_prints_the_verdicts_and_keeps_them_in_json(folder):
    brief = run(analyze, folder / "plan.toml", "--brief").output
    assert "communication: " in brief
    found = json.loads(run(analyze, folder / "plan.toml", "--json").stdout)
    assert {"survey", "verdicts", "answer times"} <= set(found["tables"])
    assert found["tables"]["verdicts"][0]["purpose"] == "communication"


def test_allocate_deals_out_the_next_batch(tmp_path):
    path = tmp_path / "arms.csv"
    path.write_text("arm,invited,answered\nsoon,500,150\nlate,500,100\nnever,500,20\n")
    done = run(allocate, path, "--next", 1000, "--minimum", 0.1).output
    dealt = dict(line.split(": ") for line in done.strip().splitlines()[-3:])
    assert sum(int(n.replace(",", "")) for n in dealt.values()) == 1000
    assert dealt["never"] == "100"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("arm,invited\na,5\n", "has no column 'answered'"),
        ("arm,invited,answered\na,5,x\n", "must be whole numbers"),
        ("arm,invited,answered\na,5,2.5\n", "must be whole numbers"),
        ("arm,invited,answered\na,5,-1\nb,5,1\n", "none negative"),
        ("arm,invited,answered\na,5,1\na,5,1\n", "Arm 'a' stands in two lines"),
        ("arm,invited,answered\na,5,7\nb,5,1\n", "7 answers to 5 invitations"),
    ],
)
def test_arms_that_cannot_be_are_refused(tmp_path, text, words):
    path = tmp_path / "arms.csv"
    path.write_text(text)
    with pytest.raises(nps.InputError, match=words):
        run(allocate, path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(nps.InputError, match="cannot be read as CSV"):
        run(allocate, tmp_path / "none.csv")
