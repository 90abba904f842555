"""The claim that a fall in satisfaction precedes churn, put to this network's own data.

Whoever fell to a 6 is compared with whoever has scored 6 all along: if it is the fall that
foretells, the first leave more often at equal last score. Without that, a fall is only another
word for a low last score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, override

import pandas as pd

from npsstats.checks import InputError
from npsstats.linkage.churn.hazard import hazard
from npsstats.results import Provenance, Result
from npsstats.said import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from npsstats.aggregates.hazard_cells import HazardCells

__all__ = ["FallBeforeChurn", "fall_before_churn"]

_NOISE = said(
    "Answers vary by chance from one day to the next: a fall to a score is partly "
    "such chance, so that who fell is less unhappy than who scored the same twice. "
    "That hides a harm of falling, or makes it look like a good."
)
_ROUGH = said(
    "The category holds the last score equal only roughly: who fell may stand lower in it than "
    "who did not. Hold the exact last score equal where answers are many."
)
_RAW, _EQUAL = "fall against none", "at equal last score"


@dataclass(frozen=True, repr=False)
class FallBeforeChurn(Result):
    """Log hazard ratios after a fall (and a rise) against the same score again.

    `comparison` is "fall against none", or "at equal last score".
    """

    title: ClassVar[str] = "Does a fall in satisfaction precede churn?"

    @override
    def headline(self) -> str:
        falls = self.frame[self.frame["label"] == "fall"].set_index("comparison")
        raw, equal = falls.loc[_RAW], falls.loc[_EQUAL]
        if equal["lower"] > 0:
            verdict = "a fall foretells leaving beyond the score it ends at"
        elif equal["upper"] < 0:
            verdict = "at equal last score those who fell leave less often"
        elif raw["lower"] > 0:
            verdict = "a fall foretells no more than the low score it ends at"
        else:
            verdict = "no sign that a fall foretells leaving"
        return (
            f"After a fall the hazard is {raw['ratio']:.2f} times that after the same score "
            f"({100 * raw['level']:g}% interval {raw['ratio_lower']:.2f} to "
            f"{raw['ratio_upper']:.2f}), at equal last score {equal['ratio']:.2f} "
            f"({equal['ratio_lower']:.2f} to {equal['ratio_upper']:.2f}): {verdict}."
        )

    @override
    def shown(self) -> pd.DataFrame:
        names = ["estimate", "std_error", "lower", "upper", "ratio", "ratio_lower", "ratio_upper"]
        return self.frame.assign(**{name: self.frame[name].map("{:.3f}".format) for name in names})


def fall_before_churn(
    cells: HazardCells,
    *,
    beside: Sequence[str] = (),
    last: str = "score",
    link: str = "cloglog",
    cluster: str | None = "store_id",
    level: float = 0.95,
) -> FallBeforeChurn:
    """Return the hazard after a fall from the last but one score to the last.

    Parameters
    ----------
    cells
        With `move` and the last score: `person_periods(..., covariates=["move", "score"])`.
    beside
        Further covariates to hold equal.
    last
        Key of the last score; `category` holds it equal only roughly (a fall to 0 and one to 6
        are both detractors), so take it only where answers are few.
    link, cluster, level
        As of `hazard`.

    Raises
    ------
    InputError
        If a key is not there, or nobody answered twice.

    Examples
    --------
    >>> import pandas as pd
    >>> from npsstats.aggregates.hazard_cells import HazardCells
    >>> rows = pd.DataFrame(
    ...     {
    ...         "move": ["fall", "same", "fall", "same"],
    ...         "score": ["3", "3", "10", "10"],
    ...         "at_risk": [900, 100, 100, 1900],
    ...         "events": [72, 8, 3, 57],
    ...     }
    ... )
    >>> cells = HazardCells.from_frame(rows, ["move", "score"])
    >>> fall_before_churn(cells, cluster=None).frame[["comparison", "ratio"]].round(2)
                comparison  ratio
    0    fall against none   2.36
    1  at equal last score   1.00
    """
    for key in ("move", last):
        if key not in cells.levels:
            raise InputError(
                f"There is no {key!r} among the cells' {', '.join(cells.keys)}. Count with "
                f"covariates=['move', {last!r}]."
            )
    moved = [name for name in ("fall", "same", "rise") if name in cells.levels["move"]]
    twice = cells.only(move=moved)
    if not twice.at_risk.sum():
        raise InputError("Nobody answered twice: whether a score fell is not known.")
    options = {"link": link, "cluster": cluster, "level": level}
    fits = {
        _RAW: hazard(twice, ["move", *beside], **options),  # type: ignore[arg-type]
        _EQUAL: hazard(twice, ["move", last, *beside], **options),  # type: ignore[arg-type]
    }
    rows = [
        fit.frame[fit.frame["term"] == "move"].assign(comparison=name) for name, fit in fits.items()
    ]
    frame = pd.concat(rows, ignore_index=True).drop(columns="term")
    frame = frame[["comparison", *(name for name in frame.columns if name != "comparison")]]
    provenance = Provenance(
        "discrete-time hazard after a fall",
        {"last": last, "beside": [*beside], **options},
        cells.fingerprint,
    )
    doubts = [_NOISE, *([_ROUGH] if last == "category" else []), *fits[_EQUAL].diagnostics]
    return FallBeforeChurn(frame, tuple(doubts), provenance)
