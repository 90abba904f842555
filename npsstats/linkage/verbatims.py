"""What customers write, beside the score they give.

The one analysis that reads texts: they are cut into words once, and from then on there are only
themes, tones and counts. No text, and no word that fewer than five customers use, is in a result;
where customers are not known, each answer is taken for one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.aggregates.words import count_terms
from npsstats.aggregates.written import CATEGORIES, Written, written
from npsstats.linkage.themes.codebook import Codebook, load_codebook
from npsstats.linkage.themes.discovery import discover
from npsstats.linkage.themes.gaps import theme_gaps
from npsstats.linkage.themes.matching import Mentions, match
from npsstats.linkage.themes.mismatch import (
    HIGH_COMPLAINT,
    LOW_KIND,
    mismatch_counts,
    mismatched,
)
from npsstats.linkage.themes.overused import overused
from npsstats.linkage.themes.prevalence import (
    NO_THEME,
    theme_prevalence,
    verbatim_rates,
)
from npsstats.linkage.themes.terms import terms
from npsstats.linkage.themes.theme_effects import theme_effects
from npsstats.linkage.themes.verbatim_result import VerbatimResult
from npsstats.results import Provenance
from npsstats.said import Said, said

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["VerbatimResult", "verbatims"]

_LITTLE_COVERED = 0.5  # share of texts with a theme under which the codebook does not fit
_UNEVEN = 1.3  # ratio of the rates of writing that is worth a sentence
_CUT = 0.01  # share of texts of exactly the greatest length that looks like a limit
_PEOPLE = {
    "detractor": said("detractors"),
    "passive": said("passives"),
    "promoter": said("promoters"),
}
_SHORT = 50  # characters; a limit would not be so low


def verbatims(
    data: Any,
    codebook: str | Path | Codebook = "fr",
    *,
    text: str = "verbatim",
    score: str = "score",
    store: str | None = "store_id",
    response: str = "response_id",
    customer: str = "customer_id",
    level: float = 0.95,
    least: int = 5,
    discovery: bool = True,
    seed: int = 0,
) -> VerbatimResult:
    """Return what the verbatims speak of, by whom, in which tone, and with which score.

    Parameters
    ----------
    data
        An `Intake` of responses, an Ibis table of judged rows, or anything that `npsstats.read`
        takes.
    codebook
        "fr", "en", a TOML file of one's own, or a codebook that is loaded: see
        `npsstats.linkage.themes.codebook`.
    text, score, store, response, customer
        Names of the columns. Stores, where they are, widen the intervals as answers of one store
        resemble each other; the answers' own numbers are what the list of mismatches holds; by
        their customers it is counted who uses a word.
    level
        Confidence level of all intervals.
    least
        Customers (answers, where those are not known) who must use a term for it to be counted, at
        least 5: a rarer one says little and might name a person.
    discovery
        Whether to look for topics that the codebook does not know.
    seed
        Of the random halves that the stability of topics is tried on.

    Returns
    -------
    VerbatimResult
        `frame` of themes, and `words`, `effects`, `mismatches`, `mismatch_counts`, `discovered`,
        `writers`.

    Raises
    ------
    InputError
        If a column is not there, no answer holds a text, or the codebook cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> answers = pd.DataFrame(
    ...     {
    ...         "score": [10, 9, 3, 2, 8, 10],
    ...         "verbatim": [
    ...             "Équipe très aimable", "De bons conseils", "Trop d'attente en caisse",
    ...             "Attente interminable, prix trop élevés", "Un peu cher", None,
    ...         ],
    ...     }
    ... )
    >>> result = verbatims(answers, "fr", discovery=False)
    >>> frame = result.frame[result.frame["theme"] == "waiting"]
    >>> frame[["category", "n", "yes", "negative"]].values.tolist()
    [['all', 5, 2, 0.4], ['detractor', 2, 2, 1.0], ['passive', 1, 0, 0.0], ['promoter', 2, 0, 0.0]]
    """
    level = checks.fraction("level", level)
    least = checks.count("least", least, least=_PRIVATE)
    seed = checks.count("seed", seed)
    book = load_codebook(codebook)
    rows = written(data, text=text, score=score, store=store, response=response, customer=customer)
    mentions = match(rows.texts, book)
    frame = _themes(mentions, rows, book, level)
    tones = {
        name: getattr(mentions, name)[rows.text] for name in ("positive", "negative", "neutral")
    }
    effects, doubts = theme_effects(tones, mentions.themes, rows.score, rows.store, level=level)
    where, names = terms(mentions.tokens, book)
    counts = count_terms(where.text, where.term, names, rows.answers, least=least, rows=rows)
    both = 0 < rows.asked["yes"].iloc[0] < rows.asked["yes"].sum()
    words = overused(counts, level=level) if both else pd.DataFrame()
    low, high = mismatched(rows.score, mentions.kindly[rows.text], mentions.complaining[rows.text])
    found, tried, unstable = pd.DataFrame(), dict[int, float](), list[Said]()
    if discovery:
        found, tried, unstable = discover(
            mentions, [*where.stop, *where.generic], rows, seed=seed, level=level
        )
    writers = verbatim_rates(rows.asked, rows.asked_by_store, level=level)
    options = {
        "codebook": codebook if isinstance(codebook, str) else book.language,
        "level": level,
        "least": least,
        "topics": tried,
    }
    result = VerbatimResult(
        frame,
        (),
        Provenance(
            "codebook; log-odds with informative Dirichlet prior (Monroe et al. 2008); NMF",
            options,
            rows.fingerprint,
            seed if discovery else None,
        ),
        words,
        effects,
        _list(rows, low, high),
        mismatch_counts(rows.score, low, high),
        found,
        writers,
        counts,
        theme_gaps(
            mentions.named[rows.text], mentions.themes, rows.category, rows.store, level=level
        ),
    )
    told = (*_doubts(result, rows), *doubts, *unstable)
    return replace(result, diagnostics=told)


_PRIVATE = 5


def _themes(mentions: Mentions, rows: Written, book: Codebook, level: float) -> pd.DataFrame:
    """Return the shares that name each theme, with those that praise and blame it."""
    named = mentions.named[rows.text]
    frame = theme_prevalence(named, mentions.themes, rows.category, rows.store, level=level)
    labels = {name: book.label(name) for name in mentions.themes} | {NO_THEME: NO_THEME}
    frame.insert(1, "label", frame["theme"].map(labels))
    kinds = [np.ones(len(rows), dtype=bool), *(rows.category == k for k in range(len(CATEGORIES)))]
    for name in ("positive", "negative"):
        spoken = getattr(mentions, name)[rows.text].astype(float)
        with np.errstate(invalid="ignore"):
            shares = np.stack([spoken[k].sum(axis=0) / k.sum() for k in kinds], axis=1)
        none = np.full((1, len(kinds)), np.nan)
        frame[name] = np.concatenate([shares, none]).ravel()
    return frame


def _list(rows: Written, low: Any, high: Any) -> pd.DataFrame:
    chosen = np.flatnonzero(low | high)
    if rows.response_id is None:
        return pd.DataFrame({"response_id": [], "mismatch": [], "score": []})
    frame = pd.DataFrame(
        {
            "response_id": rows.response_id.iloc[chosen].to_numpy(),
            "mismatch": np.where(low[chosen], LOW_KIND, HIGH_COMPLAINT),
            "score": rows.score[chosen],
        }
    )
    return frame.sort_values(["mismatch", "score"], ascending=[False, True], ignore_index=True)


def _doubts(result: VerbatimResult, rows: Written) -> list[Said]:
    doubts = []
    if result.coverage < _LITTLE_COVERED:
        doubts.append(
            said(
                "Only {share:.0f}% of the verbatims name a theme of the codebook: it may be "
                "in another language, or of another trade. Edit it.",
                share=100 * result.coverage,
            )
        )
    rates = result.writers["estimate"].to_numpy(dtype=float)
    if np.nanmin(rates) * _UNEVEN < np.nanmax(rates) and np.nanmin(rates) < 1:
        shares = [
            said("{rate:.0f}% of {category}", rate=100 * rate, category=_PEOPLE[name])
            for name, rate in zip(CATEGORIES, rates, strict=True)
            if np.isfinite(rate)
        ]
        doubts.append(
            said(
                "Not all write alike ({shares}): shares over all categories are of those who "
                "write.",
                shares=shares,
            )
        )
    doubts.append(
        said(
            "Differences are associations within those who write: whoever is unhappy for "
            "another reason names a theme as well."
        )
    )
    if result.mismatch_counts["listed"].sum():
        doubts.append(
            said(
                "Mismatches rest on a modest reading of the tone, not validated on real texts: "
                "read the list, of which well under all are what it says, and quote no rate "
                "from it."
            )
        )
    length = np.array([len(one) for one in rows.texts])
    longest = int(length.max())
    cut = int((length >= longest - 2).sum())
    if longest > _SHORT and cut > max(_CUT * len(length), 5):
        doubts.append(
            said(
                "{cut:,} texts are {longest} characters long, as none is longer: they seem to "
                "be cut off there.",
                cut=cut,
                longest=longest,
            )
        )
    if rows.unscored:
        doubts.append(
            said(
                "{unscored:,} texts of answers that cannot be used were left out.",
                unscored=rows.unscored,
            )
        )
    everywhere = len(result.terms or ()) - len(result.words)
    if len(result.words) and everywhere:
        doubts.append(
            said(
                "Terms that every verbatim holds ({everywhere}) are not compared: nobody says "
                "them more.",
                everywhere=everywhere,
            )
        )
    if rows.customer is None:
        doubts.append(
            said(
                "Customers are not known: a rare word is one of few answers, and one customer "
                "may have given several. Say which column names the customer."
            )
        )
    if rows.response_id is None:
        doubts.append(
            said(
                "The answers have no number, so that mismatches are counted and not listed: say "
                "which column numbers them."
            )
        )
    return doubts
