"""From texts, customers and days to the facts beside the scores, each where the data bear it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.checks import InputError
from npsstats.reporting.leadership.beside_facts import SMALL, AtRisk, Voice, Watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from npsstats.linkage.verbatims import VerbatimResult
    from npsstats.reporting.linkage.counted import Counted

__all__ = ["risk_of", "voice_of", "watch_of"]

_FITS = 0.6  # share of texts with a theme under which the other codebook is tried
_BOOKS = ("fr", "en")


def voice_of(responses: Any, language: str, *, level: float, seed: int) -> Voice | None:
    """Return what the texts speak of, or None where there are none.

    Parameters
    ----------
    responses
        An `Intake`.
    language
        "fr" or "en": the codebook that is tried first; the other one where this does not fit.
    level, seed
        Of the intervals; of nothing that is drawn here.
    """
    columns = responses.accepted.columns
    if "verbatim" not in columns:
        return None
    found: list[VerbatimResult] = []
    for book in sorted(_BOOKS, key=lambda name: name != language):
        read = _read(responses, columns, book, level, seed)
        if read is None:
            return None
        found.append(read)
        if read.coverage >= _FITS:
            break
    return _told(max(found, key=lambda read: read.coverage))


def _read(
    responses: Any, columns: Any, book: str, level: float, seed: int
) -> VerbatimResult | None:
    from npsstats.linkage.verbatims import verbatims

    try:
        return verbatims(
            responses,
            book,
            store="store_id" if "store_id" in columns else None,
            level=level,
            discovery=False,
            seed=seed,
        )
    except InputError:
        return None  # nobody wrote


def _told(result: VerbatimResult) -> Voice:
    """Return the facts of a reading of the texts; themes that few name are left out."""
    from npsstats.linkage.themes.codebook import load_codebook
    from npsstats.linkage.themes.prevalence import ALL, NO_THEME

    frame = result.frame[result.frame["theme"] != NO_THEME]
    every = frame[frame["category"] == ALL].set_index("theme")
    themes = every[["yes", "estimate"]].rename(columns={"estimate": "share"})
    own = {
        kind: frame[frame["category"] == kind].set_index("theme")
        for kind in ("detractor", "promoter")
    }
    hidden = _hidden(every["yes"], {kind: part["yes"] for kind, part in own.items()})
    for kind, part in own.items():
        themes[kind] = part["estimate"].mask(hidden[kind] | (part["n"] < SMALL))
    gaps = result.gaps.set_index("theme") if len(result.gaps) else None
    for name, column in (("gap", "estimate"), ("gap_lower", "lower"), ("gap_upper", "upper")):
        themes[name] = np.nan if gaps is None else gaps[column]
    small = _few(themes["yes"])
    kept = themes[themes["yes"] >= SMALL].sort_values("share", ascending=False, kind="stable")
    book = load_codebook(str(result.provenance.options["codebook"]))
    asked = result.writers[result.writers["n"] > 0]
    rates = dict(zip(asked["category"], asked["estimate"], strict=True))
    return Voice(
        texts=int(every["n"].iloc[0]),
        answers=int(asked["n"].sum()),
        named=result.coverage,
        themes=kept.reset_index(),
        labels={
            str(name): {code: book.label(str(name), code) for code in _BOOKS} for name in kept.index
        },
        rates={} if _few(asked["yes"]).any() else rates,
        hidden=int(small.sum()),
    )


def _few(n: pd.Series) -> pd.Series:
    return (n > 0) & (n < SMALL)


def _hidden(every: pd.Series, told: dict[str, pd.Series]) -> pd.DataFrame:
    """Return which shares are not told: those of few, and one more where the rest would be few."""
    import pandas as pd

    counts = pd.DataFrame(told).reindex(every.index)
    hidden = counts.apply(_few)
    rest = every - counts.mask(hidden, 0).sum(axis=1)
    seen = counts.mask(hidden | (counts == 0))
    least = seen.eq(seen.min(axis=1), axis=0)
    return hidden | least.mul(_few(rest), axis=0)


def risk_of(counted: Counted, level: float) -> AtRisk | None:
    """Return the customers at risk as counts, or None where nobody's leaving could be followed."""
    from npsstats.linkage.churn.at_risk import at_risk

    try:
        result = at_risk(counted.hazard("month", level), counted.states("month"))
    except InputError:
        return None  # the page on who stays says why
    frame = result.frame
    alert = frame[frame["alert"]]
    few = len(alert) < SMALL
    return AtRisk(
        customers=len(frame),
        money=float(frame["money"].sum()),
        loss=float(frame["loss"].sum()),
        gone=float((frame["money"] * frame["p_gone"]).sum()),
        alerts=None if few and len(alert) else len(alert),
        alerts_money=float("nan") if few else float(alert["money"].sum()),
        alerts_loss=float("nan") if few else float(alert["loss"].sum()),
        cells=result.counts(SMALL),
    )


def watch_of(responses: Any, invitations: Any, names: Mapping[str, str]) -> Watch | None:
    """Return the stores worth looking into, or None where no store is told apart."""
    from npsstats.estimation.integrity.ranking import integrity

    try:
        result = integrity(responses, invitations)
    except InputError:
        return None
    if not len(result.signs):
        return None
    listed = result.frame[result.frame["look_into"]]
    rows = [_oddest(result.signs, str(store), int(n), names) for store, n in _pairs(listed)]
    return Watch(
        stores=len(result.frame),
        listed=_frame(rows),
        false_alarms=result.false_alarms,
        examined=tuple(dict.fromkeys(result.signs["sign"])),
        not_examined=tuple(result.not_examined["sign"]),
    )


def _pairs(listed: pd.DataFrame) -> list[tuple[Any, Any]]:
    return list(zip(listed["store_id"], listed["n"], strict=True))


def _oddest(signs: pd.DataFrame, store: str, n: int, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a store with its oddest sign, and the names of the others that stand out."""
    own = signs[signs["store_id"] == store]
    first = own.iloc[0]
    also = own.iloc[1:]
    return {
        "store": names.get(store, store),
        "n": n,
        "sign": str(first["sign"]),
        "observed": float(first["observed"]),
        "expected": float(first["expected"]),
        "of": float(first["n"]),
        "p_value": float(first["p_value"]),
        "also": tuple(also.loc[also["look_into"], "sign"]),
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = ["store", "n", "sign", "observed", "expected", "of", "p_value", "also"]
    return pd.DataFrame(rows, columns=columns)
