"""Where the expressions of a codebook stand among the words of some texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from npsstats.linkage.themes.codebook import Slot, parse
from npsstats.linkage.themes.lexicon import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from npsstats.linkage.themes.lexicon import Lexicon
    from npsstats.linkage.themes.tokens import Tokens

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["EXCLUDED", "Found", "Index", "cover", "longest_first"]

EXCLUDED = 9
"""Mark of an expression that takes its words out of the group."""

_GAP = 3  # words that "…" may stand for


class Found(NamedTuple):
    """Where expressions stand: first and last word, and the mark of the list they come from."""

    first: Ints
    last: Ints
    mark: Ints

    def take(self, chosen: Ints | Bools) -> Found:
        """Return those chosen."""
        return Found(self.first[chosen], self.last[chosen], self.mark[chosen])


@dataclass(frozen=True, eq=False)
class Index:
    """The words of some texts, found by form and by base form."""

    tokens: Tokens
    lexicon: Lexicon
    _forms: dict[str, int]
    _bases: dict[str, int]
    _order: Ints
    _starts: Ints
    _by_form: list[list[int]]

    @classmethod
    def of(cls, tokens: Tokens, lexicon: Lexicon) -> Index:
        """Return the index of some words."""
        few = len(tokens.bases) <= np.iinfo(np.uint16).max
        # numbers of 16 bits are sorted in one pass
        base = tokens.base.astype(np.uint16) if few else tokens.base
        order = np.argsort(base, kind="stable").astype(np.int64)
        many = np.bincount(tokens.base, minlength=len(tokens.bases))
        starts = np.concatenate([[0], np.cumsum(many)])
        pairs = np.unique(tokens.form * max(len(tokens.bases), 1) + tokens.base)
        by_form: list[list[int]] = [[] for _ in tokens.forms]
        for form, base in zip(
            pairs // max(len(tokens.bases), 1), pairs % max(len(tokens.bases), 1), strict=True
        ):
            by_form[form].append(int(base))
        return cls(
            tokens,
            lexicon,
            {form: place for place, form in enumerate(tokens.forms)},
            {base: place for place, base in enumerate(tokens.bases)},
            order,
            starts.astype(np.int64),
            by_form,
        )

    def words(self, alternatives: Iterable[str]) -> Ints:
        """Return the places of all words that one of the alternatives stands for, in order."""
        bases: set[int] = set()
        exact: list[Ints] = []
        for word in alternatives:
            if word.endswith("*"):
                stem = fold(word[:-1])
                bases.update(p for base, p in self._bases.items() if base.startswith(stem))
                for form, place in self._forms.items():
                    if form.startswith(stem):
                        bases.update(self._by_form[place])
            elif word.startswith("="):
                exact.append(self._of_form(fold(word[1:])))
            elif (place_of := self._bases.get(self.lexicon.base(word.lower()))) is not None:
                bases.add(place_of)
        places = [self._order[self._starts[b] : self._starts[b + 1]] for b in sorted(bases)]
        places += exact
        if not places:
            return np.zeros(0, dtype=np.int64)
        return places[0] if len(places) == 1 else np.sort(np.concatenate(places), kind="stable")

    def _of_form(self, form: str) -> Ints:
        place = self._forms.get(form)
        if place is None:
            return np.zeros(0, dtype=np.int64)
        near = [self._order[self._starts[b] : self._starts[b + 1]] for b in self._by_form[place]]
        every = np.concatenate(near)
        return np.sort(every[self.tokens.form[every] == place])

    def find(self, expression: str, barrier: Ints | None = None) -> tuple[Ints, Ints]:
        """Return first and last word of each place where an expression stands, in one clause.

        Its gaps do not reach over a barrier: "carte … intéressante" is not there in "carte peu
        intéressante". `barrier`, (words,), counts the words up to each that are barriers.
        """
        slots = parse(expression)
        where = [self.words(slot.words) for slot in slots]
        first = last = where[0]
        if min(map(len, where)) == 0:
            return first[:0], last[:0]
        for slot, places in zip(slots[1:], where[1:], strict=True):
            first, last, before = self._followed(slot, first, last, places)
            if slot.gap and barrier is not None and len(first):
                open_ = barrier[last - 1] == barrier[before]
                first, last = first[open_], last[open_]
            if not len(first):
                break
        return first, last

    def _followed(
        self, slot: Slot, first: Ints, last: Ints, places: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Return the matches that the next word follows: first, that word, and the one before."""
        clause = self.tokens.clause
        after = np.searchsorted(places, last, side="right")
        there = after < len(places)
        first, last, after = first[there], last[there], places[after[there]]
        near = (after - last <= (_GAP if slot.gap else 0) + 1) & (clause[after] == clause[last])
        return first[near], after[near], last[near]

    def group(
        self, lists: Iterable[tuple[int, Sequence[str]]], barrier: Ints | None = None
    ) -> Found:
        """Return where the expressions of a group's lists stand, each with its list's mark."""
        firsts, lasts, marks = [], [], []
        for mark, expressions in lists:
            for expression in expressions:
                first, last = self.find(expression, barrier)
                firsts.append(first)
                lasts.append(last)
                marks.append(np.full(len(first), mark, dtype=np.int64))
        if not firsts:
            none = np.zeros(0, dtype=np.int64)
            return Found(none, none, none)
        return Found(np.concatenate(firsts), np.concatenate(lasts), np.concatenate(marks))


def cover(words: Bools, found: Found) -> None:
    """Mark the words of the matches."""
    for step in range(int((found.last - found.first).max(initial=-1)) + 1):
        inside = found.first + step <= found.last
        words[found.first[inside] + step] = True


def longest_first(found: Found, n_words: int) -> Found:
    """Return the matches that share no word with a longer one; excluded words are given up.

    Of two of one length that which is excluded, then that which begins first, then that which is
    listed first stands.

    Examples
    --------
    >>> found = Found(np.array([0, 0, 4]), np.array([2, 0, 4]), np.array([-1, 0, 0]))
    >>> longest_first(found, 5).first.tolist()
    [0, 4]
    """
    if not len(found.first):
        return found
    length = found.last - found.first
    excluded = found.mark == EXCLUDED
    order = np.lexsort((found.first, ~excluded, -length))
    taken = np.zeros(n_words, dtype=bool)
    kept: list[Ints] = []
    cuts = np.flatnonzero(np.diff(length[order])) + 1
    for same in np.split(order, cuts):
        # matches of one length: of those that overlap each other the first in order stands
        size = int(length[same[0]]) + 1
        free = np.ones(len(same), dtype=bool)
        for step in range(size):
            free &= ~taken[found.first[same] + step]
        same = same[free]  # noqa: PLW2901 - those still free
        if size > 1:
            same = _apart(found.first[same], same, size)  # noqa: PLW2901 - those apart
        else:
            _, firsts = np.unique(found.first[same], return_index=True)
            same = same[firsts]  # noqa: PLW2901 - one a word
        for step in range(size):
            taken[found.first[same] + step] = True
        kept.append(same)
    chosen = np.concatenate(kept)
    chosen = chosen[found.mark[chosen] != EXCLUDED]
    return found.take(np.sort(chosen))


def _apart(first: Ints, same: Ints, size: int) -> Ints:
    """Return those of equally long matches, in order of preference, that do not overlap."""
    order = np.argsort(first, kind="stable")
    close = np.diff(first[order]) < size
    crowded = np.zeros(len(same), dtype=bool)
    crowded[order[1:][close]] = True
    crowded[order[:-1][close]] = True
    used: set[int] = set()
    kept = []
    # most matches stand alone; only those that meet another need one look after the other
    for start, one in zip(first[crowded].tolist(), same[crowded].tolist(), strict=True):
        span = range(start, start + size)
        if used.isdisjoint(span):
            used.update(span)
            kept.append(one)
    return np.concatenate([same[~crowded], np.array(kept, dtype=np.int64)])
