"""Help, completion, exit codes, and what every command does with its result."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pandas as pd
import pytest

import npsstats as nps
from npsstats.cli import program
from npsstats.cli.sections import SECTIONS
from npsstats.cli.status import status
from npsstats.cli.wanted import RESULT_OPTIONS

PROGRAM = Path(sys.executable).parent / "npsstats"
OTHERS = ("check", "init", "simulate", "completion", "register", "report", "demo")
COMMANDS = sorted(program.commands)


def test_help_lists_every_command_under_its_job(run):
    said = run("--help").stdout
    for title, commands in SECTIONS.items():
        assert f"{title}:" in said
        for command, line in commands.items():
            assert line in said, command.name
    assert "130  interrupted" in said


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_has_an_example_whose_options_are_there(run, name):
    done = run(name, "--help")
    assert done.returncode == 0
    example = done.stdout.partition("Example")[2]
    assert f"npsstats {name} " in example
    known = {spelt for each in program.commands[name].params for spelt in each.opts}
    for line in example.replace("\\\n", " ").splitlines():
        if line.strip().startswith(f"npsstats {name} "):
            given = {word for word in line.split() if word.startswith("--")}
            assert given <= known, line


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in OTHERS])
def test_every_analysis_takes_the_same_result_options(name):
    known = {each.name for each in program.commands[name].params if isinstance(each, click.Option)}
    # of an assignment, --out is the list of arms
    assert set(RESULT_OPTIONS) <= known


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes(run, shell):
    script = run("completion", shell)
    assert script.returncode == 0, script.stderr
    assert f"_NPSSTATS_COMPLETE={shell}_complete" in script.stdout
    words = {
        "bash": {"COMP_WORDS": "npsstats est", "COMP_CWORD": "1"},
        "zsh": {"COMP_WORDS": "npsstats est", "COMP_CWORD": "1"},
        "fish": {"COMP_WORDS": "npsstats est", "COMP_CWORD": "est"},
    }[shell]
    told = subprocess.run(  # noqa: S603 our own program
        [PROGRAM],
        env={"_NPSSTATS_COMPLETE": f"{shell}_complete", "PATH": "", **words},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "estimate" in told.stdout


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    path = tmp_path_factory.mktemp("answers") / "answers.csv"
    rows = [f"{score},{way}" for way in ("sms", "email") for score in (0, 3, 7, 8, 9, 10, 10)]
    path.write_text("score,channel\n" + "\n".join(rows) + "\n")
    return path


def test_a_difference_has_table_json_memo_and_picture(run, answers, tmp_path):
    files = {
        "--out": tmp_path / "a.csv",
        "--memo": tmp_path / "a.md",
        "--picture": tmp_path / "a.svg",
    }
    given = ["--by", "channel", "--first", "sms", "--second", "email", "--lang", "fr", "--json"]
    written = [str(word) for pair in files.items() for word in pair]
    done = run("compare", answers, *given, *written)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"headline", "frame", "tables", "diagnostics", "provenance"}
    assert told["frame"][0]["estimate"] == pytest.approx(0)
    assert len(pd.read_csv(files["--out"])) == 1
    assert "**Question**" in files["--memo"].read_text(encoding="utf-8")
    assert files["--picture"].read_text(encoding="utf-8").startswith("<?xml")
    again = run("compare", answers, *given)
    assert again.stdout == done.stdout


def test_quiet_says_nothing_on_the_way(run, answers, tmp_path):
    done = run("estimate", answers, "--by", "channel", "--quiet", "--out", tmp_path / "a.csv")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "channel" in done.stdout


def test_a_network_toml_is_read_by_every_command_that_reads_answers(run, answers):
    config = answers.parent / "network.toml"
    config.write_text('segments = ["channel"]\n[sources.responses]\npath = "answers.csv"\n')
    told = json.loads(run("estimate", config, "--by", "channel", "--json").stdout)
    assert [row["channel"] for row in told["frame"]] == ["email", "sms"]
    refused = run("estimate", config, "--score", "score")
    assert refused.returncode == 2
    assert "`--score` is for a file of answers" in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--memo", "a.docx"], "`--memo` must end in .pdf, .md or .html, got 'a.docx'"),
        (["--picture", "a.gif"], "`--picture` must end in .svg, .pdf or .png"),
        (["--out", "a.pdf"], "For pages, give --memo FILE.pdf"),
        (["--out", "."], "is a folder"),
        (["--by", "channel", "--first", "sms"], "--first and --second together"),
        (["--by", "channel", "--first", "sms", "--second", "fax"], "no cell 'fax'"),
        (["--by", "colour"], "has no column 'colour'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, answers, tmp_path, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    done = run("compare", answers, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_interrupted_is_130(run, answers, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(nps, "read", stopped)
    done = run("estimate", answers)
    assert done.returncode == 130
    assert "interrupted" in done.stderr


def test_a_spinner_is_for_terminals_only(monkeypatch, capsys):
    with status("Working"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    with status("Working"):
        print("on standard output")  # noqa: T201
    said = capsys.readouterr()
    assert said.out == "on standard output\n"
    assert "Working" in said.err
    with status("Working", hidden=True):
        pass
    assert capsys.readouterr().err == ""
