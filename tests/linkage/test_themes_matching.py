"""Matching against sentences labelled by hand, and against the simulated network's truth."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import npsstats as nps
from npsstats.aggregates.written import written
from npsstats.linkage.themes.codebook import load_codebook
from npsstats.linkage.themes.lexicon import Lexicon, fold
from npsstats.linkage.themes.matching import match
from npsstats.linkage.themes.mismatch import mismatched
from npsstats.linkage.themes.tokens import tokenize

GOLDEN = Path(__file__).parents[1] / "golden"
# the simulation's themes, and the codebook's that speak of the same
SAME = {
    "accueil": ["welcome"],
    "attente": ["waiting"],
    "prix": ["price"],
    "produits": ["quality"],
    "rupture": ["choice"],
    "conseil": ["advice", "availability"],
    "proprete": ["cleanliness"],
    "parking": ["parking"],
    "livraison": ["delivery"],
}


def all_said(texts: list[str], language: str = "fr") -> list[dict[str, str]]:
    mentions = match(texts, language)
    rows = (("+", mentions.positive), ("-", mentions.negative), ("=", mentions.neutral))
    return [
        {
            mentions.themes[place]: "".join(sign for sign, row in rows if row[text, place])
            for place in np.flatnonzero(mentions.named[text])
        }
        for text in range(len(texts))
    ]


def said(text: str, language: str = "fr") -> dict[str, str]:
    return all_said([text], language)[0]


@pytest.mark.parametrize(
    ("language", "precision", "recall", "tone"),
    [("fr", 0.87, 0.96, 0.92), ("en", 0.89, 0.96, 0.93)],
)
def test_sentences_labelled_by_hand(language, precision, recall, tone):
    with (GOLDEN / f"verbatims_{language}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 60
    found = Counter[str]()
    for row, got in zip(rows, all_said([row["text"] for row in rows], language), strict=True):
        wanted = {part[:-1]: part[-1] for part in row["themes"].split(";") if part}
        both = wanted.keys() & got.keys()
        found["both"] += len(both)
        found["got"] += len(got)
        found["wanted"] += len(wanted)
        found["tone"] += sum(wanted[name] == got[name] for name in both)
    assert found["both"] / found["got"] >= precision
    assert found["both"] / found["wanted"] >= recall
    assert found["tone"] / found["both"] >= tone


@pytest.mark.parametrize("language", ["fr", "en"])
def test_praise_that_looks_like_complaint_and_the_other_way_round(language):
    with (GOLDEN / "verbatims_hard.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["language"] == language]
    texts = [row["text"] for row in rows]
    tones = np.sign([{"+": 1, "-": -1, "0": 0}[row["tone"]] for row in rows])
    got = [";".join(sorted(f"{k}{v}" for k, v in one.items())) for one in all_said(texts, language)]
    wrong = [
        (text, found, tone)
        for text, found, tone, row, true in zip(
            texts, got, match(texts, language).tone, rows, tones, strict=True
        )
        if (found, tone) != (row["themes"], true)
    ]
    assert not wrong


def test_kind_throughout():
    kindly = [
        "Accueil chaleureux",
        "Caissière très aimable, et de bons conseils",
        "Bravo, rien à redire",
        "Aucune attente",
    ]
    reserved = [
        "Un personnel plus aimable",
        "Il faudrait de bons vendeurs",
        "Avant, c'était un beau magasin",
        "Vendeuse aimable, contrairement à sa collègue",
        "Accueil sympathique mais loin",
        "Conseils aimables, pas de suivi",
        "Personnel aimable. Le prix",
        "Vendeurs compétents, prix exorbitants",
        "Bravo. " + "j'ai acheté une lampe et un fauteuil " * 4,
    ]
    assert match(kindly).kindly.all()
    assert not match(reserved).kindly.any()
    english = ["Lovely helpful staff", "Friendlier than before", "Friendly staff but far"]
    assert match(english, "en").kindly.tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vendeuse aimable", {"welcome": "+"}),
        ("Vendeuse pas aimable", {"welcome": "-"}),
        ("Les vendeuses ne sont plus très aimables", {"welcome": "-"}),
        ("Pas cher", {"price": "+"}),
        ("Sans attente", {"waiting": "+"}),
        ("Très peu d'attente", {"waiting": "+"}),
        ("Un peu d'attente", {"waiting": "-"}),
        ("Pas de conseil", {"advice": "-"}),
        ("Pas assez de choix", {"choice": "-"}),
        ("Rien ne manque, un grand choix", {"choice": "+"}),
        ("Moins cher ailleurs", {"price": "-"}),
        # what one wishes for is no praise
        ("Il faudrait un personnel plus aimable", {"welcome": "="}),
        ("Des prix plus attractifs", {"price": "="}),
        # another clause is judged apart
        ("Accueil chaleureux, prix exorbitants", {"welcome": "+", "price": "-"}),
        # not the theme, in spite of the word
        ("Cela répond à mes attentes", {}),
        ("Cher monsieur", {}),
    ],
)
def test_negation_wishes_and_exclusions(text, expected):
    assert said(text) == expected


def test_english_negation():
    assert said("The staff aren't friendly", "en") == {"welcome": "-"}
    assert said("dont like the prices", "en") == {"price": "-"}
    assert said("I would like more friendly cashiers", "en") == {"welcome": "="}


@pytest.mark.parametrize(
    "text",
    [
        "Qualité médiocre",
        "QUALITE MEDIOCRE",
        "qualit? m?diocre",
        "qualit\ufffd m\ufffddiocre",
        "qualit\x82 m\x82diocre",
        "qualit mdiocre",
        "Qualite\u0301 me\u0301diocre",
    ],
)
def test_damaged_accents(text):
    assert said(text) == {"quality": "-"}


def test_a_question_mark_and_an_apostrophe_are_no_damage():
    book = load_codebook("fr")

    def bases(text: str) -> list[str]:
        tokens = tokenize([text], book)
        return [tokens.bases[place] for place in tokens.base]

    assert bases("C'est cher?Oui") == bases("C'est cher ? Oui")
    assert bases("l?accueil") == bases("l'accueil")
    assert bases("l’accueil") == bases("l'accueil")


@pytest.mark.parametrize(
    ("language", "text", "tone"),
    [
        ("fr", "Retour refusé", "-"),
        ("fr", "Échange refusé sans ticket", "-"),
        ("fr", "On m'a refusé le remboursement", "-"),
        ("fr", "Le SAV ne répond pas", "-"),
        ("fr", "Retours faciles", "+"),
        ("fr", "Ravi d'être de retour dans ce magasin", None),
        ("fr", "Échange agréable avec le vendeur", None),
        ("en", "Return refused", "-"),
        ("en", "Refund denied", "-"),
        ("en", "Could not return my jacket", "-"),
        ("en", "I would not return to this store", None),
    ],
)
def test_goods_that_come_back_are_told_from_customers_who_do(language, text, tone):
    assert said(text, language).get("returns") == tone


def test_only_long_unknown_words_are_typos():
    lexicon = Lexicon("fr", ["accueil", "caisse", "prix"])
    assert lexicon.mend(["acceuil", "acueil", "accueill"]) == ["accueil"] * 3
    # a word that exists, a short one, and one with another first letter stay
    assert lexicon.mend(["laisse", "prit", "prxi", "eccueil"]) == [
        "laisse",
        "prit",
        "prxi",
        "eccueil",
    ]
    assert fold("Œuvre ÇA") == "oeuvre ca"


def test_texts_do_not_run_into_each_other():
    mentions = match(["pas", "aimable", "", "manque de", "choix\x00"])
    assert len(mentions.named) == 5
    assert mentions.positive[1].sum() == 1
    assert not mentions.negative.any()
    nothing = match(["", "…"])
    assert nothing.named.shape == (2, len(nothing.themes))
    assert not nothing.named.any()


def kappa(a: np.ndarray, b: np.ndarray) -> float:
    agree = (a == b).mean()
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return (agree - chance) / (1 - chance)


def test_themes_tones_and_mismatches_of_a_simulated_network():
    network = nps.simulate(15, 8, 9_000, seed=7)
    rows = written(nps.read(network.responses, quiet=True))
    mentions = match(rows.texts)
    truth = network.truth.verbatims.set_index("response_id").loc[rows.response_id.astype(int)]
    named = mentions.named[rows.text]
    for theme, ours in SAME.items():
        got = named[:, [mentions.themes.index(name) for name in ours]].any(axis=1)
        assert kappa(got, (truth["theme"] == theme).to_numpy()) > 0.7, theme
    tone = mentions.tone[rows.text]
    wrong = ((truth["tone"] == "negative") & (tone > 0)) | (
        (truth["tone"] == "positive") & (tone < 0)
    )
    assert wrong.mean() < 0.01
    low, _ = mismatched(rows.score, mentions.kindly[rows.text], mentions.complaining[rows.text])
    kind = truth["mismatch"].to_numpy()
    assert kind.sum() >= 5
    assert (low & kind).sum() >= 0.9 * kind.sum()
    assert (low & kind).sum() >= 0.8 * low.sum()
