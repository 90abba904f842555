"""What can be done with data, and what each job lacks."""

import pandas as pd
import pytest

import npsstats as nps
from npsstats.checks import InputError
from npsstats.estimation.readiness.ready import readiness


def read(**columns):
    return {"responses": nps.read(pd.DataFrame(columns), quiet=True)}


def lacks(found, job):
    return found.frame.set_index("job").loc[job, "lacks"]


def test_columns_tables_and_numbers_that_lack_are_named():
    days = ["2025-01-02", "2025-02-02", "2025-02-03"]
    found = readiness(read(score=[9, 3, 10], store_id=["A", "A", "B"], date=days, csat=None))
    assert lacks(found, "estimate") == ""
    assert lacks(found, "rate --of csat") == "the column csat"
    assert lacks(found, "forecast") == "3 months (there are 2)"
    assert lacks(found, "report") == "10 answers (there are 3)"
    assert lacks(found, "growth") == "the table purchases"
    assert found.headline().startswith("3 answers of 2 stores, 2 months (2025-01-02 to 2025-02-03)")


def test_unevenly_mixed_kinds_are_taken_apart():
    hot = [10] * 300 + [0] * 300
    kind = (["hot"] * 250 + ["cold"] * 50) + (["hot"] * 50 + ["cold"] * 250)
    store = ["A"] * 150 + ["B"] * 150 + ["A"] * 60 + ["B"] * 240
    found = readiness(read(score=hot, store_id=store, kind=kind))
    jobs = found.frame["job"].tolist()
    assert "estimate --by store --by kind" in jobs
    assert "compare --by store --across-kinds" in jobs


def test_margins_are_those_of_the_answers():
    answers = read(score=[10, 9, 7, 2] * 50, store_id=["A", "B"] * 100)
    found = readiness(answers)
    whole = nps.tango(nps.count(answers["responses"])).frame.iloc[0]
    told = found.margins.set_index("of")["margin"]
    assert told["all"] == pytest.approx((whole["upper"] - whole["lower"]) / 2)
    assert told["a store"] > told["all"]


def test_there_must_be_answers():
    with pytest.raises(InputError, match="must hold the answers"):
        readiness({})
