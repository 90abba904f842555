"""The signs of gaming, each read from its counts: observed, expected, p-value, a value a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from npsstats.estimation.integrity.bursts import bursts
from npsstats.estimation.integrity.excess import LEAST_STORES, excess, profile_logits
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.aggregates.integrity import IntegrityCounts

    Floats = NDArray[np.float64]

__all__ = ["MEANINGS", "SIGNS", "Meaning", "Sign", "copies", "read_signs"]

_LEAST_VARIATION = 1.0  # squared coefficient of variation of honest stores' rates of repeats
_ODD = 1e-3  # repeats less probable than this do not enter what is usual
_FEW = said(
    "fewer than {least} stores have enough answers to know what is usual", least=LEAST_STORES
)


class Meaning(NamedTuple):
    """What a sign counts, and the innocent reasons for it."""

    unit: Said
    innocent: Said


MEANINGS = {
    "tens_given_closed": Meaning(
        said("tens"),
        said(
            "Staff whom customers like beyond what the closed questions ask; customers of a "
            "culture that gives tens easily; closed questions left blank; a team that "
            "explains the scale."
        ),
    ),
    "tens_given_nines": Meaning(
        said("tens among 9 and 10"),
        said(
            "Customers of a culture that uses the end of the scale; a questionnaire or a screen "
            "that shows the 10 first; truly outstanding service."
        ),
    ),
    "bursts": Meaning(
        said("answers in the window"),
        said(
            "A mailing, an opening, an event or a catch-up of late invitations in this store "
            "alone; answers dated by the day they were entered."
        ),
    ),
    "repeated_customers": Meaning(
        said("repeats by one customer"),
        said(
            "Two visits on a day; a household or a company that shares an account; a form that was "
            "sent twice."
        ),
    ),
    "repeated_texts": Meaning(
        said("repeated verbatims"),
        said(
            "A suggested sentence on the form; a set phrase of the region; colleagues who answer "
            "together; a text entered twice."
        ),
    ),
    "repeated_rows": Meaning(
        said("answers rejected as duplicates"),
        said("An export that was appended twice, or a technical resend from this store's device."),
    ),
    "response_rate": Meaning(
        said("answers to invitations"),
        said(
            "Loyal customers; an address file that was cleaned; invitations that were not "
            "recorded; a reminder by the staff, which is not begging for a score."
        ),
    ),
}


SIGNS = {
    "tens_given_closed": said("tens_given_closed"),
    "tens_given_nines": said("tens_given_nines"),
    "bursts": said("bursts"),
    "repeated_customers": said("repeated_customers"),
    "repeated_texts": said("repeated_texts"),
    "repeated_rows": said("repeated_rows"),
    "response_rate": said("response_rate"),
}
"""The signs by their names, which reports say in their language."""


class Sign(NamedTuple):
    """One sign, (stores,) each: NaN where it could not be read.

    `when` holds the first day of a burst (ISO) or None, `days` its length or NaN.
    """

    name: str
    observed: Floats
    expected: Floats
    n: Floats
    p_value: Floats
    when: list[str | None]
    days: Floats


def read_signs(counts: IntegrityCounts) -> tuple[list[Sign], dict[str, str]]:
    """Return the signs that can be read, and the others with the reason."""
    absent = dict(counts.absent)
    found = [*_tens(counts, absent)]
    if counts.days is not None:
        if len(counts.stores) >= LEAST_STORES:
            found.append(_bursts(counts))
        else:
            absent["bursts"] = _FEW
    for kind, frame in counts.repeats.items():
        name = f"repeated_{kind}"
        if len(counts.stores) < LEAST_STORES:
            absent[name] = _FEW
            continue
        extra, chances = (_by_store(frame, column, counts) for column in ("extra", "chances"))
        expected, p = copies(extra, chances)
        found.append(_sign(name, extra, expected, chances, p))
    if counts.invitations is not None:
        sent = counts.invitations
        profile = [name for name in sent.columns if name not in ("store", "n", "answered")]
        sign = _excess("response_rate", counts, sent, sent[profile], "n", "answered", [])
        if sign is None:
            absent["response_rate"] = _FEW
        else:
            found.append(sign)
    return [sign for sign in found if sign.name not in absent], absent


def _tens(counts: IntegrityCounts, absent: dict[str, str]) -> list[Sign]:
    """Read both signs of tens; the level of a store is what its closed questions tell."""
    answers, stores = counts.answers, len(counts.stores)
    profile = answers[[*counts.closed, *counts.strata]]
    store, n = answers["store"].to_numpy(), answers["n"].to_numpy(dtype=float)
    total = np.bincount(store, n, stores)
    level = []
    if counts.closed:
        tens = answers["tens"].to_numpy(dtype=float)
        # the closed questions alone: strata are in the model already
        logits = profile_logits(answers[list(counts.closed)], n, tens)
        level = [np.bincount(store, n * logits, stores) / np.maximum(total, 1)]
    found = []
    if counts.closed:
        sign = _excess("tens_given_closed", counts, answers, profile, "n", "tens", level)
        if sign is None:
            absent["tens_given_closed"] = _FEW
        else:
            found.append(sign)
    if not counts.closed:
        share = np.bincount(store, answers["promoters"].to_numpy(dtype=float), stores)
        # the share of promoters stands for how good the store is; a few answers' worth of prior
        whole = share.sum() / max(total.sum(), 1)
        share = (share + 10 * whole) / (total + 10)
        level = [np.log(np.maximum(share, 1e-6) / np.maximum(1 - share, 1e-6))]
    some = answers["promoters"].to_numpy() > 0
    sign = None
    if some.any():
        sign = _excess(
            "tens_given_nines", counts, answers[some], profile[some], "promoters", "tens", level
        )
    if sign is None:
        absent["tens_given_nines"] = _FEW
    else:
        found.append(sign)
    return found


def _excess(
    name: str,
    counts: IntegrityCounts,
    frame: pd.DataFrame,
    profile: pd.DataFrame,
    trials: str,
    successes: str,
    covariates: list[Floats],
) -> Sign | None:
    stores = len(counts.stores)
    n, k = frame[trials].to_numpy(dtype=float), frame[successes].to_numpy(dtype=float)
    centred = [values - np.median(values) for values in covariates]
    x = np.column_stack(centred) if centred else np.zeros((stores, 0))
    logits = profile_logits(profile, n, k)
    result = excess(frame["store"].to_numpy(), stores, logits, n, k, x)
    if result is None:
        return None
    return _sign(name, result.observed, result.expected, result.n, result.p_value)


def _bursts(counts: IntegrityCounts) -> Sign:
    assert counts.days is not None  # noqa: S101 - the caller has looked
    store, day, n = (counts.days[name].to_numpy() for name in ("store", "day", "n"))
    found = bursts(store, day, n.astype(float), len(counts.stores))
    when = [
        None if length < 1 else str(np.datetime64(int(first), "D"))
        for first, length in zip(found.first, found.length, strict=True)
    ]
    days = np.where(found.length > 0, found.length, np.nan)
    return Sign("bursts", found.observed, found.expected, found.n, found.p_value, when, days)


def copies(extra: Floats, chances: Floats) -> tuple[Floats, Floats]:
    """Return what is expected of honest stores, and the probability of so many repeats or more.

    Repeats of a store are negative binomial: Poisson at a rate a chance that varies between
    honest stores. Rate and variation come from the stores that are not odd themselves; half a
    repeat is added to the network's, so that a network without any does not make the first one
    impossible. Rates of honest stores are taken to vary at least as an exponential does, and the
    probability is not a mid-p: with less than one repeat expected, either would alarm too easily.

    Parameters
    ----------
    extra, chances
        (stores,) repeats, and answers (or pairs) that could have been one.
    """
    from scipy import stats

    # to begin with, the tenth that repeats most is left out: it cannot hide behind itself
    some = chances > 0
    ratio = np.where(some, extra / np.maximum(chances, 1.0), -1.0)
    usual = some & (ratio <= np.quantile(ratio[some], 0.9)) if some.any() else some
    if not extra[some & ~usual].any():
        usual = some
    for _ in range(20):
        rate = (extra[usual].sum() + 0.5) / max(chances[usual].sum(), 1.0)
        expected = rate * chances
        mean = expected[usual]
        excess_variance = ((extra[usual] - mean) ** 2 - mean).sum()
        shape = 1 / max(excess_variance / max((mean**2).sum(), 1e-12), _LEAST_VARIATION)
        law = stats.nbinom(shape, shape / (shape + np.maximum(expected, 1e-12)))
        p = law.sf(extra - 1)
        kept = (chances > 0) & (p > _ODD)
        if (kept == usual).all() or not kept.any():
            break
        usual = kept
    nothing = chances <= 0
    return np.where(nothing, np.nan, expected), np.where(nothing, np.nan, np.clip(p, 0, 1))


def _by_store(frame: pd.DataFrame, column: str, counts: IntegrityCounts) -> Floats:
    values: Any = frame[column].to_numpy(dtype=float)
    return np.bincount(frame["store"].to_numpy(), values, len(counts.stores))


def _sign(name: str, observed: Floats, expected: Floats, n: Floats, p: Floats) -> Sign:
    return Sign(name, observed, expected, n, p, [None] * len(n), np.full(len(n), np.nan))
