"""`npsstats check` and `npsstats init` as a newcomer meets them."""

import json
import shlex
import tomllib

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.cli.sections import SECTIONS
from npsstats.estimation.readiness.jobs import JOBS

_FAST = ("estimate --by month", "flag", "compare --by", "change --by", "rate --of response")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    rng = np.random.default_rng(1)
    n = 400
    frame = pd.DataFrame(
        {
            "Note": rng.choice([0, 3, 5, 6, 7, 8, 9, 10], n).astype(object),
            "Magasin": rng.choice(["Lille", "Lyon", "Nice"], n),
            "Date réponse": rng.choice(pd.date_range("2025-01-01", "2025-04-30"), n),
            "Canal": rng.choice(["sms", "email"], n),
            "Commentaire": "RAS",
            "Montant": rng.gamma(2, 20, n).round(2),
        }
    )
    frame["Date réponse"] = frame["Date réponse"].dt.strftime("%d/%m/%Y")
    frame.loc[:4, "Note"] = None
    path = tmp_path_factory.mktemp("chez nous") / "réponses 2025.csv"
    frame.to_csv(path, index=False, sep=";", encoding="latin-1")
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    nps.simulate(10, 14, 2000, seed=4).write(folder, format="parquet")
    return folder / "network.toml"


def test_a_file_of_unknown_columns_is_recognised_and_told(run, answers):
    done = run("check", answers)
    assert done.returncode == 0, done.stderr
    assert "395 answers of 3 stores, 4 months (2025-01-" in done.stdout
    assert "rejected, responses: score missing, 5 rows" in done.stdout
    named = "--score Note --store Magasin --date 'Date réponse'"
    assert f"npsstats estimate '{answers}' {named}" in done.stdout
    assert "the table purchases" in done.stdout
    assert "13 months (there are 4)" in done.stdout
    assert "RAS" not in done.stdout


def test_the_command_lines_are_copied_and_run(run, answers, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    told = json.loads(run("check", answers, "--json").stdout)
    rows = [row for row in told["frame"] if row["job"].startswith(_FAST) and row["possible"]]
    assert len(rows) == 5
    for row in rows:
        program, *words = shlex.split(row["run"])
        assert program == "npsstats"
        done = run(*words, "--json")
        assert done.returncode == 0, (row["run"], done.stderr)
        assert json.loads(done.stdout)["provenance"]["method"]


def test_json_has_the_shape_of_all_results(run, answers):
    told = json.loads(run("check", answers, "--json").stdout)
    assert set(told) == {"headline", "frame", "tables", "diagnostics", "provenance"}
    assert told["tables"]["rejected"] == [
        {"table": "responses", "reason": "score missing", "rows": 5}
    ]
    margins = {row["of"]: row["margin"] for row in told["tables"]["margins"]}
    assert margins["all"] < margins["a store"]
    again = json.loads(run("check", answers, "--json").stdout)
    assert again == told


def test_a_network_can_do_everything(run, network):
    told = json.loads(run("check", network, "--json").stdout)
    assert {row["lacks"] for row in told["frame"]} == {""}
    assert {row["table"] for row in told["tables"]["columns"]} == {
        *("responses", "invitations", "purchases", "callbacks", "stores")
    }


def test_a_table_that_cannot_be_read_is_said(run, network, tmp_path):
    text = network.read_text(encoding="utf-8").replace('path = "', f'path = "{network.parent}/')
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    text = text.replace(f"{network.parent}/purchases.parquet", str(tmp_path / "bad.csv"))
    (tmp_path / "network.toml").write_text(text, encoding="utf-8")
    done = run("check", tmp_path / "network.toml")
    assert done.returncode == 0, done.stderr
    assert "The table purchases cannot be read: Reading purchases needs" in done.stdout
    assert "the table purchases, which cannot be read" in done.stdout


def test_without_a_header_positions_are_given(run, tmp_path):
    path = tmp_path / "bare.csv"
    rows = [f"{score};A{score % 2};2025-03-{1 + score:02d}" for score in range(11)]
    path.write_text("\n".join(rows) + "\n")
    done = run("check", path)
    assert done.returncode == 0, done.stderr
    assert f"npsstats report {path} --no-header --score 1 --date 3" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\nx,1.5\ny,2.5\n", "give --score COLUMN"),
        ("note,rating2\n" + "".join(f"x,{n}\n" for n in range(11)), "Nothing"),
        ("", "empty"),
    ],
)
def test_what_is_no_file_of_answers_exits_with_2(run, tmp_path, content, said):
    path = tmp_path / "odd.csv"
    path.write_text(content)
    extra = ("--score", "note") if said == "Nothing" else ()
    done = run("check", path, *extra)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_every_job_is_a_command():
    commands = {str(command.name) for section in SECTIONS.values() for command in section}
    assert {job.command.partition(" ")[0] for job in JOBS} <= commands


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_what_init_writes_loads_and_is_checked(run, answers, tmp_path, lang):
    folder = tmp_path / "new" / "réseau"
    done = run("init", folder, "--from", answers, "--lang", lang)
    assert done.returncode == 0, done.stderr
    path = folder / "network.toml"
    assert done.stdout.strip() == str(path)
    config = nps.load_network(path)
    assert config.language == lang
    assert config.segments == ("channel",)
    assert config.sources["responses"].columns["store_id"] == "Magasin"
    assert config.read(quiet=True).n_accepted == 395
    checked = run("check", path)
    assert checked.returncode == 0, checked.stderr
    assert f"npsstats change '{path}' --by channel" in checked.stdout
    again = run("init", folder, "--from", answers)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_init_answers_in_the_language_of_the_columns(run, answers, tmp_path):
    done = run("init", tmp_path, "--from", answers)
    assert "À relire (colonnes reconnues : score, " in done.stderr
    assert tomllib.loads((tmp_path / "network.toml").read_text("utf-8"))["language"] == "fr"
    english = tmp_path / "answers.csv"
    english.write_text("score,store\n9,A\n3,B\n", encoding="utf-8")
    (tmp_path / "network.toml").unlink()
    assert (
        "Look it through (score, store_id recognised)"
        in run("init", tmp_path, "--from", english).stderr
    )


def test_a_file_without_header_is_said_to_have_none(run, tmp_path):
    bare = tmp_path / "bare.csv"
    bare.write_text("9,A\n3,B\n10,A\n7,A\n6,B\n0,A\n" * 20, encoding="utf-8")
    done = run("check", bare)
    assert "--no-header" in done.stderr
    assert "columns are numbered from 1" in done.stderr


def test_init_explains_every_setting(run, tmp_path):
    assert run("init", tmp_path).returncode == 0
    text = (tmp_path / "network.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    for name in ("target", "segments", "language", "level", "period", "name", "logo", "colours"):
        assert f"\n{name} = " in text or f"\n# {name} = " in text, name
    for name in ("path", "url", "sheet", "sep", "encoding", "scale", "date_format", "columns"):
        assert f"\n{name} = " in text or f"\n# {name} = " in text, name
    for table in ("invitations", "purchases", "callbacks", "stores"):
        assert f"# [sources.{table}]" in text


def test_init_needs_a_score_and_a_folder(run, tmp_path):
    (tmp_path / "odd.csv").write_text("a,b\nx,1.5\ny,2.5\n")
    done = run("init", tmp_path, "--from", tmp_path / "odd.csv")
    assert done.returncode == 2
    assert "is surely the score" in done.stderr
    assert run("init", tmp_path / "odd.csv").returncode == 2
    assert not list(tmp_path.glob("*.toml"))
