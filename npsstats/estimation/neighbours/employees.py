"""Employee NPS: the score of those who work there, told without telling who said what."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np

from npsstats import checks
from npsstats.aggregates.counting import as_counts
from npsstats.estimation.estimate import estimate
from npsstats.estimation.estimated import Estimate
from npsstats.estimation.pooled import PRIOR_CONCENTRATION
from npsstats.said import Said, said_many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.scores import ScoreCounts

__all__ = ["EmployeeEstimate", "enps"]


@dataclass(frozen=True, repr=False)
class EmployeeEstimate(Estimate):
    """Posterior employee NPS of every team that is large enough to be told, in points."""

    title: ClassVar[str] = "Employee Net Promoter Score (eNPS) by team"

    @override
    def headline(self) -> str:
        text = super().headline().replace("NPS", "eNPS", 1)
        return text.replace("Cells truly differ", "Teams truly differ").replace(" cell", " team")


def enps(
    data: Any,
    by: str | Sequence[str] | None = None,
    *,
    least: int = 5,
    pooling: str = "partial",
    target: float | None = None,
    level: float = 0.95,
    prior_concentration: float = PRIOR_CONCENTRATION,
    draws: int = 2000,
    seed: int = 0,
) -> EmployeeEstimate:
    """Return the employee NPS of every team with its uncertainty.

    The question is "how likely are you to recommend this company as a place to work", from 0 to
    10, and the arithmetic is that of `npsstats.estimate`. What differs is what may be shown: a
    team with few answers would give its members away, so it is left out altogether, from the
    total too, where a subtraction would reveal it.

    Parameters
    ----------
    data
        As for `npsstats.estimate`: the employees' answers, read as responses.
    by
        Key or keys that make a team; None for all as one.
    least
        Teams with fewer answers are not shown; 1 shows all.
    pooling, target, level, prior_concentration, draws, seed
        As for `npsstats.estimate`.

    Returns
    -------
    EmployeeEstimate
        `frame` as of `npsstats.estimate`, a row a team that is shown.

    Raises
    ------
    InputError
        If an argument is out of range, the data cannot be read, or no team is large enough.

    Examples
    --------
    >>> import npsstats as nps
    >>> counts = nps.ScoreCounts(
    ...     [[1, 0, 0, 1, 0, 2, 3, 4, 6, 3, 2], [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1]],
    ...     cells=["tills", "garden"],
    ... )
    >>> result = nps.enps(counts, by="cell")
    >>> result.frame[["cell", "n", "nps"]].round(1)
        cell   n  nps
    0  tills  22 -9.1
    >>> result.diagnostics[0]
    '1 team with fewer than 5 answers (3 answers in all) is not shown, nor in the total.'
    """
    least = checks.count("least", least, least=1)
    counts = as_counts(data, by)
    kept, hidden = _told(counts, least)
    found = estimate(
        kept,
        kept.keys if by is not None else None,
        pooling=pooling,
        target=target,
        level=level,
        prior_concentration=prior_concentration,
        draws=draws,
        seed=seed,
    )
    parts = {item.name: getattr(found, item.name) for item in fields(found)}
    parts["diagnostics"] = (*hidden, *found.diagnostics)
    options = {**found.provenance.options, "least": least}
    parts["provenance"] = replace(found.provenance, options=options)
    return EmployeeEstimate(**parts)


def _told(counts: ScoreCounts, least: int) -> tuple[ScoreCounts, tuple[Said, ...]]:
    """Return the teams that may be told, and what is said of the others."""
    few = counts.n < least
    if not few.any():
        return counts, ()
    if few.all():
        raise checks.InputError(
            f"No team has {least} answers, so none can be told without telling who said what. "
            "Take larger teams, or all as one: by=None."
        )
    teams, answers = int(few.sum()), int(counts.n[few].sum())
    text = said_many(
        "{n} team with fewer than {least} answers ({answers} in all) is not shown, nor in the "
        "total.",
        "{n} teams with fewer than {least} answers ({answers} in all) are not shown, nor in the "
        "total.",
        teams,
        least=least,
        answers=said_many("{n} answer", "{n} answers", answers),
    )
    return counts.take(np.flatnonzero(~few)), (text,)
