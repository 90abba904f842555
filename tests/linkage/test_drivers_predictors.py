"""Questions as predictors: by hand with scikit-learn, known truth, Fieller, refusals."""

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.driving.foretelling import Rows, foretell
from npsstats.linkage.driving.predictor_tables import fieller
from npsstats.linkage.driving.predictors import predictors_compared


def made_up(n=3000, stores=30, seed=1):
    rng = np.random.default_rng(seed)
    mood = rng.normal(size=n)
    rows = pd.DataFrame({"store_id": np.arange(n) % stores})
    rows["score"] = np.clip(np.round(7.5 + 1.5 * mood + rng.normal(size=n)), 0, 10)
    rows["csat"] = np.clip(np.round(3.5 + mood + rng.normal(size=n)), 1, 5)
    rows["ces"] = np.clip(np.round(4.5 + mood + 3 * rng.normal(size=n)), 1, 7)
    rows["bought_again"] = 1.0 * (rng.random(n) < 1 / (1 + np.exp(-mood)))
    rows["growth"] = 2 * mood + rng.normal(size=n)
    return rows


@pytest.fixture(scope="module")
def rows():
    return made_up()


def by_hand(rows, column, fold):
    """Return held-out log density and rank, from scikit-learn without a penalty."""
    from sklearn.linear_model import LogisticRegression

    y = rows["bought_again"].to_numpy()
    density, chance, rank = np.zeros((3, len(rows)))
    for k in np.unique(fold):
        out = fold == k
        if column is None:
            chance[out] = y[~out].mean()
        else:
            x = rows[[column]].to_numpy()
            fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[~out], y[~out])
            chance[out] = fit.predict_proba(x[out])[:, 1]
            rank[out] = (x[out] - x[~out].mean())[:, 0] * fit.coef_[0, 0]
        density[out] = np.where(y[out] == 1, np.log(chance[out]), np.log1p(-chance[out]))
    return density, rank


def test_density_and_concordance_by_hand(rows):
    from sklearn.metrics import roc_auc_score

    fold = rows["store_id"].to_numpy() % 5
    unit = rows["store_id"].to_numpy()
    y = rows["bought_again"].to_numpy()
    data = Rows(y, np.ones(len(y)), unit, fold, np.ones(30))
    found = foretell(rows[["csat"]].to_numpy(float), data)
    density, rank = by_hand(rows, "csat", fold)
    np.testing.assert_allclose(found.log_density, np.bincount(unit, density), rtol=1e-5)
    # scikit-learn stops a little short of the maximum, which breaks ties otherwise
    assert found.concordance == pytest.approx(roc_auc_score(y, rank.round(6)), abs=1e-3)


def test_concordance_has_the_error_of_a_jackknife(rows):
    data = rows.rename(columns={"bought_again": "y"})
    found = predictors_compared(data, "y", ["score", "csat"], folds=2).frame.iloc[0]
    fold = np.zeros(len(rows), dtype=int)
    one = Rows(data["y"].to_numpy(), np.ones(len(rows)), data["store_id"].to_numpy(), fold, None)
    areas = []
    from sklearn.metrics import roc_auc_score

    for store in range(30):
        kept = data["store_id"] != store
        areas.append(roc_auc_score(one.y[kept], data["score"][kept]))
    error = np.sqrt(29 / 30 * ((np.array(areas) - np.mean(areas)) ** 2).sum())
    reach = (found["concordance_upper"] - found["concordance_lower"]) / 2 / 2.045
    assert reach == pytest.approx(error, rel=0.1)
    assert found["concordance"] == pytest.approx(roc_auc_score(one.y, data["score"]), abs=0.005)


def test_the_better_question_wins(rows):
    found = predictors_compared(rows, "bought_again", ["score", "csat", "ces"], reference="ces")
    assert (found.frame["lower"] > 0).all()
    pair = found.pairs.set_index("predictor").loc["score"]
    assert pair["lower"] > 0
    assert 1 < pair["ratio_lower"] < pair["ratio"] < pair["ratio_upper"]
    assert pair["concordance"] > 3 * pair["concordance_error"]
    assert found.headline().startswith("score foretells bought_again best on held-out answers: ")
    assert "times" in found.headline()
    gap = found.frame.set_index("predictor")["estimate"]
    assert pair["difference"] == pytest.approx(gap["score"] - gap["ces"])
    assert pair["ratio"] == pytest.approx(gap["score"] / gap["ces"])


def test_noise_gains_nothing_held_out_and_something_inside():
    rows = made_up(1500)
    rows["noise"] = np.random.default_rng(3).integers(1, 40, 1500).astype(float)
    found = predictors_compared(rows, "bought_again", ["noise", "csat"], steps=True)
    told = found.frame.set_index("predictor").loc["noise"]
    assert told["estimate"] < 0 < told["r2_in_sample"]
    assert np.isnan(found.pairs["ratio_lower"].iloc[0])
    assert found.diagnostics[0].startswith("The reference may foretell nothing")


def test_a_number_as_outcome(rows):
    import statsmodels.api as sm

    found = predictors_compared(rows, "growth", ["score", "csat"])
    fit = sm.OLS(rows["growth"], sm.add_constant(rows[["score"]])).fit()
    told = found.frame.set_index("predictor").loc["score"]
    assert told["r2_in_sample"] == pytest.approx(fit.rsquared, rel=1e-3)
    # nats an answer of a normal line: half the logarithm of what variance is left
    assert told["estimate"] / 1000 == pytest.approx(-0.5 * np.log(1 - fit.rsquared), rel=0.02)
    assert told["concordance"] > 0.8


def test_nps_is_made_of_the_score(rows):
    found = predictors_compared(rows, "bought_again", ["nps", "score"])
    own = rows.assign(
        nps=np.select([rows["score"] <= 6, rows["score"] <= 8], ["d", "p"], "q").astype(object)
    )
    other = predictors_compared(own, "bought_again", ["nps", "score"])
    np.testing.assert_allclose(found.frame["estimate"], other.frame["estimate"], rtol=1e-6)


def test_answers_alone(rows):
    found = predictors_compared(rows, "bought_again", ["score", "csat"], cluster=None)
    patterns = AnswerPatterns.of(rows, ["score", "csat", "bought_again"])
    again = predictors_compared(patterns, "bought_again", ["score", "csat"])
    pd.testing.assert_frame_equal(found.frame, again.frame)
    assert found.frame["n"].iloc[0] == len(rows)
    clustered = predictors_compared(rows, "bought_again", ["score", "csat"])
    np.testing.assert_allclose(found.frame["estimate"], clustered.frame["estimate"], rtol=0.1)
    np.testing.assert_allclose(found.frame["std_error"], clustered.frame["std_error"], rtol=0.5)


def test_fieller_holds_the_ratios_that_are_not_refused():
    both, covariance = np.array([3.0, 1.0]), np.array([[0.05, 0.01], [0.01, 0.02]])
    low, high = fieller(both, covariance, 1.96)
    for ratio in (low, high):
        z = (both[0] - ratio * both[1]) / np.sqrt(
            covariance[0, 0] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[1, 1]
        )
        assert abs(z) == pytest.approx(1.96)
    assert all(np.isnan(fieller(np.array([3.0, 0.2]), covariance, 1.96)))


def test_blanks_are_told(rows):
    holes = rows.copy()
    holes.loc[:99, "ces"] = np.nan
    found = predictors_compared(holes, "bought_again", ["score", "ces"])
    assert found.frame["n"].tolist() == [2900, 2900]
    assert any("100 of 3,000 answers leave a question blank" in text for text in found.diagnostics)


def test_no_pair_is_read_where_nothing_is_gained():
    rows = made_up(600)
    rng = np.random.default_rng(5)
    rows["noise"] = rng.integers(1, 40, 600).astype(float)
    rows["blur"] = rng.integers(1, 6, 600).astype(float)
    found = predictors_compared(rows, "bought_again", ["noise", "blur"], steps=True)
    assert found.pairs["lower"].iloc[0] > 0  # sure, of two that gain nothing
    assert found.headline().endswith("so which of them does better is not read.")
    assert "do not read the pairs" in found.diagnostics[0]


def test_what_is_no_pattern_is_refused(rows):
    with pytest.raises(InputError, match=r"answers_and_purchases.* or a data frame; got tuple"):
        predictors_compared((1, 2), "bought_again", ["score", "csat"])
    infinite = rows.assign(csat=rows["csat"].where(rows.index > 0, np.inf))
    with pytest.raises(InputError, match="'csat' has infinite answers"):
        predictors_compared(infinite, "bought_again", ["score", "csat"])


def test_refusals(rows):
    def refused(text, *arguments, data=rows, **options):
        with pytest.raises(InputError, match=text):
            predictors_compared(data, *arguments, **options)

    refused("at least two different questions", "bought_again", ["score"])
    refused("none of them the outcome", "score", ["score", "csat"])
    refused("There is no column 'mood'", "bought_again", ["score", "mood"])
    refused("`reference` must be one of", "bought_again", ["score", "csat"], reference="ces")
    few = rows.assign(bought_again=1.0 * (np.arange(len(rows)) < 20))
    refused("has 20 answers of its rarer kind", "bought_again", ["score", "csat"], data=few)
    flat = rows.assign(csat=4)
    refused("'csat' has the same answer", "bought_again", ["score", "csat"], data=flat)
    leak = rows.assign(again=rows["bought_again"] + 1)
    refused("'again' is 'bought_again' over again", "bought_again", ["score", "again"], data=leak)
    text = rows.assign(bought_again=np.where(rows["bought_again"] > 0, "yes", "no"))
    refused("must be a question of 0 and 1", "bought_again", ["score", "csat"], data=text)
    one = rows.assign(store_id=1)
    refused("All answers are in one cluster", "bought_again", ["score", "csat"], data=one)
