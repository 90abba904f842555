"""A/A experiments with a look a day: the committed table, and its arrays against the rooms."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.arms import ArmMoments
from npsstats.experiments.sequential.anytime import confidence_sequence
from npsstats.experiments.sequential.looks import look

ROOT = Path(__file__).resolve().parents[2]
HONEST = ["one look at the end", "O'Brien–Fleming", "Pocock", "anytime", "anytime, exact"]


@pytest.fixture(scope="module")
def command():
    spec = importlib.util.spec_from_file_location(
        "looking_early", ROOT / "benchmarks" / "looking_early.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(ROOT / "docs" / "tables" / "looking_early.csv")


def test_the_page_is_made_of_the_table(command, table):
    kept = (ROOT / "docs" / "tables" / "looking_early.md").read_text(encoding="utf-8")
    assert command.page(table) == kept


def test_a_look_a_day_stays_at_the_level(table):
    honest = table[table["method"].isin(HONEST)]
    assert (table["experiments"] >= 1000).all()
    noise = np.sqrt(0.05 * 0.95 / table["experiments"].iloc[0])
    assert honest["error"].max() < 0.05 + 2 * noise
    assert table[table["method"] == "naive"]["error"].min() > 0.25
    # and in the first week, where events are few, least of all
    assert honest["error_in_a_week"].max() < 0.02


def test_what_looking_costs(table):
    wide = table.pivot_table(index="outcome", columns="method", values="power")
    assert (wide["O'Brien–Fleming"] > wide["one look at the end"] - 0.03).all()
    assert (wide["Pocock"] > wide["anytime"]).all()
    units = table.pivot_table(index="outcome", columns="method", values="expected_units")
    assert (units["O'Brien–Fleming"] < 0.8).all()


def test_a_small_run_holds_its_level(command):
    found, _ = command.stops("order, 1 %", effect=False, experiments=100, seed=99)
    errors = {method: (days < command.DAYS).mean() for method, days in found.items()}
    for method in HONEST:
        assert errors[method] < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100), method
    assert errors["naive"] > 0.15


def test_the_rooms_stop_on_the_same_days(command, monkeypatch):
    monkeypatch.setattr(command, "DAYS", 12)
    outcome, seed = "order, 1 %", 5
    share, spread, more = command.OUTCOMES[outcome]
    monkeypatch.setitem(command.OUTCOMES, outcome, (share, spread, 5 * more))
    found, _ = command.stops(outcome, effect=True, experiments=3, seed=seed)
    rng = np.random.default_rng(seed)
    control, _ = command.simulate(share, spread, 3, rng)
    treated, _ = command.simulate(share + 5 * more, spread, 3, rng)
    n = command.PER_DAY
    for place in range(3):
        stages = []
        for day in range(12):
            buyers = (control[place, day], treated[place, day])
            values = np.concatenate([np.repeat([1.0, 0], [y, n - y]) for y in buyers])
            stages.append(ArmMoments.from_values({"y": values}, {"arm": np.repeat(["a", "b"], n)}))
        options = {"control": "a", "planned": 2 * n * 12, "cumulative": False}
        for method, spending in (("O'Brien–Fleming", "obrien_fleming"), ("Pocock", "pocock")):
            said = look(stages, "y", spending=spending, **options).frame["decision"]
            assert command.first((said == "stop").to_numpy()[None])[0] == found[method][place]
        frame = confidence_sequence(stages, "y", **options).frame
        for method, part in (("anytime", "asymptotic"), ("anytime, exact", "exact")):
            stop = frame[frame["method"].str.contains(part)]["decision"] == "stop"
            assert command.first(stop.to_numpy()[None])[0] == found[method][place]
    assert found["Pocock"].min() < 12
