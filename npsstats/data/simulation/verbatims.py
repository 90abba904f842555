"""Verbatims: a theme by category of score, a tone, a sentence, and a hasty hand."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.data.simulation.columns import labelled
from npsstats.data.simulation.phrases import PHRASES, THEME_SHARES
from npsstats.data.simulation.stores import draw_levels

if TYPE_CHECKING:
    from npsstats.data.simulation.columns import Array
    from npsstats.data.simulation.engine import History

__all__ = ["theme_shares", "write_verbatims"]

_TONES = ("-", "=", "+")
_FRENCH_SPEAKING = {"FR", "BE"}
_OPENINGS = {
    "-": ("", "", "Très déçu. ", "Dommage. ", "Bonjour, "),
    "=": ("", "", "Visite correcte. ", "Rien à signaler de spécial. "),
    "+": ("", "", "Parfait. ", "Très satisfait. ", "Merci ! "),
}


def theme_shares() -> pd.DataFrame:
    """Return the share of each theme among the verbatims of a category."""
    frame = pd.DataFrame.from_dict(
        THEME_SHARES, orient="index", columns=["detractor", "passive", "promoter"]
    )
    return frame.rename_axis("theme").reset_index()


def write_verbatims(history: History, rng: np.random.Generator) -> tuple[pd.Series, pd.DataFrame]:
    """Return the text of every answer (missing where blank), and what the texts are about.

    Only customers of French-speaking countries write, detractors more than others. A quarter of
    the texts are typed in haste: no accents, no capital.
    """
    truth, answers, stores = history.truth, history.answers, history.stores
    score = answers.score
    category = (score >= 7).astype(np.int8) + (score >= 9)
    speaks = np.isin(stores.countries, list(_FRENCH_SPEAKING))[stores.country]
    chance = np.array(truth.verbatim_shares)[category]
    chance *= speaks[history.invitations.store[answers.invitation]]
    rows = np.flatnonzero(rng.random(len(score)) < chance)
    kind, theme, tone = category[rows], np.zeros(len(rows), dtype=np.int8), category[rows].copy()
    for number in range(3):
        here = kind == number
        shares = {name: values[number] for name, values in THEME_SHARES.items()}
        theme[here] = draw_levels(shares, int(here.sum()), rng)
    mismatch = (kind == 0) & (rng.random(len(rows)) < truth.mismatch_share)
    tone[mismatch] = 2
    texts, first, size = _texts()
    cell = theme * len(_TONES) + tone
    # each theme and tone holds its plain sentences, then the same sentences typed in haste
    pick = (rng.random(len(rows)) * size[cell]).astype(int)
    pick += size[cell] * (rng.random(len(rows)) < 0.25)
    code = np.full(len(score), -1)
    code[rows] = first[cell] + pick
    text = pd.Series(labelled(code, texts)).astype("str")
    return text, pd.DataFrame(
        {
            "response_id": rows + 1,
            "theme": labelled(theme, list(THEME_SHARES)),
            "tone": labelled(tone, ["negative", "neutral", "positive"]),
            "mismatch": mismatch,
        }
    )


def _texts() -> tuple[list[str], Array, Array]:
    """Return all texts, where each theme and tone begins, and how many sentences it has."""
    texts: list[str] = []
    first, size = [], []
    for theme in THEME_SHARES:
        for tone in _TONES:
            plain = [
                opening + (phrase if opening != "Bonjour, " else phrase[0].lower() + phrase[1:])
                for phrase in PHRASES[theme][tone]
                for opening in dict.fromkeys(_OPENINGS[tone])
            ]
            first.append(len(texts))
            size.append(len(plain))
            texts += [f"{text}." for text in plain] + [_hasty(text) for text in plain]
    return texts, np.array(first), np.array(size)


def _hasty(text: str) -> str:
    """Return the text without accents, capitals or a final stop."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
