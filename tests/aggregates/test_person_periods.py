"""Person-periods are those that a loop over customers and months would write down."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.departures import contract, rhythm, silence
from npsstats.aggregates.person_periods import person_periods
from npsstats.checks import InputError

START, END = date(2024, 1, 1), date(2025, 6, 30)


def month(day: date) -> int:
    return 12 * day.year + day.month - 1


def label(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"


def band(age: int, edges: tuple[int, ...]) -> str:
    starts = [0, *edges]
    place = sum(age >= edge for edge in edges)
    if place == len(edges):
        return f"{starts[-1]}+"
    low, high = starts[place], edges[place] - 1
    return f"{low}" if low == high else f"{low}-{high}"


@pytest.fixture(scope="module")
def network():
    """Return purchases and answers of 60 customers of three stores."""
    rng = np.random.default_rng(5)
    bought, told = [], []
    for customer in range(60):
        day = START + timedelta(days=int(rng.integers(0, 200)))
        gap = rng.choice([10, 30, 70])
        while day <= END:
            bought.append((customer, day, round(float(rng.gamma(2, 20)), 2), "ABC"[customer % 3]))
            if rng.random() < 0.3:
                after = day + timedelta(days=int(rng.integers(0, 40)))
                told.append((customer, after, int(rng.integers(0, 11)), "ABC"[customer % 3]))
            if rng.random() < 0.06:
                break
            day += timedelta(days=1 + int(rng.exponential(gap)))
    purchases = pd.DataFrame(bought, columns=["customer_id", "date", "amount", "store_id"])
    responses = pd.DataFrame(told, columns=["customer_id", "date", "score", "store_id"])
    responses = responses[responses["date"] <= END]
    for frame in (purchases, responses):
        frame["date"] = pd.to_datetime(frame["date"])
    return purchases, responses.sample(frac=1, random_state=1)


def by_hand(purchases, responses, threshold, end):
    """Return a row a person-month, one customer after another."""
    rows = []
    for customer, mine in purchases.groupby("customer_id"):
        days = sorted(stamp.date() for stamp in mine["date"])
        left, horizon = None, None
        for i, day in enumerate(days):
            silent = threshold(i, (day - days[0]).days)
            following = days[i + 1] if i + 1 < len(days) else end
            if day + timedelta(days=silent) <= end:
                horizon = max(horizon or date.min, end - timedelta(days=silent))
            if left is None and (following - day).days > silent:
                left = day
        if horizon is None:
            continue
        # the first month that begins while something is undecided is no longer followed
        stop = month(horizon + timedelta(days=1)) + 1
        event = left is not None and month(left) + 2 <= stop
        stop = month(left) + 2 if event else stop
        answers = responses[responses["customer_id"] == customer].sort_values(["date", "score"])
        answers = [(month(r.date), r.score) for r in answers.itertuples()]
        spent = [(month(r.date), r.amount) for r in mine.itertuples()]
        home = mine.sort_values("date")["store_id"].iloc[0]
        for now in range(month(days[0]) + 1, stop):
            known = [answer for answer in answers if answer[0] < now]
            before = [each for each in spent if each[0] < now]
            row = {
                "period": label(now),
                "tenure": band(now - month(days[0]) - 1, (3, 6)),
                "store_id": home,
                "event": int(event and now == stop - 1),
                "recency": band(now - max(each[0] for each in before) - 1, (1, 4)),
                "frequency": ["1", "2-3", "4-9", "10+"][
                    np.searchsorted([2, 4, 10], len(before), "right")
                ],
                "monetary": "under 40"
                if sum(each[1] for each in before) < 40 * len(before)
                else "40 and more",
                "category": "never answered",
                "score_age": "never answered",
                "move": "fewer than two answers",
                "answers": str(len(known)) if len(known) < 3 else "3+",
            }
            if known:
                s = known[-1][1]
                row["category"] = ("super-detractor", "detractor", "passive", "promoter")[
                    int(s > 2) + int(s > 6) + int(s > 8)
                ]
                row["score_age"] = band(now - known[-1][0] - 1, (1, 4))
            if len(known) > 1:
                change = known[-1][1] - known[-2][1]
                row["move"] = "same" if change == 0 else "rise" if change > 0 else "fall"
            rows.append(row)
    return pd.DataFrame(rows)


_WRITTEN: dict[str, pd.DataFrame] = {}


def written_down(network, churn):
    def threshold(n, span):
        return churn.days if hasattr(churn, "days") else int(np.ceil(churn.threshold(n, span)))

    if churn.words not in _WRITTEN:
        last = network[0]["date"].max().date()
        _WRITTEN[churn.words] = by_hand(*network, threshold, last)
    return _WRITTEN[churn.words]


def counted(frame, keys):
    grouped = frame.groupby(keys)["event"].agg(["size", "sum"])
    return {
        key: tuple(map(int, row))
        for key, row in zip(grouped.index, grouped.to_numpy(), strict=True)
    }


def of_cells(cells, keys):
    frame = cells.frame.astype(dict.fromkeys(keys, str))
    grouped = frame.groupby(keys)[["at_risk", "events"]].sum()
    return {
        key: tuple(map(int, row))
        for key, row in zip(grouped.index, grouped.to_numpy(), strict=True)
    }


def read(network):
    purchases = nps.read(network[0], table="purchases", quiet=True)
    return purchases, nps.read(network[1], beside=purchases, quiet=True)


@pytest.mark.parametrize(
    "covariates",
    [
        ["category", "score_age", "move", "answers"],
        ["category", "recency"],
        ["frequency", "monetary", "category"],
        [],
    ],
)
@pytest.mark.parametrize("churn", [silence(90), rhythm(0.05, per="silence", shape=1.5, rate=30.0)])
def test_cells_are_those_of_a_loop(network, churn, covariates):
    keys = ["period", "tenure", *covariates, "store_id"]
    wanted = counted(written_down(network, churn), keys)
    cells = person_periods(
        *read(network), churn=churn, covariates=covariates, tenure=(3, 6), ages=(1, 4), spent=(40,)
    )
    assert of_cells(cells, keys) == wanted
    assert cells.events.sum() > 10
    assert cells.churn == churn.words


def test_the_rhythm_of_a_year_is_that_of_a_loop(network):
    churn = rhythm(0.2, shape=1.5, rate=30.0, longest=200)
    keys = ["period", "store_id"]
    cells = person_periods(*read(network), churn=churn, covariates=[])

    def threshold(n, span):
        return min(int(np.ceil(churn.threshold(n, span))), 200)

    wanted = by_hand(*network, threshold, network[0]["date"].max().date())
    assert of_cells(cells, keys) == counted(wanted, keys)


def test_what_is_brought_back_is_no_purchase_and_ids_may_be_text(network):
    purchases, responses = network
    back = purchases.iloc[::7].assign(amount=-5.0)
    back["date"] += pd.Timedelta(days=45)
    both = pd.concat([purchases, back[back["date"] <= purchases["date"].max()]])
    text = responses.assign(customer_id=responses["customer_id"].astype(str))
    one = person_periods(*read((purchases, responses)), churn=silence(90))
    other = person_periods(*read((both, text)), churn=silence(90))
    assert of_cells(other, one.keys) == of_cells(one, one.keys)


def test_sources_of_every_kind_give_the_same_cells(network, tmp_path, capsys):
    expected = person_periods(*read(network), churn=silence(90))
    paths = []
    for name, frame in zip(("purchases", "responses"), network, strict=True):
        frame.to_parquet(tmp_path / f"{name}.parquet", index=False)
        paths.append(tmp_path / f"{name}.parquet")
    assert person_periods(*paths, churn=silence(90)).fingerprint == expected.fingerprint
    assert person_periods(*network, churn=silence(90)).fingerprint == expected.fingerprint
    capsys.readouterr()


def test_customers_of_a_closing_store_are_censored_there(network):
    purchases, responses = network
    stores = pd.DataFrame({"store_id": ["A", "B"], "closed": pd.to_datetime(["2024-12-31", None])})
    bought = nps.read(purchases, table="purchases", quiet=True)
    told = nps.read(responses, beside=bought, quiet=True)
    shops = nps.read(stores, table="stores", beside=bought, quiet=True)
    cells = person_periods(bought, told, stores=shops, churn=silence(90), covariates=[])
    whole = person_periods(bought, told, churn=silence(90), covariates=[])
    of_a = cells.only(store_id="A").by("period").frame
    # 31 December less 90 days is 2 October: September's purchases are decided, October's not
    assert str(of_a["period"].max()) == "2024-10"
    assert of_cells(cells.only(store_id=["B", "C"]), ["period"]) == of_cells(
        whole.only(store_id=["B", "C"]), ["period"]
    )
    early = pd.DataFrame(purchases[purchases["date"] <= "2024-12-31"])
    alone = nps.read(early[early["store_id"] == "A"], table="purchases", quiet=True)
    same = person_periods(alone, churn=silence(90), covariates=[], until=date(2024, 12, 31))
    assert of_cells(same, ["period"]) == of_cells(cells.only(store_id="A"), ["period"])


def test_cells_add_and_keep_their_labels(network):
    purchases, responses = network
    whole = person_periods(*read(network), churn=silence(90), until=END)
    parts = []
    for half in (purchases["customer_id"] < 30, purchases["customer_id"] >= 30):
        mine = purchases[half]
        told = responses[responses["customer_id"].isin(mine["customer_id"])]
        parts.append(person_periods(*read((mine, told)), churn=silence(90), until=END))
    both = parts[0] + parts[1]
    keys = whole.keys
    assert of_cells(both, keys) == of_cells(whole, keys)
    assert both.customers == whole.customers
    early, late = whole.split("2024-09")
    assert early.at_risk.sum() + late.at_risk.sum() == whole.at_risk.sum()
    assert set(late.frame["period"].astype(str)) == {
        name for name in set(whole.frame["period"].astype(str)) if name >= "2024-09"
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"churn": silence(90), "covariates": ["colour"]}, "`covariates`: there is no 'colour'"),
        ({"churn": contract("a", "b")}, "hand over `accounts`"),
        ({"churn": silence(90), "covariates": ["resolution"]}, "Hand over `contacts`"),
        ({"churn": silence(90), "period": "decade"}, "`period` must be one of"),
        ({"churn": silence(900)}, "Nobody is at risk in any whole period"),
        ({"churn": silence(90), "ages": (3, 3)}, "`ages` must rise"),
        ({"churn": silence(90), "super_cut": 6}, "`super_cut` must be a score from 0 to 5"),
    ],
)
def test_what_cannot_be_counted_is_refused(network, arguments, text):
    with pytest.raises(InputError, match=text):
        person_periods(*read(network), **arguments)
