"""Patterns of answers, moments and later purchases, held against plain pandas on the rows."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.questionnaire import AnswerPatterns, answer_patterns
from npsstats.aggregates.questionnaire_moments import customer_moments
from npsstats.aggregates.questionnaire_outcomes import BOUGHT, answers_and_purchases
from npsstats.aggregates.questionnaire_stores import pair_moments, store_facts
from npsstats.checks import InputError


def made_up(n=900, seed=1):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "score": rng.integers(0, 11, n),
            "store_id": rng.choice(["A", "B", "C"], n),
            "customer_id": rng.integers(1, 300, n),
            "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 120, n), "D"),
            "welcome": rng.integers(1, 6, n).astype(float),
            "wait": rng.gamma(2, 4, n).round(1),
            "journey": rng.choice(["web", "shop"], n),
            "csat": rng.integers(1, 6, n).astype(float),
        }
    )
    rows.loc[rng.random(n) < 0.1, "welcome"] = np.nan
    rows.loc[rng.random(n) < 0.1, "csat"] = np.nan
    rows["journey"] = rows["journey"].where(rng.random(n) > 0.05, None)
    return rows


@pytest.fixture(scope="module")
def rows():
    return made_up()


@pytest.fixture(scope="module")
def intake(rows):
    return nps.read(rows, segments=["welcome", "wait"], quiet=True)


def test_patterns_are_those_of_the_rows(rows, intake):
    found = answer_patterns(intake, ["score", "welcome", "journey"])
    keys = ["store_id", "score", "welcome", "journey"]
    plain = rows.groupby(keys, dropna=False, sort=True).size().reset_index(name="n")
    assert found.total == len(rows)
    assert found.missing == {
        "score": 0,
        "welcome": int(rows["welcome"].isna().sum()),
        "journey": int(rows["journey"].isna().sum()),
    }
    merged = found.frame.merge(plain, on=keys, how="outer", suffixes=("", " plain"))
    assert (merged["n"] == merged["n plain"]).all()


def test_in_memory_as_in_the_database(rows, intake):
    asked = ["score", "welcome", "journey", "csat"]
    found = answer_patterns(intake, asked)
    other = AnswerPatterns.of(rows, asked, cluster="store_id")
    pd.testing.assert_frame_equal(found.frame, other.frame)
    assert found.numeric == other.numeric == ("score", "welcome", "csat")


def test_counts_of_rows_that_stand_for_many():
    rows = pd.DataFrame({"score": [9, 9, 3], "n": [5, 2, 4]})
    assert AnswerPatterns.of(rows, ["score"]).frame["n"].tolist() == [4, 7]


def test_numbers_are_cut_and_named(intake, rows):
    found = answer_patterns(
        intake, ["score", "wait", "welcome"], bins={"wait": [5, 10]}, categories=["welcome"]
    )
    tiers = found.frame.groupby("wait")["n"].sum()
    assert tiers["under 5"] == (rows["wait"] < 5).sum()
    assert tiers["10 and more"] == (rows["wait"] >= 10).sum()
    assert found.numeric == ("score",)
    assert set(found.frame["welcome"].dropna()) == set("12345")


def test_a_comma_is_a_decimal_mark():
    rows = pd.DataFrame({"score": [9, 8], "wait": ["1,5", "2"]})
    assert AnswerPatterns.of(rows, ["score", "wait"]).frame["wait"].tolist() == [2.0, 1.5]


def test_flags_are_words():
    rows = pd.DataFrame({"score": [9, 8], "late": [True, False]})
    assert AnswerPatterns.of(rows, ["score", "late"]).frame["late"].tolist() == ["no", "yes"]


def test_the_fingerprint_sees_every_count(rows):
    first = AnswerPatterns.of(rows, ["score", "csat"])
    again = AnswerPatterns.of(rows.sample(frac=1, random_state=1), ["score", "csat"])
    other = AnswerPatterns.of(rows.iloc[1:], ["score", "csat"])
    assert first.fingerprint == again.fingerprint != other.fingerprint


@pytest.mark.parametrize(
    ("asked", "options", "text"),
    [
        (["score", "mood"], {}, "no column 'mood'"),
        (["score", "score"], {}, "each once"),
        (["store_id"], {}, "none of them the cluster"),
        (["n"], {}, "cannot be called 'n'"),
        (["score"], {"bins": {"wait": [3]}}, "'wait' is to be cut or named"),
    ],
)
def test_what_is_not_there_is_refused(intake, asked, options, text):
    with pytest.raises(InputError, match=text):
        answer_patterns(intake, asked, **options)


def test_moments_within_customers(rows, intake):
    found = customer_moments(intake, ["welcome", "csat"])
    kept = rows.dropna(subset=["welcome", "csat"])
    points = 100.0 * (kept["score"] >= 9) - 100.0 * (kept["score"] <= 6)
    values = np.column_stack([points, kept["welcome"], kept["csat"]])
    for k, store in enumerate("ABC"):
        own = (kept["store_id"] == store).to_numpy()
        whole = np.column_stack([np.ones(own.sum()), values[own]])
        np.testing.assert_allclose(found.everybody[k], whole.T @ whole)
        who = kept["customer_id"][own].to_numpy()
        twice = pd.Series(who).map(pd.Series(who).value_counts()).to_numpy() > 1
        np.testing.assert_allclose(found.repeated[k], whole[twice].T @ whole[twice])
        mean = pd.DataFrame(values[own][twice]).groupby(who[twice]).transform("mean").to_numpy()
        apart = values[own][twice] - mean
        np.testing.assert_allclose(found.within[k], apart.T @ apart, atol=1e-6)
        assert found.customers[k] == len(set(who[twice]))
    assert found.total == len(rows)


def test_nobody_known_is_nobody_twice():
    rows = pd.DataFrame({"score": [9, 3, 9, 3], "csat": [5, 1, 4, 2], "store_id": "A"})
    rows["customer_id"] = [None, None, 7, 7]
    found = customer_moments(nps.read(rows, quiet=True), ["csat"])
    assert found.customers.tolist() == [1]
    assert found.everybody[0, 0, 0] == 4


def test_purchases_after_the_answer(rows):
    rng = np.random.default_rng(2)
    bought = pd.DataFrame(
        {
            "customer_id": rng.integers(1, 300, 500),
            "amount": 10.0,
            "date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 150, 500), "D"),
        }
    )
    said = nps.read(rows, quiet=True)
    paid = nps.read(bought, table="purchases", beside=said, quiet=True)
    found, early = answers_and_purchases(said, paid, ["score", "csat"], window=40)
    over = rows["date"] + pd.Timedelta(40, "D") <= bought["date"].max()
    again = [
        (
            (bought["customer_id"] == who)
            & (bought["date"] > day)
            & (bought["date"] <= day + pd.Timedelta(40, "D"))
        ).any()
        for who, day in zip(rows["customer_id"][over], rows["date"][over], strict=True)
    ]
    assert early == (~over).sum()
    assert found.total == over.sum()
    assert found.n @ found.frame[BOUGHT].to_numpy() == sum(again)


def test_no_window_is_over(rows):
    said = nps.read(rows, quiet=True)
    bought = pd.DataFrame({"customer_id": [1], "amount": [3.0], "date": ["2025-01-03"]})
    paid = nps.read(bought, table="purchases", beside=said, quiet=True)
    with pytest.raises(InputError, match="nobody knows yet who buys again"):
        answers_and_purchases(said, paid, ["score"], window=60)


def test_means_of_pairs_and_their_chance(rows):
    patterns = AnswerPatterns.of(rows, ["score", "csat"], cluster="store_id")
    found = pair_moments(patterns, "nps", "csat")
    kept = rows.dropna(subset=["csat"])
    for row in found.itertuples():
        own = kept[kept["store_id"] == row.cluster]
        points = 100.0 * (own["score"] >= 9) - 100.0 * (own["score"] <= 6)
        chance = np.cov(points, own["csat"]) / len(own)
        assert [row.x, row.y] == pytest.approx([points.mean(), own["csat"].mean()])
        assert [row.vx, row.vy, row.cxy] == pytest.approx(
            [chance[0, 0], chance[1, 1], chance[0, 1]]
        )


def test_facts_of_stores():
    stores = pd.DataFrame({"store_id": ["A", "B"], "employees": [10, 20]})
    read = nps.read(stores, table="stores", quiet=True)
    pd.testing.assert_frame_equal(
        store_facts(read, ["employees"]), store_facts(stores, ["employees"]), check_dtype=False
    )
    with pytest.raises(InputError, match="no column 'surface'"):
        store_facts(stores, ["surface"])
    with pytest.raises(InputError, match="'A' comes twice"):
        store_facts(pd.concat([stores, stores]), ["employees"])
