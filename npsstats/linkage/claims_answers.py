"""Numbers of this network for the claims of the trade, read from the results of the linkage."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.aggregates.periods import PERIODS_A_YEAR
from npsstats.estimation.known import Known, Slope, slope_of
from npsstats.grades import CROSS_SECTION, RANDOMIZED, WITHIN
from npsstats.linkage.claims_answer import Answer
from npsstats.linkage.claims_lasting import lasting

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Answer", "answers"]


def answers(
    *, growth: Any, churn: Any, comparison: Any, value: Any, callback: Any
) -> dict[str, list[Answer]]:
    """Return statistic → answers, of whatever was given."""
    found: dict[str, list[Answer]] = {}
    if growth is not None:
        found |= _of_growth(growth)
    if churn is not None:
        found["fall"] = _of_fall(churn)
    for each in _listed(comparison):
        for name, more in _of_comparison(each).items():
            found.setdefault(name, []).extend(more)
    if value is not None:
        found |= _of_value(value)
    if callback is not None:
        found["better"] = _of_callback(callback)
    return found


def _listed(given: Any) -> Iterable[Any]:
    if given is None:
        return ()
    return given if isinstance(given, list | tuple) else (given,)


_PLAIN = ("estimate", "lower", "upper")


def _row(
    row: Any,
    reading: str,
    grade: str,
    why: str = "",
    *,
    names: tuple[str, str, str] = _PLAIN,
    level: float | None = None,
    n: int | None = None,
) -> Answer:
    """Return a row of a frame as an answer; without a finite interval it is not identified."""
    estimate, lower, upper = (float(row[name]) for name in names)
    return Answer(
        reading,
        estimate,
        lower,
        upper,
        float(row["level"]) if level is None else level,
        int(row["n"]) if n is None else n,
        grade,
        identified=all(isfinite(number) for number in (estimate, lower, upper)),
        why=why,
    )


def _of_growth(growth: Any) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {"explained": [], "slope": [], "leaders": []}
    slopes = {name: slope_of(growth, name) for name in ("between", "within")}
    grades = {"between": CROSS_SECTION.name, "within": WITHIN.name}
    shares = growth.explained
    for name, slope in slopes.items():
        reading = f"{name} stores, by {slope.period}"
        rows = shares[(shares["estimator"] == name) & (shares["reading"] == "corrected")]
        if len(rows):
            found["explained"].append(_row(rows.iloc[0], reading, grades[name], slope.why))
        found["slope"].append(_a_year(slope, reading))
    leaders = growth.leaders
    if leaders is not None:
        rows = leaders[leaders["quantity"] == "ratio"]
        best = rows[rows["reading"] == "corrected"]
        if len(best):
            why = "Chosen on one year, judged by the next."
            found["leaders"] = [_row(best.iloc[0], "true leaders", CROSS_SECTION.name, why)]
        elif len(rows):
            found["leaders"] = [_unknown_leaders(growth, rows.iloc[0])]
    return {name: rows for name, rows in found.items() if rows}


def _unknown_leaders(growth: Any, row: Any) -> Answer:
    """Return that true leaders cannot be told: those of a noisy list lead by luck."""
    said = [text for text in growth.diagnostics if "leaders" in text.lower()]
    why = said[0] if said else "The scores of a year are too noisy to tell who leads."
    level, n = float(row["level"]), int(row["n"])
    return Answer(
        "true leaders", nan, -inf, inf, level, n, CROSS_SECTION.name, identified=False, why=why
    )


def _a_year(slope: Slope, reading: str) -> Answer:
    """Return percent of growth a year for a point: a point that is kept adds to every period."""
    times = PERIODS_A_YEAR[slope.period]
    lower, upper = slope.limits
    return Answer(
        reading,
        times * slope.estimate,
        times * lower,
        times * upper,
        slope.level,
        slope.n,
        slope.grade,
        identified=slope.identified,
        why=slope.why,
    )


def _of_fall(churn: Any) -> list[Answer]:
    """Return hazard ratios of a fall: of a `Known`, of `fall_before_churn`, or of a fitted hazard.

    `fall_before_churn` has two: against no fall, and at equal last score, where a fall is more
    than another word for a low score.
    """
    if isinstance(churn, Known):
        lower, upper = churn.limits
        return [Answer(_FALL, churn.estimate, lower, upper, churn.level, churn.n, churn.grade)]
    frame = churn.frame
    rows = frame[frame["label"] == "fall"]
    rows = rows[rows["term"] == "move"] if "term" in rows else rows
    level = float(getattr(churn, "level", 0.95))
    return [
        _row(
            row,
            str(row.get("comparison", _FALL)),
            CROSS_SECTION.name,
            names=_RATIO,
            level=float(row.get("level", level)),
        )
        for _, row in rows.iterrows()
    ]


_FALL = "fall against none"
_RATIO = ("ratio", "ratio_lower", "ratio_upper")
_SCORE = ("score", "nps")
_AGAINST = {"csat": "against satisfaction", "score": "against the score", "nps": "against NPS"}


def _of_comparison(comparison: Any) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    pairs, level = comparison.pairs, float(comparison.frame["level"].iloc[0])
    n = int(comparison.frame["n"].iloc[0])
    effort = pairs[pairs["predictor"] == "ces"]
    if len(effort) and comparison.reference in _AGAINST:
        reading = _AGAINST[comparison.reference]
        row = _row(effort.iloc[0], reading, CROSS_SECTION.name, names=_RATIO, level=level, n=n)
        why = "" if row.identified else "What it is held against may foretell nothing."
        found["effort"] = [replace(row, why=why)]
    others = pairs[~pairs["predictor"].isin(_SCORE)]
    if comparison.reference in _SCORE and len(others):
        row = others.iloc[int(np.argmax(others["difference"].to_numpy()))]
        # which rival is the best was read off the same answers: limits hold for all at once
        middle = float(row["difference"])
        tail = (1 - level) / 2
        wider = float(special.ndtri(tail / len(others)) / special.ndtri(tail))
        found["best"] = [
            Answer(
                f"against {row['predictor']}, the best of the others",
                -middle,
                -middle - wider * (float(row["upper"]) - middle),
                -middle + wider * (middle - float(row["lower"])),
                level,
                n,
                CROSS_SECTION.name,
                why=f"Limits hold for {len(others)} rivals at once (Bonferroni)."
                if len(others) > 1
                else "",
            )
        ]
    return found


def _of_value(value: Any) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    frame = value.frame
    rows = frame[frame["quantity"].str.startswith("promoter over detractor")]
    if len(rows):
        made = [_row(row, _span_of(row), row["grade"]) for _, row in rows.iterrows()]
        found["promoters"] = [
            replace(each, other=True, why=_A_YEAR) if each.reading.startswith("in a year") else each
            for each in made
        ]
    given = value.given
    if given.retention is not None and given.spending is not None:
        level = float(frame["level"].iloc[0])
        found["retention"] = [lasting(given.retention, given.spending, given.discount, level)]
    return found


_A_YEAR = "The claim is of a customer's life, and one year is known."


def _span_of(row: Any) -> str:
    """Return over which time and on which footing a ratio of values is."""
    over = str(row["quantity"]).partition(", ")[2] or "in a year"
    return f"{over}, {row['basis']}"


_CONTROL = "control arm"


def _of_callback(callback: Any) -> list[Answer]:
    """Return the share that scored better above what no effect at all gives."""
    part = getattr(callback, "parts", {}).get("regression to the mean", callback)
    frame = getattr(part, "frame", None)
    if frame is None or "excess" not in frame.columns:
        return []
    rows = frame[frame["whole"] & (frame["measure"] == "better") & frame["excess"].notna()]
    if not len(rows):
        return []
    own = rows[rows["null"] == _CONTROL]
    row = (own if len(own) else rows).iloc[0]
    dealt = len(own) > 0
    seen, expected = float(row["observed"]), float(row["estimate"])
    return [
        _row(
            row,
            "against the control arm" if dealt else "against no effect, by a retest correlation",
            RANDOMIZED.name if dealt else CROSS_SECTION.name,
            f"{100 * seen:.0f} % scored better; {100 * expected:.0f} % would with nothing done.",
            names=("excess", "excess_lower", "excess_upper"),
            n=0,
        )
    ]
