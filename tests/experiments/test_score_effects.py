"""Scores against R and SciPy on the same answers, their directions, and arms at the edge."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import npsstats as nps
from npsstats import InputError
from npsstats.experiments.scores import score
from npsstats.experiments.scores.cumulative_odds import cumulative_odds
from npsstats.experiments.scores.superiority import superiority, superiority_of

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "scores.csv", comment="#").set_index("case")
ARMS = pd.read_csv(HERE / "scores_arms.csv").set_index(["case", "arm"])
CASES = list(GOLDEN.index)
SUPERIOR, ODDS = "probability of superiority", "cumulative odds ratio"


def arms(case):
    return tuple(ARMS.loc[(case, arm)].to_numpy(float) for arm in ("called", "ignored"))


def counts(*rows, names=("called", "ignored", "mailed")):
    cells = pd.DataFrame({"arm": list(names[: len(rows)])})
    return nps.ScoreCounts(np.array(rows, dtype=int), cells)


def at(**scores):
    row = np.zeros(11, dtype=int)
    for name, n in scores.items():
        row[int(name[1:])] = n
    return row


def rows_of(side):
    return np.repeat(np.arange(11), side.astype(int))


@pytest.mark.parametrize("case", CASES)
def test_the_odds_ratio_agrees_with_clm(case):
    found, golden = cumulative_odds(*arms(case), 0.95), GOLDEN.loc[case]
    assert found.log_ratio == pytest.approx(golden["log_ratio"], abs=1e-7)
    assert found.std_error == pytest.approx(golden["std_error"], rel=1e-6)
    # clm interpolates its profile
    assert found.lower == pytest.approx(golden["lower"], abs=1e-3 * golden["std_error"] * 4)
    assert found.upper == pytest.approx(golden["upper"], abs=1e-3 * golden["std_error"] * 4)
    assert found.p_value == pytest.approx(golden["p"], rel=1e-7)
    assert found.p_proportional == pytest.approx(golden["p_uneven"], rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_superiority_agrees_with_scipy_and_coin(case):
    one, two = arms(case)
    effects = score(counts(one, two), control="ignored")
    row = effects.row(SUPERIOR)
    a, b = rows_of(one), rows_of(two)
    exact = (a[:, None] > b).mean() + (a[:, None] == b).mean() / 2
    assert row["estimate"] == pytest.approx(exact)
    golden = stats.brunnermunzel(b, a)
    assert row["p_value"] == pytest.approx(golden.pvalue, rel=1e-9)
    assert row["std_error"] == pytest.approx((exact - 0.5) / golden.statistic, rel=1e-9)
    ranks = effects.row(SUPERIOR, "rank-sum test (Wilcoxon)")
    assert ranks["p_value"] == pytest.approx(GOLDEN.loc[case, "p_ranks"], rel=1e-9)
    # the limits are as far from the estimate in log odds, and inside 0 and 1
    odds = np.log(row[["lower", "estimate", "upper"]].to_numpy(float))
    odds -= np.log1p(-row[["lower", "estimate", "upper"]].to_numpy(float))
    assert odds[2] - odds[1] == pytest.approx(odds[1] - odds[0])


@pytest.mark.parametrize("case", CASES)
def test_nps_shares_and_means(case):
    one, two = arms(case)
    effects = score(counts(one, two), control="ignored")
    plain = nps.difference(*(side.reshape(1, -1) for side in _three(one, two))).frame.iloc[0]
    row = effects.row("NPS difference")
    assert (
        row[["estimate", "lower", "upper"]].tolist()
        == plain[["estimate", "lower", "upper"]].tolist()
    )
    bayes = effects.row("NPS difference", "Dirichlet posterior")
    assert bayes["probability"] == plain["p_first_greater"]
    share = effects.row("detractor share difference")["estimate"]
    promoters = effects.row("promoter share difference")["estimate"]
    assert row["estimate"] == pytest.approx(100 * (promoters - share))
    welch = stats.ttest_ind(rows_of(one), rows_of(two), equal_var=False)
    mean = effects.row("mean score difference", "Welch")
    assert mean["p_value"] == pytest.approx(welch.pvalue)
    assert mean["upper"] == pytest.approx(welch.confidence_interval().high)


def _three(*sides):
    return [np.add.reduceat(side, [0, 7, 9]).astype(int) for side in sides]


def test_posteriors_are_those_of_their_dirichlets():
    one, two = arms("few")
    effects = score(counts(one, two), control="ignored", seed=3)
    again = score(counts(one, two), control="ignored", seed=3)
    pd.testing.assert_frame_equal(effects.frame, again.frame)
    row = effects.row("mean score difference", "Dirichlet posterior, by draws")
    means, variances = [], []
    for side in (one, two):
        law = stats.dirichlet(side + 0.5)
        means.append(law.mean() @ np.arange(11))
        variances.append(np.arange(11) @ law.cov() @ np.arange(11))
    assert row["estimate"] == pytest.approx(means[0] - means[1], abs=0.03)
    assert row["std_error"] == pytest.approx(np.sqrt(sum(variances)), rel=0.02)
    beats = effects.row(SUPERIOR, "Dirichlet posterior, by draws")
    # shares of two arms are independent: the mean of the product is that of the means
    expected = superiority_of(*(stats.dirichlet(side + 0.5).mean() for side in (one, two)))
    assert beats["estimate"] == pytest.approx(float(expected), abs=0.003)
    assert 0.9 < beats["probability"] < 1


def test_directions():
    one, two = arms("shift")
    there = score(counts(one, two), control="ignored").frame
    back = score(counts(one, two), control="called").frame
    assert there["estimate"].iloc[0] > 0 > back["estimate"].iloc[0]
    turned = {ODDS: lambda x: 1 / x, SUPERIOR: lambda x: 1 - x}
    for a, b in zip(there.itertuples(), back.itertuples(), strict=True):
        turn = turned.get(a.estimand, lambda x: -x)
        close = 0.05 if "draws" in a.method else 2e-3
        assert a.estimate == pytest.approx(turn(b.estimate), abs=close), a.method
        if not np.isnan(a.lower):
            assert a.lower == pytest.approx(turn(b.upper), abs=close), a.method
        if not np.isnan(a.probability):
            assert a.probability + b.probability == pytest.approx(1, abs=0.01)
            assert a.probability > 0.5 or a.estimand.startswith("detractor")


def test_uneven_shifts_are_told():
    effects = score(counts(*arms("polarized")), control="ignored")
    doubt = next(text for text in effects.diagnostics if "whole scale" in text)
    assert "for 7 or more" in doubt
    assert "for 9 or more" in doubt
    even = score(counts(*arms("many")), control="ignored")
    assert not any("whole scale" in text for text in even.diagnostics)


def test_arms_that_do_not_overlap():
    high, low = at(s9=3, s10=4), at(s1=2, s2=5)
    effects = score(counts(high, low), control="ignored")
    odds = effects.row(ODDS)
    assert np.isinf([odds["estimate"], odds["upper"]]).all()
    assert odds["lower"] > 10
    assert 0 < odds["p_value"] < 1e-3
    row = effects.row(SUPERIOR)
    assert row["estimate"] == 1
    assert np.isnan([row["lower"], row["upper"], row["p_value"]]).all()
    posterior = effects.row(SUPERIOR, "Dirichlet posterior, by draws")
    assert 0.5 < posterior["lower"] < posterior["upper"] < 1
    assert 0.99 < posterior["probability"] < 1
    assert (
        sum(
            "do not overlap" in text or "read the posterior" in text for text in effects.diagnostics
        )
        == 2
    )
    # the profile's limit is where twice the log-likelihood has fallen by the quantile
    one, two = high.astype(float), low.astype(float)
    narrow = np.log(score(counts(high, low), control="ignored", level=0.8).row(ODDS)["lower"])
    assert narrow > cumulative_odds(one, two, 0.95).lower


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (at(s9=3), at(s9=5)),
        (at(s9=1), at(s1=1)),
        (at(s10=3), at(s1=2, s10=3)),
        (at(s5=3), at(s1=2, s10=3)),
        (at(s0=1, s10=5000), at(s0=5000, s10=1)),
    ],
)
def test_arms_at_the_edge_give_rows_without_false_certainty(one, two):
    frame = score(counts(one, two), control="ignored").frame
    assert (frame["p_value"].dropna() > 0).all()
    inside = frame["probability"].dropna()
    assert ((inside >= 0) & (inside <= 1)).all()
    limits = frame.dropna(subset=["lower", "upper"])
    assert (limits["lower"] <= limits["estimate"] + 1e-9).all()
    assert (limits["estimate"] <= limits["upper"] + 1e-9).all()


def test_millions_of_answers():
    one, two = (side * 1e6 for side in arms("shift"))
    small, large = cumulative_odds(*arms("shift"), 0.95), cumulative_odds(one, two, 0.95)
    assert large.log_ratio == pytest.approx(small.log_ratio, abs=1e-7)
    assert large.std_error == pytest.approx(small.std_error / 1e3, rel=1e-6)
    assert score(counts(one, two), control="ignored").frame["p_value"].min() > 0


def test_superiority_covers_and_does_not_reject_too_often():
    rng = np.random.default_rng(8)
    p, q = (
        np.array(ARMS.loc[("shift", "called")]) / 120,
        np.array(ARMS.loc[("shift", "ignored")]) / 106,
    )
    truth = float(superiority_of(p, q))
    held = rejected = 0
    for _ in range(600):
        one, two, same = (
            rng.multinomial(n, law).astype(float) for n, law in ((40, p), (25, q), (30, q))
        )
        found = superiority(one, two, 0.95)
        held += found.lower < truth < found.upper
        rejected += superiority(same, two, 0.95).p_value < 0.05
    assert 0.93 < held / 600 < 0.98
    assert 0.03 < rejected / 600 < 0.075


def test_errors_say_the_remedy():
    with pytest.raises(InputError, match="none named 'arm'"):
        score(nps.ScoreCounts([at(s1=1), at(s2=1)]), control="1")
    with pytest.raises(InputError, match="Arm 'ignored' has no answers"):
        score(counts(at(s1=1), at()), control="ignored")
    three = score(counts(at(s1=4, s9=2), at(s2=3, s10=5), at(s5=6, s8=1)), control="ignored")
    assert three.frame["arm"].unique().tolist() == ["called", "mailed"]
