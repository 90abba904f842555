"""The committed tables on plans and on the neighbours of NPS say what the methods claim."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
TABLES = ROOT / "docs" / "tables"


def command(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def studies():
    table = pd.read_csv(TABLES / "precision.csv")
    for name in ("margin", "power", "other"):
        part = table[table["study"] == name].drop(columns="study").dropna(axis=1, how="all")
        whole = [c for c in ("wanted", "gap") if c in part]
        yield part.astype(dict.fromkeys(whole, int)).reset_index(drop=True)


def test_the_page_on_plans_is_made_of_its_table():
    kept = (TABLES / "precision.md").read_text(encoding="utf-8")
    assert command("precision").page(*studies()) == kept


def test_a_plan_is_recomputed(monkeypatch):
    precision = command("precision")
    monkeypatch.setattr(precision, "MARGINS", (20,))
    monkeypatch.setattr(precision, "GAPS", (15,))
    margins, powers, _ = studies()
    again = precision.margins()
    kept = margins[margins["wanted"] == 20].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, again.round(6), check_dtype=False, atol=2e-6)
    again = precision.powers()
    kept = powers[powers["gap"] == 15].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept[again.columns], again.round(6), check_dtype=False, atol=2e-6)


def test_what_was_planned_comes_out():
    margins, powers, others = studies()
    assert (margins["half_width"] <= margins["wanted"]).all()
    assert (margins["half_width"] > 0.95 * margins["wanted"]).all()
    assert (margins["coverage"] > 0.94).all()
    worse = powers.groupby(["population", "gap"])["power"].min()
    assert worse.between(0.785, 0.83).all()
    assert np.allclose(others["promised"], others["came_out"], rtol=0.012)


def test_pooled_shares_and_means_are_calibrated():
    ranks = pd.read_csv(TABLES / "neighbours_ranks.csv")
    for name in ("store_share", "kappa"):
        assert stats.chisquare(ranks[name]).pvalue > 0.01
    table = pd.read_csv(TABLES / "neighbours.csv")
    whole = table[table["answers"] == "all"]
    assert whole["coverage_pooled"].between(0.94, 0.96).all()
    assert table["coverage_pooled"].between(0.92, 0.97).all()
    assert (table["coverage_alone"] > 0.93).all()
    assert (table["rmse_pooled"] < table["rmse_raw"]).all()
