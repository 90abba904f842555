"""Topics that the codebook does not know, from the words it has no use for.

Texts are reduced to the words that are neither grammatical nor the codebook's, weighted by TF-IDF,
and factorized into non-negative topics (scikit-learn's NMF). How many topics there are is decided
by *stability*: the factorization is repeated on random halves of the texts, topics are matched to
those of all texts by cosine (Hungarian algorithm), and the number is taken whose topics come back
best, those that do not hold together counting nothing. A topic that does not come back is an
accident of these texts. One whose first words share a text of the other half no more often than by
chance (lift 1) hangs on a single word.

References
----------
Lee, D. D. & Seung, H. S. (1999). Learning the parts of objects by non-negative matrix
factorization. Nature 401, 788–791.
Greene, D., O'Callaghan, D. & Cunningham, P. (2014). How many topics? Stability analysis for topic
models. ECML PKDD, 498–513.
"""

from __future__ import annotations

import warnings
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from npsstats.aggregates.written import CATEGORIES
from npsstats.linkage.themes.prevalence import share_rows
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from npsstats.aggregates.written import Written
    from npsstats.linkage.themes.matching import Mentions

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["STABLE", "TOGETHER", "Topics", "discover", "find_topics"]

STABLE = 0.5
"""Mean cosine with its likes in half of the texts, under which a topic is called unstable."""

TOGETHER = 2.0
"""Times over chance that a topic's first words must share a text, or it hangs on one word."""

_FIRST = 5  # words that must stand together
_SIZES = (4, 6, 8, 10, 12)  # numbers of topics tried
_HALVES = 4  # random halves that each number of topics is tried on
_LEAST_TEXTS = 100  # with fewer texts there is no telling what comes back
_LEAST_WORD = 5  # texts, and customers, that must hold a word, so that none names a person
_LEAST_LETTERS = 3
_MOST_FITTED = 10_000  # texts that a factorization sees; all are then assigned
_MOST_COMMON = 0.05  # share of the answers above which a word makes no topic
_WORDS = 8  # shown
_PAIRS = 2.0  # pairs that the lift is shrunken by
_TINY = 1e-12
_OWN = 0.5  # share of a text's weight that makes it a topic's


class Topics(NamedTuple):
    """A factorization that was chosen.

    Attributes
    ----------
    words
        Weight of each word in each topic, (topics, words).
    texts
        Weight of each topic in each text, (texts, topics).
    stability
        Mean cosine of each topic with its like in random halves of the texts, (topics,).
    together
        Times over chance that each topic's first words share a text, (topics,).
    tried
        Number of topics → mean stability, 0 for a topic that does not hold together.
    """

    words: Floats
    texts: Floats
    stability: Floats
    together: Floats
    tried: dict[int, float]


def find_topics(
    counts: Any, *, sizes: Sequence[int] = _SIZES, halves: int = _HALVES, seed: int = 0
) -> Topics:
    """Factorize texts into as many topics as come back in random halves of them.

    Parameters
    ----------
    counts
        Sparse matrix of how often each text holds each word, (texts, words).
    sizes
        Numbers of topics tried.
    halves
        Random halves that each is tried on.
    seed
        Of the halves.

    Examples
    --------
    >>> from scipy import sparse
    >>> blocks = np.kron(np.eye(3, dtype=int), np.ones((40, 4), dtype=int))
    >>> topics = find_topics(sparse.csr_array(blocks), sizes=(3,))
    >>> len(topics.words), topics.stability.round(2).tolist()
    (3, [1.0, 1.0, 1.0])
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    rng = np.random.default_rng(seed)
    weighted = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    n = weighted.shape[0]
    rows = np.arange(n)
    if n > _MOST_FITTED:
        rows = np.sort(rng.choice(n, _MOST_FITTED, replace=False))
    fitted, whole_counts = weighted[rows], counts[rows]
    orders = [rng.permutation(len(rows)) for _ in range(halves)]
    best: tuple[float, Any, Floats, Floats] | None = None
    tried: dict[int, float] = {}
    for size in sizes:
        if size >= min(len(rows) // 2, fitted.shape[1]):
            continue
        whole = _factorize(fitted, size)
        checks = [_checked(whole.components_, fitted, whole_counts, order) for order in orders]
        stability, together = np.mean(checks, axis=0)
        tried[size] = float((stability * (together >= TOGETHER)).mean())
        if best is None or tried[size] > best[0]:
            best = (tried[size], whole, stability, together)
    if best is None:
        none = np.zeros((0, weighted.shape[1]))
        return Topics(none, np.zeros((n, 0)), np.zeros(0), np.zeros(0), {})
    _, model, stability, together = best
    return Topics(model.components_, model.transform(weighted), stability, together, tried)


def _checked(whole: Floats, fitted: Any, counts: Any, order: Ints) -> tuple[Floats, Floats]:
    """Return how each topic comes back in one half, and holds together in the other."""
    here, there = np.split(order, [len(order) // 2])
    part = _factorize(fitted[here], len(whole)).components_
    cosine, like = _matched(whole, part)
    # judged on texts that had no say in choosing the words, or noise would hold together too
    return cosine, _together(counts[there], part)[like]


def _factorize(matrix: Any, size: int) -> Any:
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # this start is not random, and the end of the descent does not matter to a list of words
    model = NMF(size, init="nndsvd", random_state=0, max_iter=200, tol=1e-3)
    # many small products: threads would cost more than they save, and change the last digits
    with (
        warnings.catch_warnings(),
        np.errstate(invalid="ignore"),
        threadpool_limits(limits=1, user_api="blas"),
    ):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(matrix)


def _together(counts: Any, topics: Floats) -> Floats:
    """Return how often the pairs of each topic's first words share a text, over chance."""
    n = counts.shape[0]
    found = np.zeros(len(topics))
    for place, topic in enumerate(topics):
        first = np.argsort(-topic, kind="stable")[:_FIRST]
        holds = (counts[:, first].toarray() > 0).astype(float)
        both, share = holds.T @ holds, holds.mean(axis=0)
        one, other = np.triu_indices(len(first), 1)
        chance = float((n * share[one] * share[other]).sum())
        # a few pairs more prove little: so many as by chance are added to both
        found[place] = (both[one, other].sum() + _PAIRS) / (chance + _PAIRS)
    return found


def _matched(ours: Floats, theirs: Floats) -> tuple[Floats, Ints]:
    """Return which of theirs each topic is matched to, and the cosine of the two."""
    from scipy.optimize import linear_sum_assignment

    a, b = (
        one / np.maximum(np.linalg.norm(one, axis=1, keepdims=True), _TINY)
        for one in (ours, theirs)
    )
    cosine = a @ b.T
    rows, columns = linear_sum_assignment(-cosine)
    return cosine[rows, columns], columns.astype(np.int64)


def discover(
    mentions: Mentions,
    stop: Sequence[str],
    written: Written,
    *,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[pd.DataFrame, dict[int, float], list[Said]]:
    """Return topics of the words that the codebook has no use for, and what to doubt.

    Parameters
    ----------
    mentions
        What each different text speaks of.
    stop
        Base forms that are grammatical or generic.
    written
        The answers that say these texts.
    seed
        Of the random halves.
    level
        Confidence level of the shares.

    Returns
    -------
    pandas.DataFrame
        A row a topic, largest first: topic, words (its heaviest), n (answers whose words are
        mostly of this topic), estimate, std_error, lower, upper (share of all verbatims), level,
        one share a category, uncovered (share of its answers that name no theme of the codebook),
        stability, together (times over chance that its first words share an answer).
    dict
        Number of topics tried → what `Topics.tried` says.
    list[str]
        Sentences.
    """
    counts, names = _residual(mentions, set(stop), written)
    used = np.asarray(counts.sum(axis=1)).ravel() >= 1
    if used.sum() < _LEAST_TEXTS or counts.shape[1] < min(_SIZES) + 1:
        return (
            _frame([], level),
            {},
            [said("Too few verbatims hold words beyond the codebook's: no topic was looked for.")],
        )
    # whatever the order of the rows, the same texts are put into the same halves
    keys = [sha256(one.encode("utf-8", "surrogatepass")).digest() for one in written.texts]
    order = np.array(sorted(np.flatnonzero(used).tolist(), key=keys.__getitem__), dtype=np.int64)
    topics = find_topics(counts[order], seed=seed)
    own = np.full(len(used), -1)
    weight = topics.texts * np.linalg.norm(topics.words, axis=1)
    total = weight.sum(axis=1)
    main = weight.argmax(axis=1)
    clear = (total > 0) & (weight.max(axis=1) >= _OWN * total)
    own[order[clear]] = main[clear]
    topic, covered = own[written.text], mentions.named.any(axis=1)[written.text]
    rows = []
    for place in range(len(topics.words)):
        inside = topic == place
        heavy = np.argsort(-topics.words[place], kind="stable")[:_WORDS]
        row: dict[str, Any] = {
            "words": ", ".join(names[w] for w in heavy if topics.words[place, w] > 0),
            **share_rows(inside[:, np.newaxis], written.store, level).iloc[0],
        }
        for number, name in enumerate(CATEGORIES):
            here = written.category == number
            row[name] = float(inside[here].mean()) if here.any() else np.nan
        row["uncovered"] = float((~covered[inside]).mean()) if inside.any() else np.nan
        row["stability"] = float(topics.stability[place])
        row["together"] = float(topics.together[place])
        rows.append(row)
    frame = _frame(rows, level)
    weak = int(((frame["stability"] < STABLE) | (frame["together"] < TOGETHER)).sum())
    doubts = []
    if weak:
        doubts.append(
            said(
                "{weak} of {topics} discovered topics do not come back in half of the verbatims "
                "(stability under {stable:g}) or hang on one word (its first words share a "
                "text less than {together:g} times as often as by chance): do not read them.",
                weak=weak,
                topics=len(frame),
                stable=STABLE,
                together=TOGETHER,
            )
        )
    return frame, topics.tried, doubts


def _residual(mentions: Mentions, stop: set[str], written: Written) -> tuple[Any, list[str]]:
    """Return how often each text holds each word that nobody has a use for, and the words."""
    from scipy import sparse

    tokens = mentions.tokens
    wanted = np.array(
        [base not in stop and len(base) >= _LEAST_LETTERS for base in tokens.bases], dtype=bool
    )
    free = ~mentions.used & wanted[tokens.base] if len(tokens) else np.zeros(0, dtype=bool)
    shape = (tokens.n_texts, len(tokens.bases))
    counts = sparse.csr_array(
        (np.ones(int(free.sum())), (tokens.text[free], tokens.base[free])), shape=shape
    )
    counts.sum_duplicates()
    texts = np.bincount(counts.indices, minlength=shape[1])
    holds = (counts > 0).T.tocsr().astype(np.int64)
    times = holds @ written.answers.sum(axis=1)
    people = np.diff((holds @ written.speakers).indptr)
    kept = (texts >= _LEAST_WORD) & (people >= _LEAST_WORD) & (times <= _MOST_COMMON * len(written))
    often = sorted(np.flatnonzero(kept).tolist(), key=tokens.bases.__getitem__)
    return counts[:, often], [tokens.labels[place] for place in often]


def _frame(rows: list[dict[str, Any]], level: float) -> pd.DataFrame:
    columns = ["topic", "words", "n", "estimate", "std_error", "lower", "upper", "level"]
    columns += [*CATEGORIES, "uncovered", "stability", "together"]
    if not rows:
        return pd.DataFrame({name: [] for name in columns})
    frame = pd.DataFrame(rows)
    # of the share's own columns, yes is what the topic holds
    frame = frame.assign(n=frame["yes"].astype(np.int64), level=level)
    frame = frame.sort_values("n", ascending=False, kind="stable", ignore_index=True)
    frame["topic"] = np.arange(1, len(frame) + 1)
    return frame[columns]
