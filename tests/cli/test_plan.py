"""`npsstats plan` as a user meets it."""

import re
from functools import partial

import pytest


@pytest.fixture
def run(run):
    return partial(run, "plan")


def test_without_a_question_the_folk_rule_is_answered(run):
    done = run()
    assert done.returncode == 0, done.stderr
    assert "100 responses give a margin of ±15.8 points." in done.stdout
    assert "200 responses give a margin of ±11.3 points." in done.stdout
    assert "It takes 255 for ±10 points, and 1,027 for ±5." in done.stdout
    assert "assumed to be 0.67" in done.stdout


def test_a_margin_in_months_in_french_with_its_picture(run, tmp_path):
    picture = tmp_path / "new folder" / "plan.svg"
    done = run(
        "--margin", 5, "--per-month", 23, "--pooled", 60, "--lang", "fr", "--picture", picture
    )
    assert done.returncode == 0, done.stderr
    plain = re.sub("[\N{NARROW NO-BREAK SPACE}\N{NO-BREAK SPACE}]", " ", done.stdout)
    assert "Une marge de ±5 points demande 1 027 réponses." in plain
    assert "1 027 réponses font 44,7 mois à ce rythme" in plain
    assert "assumed" not in plain
    assert picture.read_text(encoding="utf-8").startswith("<?xml")
    assert "plan.svg written" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--n", 400, "--population", 800], "margin of ±5.7 points"),
        (["--n", 100, "--variance", 1], "margin of ±19.3 points"),
        (["--n", 100, "--benchmark", 3], "margin of ±16.9 points"),
        (["--gap", 10, "--benchmark"], "A gap of 10 points is found 80% of the time with 526 resp"),
        (["--gap", 10, "--difference", "--variance", 0.54], "with 848 and 848 responses."),
        (["--margin", 10, "--difference", "--ratio", 2], "takes 384 and 768|of 384 and 768"),
        (["--n", 100, "--difference"], "The difference of 100 and 100 responses has a margin"),
        (["--n", 100, "--second", 50], "The difference of 100 and 50 responses has a margin"),
        (["--n", 100, "--counts", "15,30,55"], "Variance of a response: 0.54"),
        (["--n", 100, "--counts", "15,30,55", "--difference"], "Variance of a response: 0.54"),
    ],
)
def test_every_question_has_its_sentence(run, arguments, said):
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert re.search(said, done.stdout), done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--n", 0], "`--n` must be a whole number of at least 1"),
        (["--margin", 5, "--gap", 3], "--margin and --gap"),
        (["--margin", 5, "--second", 3], "`--second` goes with --n"),
        (["--n", 50, "--second", 20, "--second", 30], "as many numbers as `n`"),
        (["--margin", 5, "--benchmark", 3], "No number of answers"),
        (["--margin", 500], "0.01 to 100"),
        (["--n", 50, "--population", 20], "cannot come from a population of 20"),
        (["--counts", "15,30"], "15,30,55"),
        (["--counts", "15,30,x"], "15,30,55"),
        (["--counts", "15,30,-1"], "none negative"),
        (["--variance", 2], "`--variance` must be a number from 0 to 1"),
        (["--picture", "plan.jpg"], ".svg, .pdf or .png"),
        (["--lang", "de"], "fr"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_code_2(run, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    assert not done.stdout


def test_help_shows_an_example(run):
    assert "npsstats plan --margin 5" in run("--help").stdout.partition("Example")[2]
