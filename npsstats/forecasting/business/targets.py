"""Whether a score will be reached by a date, and what would have to be true for it to be.

As things go is what the forecast says. A target differs from it by a gain, of which nobody knows
where it should come from: how many detractors would have to turn, and how many would have to be
called where an experiment has measured what a call changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, nan
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, override

import numpy as np
import pandas as pd

from npsstats import checks
from npsstats.checks import InputError
from npsstats.forecasting.business.levers import effects_of, known_change
from npsstats.forecasting.business.network_score import ScoreAhead, place_of
from npsstats.forecasting.business.target_rows import SHOWN, TRUE, about, calls, turned
from npsstats.grades import GRADES
from npsstats.results import Provenance, Result
from npsstats.said import PeriodLabel, said

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from npsstats.estimation.known import Known
    from npsstats.said import Said

    type Floats = NDArray[np.float64]

__all__ = ["TargetReach", "reach"]

_HARDLY, _NEVER = 0.01, 0.001


@dataclass(frozen=True, repr=False)
class TargetReach(Result):
    """A target by a date, a row a quantity.

    Attributes
    ----------
    frame
        `quantity`: "score" (in the period), "probability" (share, of reaching the target in it),
        "gain needed" (points on top of the forecast for `sure` of reaching it; negative where there
        is room to spare), "first period" (horizon 1…H at which the target is first reached; limits
        beyond H are infinite), "detractors turned promoters", "detractors turned passives" (of
        100 answers, for `sure`), "coverage of call-backs" (share of detractors); `of` ("true
        score", "score shown"), `sure` (NaN where it does not apply), `estimate, lower, upper,
        level`; `grade`.
    target, by, n
        As asked; n the answers that the score shown rests on.
    chance
        Probability of the true score to be there, and of the score shown.
    """

    target: float
    by: str
    n: float
    chance: tuple[float, float]

    title: ClassVar[str] = "A target by its date"
    decimals: ClassVar[int] = 2

    def row(self, quantity: str, of: str = TRUE, sure: float | None = None) -> pd.Series:
        """Return a row.

        Raises
        ------
        InputError
            If there is none.
        """
        frame = self.frame
        checks.one_of("quantity", quantity, list(dict.fromkeys(frame["quantity"])))
        rows = frame[(frame["quantity"] == quantity) & (frame["of"] == of)]
        rows = rows if sure is None else rows[rows["sure"] == sure]
        if not len(rows):
            raise InputError(f"There is no {quantity!r} of the {of} for {sure}; see the frame.")
        return rows.iloc[0]

    @override
    def headline(self) -> str:
        score, gain = self.row("score"), self.row("gain needed", TRUE, 0.8)
        true, shown = (_percent(chance) for chance in self.chance)
        where = (
            f"As things go, the score in {self.by} is {score['estimate']:+.1f} "
            f"({100 * score['level']:g}% interval {score['lower']:+.1f} to {score['upper']:+.1f})"
        )
        odds = f"chance to be at {self.target:g} or above: {true}"
        if isfinite(self.chance[1]):
            odds += f"; that {self.n:,.0f} answers show it: {shown}"
        if self.chance[0] < _HARDLY:
            end = f" The target is out of reach as things go: it asks for {self._gain(gain)}."
        elif gain["estimate"] <= 0:
            end = f" It is likely to be reached, with {-gain['estimate']:.1f} points to spare."
        else:
            end = f" To be 80 % sure asks for {self._gain(gain)}."
        return f"{where}; {odds}.{end}"

    @override
    def shown(self) -> pd.DataFrame:
        """Return the rows with what lies beyond every period or answer in words."""
        table = self.frame.drop(columns="grade") if not any(self.frame["grade"]) else self.frame
        words = {
            name: [_readable(value) for value in table[name]]
            for name in ("estimate", "lower", "upper")
        }
        return table.assign(**words)

    def _gain(self, row: pd.Series) -> str:
        turned = self.row("detractors turned promoters", TRUE, 0.8)
        said = f"{row['estimate']:+.1f} points more than the forecast"
        if isfinite(turned["estimate"]):
            said += f", such as {turned['estimate']:.1f} of 100 answers turned from detractor to "
            said += "promoter"
        else:
            said += ", more than all detractors turned promoters would give"
        return said


def reach(
    forecast: Any,
    target: float,
    by: str,
    *,
    n: float | None = None,
    effect: Any = None,
    arm: str | None = None,
    series: str | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> TargetReach:
    """Say how likely a score is to be reached by a period, and what it would take.

    Parameters
    ----------
    forecast
        Of scores: `npsstats.forecast`.
    target
        Points of NPS, −100 to 100.
    by
        A period to come, such as "2026-12".
    n
        Answers that the score shown will rest on; those that the forecast expects unless told.
    effect
        What a call changes in the next score of a detractor, points: a number, which is assumed; a
        `Known`; or the experiment's result. With it, the calls needed are told.
    arm
        Of the experiment, where there are several.
    series
        Of the forecast; the network, or all weighed by their answers, unless told.
    level
        Of the intervals.
    seed
        Of the draws of answers and of the effect.

    Returns
    -------
    TargetReach

    Raises
    ------
    InputError
        If the target is no score, or the forecast does not reach the period.

    Notes
    -----
    The gain for a probability p is what the forecast's (1 − p) quantile lacks of the target. The
    forecast's own doubt is in that quantile: the limits of probabilities, gains and of who would
    have to turn are those of the finite draws (Wilson's, and of order statistics); of coverage
    they are the effect's. A detractor turned promoter is 200 points over the answers.

    References
    ----------
    Wilson (1927). JASA 22, 209–212. David & Nagaraja (2003). Order Statistics, 3rd ed., sec. 7.1.

    Examples
    --------
    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from npsstats.forecasting.naive import LastValue
    >>> from npsstats.forecasting.series import Series
    >>> past = Series.of_counts([[[200, 300, 500]] * 12], ["2025-01", "2025-12"])
    >>> ahead = SimpleNamespace(
    ...     series=past, predictive=LastValue().fit(past).predict(3),
    ...     answers=np.full((1, 3), 1000.0), periods=past.future(3),
    ... )
    >>> found = reach(ahead, 30, "2026-03")
    >>> bool(0.4 < found.chance[0] < 0.6), found.row("gain needed", sure=0.95)["estimate"] > 0
    (True, np.True_)
    """
    checks.number("target", target, low=-100, high=100)
    checks.fraction("level", level)
    score = ScoreAhead.of(forecast, series)
    at = place_of("by", by, score.periods)
    rng = np.random.default_rng(checks.count("seed", seed))
    answers = score.answers.copy() if n is None else np.full(
        len(score.periods), checks.number("n", n, low=1)
    )  # fmt: skip
    true = score.draws
    some = bool(np.rint(answers[at]) >= 1)
    shown = score.shown(np.maximum(answers, 1.0), rng) if some else np.full(true.shape, nan)
    rows = []
    for of, drawn in ((TRUE, true), (SHOWN, shown)):
        if of == SHOWN and not some:
            continue
        rows += about(of, drawn, target, at, level)
    known = None if effect is None else _effect(effect, arm)
    rows += turned(score, target, at, level)
    if known is not None:
        rows += calls(score, target, at, known, level, rng)
    chance = tuple(
        float((part[:, at] >= target).mean()) if np.isfinite(part[:, at]).all() else nan
        for part in (true, shown)
    )
    options = {"target": target, "by": by, "n": n, "series": score.name, "level": level}
    return TargetReach(
        pd.DataFrame(rows),
        _doubts(known, some=some, by=by, draws=len(true), chance=chance[0]),
        Provenance("share of draws at the target", options, str(forecast.series.fingerprint), seed),
        float(target),
        by,
        float(answers[at]),
        (chance[0], chance[1]),
    )


def _effect(effect: Any, arm: str | None) -> Known:
    if isinstance(effect, Real) or not hasattr(effect, "frame"):
        return known_change(effect)
    found = effects_of(effect, arm)
    if found.score is None or found.why:
        raise InputError(
            found.why
            or "`effect`: the experiment has no effect on the next score in points. Leave it out, "
            "or hand over one whose outcome is a score."
        )
    return found.score


def _readable(value: float) -> str:
    if value != value:  # noqa: PLR0124 NaN
        return "–"
    return f"{value:.{TargetReach.decimals}f}" if isfinite(value) else "beyond"


def _percent(chance: float) -> str:
    if chance < _NEVER:
        return "below 0.1 %"
    return (
        "above 99.9 %" if chance > 1 - _NEVER else f"{100 * chance:.{1 if chance < 0.1 else 0}f} %"
    )


def _doubts(
    known: Known | None, *, some: bool, by: str, draws: int, chance: float
) -> tuple[Said, ...]:
    found = []
    if not some:
        found.append(
            said(
                "No answers are expected in {period}: what will be shown is not told. Say how "
                "many are expected.",
                period=PeriodLabel(by),
            )
        )
    if chance * draws < 10 or (1 - chance) * draws < 10:
        found.append(
            said(
                "Fewer than ten of {draws:,} draws tell the smaller chance: read it as small, not "
                "as a number.",
                draws=draws,
            )
        )
    if known is not None:
        found.append(
            said(
                "Calls are taken to reach detractors a while before the period, who then answer "
                "again in it as the others do."
            )
        )
        if known.limits[0] <= 0 < known.estimate:
            found.append(
                said(
                    "What a call changes may be nothing, so that no number of calls may be enough."
                )
            )
        if GRADES[known.grade].caveat:
            found.append(GRADES[known.grade].caveat)
    found.append(said("What would have to be true is arithmetic on the answers: it says not how."))
    return tuple(found)
