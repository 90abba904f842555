"""`npsstats forecast | alerts | backtest | scenario` from the command line."""

import json

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

import npsstats as nps
from npsstats.cli.foreseen import MODELS
from npsstats.forecasting import models

READ = ("--score", "note", "--date", "jour")
FAST = ("--model", "last value", "--horizon", 2)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Fourteen months of 84 answers a month of three stores, of which B falls in the last one."""
    rng = np.random.default_rng(3)
    days = pd.date_range("2024-11-01", "2025-12-28", freq="D")
    days = days[days.day <= 28]
    rows = pd.DataFrame(
        {
            "jour": np.repeat(days.strftime("%Y-%m-%d"), 3),
            "magasin": np.tile(["A", "B", "C"], len(days)),
            "canal": rng.choice(["sms", "mail"], 3 * len(days)),
            "note": rng.choice([3, 7, 8, 9, 10], 3 * len(days), p=[0.2, 0.15, 0.15, 0.25, 0.25]),
        }
    )
    fallen = (rows["magasin"] == "B") & (rows["jour"] >= "2025-12")
    rows.loc[fallen, "note"] = rng.choice([2, 4, 8], int(fallen.sum()))
    rows = pd.concat([rows, rows.assign(jour="2025-12-31").head(3)])
    path = tmp_path_factory.mktemp("answers") / "réponses.csv"
    rows.to_csv(path, index=False, sep=";")
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    nps.simulate(6, 15, 2000, seed=4).write(folder, format="parquet")
    return folder / "network.toml"


def test_the_models_are_those_that_there_are():
    assert set(MODELS) == set(models.MODELS)
    assert MODELS[0] == models.DEFAULT


def test_a_forecast_its_last_move_and_its_target(run, answers):
    done = run("forecast", answers, *READ, *FAST, "--target", 90, "--answers", 100)
    assert done.returncode == 0, done.stderr
    table, move, target = done.stdout.split("\n\n")[1:]
    assert "2026-01" in table
    assert "2026-02" in table
    assert "points is " in move
    assert move.startswith("A fall of ")
    assert "chance to be at 90 or above: below 0.1 %; that 100 answers show it" in target


def test_json_and_csv_are_the_function_s_own_numbers(run, answers, tmp_path):
    out = tmp_path / "new folder" / "next.csv"
    given = (*READ, "--store", "magasin", "--by", "store", *FAST, "--seed", 5, "--json")
    done = run("forecast", answers, *given, "--out", out)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    names = {"score": "note", "date": "jour", "store_id": "magasin"}
    counts = nps.read(str(answers), names, quiet=True)
    here = nps.forecast(counts, 2, by="store_id", model="last value", seed=5)
    rows = pd.DataFrame(told["frame"])
    assert rows["store_id"].tolist() == ["A", "A", "B", "B", "C", "C"]
    assert rows["estimate"].to_numpy() == pytest.approx(here.frame["estimate"].to_numpy())
    assert pd.read_csv(out)["upper"].to_numpy() == pytest.approx(here.frame["upper"], rel=1e-5)
    assert len(told["tables"]["last_move"]) == 3
    assert told["provenance"]["seed"] == 5
    assert "target" not in told["tables"]
    assert "rows written to" in done.stderr


def test_any_column_makes_series_and_through_ends_them(run, answers):
    given = (*READ, "--by", "canal", "--through", "2025-06", *FAST, "--json")
    told = json.loads(run("forecast", answers, *given).stdout)
    assert {(row["canal"], row["period"]) for row in told["frame"]} == {
        (way, month) for way in ("mail", "sms") for month in ("2025-07", "2025-08")
    }
    late = run("forecast", answers, *READ, "--through", "2026-02", *FAST, "--brief")
    assert "The series end with 2025-12, before 2026-02." in late.stderr
    assert late.stdout.startswith("all, 2026-02: ")


def test_a_key_may_come_from_the_stores_and_the_target_from_the_network(run, network):
    told = json.loads(run("forecast", network, "--by", "region", *FAST, "--json").stdout)
    stores = pd.read_parquet(network.parent / "stores.parquet")
    assert {row["region"] for row in told["frame"]} <= set(stores["region"])
    assert "target" not in told["tables"]
    # whatever it is told apart by, the target is that of all answers together
    whole = json.loads(run("forecast", network, *FAST, "--json").stdout)["tables"]["target"]
    apart = run("forecast", network, "--by", "region", *FAST, "--target", 30, "--json")
    assert json.loads(apart.stdout)["tables"]["target"] == whole
    assert whole[0]["quantity"] == "score"
    low = run("forecast", network, "--by", "region", *FAST, "--target", -90, "--brief").stdout
    count = len({row["region"] for row in told["frame"]})
    assert f"Of {count} series, {count} are at -90 or above in " in low
    assert "0 below it with" in low


def test_sales_are_forecast_with_the_score_only_if_it_helps(run, network, tmp_path):
    out = tmp_path / "sales.csv"
    done = run("forecast", network, "--outcome", "sales", "--horizon", 2, "--json", "--out", out)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "NPS" in told["headline"]
    assert {row["measure"] for row in told["tables"]["comparison"]} >= {"CRPS"}
    assert set(pd.read_csv(out)["store_id"]) > {"(network)"}


def test_alerts_are_of_the_stores_and_name_the_one_that_fell(run, answers, tmp_path):
    out = tmp_path / "alerts.csv"
    given = (*READ, "--store", "magasin", "--max-false", 0.1)
    done = run("alerts", answers, *given, "--out", out)
    assert done.returncode == 0, done.stderr
    assert "at most 0.1 false alarms a month over the network" in done.stdout
    table = pd.read_csv(out).set_index("store_id")
    assert table.index[table["alert"]].tolist() == ["B"]
    assert table.loc["B", "side"] == "below"
    whole = json.loads(run("alerts", answers, *READ, "--json").stdout)
    assert [row["series"] for row in whole["frame"]] == ["all"]
    assert "changes" in whole["tables"]


def test_a_back_test_beside_the_naive_forecasts(run, answers):
    given = ("--model", "local level", "--horizon", 2, "--known", 10, "--every", 3, "--json")
    done = run("backtest", answers, *READ, *given)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    judged = [row["model"] for row in told["frame"]]
    assert judged == ["local level", "seasonal naive", "last value"]
    assert told["provenance"]["options"]["origins"] == [10, 13]
    assert {row["horizon"] for row in told["tables"]["by_horizon"]} == {1, 2}


def test_five_points_more_without_purchases_say_nothing_of_money(run, answers):
    given = (*READ, "--plus", 5, "--complete-by", "2026-02", *FAST, "--json")
    done = run("scenario", answers, *given)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["frame"]
    assert [(row["quantity"], row["period"]) for row in rows] == [
        ("NPS", "2026-01"),
        ("NPS", "2026-02"),
    ]
    assert [row["estimate"] for row in rows] == pytest.approx([2.5, 5.0], abs=1e-4)
    assert rows[0]["grade"] == "assumed"


def test_with_purchases_the_links_are_told_with_their_grades(run, network):
    given = ("--plus", 5, *FAST, "--silence", 60, "--revenue", 1200000, "--json")
    done = run("scenario", network, *given)
    assert done.returncode == 0, done.stderr
    rows = pd.DataFrame(json.loads(done.stdout)["frame"])
    assert {"NPS", "revenue", "customers lost"} <= set(rows["quantity"])
    money = rows[(rows["unit"] == "money") & (rows["period"] == "total")]
    assert money["baseline"].to_numpy() == pytest.approx(200000)
    # of so few answers no slope is known, and nothing is computed from it
    assert not rows.loc[rows["quantity"] == "revenue", "identified"].any()


def test_the_page_is_of_what_was_printed(run, answers, tmp_path):
    out = tmp_path / "next.pdf"
    given = (*READ, *FAST, "--target", 40, "--lang", "fr", "--json")
    done = run("forecast", answers, *given, "--page", out)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["frame"][-1]
    text = "".join(page.extract_text() for page in PdfReader(out).pages)
    assert f"{row['estimate']:.1f}".replace(".", ",").replace("-", "−") in text


def test_the_page_is_in_the_language_of_the_network(run, network, tmp_path):
    assert 'language = "fr"' in network.read_text(encoding="utf-8")
    for more, title in (((), "Ce qui s’annonce"), (("--lang", "en"), "What comes next")):
        out = tmp_path / "next.pdf"
        done = run("forecast", network, *FAST, "--brief", *more, "--page", out)
        assert done.returncode == 0, done.stderr
        assert title in PdfReader(out).pages[0].extract_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["forecast", "nowhere.csv"], "Name a network.toml, or a file of answers"),
        (["forecast", "nowhere.toml"], "There is no file 'nowhere.toml'"),
        (["forecast", "FILE", "--horizon", "0"], "1<=x<=120"),
        (["forecast", "FILE", "--model", "arima"], "'local level'"),
        (["forecast", "FILE", "--period", "day"], "'quarter'"),
        (["forecast", "FILE", "--through", "2025-13"], "the label of a month, such as 2026-05"),
        (["forecast", "FILE", "--period", "week", "--changed", "2025-03"], "such as 2026-W05"),
        (["forecast", "FILE", "--through", "2020-01"], "Name a later period"),
        (["forecast", "FILE", "--target", "400"], "-100 to 100"),
        (["forecast", "FILE", "--answers", "0"], "`--answers` must be a number from 1"),
        (["forecast", "FILE", "--level", "95"], "write --level 0.95"),
        (["forecast", "FILE", "--seed", "-1"], "`--seed` must be a whole number"),
        (["forecast", "FILE", "--by", "couleur"], "has no column 'couleur'"),
        (["forecast", "FILE", "--by", "month"], "choose it with --period"),
        (["forecast", "FILE", "--by", "store"], "--store COLUMN"),
        (["forecast", "FILE", "--by", "canal", "--by", "canal"], "'canal' twice"),
        (["forecast", "FILE", "--lang", "xx"], "'fr'"),
        (["forecast", "FILE", "--out", "next.xlsx"], "must end in .csv, got"),
        (["forecast", "FILE", "--out", "FILE"], "source itself"),
        (["forecast", "FILE", "--out", "FILE/next.csv"], "cannot be made"),
        (["forecast", "FILE", "--purchases", "FILE"], "goes with --outcome"),
        (["forecast", "FILE", "--stores", "nowhere.csv"], "Name another --stores"),
        (["forecast", "FILE", "--outcome", "sales"], "give --purchases FILE"),
        (["forecast", "FILE", "--outcome", "sales", "--target", "4"], "`--target` is of the score"),
        (["forecast", "FILE", "--outcome", "sales", "--page", "a.pdf"], "is on the score"),
        (["forecast", "ONE"], "Hand over a longer span"),
        (["forecast", "DAYLESS"], "--date COLUMN"),
        (["forecast", "TOML", "--score", "note"], "is for a file of answers"),
        (["alerts", "ONE"], "Hand over a longer span"),
        (["alerts", "FILE", "--max-false", "1", "--max-false-share", "0.1"], "Give one of"),
        (["alerts", "FILE", "--max-false-share", "10"], "write --max-false-share 0.05"),
        (["backtest", "FILE", "--known", "99"], "must be less than the 14 months"),
        (["backtest", "FILE", "--every", "0"], "at least 1"),
        (["scenario", "FILE"], "--plus 5, or --plan PLAN.toml"),
        (["scenario", "FILE", "--plus", "500"], "-200 to 200"),
        (["scenario", "FILE", "--plus", "5", "--coverage", "0.5"], "go together"),
        (["scenario", "FILE", "--plus", "5", "--arm", "called"], "goes with --plan"),
        (["scenario", "FILE", "--plan", "nowhere.toml", "--coverage", "1"], "another --plan"),
    ],
)
def test_bad_input_is_one_clear_error_and_exit_code_2(
    run, answers, tmp_path, monkeypatch, arguments, said
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.csv").write_text("note,jour\n9,2025-01-02\n")
    (tmp_path / "dayless.csv").write_text("note\n9\n3\n")
    (tmp_path / "network.toml").write_text('[sources.responses]\npath = "one.csv"\n')
    command, kind, *rest = arguments
    files = {"FILE": str(answers), "ONE": "one.csv", "DAYLESS": "dayless.csv"}
    how = {"FILE": READ, "ONE": READ, "DAYLESS": READ[:2]}.get(kind, ())
    source = files.get(kind, "network.toml" if kind == "TOML" else kind)
    rest = [word.replace("FILE", str(answers)) for word in rest]
    done = run(command, source, *how, *rest)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout
    assert not list(tmp_path.glob("*.xlsx"))
