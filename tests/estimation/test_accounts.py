"""NPS of business accounts, against R `survey`, plain formulas, and simulated accounts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.accounts import account_sums
from npsstats.estimation.answering.accounts import _numbers

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def rows_of(table):
    """Return a row an answer, from a row an account."""
    rows = []
    for row in table.itertuples():
        passives = row.n - row.detractors - row.promoters
        scores = [3] * row.detractors + [8] * passives + [10] * row.promoters
        rows += [(score, row.account, row.revenue) for score in scores]
    return pd.DataFrame(rows, columns=["score", "account_id", "revenue"])


def read(rows, **options):
    return nps.read(rows, quiet=True, **options)


@pytest.fixture(scope="module")
def answers():
    return read(rows_of(pd.read_csv(GOLDEN / "survey_accounts.csv")), segments=["revenue"])


@pytest.mark.parametrize(
    ("weight", "what"),
    [("respondent", "each answer"), ("account", "each account"), ("revenue", "revenue")],
)
def test_accounts_are_the_clusters_of_survey(answers, weight, what):
    expected = pd.read_csv(GOLDEN / "survey_expected.csv").set_index("what")
    expected = expected.loc[f"accounts by {what}"]
    revenue = "revenue" if weight == "revenue" else None
    row = nps.account_nps(answers, weight=weight, revenue=revenue).frame.iloc[0]
    assert row["estimate"] / 100 == pytest.approx(expected["estimate"], abs=1e-12)
    # survey's factor is G/(G − 1); ours is the one that is right when accounts weigh unequally
    sums, _ = account_sums(answers, None, weight, revenue)
    s = sums.iloc[0]
    share = [s[f"b{k}"] / s["b1"] ** k for k in (2, 3)]
    ours = share[0] / (share[0] - 2 * share[1] + share[0] ** 2)
    theirs = s["accounts"] / (s["accounts"] - 1)
    assert row["std_error"] / 100 == pytest.approx(
        expected["std_error"] * np.sqrt(ours / theirs), rel=1e-9
    )
    if weight == "account":
        assert ours == pytest.approx(theirs)
        assert row["df"] == pytest.approx(59)
    else:
        assert ours > theirs
        assert row["df"] < 59


def test_the_degrees_of_freedom_are_those_of_the_matrices():
    rng = np.random.default_rng(2)
    b, mean = rng.lognormal(0, 1.2, 15), rng.normal(0, 0.4, 15)
    p = b / b.sum()
    residual = np.eye(15) - np.outer(np.ones(15), p)
    kernel = np.diag(p**2) @ residual @ residual.T
    sums = {f"b{k}": np.array([(b**k).sum()]) for k in range(1, 6)}
    sums |= {"a1": np.array([b @ mean]), "a2": np.array([b**2 @ mean**2])}
    sums |= {"ab": np.array([b**2 @ mean]), "accounts": np.array([15.0])}
    others = ("n", "n2", "detractors", "promoters", "between", "largest", "moving")
    found = _numbers(sums | {name: np.array([30.0]) for name in others})
    assert found["df"][0] == pytest.approx(np.trace(kernel) ** 2 / np.trace(kernel @ kernel))
    plain = p**2 @ (residual @ mean) ** 2
    assert found["std_error"][0] ** 2 == pytest.approx(plain * (p @ p) / np.trace(kernel))


def test_the_intraclass_correlation_is_that_of_the_analysis_of_variance(answers):
    rows = answers.accepted.to_pyarrow().to_pandas()
    y = (rows["score"] >= 9).astype(int) - (rows["score"] <= 6).astype(int)
    group = y.groupby(rows["account_id"])
    n, k, sizes = len(y), group.ngroups, group.size()
    between = (sizes * (group.mean() - y.mean()) ** 2).sum() / (k - 1)
    within = ((y - group.transform("mean")) ** 2).sum() / (n - k)
    typical = (n - (sizes**2).sum() / n) / (k - 1)
    expected = (between - within) / (between + (typical - 1) * within)
    frame = nps.account_nps(answers).frame
    assert frame["icc"][0] == pytest.approx(expected)
    assert frame["n"][0] == n


def test_one_answer_an_account_is_the_plain_nps():
    rows = pd.DataFrame({"score": [10] * 50 + [8] * 30 + [2] * 20, "account_id": range(100)})
    frames = [
        nps.account_nps(read(rows), weight=weight).frame for weight in ("account", "respondent")
    ]
    wald = nps.wald([20, 30, 50]).frame
    for frame in frames:
        assert frame["estimate"][0] == pytest.approx(30)
        assert frame["std_error"][0] == pytest.approx(wald["std_error"][0] * np.sqrt(100 / 99))
        assert frame["design_effect"][0] == pytest.approx(100 / 99)
        assert np.isnan(frame["icc"][0])


def test_cells_scales_and_order_do_not_matter(answers):
    rows = answers.accepted.to_pyarrow().to_pandas()
    rows["revenue"] = rows["revenue"].astype(float)
    rows["store_id"] = np.where(rows["account_id"].astype(int) % 2, "odd", "even")
    shuffled = rows.sample(frac=1, random_state=1).assign(revenue=rows["revenue"] * 1e3)
    one, other = (
        nps.account_nps(
            read(part, segments=["revenue"]), "store_id", weight="revenue", revenue="revenue"
        ).frame
        for part in (rows, shuffled)
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)
    assert one["store_id"].tolist() == ["even", "odd"]
    alone = rows[rows["store_id"] == "odd"].drop(columns="store_id")
    alone = read(alone, segments=["revenue"])
    alone = nps.account_nps(alone, weight="revenue", revenue="revenue").frame
    columns = ["estimate", "std_error", "lower", "upper", "df"]
    assert one[columns].iloc[1].to_numpy(float) == pytest.approx(
        alone[columns].iloc[0].to_numpy(float)
    )


def test_few_lone_and_heavy_accounts_are_said():
    lone = nps.account_nps(read(pd.DataFrame({"score": [9, 3, 10], "account_id": ["A"] * 3})))
    assert lone.frame[["lower", "upper"]].to_numpy().tolist() == [[-100, 100]]
    assert "single account" in lone.diagnostics[0]
    three = pd.DataFrame(
        {
            "score": [10, 10, 10, None, 4],
            "account_id": ["A", "B", "C", "D", None],
            "r": [9e6, 1, 2, 3, 4],
        }
    )
    result = nps.account_nps(read(three, segments=["r"]), weight="revenue", revenue="r")
    assert any("fewer than 20 accounts" in text for text in result.diagnostics)
    assert any("100% of the weight" in text for text in result.diagnostics)
    assert any("1 answers without an account" in text for text in result.diagnostics)
    assert result.frame["estimate"][0] == 100
    assert result.frame["lower"][0] < 60
    nobody = read(three.assign(r=0), segments=["r"])
    with pytest.raises(nps.InputError, match="'r' is 0 for every account"):
        nps.account_nps(nobody, weight="revenue", revenue="r")


def test_what_cannot_be_used_is_refused(answers):
    with pytest.raises(nps.InputError, match="no column 'account_id'"):
        nps.account_nps(read(pd.DataFrame({"score": [9]})))
    with pytest.raises(nps.InputError, match="belong together"):
        nps.account_nps(answers, weight="revenue")
    with pytest.raises(nps.InputError, match="`weight` must be one of 'account'"):
        nps.account_nps(answers, weight="size")
    with pytest.raises(nps.InputError, match="No answer has an account"):
        nps.account_nps(read(pd.DataFrame({"score": [9, 2], "account_id": [None, None]})))
    low = pd.DataFrame({"score": [9, 2], "account_id": ["A", "B"], "r": [-1, 2]})
    with pytest.raises(nps.InputError, match="at least 0, got -1"):
        nps.account_nps(read(low, segments=["r"]), weight="revenue", revenue="r")
    with pytest.raises(nps.InputError, match="1 accounts have no number in 'r'"):
        nps.account_nps(
            read(low.assign(r=["x", "2"]), segments=["r"]), weight="revenue", revenue="r"
        )


def simulated(rng, accounts, skew):
    """Return sums of simulated accounts; the truth of each weighting is 0 by symmetry."""
    size = 1 + rng.poisson(2, accounts)
    mood = rng.normal(0, 1, accounts)
    b = rng.lognormal(0, skew, accounts)
    y = [rng.choice([-1, 0, 1], n, p=_odds(m)) for n, m in zip(size, mood, strict=True)]
    mean = np.array([part.mean() for part in y])
    moving = np.array([np.abs(part).mean() for part in y])
    sums = {f"b{k}": (b**k).sum() for k in range(1, 6)}
    flat = np.concatenate(y)
    return sums | {
        "a1": b @ mean, "a2": b**2 @ mean**2, "ab": b**2 @ mean, "accounts": accounts,
        "n": size.sum(), "n2": (size**2).sum(), "detractors": (flat < 0).sum(),
        "promoters": (flat > 0).sum(), "between": size @ mean**2, "moving": b @ moving,
        "largest": b.max(),
    }  # fmt: skip


def _odds(mood):
    weight = np.exp([-mood, 0.2, mood])
    return weight / weight.sum()


@pytest.mark.parametrize(("accounts", "skew"), [(60, 0.0), (60, 1.0), (12, 0.8)])
def test_intervals_hold_the_truth(accounts, skew):
    from npsstats.estimation.answering.weighted import limits_of

    rng = np.random.default_rng(5)
    table = pd.DataFrame([simulated(rng, accounts, skew) for _ in range(1500)])
    found = _numbers({name: table[name].to_numpy(float) for name in table})
    shares = np.stack([found["down"], 1 - found["down"] - found["up"], found["up"]], axis=1)
    limits = limits_of(
        shares, found["std_error"], found["n_effective"], found["df"], "adjusted_wald", 0.95
    )
    held = ((limits.lower <= 0) & (limits.upper >= 0)).mean()
    assert 0.93 < held < 0.985
    # the standard error is that of the estimates
    assert np.sqrt((found["std_error"] ** 2).mean()) == pytest.approx(
        found["estimate"].std(), rel=0.08
    )


def test_revenue_that_is_zero_everywhere_is_refused():
    answers = pd.DataFrame({"score": [9, 3, 10], "account_id": ["a", "a", "b"], "worth": [0, 0, 0]})
    with pytest.raises(nps.InputError, match="'worth' is 0 for every account"):
        nps.account_nps(answers, by=None, weight="revenue", revenue="worth")
    with pytest.raises(nps.InputError, match="belong together"):
        nps.account_nps(answers, by=None, weight="revenue")
