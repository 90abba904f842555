"""Words as they are compared: without accents, at their base form, mended where damaged.

A word is brought to its base form by simplemma's dictionary ("caissières" → "caissier",
"attendu" → "attendre") and stripped of its accents. A word that the dictionary does not know is
tried in turn as

* the same word typed without its accents ("fidelite");
* a word of the codebook or of the texts whose accented letters were lost on the way ("lgumes",
  "qualit"), which is what a wrong encoding leaves;
* a plural, or a word stuck to the pronoun before it ("jetrouve");
* a word of the codebook with one letter wrong, missing, added or swapped ("acceuil"), if it has at
  least six letters and the same first one.

All of this is done once a different word, not once a text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Lexicon", "fold"]

_LEAST_TYPO = 6  # letters; shorter words have too many neighbours
_LEAST_DAMAGED = 3
_MOST_ACCENTS = 4  # in a word whose losses are listed
_LEAST_AGREEING = 4  # letters of a word whose feminine or plural is recognized
_AGREEMENT = ("es", "e", "s")
_PARTICIPLE = re.compile(r"(.+)ée?s?")
_LIGATURES = {"œ": "oe", "æ": "ae", "Œ": "OE", "Æ": "AE", "ß": "ss", "’": "'"}
_STUCK_TO = frozenset({"n", "ne", "m", "me", "s", "se", "en"})  # short words found stuck to it
_ELIDED = {"c": "ce", "d": "de", "j": "je", "l": "le", "m": "me", "n": "ne", "qu": "que"} | {
    "s": "se",
    "t": "te",
}
_STUCK = {"fr": ("je",), "en": ()}  # pronouns found stuck to the next word


def fold(text: str) -> str:
    """Return a text without accents, ligatures and capitals.

    Examples
    --------
    >>> fold("Cœur fidèle")
    'coeur fidele'
    """
    if text.isascii():
        return text.lower()
    return text.lower().translate(_folding(frozenset(text.lower())))


@cache
def _folding(letters: frozenset[str]) -> dict[int, str]:
    table = {}
    for letter in letters:
        if not letter.isascii():
            plain = unicodedata.normalize("NFD", _LIGATURES.get(letter, letter))
            table[ord(letter)] = "".join(c for c in plain if not unicodedata.combining(c))
    return table


class Lexicon:
    """Base forms in one language.

    Parameters
    ----------
    language
        "fr" or "en".
    own
        Words of the codebook: known, whatever the dictionary says.
    """

    def __init__(self, language: str, own: Iterable[str]) -> None:
        self.language = language
        self._own = dict.fromkeys(map(str.lower, own))
        self._folded = {fold(word): word for word in reversed(self._own)}
        self._bases = {self._plain_base(word) for word in self._own}
        self._near = _neighbourhood(word for word in self._folded if len(word) >= _LEAST_TYPO)

    def knows(self, word: str) -> bool:
        """Return whether the codebook or the dictionary holds the word as it stands."""
        return word in self._own or word in _dictionary(self.language)

    def base(self, word: str) -> str:
        """Return the folded base form of a word that is known, or the word folded.

        Examples
        --------
        >>> lexicon = Lexicon("fr", ["lent", "abîmé"])
        >>> [lexicon.base(word) for word in ("lentes", "abîmées", "abîmer")]
        ['lent', 'abimer', 'abimer']
        """
        found = self._plain_base(word)
        if self.language != "fr" or word in self._own or found in self._bases:
            return found
        # the dictionary knows some feminines as words of their own ("lente", a nit)
        for ending in _AGREEMENT:
            bare = word.removesuffix(ending)
            if bare != word and len(bare) >= _LEAST_AGREEING and fold(bare) in self._folded:
                return self._plain_base(self._folded[fold(bare)])
        return found

    def label(self, word: str) -> str:
        """Return the base form of a word with its accents, for readers."""
        written = _dictionary(self.language).get(word) or word
        return written if fold(written) == self.base(word) else word

    def _plain_base(self, word: str) -> str:
        """Return the dictionary's base form, folded; a French participle is its verb."""
        dictionary = _dictionary(self.language)
        if self.language == "fr":
            # the dictionary takes letters for units and verbs ("m" a metre)
            word = _ELIDED.get(word, word)
        if self.language == "fr" and (participle := _PARTICIPLE.fullmatch(word)):
            # the dictionary takes some for adjectives and some not, by gender and number
            verb = f"{participle[1]}er"
            if verb in dictionary:
                return fold(verb)
        return fold(dictionary.get(word) or word)

    def mend(self, words: Sequence[str]) -> list[str]:
        """Return the different words of some texts, those that nobody knows mended if they can be.

        Examples
        --------
        >>> lexicon = Lexicon("fr", ["accueil", "qualité"])
        >>> lexicon.mend(["qualités", "qualite", "qualit", "acceuil", "caissieres", "jetrouve"])
        ['qualités', 'qualité', 'qualité', 'accueil', 'caissières', 'trouve']
        """
        known = [self.knows(word) for word in words]
        lost = _losses([*self._own, *(w for w, k in zip(words, known, strict=True) if k)])
        return [
            word if here else self._mended(word, lost)
            for word, here in zip(words, known, strict=True)
        ]

    def _mended(self, word: str, lost: Mapping[str, str]) -> str:
        """Return the known word that an unknown one stands for, or itself."""
        plain = fold(word)
        accented = _accented(self.language)
        for try_ in (plain, plain[:-1] if plain.endswith(("s", "x")) else plain):
            if self.knows(try_):
                return try_
            if found := self._folded.get(try_) or accented.get(try_) or lost.get(try_):
                return found
        for pronoun in _STUCK[self.language]:
            rest = plain.removeprefix(pronoun)
            if rest != plain and (len(rest) >= _LEAST_DAMAGED or rest in _STUCK_TO):
                if self.knows(rest):
                    return rest
                if found := self._folded.get(rest) or accented.get(rest):
                    return found
        return self._typo(plain) or word

    def _typo(self, plain: str) -> str | None:
        """Return the word of the codebook that differs by one letter, if there is one."""
        if len(plain) < _LEAST_TYPO:
            return None
        for piece in _pieces(plain):
            for candidate in self._near.get(piece, ()):
                if candidate[0] == plain[0] and _one_apart(plain, candidate):
                    return self._folded[candidate]
        return None


@cache
def _dictionary(language: str) -> Mapping[str, str]:
    from simplemma.strategies import DefaultDictionaryFactory

    # decoded once: a plain dict is four times as fast as simplemma's view of bytes
    return dict(DefaultDictionaryFactory().get_dictionary(language))


@cache
def _accented(language: str) -> dict[str, str]:
    """Return folded word → word, of the dictionary's words that have an accent."""
    words = [word for word in _dictionary(language) if not word.isascii() and word.islower()]
    return dict(zip(fold("\n".join(words)).split("\n"), words, strict=True))


def _losses(words: Iterable[str]) -> dict[str, str]:
    """Return what is left of words when some of their accented letters are lost → the word."""
    left: dict[str, str] = {}
    for word in words:
        if word.isascii():
            continue
        places = [place for place, letter in enumerate(word) if not letter.isascii()]
        if len(places) > _MOST_ACCENTS:
            continue
        for many in range(1, len(places) + 1):
            for gone in combinations(places, many):
                rest = fold("".join(c for place, c in enumerate(word) if place not in gone))
                if len(rest) >= _LEAST_DAMAGED:
                    left.setdefault(rest, word)
    return left


def _pieces(word: str) -> list[str]:
    """Return a word and what is left of it without each of its letters."""
    return [word, *(word[:place] + word[place + 1 :] for place in range(len(word)))]


def _neighbourhood(words: Iterable[str]) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for word in words:
        for piece in _pieces(word):
            near.setdefault(piece, []).append(word)
    return near


def _one_apart(a: str, b: str) -> bool:
    """Return whether one letter wrong, missing, added or swapped makes one word of the other."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return len(a) != len(b)
    if len(a) != len(b):
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        return longer[start + 1 :] == shorter[start:]
    swapped = (
        a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
    )
    return a[start + 1 :] == b[start + 1 :] or swapped
