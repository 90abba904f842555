"""Which themes a text names, and whether it says good or ill of them.

A mention's tone is that of its own words ("périmé"), or of the nearest word of tone in the same
clause ("accueil chaleureux"), turned round where a negation stands within three words before
("pas aimable", "peu d'attente") or, after a `ne`, right behind ("ne recommande pas"). A theme that
is itself denied, with no word of tone between, is complained of ("pas de conseil"). Good words
after a wish in the same clause ("il faudrait…") or right behind a comparison ("plus aimable") are
no praise. This is a modest reading: irony, and what runs over several sentences, escape it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.themes.codebook import Codebook, load_codebook
from npsstats.linkage.themes.expressions import EXCLUDED, Found, Index, cover, longest_first
from npsstats.linkage.themes.reserve import reserved
from npsstats.linkage.themes.tokens import Tokens, lexicon_of, tokenize
from npsstats.linkage.themes.wishes import Wanted, wanted_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Mentions", "match"]

_REACH = 3  # words over which a negation reaches
_PARTICLE_AWAY = (2, 3, 4)  # words from the particle to the negation after the verb
_MOST_WORDS = 15  # words a kind one, where kindness is the main tone
_NEAR = 8  # words over which a word of tone colours a theme
_FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, eq=False)
class Mentions:
    """What each text speaks of.

    Attributes
    ----------
    themes
        Names of the themes.
    positive, negative, neutral
        Whether a text says good of a theme, ill of it, or names it without either,
        (texts, themes). A text may do several.
    kind, ill
        Kind and ill words of each text, of whatever theme or none, (texts,).
    reserved
        Whether a text holds a wish, a comparison, a "but" or a denial of nothing it praises,
        (texts,); see `npsstats.linkage.themes.reserve`.
    tokens
        The words.
    used
        Whether the codebook has a use for each word, (words,).
    """

    themes: list[str]
    positive: Bools
    negative: Bools
    neutral: Bools
    kind: Ints
    ill: Ints
    reserved: Bools
    tokens: Tokens
    used: Bools

    @property
    def named(self) -> Bools:
        """Whether a text names a theme, in whatever tone, (texts, themes)."""
        return np.asarray(self.positive | self.negative | self.neutral)

    @property
    def tone(self) -> Ints:
        """1 where kind words outnumber ill ones, −1 where it is the other way round, (texts,)."""
        return np.asarray(np.sign(self.kind - self.ill), dtype=np.int64)

    @property
    def kindly(self) -> Bools:
        """Whether a text is kind throughout: no ill word, no theme unpraised, no reserve."""
        words = np.bincount(self.tokens.text, minlength=self.tokens.n_texts)
        mixed = (self.negative | self.neutral).any(axis=1) | (self.ill > 0) | self.reserved
        return np.asarray((self.kind > 0) & (_MOST_WORDS * self.kind >= words) & ~mixed)

    @property
    def complaining(self) -> Bools:
        """Whether a text holds ill words and no kind one, (texts,)."""
        return np.asarray((self.ill > 0) & (self.kind == 0))


def match(texts: Sequence[str], codebook: str | Path | Codebook = "fr") -> Mentions:
    """Return which themes each text names, and in which tone.

    Parameters
    ----------
    texts
        What customers wrote.
    codebook
        "fr", "en", a TOML file, or a codebook that is loaded.

    Raises
    ------
    InputError
        If the codebook cannot be used.

    Examples
    --------
    >>> mentions = match(["Vendeurs peu aimables, mais de bons prix", "Aucune attente"])
    >>> [[mentions.themes[place] for place in np.flatnonzero(row)] for row in mentions.positive]
    [['price'], ['waiting']]
    >>> [[mentions.themes[place] for place in np.flatnonzero(row)] for row in mentions.negative]
    [['welcome'], []]
    """
    codebook = load_codebook(codebook)
    lexicon = lexicon_of(codebook)
    tokens = tokenize(texts, codebook, lexicon)
    index = Index.of(tokens, lexicon)
    n = len(tokens)
    used = np.zeros(n, dtype=bool)
    denied = _denials(index, codebook, used)
    barrier = np.cumsum(denied.before)
    groups = [
        longest_first(
            index.group(
                (
                    (0, theme.words),
                    (1, theme.positive),
                    (-1, theme.negative),
                    (EXCLUDED, theme.exclude),
                ),
                barrier,
            ),
            n,
        )
        for theme in codebook.themes.values()
    ]
    owned = np.zeros(n, dtype=bool)
    for found in groups:
        cover(owned, found.take(found.mark != 0))
    tone = longest_first(
        index.group(
            (
                (1, codebook.tone.positive),
                (-1, codebook.tone.negative),
                (EXCLUDED, codebook.tone.exclude),
            ),
            barrier,
        ),
        n,
    )
    cover(used, tone)
    # a word that a theme has a use for is counted there and not twice
    loose = tone.take(~owned[tone.last])
    wanted = wanted_words(index, codebook)
    return _mentions(index, codebook, groups, loose, denied, wanted, used)


class _Denials(NamedTuple):
    """Words that deny what follows, that find a theme lacking, that deny the word before them."""

    before: Bools
    lacking: Bools
    behind: Bools


def _denials(index: Index, codebook: Codebook, used: Bools) -> _Denials:
    negation, n = codebook.negation, len(index.tokens)
    found = longest_first(index.group(((1, negation.words), (EXCLUDED, negation.exclude))), n)
    before, lacking, behind = (np.zeros(n, dtype=bool) for _ in range(3))
    before[found.last] = True
    cover(used, found)
    lacking[index.group(((1, negation.lack),)).last] = True
    after = index.group(((1, negation.after),)).last
    particle = np.zeros(n, dtype=bool)
    particle[index.group(((1, negation.particle),)).last] = True
    clause = index.tokens.clause
    for back in _PARTICLE_AWAY if len(after) else ():
        earlier = np.maximum(after - back, 0)
        same = (after >= back) & (clause[earlier] == clause[after])
        behind[after[same & particle[earlier]]] = True
    return _Denials(before, before & lacking, behind)


def _denied(found: Found, denies: Bools, behind: Bools, clause: Ints, toned: Bools) -> Bools:
    """Return which matches are denied, by a word before them with no tone between, or behind."""
    turned = np.zeros(len(found.first), dtype=bool)
    open_ = np.ones(len(found.first), dtype=bool)
    for back in range(1, _REACH + 1):
        earlier = np.maximum(found.first - back, 0)
        open_ &= (found.first >= back) & (clause[earlier] == clause[found.first])
        turned |= open_ & denies[earlier]
        open_ &= ~toned[earlier]
    later = np.minimum(found.last + 1, len(clause) - 1)
    next_to = (found.last + 1 < len(clause)) & (clause[later] == clause[found.last])
    return np.asarray(turned | (next_to & behind[later]))


def _mentions(
    index: Index,
    codebook: Codebook,
    groups: list[Found],
    loose: Found,
    denied: _Denials,
    wanted: Wanted,
    used: Bools,
) -> Mentions:
    tokens, names = index.tokens, codebook.names
    n, clause, shape = len(tokens), tokens.clause, (tokens.n_texts, len(names))
    sign = np.zeros(n, dtype=np.int64)
    hoped, inside = wanted.wish.copy(), np.zeros(n, dtype=bool)
    toned = np.zeros(n, dtype=bool)
    polar = [found.take(found.mark != 0) for found in groups]
    for found in (loose, *polar):
        toned[found.last] = True
    for found in (loose, *polar):
        turned = _denied(found, denied.before, denied.behind, clause, toned)
        tone = np.where(turned, -found.mark, found.mark)
        hope = wanted.of(found) & (tone > 0)
        hoped[found.last[hope]] = True
        sign[found.last] = np.where(hope, 0, tone)
        cover(inside, found)
    positive, negative, neutral = (np.zeros(shape, dtype=bool) for _ in range(3))
    lacking = np.zeros(n, dtype=bool)
    marks = np.flatnonzero(sign)
    for theme, found in enumerate(groups):
        cover(used, found)
        tone = sign[found.last].copy()
        plain = found.mark == 0
        bare = found.take(plain)
        nearest = _nearest(bare, marks, sign, clause)
        # what is denied with no word of tone before it is lacking: "pas de conseil"
        missing = _denied(bare, denied.lacking, denied.behind, clause, toned) & ~toned[bare.last]
        lacking[bare.last[missing]] = True
        tone[plain] = np.where(missing, -1, nearest)
        text = tokens.text[found.first]
        positive[text[tone > 0], theme] = True
        negative[text[tone < 0], theme] = True
        neutral[text[tone == 0], theme] = True
    neutral &= ~(positive | negative)
    ill = (sign < 0) | (lacking & (sign == 0))
    count = tokens.n_texts
    return Mentions(
        names,
        positive,
        negative,
        neutral,
        np.bincount(tokens.text[sign > 0], minlength=count),
        np.bincount(tokens.text[ill], minlength=count),
        reserved(index, codebook, sign, hoped, denied.before & ~inside),
        tokens,
        used,
    )


def _nearest(found: Found, marks: Ints, sign: Ints, clause: Ints) -> Ints:
    """Return the tone of the nearest word of tone in each match's clause; behind wins a tie."""
    if not len(marks) or not len(found.first):
        return np.zeros(len(found.first), dtype=np.int64)
    after = np.searchsorted(marks, found.last, side="right")
    before = np.searchsorted(marks, found.first, side="left") - 1
    behind = marks[np.minimum(after, len(marks) - 1)]
    ahead = marks[np.maximum(before, 0)]
    away = np.where(
        (after < len(marks)) & (clause[behind] == clause[found.last]), behind - found.last, _FAR
    )
    off = np.where(
        (before >= 0) & (clause[ahead] == clause[found.first]), found.first - ahead, _FAR
    )
    tone = np.where(away <= off, sign[behind], sign[ahead])
    return np.asarray(np.where(np.minimum(away, off) <= _NEAR, tone, 0), dtype=np.int64)
