"""Topics that were planted are found again, and chance ones are called unstable."""

import numpy as np
import pandas as pd
from scipy import sparse

from npsstats.aggregates.written import Written
from npsstats.linkage.themes.discovery import STABLE, TOGETHER, discover, find_topics
from npsstats.linkage.themes.matching import match
from npsstats.linkage.verbatims import verbatims

TOPICS = {
    "animals": [
        "aquarium",
        "poisson",
        "hamster",
        "litière",
        "croquette",
        "cage",
        "perruche",
        "chiot",
    ],
    "garden": ["pelouse", "tondeuse", "arrosoir", "terreau", "rosier", "haie", "engrais", "bêche"],
    "books": ["roman", "lecture", "auteur", "librairie", "poésie", "lecteur", "chapitre", "poète"],
    "sewing": ["tissu", "aiguille", "laine", "tricot", "bobine", "couture", "mercerie", "coton"],
}


def corpus(seed: int = 4, n: int = 1_000) -> pd.DataFrame:
    """Return texts of which 40 % speak of a planted topic, and half name prices."""
    rng = np.random.default_rng(seed)
    names = list(TOPICS)
    topic = np.where(rng.random(n) < 0.4, rng.integers(len(names), size=n), -1)
    planted = [
        " ".join(rng.choice(TOPICS[names[one]], size=3, replace=False)) if one >= 0 else "Merci"
        for one in topic
    ]
    texts = [
        f"{said}, de {word}"
        for said, word in zip(planted, rng.choice(["prix", "plus"], size=n), strict=True)
    ]
    # detractors speak of animals
    score = np.where((topic == 0) & (rng.random(n) < 0.8), 3, rng.choice([8, 9, 10], size=n))
    return pd.DataFrame({"score": score, "verbatim": texts})


def test_planted_topics_come_back(capsys):
    result = verbatims(corpus(), "fr")
    capsys.readouterr()
    found = result.discovered
    assert len(found) == len(TOPICS)
    assert (found["stability"] > 0.8).all()
    assert (found["together"] > TOGETHER).all()
    words = [set(row.split(", ")) for row in found["words"]]
    for planted in TOPICS.values():
        assert any(len(set(planted) & one) >= 5 for one in words)
    animals = found[found["words"].str.contains("hamster")].iloc[0]
    assert animals["detractor"] > 0.9
    assert animals["lower"] < 0.1 < animals["upper"]
    # half of the texts also name prices, which the codebook knows
    assert 0.3 < animals["uncovered"] < 0.7


def test_noise_is_unstable_and_the_same_seed_finds_the_same():
    rng = np.random.default_rng(8)
    noise = sparse.csr_array(rng.binomial(1, 0.03, (300, 80)))
    topics = find_topics(noise, sizes=(5,), halves=3)
    assert ((topics.stability < STABLE) | (topics.together < TOGETHER)).all()
    again = find_topics(noise, sizes=(5,), halves=3)
    np.testing.assert_array_equal(topics.words, again.words)


def test_topics_do_not_depend_on_the_order_of_the_rows():
    rows = corpus(n=600)

    def found(order: np.ndarray) -> pd.DataFrame:
        frame = rows.iloc[order]
        known, text = pd.factorize(frame["verbatim"])
        texts = [str(one) for one in text]
        some = Written(texts, known, frame["score"].to_numpy(), None, None, pd.DataFrame())
        return discover(match(texts), [], some)[0]

    whole = found(np.arange(len(rows)))
    assert len(whole)
    other = found(np.random.default_rng(1).permutation(len(rows)))
    pd.testing.assert_frame_equal(whole, other)


def test_too_few_texts_are_not_factorized(capsys):
    result = verbatims(corpus(n=40), "fr")
    capsys.readouterr()
    assert not len(result.discovered)
    assert any("no topic was looked for" in line for line in result.diagnostics)
