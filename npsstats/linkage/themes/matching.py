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
from npsstats.linkage.themes.expressions import EXCLUDED, Found, Index, longest_first
from npsstats.linkage.themes.tokens import Tokens, lexicon_of, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Mentions", "match"]

_REACH = 3  # words over which a negation reaches
_PARTICLE_AWAY = (2, 3, 4)  # words from the particle to the negation after the verb
_COMPARED = (1, 2)  # words behind a comparison that it concerns
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
        _cover(owned, found.take(found.mark != 0))
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
    _cover(used, tone)
    # a word that a theme has a use for is counted there and not twice
    loose = tone.take(~owned[tone.last])
    wanted = _wanted(index, codebook)
    return _mentions(tokens, codebook.names, groups, loose, denied, wanted, used)


def _wanted(index: Index, codebook: Codebook) -> Bools:
    """Return which words come after a wish in their clause, or right behind a comparison."""
    tokens, tone = index.tokens, codebook.tone
    wanted = np.zeros(len(tokens), dtype=bool)
    wishes = np.sort(index.group(((1, tone.wish),)).last)
    if len(wishes):
        last = np.searchsorted(wishes, np.arange(len(tokens)), side="left") - 1
        wish = wishes[np.maximum(last, 0)]
        wanted = (last >= 0) & (tokens.clause[wish] == tokens.clause)
    compared = index.group(((1, tone.compare),)).last
    for step in _COMPARED:
        later = np.minimum(compared + step, max(len(tokens) - 1, 0))
        wanted[later[tokens.clause[later] == tokens.clause[compared]]] = True
    return np.asarray(wanted)


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
    _cover(used, found)
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


def _cover(words: Bools, found: Found) -> None:
    for step in range(int((found.last - found.first).max(initial=-1)) + 1):
        inside = found.first + step <= found.last
        words[found.first[inside] + step] = True


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
    tokens: Tokens,
    names: list[str],
    groups: list[Found],
    loose: Found,
    denied: _Denials,
    wanted: Bools,
    used: Bools,
) -> Mentions:
    n, clause, shape = len(tokens), tokens.clause, (tokens.n_texts, len(names))
    sign = np.zeros(n, dtype=np.int64)
    toned = np.zeros(n, dtype=bool)
    polar = [found.take(found.mark != 0) for found in groups]
    for found in (loose, *polar):
        toned[found.last] = True
    for found in (loose, *polar):
        turned = _denied(found, denied.before, denied.behind, clause, toned)
        sign[found.last] = np.where(turned, -found.mark, found.mark)
    positive, negative, neutral = (np.zeros(shape, dtype=bool) for _ in range(3))
    lacking = np.zeros(n, dtype=bool)
    sign[wanted & (sign > 0)] = 0
    marks = np.flatnonzero(sign)
    for theme, found in enumerate(groups):
        _cover(used, found)
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
