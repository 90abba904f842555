"""What customers spent after their answer: against pandas, row by row."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.customer_value import CATEGORIES, customer_value
from npsstats.checks import InputError

BEFORE, AFTER, TIERS = 90, 180, 3


@pytest.fixture(scope="module")
def network() -> nps.SimulatedNetwork:
    return nps.simulate(5, 14, 1300, seed=5)


def by_hand(answers: pd.DataFrame, bought: pd.DataFrame) -> pd.DataFrame:
    answers = answers.assign(date=pd.to_datetime(answers["date"]))
    bought = bought.assign(date=pd.to_datetime(bought["date"]))
    first, last = bought["date"].min(), bought["date"].max()
    day = pd.Timedelta(days=1)
    seen = answers[
        (answers["date"] - (BEFORE - 1) * day >= first) & (answers["date"] + AFTER * day <= last)
    ]
    seen = seen.sort_values(["date", "response_id"]).drop_duplicates("customer_id")
    rows = []
    by_customer = dict(list(bought.groupby("customer_id")))
    for one in seen.itertuples():
        bills = by_customer[one.customer_id]
        prior = bills[(bills["date"] <= one.date) & (bills["date"] > one.date - BEFORE * day)]
        later = bills[(bills["date"] > one.date) & (bills["date"] <= one.date + AFTER * day)]
        category = CATEGORIES[(one.score >= 7) + (one.score >= 9)]
        spent = later["amount"].sum()
        rows.append((category, one.store_id, prior["amount"].sum(), spent, len(later) > 0))
    frame = pd.DataFrame(rows, columns=["category", "store_id", "prior", "spent", "bought"])
    place = (frame["prior"].round(6).rank(method="min") - 1) / (len(frame) - 1)
    frame["tier"] = np.minimum((place * TIERS + 1e-12).astype(int), TIERS - 1)
    frame["squares"] = frame["spent"] ** 2
    grouped = frame.groupby(["category", "tier", "store_id"])
    return grouped.agg(
        n=("spent", "size"),
        total=("spent", "sum"),
        squares=("squares", "sum"),
        prior=("prior", "sum"),
        bought=("bought", "sum"),
    ).reset_index()


def test_cells_are_those_of_pandas(network: nps.SimulatedNetwork) -> None:
    answers = nps.read(network.responses, quiet=True)
    bought = nps.read(network.purchases, table="purchases", beside=answers, quiet=True)
    found = customer_value(answers, bought, after=AFTER, before=BEFORE, tiers=TIERS)
    expected = by_hand(network.responses, network.purchases)
    assert found.n == expected["n"].sum() > 150
    keys = ["category", "tier", "store_id"]
    for names in (["category"], ["category", "store_id"], keys):
        ours = found.cells.groupby(names)[["n", "total", "squares", "prior", "bought"]].sum()
        theirs = expected.groupby(names)[["n", "total", "squares", "prior", "bought"]].sum()
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-9)
    assert found.answered == network.responses["customer_id"].nunique()


def test_files_give_what_frames_give(network: nps.SimulatedNetwork, tmp_path) -> None:
    network.responses.to_parquet(tmp_path / "answers.parquet")
    network.purchases.to_parquet(tmp_path / "purchases.parquet")
    kept = {"after": AFTER, "before": BEFORE, "tiers": TIERS}
    files = customer_value(tmp_path / "answers.parquet", tmp_path / "purchases.parquet", **kept)
    frames = customer_value(network.responses, network.purchases, **kept)
    assert files.fingerprint == frames.fingerprint


def test_errors_say_the_remedy(network: nps.SimulatedNetwork) -> None:
    with pytest.raises(InputError, match="nobody can be followed for so long"):
        customer_value(network.responses, network.purchases, after=700)
    with pytest.raises(InputError, match="There is no 'contribution' among the purchases'"):
        customer_value(network.responses, network.purchases, amount="contribution")


def small(days: list[str], keys: list[str]) -> tuple[object, object]:
    answers = pd.DataFrame(
        {"score": [10, 3], "customer_id": ["1", "2"], "date": ["2024-02-01", "2024-02-01"]}
    )
    bought = pd.DataFrame({"customer_id": keys, "amount": 5.0, "date": days})
    read = nps.read(answers, quiet=True)
    return read, nps.read(bought, table="purchases", beside=read, quiet=True)


def test_keys_that_do_not_meet_are_named() -> None:
    answers, bought = small(["2024-01-01", "2024-06-30"], ["C-1", "C-2"])
    message = r"their keys do not meet \(answers: '1', '2'; purchases: 'C-1', 'C-2'\)"
    with pytest.raises(InputError, match=message):
        customer_value(answers, bought, after=30, before=20)


def test_a_stray_last_day_is_no_end_of_follow_up() -> None:
    days = [str(day.date()) for day in pd.date_range("2024-01-01", "2024-02-20")] * 40
    answers, bought = small([*days, "2026-01-01"], ["1"] * len(days) + ["2"])
    with pytest.raises(InputError, match=r"30 days before the last \(2024-02-20\)"):
        customer_value(answers, bought, after=30, before=20)
    found = customer_value(answers, bought, after=10, before=20)
    assert str(found.last) == "2024-02-20"
    assert found.notes[0].startswith("1 of 2,041 purchases are dated after 2024-02-20, up to 2026-")
    assert found.notes[0].endswith("taken to be complete until 2024-02-20 only.")
