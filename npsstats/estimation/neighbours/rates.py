"""Response and completion rates: of those asked, who answered; of those, who went to the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from npsstats.aggregates.rates import count_answered, count_completed
from npsstats.estimation.neighbours.share_result import (
    METHODS,
    Asked,
    ShareEstimate,
    overall_row,
    share_columns,
    share_doubts,
)
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.results import Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.scales import ScaleCounts

__all__ = ["CompletionRate", "ResponseRate", "completion_rate", "response_rate"]


@dataclass(frozen=True, repr=False)
class ResponseRate(ShareEstimate):
    """Share of the invitations that were answered, between 0 and 1, a row a cell."""

    title: ClassVar[str] = "Response rate by cell"


@dataclass(frozen=True, repr=False)
class CompletionRate(ShareEstimate):
    """Share of the answers whose questionnaire was filled in to its end, a row a cell."""

    title: ClassVar[str] = "Completion rate by cell"


def response_rate(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    pooling: str = "partial",
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> ResponseRate:
    """Return the share of invitations that were answered, by cell, with its uncertainty.

    Invitations sent too lately to have been answered lower the rate; leave them out first
    (`intake.accepted.filter(...)`).

    Parameters
    ----------
    data
        An `Intake` of invitations (`npsstats.read(..., table="invitations")`), an Ibis table of
        them, or what `read` takes. An invitation was answered if its flag `answered` says so;
        where there is no such column, if it has a `response_id`. Or `ScaleCounts` on the scale
        (0, 1): no and yes.
    by
        Key or keys that make a cell, as for `npsstats.count`; None for all as one.
    pooling
        "partial": cells borrow strength from each other, as much as the data warrant (the
        hierarchical beta-binomial of `npsstats.estimation.neighbours.shares`). "none": every
        cell alone.
        "complete": as if all cells were one.
    level
        Level of the equal-tailed credible intervals.
    prior_concentration
        Prior median of κ, in invitations; read only with partial pooling.
    draws, seed
        Joint posterior draws of `result.draws`, and their seed.

    Returns
    -------
    ResponseRate
        `frame` with a row a cell: its labels, n (invitations), answered, raw, estimate,
        std_error, lower, upper (shares, 0 to 1), level, shrinkage (weight of the network).

    Raises
    ------
    InputError
        If an argument is out of range, or the data cannot be read.

    Examples
    --------
    >>> import npsstats as nps
    >>> invited = nps.ScaleCounts([[60, 40], [9, 1]], ["Lyon", "Lille"], (0, 1))
    >>> nps.response_rate(invited).frame[["cell", "n", "raw", "estimate", "shrinkage"]].round(3)
        cell    n  raw  estimate  shrinkage
    0   Lyon  100  0.4     0.385      0.341
    1  Lille   10  0.1     0.278      0.723
    """
    asked = Asked.of(pooling, level, prior_concentration, draws, seed)
    counts = count_answered(data, by)
    return _rate(ResponseRate, counts, asked, "answered", "invitations")


def completion_rate(
    data: Any,
    by: str | Sequence[str] | None = "store_id",
    *,
    pooling: str = "partial",
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> CompletionRate:
    """Return the share of answers whose questionnaire was completed, by cell.

    Parameters
    ----------
    data
        An `Intake` of responses with the flag `completed`, an Ibis table of them, or what `read`
        takes; or `ScaleCounts` on the scale (0, 1): no and yes.
    by, pooling, level, prior_concentration, draws, seed
        As for `npsstats.response_rate`.

    Returns
    -------
    CompletionRate
        `frame` as of `npsstats.response_rate`, with `completed` in place of `answered`.

    Raises
    ------
    InputError
        If an argument is out of range, or the data cannot be read.

    Examples
    --------
    >>> import npsstats as nps
    >>> result = nps.completion_rate(nps.ScaleCounts([[3, 27]], scale=(0, 1)), pooling="none")
    >>> result.frame[["n", "completed", "lower", "upper"]].round(3)
        n  completed  lower  upper
    0  30         27  0.757  0.971
    """
    asked = Asked.of(pooling, level, prior_concentration, draws, seed)
    counts = count_completed(data, by)
    return _rate(CompletionRate, counts, asked, "completed", "answers")


def _rate[R: ShareEstimate](
    kind: type[R], counts: ScaleCounts, asked: Asked, measured: str, noun: str
) -> R:
    yes, n = counts.top(1).astype(float), counts.n.astype(float)
    columns, posterior, network = share_columns(yes, n, asked)
    whole = {"n": counts.n, measured: counts.top(1)}
    return kind(
        counts.cells.reset_index(drop=True).assign(**whole, **columns),
        tuple(share_doubts(counts, asked, noun, measured)),
        Provenance(METHODS[asked.pooling], asked.options(), counts.fingerprint, asked.seed),
        overall_row(measured, yes, n, asked.level),
        network,
        measured,
        noun,
        tuple(counts.keys),
        posterior,
        asked,
    )
