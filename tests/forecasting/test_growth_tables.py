"""The committed study of revenue to come says what the docstrings rest on."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

TABLES = Path(__file__).resolve().parents[2] / "docs" / "tables"


@pytest.fixture
def study(monkeypatch):
    monkeypatch.syspath_prepend(TABLES.parents[1] / "benchmarks")
    return importlib.import_module("forecast_growth")


@pytest.fixture
def said():
    return pd.read_csv(TABLES / "forecast_growth_verdicts.csv")


@pytest.fixture
def held():
    return pd.read_csv(TABLES / "forecast_growth_coverage.csv")


def test_the_page_is_made_of_its_tables(study, said, held):
    kept = (TABLES / "forecast_growth.md").read_text(encoding="utf-8")
    assert study.page(said, held) == kept


def test_a_score_that_foretells_nothing_is_said_to_help_in_one_panel_of_twenty_at_most(said):
    none = said[said["slope"] == 0]
    assert none["panels"].max() >= 200
    assert (none["yes"] <= 0.05).all()


def test_more_is_found_where_there_is_more_to_find(said):
    own = said[said["regional"] == 0].set_index(["stores", "n", "slope"])["yes"]
    assert own[40, 80, 0.3] > own[40, 80, 0.15] >= own[12, 20, 0.15]


def test_a_row_is_recomputed(study, said):
    row = said[(said["stores"] == 12) & (said["n"] == 20) & (said["slope"] == 0)].iloc[0]
    few = study.verdicts.__defaults__[1]
    assert row["panels"] == few
    found = []
    for seed in range(6):
        rng = np.random.default_rng([seed, 12, 20, 0])
        found.append(study.said_of(study.panel(rng, stores=12, months=30, n=20), seed))
    # six of two hundred: no more of a kind than the row has
    assert all(found.count(name) <= round(row[name] * few) for name in study.VERDICTS)


def test_stores_that_come_back_do_not_lift_the_network(held):
    # weighed by today's sales alone the chain climbs, and forecasts fell short by 13 %
    assert held.loc[held["passing"] > 0, "too much"].abs().max() < 6
