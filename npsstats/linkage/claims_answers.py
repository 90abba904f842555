"""Numbers of this network for the claims of the trade, read from the results of the linkage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from npsstats.linkage.grades import CROSS_SECTION, RANDOMIZED, WITHIN, weakest
from npsstats.linkage.worth.inputs import PERIODS_A_YEAR, Known, Slope, slope_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from npsstats.linkage.worth.inputs import Retention

__all__ = ["Answer", "answers"]

_POINTS = 0.05  # of retention
_DRAWS = 20_000


@dataclass(frozen=True)
class Answer:
    """A number of ours.

    Attributes
    ----------
    reading
        How it was read: "between stores", "within stores", "against satisfaction" …
    estimate, lower, upper, level, n, grade
        As in `Known`.
    identified
        False where the data cannot bear a number.
    why
        A sentence: why not, or what to keep in mind.
    """

    reading: str
    estimate: float
    lower: float
    upper: float
    level: float
    n: int
    grade: str
    identified: bool = True
    why: str = ""


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
        reading = f"{name} stores"
        rows = shares[(shares["estimator"] == name) & (shares["reading"] == "corrected")]
        if len(rows):
            found["explained"].append(_row(rows.iloc[0], reading, grades[name], slope.why))
        found["slope"].append(_a_year(slope, reading))
    leaders = growth.leaders
    if leaders is not None:
        rows = leaders[leaders["quantity"] == "ratio"]
        best = rows[rows["reading"] == "corrected"]
        row = (best if len(best) else rows).iloc[0]
        reading = "true leaders" if len(best) else "leaders as chosen"
        found["leaders"].append(
            _row(row, reading, CROSS_SECTION.name, "Chosen on one year, judged by the next.")
        )
    return {name: rows for name, rows in found.items() if rows}


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
        found["best"] = [
            Answer(
                f"against {row['predictor']}, the best of the others",
                -float(row["difference"]),
                -float(row["upper"]),
                -float(row["lower"]),
                level,
                n,
                CROSS_SECTION.name,
            )
        ]
    return found


def _of_value(value: Any) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    frame = value.frame
    rows = frame[frame["quantity"].str.startswith("promoter over detractor")]
    if len(rows):
        found["promoters"] = [_row(row, _span_of(row), row["grade"]) for _, row in rows.iterrows()]
    given = value.given
    if given.retention is not None:
        n = None if given.spending is None else given.spending.n
        level = float(frame["level"].iloc[0])
        found["retention"] = [_lasting(given.retention, n, given.discount, level)]
    return found


def _span_of(row: Any) -> str:
    """Return over which time and on which footing a ratio of values is."""
    over = str(row["quantity"]).partition(", ")[2] or "in a year"
    return f"{over}, {row['basis']}"


def _lasting(retention: Retention, n: Any, discount: float, level: float) -> Answer:
    """Return how much more a customer's life brings, in %, with five points more of retention."""
    weights = np.ones(3) if n is None else np.asarray(n, dtype=float)
    weights = weights / weights.sum()

    def more(kept: Any) -> Any:
        mean = kept @ weights
        return 100 * ((1 + discount - mean) / (1 + discount - mean - _POINTS) - 1)

    middle = float(more(retention.estimate))
    if retention.estimate @ weights + _POINTS > 1:
        none_left = "Retention has no five points left to gain."
        return Answer("over a customer's life", nan, -inf, inf, level, 0, retention.grade,
                      identified=False, why=none_left)  # fmt: skip
    drawn = more(retention.draw(np.random.default_rng(0), _DRAWS))
    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Answer(
        "over a customer's life",
        middle,
        float(lower),
        float(upper),
        level,
        0 if n is None else int(np.sum(n)),
        weakest(CROSS_SECTION, retention.grade).name,
        why="Arithmetic on retention and discount: the margin cancels, fixed costs are left out.",
    )


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
