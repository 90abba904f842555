"""The register: appended to, never rewritten, and read with errors that name the line."""

import json

import numpy as np
import pandas as pd
import pytest

from npsstats.checks import InputError
from npsstats.experiments.effects import Effect, Effects
from npsstats.experiments.portfolio.register import FIELDS, load_register, record
from npsstats.results import Provenance


def frame(estimate=0.02, **others):
    made = Effect(
        **({"outcome": "bought", "arm": "called", "estimand": "risk difference", "method": "Wald",
            "unit": "share", "estimate": estimate, "std_error": 0.01, "lower": -np.inf,
            "upper": 0.04, "n_control": 10, "n_treatment": 12} | others)
    )  # fmt: skip
    return Effects.of([made], (), Provenance("test", {}, "0")).frame


@pytest.fixture
def path(tmp_path):
    return tmp_path / "kept" / "register.jsonl"


def test_what_is_recorded_is_read(path):
    about = {"experiment": "détracteurs", "date": "2026-03-01", "lock": "abc", "verdict": "adopt"}
    assert record(frame(), path, primary="bought", **about) == 1
    register = load_register(path)
    row = register.entries.iloc[0]
    assert row["experiment"] == "détracteurs"
    assert row["estimate"] == 0.02
    assert row["lower"] == -np.inf
    assert np.isnan(row["p_value"])
    assert not row["exploratory"]
    assert row["revision"] == 1
    assert row["primary"] == "bought"
    assert register.entries.columns.tolist() == [*FIELDS, "line"]
    assert "1 effects of 1 experiments" in repr(register)


def test_the_same_again_is_not_written_and_other_numbers_are_a_revision(path):
    about = {"experiment": "e", "lock": "abc"}
    record(frame(), path, date="2026-03-01", **about)
    first = path.read_text(encoding="utf-8")
    assert record(frame(), path, date="2026-04-01", **about) == 0
    assert path.read_text(encoding="utf-8") == first
    assert record(frame(0.03), path, date="2026-05-01", **about) == 1
    assert record(frame(0.02), path, date="2026-06-01", **about) == 1  # back again: history too
    assert path.read_text(encoding="utf-8").startswith(first)
    register = load_register(path)
    assert register.entries["revision"].tolist() == [1, 2, 3]
    assert register.current["estimate"].tolist() == [0.02]
    assert register.current["date"].tolist() == ["2026-06-01"]
    assert len(register.revised) == 3


def test_an_analysis_without_a_lock_is_exploratory(path):
    record(frame(), path, experiment="a", date="2026-03-01")
    record(frame(), path, experiment="b", date="2026-03-01", lock="x")
    record(frame(), path, experiment="c", date="2026-03-01", lock="x", exploratory=True)
    assert load_register(path).current["exploratory"].tolist() == [True, False, True]


def test_effects_without_an_estimate_are_left_out(path):
    both = pd.concat([frame(), frame(np.nan, arm="mailed")])
    assert record(both, path, experiment="a", lock="x") == 1
    assert len(load_register(path).current["date"].iloc[0]) == 10


def test_what_cannot_be_recorded_is_refused(path):
    with pytest.raises(InputError, match="`experiment` is empty"):
        record(frame(), path, experiment="")
    with pytest.raises(InputError, match="lacks the column 'std_error'"):
        record(frame().drop(columns="std_error"), path, experiment="e")
    with pytest.raises(InputError, match="two effects 'risk difference'"):
        record(pd.concat([frame(), frame()]), path, experiment="e")
    with pytest.raises(InputError, match="a day like 2026-03-31"):
        record(frame(), path, experiment="e", date="March")
    assert not path.exists()
    with pytest.raises(InputError, match=r"no register 'register\.jsonl'"):
        load_register(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"std_error": -1}, "`std_error` must not be negative, got -1"),
        ({"estimate": "large"}, "`estimate` must be a number or null, got 'large'"),
        ({"n_control": 1.5}, "`n_control` must be a whole number"),
        ({"exploratory": "no"}, "`exploratory` must be true or false"),
        ({"arm": None}, "`arm` must be text"),
        ({"revision": 3}, "must be 2, got 3. A register is only appended to"),
        ({"method": ...}, "lacks `method`"),
    ],
)
def test_a_wrong_line_is_named(path, change, said):
    record(frame(), path, experiment="e", lock="x")
    record(frame(0.03), path, experiment="e", lock="x")
    lines = path.read_text(encoding="utf-8").splitlines()
    entry = json.loads(lines[1]) | change
    entry = {name: value for name, value in entry.items() if value is not ...}
    path.write_text("\n".join([lines[0], "", json.dumps(entry)]), encoding="utf-8")
    with pytest.raises(InputError, match=r"register\.jsonl, line 3: ") as error:
        load_register(path)
    assert said in str(error.value)


def test_a_line_that_is_no_json_is_named(path):
    record(frame(), path, experiment="e", lock="x")
    with path.open("a", encoding="utf-8") as file:
        file.write("<<<<<<< HEAD\n[1]\n")
    with pytest.raises(InputError, match="line 2: not JSON"):
        load_register(path)
    path.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: must be an object"):
        load_register(path)
