"""What a plan returns: numbers of answers with their margins, gaps and months."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.estimation.precision.arguments import months, paces_of
from npsstats.estimation.precision.planning import least
from npsstats.estimation.precision.variance import TYPICAL
from npsstats.results import Provenance, Result
from npsstats.said import Said, said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from npsstats.estimation.precision.planning import Design
    from npsstats.estimation.precision.variance import Known

__all__ = ["Precision", "precision_of"]

_OFF = "the NPS less its benchmark"
_QUANTITIES = {"score": "the NPS", "benchmark": _OFF, "difference": "the difference of two NPS"}


@dataclass(frozen=True, repr=False)
class Precision(Result):
    """What numbers of answers are worth; margins and gaps in points, variances in shares².

    Attributes
    ----------
    question
        "score", "benchmark" or "difference": what the margin is of.
    asked
        "n", "margin" or "gap": what was given.
    design
        What was computed with, for pictures.
    concentration
        κ of the network that stores borrow from, or None.
    """

    title: ClassVar[str] = "Precision of a Net Promoter Score"
    question: str
    asked: str
    design: Design
    concentration: float | None

    @override
    def headline(self) -> str:
        rows = self.frame.drop_duplicates(["n", "margin"])
        level = f"{100 * self.provenance.options['level']:g}%"
        of = _QUANTITIES[self.question]
        said = []
        for row in rows.head(6).itertuples():
            answers = f"{row.n:,} answer{'s' if row.n != 1 else ''}"
            if self.question == "difference":
                answers = f"{row.n:,} and {row.n_second:,} answers"
            if self.asked == "gap":
                said.append(
                    f"a gap of {row.wanted:.3g} points is found by {answers} "
                    f"({row.power:.0%} power)"
                )
            else:
                give = "gives" if answers == "1 answer" else "give"
                said.append(f"{answers} {give} ±{row.margin:.1f} points")
        text = f"For {of}, {'; '.join(said)} ({level}, {self._spread()})."
        if self.asked == "n" and self.question == "score" and self.design.population == (inf,):
            text += " Four times the answers halve the margin."
        return text

    def _spread(self) -> str:
        values = " and ".join(f"{v:.2f}" for v in dict.fromkeys(self.design.variance))
        return f"variance of an answer {values}"

    @override
    def shown(self) -> pd.DataFrame:
        frame = self.frame.drop(columns=["std_error", "power", "level"])
        gone = [name for name in frame if frame[name].isna().all() or name == "variance"]
        return frame.drop(columns=gone)


def precision_of(
    asked: str,
    wanted: Sequence[tuple[float | None, tuple[int, ...]]],
    what: Known,
    design: Design,
    benchmark_error: float | None,
    per_month: Any,
    concentration: float | None,
    options: dict[str, Any],
) -> Precision:
    """Return the result of a plan: a row for each of `wanted`, its goal and sizes, and store."""
    paces = paces_of(per_month)
    if concentration is not None:
        concentration = checks.number("concentration", concentration, low=1e-3, high=1e12)
    two = len(design.variance) == 2
    question = "difference" if two else "score" if benchmark_error is None else "benchmark"
    centre = np.nan if question == "benchmark" else what.expected()
    reach = 2.0 if two else 1.0
    rows = []
    for goal, sizes in wanted:
        half = design.margin(sizes)
        row: dict[str, Any] = {} if goal is None else {"wanted": goal}
        row |= {"n": sizes[0]} | ({"n_second": sizes[1]} if two else {})
        row |= {
            "variance": design.variance[0],
            "std_error": 100 * design.std_error(sizes),
            "margin": 100 * half,
            "detectable": 100 * design.detectable(sizes),
            "power": options["power"],
            "estimate": 100 * centre,
            "lower": 100 * max(centre - half, -reach),
            "upper": 100 * min(centre + half, reach),
            "level": options["level"],
        }
        pooled = _pooled(asked, goal, sizes, design, concentration)
        for store, pace in paces.items():
            time = {"months": months(sizes[0], pace)} if pace is not None else {}
            if pace is not None and "n_pooled" in pooled:
                time["months_pooled"] = months(pooled["n_pooled"], pace)
            rows.append(({} if store is None else {"store": store}) | row | pooled | time)
    options = {**options, "variance": design.variance, "benchmark_error": benchmark_error}
    options |= {"population": None if design.population[0] == inf else design.population}
    options |= {"concentration": concentration}
    method = "adjusted Wald interval (Rocks 2016), planned"
    return Precision(
        pd.DataFrame(rows),
        _doubts(what, paces, rows),
        Provenance(method, options, what.fingerprint),
        question,
        asked,
        design,
        concentration,
    )


def _pooled(
    asked: str,
    goal: float | None,
    sizes: tuple[int, ...],
    design: Design,
    concentration: float | None,
) -> dict[str, Any]:
    if concentration is None or asked == "gap":
        return {}
    pooled = {"margin_pooled": 100 * design.pooled_margin(sizes, concentration)}
    if goal is not None:
        n = least(
            lambda n: design.pooled_margin(
                design.sizes(n) if n else (0,) * len(sizes), concentration
            ),
            goal / 100,
            0,
            design.population[0],
        )
        pooled = {"n_pooled": np.nan if n is None else n}
    return pooled


def _doubts(
    what: Known,
    paces: Mapping[str | None, float | None],
    rows: list[dict[str, Any]],
) -> tuple[Said, ...]:
    doubts: list[Said] = []
    if what.assumed:
        doubts.append(
            said(
                "The variance of an answer is assumed to be {typical:g}, as where detractors, "
                "passives and promoters are as many; at worst it is 1 (margins {longer:.0f}% "
                "longer). Counts of your own answers say better.",
                typical=TYPICAL,
                longer=100 * (TYPICAL**-0.5 - 1),
            )
        )
    if any(row["n"] < 20 for row in rows):
        doubts.append(
            said(
                "Under 20 answers no plan is exact: the interval that comes out depends on the "
                "answers."
            )
        )
    still = [str(store) for store, pace in paces.items() if pace == 0]
    if still:
        named = "" if still == ["None"] else f" ({', '.join(still[:5])})"
        doubts.append(
            said("Without any answers a month{named} no margin is ever reached.", named=named)
        )
    if any(np.isnan(row.get("n_pooled", 0)) for row in rows):
        doubts.append(
            said("Even with all customers asked, the pooled margin stays above the wanted one.")
        )
    return tuple(doubts)
