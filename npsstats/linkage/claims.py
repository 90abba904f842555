"""Each of the trade's claims beside this network's own number, with a verdict by rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING, Any, ClassVar, override

import pandas as pd

from npsstats.checks import InputError
from npsstats.linkage.claims_answer import Answer
from npsstats.linkage.claims_answers import answers
from npsstats.linkage.claims_read import Claim, load_claims
from npsstats.linkage.fingerprints import fingerprint
from npsstats.linkage.phrases import caveats, listed
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["VERDICTS", "ClaimsResult", "claims"]

VERDICTS = ("holds here", "does not hold here", "cannot tell", "another quantity", "not measured")


@dataclass(frozen=True, repr=False)
class ClaimsResult(Result):
    """The claims with their answers.

    Attributes
    ----------
    frame
        A row a claim and reading: `claim, text, year, low, high, unit` (what would have to be
        true), `reading, estimate, lower, upper, level, n, grade` (what is true here), `verdict`,
        `side` ("more" or "less" than claimed, where it does not hold) and `why`. NaN and no grade
        where nothing was measured.
    claims
        The claims themselves, with sources and what others found.
    """

    claims: tuple[Claim, ...]

    title: ClassVar[str] = "The trade's claims, here"

    @override
    def headline(self) -> str:
        counted = Counter(self.frame["verdict"])
        notes = [f"{name}: {counted[name]}" for name in VERDICTS if counted[name]]
        return f"{len(self.claims)} claims in {len(self.frame)} readings. {'; '.join(notes)}."

    @override
    def shown(self) -> pd.DataFrame:
        whole = self.frame
        frame = whole[["claim", "reading"]].copy()
        frame["claimed"] = list(map(_span, whole["low"], whole["high"]))
        frame["here"] = [_number(value) for value in whole["estimate"]]
        frame["interval"] = [
            f"{_number(lower)} to {_number(upper)}" if isfinite(estimate) else "–"
            for estimate, lower, upper in whole[["estimate", "lower", "upper"]].to_numpy()
        ]
        frame[["unit", "grade", "verdict"]] = whole[["unit", "grade", "verdict"]]
        return frame


def claims(
    *,
    growth: Any = None,
    churn: Any = None,
    comparison: Any = None,
    value: Any = None,
    callback: Any = None,
    only: Sequence[str] | None = None,
    missing: Mapping[str, str] | None = None,
) -> ClaimsResult:
    """Set the trade's claims beside this network's own numbers.

    Parameters
    ----------
    growth
        A result of growth: what NPS explains, leaders, the slope.
    churn
        A result of `fall_before_churn`; a hazard fitted with the covariate `move` (against
        "same"); or `Known`: the hazard ratio.
    comparison
        A result of `predictors_compared`, or several of them with different references.
    value
        A result of `worth`.
    callback
        The experiment's result, or that of `regression_to_mean`.
    only
        Keys of the claims to show; all of them unless told.
    missing
        What could not be computed ("growth", "churn", "comparison", "worth" …) → why, in a
        sentence: what "not measured" then says.

    Returns
    -------
    ClaimsResult
        A claim that nothing given answers says "not measured", and why.

    Raises
    ------
    InputError
        If a key is not one of the claims'.

    Notes
    -----
    The verdict is a rule on the interval (`Claim.verdict`): "holds here" when the whole interval
    lies within what is claimed, "does not hold here" when it lies outside, else "cannot tell".
    A verdict is about this network and this data, and the grade beside it says what kind of
    evidence it is: that an association is as large as claimed does not say that NPS is what moves
    the other side.

    Examples
    --------
    >>> from npsstats.estimation.known import Known
    >>> found = claims(churn=Known(1.6, 0.1, 1.4, 1.8, n=900, grade="cross-section"))
    >>> row = found.frame[found.frame["claim"] == "a fall precedes churn"].iloc[0]
    >>> row["verdict"]
    'holds here'
    >>> print(found.headline())
    9 claims in 9 readings. holds here: 1; not measured: 8.
    """
    known = load_claims()
    if only is not None:
        keys = [claim.key for claim in known]
        if odd := [key for key in only if key not in keys]:
            raise InputError(f"`only` names no claim {odd[0]!r}; there are {', '.join(keys)}.")
        known = tuple(claim for claim in known if claim.key in only)
    if callback is not None:
        missing = {"called": _UNFOLLOWED, **(missing or {})}
    found = answers(
        growth=growth, churn=churn, comparison=comparison, value=value, callback=callback
    )
    frame = pd.DataFrame(
        [
            row
            for claim in known
            for row in _rows(claim, found.get(claim.answer), missing or {}, growth)
        ]
    )
    given = {
        name: each
        for name, each in (
            ("growth", growth),
            ("churn", churn),
            ("comparison", comparison),
            ("value", value),
            ("callback", callback),
        )
        if each is not None
    }
    numbers = frame[["estimate", "lower", "upper"]].to_numpy()
    return ClaimsResult(
        frame,
        _doubts(frame),
        Provenance(
            "claims against intervals, by rule",
            {"given": sorted(given), "only": None if only is None else list(only)},
            fingerprint(numbers),
        ),
        claims=known,
    )


_NEEDS = {
    "explained": ("growth",),
    "slope": ("growth",),
    "leaders": ("growth",),
    "fall": ("churn", "fall"),
    "effort": ("comparison",),
    "best": ("comparison",),
    "promoters": ("customers", "worth"),
    "retention": ("churn", "curves", "retention", "customers", "worth"),
    "better": ("called",),
}
_UNFOLLOWED = "The experiment with call-backs was not read for the scores that come next."
_NOT_GIVEN = {
    "fall": "Neither churn after a fall nor a hazard ratio was given.",
    "effort": "No comparison of effort (ces) with satisfaction or the score was given.",
    "best": "No comparison of the score with other questions was given.",
    "promoters": "No value with what customers spend was given.",
    "retention": "No value with retention was given.",
    "better": "No experiment with call-backs by lot was given.",
}


def _unmeasured(claim: Claim, missing: Mapping[str, str], growth: Any) -> str:
    """Say why a claim has no answer."""
    if reasons := [missing[name] for name in _NEEDS[claim.answer] if name in missing]:
        return reasons[0]
    if claim.answer in _NOT_GIVEN:
        return _NOT_GIVEN[claim.answer]
    notes = getattr(growth, "diagnostics", ())
    own = [text for text in notes if claim.answer in text.lower()]
    return str(own[0]) if own else "No result of growth was given."


def _rows(
    claim: Claim, found: Sequence[Answer] | None, missing: Mapping[str, str], growth: Any
) -> list[dict[str, Any]]:
    first = {
        "claim": claim.key,
        "text": claim.text["en"],
        "year": claim.year,
        "low": claim.low,
        "high": claim.high,
        "unit": claim.unit,
    }
    blank = Answer("", nan, nan, nan, nan, 0, "")
    rows = []
    for each in found or [blank]:
        verdict = claim.verdict(each.estimate, each.lower, each.upper, identified=each.identified)
        if each.other and verdict != VERDICTS[2]:
            verdict = VERDICTS[3]
        rows.append(
            first
            | {
                "reading": each.reading,
                "estimate": each.estimate if each.identified else nan,
                "lower": each.lower,
                "upper": each.upper,
                "level": each.level,
                "n": each.n,
                "grade": each.grade,
                "verdict": verdict,
                "side": _side(claim, each.estimate) if verdict == VERDICTS[1] else "",
                "why": each.why if found else _unmeasured(claim, missing, growth),
            }
        )
    return rows


def _side(claim: Claim, estimate: float) -> str:
    return "less" if estimate < claim.low else "more"


def _doubts(frame: pd.DataFrame) -> tuple[Said, ...]:
    notes = []
    told = ("cannot tell", "another quantity", "not measured")
    open_still = frame[frame["verdict"].isin(told) & (frame["why"] != "")]
    for why, rows in open_still.groupby("why", sort=False):
        of = listed(
            said("{claim}, {how}", claim=claim, how=how)
            if how
            else said("{claim} (not measured)", claim=claim)
            for claim, how in rows[["claim", "reading"]].to_numpy()
        )
        notes.append(said("{claims}: {why}", claims=of, why=why))
    notes += caveats(frame["grade"])
    if (frame["verdict"] == "holds here").any():
        notes.append(
            said(
                "That a claim holds here says that the number is as large as claimed, not that "
                "NPS moves the other side."
            )
        )
    return tuple(notes)


def _number(value: float) -> str:
    return f"{value:.3g}" if isfinite(value) else "–"


def _span(low: float, high: float) -> str:
    if isfinite(low) and isfinite(high):
        return f"{low:g} to {high:g}"
    return f"over {low:g}" if isfinite(low) else f"under {high:g}"
