"""Effects of drivers against MASS and sandwich, a simulation with known weights, and refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from npsstats.aggregates.questionnaire import AnswerPatterns
from npsstats.checks import InputError
from npsstats.linkage.drivers import drivers
from npsstats.linkage.driving.cumulative import fit_cumulative, log_chances
from npsstats.linkage.driving.effects import fitted, mean_of, net, of_answers
from npsstats.linkage.driving.layout import lay_out

GOLDEN = Path(__file__).parents[1] / "golden"
ASKED = ["welcome", "products", "checkout", "journey"]


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(GOLDEN / "drivers_answers.csv", comment="#")


@pytest.fixture(scope="module")
def patterns(rows):
    return AnswerPatterns.of(rows, ["score", *ASKED, "wait"], cluster="store_id")


@pytest.mark.parametrize("outcome", ["nps", "score"])
def test_agrees_with_polr_and_vcovcl(patterns, outcome):
    golden = pd.read_csv(GOLDEN / "drivers_ordinal.csv", comment="#")
    golden = golden[golden["outcome"] == outcome].set_index("term")
    found = drivers(patterns, ASKED, outcome=outcome).frame.set_index("term").loc[golden.index]
    np.testing.assert_allclose(found["slope"], golden["slope"], rtol=1e-6)
    np.testing.assert_allclose(found["slope_error"], golden["slope_error"], rtol=1e-5)
    np.testing.assert_allclose(found["estimate"], golden["points"], atol=1e-5)


def test_patterns_lose_nothing(rows, patterns):
    one = rows.assign(row=np.arange(len(rows)))
    row_level = AnswerPatterns.of(one, ["score", *ASKED, "row"], cluster="store_id")
    assert len(row_level) == len(rows)
    first, second = (drivers(data, ASKED).frame for data in (patterns, row_level))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)


def test_the_fit_is_the_maximum():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 2))
    counts = np.stack([rng.multinomial(20, [0.2, 0.3, 0.1, 0.4]) for _ in x]).astype(float)
    fit = fit_cumulative(x, counts)
    for step in np.eye(5):
        for way in (1e-3, -1e-3):
            p = fit.parameters + way * step
            assert (counts * log_chances(p[:3], x @ p[3:])).sum() < fit.log_likelihood
    # minus the second difference of the log-likelihood along a line is the information
    way = np.array([1.0, -0.5, 0.3, 0.7, -0.2])
    ends = [
        (counts * log_chances(p[:3], x @ p[3:])).sum()
        for p in (fit.parameters + 1e-3 * way, fit.parameters - 1e-3 * way)
    ]
    bend = (2 * fit.log_likelihood - sum(ends)) / 1e-6
    assert way @ fit.information @ way == pytest.approx(bend, rel=1e-5)


def test_extreme_patterns_do_not_break_it():
    chances = log_chances(np.array([-700.0, 0.0, 700.0]), np.array([-1500.0, 0.0, 1500.0]))
    assert np.isfinite(chances).all()
    np.testing.assert_allclose(np.exp(chances).sum(axis=1), 1.0)


def test_errors_of_means_are_those_of_clusters(patterns):
    layout = lay_out(patterns, ASKED)
    known = fitted(layout)
    value = layout.x[:, layout.names.index("welcome")]
    mean, pull = mean_of(known, value)
    error = np.sqrt(layout.covariance(pull[:, :, None])[0, 0])
    frame = patterns.frame
    total = (frame["n"] * frame["welcome"]).groupby(frame["store_id"]).sum()
    size = frame["n"].groupby(frame["store_id"]).sum()
    g = len(size)
    rest = total - size * (total.sum() / size.sum())
    assert mean == pytest.approx(total.sum() / size.sum())
    assert error == pytest.approx(np.sqrt(g / (g - 1) * (rest**2).sum()) / size.sum())


def test_errors_of_effects_are_those_of_a_jackknife_of_stores(patterns):
    asked = ASKED[:3]
    found = drivers(patterns, asked).frame
    stores = patterns.frame["store_id"].to_numpy()
    labels = np.unique(stores)
    without = np.stack(
        [drivers(patterns.take(stores != s), asked).frame["estimate"] for s in labels]
    )
    g = len(labels)
    error = np.sqrt((g - 1) / g * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(found["std_error"], error, rtol=0.12)


def test_a_level_is_told_against_the_usual_one(patterns):
    layout = lay_out(patterns, ASKED)
    known = fitted(layout)
    column = layout.names.index("journey=delivery")
    other = layout.names.index("journey=restaurant")
    high, low = layout.x.copy(), layout.x.copy()
    high[:, other] = low[:, other] = 0.0
    high[:, column], low[:, column] = 1.0, 0.0
    gap, _ = of_answers(known, lambda p: net(layout, p, high) - net(layout, p, low))
    found = drivers(patterns, ASKED).frame.set_index("term").loc["journey=delivery"]
    assert found["estimate"] == pytest.approx(gap)


def test_clusters_matter(rows, patterns):
    plain = AnswerPatterns.of(rows, ["score", *ASKED])
    alone, clustered = drivers(plain, ASKED), drivers(patterns, ASKED)
    np.testing.assert_allclose(alone.frame["estimate"], clustered.frame["estimate"], rtol=1e-9)
    assert not np.allclose(alone.frame["std_error"], clustered.frame["std_error"], rtol=0.01)


def test_blanks_are_told_and_can_be_kept(rows):
    rng = np.random.default_rng(4)
    holes = rows.copy()
    # whoever scores low skips more often
    skip = rng.random(len(rows)) < np.where(rows["score"] <= 6, 0.4, 0.1)
    holes.loc[skip, "products"] = np.nan
    data = AnswerPatterns.of(holes, ["score", *ASKED], cluster="store_id")
    complete = drivers(data, ASKED)
    assert complete.frame["n"].iloc[0] == len(rows) - skip.sum()
    assert complete.skipped.set_index("driver")["blank"].to_dict() == {
        "welcome": 0, "products": int(skip.sum()), "checkout": 0, "journey": 0,
    }  # fmt: skip
    said = next(text for text in complete.diagnostics if "leave a driver blank" in text)
    assert f"{int(skip.sum()):,} of 1,500" in said
    assert "products" in said
    kept = drivers(data, ASKED, missing="indicator").frame
    assert kept["n"].iloc[0] == len(rows)
    blank = kept.set_index("term").loc["products blank"]
    assert blank["upper"] < 0


def test_uneven_drivers_are_said():
    rng = np.random.default_rng(5)
    till, luck = rng.integers(0, 2, 6000), rng.normal(size=6000)
    kind = rng.integers(1, 6, 6000)
    # the till makes detractors, and no promoters
    score = np.clip(np.round(7.5 + 0.8 * (kind - 3) + 2 * luck), 0, 10)
    score = np.where((till == 1) & (score < 9), score - 3, score).clip(0, 10)
    frame = pd.DataFrame({"score": score, "till": till, "kind": kind})
    found = drivers(AnswerPatterns.of(frame, ["score", "till", "kind"]), ["till", "kind"])
    assert "do not act alike" in found.diagnostics[0]
    assert "till" in found.diagnostics[0]


def test_the_score_in_other_words_is_said(rows):
    rng = np.random.default_rng(7)
    near = rows.assign(satisfaction=(rows["score"] + rng.integers(-3, 4, len(rows))).clip(0, 10))
    data = AnswerPatterns.of(near, ["score", "satisfaction", "welcome"], cluster="store_id")
    found = drivers(data, ["satisfaction", "welcome"])
    said = next(text for text in found.diagnostics if "another measure of the same" in text)
    assert said.startswith("satisfaction alone tells")


def test_headline_and_frame(patterns):
    found = drivers(patterns, ASKED, level=0.9)
    assert found.headline().startswith("welcome tells answers apart most: one step more is +26.4")
    assert "Association, not effect" in "".join(found.diagnostics)
    assert (found.frame["lower"] < found.frame["estimate"]).all()
    assert (found.frame["level"] == 0.9).all()
    assert "0.8" in str(found)


def refused(rows, asked, text, **options):
    data = AnswerPatterns.of(rows, ["score", *asked], cluster="store_id")
    with pytest.raises(InputError, match=text):
        drivers(data, asked, **options)


def test_refusals(rows):
    refused(rows, ["welcome"], "at least 2 different questions")
    refused(rows.assign(flat=3), ["welcome", "flat"], "'flat' has the same answer")
    few = rows.assign(rare=np.where(np.arange(len(rows)) < 25, rows["welcome"], np.nan))
    refused(few, ["welcome", "rare"], "'rare' has 25 answers and needs 30")
    twice = rows.assign(again=2 * rows["welcome"] + 1)
    refused(twice, ["welcome", "again"], "'again' follows exactly from 'welcome'")
    both = rows.assign(total=rows["welcome"] + rows["products"])
    refused(both, ["welcome", "products", "total"], "'total' follows exactly from 'welcome', 'prod")
    half = rows.assign(satisfaction=np.ceil(rows["score"] / 2))
    refused(half, ["welcome", "satisfaction"], "it is the score over again")
    named = rows.assign(kind=np.where(rows["score"] >= 9, "fan", "other"))
    named["kind"] = named["kind"].where(rows["score"] >= 7, "critic")
    refused(named, ["welcome", "kind"], "'kind' tells 100 % of the score's variance")
    apart = rows.assign(other=np.where(np.arange(len(rows)) % 2, rows["welcome"], np.nan))
    apart["one"] = rows["products"].where(apart["other"].isna())
    refused(apart, ["one", "other"], "0 answers that leave no driver blank")
    refused(rows, ["welcome", "products"], "`outcome` must be one of", outcome="mean")
    refused(rows[rows["store_id"] == "S01"], ["welcome", "products"], "All answers are in one clu")
    refused(rows.assign(score=9), ["welcome", "products"], "one category of the score")


def test_names_are_asked_for_as_a_list(rows, patterns):
    with pytest.raises(InputError, match="must be a list of names"):
        drivers(patterns, "welcome")
    with pytest.raises(InputError, match="`drivers` must be one of 'score', 'welcome'"):
        drivers(patterns, ["welcome", "mood"])
    with pytest.raises(InputError, match="it cannot be one of them"):
        drivers(patterns, ["welcome", "score"])
    with pytest.raises(InputError, match="lack `score`, which the drivers are to move"):
        drivers(AnswerPatterns.of(rows, ASKED), ASKED)


def test_separation_is_said():
    rng = np.random.default_rng(6)
    good = np.repeat([0, 1], 200)
    frame = pd.DataFrame({"score": np.where(good, 10, rng.integers(0, 7, 400)), "good": good})
    frame["other"] = rng.integers(1, 6, 400)
    frame.loc[:5, "score"] = 8  # the share of variance stays below what is refused outright
    frame["good"] = frame["good"] + 0.0
    data = AnswerPatterns.of(frame, ["score", "good", "other"])
    with pytest.raises(InputError, match=r"separate the categories|score over again"):
        drivers(data, ["good", "other"])
