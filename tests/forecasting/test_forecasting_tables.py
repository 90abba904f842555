"""The committed tables of forecasts, and the networks that they are drawn from."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "docs" / "tables"


@pytest.fixture(autouse=True)
def _benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")


def test_the_page_is_made_of_its_tables():
    page = importlib.import_module("forecasting_page").page
    assert page(TABLES) == (TABLES / "forecasting.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["ours", "shifts", "heavy tails", "ordinal", "quiet"])
def test_a_network_shows_its_truth_but_for_sampling(kind):
    network = importlib.import_module("forecasting_networks").network
    rng = np.random.default_rng(1)
    series, truth = network(kind, rng, stores=30, months=48, n=200)
    assert series.shape == truth.shape == (30, 48)
    assert np.abs(truth).max() <= 100
    z = (series.values - truth) / np.sqrt(series.noise)  # noqa: PD011 - a grid of ours
    assert z.std() == pytest.approx(1, abs=0.06)
    assert z.mean() == pytest.approx(0, abs=0.1)
    moves = np.diff(truth, axis=1)
    assert (np.abs(moves).max() < 1e-9) == (kind == "quiet")


def test_gaps_of_polls_are_kept(shared_data):
    studies = importlib.import_module("forecasting_data").polls(shared_data)
    assert [study.series.shape for study in studies] == [
        (1, 131),
        (1, 37),
        (1, 160),
        (5, 37),
        (5, 160),
    ]
    # the six months in which nobody was asked
    assert np.isnan(studies[0].series.values).sum() == 6
    # 237,500 answers are 125 polls of 1,900
    assert studies[0].series.n.sum() == pytest.approx(237_500)


def test_on_monthly_approval_the_default_is_ahead_of_the_naive_and_of_the_peers():
    table = pd.read_csv(TABLES / "forecasting_polls.csv")
    saved = table[table["study"] == "Thatcher, months"].set_index("model")["saved"]
    assert (saved[["last value", "seasonal naive", "AutoETS", "AutoARIMA"]] > 0).all()


def test_every_forecast_is_compared_on_the_same_targets():
    table = pd.read_csv(TABLES / "forecasting_polls.csv")
    sizes = table.groupby("study")["n"]
    assert (sizes.min() == sizes.max()).all()
