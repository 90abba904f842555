"""What the linkage has to say to leaders: plain numbers and flat tables, gathered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from npsstats.linkage.claims_read import Claim

__all__ = ["ClaimTexts", "LinkageFacts", "texts_of"]


@dataclass(frozen=True)
class ClaimTexts:
    """A claim in the reports' languages, with who says so and what others found."""

    text: Mapping[str, str]
    source: Mapping[str, str]
    against: Mapping[str, str]


def texts_of(claims: Iterable[Claim]) -> dict[str, ClaimTexts]:
    """Return the words of claims, by key."""
    return {claim.key: ClaimTexts(claim.text, claim.source, claim.against) for claim in claims}


@dataclass(frozen=True)
class LinkageFacts:
    """Growth, value, churn, drivers and claims, each where it could be computed.

    Attributes
    ----------
    worth
        The frame of a `WorthResult`, or None.
    margin
        Contribution in a unit of revenue, or None.
    revenue
        A year's, or None.
    slope
        The row of growth within stores, corrected: `estimate, lower, upper` (NaN or infinite
        where not identified), `n`, `stores`, `periods`, `answers`, `reliability`; or None.
    period, lag
        Of the growth.
    lead_lag
        `horizon, reading, estimate, lower, upper`, or None.
    claims
        The frame of a `ClaimsResult`, or None.
    claim_texts
        Key → words.
    survival
        `category` ("super-detractor", "detractor", …), `time` (months), `estimate, lower,
        upper` (shares still there), or None.
    hazards
        `label, ratio, ratio_lower, ratio_upper, n, events` against promoters, or None.
    e_values
        Risk ratios by which an unrecorded cause would have to go with both a detractor's score and
        leaving, to explain the hazard ratio away, and its interval; or None.
    robustness
        Shares of variance of NPS and growth that an unrecorded cause would have to explain, to
        explain the slope away, and its interval; or None.
    churn_rule
        "rhythm", "silence" or "contract": what counts as having left; or None.
    silence
        Days without buying that count as having left, where that is the rule.
    drivers
        The frame of priorities: `driver, importance, performance, …`, or None.
    part
        Share of the dissatisfied that the drivers' gains are about.
    customers
        Customers followed, and those who answered, or None.
    doubts
        Subject ("growth", "worth", "churn", "drivers") → the result's diagnostics.
    missing
        Subject → why it could not be computed, in English.
    level
        Of the intervals.
    fingerprint
        Of what went in.
    """

    worth: pd.DataFrame | None = None
    margin: float | None = None
    revenue: float | None = None
    slope: Mapping[str, float] | None = None
    period: str = "month"
    lag: int = 1
    lead_lag: pd.DataFrame | None = None
    claims: pd.DataFrame | None = None
    claim_texts: Mapping[str, ClaimTexts] | None = None
    survival: pd.DataFrame | None = None
    hazards: pd.DataFrame | None = None
    e_values: tuple[float, float] | None = None
    robustness: tuple[float, float] | None = None
    churn_rule: str | None = None
    silence: int | None = None
    drivers: pd.DataFrame | None = None
    part: float = 0.2
    customers: tuple[int, int] | None = None
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95
    fingerprint: str = ""
