"""Predictive validity: against pROC and glm on rows, known truth, and its words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import npsstats as nps
from npsstats import InputError
from npsstats.experiments.survey.flags import flags
from npsstats.experiments.survey.foretelling import prediction
from npsstats.experiments.survey.foretelling.validity import validity
from npsstats.experiments.survey.foretelling.validity_words import needed

HERE = Path(__file__).parents[1] / "golden"
GOLDEN = pd.read_csv(HERE / "validity.csv", comment="#").set_index(["case", "arm"])
ROWS = pd.read_csv(HERE / "validity_counts.csv")
CASES = list(dict.fromkeys(GOLDEN.index.get_level_values("case")))


def table(case, keys=("arm", "yes")):
    part = ROWS[ROWS["case"] == case]
    wide = part.pivot_table("n", list(keys), "score", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=range(11), fill_value=0)
    return nps.ScoreCounts(wide.to_numpy(int), wide.index.to_frame(index=False))


def of(case, **options):
    return validity(
        table(case, options.pop("keys", ("arm", "yes"))), control="last", outcome="yes", **options
    )


@pytest.mark.parametrize("case", CASES)
def test_concordance_and_slope_agree_with_proc_and_glm(case):
    found = of(case)
    for arm in ("first", "last"):
        golden = GOLDEN.loc[(case, arm)]
        row = found.row(arm, "concordance")
        assert row["estimate"] == pytest.approx(golden["auc"])
        assert row["std_error"] == pytest.approx(golden["se"])
        # ours takes Student's t for the normal quantile
        assert row["lower"] == pytest.approx(golden["lower"], abs=0.005)
        assert row["upper"] == pytest.approx(golden["upper"], abs=0.005)
        assert row["lower"] < golden["lower"]
        assert golden["upper"] < row["upper"]
        odds = found.row(arm, "odds ratio per point")
        assert np.log(odds["estimate"]) == pytest.approx(golden["slope"], abs=1e-8)
        assert odds["std_error"] == pytest.approx(golden["slope_se"], rel=1e-6)
        half = 1.959963984540054 * odds["std_error"]
        assert np.log(odds["upper"] / odds["estimate"]) == pytest.approx(half)
        somers = found.row(arm, "Somers' D")
        assert somers["estimate"] == pytest.approx(2 * golden["auc"] - 1)
    gap = found.row("first", "concordance difference")
    golden = GOLDEN.loc[(case, "first")]
    assert gap["estimate"] / gap["std_error"] == pytest.approx(golden["t"])
    # pROC takes its degrees of freedom from the arms, ours come from the four groups
    assert gap["p_value"] == pytest.approx(golden["p"], rel=0.15)
    ratio = found.row("first", "ratio of odds ratios per point")
    slopes = GOLDEN.loc[case]["slope"]
    assert np.log(ratio["estimate"]) == pytest.approx(slopes["first"] - slopes["last"])


@pytest.mark.parametrize("case", CASES)
def test_lines_that_do_not_fit_are_tested_as_glm_does(case):
    for arm in ("first", "last"):
        part = table(case).where("arm", arm).counts.astype(float)
        line = prediction.slope(part[1:], part[:1])
        assert line.misfit == pytest.approx(GOLDEN.loc[(case, arm), "misfit"], rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_strata_have_their_own_intercept(case):
    found = of(case, keys=("arm", "store", "yes"), strata="store")
    for arm in ("first", "last"):
        golden = GOLDEN.loc[(case, arm)]
        odds = found.row(arm, "odds ratio per point")
        assert np.log(odds["estimate"]) == pytest.approx(golden["slope_store"], abs=1e-8)
        assert odds["std_error"] == pytest.approx(golden["slope_store_se"], rel=1e-6)


def test_strata_weigh_the_same_in_every_arm():
    counts = table("middling", ("arm", "store", "yes"))
    found = of("middling", keys=("arm", "store", "yes"), strata=["store"])
    alone = {
        store: validity(counts.where("store", store), control="last", outcome="yes")
        for store in ("a", "b")
    }
    yes, no = (
        [
            counts.where("arm", arm).where("yes", flag).counts.astype(float)
            for arm in ("first", "last")
        ]
        for flag in (1, 0)
    )
    weight = prediction.weights(yes, no)
    assert weight.sum() == pytest.approx(1)
    for arm in ("first", "last"):
        parts = [alone[store].row(arm, "concordance") for store in ("a", "b")]
        row = found.row(arm, "concordance")
        assert row["estimate"] == pytest.approx(weight @ [p["estimate"] for p in parts])
        variance = weight**2 @ [p["std_error"] ** 2 for p in parts]
        assert row["std_error"] == pytest.approx(np.sqrt(variance))
    # a customer mix apart from the arms' own makes no difference to the sum over strata
    assert any("no straight line" in text for text in found.diagnostics) == (
        prediction.slope(yes[0], no[0]).misfit < 0.01
    )


def test_rates_by_category_and_the_other_direction():
    found, left = of("few"), of("few", better="lower")
    part = table("few").where("arm", "first").counts
    rate = found.row("first", "rate, detractors")
    assert rate["estimate"] == pytest.approx(part[1, :7].sum() / part[:, :7].sum())
    assert rate["lower"] == pytest.approx(
        nps.wilson(part[1, :7].sum(), part[:, :7].sum()).frame["lower"][0]
    )
    assert left.row("first", "rate, all")["estimate"] == found.row("first", "rate, all")["estimate"]
    one, two = found.row("first", "concordance"), left.row("first", "concordance")
    assert one["estimate"] == pytest.approx(1 - two["estimate"])
    assert (one["lower"], one["upper"]) == pytest.approx((1 - two["upper"], 1 - two["lower"]))


def test_the_posterior_agrees_and_chooses():
    found = of("sharp")
    for arm in ("first", "last"):
        exact = found.row(arm, "concordance", "DeLong, logit interval")
        drawn = found.row(arm, "concordance", "Dirichlet posterior, by draws")
        assert drawn["estimate"] == pytest.approx(exact["estimate"], abs=5e-4)
        assert drawn["std_error"] == pytest.approx(exact["std_error"], rel=0.05)
        assert drawn["probability"] > 0.999
    choice = found.choice.set_index("option")
    assert choice.loc["first", "p_best"] == pytest.approx(0.973, abs=0.01)
    assert choice.loc["first", "expected_loss"] < choice.loc["last", "expected_loss"]
    assert "predicts best in arm 'first' with probability 0.97" in found.headline()
    assert found.draws["posterior"]["concordance"].shape == (4, 2000, 2)
    assert of("sharp").frame.equals(found.frame)
    assert not np.allclose(of("sharp", seed=1).drawn, found.drawn)
    assert "concordance difference" in repr(found)


def test_coverage_with_known_truth():
    """Small samples and ties: the interval of a concordance and of a difference hold the truth."""
    rng = np.random.default_rng(5)
    at = np.arange(11)
    law = np.array([3, 1, 1, 2, 2, 7, 6, 14, 25, 15, 24.0])
    law /= law.sum()
    share = 1 / (1 + np.exp(-(-0.4 + 0.3 * (at - 8))))
    cells = np.stack([law * (1 - share), law * share])
    yes, no = cells[1] / cells[1].sum(), cells[0] / cells[0].sum()
    truth = float(yes @ (np.cumsum(no) - no / 2))
    held = np.zeros(4)
    turns = 600
    for _ in range(turns):
        arms = [rng.multinomial(n, cells.ravel()).reshape(2, 11).astype(float) for n in (90, 160)]
        found = [prediction.concordance(arm[1:], arm[:1], np.ones(1)) for arm in arms]
        low, high = found[0].interval(0.95)
        held[0] += low < truth < high
        _, low, high, p_value = prediction.compare(*found, 0.95)
        held[1] += low < 0 < high
        assert (p_value < 0.05) == (not low < 0 < high)
        line = prediction.slope(arms[0][1:], arms[0][:1])
        held[2] += abs(line.estimate - 0.3) < 1.96 * line.std_error
        drawn = prediction.drawn_concordance(arms[0][1:], arms[0][:1], np.ones(1), 400, rng)
        held[3] += np.quantile(drawn, 0.025) < truth < np.quantile(drawn, 0.975)
    assert (held / turns > 0.93).all()
    assert (held / turns < 0.975).all()


def test_the_answers_needed_have_the_power():
    """With as many answers an arm as are said to be needed, 80 % of the tests find it."""
    at, rng = np.arange(11), np.random.default_rng(8)
    law = np.ones(11) / 11
    cells = []
    for steep in (0.1, 0.3):
        share = 1 / (1 + np.exp(-steep * (at - 5)))
        cells.append(np.stack([law * (1 - share), law * share]))
    truth = []
    for cell in cells:
        yes, no = cell[1] / cell[1].sum(), cell[0] / cell[0].sum()
        truth.append(float(yes @ (np.cumsum(no) - no / 2)))

    class Known:
        def __init__(self, cell, n):
            counts = rng.multinomial(n, cell.ravel()).reshape(2, 11).astype(float)
            self.n, self.found = n, prediction.concordance(counts[1:], counts[:1], np.ones(1))

    n = needed(Known(cells[0], 10**6), Known(cells[1], 10**6), 0.95, truth[1] - truth[0])
    found = 0
    for _ in range(500):
        one, two = Known(cells[0], n), Known(cells[1], n)
        found += prediction.compare(one.found, two.found, 0.95)[3] < 0.05
    assert found / 500 == pytest.approx(0.8, abs=0.055)


def test_answers_of_one_customer_are_told_to_count_as_independent():
    """Eight answers share what was bought: levels held too seldom, differences if arms share it."""
    rng = np.random.default_rng(3)

    def drawn(customers, of_customers):
        loyal = rng.standard_normal(customers)
        bought = np.repeat(rng.random(customers) < 1 / (1 + np.exp(-0.3 - 0.8 * loyal)), 8)
        heard = 0.7 * np.repeat(loyal, 8) + 0.7 * rng.standard_normal(8 * customers)
        score = np.clip(np.round(7.5 + 2.2 * heard), 0, 10).astype(int)
        whose = np.repeat(rng.integers(0, 2, customers), 8)
        arm = whose if of_customers else rng.integers(0, 2, 8 * customers)
        found = []
        for one in (0, 1):
            sides = [score[(arm == one) & (bought == said)] for said in (True, False)]
            yes, no = (np.bincount(side, minlength=11)[None].astype(float) for side in sides)
            found.append(prediction.concordance(yes, no, np.ones(1)))
        return found

    truth = np.mean([one.estimate for one in drawn(100_000, of_customers=False)])
    held = np.zeros((2, 2))
    turns = 200
    for of_customers in (0, 1):
        for _ in range(turns):
            arms = drawn(300, of_customers)
            low, high = arms[0].interval(0.95)
            held[of_customers, 0] += low < truth < high
            _, low, high, _ = prediction.compare(*arms, 0.95)
            held[of_customers, 1] += low < 0 < high
    held /= turns
    assert (held[:, 0] < 0.9).all()
    assert held[0, 1] > 0.9
    assert held[1, 1] < 0.8
    said = "\n".join(of("few").diagnostics)
    assert "A customer's several answers count as independent" in said
    assert "too narrow as well where a customer stays in one arm" in said


def test_doubts():
    found = of("few")
    said = "\n".join(found.diagnostics)
    assert "customers of the rarer outcome: its limits are rough" not in said
    assert "with power 0.8, some" in said
    assert "answers an arm are needed; there are 120 and 120" in said
    assert "of those who answered only" in said
    assert "that it causes it is not shown here" in said
    apart = np.zeros((4, 11), int)
    apart[0, :5], apart[1, 5:], apart[2:, 4:] = 3, 3, 4
    cells = pd.DataFrame({"arm": list("aabb"), "came": ["no", "yes"] * 2})
    counts = nps.ScoreCounts(apart, cells)
    parted = validity(counts, control="b", outcome="came")
    said = "\n".join(parted.diagnostics)
    assert "Scores part the two outcomes of arm 'a'" in said
    assert "The concordance of arm 'a' has no standard error" in said
    assert "its limits are rough" in said
    assert np.isnan(parted.row("a", "odds ratio per point")["estimate"])
    assert parted.row("a", "concordance", "Dirichlet posterior, by draws")["lower"] > 0.8
    unknown = pd.concat([cells, pd.DataFrame({"arm": ["a"], "came": [None]})], ignore_index=True)
    more = nps.ScoreCounts(np.vstack([apart, np.ones(11, int)]), unknown)
    waiting = validity(more, control="b", outcome="came")
    assert waiting.row("a", "concordance")["n"] == parted.row("a", "concordance")["n"]
    assert any(text.startswith("11 answers have no outcome yet") for text in waiting.diagnostics)


def test_bent_lines_are_doubted():
    counts = np.array(
        [
            [200, 20, 200, 20, 200, 20, 200, 20, 200, 20, 200],
            [20, 200, 20, 200, 20, 200, 20, 200, 20, 200, 20],
        ]
        * 2
    )
    cells = pd.DataFrame({"arm": list("aabb"), "came": ["no", "yes"] * 2})
    found = validity(nps.ScoreCounts(counts, cells), control="b", outcome="came")
    assert any("no straight line in the score in arm 'a'" in text for text in found.diagnostics)


def test_strata_without_both_outcomes_are_left_out_and_counted():
    counts = table("few", ("arm", "store", "yes"))
    cells = pd.concat(
        [counts.cells, pd.DataFrame({"arm": ["first"], "store": ["c"], "yes": [1]})],
        ignore_index=True,
    )
    more = nps.ScoreCounts(np.vstack([counts.counts, np.full(11, 2)]), cells)
    found = validity(more, control="last", outcome="yes", strata="store")
    plain = validity(counts, control="last", outcome="yes", strata="store")
    assert any(text.startswith("22 answers are in strata") for text in found.diagnostics)
    for name in ("estimate", "lower", "upper"):
        assert found.row("first", "concordance")[name] == plain.row("first", "concordance")[name]


def test_errors_say_the_remedy():
    counts = table("few")
    with pytest.raises(InputError, match=r"none named 'churn'. Count by it"):
        validity(counts, control="last", outcome="churn")
    with pytest.raises(InputError, match="`control` must be one of the arms"):
        validity(counts, control="middle", outcome="yes")
    with pytest.raises(InputError, match="`better` must be one of 'higher', 'lower'"):
        validity(counts, control="last", outcome="yes", better="more")
    with pytest.raises(InputError, match="Prediction needs both: wait for them"):
        validity(counts.where("yes", 1), control="last", outcome="yes")
    odd = nps.ScoreCounts(counts.counts, counts.cells.assign(yes=["maybe", "no"] * 2))
    with pytest.raises(InputError, match=r"`yes` must say yes or no .*, got 'maybe'"):
        validity(odd, control="last", outcome="yes")
    alone = nps.ScoreCounts(counts.counts, counts.cells.assign(store=list("abcd")))
    with pytest.raises(InputError, match="No stratum of store has both outcomes"):
        validity(alone, control="last", outcome="yes", strata="store")


def test_flags_read_what_people_write():
    labels = [1, 0, "Yes", "no", True, False, 1.0, "oui", " NON ", "(none)"]
    cells = pd.DataFrame({"came": pd.Series(labels, dtype=object)})
    assert flags(cells, "came")[:-1].tolist() == [1, 0, 1, 0, 1, 0, 1, 1, 0]
    assert np.isnan(flags(cells, "came")[-1])
