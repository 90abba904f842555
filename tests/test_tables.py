"""The committed tables are what their commands compute, and say what the defaults rest on."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]


def command(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def coverage():
    return pd.read_csv(ROOT / "docs" / "tables" / "coverage.csv")


def test_coverage_is_recomputed_for_small_samples(coverage):
    again = command("intervals").coverage(sizes=(5, 20))
    kept = coverage[coverage["n"].isin([5, 20])].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, again.round(6), check_dtype=False, atol=2e-6)


def test_coverage_page_is_made_of_the_table(coverage):
    kept = (ROOT / "docs" / "tables" / "coverage.md").read_text(encoding="utf-8")
    assert command("intervals").page(coverage) == kept


def test_the_published_orientation_at_20(coverage):
    """Rocks (2016): Wald .865–.959, adjusted Wald .943–.962, Tango .956–.962 over populations."""
    at = coverage[coverage["n"] == 20].groupby("method")["coverage"]
    low, high = at.min(), at.max()
    assert low["wald"] > 0.86
    assert high["wald"] < 0.96
    assert low["adjusted_wald"] > 0.94
    assert high["adjusted_wald"] < 0.965
    assert low["tango"] > 0.945
    assert high["tango"] < 0.97


def test_the_score_interval_is_the_one_that_holds_at_small_n(coverage):
    table = coverage[coverage["n"] >= 10].pivot_table(
        index=["n", "population"], columns="method", values="coverage"
    )
    shortfall = np.maximum(0.95 - table, 0).max()
    assert shortfall["tango"] < 0.02
    assert shortfall["adjusted_wald"] < 0.021
    assert shortfall["wald"] > 0.05


@pytest.fixture(scope="module")
def differences():
    return pd.read_csv(ROOT / "docs" / "tables" / "differences.csv")


def test_differences_are_recomputed_for_small_samples(differences, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    again = command("differences").coverage(sizes=((5, 5),))
    kept = differences[differences["n"] == "5 v 5"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, again.round(6), check_dtype=False, atol=2e-6)
    page = (ROOT / "docs" / "tables" / "differences.md").read_text(encoding="utf-8")
    assert command("differences").page(differences) == page


def test_the_default_difference_is_the_one_that_holds(differences):
    lowest = differences.groupby("method")["coverage"].min()
    assert lowest["tango"] > 0.938
    assert lowest.drop("tango").max() < lowest["tango"]


def test_one_cell_alone_has_the_prior_that_holds(coverage):
    lowest = coverage.groupby("method")["coverage"].min()
    assert lowest["jeffreys"] > 0.918
    assert lowest["dirichlet"] < 0.6


def test_a_change_is_taken_apart_as_surely_as_its_intervals_say():
    table = pd.read_csv(ROOT / "docs" / "tables" / "change.csv")
    # three standard errors of 100 repetitions below the level
    held = ["total", "all_mix", "within", "mix", "both", "own_change"]
    assert table[held].min(axis=None) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 100)
    # the page says that this one falls short
    assert table["all_within"].min() > 0.925 - 3 * np.sqrt(0.925 * 0.075 / 100)
    still = table[table["moved"] == 0]
    assert (still["false"] < 0.15).all()
    assert (still["naive_false"].iloc[1:] > 0.7).all()
    page = (ROOT / "docs" / "tables" / "change.md").read_text(encoding="utf-8")
    assert command("change").page(table) == page


def test_the_ordinal_posterior_is_calibrated_and_its_page_is_made_of_its_tables():
    sizes = pd.read_csv(ROOT / "docs" / "tables" / "ordinal.csv")
    ranks = pd.read_csv(ROOT / "docs" / "tables" / "ordinal_ranks.csv")
    kept = (ROOT / "docs" / "tables" / "ordinal.md").read_text(encoding="utf-8")
    assert command("ordinal_calibration").page(sizes, ranks, 48, 0) == kept
    error = np.sqrt(0.95 * 0.05 / sizes["stores"])
    assert (sizes["coverage"] > 0.95 - 3 * error).all()
    assert (sizes["coverage"] > sizes["coverage_pooled"]).all()
    assert (sizes["rmse_ours"] < sizes["rmse_raw"]).all()
    assert (ranks["chi2_p"] > 0.05 / len(ranks)).all()
