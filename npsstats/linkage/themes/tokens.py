"""Texts cut into words and clauses, as arrays of numbers.

Damage is mended first: a `?`, a � or a control character inside a word is the letter that makes
it a word of the dictionary ("tr?s"), or else an apostrophe ("l?accueil") or a mere question mark.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from npsstats.linkage.themes.codebook import Codebook, parse
from npsstats.linkage.themes.lexicon import Lexicon, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Tokens", "lexicon_of", "tokenize"]

_ONE_MARK = re.compile(r"[?\ufffd\x80-\x9f]")
_LETTERS = "éèàêçôîûùâëï"
_MOST_MARKS = 2
_END = "\x00"  # between texts
_STOPS = frozenset(f".,;:!?…()\n{_END}")
_NOT = re.compile(r"n['’]t\b|(?<=\b(?:do|is|ca|wo))nt\b|(?<=did)nt\b|(?<=(?:was|are|has))nt\b")
_NOT_LONG = re.compile(r"\b(does|have|could|would|should|were)nt\b")


@dataclass(frozen=True, eq=False)
class Tokens:
    """The words of some texts, one after another.

    Attributes
    ----------
    text, clause
        Text and clause of each word, (words,), rising.
    form, base
        Number of each word's form and base form, (words,).
    forms, bases
        The different forms and base forms, without accents.
    labels
        How each base form is written, with its accents.
    n_texts
        Texts, those without a word included.
    """

    text: Ints
    clause: Ints
    form: Ints
    base: Ints
    forms: list[str]
    bases: list[str]
    labels: list[str]
    n_texts: int

    def __len__(self) -> int:
        return len(self.text)


def lexicon_of(codebook: Codebook) -> Lexicon:
    """Return the lexicon of a codebook's language that knows all of its words."""
    return Lexicon(codebook.language, _words(codebook))


def _words(codebook: Codebook) -> Iterator[str]:
    yield from codebook.stop
    yield from codebook.breaks
    yield from codebook.generic
    groups = [codebook.negation, codebook.tone, *codebook.themes.values()]
    for group in groups:
        for name in type(group).model_fields:
            if name == "label":
                continue
            for expression in getattr(group, name):
                for slot in parse(expression):
                    for word in slot.words:
                        if not word.endswith("*"):
                            yield word.removeprefix("=").lower()


def tokenize(texts: Sequence[str], codebook: Codebook, lexicon: Lexicon | None = None) -> Tokens:
    """Cut texts into words; a clause ends with punctuation or at one of the codebook's `breaks`.

    Examples
    --------
    >>> from npsstats.linkage.themes.codebook import load_codebook
    >>> tokens = tokenize(["Tr?s bon accueil, mais des prix élevés"], load_codebook("fr"))
    >>> [tokens.bases[base] for base in tokens.base]
    ['tres', 'bon', 'accueil', 'mais', 'un', 'prix', 'elever']
    >>> tokens.clause.tolist()
    [0, 0, 0, 2, 2, 2, 2]
    """
    lexicon = lexicon or lexicon_of(codebook)
    # NFC, so that a letter with its accent is one character
    whole = _END.join(texts).lower()
    if whole.count(_END) >= max(len(texts), 1):
        whole = _END.join(text.replace(_END, " ") for text in texts).lower()
    if not whole.isascii():
        whole = unicodedata.normalize("NFC", whole)
    whole = _mend(whole, lexicon)
    if codebook.language == "en":
        whole = _NOT_LONG.sub(r"\1 not", _NOT.sub(" not", whole.replace("cannot", "can not")))
    codes, words = _split(whole)
    spelled = np.array([word[0].isalpha() for word in words], dtype=bool)
    mended = list(words)
    letters = np.flatnonzero(spelled)
    for place, word in zip(letters, lexicon.mend([words[p] for p in letters]), strict=True):
        mended[place] = word
    base = [lexicon.base(word) for word in mended]
    starts = {lexicon.base(word) for word in codebook.breaks}
    opens = ~spelled | np.array([one in starts for one in base], dtype=bool)
    ends = np.array([word == _END for word in words], dtype=bool)
    if not words:
        none = np.zeros(0, dtype=np.int64)
        return Tokens(none, none, none, none, [], [], [], len(texts))
    text = np.cumsum(ends[codes])
    clause = np.cumsum(opens[codes])
    kept = spelled[codes]
    form_of, forms = pd.factorize(np.array([fold(word) for word in words], dtype=object))
    base_of, bases = pd.factorize(np.array(base, dtype=object))
    return Tokens(
        text[kept],
        clause[kept],
        form_of[codes[kept]].astype(np.int64),
        base_of[codes[kept]].astype(np.int64),
        [str(one) for one in forms],
        [str(one) for one in bases],
        _labels(mended, base_of, np.bincount(codes, minlength=len(words)), len(bases), lexicon),
        len(texts),
    )


def _labels(
    words: list[str], base_of: Ints, often: Ints, bases: int, lexicon: Lexicon
) -> list[str]:
    """Return how each base form is written: its dictionary form, else the commonest spelling."""
    labels = [""] * bases
    known = np.array([lexicon.knows(word) for word in words], dtype=bool)
    for place in np.lexsort((often, known)):
        labels[base_of[place]] = lexicon.label(words[place])
    return labels


def _split(whole: str) -> tuple[Ints, list[str]]:
    """Return the words, stops and ends of texts as numbers, and what each number stands for."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # replacing one character after the other is faster than any regular expression
    for letter in set(whole):
        if letter in _STOPS:
            whole = whole.replace(letter, f" {letter} ")
        elif not letter.isalpha() and not unicodedata.combining(letter):
            whole = whole.replace(letter, " ")
    # in Arrow, so that no word becomes an object of Python's
    parts = pc.ascii_split_whitespace(pa.array([whole], pa.large_string())).flatten()
    words = parts.filter(pc.greater(pc.binary_length(parts), 0)).dictionary_encode()
    return np.asarray(words.indices, dtype=np.int64), words.dictionary.to_pylist()


def _mend(whole: str, lexicon: Lexicon) -> str:
    """Return the texts with the letters of damaged words put back."""
    done: dict[str, str] = {}
    parts, reached, end = [], 0, len(whole)
    for mark in _ONE_MARK.finditer(whole):
        start = place = mark.start()
        if place < reached:
            continue
        followed = place + 1 < end and whole[place + 1].isalpha()
        led = place > 0 and whole[place - 1].isalpha()
        if not (followed or led):
            continue
        while start > reached and whole[start - 1].isalpha():
            start -= 1
        # a question mark behind a whole word is one
        if not followed and mark[0] == "?" and lexicon.knows(whole[start:place]):
            continue
        while place < end and (whole[place].isalpha() or _ONE_MARK.match(whole, place)):
            place += 1
        word = whole[start:place]
        if word not in done:
            done[word] = _restored(word, lexicon)
        parts += [whole[reached:start], done[word]]
        reached = place
    return "".join([*parts, whole[reached:]])


def _restored(word: str, lexicon: Lexicon) -> str:
    """Return the word of the dictionary that a damaged one was, or it cut where it is damaged."""
    parts = _ONE_MARK.split(word)
    if len(parts) - 1 <= _MOST_MARKS:
        for letters in product(_LETTERS, repeat=len(parts) - 1):
            tried = parts[0] + "".join(
                letter + part for letter, part in zip(letters, parts[1:], strict=True)
            )
            if lexicon.knows(tried):
                return tried
    if not parts[-1]:
        return _restored(word[:-1], lexicon) + "?" if len(parts) > 2 else word
    elided = 1 <= len(parts[0]) <= 2
    return _ONE_MARK.sub("'" if elided else "? ", word)
