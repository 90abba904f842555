"""Which delay of a curve serves a stated purpose, how sure that is, what a wrong one costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, override

import numpy as np

from npsstats import checks
from npsstats.experiments.survey.choice import choose
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    import pandas as pd

    from npsstats.experiments.survey.delay.standardized_curve import Curves

    type Purpose = Literal["response", "precision", "communication"]

__all__ = ["BestDelay", "best_delay"]

# purpose: the curve it is judged on, its unit, and which end is better
_PURPOSES: dict[str, tuple[str, str, Literal["higher", "lower"]]] = {
    "response": ("response", "share", "higher"),
    "precision": ("margin", "points", "lower"),
    # what is published is the NPS of those who answer
    "communication": ("answered", "points", "higher"),
}


@dataclass(frozen=True, repr=False)
class BestDelay(Result):
    """A row a delay of the grid: `delay_hours`, and the columns of `choice.choose`.

    Trust the expected loss more than `p_best`: neighbours on a smooth curve are hardly apart, and
    the delay chosen is the best less often than `p_best` says (docs/tables/timing.md), although
    it then costs next to nothing.

    Attributes
    ----------
    delay
        Hours: the least expected loss.
    lower, upper
        Hours: the best delay lies between them with the probability `level`.
    group
        Whom it is for.
    """

    title: ClassVar[str] = "The best delay"
    delay: float
    lower: float
    upper: float
    group: str

    @override
    def headline(self) -> str:
        row = self.frame[self.frame["delay_hours"] == self.delay].iloc[0]
        share = row.unit == "share"
        loss = 100 * row.expected_loss if share else row.expected_loss
        unit = "points of percentage of answers" if share else "points"
        return (
            f"For {row.purpose}, send after {self.delay:.3g} hours: it is expected to fall "
            f"{'less than 0.01' if loss < 0.01 else f'{loss:.2g}'} {unit} short of the best, which "
            f"lies between {self.lower:.3g} and {self.upper:.3g} hours ({100 * row.level:g} %)."
        )

    @override
    def shown(self) -> pd.DataFrame:
        shown = self.frame.drop(columns=["option", "level"])
        digits = 4 if (self.frame["unit"] == "share").all() else 2
        for name in ("estimate", "std_error", "lower", "upper", "expected_loss"):
            shown[name] = self.frame[name].map(f"{{:.{digits}f}}".format)
        return shown.assign(delay_hours=self.frame["delay_hours"].map("{:.4g}".format))


def best_delay(
    paths: Curves,
    axes: tuple[tuple[str, ...], tuple[float, ...]],
    purpose: str,
    better: Literal["higher", "lower"] | None,
    *,
    group: str,
    level: float,
    doubts: tuple[Said, ...],
    provenance: Provenance,
) -> BestDelay:
    """Return the best delay; see `DelayCurve.best`."""
    checks.one_of("purpose", purpose, _PURPOSES)
    groups, grid = axes
    checks.one_of("group", group, groups)
    if better is not None:
        checks.one_of("better", better, ("higher", "lower"))
    name, unit, usual = _PURPOSES[purpose]
    wanted = better or usual
    values = getattr(paths, name)[groups.index(group), :, 1:].T
    frame = choose(
        values,
        [f"{hours:.6g} h" for hours in grid],
        purpose=purpose,
        unit=unit,
        better=wanted,
        level=level,
    )
    frame.insert(0, "delay_hours", np.array(grid))
    hours = np.array(grid)[(values if wanted == "higher" else -values).argmax(axis=1)]
    tail = (1 - level) / 2
    lower, upper = np.quantile(hours, [tail, 1 - tail], method="inverted_cdf")
    lines = []
    if purpose == "communication":
        lines.append(
            said(
                "The highest score is the best-looking one. Where delays change who answers or "
                "what is remembered, it is not the truest."
            )
        )
    chosen = int(frame["expected_loss"].to_numpy().argmin())
    if chosen in (0, len(grid) - 1):
        lines.append(
            said("The shortest delay of the grid is the best of them: beyond it may be better.")
            if chosen == 0
            else said("The longest delay of the grid is the best of them: beyond it may be better.")
        )
    options = provenance.options | {"purpose": purpose, "group": group, "better": wanted}
    return BestDelay(
        frame,
        (*lines, *doubts),
        Provenance(
            f"{provenance.method}; expected loss", options, provenance.fingerprint, provenance.seed
        ),
        float(grid[chosen]),
        float(lower),
        float(upper),
        group,
    )
