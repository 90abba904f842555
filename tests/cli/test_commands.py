"""The command line as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

PROGRAM = Path(sys.executable).parent / "npsstats"


@pytest.fixture
def answers(tmp_path):
    path = tmp_path / "réponses.csv"
    rows = ["note;magasin"] + [f"{score};{store}" for store in (1, 2, 10) for score in range(11)]
    rows += ["12;1", ";2", "9;", "8,5;2"]
    path.write_text("\n".join(rows) + "\n", encoding="latin-1")
    return path


def test_estimate_writes_the_table_and_its_rejects(run, answers, tmp_path):
    out = tmp_path / "new folder" / "stores.csv"
    done = run("estimate", answers, "--score", "note", "--store", "magasin", "--out", out)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(out)
    assert table["store_id"].tolist() == [1, 2, 10]
    assert table["n"].tolist() == [11, 11, 11]
    assert (table["lower"] < table["estimate"]).all()
    assert (table["estimate"] < table["upper"]).all()
    rejects = pd.read_csv(out.with_suffix(".rejected.csv"))
    assert sorted(rejects["reason"]) == [
        "score missing",
        "score not a whole number",
        "score out of range",
        "store missing",
    ]
    assert "33 of 37 responses accepted" in done.stderr
    assert "NPS -45.5" in done.stdout


def test_json_is_one_document_with_nothing_else(run, answers):
    done = run("estimate", answers, "--score", 1, "--store", 2, "--target", 0, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["tables"]["overall"][0]["n"] == 33
    assert [row["store_id"] for row in result["frame"]] == [1, 2, 10]
    assert all(0 < row["p_above_target"] < 1 for row in result["frame"])
    assert result["provenance"]["seed"] == 0
    assert result["provenance"]["options"]["target"] == 0


def test_without_a_store_column_there_is_one_cell(run, answers):
    done = run("estimate", answers, "--score", "note", "--json")
    assert [row["n"] for row in json.loads(done.stdout)["frame"]] == [34]


def test_same_input_same_bytes(run, answers, tmp_path):
    written = []
    for name in ("a.csv", "b.csv"):
        run("estimate", answers, "--score", "note", "--store", "magasin", "--out", tmp_path / name)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["estimate", "nowhere.csv"], "nowhere.csv"),
        (["estimate", "SOURCE", "--score", "nota"], "note"),
        (["estimate", "SOURCE", "--score", "note", "--scale", "ten"], "0,10"),
        (["estimate", "SOURCE", "--score", "note", "--scale", "0,5"], "scale"),
        (["estimate", "SOURCE", "--score", "note", "--level", "95"], "--level 0.95"),
        (["estimate", "SOURCE", "--score", "note", "--target", "300"], "-100 to 100"),
        (["estimate", "SOURCE", "--score", "note", "--column", "canal"], "NAME=COLUMN"),
        (["estimate", "SOURCE", "--score", "note", "--out", "SOURCE"], "source itself"),
        (["estimate", "SOURCE", "--score", "note", "--out", "stores.xlsx"], ".csv"),
        (["estimate", "SOURCE", "--score", "magasin"], "score"),
        (["estimate", "SOURCE", "--score", "note", "--pooling", "some"], "partial"),
        (["report", "SOURCE", "--score", "note", "--lang", "de"], "fr"),
        (["report", "nowhere.toml"], "nowhere.toml"),
        (["simulate", "--stores", "0"], "at least 1"),
        (["estimate"], "SOURCE"),
        (["guess"], "guess"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_code_2(
    run, answers, tmp_path, monkeypatch, arguments, said
):
    place = [str(answers) if word == "SOURCE" else word for word in arguments]
    if arguments[-1] == "magasin":  # scores that are no scores: a file that cannot be used
        Path(answers).write_text("note;magasin\nbien;A\nmal;B\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    done = run(*place)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "SOURCE", "--score", "note", "--out", "/proc/npsstats.pdf"],
        ["estimate", "SOURCE", "--score", "note", "--out", "/proc/npsstats.csv"],
        ["estimate", "SOURCE", "--score", "note", "--memo", "/proc/"],
        ["plan", "--picture", "/proc/npsstats.svg"],
        ["analyze", "plan.toml", "--record", "/proc/npsstats.jsonl"],
    ],
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_read(run, answers, arguments):
    done = run(*[str(answers) if word == "SOURCE" else word for word in arguments])
    assert done.returncode == 2
    assert f"{arguments[-1].rstrip('/')}" in done.stderr
    assert f"cannot be written: No such file or directory. Name another {arguments[-2]}" in (
        done.stderr
    )
    assert "accepted" not in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("wrong", [("--target", 300), ("--level", 95)])
def test_numbers_that_cannot_be_right_are_refused_before_anything_is_read(run, wrong):
    for command in ("estimate", "report"):
        done = run(command, "nowhere.csv", *wrong)
        assert done.returncode == 2
        assert f"`{wrong[0]}` must be" in done.stderr


def test_naming_one_column_drops_no_other_that_bears_the_name_of_the_tables(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("Score,csat,Canal,ces\n" + "9,4,sms,1\n3,1,email,2\n" * 9, encoding="utf-8")
    done = run("rate", path, "--score", "Score", "--of", "csat", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frame"][0]["n"] == 18
    assert "'Canal' looks like channel and is not read: say --column channel='Canal'" in done.stderr
    swapped = run("rate", path, "--score", 1, "--column", "csat=ces", "--of", "csat", "--json")
    assert swapped.stdout != done.stdout


def test_a_scale_to_be_declared_is_spelt_as_the_option(run, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("score\n" + "11\n9\n1\n" * 9, encoding="utf-8")
    assert "on a 1–11 scale, declare --scale 1,11." in run("estimate", path).stderr


def test_the_installed_program_exits_with_2_and_no_traceback(tmp_path):
    done = subprocess.run(  # noqa: S603 our own program
        [PROGRAM, "estimate", tmp_path / "nowhere.csv"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("npsstats: ")
    assert "nowhere.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_keeps_its_traceback(answers):
    code = (
        "import sys, npsstats.estimation.estimate as e\n"
        "def broken(*a, **k): raise KeyError('ours')\n"
        "e.hyperposterior = broken\n"
        "from npsstats.cli import main\n"
        f"sys.argv = ['npsstats', 'estimate', {str(answers)!r}, '--score', 'note', "
        "'--store', 'magasin']\n"
        "main()\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ours" in done.stderr


@pytest.mark.parametrize("command", ["estimate", "report", "simulate", "demo"])
def test_every_help_shows_an_example(run, command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert f"npsstats {command} " in done.stdout.partition("Example")[2]


def test_the_two_real_files(run, shared_data, tmp_path):
    out = tmp_path / "stores.csv"
    source = shared_data / "nps_bestmarket_fr" / "retour_client.csv"
    where = ["--no-header", "--sep", ";", "--score", 2, "--store", 4, "--date", 5]
    done = run("estimate", source, *where, "--out", out)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(out)) == 83
    garden = shared_data / "nps_fr_jardinerie_benavent" / "nps.csv"
    done = run("report", garden, "--score", "nps", "--lang", "fr", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "13,612 of 13,954 responses accepted, 342 rejected (score missing 342)" in done.stderr
    assert (tmp_path / "leadership.pdf").read_bytes().startswith(b"%PDF")
    assert len(pd.read_csv(tmp_path / "leadership.rejected.csv")) == 342
