"""What to do after a survey experiment: sentences of its memo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from npsstats.reporting.experiment.names import ratio_failed
from npsstats.reporting.language import shown
from npsstats.reporting.survey.names import cost, delay_name, group_name, purposes, quoted
from npsstats.reporting.survey.verdict import Judged, apart, exceptions, judged, serving, timed

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from npsstats.experiments.experiment import ExperimentResult
    from npsstats.reporting.language import Language

    Floats = NDArray[np.float64]

__all__ = ["survey_next", "times_as_many"]

_MOST_TIMES = 100.0  # as many invitations: beyond it more of them is no plan


def survey_next(words: Language, result: ExperimentResult) -> list[str]:
    """Return what to do next, first things first."""
    verdicts = judged(result)
    if ratio_failed(result):
        found = [words.say("Find out how invitations got into the arms, mend it, and start anew.")]
    else:
        found = [
            *_take(words, result, verdicts),
            *_journeys(words, result, verdicts),
            *_bridge(words, result, verdicts),
            *_more(words, result, verdicts),
        ]
    if result.registration.status != "registered":
        found.append(
            words.say("Register the plan (npsstats register) before the next data, and repeat it.")
        )
    return found


def _take(words: Language, result: ExperimentResult, verdicts: list[Judged]) -> list[str]:
    """Return which arm to take, or which for which purpose."""
    told = [one for one in verdicts if one.told]
    if not told:
        return []
    one = serving(result, verdicts)
    if one is not None and all(each.anyway for each in told):
        return [
            words.say(
                "Choose by what is simplest: for {purposes} no way of asking costs more than the "
                "plan lets pass.",
                purposes=purposes(words, result, [each.purpose for each in told]),
            )
        ]
    if one is not None and len(told) < len(verdicts) and not any(x.pending for x in verdicts):
        return [
            words.say(
                "Take {arm} where the score is for {purposes}; that it speaks for all who were "
                "asked is not shown.",
                arm=quoted(words, result, one),
                purposes=purposes(words, result, [each.purpose for each in told]),
            )
        ]
    if one is not None and len(told) < len(verdicts):
        return [
            words.say(
                "Take {arm} only where the score is for {purposes}, until the rest can be told.",
                arm=quoted(words, result, one),
                purposes=purposes(words, result, [each.purpose for each in told]),
            )
        ]
    if one is not None:
        return [
            words.say(
                "Take {arm}, and keep a tenth, drawn by lot, on the other ways, to go on checking.",
                arm=quoted(words, result, one),
            )
        ]
    pairs = [
        words.say(
            "{arm} for {purposes}",
            arm=quoted(words, result, arm),
            purposes=purposes(words, result, names),
        )
        for arm, names in apart(verdicts).items()
    ]
    if timed(result):
        text = words.say(
            "Say what the score is for: one delay is not shown to serve every purpose. Take "
            "{pairs}; never set the score of one beside that of another.",
            pairs=words.listing(pairs),
        )
    else:
        text = words.say(
            "Say what the score is for: one way of asking is not shown to serve every purpose. "
            "Take {pairs}; never set the score of one beside that of another.",
            pairs=words.listing(pairs),
        )
    return [text]


def _journeys(words: Language, result: ExperimentResult, verdicts: list[Judged]) -> list[str]:
    """Return the journey that one delay for all costs most, against what does not matter."""
    if result.plan.survey is None or result.plan.survey.journey is None:
        return []
    rows = [
        (float(row.loss_of_common) / one.tolerance if one.tolerance else np.inf, row, one)
        for one in verdicts
        for row in exceptions(result, one)
    ]
    if not rows:
        return []
    _, row, one = max(rows, key=lambda item: item[0])
    whole = result.parts["best delay"].frame
    common = whole[(whole["purpose"] == one.purpose) & (whole["group"] == "all")].iloc[0]
    return [
        words.say(
            "Let the delay depend on the journey: {common} for all would cost “{journey}” {cost} "
            "for {purpose}.",
            common=delay_name(words, result, float(common["delay_hours"])),
            journey=group_name(words, result, result.plan.survey.journey, str(row.group)),
            cost=cost(words, float(row.loss_of_common), row.unit),
            purpose=purposes(words, result, [one.purpose]),
        )
    ]


def _bridge(words: Language, result: ExperimentResult, verdicts: list[Judged]) -> list[str]:
    """Say to bridge the series, and by how much it would jump without."""
    control = result.plan.arms.control
    new = [arm for arm in apart(verdicts) if arm != control]
    one = serving(result, verdicts)
    if one is not None:
        new = [arm for arm in new if arm == one]
    if not new:
        return []
    arm = new[0]
    survey: Any = result.parts["survey"]
    scores = survey.of("NPS of those who answer")["estimate"].astype(float)
    jump = shown(scores[arm]) - shown(scores[control])
    return [
        words.say(
            "Before the way of asking changes, bridge the series (npsstats bridge): from {old} to "
            "{new} the published NPS moves by {jump} with nobody more or less satisfied.",
            old=quoted(words, result, control),
            new=quoted(words, result, arm),
            jump=words.number(jump, signed=True),
        )
    ]


def _more(words: Language, result: ExperimentResult, verdicts: list[Judged]) -> list[str]:
    """Return how many invitations would tell what cannot be told yet."""
    untold = [one for one in verdicts if one.pending]
    if not untold or result.plan.survey is None:
        return []
    survey: Any = result.parts["survey"]
    asked = float(survey.of("response")["n"].sum())
    part: Any = result.parts["verdicts"]
    needed, never = [], []
    for one in untold:
        times = _times(part.of(one.purpose), one, result.plan.survey.sure)
        if times is None:
            never.append(one.purpose)
        else:
            n = float(f"{times * asked:.2g}")
            needed.append(
                words.say(
                    "{n} for {purpose}",
                    n=words.whole(n),
                    purpose=purposes(words, result, [one.purpose]),
                )
            )
    found = []
    if needed:
        found.append(
            words.say(
                "Go on: were the differences seen so far the true ones, it would take some "
                "{needed} (invitations in all; there are {asked}).",
                needed=words.listing(needed),
                asked=words.whole(asked),
            )
        )
    if never:
        found.append(
            words.say(
                "A hundred times as many invitations would not tell {purposes}: take what is "
                "simplest, or let pass more.",
                purposes=purposes(words, result, never),
            )
        )
    return found


def _times(rows: pd.DataFrame, one: Judged, sure: float) -> float | None:
    """Return how many times as many invitations would tell the leader from the others."""
    table = rows.set_index("option")
    lead: Any = table.loc[one.arm]
    rivals = table.drop(index=one.arm)
    gaps = (rivals["estimate"] - float(lead["estimate"])).abs().to_numpy(float)
    errors = np.hypot(rivals["std_error"].to_numpy(float), float(lead["std_error"]))
    return times_as_many(gaps, errors, sure=sure, tolerance=one.tolerance)


def times_as_many(gaps: Floats, errors: Floats, *, sure: float, tolerance: float) -> float | None:
    """Return the factor of data at which an option would be told from its rivals.

    Parameters
    ----------
    gaps, errors
        By how much it leads each rival, taken as true, and the standard errors of that, in the
        same unit, shape (rivals,). Rivals are added up, as if they never won together.
    sure
        Probability of being best at which it is told.
    tolerance
        Expected loss that does not matter, at which it is told as well.

    Returns
    -------
    float or None
        Above 1, rounded up to a tenth; None beyond a hundred times.

    Examples
    --------
    >>> times_as_many(np.array([1.0]), np.array([1.0]), sure=0.95, tolerance=0.0)
    2.8
    >>> times_as_many(np.array([0.0]), np.array([1.0]), sure=0.95, tolerance=0.1)
    16.0
    """
    for times in np.arange(1.1, _MOST_TIMES + 0.05, 0.1):
        spread = np.maximum(errors / np.sqrt(times), 1e-12)
        z = gaps / spread
        other = special.ndtr(-z)
        loss = spread * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) - gaps * other
        if 1 - other.sum() >= sure or loss.sum() <= tolerance:
            return round(float(times), 1)
    return None
