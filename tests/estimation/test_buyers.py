"""Buyers and non-buyers, counted and compared."""

import numpy as np
import pandas as pd
import pytest

import npsstats as nps


@pytest.fixture(scope="module")
def made():
    return nps.simulate(12, 12, 4000, seed=6)


def intakes(made):
    sent = nps.read(made.invitations, table="invitations", quiet=True)
    bought = nps.read(made.purchases, table="purchases", beside=sent, quiet=True)
    came = nps.read(made.responses, beside=sent, quiet=True)
    return sent, bought, came


@pytest.mark.parametrize("when", ["before", "after"])
def test_buyers_are_those_that_pandas_finds(made, when):
    sent, bought, came = intakes(made)
    found = nps.count_buyers(sent, bought, responses=came, window=30, when=when)
    asked = made.invitations[["invitation_id", "customer_id", "date", "answered"]]
    if when == "after":
        asked = asked[asked["date"] + pd.Timedelta(days=30) <= made.purchases["date"].max()]
    pairs = asked.merge(
        made.purchases[["customer_id", "date"]], on="customer_id", suffixes=("", "_p")
    )
    days = (pairs["date_p"] - pairs["date"]).dt.days
    inside = days.between(-30, 0) if when == "before" else days.between(1, 30)
    buyers = asked["invitation_id"].isin(pairs.loc[inside, "invitation_id"])
    frame = found.frame.set_index("buyer")
    assert frame.loc["buyer", "invited"] == buyers.sum()
    assert frame.loc["non-buyer", "invited"] == (~buyers).sum()
    assert frame.loc["buyer", "answered"] == (buyers & asked["answered"]).sum()
    both = nps.count_buyers(sent, bought, responses=came, window=30, when=when, by="channel")
    assert both.by("buyer").invited.tolist() == found.invited.tolist()
    result = nps.compare_buyers(found)
    assert result.frame["group"].tolist()[2:] == ["difference", "customer base"]
    assert "customer base" in result.headline()


def counted(first, second, invited):
    cells = pd.DataFrame({"buyer": ["buyer", "non-buyer"]})
    rows = [[d] + [0] * 6 + [s, 0, p, 0] for d, s, p in (first, second)]
    scores = nps.ScoreCounts(rows, cells)
    return nps.InvitationCounts(cells, np.array(invited), scores.n, scores)


def test_the_base_is_the_mean_by_numbers_of_customers():
    counts = counted((10, 30, 60), (20, 10, 20), (400, 600))
    base = nps.compare_buyers(counts).frame.iloc[3]
    assert base["estimate"] == pytest.approx(0.4 * 50 + 0.6 * 0)
    assert base["nps"] == pytest.approx(50 * 100 / 150)
    given = {"buyer": 0.1, "non-buyer": 0.9}
    assert nps.compare_buyers(counts, population=given).frame["estimate"][3] == pytest.approx(5)


def test_limits_of_rates_are_those_of_statsmodels():
    from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

    frame = nps.compare_buyers(counted((10, 30, 60), (20, 10, 20), (400, 600))).frame
    low, high = proportion_confint(
        np.array([100, 50, 150]), np.array([400, 600, 1000]), method="wilson"
    )
    rows = frame.iloc[[0, 1, 3]]
    assert rows["rate_lower"].to_numpy() == pytest.approx(low)
    assert rows["rate_upper"].to_numpy() == pytest.approx(high)
    gap = confint_proportions_2indep(100, 400, 50, 600, method="newcomb", compare="diff")
    assert tuple(frame.loc[2, ["rate_lower", "rate_upper"]]) == pytest.approx(gap)
    difference = nps.difference([10, 30, 60], [20, 10, 20]).frame.iloc[0]
    assert frame["lower"][2] == pytest.approx(difference["lower"])


def test_what_cannot_be_compared_is_refused(made):
    sent, bought, came = intakes(made)
    with pytest.raises(nps.InputError, match="needs invitations with scores"):
        nps.compare_buyers(nps.count_buyers(sent, bought))
    with pytest.raises(nps.InputError, match="no answers of 'non-buyer'"):
        nps.compare_buyers(counted((1, 2, 3), (0, 0, 0), (10, 10)))
    with pytest.raises(nps.InputError, match="nobody knows yet"):
        nps.count_buyers(sent, bought, window=4000)
    with pytest.raises(nps.InputError, match="`when` must be one of"):
        nps.count_buyers(sent, bought, when="during")
    three = nps.count_invitations(sent, "channel", responses=came)
    with pytest.raises(nps.InputError, match="must have two labels, got app, email, sms"):
        nps.compare_buyers(three, key="channel")
    with pytest.raises(nps.InputError, match="one of 'channel', got 'buyer'"):
        nps.compare_buyers(three)
