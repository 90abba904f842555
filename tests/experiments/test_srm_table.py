"""The committed table of false alarms is what its command computes, and shows what it claims."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "docs" / "tables"


@pytest.fixture(scope="module")
def command():
    spec = importlib.util.spec_from_file_location("srm", ROOT / "benchmarks" / "srm.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLES / "srm.csv")


def test_a_part_is_computed_again(command, table):
    again = command.alarms(sizes=(12,)).round(6).reset_index(drop=True)
    kept = table[table["units"] == 12].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, kept)


def test_the_page_is_made_of_the_tables(command, table):
    kept = (TABLES / "srm.md").read_text(encoding="utf-8")
    assert command.page(table, pd.read_csv(TABLES / "srm_found.csv")) == kept


def test_false_alarms_are_at_their_nominal_rate(command, table):
    error = np.sqrt(table["level"] * (1 - table["level"]) / command.REPEATS)
    assert (table["once"] <= table["level"] + 4 * error).all()
    large = table["units"] >= 600
    assert ((table["once"] - table["level"]).abs() <= 4 * error)[large].all()


def test_daily_looks_are_held_by_the_sequential_test_alone(table):
    assert (table["sequential_daily"] <= table["level"]).all()
    large = table[table["units"] >= 60]
    assert (large["chi_square_daily"] > 4 * large["level"]).all()
