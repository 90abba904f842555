"""The committed study of adaptive allocation: its page, what it claims, and a small run of it."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "docs" / "tables"
EVER = ["exact", "within", "odds"]


@pytest.fixture(scope="module")
def command():
    spec = importlib.util.spec_from_file_location(
        "adaptive_study", ROOT / "benchmarks" / "adaptive.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cost():
    return pd.read_csv(TABLES / "adaptive_cost.csv")


@pytest.fixture(scope="module")
def coverage():
    return pd.read_csv(TABLES / "adaptive_coverage.csv")


def test_the_page_is_made_of_the_tables(command, cost, coverage):
    kept = (TABLES / "adaptive.md").read_text(encoding="utf-8")
    assert command.page(cost, coverage) == kept
    assert set(cost["scenario"]) == set(command.COSTS)
    assert set(coverage["scenario"]) == set(command.COVERAGE)
    assert (cost["replications"] >= 1000).all()


def test_adaptive_loses_fewer_answers_and_chooses_no_worse(cost):
    rows = cost[cost["design"] == "difference"].set_index("measure")
    lost, right = rows.loc["answers lost"], rows.loc["right arm chosen"]
    assert (lost["estimate"] < -5 * lost["std_error"]).all()
    assert (right["estimate"] > -2.5 * right["std_error"]).all()
    assert (right["estimate"] > 2 * right["std_error"]).sum() >= 4


def test_intervals_of_sequences_hold_and_plain_ones_do_not(coverage):
    drifting = coverage["scenario"].str.contains("drift")
    noise = np.sqrt(0.05 * 0.95 / np.minimum(coverage["replications"], 400))
    ever = coverage["method"].isin(EVER) | ((coverage["method"] == "constant") & ~drifting)
    assert ever.sum() > 15
    assert (coverage["family_at_any"] < 0.05 + 2 * noise)[ever].all()
    plain = coverage[coverage["method"] == "plain"]
    assert (plain["one_at_any"] > 0.12).all()
    assert (plain["family_at_any"] > 0.3).all()
    false = coverage[(coverage["estimand"] == "drift noticed") & ~drifting]
    assert (false["one_at_end"] < 0.03).all()


def test_the_exact_difference_within_batches_is_the_narrowest(coverage):
    wide = coverage[coverage["estimand"] == "response difference"].pivot_table(
        index="scenario", columns="method", values="width"
    )
    assert (wide["exact"] < wide["constant"]).all()
    assert (wide["exact"] > wide["plain"]).all()


def test_a_small_run(command, monkeypatch):
    monkeypatch.setattr(command, "WIDTHS", 3)
    monkeypatch.setattr(command, "COVERAGE", {"two alike": (np.full(2, 0.15), 0.1)})
    table = command.coverage_table(60).set_index(["estimand", "method"])
    name = "response difference"
    assert table.loc[(name, "plain"), "one_at_any"] > 0.05
    for method in ("exact", "within"):
        assert table.loc[(name, method), "family_at_any"] <= 0.15
    monkeypatch.setattr(command, "COSTS", {"two": (np.array([0.1, 0.2]), 0.1, 0.0)})
    rows = command.cost_table(20).set_index(["measure", "design"])
    assert rows.loc[("answers lost", "equal"), "estimate"] == pytest.approx(1200 * 0.1)
