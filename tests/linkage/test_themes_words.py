"""Over-used words, shares and effects against R."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from npsstats.aggregates.words import StoreCounts, TermCounts, count_terms
from npsstats.aggregates.written import category_of
from npsstats.checks import InputError
from npsstats.linkage.themes.codebook import load_codebook
from npsstats.linkage.themes.gaps import theme_gaps
from npsstats.linkage.themes.overused import log_odds, overused
from npsstats.linkage.themes.prevalence import share_rows, theme_prevalence, verbatim_rates
from npsstats.linkage.themes.terms import terms
from npsstats.linkage.themes.theme_effects import regress, theme_effects
from npsstats.linkage.themes.tokens import tokenize
from npsstats.linkage.verbatims import verbatims

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "verbatims_rows.csv")


def test_log_odds_are_those_of_the_paper():
    golden = pd.read_csv(GOLDEN / "verbatims_words.csv")
    first = golden.iloc[0]
    found = log_odds(golden["ours"], first["n"], golden["theirs"], first["m"], prior=first["prior"])
    for name in ("delta", "std_error", "z"):
        np.testing.assert_allclose(getattr(found, name), golden[name], rtol=1e-10)


def test_effects_are_those_of_lm_with_sandwich(rows):
    golden = pd.read_csv(GOLDEN / "verbatims_effects.csv")
    columns = rows[["a", "b", "c"]].to_numpy(dtype=float)
    points = 100.0 * ((rows["score"] >= 9).astype(float) - (rows["score"] <= 6))
    store = np.unique(rows["store"], return_inverse=True)[1]
    for outcome, y in (("points", points), ("score", rows["score"].astype(float))):
        expected = golden[golden["outcome"] == outcome]
        found = regress(y.to_numpy(), columns, store)
        np.testing.assert_allclose(found.estimate, expected["estimate"], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.std_error, expected["clustered"], rtol=1e-9)
        np.testing.assert_allclose(found.contribution, expected["contribution"], rtol=1e-9)
        np.testing.assert_allclose(
            found.contribution_error, expected["contribution_error"], rtol=1e-9
        )
        robust = regress(y.to_numpy(), columns)
        np.testing.assert_allclose(robust.std_error, expected["robust"], rtol=1e-9)


def test_a_column_that_repeats_another_breaks_nothing(rows):
    a = rows["a"].to_numpy(dtype=float)
    y = rows["score"].to_numpy(dtype=float)
    twice = regress(y, np.column_stack([a, a]))
    assert twice.rank == 2
    np.testing.assert_allclose(twice.estimate.sum(), regress(y, a[:, None]).estimate[0])


def test_shares_are_those_of_korn_and_graubard(rows):
    golden = pd.read_csv(GOLDEN / "verbatims_shares.csv")
    said = rows[["a", "b", "c"]].to_numpy(dtype=bool)
    found = share_rows(said, rows["store"].to_numpy(), 0.95)
    for name in ("estimate", "std_error", "n_effective", "lower", "upper"):
        np.testing.assert_allclose(found[name], golden[name], rtol=1e-8)


def test_stores_widen_the_interval_and_unknown_ones_stand_alone(rows):
    said = rows[["a"]].to_numpy(dtype=bool)
    plain = share_rows(said, None, 0.95).iloc[0]
    clustered = share_rows(said, rows["store"].to_numpy(), 0.95).iloc[0]
    lone = share_rows(said, np.full(len(rows), -1), 0.95).iloc[0]
    assert clustered["upper"] - clustered["lower"] > plain["upper"] - plain["lower"]
    assert lone["n_effective"] == pytest.approx(plain["n"], rel=0.01)


def test_shares_of_nobody_are_missing_not_zero():
    frame = theme_prevalence(np.array([[True], [False]]), ["price"], np.array([2, 2]))
    nobody = frame[frame["category"] == "detractor"]
    assert nobody["estimate"].isna().all()
    assert nobody["lower"].isna().all()
    rates = verbatim_rates(pd.DataFrame({"category": ["a", "b"], "n": [10, 0], "yes": [4, 0]}))
    assert rates["estimate"].round(2).to_list()[0] == 0.4
    assert rates["estimate"].isna().to_list() == [False, True]


def test_stores_widen_the_interval_of_writing_rates_as_they_do_that_of_shares(rows):
    asked = pd.DataFrame({"category": ["a"], "n": [len(rows)], "yes": [rows["a"].sum()]})
    cells = rows.groupby("store")["a"].agg(n="size", yes="sum").assign(category="a", known=True)
    lone = pd.DataFrame({"category": ["a"], "known": False, **asked[["n", "yes"]]})
    expected = share_rows(rows[["a"]].to_numpy(dtype=bool), rows["store"].to_numpy(), 0.95)
    found = verbatim_rates(asked, cells)
    for name in ("estimate", "std_error", "n_effective", "lower", "upper"):
        np.testing.assert_allclose(found[name], expected[name])
    alone = share_rows(rows[["a"]].to_numpy(dtype=bool), np.full(len(rows), -1), 0.95)
    np.testing.assert_allclose(verbatim_rates(asked, lone)["lower"], alone["lower"])


def test_gaps_of_noise_are_not_shown_and_a_planted_one_is():
    rng = np.random.default_rng(2)
    names = [f"t{place}" for place in range(17)]
    shown = 0
    for _ in range(60):
        named = rng.random((60, 17)) < 0.1
        gaps = theme_gaps(named, names, rng.integers(3, size=60))
        shown += (gaps["lower"] > 0).any()
    assert shown <= 4
    category = np.repeat([0, 2], 200)
    named = rng.random((400, 17)) < np.where(np.arange(17) == 3, 0.5, 0.1) * (
        1.0 - 0.8 * (category == 2)[:, None] * (np.arange(17) == 3)
    )
    gaps = theme_gaps(named, names, category)
    assert gaps.loc[gaps["lower"] > 0, "theme"].to_list() == ["t3"]
    assert gaps["estimate"][3] == pytest.approx(named[:200, 3].mean() - named[200:, 3].mean())


def test_stores_that_differ_widen_the_gap():
    store = np.repeat(np.arange(8), 50)
    category = np.where(store < 4, 0, 2)
    named = (store[:, None] == 0) | (np.arange(400) % 10 == 0)[:, None]
    plain = theme_gaps(named, ["price"], category).iloc[0]
    clustered = theme_gaps(named, ["price"], category, store).iloc[0]
    assert plain["lower"] > 0 > clustered["lower"]
    assert not len(theme_gaps(named, ["price"], np.zeros(400)))


def counts() -> TermCounts:
    rng = np.random.default_rng(5)
    n = np.array([800, 600, 1500])
    base = rng.beta(1, 12, 120)
    share = np.tile(base[:, None], 3)
    share[0] = (0.3, 0.1, 0.1)
    documents = rng.binomial(n, share)
    return TermCounts([f"w{i}" for i in range(120)], documents, documents, n, documents.sum(axis=0))


def test_the_planted_word_is_found_and_no_other():
    frame = overused(counts())
    assert frame["term"].iloc[0] == "w0"
    assert frame.loc[frame["q_value"] < 0.05, "term"].to_list() == ["w0"]
    assert frame["share"].iloc[0] == pytest.approx(0.3, abs=0.05)
    assert frame["lower"].iloc[0] > 0.9


def test_z_of_words_that_nobody_prefers_is_on_the_safe_side():
    frame = overused(counts())
    z = frame.loc[frame["term"] != "w0", "z"]
    assert (z.abs() > 1.96).mean() < 0.08
    assert z.std() < 1.1


def test_counts_add_up_and_rare_terms_are_not_kept():
    book = load_codebook("fr")
    texts = ["Un manque de choix", "Manque de choix et de choix", "Beau choix", "choix rare"]
    tokens = tokenize(texts, book)
    said, names = terms(tokens, book)
    answers = np.array([[2, 0, 0], [1, 0, 0], [0, 0, 3], [0, 1, 0]])
    whole = count_terms(said.text, said.term, names, answers, least=1)
    place = whole.terms.index("choix")
    assert whole.documents[place].tolist() == [3, 1, 3]
    assert whole.tokens[place].tolist() == [4, 1, 3]
    assert whole.documents[whole.terms.index("manque choix")].tolist() == [3, 0, 0]
    twice = whole + whole
    assert (twice.documents == 2 * whole.documents).all()
    assert twice.n_documents.tolist() == [6, 2, 6]
    assert "rare" not in count_terms(said.text, said.term, names, answers).terms


def of_stores(rows: pd.DataFrame) -> TermCounts:
    """Return the indicators of the golden rows as words of texts."""
    names = [name for name in "abcd" if name in rows]
    kind = category_of(rows["score"].to_numpy())
    cell = rows["store"].to_numpy() * 3 + kind
    size = int(rows["store"].max() + 1) * 3
    said = np.stack([np.bincount(cell, rows[name], size) for name in names]).astype(int)
    asked = np.bincount(cell, minlength=size).reshape(-1, 3)
    stores = StoreCounts(sparse.csr_array(said), sparse.csr_array(said), asked, asked)
    whole = said.reshape(len(names), -1, 3).sum(axis=1)
    return TermCounts(names, whole, whole, asked.sum(axis=0), asked.sum(axis=0), stores)


def test_errors_by_store_are_those_of_glm_with_sandwich(rows):
    golden = pd.read_csv(GOLDEN / "verbatims_words_clustered.csv").set_index("column")
    some = rows.assign(d=(rows["store"] < 8).astype(int))
    found = overused(of_stores(some), prior=1e-6).set_index("term").loc[golden.index]
    np.testing.assert_allclose(found["estimate"], golden["estimate"], rtol=1e-6)
    expected = np.maximum(golden["model"], golden["clustered"])
    assert (golden["clustered"] > golden["model"]).any()
    np.testing.assert_allclose(found["std_error"], expected, rtol=1e-6)
    # t of the stores that say the word
    wide = (found["upper"] - found["estimate"]) / found["std_error"]
    np.testing.assert_allclose(wide, stats.t.ppf(0.975, [29, 29, 29, 7]), rtol=1e-6)


def test_words_of_stores_that_differ_are_no_words_of_detractors():
    # two of the three stores that say "a" are of the four disliked
    rng = np.random.default_rng(1)
    store = np.repeat(np.arange(10), 300)
    rows = pd.DataFrame(
        {
            "store": store,
            "score": np.where(rng.random(3000) < np.isin(store, [0, 1, 5, 6]) * 0.5 + 0.3, 3, 9),
            "a": (rng.random(3000) < np.where(store < 3, 0.6, 0.1)).astype(int),
            "b": rng.integers(2, size=3000),
            "c": rng.integers(2, size=3000),
        }
    )
    counts = of_stores(rows)
    clustered = overused(counts).set_index("term")
    plain = overused(replace(counts, stores=None)).set_index("term")
    assert plain.loc["a", "q_value"] < 0.05 < clustered.loc["a", "q_value"]
    assert (clustered["std_error"] >= plain["std_error"]).all()
    assert (counts + counts).stores is None


def test_a_word_of_every_text_is_left_out():
    said = np.array([[3, 4, 5], [1, 2, 0]])
    every = TermCounts(["all", "some"], said, said, np.array([3, 4, 5]), said.sum(axis=0))
    assert overused(every)["term"].to_list() == ["some"]
    with pytest.raises(InputError, match="A word that all texts of both groups hold"):
        log_odds([3], 3, [9], 9, prior=10)


def test_customers_are_counted_and_not_their_answers(capsys):
    texts = ["Marguerite"] * 6 + ["Bonsaï"] * 6 + ["Voilà"] * 4
    frame = pd.DataFrame(
        {
            "score": [3, 9] * 8,
            "verbatim": texts,
            "customer_id": [1, 1, 1, 2, 3, 4, *range(11, 17), *range(21, 25)],
        }
    )
    known = verbatims(frame, discovery=False)
    unknown = verbatims(frame.drop(columns="customer_id"), discovery=False)
    capsys.readouterr()
    assert known.words["term"].to_list() == ["bonsaï"]
    assert set(unknown.words["term"]) == {"bonsaï", "marguerite"}
    assert not any("Customers are not known" in line for line in known.diagnostics)
    assert any("Customers are not known" in line for line in unknown.diagnostics)


def test_a_word_of_every_verbatim_is_told(capsys):
    frame = pd.DataFrame({"score": [3, 9] * 10, "verbatim": ["Cactus", "Cactus rouge"] * 10})
    result = verbatims(frame, discovery=False)
    capsys.readouterr()
    assert "cactus" not in set(result.words["term"])
    assert any("Terms that every verbatim holds (1)" in line for line in result.diagnostics)


def test_effects_of_few_mentions_are_refused_and_none_is_impossible():
    rng = np.random.default_rng(3)
    few, many = (np.arange(400) < size for size in (29, 60))
    score = np.where(many, 0, rng.choice([3, 10], p=[0.01, 0.99], size=400))
    none = np.zeros((400, 2), dtype=bool)
    said = {"positive": none, "negative": np.column_stack([few, many]), "neutral": none}
    frame, doubts = theme_effects(said, ["few", "many"], score)
    assert set(frame["theme"]) == {"many"}
    assert doubts == ["Too few verbatims name, or do not name, few: no effect is given."]
    assert frame[["estimate", "lower", "upper"]].abs().max().max() <= 200
    assert frame["lower"].min() == -200


def test_words_of_nobody_cannot_be_compared():
    none = np.zeros((1, 3), dtype=np.int64)
    silent = TermCounts(["a"], none, none, np.array([0, 3, 4]), np.zeros(3, dtype=np.int64))
    with pytest.raises(InputError, match="Both groups must have said something: got 0 and 7"):
        overused(silent)
    with pytest.raises(InputError, match="`category` must be one of"):
        overused(counts(), category="critic")


def test_effects_recover_what_was_planted():
    rng = np.random.default_rng(11)
    n = 6_000
    complaint, praise = rng.random(n) < 0.2, rng.random(n) < 0.3
    other = rng.random(n) < 0.25
    score = np.clip(np.round(8 - 2 * complaint + praise + rng.normal(0, 1, n)), 0, 10).astype(int)
    none = np.zeros(n, dtype=bool)
    mentions = {
        "positive": np.column_stack([none, praise, none, none]),
        "negative": np.column_stack([complaint, none, none, none]),
        "neutral": np.column_stack([none, none, other, none]),
    }
    frame, doubts = theme_effects(mentions, ["price", "welcome", "site", "rare"], score)
    bad = frame[(frame["theme"] == "price") & (frame["mention"] == "negative")].iloc[0]
    assert bad["score_lower"] < -2 < bad["score_upper"]
    assert bad["contribution"] == pytest.approx(bad["share"] * bad["estimate"])
    assert bad["contribution_lower"] < bad["contribution"] < bad["contribution_upper"] < 0
    nothing = frame[(frame["theme"] == "site") & (frame["mention"] == "any")].iloc[0]
    assert nothing["lower"] < 0 < nothing["upper"]
    assert doubts == ["Too few verbatims name, or do not name, rare: no effect is given."]
