"""The whole analysis: on a simulated network, on real verbatims, and on what it refuses."""

import pandas as pd
import pytest

import npsstats as nps
from npsstats.aggregates.written import written
from npsstats.checks import InputError
from npsstats.linkage.themes.codebook import Codebook
from npsstats.linkage.verbatims import verbatims


@pytest.fixture(scope="module")
def network():
    return nps.simulate(20, 10, 13_000, seed=3)


@pytest.fixture(scope="module")
def result(network):
    return verbatims(nps.read(network.responses, quiet=True), "fr", discovery=False)


def cell(result, theme: str, category: str) -> pd.Series:
    frame = result.frame
    return frame[(frame["theme"] == theme) & (frame["category"] == category)].iloc[0]


def test_prevalence_of_a_simulated_network(network, result):
    truth = network.truth.themes.set_index("theme")
    for ours, theirs in (("price", "prix"), ("parking", "parking"), ("cleanliness", "proprete")):
        for category in ("detractor", "passive", "promoter"):
            row = cell(result, ours, category)
            slack = 0.03 if ours == "price" else 0.0  # a till at which a promotion is refused
            assert row["lower"] - slack < truth.loc[theirs, category] < row["upper"] + slack
    assert result.coverage > 0.97


def test_who_writes(network, result):
    shares = network.truth.parameters.verbatim_shares
    rates = result.writers.set_index("category")["estimate"]
    assert rates["detractor"] > rates["promoter"]
    # only customers of French-speaking countries write
    ratio = rates["detractor"] / rates["promoter"]
    assert ratio == pytest.approx(shares[0] / shares[2], rel=0.15)
    assert any("Not all write alike" in line for line in result.diagnostics)


def test_mismatches_hold_the_truth_and_no_text(network, result):
    counts = result.mismatch_counts
    assert list(counts.columns) == ["mismatch", "n", "listed"]
    assert counts["listed"].sum() == len(result.mismatches)
    assert any("quote no rate" in line for line in result.diagnostics)
    truth = network.truth.verbatims
    wrong = set(truth.loc[truth["mismatch"], "response_id"].astype(str))
    low = result.mismatches[result.mismatches["mismatch"] == "low score, kind words"]
    assert len(set(low["response_id"].astype(str)) & wrong) >= 0.8 * len(wrong)
    assert list(result.mismatches.columns) == ["response_id", "mismatch", "score"]


def test_no_text_is_in_a_result(result):
    frames = [
        result.frame,
        result.effects,
        result.mismatches,
        result.mismatch_counts,
        result.writers,
    ]
    cells = {str(value) for frame in frames for value in frame.to_numpy().ravel()}
    assert max(len(value.split()) for value in cells) <= 6
    assert result.words["term"].str.split().str.len().max() <= 2
    assert result.words["n"].min() >= 5


def test_detractors_speak_of_the_queue(result):
    words = result.words.set_index("term")
    assert words.loc["attente", "q_value"] < 0.01
    assert words.loc["attente", "z"] > 3
    effect = result.effects[
        (result.effects["theme"] == "waiting") & (result.effects["mention"] == "negative")
    ].iloc[0]
    assert effect["upper"] < -50


def test_headline_and_print(result):
    assert "detractors speak more than promoters of Attente et caisse" in result.headline()
    text = repr(result)
    assert "detractor %" in text
    assert "associations within those who write" in text


def test_headline_of_few_and_of_noise(capsys):
    def said(texts: list[str], scores: list[int]) -> str:
        frame = pd.DataFrame({"score": scores, "verbatim": texts})
        return verbatims(frame, discovery=False).headline()

    assert said(["Tout va"], [9]) == "The one verbatim names no theme."
    assert said(["Tout va", "Voilà"], [9, 2]) == "None of 2 verbatims names a theme."
    assert said(["Trop cher"], [3]) == "The one verbatim names Prix et promotions."
    noise = said(["Trop cher", "Des caisses", "Accueil"] * 20, [3, 9, 10, 2] * 15)
    assert noise.endswith("no theme is shown to be named more by detractors than by promoters.")
    capsys.readouterr()


def test_writing_rates_know_the_stores(network, result):
    rows = written(nps.read(network.responses, quiet=True))
    whole = rows.asked_by_store.groupby("category", sort=False)[["n", "yes"]].sum()
    pd.testing.assert_frame_equal(
        whole.loc[rows.asked["category"]], rows.asked.set_index("category"), check_index_type=False
    )
    assert (result.writers["n_effective"] < result.writers["n"]).all()


def test_store_and_response_are_optional_and_may_have_other_names(capsys):
    frame = pd.DataFrame(
        {
            "note": [10, 2, 9, 3, 8],
            "dit": ["Bons conseils", "Accueil parfait", "Trop d'attente", " ", None],
            "mag": ["a", "a", "b", "b", None],
        }
    )
    result = verbatims(frame, text="dit", score="note", store="mag", discovery=False)
    capsys.readouterr()
    assert cell(result, "advice", "all")["n"] == 3
    # answers are numbered by their row where they have no number
    assert result.mismatches.to_numpy().tolist() == [
        [2, "low score, kind words", 2],
        [3, "high score, complaint", 9],
    ]
    rows = written(frame, text="dit", score="note")
    capsys.readouterr()
    assert rows.store is None
    assert rows.asked["n"].tolist() == [2, 1, 2]
    assert rows.asked["yes"].tolist() == [1, 0, 2]


def test_rows_that_cannot_be_used_are_counted(capsys):
    frame = pd.DataFrame({"score": [10, 11, None, 3], "verbatim": ["bien", "bien", "mal", None]})
    result = verbatims(frame, discovery=False)
    assert "2 rejected" in capsys.readouterr().err
    assert "2 texts of answers that cannot be used were left out." in result.diagnostics


def test_texts_that_were_cut_and_a_codebook_that_does_not_fit(capsys):
    texts = [f"{'mot ' * 20}{i:03d} bout"[:84].ljust(84, "x") for i in range(60)]
    frame = pd.DataFrame({"score": [3] * 60, "verbatim": texts})
    result = verbatims(frame, discovery=False)
    capsys.readouterr()
    assert any("seem to be cut off" in line for line in result.diagnostics)
    assert any("Only 0% of the verbatims name a theme" in line for line in result.diagnostics)
    assert not len(result.words)  # there is nobody to compare with


def test_own_codebook_is_used(capsys):
    book = Codebook.model_validate(
        {"language": "en", "themes": {"tea": {"label": {"en": "Tea"}, "words": ("tea",)}}}
    )
    frame = pd.DataFrame({"score": [9, 2], "verbatim": ["Teas!", "coffee"]})
    result = verbatims(frame, book, discovery=False)
    capsys.readouterr()
    assert cell(result, "tea", "all")["yes"] == 1


def test_what_is_refused(capsys):
    frame = pd.DataFrame({"score": [9], "verbatim": ["bien"]})
    with pytest.raises(InputError, match=r"`level` must be between 0 and 1"):
        verbatims(frame, level=95)
    with pytest.raises(InputError, match=r"`least` must be a whole number of at least 5, got 1"):
        verbatims(frame, least=1)
    with pytest.raises(InputError, match="has no column 'texte'"):
        verbatims(frame, text="texte")
    with pytest.raises(InputError, match="No answer holds a text in `verbatim`"):
        verbatims(frame.assign(verbatim=" "))
    with pytest.raises(InputError, match="Verbatims stand in responses, this intake holds stores"):
        verbatims(nps.read(nps.simulate(2, 2, 50, seed=1).stores, table="stores", quiet=True))
    capsys.readouterr()


def test_the_garden_centres_verbatims(shared_data, capsys):
    path = shared_data / "nps_fr_jardinerie_benavent" / "nps_utf8.csv"
    data = pd.read_csv(path)
    assert data["explication"].notna().sum() == 3_839
    result = verbatims(data, text="explication", score="nps", response="id", discovery=False)
    capsys.readouterr()
    assert cell(result, "price", "all")["n"] == 3_802
    assert "37 texts of answers that cannot be used were left out." in result.diagnostics
    assert result.coverage > 0.77
    # dear: said far more by detractors; kind staff and advice, by promoters
    assert (
        cell(result, "price", "detractor")["estimate"]
        > 2 * cell(result, "price", "promoter")["estimate"]
    )
    assert (
        cell(result, "welcome", "promoter")["lower"] > cell(result, "welcome", "detractor")["upper"]
    )
    top = result.words["term"].head(8).to_list()
    assert {"prix", "cher"} <= set(top)
    assert {"merci", "personnel"} <= set(result.words["term"].tail(8))
    effects = result.effects[result.effects["mention"] == "any"].set_index("theme")
    assert effects.loc["price", "upper"] < -25
    assert effects.loc["welcome", "lower"] > 3
    assert result.writers["estimate"].iloc[0] > 0.45
    # texts to read: few are kind throughout on a low score
    assert result.mismatch_counts["listed"].iloc[0] < 12
