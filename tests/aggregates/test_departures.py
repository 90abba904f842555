"""What counts as having left, and from when on what is known of a customer counts."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.departures import contract, rhythm, silence
from npsstats.aggregates.hazard_cells import HazardCells
from npsstats.aggregates.lives import _gamma
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError


def of_cells(cells, keys):
    frame = cells.frame.astype(dict.fromkeys(keys, str))
    grouped = frame.groupby(keys)[["at_risk", "events"]].sum()
    return {
        key: tuple(map(int, row))
        for key, row in zip(grouped.index, grouped.to_numpy(), strict=True)
    }


def test_contracts_end_on_their_day_and_are_followed_over_whole_periods():
    accounts = pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 4],
            "signed": pd.to_datetime(["2025-01-10", "2025-01-20", "2025-02-01", "2025-03-05"]),
            "cancelled": pd.to_datetime(["2025-02-14", None, "2025-02-20", None]),
            "plan": ["gold", "blue", "gold", "blue"],
            "store_id": "A",
        }
    )
    cells = person_periods(
        accounts=accounts,
        churn=contract("signed", "cancelled"),
        covariates=["plan"],
        until=date(2025, 3, 31),
        tenure=(1,),
    )
    assert of_cells(cells, ["period", "plan"]) == {
        ("2025-01", "gold"): (1, 0),
        ("2025-02", "gold"): (2, 2),
        ("2025-01", "blue"): (1, 0),
        ("2025-02", "blue"): (1, 0),
        ("2025-03", "blue"): (2, 0),
    }
    assert cells.customers == 4
    # followed to the middle of March, March is not a whole period
    cut = person_periods(
        accounts=accounts,
        churn=contract("signed", "cancelled"),
        covariates=["plan"],
        until=date(2025, 3, 15),
    )
    assert "2025-03" not in set(cut.frame["period"].astype(str))


def test_tenure_and_event_make_person_periods():
    accounts = pd.DataFrame({"months": [1, 3, 3, 0], "left": [1, 0, 1, 0], "sex": list("fmfm")})
    cells = person_periods(
        accounts=accounts,
        churn=contract(tenure="months", event="left"),
        covariates=["sex"],
        cluster=None,
        tenure=(),
    )
    # who left and who was last seen at a tenure were both at risk in the period of that number
    assert of_cells(cells, ["period"]) == {
        "000": (4, 0),
        "001": (3, 1),
        "002": (2, 0),
        "003": (2, 1),
    }


def test_nobody_earns_time_in_a_category_before_the_answer():
    """Answers have no effect here: the naive contrast of ever-answered is biased, ours is not."""
    rng = np.random.default_rng(8)
    n, months, risk = 20_000, 24, 0.08
    life = rng.geometric(risk, n)  # periods until departure
    asked = rng.integers(1, months, n)
    answered = asked < np.minimum(life, months)
    month0 = np.datetime64("2024-01", "M")
    end = (month0 + (life - 1).astype("timedelta64[M]")).astype("datetime64[D]")
    end = np.where(life <= months, end + np.timedelta64(9, "D"), np.datetime64("NaT", "D"))
    accounts = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "signed": month0.astype("datetime64[s]"),
            "ended": end.astype("datetime64[s]"),
        }
    )
    who = np.flatnonzero(answered)
    when = (month0 + asked[who].astype("timedelta64[M]") - np.timedelta64(1, "M")).astype(
        "datetime64[D]"
    )
    told = pd.DataFrame(
        {"customer_id": who, "date": when.astype("datetime64[s]"), "score": 10, "store_id": "A"}
    )
    cells = person_periods(
        responses=nps.read(told, quiet=True),
        accounts=accounts,
        churn=contract("signed", "ended"),
        until=date(2025, 12, 31),
        cluster=None,
    )
    frame = cells.by("category").frame.set_index("category")
    rate = frame["events"] / frame["at_risk"]
    error = np.sqrt((rate * (1 - rate) / frame["at_risk"]).sum())
    assert abs(rate["promoter"] - rate["never answered"]) < 4 * error
    assert abs(rate["promoter"] - risk) < 0.01
    # naive: those who ever answered against those who never did, from the start
    seen, gone = np.minimum(life, months), life <= months
    ever, never = (gone[mask].sum() / seen[mask].sum() for mask in (answered, ~answered))
    assert ever < 0.06
    assert never > 0.1


def test_the_rhythm_of_the_living_is_found():
    rng = np.random.default_rng(1)
    rates = rng.gamma(2, 1 / 40, 40_000)
    n, later = rng.poisson(rates * 240), rng.poisson(rates * 300) > 0
    counts, people = np.unique(n[later], return_counts=True)
    shape, rate = _gamma(counts.astype(float), people.astype(float), 240.0, 540.0)
    assert shape == pytest.approx(2, rel=0.05)
    assert rate == pytest.approx(40, rel=0.05)


def test_a_silence_at_the_threshold_has_its_probability():
    """Waiting times of the rhythm's own gamma mixture exceed the threshold that often."""
    rng = np.random.default_rng(2)
    n, days = 5, 200.0
    posterior = rng.gamma(1.5 + n, 1 / (30 + days), 400_000)
    silent = rng.exponential(1 / posterior)
    for probability in (0.05, 0.01):
        days_that_count = rhythm(probability, per="silence", shape=1.5, rate=30.0).threshold(
            n, days
        )
        assert (silent > days_that_count).mean() == pytest.approx(probability, rel=0.05)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: silence(0), "`days` must be a whole number of at least 1"),
        (lambda: rhythm(1.5), "`probability` must be between 0 and 1"),
        (lambda: rhythm(0.1, shape=1.0), "`shape` and `rate` go together"),
        (lambda: contract("signed"), "told by its first and last day or by its tenure"),
        (lambda: rhythm(0.1).threshold(1, 2), "not known yet"),
        (
            lambda: HazardCells.from_frame(
                pd.DataFrame({"k": ["a"], "at_risk": [1], "events": [2]}), ["k"]
            ),
            "2 departures among 1 customers",
        ),
    ],
)
def test_definitions_say_what_they_need(make, text):
    with pytest.raises(InputError, match=text):
        make()


def test_contacts_are_known_from_their_resolution_on():
    accounts = pd.DataFrame(
        {
            "customer_id": [1],
            "signed": pd.to_datetime(["2025-01-01"]),
            "ended": pd.to_datetime([None]),
        }
    )
    contacts = pd.DataFrame(
        {
            "customer_id": [1, 1],
            "date": pd.to_datetime(["2025-01-20", "2025-03-02"]),
            "resolution_days": [2.0, 9.0],
            "first_contact": [True, False],
        }
    )
    cells = person_periods(
        accounts=accounts,
        contacts=contacts,
        churn=contract("signed", "ended"),
        covariates=["resolution", "first_contact"],
        until=date(2025, 4, 30),
        cluster=None,
        tenure=(),
    )
    assert [
        (str(r.period), str(r.resolution), str(r.first_contact)) for r in cells.frame.itertuples()
    ] == [
        ("2025-01", "no contact", "no contact"),
        ("2025-02", "within 3 days", "solved at first contact"),
        ("2025-03", "within 3 days", "solved at first contact"),
        ("2025-04", "longer", "not solved at first contact"),
    ]
